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
pub mod finding;
pub mod settings;
pub mod exit;

// Pure steps: no I/O, no async, no printing.
pub mod yaml;
