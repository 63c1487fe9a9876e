//! What is printed: the forms for other programs, and the one for people.

mod fixtures;
mod forms;
mod github;
mod human;
mod schemas;

use std::path::PathBuf;

use crate::sandbox::{Ran, Sandbox};

/// The forms for other programs.
const FORMS: [&str; 8] = ["github", "gitlab", "json", "json-lines", "junit", "markdown", "rdjson", "sarif"];

/// Two images without a digest, a pinned one, and one that is filled in later.
const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: ä-web, namespace: shop}
spec:
  containers:
    - {name: \"漢字\", image: 'nginx:1.27'}
    - name: b
      image: Nginx
    - name: c
      image: redis:7@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    - name: d
      image: ${IMAGE}
";

/// Reports of one run, each in a file.
struct Reports {
    ran: Ran,
    folder: Sandbox,
}

impl Reports {
    /// Runs kubepin, which writes a report in every form.
    fn of(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        let folder = Sandbox::empty();
        let name = |form: &str| folder.path().join(form);
        let files = FORMS.map(|form| format!("--output-file={form}={}", name(form).display()));
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        Self { ran: sandbox.run(&[arguments, &files].concat()), folder }
    }

    fn path(&self, form: &str) -> PathBuf {
        self.folder.path().join(form)
    }

    fn text(&self, form: &str) -> String {
        String::from_utf8(self.folder.read(form)).expect("UTF-8")
    }

    fn json(&self, form: &str) -> serde_json::Value {
        serde_json::from_str(&self.text(form)).expect("JSON")
    }
}
