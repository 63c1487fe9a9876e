//! Policies of clusters: what is exported, run as clusters run it.

mod acceptance;
mod agreement;
mod engines;
mod export;
mod judges;
mod like;
