//! Tests of kubepin as a whole.

mod cli;
mod docs;
mod fixtures;
mod layers;
mod lying;
mod peer;
mod registry;
mod sandbox;
mod write;
