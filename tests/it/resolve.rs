//! Answers from beside registries: what was said before, and what others wrote down.

mod attach;
mod builds;
mod cache;
mod command;
#[cfg(unix)]
mod daemon;
mod inspect;
mod lock;
mod platform;
mod referrers;

use crate::lying::digest;

/// A pod that runs these images.
fn pod(images: &[&str]) -> String {
    let container = |(number, image)| format!("    - name: c{number}\n      image: {image}\n");
    let containers: String = images.iter().enumerate().map(container).collect();
    format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n{containers}")
}

/// The digest of some bytes, one for each name.
fn digest_of(name: &str) -> String {
    digest(name.as_bytes())
}
