//! Tests of kubepin as a whole.

mod docs;
mod fixtures;
mod layers;
mod lying;
mod registry;
mod sandbox;
mod write;
