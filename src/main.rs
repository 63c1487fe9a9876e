//! kubepin.

fn main() {}
