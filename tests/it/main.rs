//! Tests of kubepin as a whole.

#[cfg(unix)]
mod action;
mod abuse;
mod cli;
mod config;
mod docs;
mod fixtures;
#[cfg(unix)]
mod generated;
mod helm;
#[cfg(unix)]
mod hooks;
mod krm;
mod kustomize;
mod laws;
mod layers;
mod lying;
mod overlook;
mod peer;
mod pins;
mod policy;
mod properties;
mod registry;
mod render;
mod repository;
mod rendering;
mod report;
mod resolve;
mod sandbox;
mod suite;
mod write;
