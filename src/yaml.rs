//! YAML without loss: the only place that knows the YAML parser.
//!
//! In: the text of a file. Out: documents as arenas of nodes with byte spans ([`Document`]), and
//! the text of edits that give a scalar a new value (`replace`), bring pairs into a mapping (`insert`) or take
//! one out (`remove`).
//! Invariants: parsing never fails, a bad piece is an error beside the good ones; spans count bytes
//! of the file; no YAML is ever written from a tree.

mod builder;
mod document;
mod encoding;
mod events;
mod insert;
mod lines;
mod needles;
mod quote;
mod remove;
mod replace;
mod split;
mod template;

pub use document::{Document, Kind, Node, NodeId, Style};
pub use encoding::{Text, decode};
pub use events::{Fault, parse, parse_events};
pub use insert::{Sibling, insert};
pub use lines::read as read_lines;
pub use needles::{holds_key, is_crd, looks_like_manifest, states, words};
pub use quote::Surroundings;
pub use remove::remove;
pub use replace::{Refusal, Scalar, cut, replace};
pub use split::{Piece, split};
pub use template::{Forms, Masked, mask};
