//! `kubepin policy`: between the configuration and the policies of a cluster.
//!
//! In: what was typed. Out: a policy, or lines of a configuration, on standard output.

mod export;
mod import;

pub(super) use export::export;
pub(super) use import::import;
