//! Completions and pages for man: the shells and readers that are here take them.

use std::process::Command;

use crate::sandbox::{Ran, Sandbox};

/// Runs a program of the machine on a file; `None` where there is none.
#[expect(clippy::print_stdout, reason = "a test that did not run says so")]
fn call(sandbox: &Sandbox, program: &str, arguments: &[&str]) -> Option<Ran> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(sandbox.path()).env("HOME", sandbox.path());
    let Ok(output) = command.output() else {
        println!("skipped: there is no {program}");
        return None;
    };
    Some(Ran::of(output))
}

#[test]
fn shells_complete_commands() {
    for (shell, arguments) in [
        (
            "bash",
            &[
                "--norc",
                "-c",
                "source it; COMP_WORDS=(kubepin ver); COMP_CWORD=1; _kubepin kubepin ver kubepin; echo \"${COMPREPLY[@]}\"",
            ][..],
        ),
        (
            "zsh",
            &[
                "-fc",
                "autoload -U compinit; compinit -D; source ./it; [[ -n ${functions[_kubepin]} ]] && echo verify",
            ],
        ),
        ("fish", &["--no-config", "-c", "source it; complete -C 'kubepin ver' | cut -f1"]),
    ] {
        let sandbox = Sandbox::empty();
        let made = sandbox.run(&["completions", shell]);
        assert_eq!((made.status, &*made.stderr), (0, ""));
        sandbox.write("it", made.stdout);
        if let Some(ran) = call(&sandbox, shell, arguments) {
            assert_eq!(
                ran,
                Ran { status: 0, stdout: "verify\n".to_owned(), stderr: String::new() },
                "{shell}"
            );
        }
    }
}

#[test]
fn there_is_a_page_for_each_command() {
    let sandbox = Sandbox::empty();
    let page = sandbox.run(&["man"]);
    assert_eq!(page.status, 0);
    assert!(page.stdout.contains(".TH kubepin 1"), "{}", page.stdout);
    assert_eq!(sandbox.run(&["man", "--dir", "."]).status, 0);
    let pages = sandbox.files();
    for name in ["kubepin.1", "kubepin-check.1", "kubepin-krm.1", "kubepin-policy-import.1"] {
        assert!(pages.contains_key(name), "{name}: {:?}", pages.keys());
    }
    if let Some(read) = call(&sandbox, "man", &["--warnings", "-l", "kubepin-check.1"]) {
        assert_eq!((read.status, &*read.stderr), (0, ""));
        assert!(read.stdout.contains("--fix"));
    }
}
