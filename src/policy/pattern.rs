//! The grammar of references with a digest, as one regular expression.
//!
//! In: nothing. Out: an expression that RE2 takes, which Gatekeeper, the API server and Kyverno have.
//! Invariant: it finds what `reference` reads, but for what no expression can tell: ports beyond 65535, names
//! of more than 255 characters, and 64 hex digits in place of a name.

/// A host name, or a part of one.
const HOST: &str = "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?";
/// An IPv6 address.
const ADDRESS: &str = r"\[[0-9a-fA-F:.]+\]";
/// A component of a path.
const COMPONENT: &str = "[a-z0-9]+(([.]|_|__|-+)[a-z0-9]+)*";
/// One that comes first, before others: with a dot in it, it would be a host.
const FIRST: &str = "[a-z0-9]+((_|__|-+)[a-z0-9]+)*";
const TAG: &str = "[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}";
const DIGEST: &str = "sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}";

/// A reference with a digest, from its begin to its end.
pub(super) fn reference() -> String {
    let registry = format!("({HOST}([.]{HOST})*|{ADDRESS})(:[0-9]{{1,5}})?");
    format!("^((({registry})|{FIRST})/({COMPONENT}/)*)?{COMPONENT}(:{TAG})?@({DIGEST})$")
}
