//! What kubectl makes of replacements, as measured with kustomize 5.5.

use std::path::Path;

use super::super::value::{Origin, value};
use super::*;

const OBJECTS: &str = "
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {containers: [
    {name: web, image: 'nginx:1.27', args: [-a, -b]}, {name: web-proxy, image: 'envoy:1'}, {name: none}]}}}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: versions}, data: {v: '2', a.b: 'redis:7', n: null}}";

fn tree(text: &str) -> Value {
    let documents = crate::yaml::parse(text, 0).expect("YAML");
    value(&documents[0], &|span| Origin { file: Path::new("/f").into(), span }).expect("a small document")
}

fn objects() -> Vec<Resource> {
    tree(OBJECTS).elements().iter().cloned().map(Resource::new).collect()
}

/// Makes a replacement; what went wrong.
fn make(objects: &mut [Resource], entry: &str) -> Option<String> {
    match Replacement::read(&tree(entry)).expect("a replacement").apply(objects) {
        Err(Failure::Wrong(reason) | Failure::Missing(reason) | Failure::Unseen(reason)) => Some(reason),
        Ok(()) => None,
    }
}

/// The images of the deployment behind a replacement from the config map, or what went wrong.
fn becomes(from: &str, to: &str) -> String {
    let mut objects = objects();
    let entry =
        format!("{{source: {{kind: ConfigMap, {from}}}, targets: [{{select: {{kind: Deployment}}, {to}}}]}}");
    make(&mut objects, &entry).unwrap_or_else(|| {
        let images: Vec<String> =
            uses(&objects[0].value).into_iter().map(|image| image.scalar.text.clone()).collect();
        images.join(" ")
    })
}

#[test]
fn what_was_measured() {
    let cut = |index: i32| format!("fieldPaths: [C.0.image], options: {{delimiter: ':', index: {index}}}");
    let create = |path: &str| format!("fieldPaths: ['{path}'], options: {{create: true}}");
    for (from, to, expected) in [
        ("data.a\\.b", "fieldPaths: [C.0.image]", "redis:7 envoy:1"),
        (".data.[a.b]", "fieldPaths: ['C.[name=web].image']", "redis:7 redis:7"),
        ("data.v", "fieldPaths: ['C.[name=^web$].image']", "2 envoy:1"),
        ("data.v", "fieldPaths: ['C.*.image']", "2 2"),
        ("data.v", &create("C.*.image"), "2 2 2"),
        ("data.v", &create("C.[name=new].image"), "nginx:1.27 envoy:1 2"),
        ("data.v", &create("C.3.image"), "nginx:1.27 envoy:1 2"),
        ("data.v", "fieldPaths: ['C.*.args.[=-a].x']", "nginx:1.27 envoy:1"),
        ("data.v", &cut(1), "nginx:2 envoy:1"),
        ("data.v", &cut(7), "nginx:1.27:2 envoy:1"),
        ("data.v", &cut(-1), "2:nginx:1.27 envoy:1"),
        ("data", "fieldPaths: [C.0.image]", " envoy:1"),
        ("data.n", "fieldPaths: [C.0.image]", "`data.n` of its source `ConfigMap` is missing"),
        ("data.v", "fieldPaths: [C.3.image]", "`C.3.image` of `Deployment/web` has no element 3"),
        ("data.v", "fieldPaths: [C.2.image]", "`C.2.image` of `Deployment/web` is missing"),
    ] {
        let to = to.replace("C.", "spec.template.spec.containers.");
        let found = becomes(&format!("fieldPath: '{from}'"), &to);
        assert_eq!(found.replace("spec.template.spec.containers.", "C."), expected, "{from} {to}");
    }
}

#[test]
fn nothing_grows_without_end() {
    let (mut objects, target) = (objects(), "select: {kind: ConfigMap}, fieldPaths");
    let double = format!(
        "{{source: {{kind: ConfigMap, fieldPath: data}}, targets: [{{{target}: [data.x, data.y], options: {{create: true}}}}]}}"
    );
    let twice = (0..100).find_map(|_| make(&mut objects, &double));
    assert_eq!(twice.as_deref(), Some("`data` of its source `ConfigMap` is too large to be copied"));
    let mut objects = self::objects();
    let text = format!(
        "{{source: {{kind: ConfigMap, fieldPath: data.v}}, targets: [{{{target}: [data.v], options: {{delimiter: '-', index: 9}}}}]}}"
    );
    let twice = (0..100).find_map(|_| make(&mut objects, &text));
    assert_eq!(twice.as_deref(), Some("`data.v` of `ConfigMap/versions` would be too long"));
    let deep = format!("fieldPaths: [{}x], options: {{create: true}}", "x.".repeat(10_000));
    assert!(becomes("fieldPath: data", &deep).ends_with("is too long"));
}
