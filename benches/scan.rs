//! How fast documents are parsed and searched: MB/s over the project's own fixtures, made large.

use divan::Bencher;
use divan::counter::BytesCount;
use kubepin::extract::{Role, extract};
use kubepin::yaml;

fn main() {
    divan::main();
}

/// Copies of one document of Kubernetes objects, as a rendered chart has them.
fn manifests(copies: usize) -> String {
    let deployment = include_str!("../fixtures/tour/shop/input/web.yaml");
    format!("---\n{deployment}").repeat(copies)
}

/// A document of the size of a CRD that names no image.
fn without_images(lines: usize) -> String {
    let head = "apiVersion: v1\nkind: ConfigMap\ndata:\n";
    format!("{head}{}", "  key-of-some-length: a value that is of no interest here\n".repeat(lines))
}

/// What most documents take.
#[divan::bench]
fn parse_plain_lines(bencher: Bencher) {
    let text = manifests(1);
    bencher.counter(BytesCount::of_str(&text)).bench(|| yaml::read_lines(&text, 0).is_some());
}

/// What the others take.
#[divan::bench]
fn parse_any_yaml(bencher: Bencher) {
    let text = manifests(1);
    bencher.counter(BytesCount::of_str(&text)).bench(|| yaml::parse_events(&text, 0).is_ok());
}

#[divan::bench]
fn cut_into_documents(bencher: Bencher) {
    let text = manifests(1000);
    bencher.counter(BytesCount::of_str(&text)).bench(|| yaml::split(&text).len());
}

#[divan::bench]
fn parse_and_extract(bencher: Bencher) {
    let text = manifests(1000);
    bencher.counter(BytesCount::of_str(&text)).bench(|| extract(&text, || Role::Manifest).uses.len());
}

#[divan::bench]
fn skip_by_needle(bencher: Bencher) {
    let text = without_images(50_000);
    bencher.counter(BytesCount::of_str(&text)).bench(|| extract(&text, || Role::Manifest).uses.len());
}

#[divan::bench]
fn mask_and_extract_templates(bencher: Bencher) {
    let text = include_str!("../fixtures/helm/chart/input/templates/pod.yaml").repeat(100);
    bencher.counter(BytesCount::of_str(&text)).bench(|| extract(&text, || Role::ChartTemplate).uses.len());
}
