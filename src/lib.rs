//! kubepin makes Kubernetes configuration say exactly which image runs.
//!
//! Data goes one way, from bytes on disk to an edit or a report, and never back:
//!
//! ```text
//! discover → parse → extract → compose → judge → ask → judge again → plan → prove → write | report
//! ```
//!
//! The modules stand in reading order. A module uses only those above it; `ARCHITECTURE.md` says more.

// Vocabulary: plain data.
pub mod source;
pub mod reference;
pub mod answer;
pub mod platform;
pub mod content;
pub mod referrer;
pub mod finding;
pub mod secret;
pub mod settings;
pub mod exit;

// Pure steps: no I/O, no async, no printing.
pub mod yaml;
pub mod image;
pub mod extract;
pub mod kustomize;
pub mod helm;
pub mod context;
pub mod krm;
pub mod policy;
pub mod rules;
pub mod plan;
pub mod proof;

// Effects and rendering.
pub mod discover;
pub mod git;
pub mod render;
pub mod scan;
pub mod registry;
pub mod resolve;
pub mod write;
pub mod baseline;
pub mod report;

// Composition.
pub mod pipeline;
pub mod config;
pub mod cli;
pub mod failure;
pub mod commands;
