//! A run on a bad day: what can be answered is, what cannot is named, and it ends.

use std::time::{Duration, Instant};

use super::Registry;
use crate::lying::{Lies, Trouble, manifest};
use crate::sandbox::Sandbox;

/// A pod with these images, and the same with the digests of those that have one.
fn pods(images: &[String], answered: impl Fn(&str) -> bool) -> (String, String) {
    let pod = |image: &dyn Fn(&String) -> String| {
        let container = |(n, each)| format!("  - name: c{n}\n    image: {}\n", image(each));
        let containers: String = images.iter().enumerate().map(container).collect();
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n{containers}")
    };
    let pinned = |image: &String| {
        let tail = image.split_once('/').expect("a host").1;
        let (repository, tag) = tail.split_once(':').expect("a tag");
        if answered(image) { format!("{image}@{}", manifest(repository, tag).1) } else { image.clone() }
    };
    (pod(&String::clone), pod(&pinned))
}

#[test]
fn a_run_among_failures_and_limits_answers_or_names_every_image() {
    let failing = Registry::start(Lies { every: Some((10, Trouble::Status(503))), ..Lies::default() });
    let limits = [vec![Trouble::None], vec![Trouble::Status(429); 30]].concat();
    let limiting =
        Registry::start(Lies { troubles: limits, headers: &[("retry-after", "1")], ..Lies::default() });
    let closed = Registry::start(Lies {
        status: Some((429, "pull limit")),
        headers: &[("retry-after", "3600")],
        ..Lies::default()
    });
    let down = Registry::start(Lies { status: Some((500, "broken")), ..Lies::default() });
    let images = |registry: &Registry, number: usize, tags: usize| -> Vec<String> {
        (0..tags).map(|tag| format!("{}/acme/app{number}:v{tag}", registry.host)).collect()
    };
    let mut files: Vec<Vec<String>> = (0..10).map(|number| images(&failing, number, 20)).collect();
    files.extend([images(&limiting, 0, 40), images(&closed, 0, 20), images(&down, 0, 1)]);
    files.push([images(&limiting, 1, 2), images(&closed, 1, 2)].concat());
    let sandbox = Sandbox::empty();
    for (number, images) in files.iter().enumerate() {
        sandbox.write(&format!("pod{number}.yaml"), pods(images, |_| false).0);
    }

    let began = Instant::now();
    let ran = sandbox.run(&["check", "--fix", "--no-cache", "--format", "concise", "."]);
    let took = began.elapsed();

    assert_eq!(ran.status, 2, "{}", ran.stderr);
    assert!(took < Duration::from_secs(30), "{took:?}");
    let named = |image: &str| {
        let of_image = |line: &&str| line.contains(&format!("`{image}` has no digest"));
        let line = ran.stdout.lines().find(of_image);
        let host = image.split_once('/').expect("a host").0;
        let cause = format!("(--fix leaves it: no digest: {host} answered ");
        line.is_some_and(|line| line.contains(&cause))
    };
    for (number, images) in files.iter().enumerate() {
        let expected = pods(images, |image| !named(image)).1;
        assert_eq!(String::from_utf8_lossy(&sandbox.read(&format!("pod{number}.yaml"))), expected);
    }
    // Chance has it that the same image fails each time, once in a hundred thousand.
    let unanswered = |registry: &Registry| {
        let of_one = files.iter().flatten().filter(|image| image.starts_with(&registry.host));
        of_one.filter(|image| named(image)).count()
    };
    assert!(unanswered(&failing) <= 2, "{}", ran.stderr);
    assert_eq!([&limiting, &closed, &down].map(unanswered), [0, 22, 1], "{}", ran.stderr);
    assert_eq!(sandbox.files().len(), files.len(), "no temp file is left");
    // One that is closed for an hour is asked once, and what fails as often as the settings say.
    assert_eq!((closed.seen().len(), down.seen().len()), (1, 5));
    let causes = [(&closed, "429 Too Many Requests"), (&down, "500 Internal Server Error")];
    for (Registry { host, .. }, cause) in causes {
        assert!(ran.stderr.contains(&format!(": {host} answered {cause}\n")), "{}", ran.stderr);
    }
}
