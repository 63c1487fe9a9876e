//! Tests of kubepin as a whole.

#[cfg(unix)]
mod action;
mod cli;
mod docs;
mod fixtures;
mod layers;
mod lying;
mod peer;
mod registry;
mod sandbox;
mod write;
