//! The grammar of references, part by part.
//!
//! In: the text of a reference. Out: where its parts are, or the first part that breaks the grammar.
//! Invariant: every place is one in the text as it was given.

use std::ops::Range;

use super::{Digest, Malformed, Part};
use crate::source::Span;

/// Longest tag, in bytes.
const TAG_LIMIT: usize = 128;
/// Name, place of the tag, digest.
type Parts<'t> = (&'t str, Option<Range<usize>>, Option<Digest>);

/// Splits a reference into its name, its tag and its digest, and checks the latter two.
pub(super) fn split(text: &str) -> Result<Parts<'_>, Malformed> {
    let (rest, digest) = split_digest(text)?;
    let (name, tag) = split_tag(rest)?;
    Ok((name, tag, digest))
}

/// Checks the parts of a name.
pub(super) fn check(
    text: &str,
    registry: Option<Range<usize>>,
    repository: &Range<usize>,
) -> Result<(), Malformed> {
    if let Some(registry) = registry {
        check_registry(&text[registry])?;
    }
    check_repository(text, repository)
}

fn split_digest(text: &str) -> Result<(&str, Option<Digest>), Malformed> {
    let Some((rest, digest)) = text.split_once('@') else {
        return Ok((text, None));
    };
    match Digest::parse(digest) {
        Ok(digest) => Ok((rest, Some(digest))),
        Err(message) => {
            Err(Malformed { part: Part::Digest, span: Span::new(rest.len() + 1, text.len()), message })
        }
    }
}

/// The tag is what follows the last colon, unless a slash does (then the colon belongs to a port).
fn split_tag(rest: &str) -> Result<(&str, Option<Range<usize>>), Malformed> {
    let component = rest.rfind('/').map_or(0, |slash| slash + 1);
    let Some(colon) = rest[component..].find(':').map(|at| component + at) else {
        return Ok((rest, None));
    };
    let tag = &rest[colon + 1..];
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let message = if tag.is_empty() {
        "a colon without a tag behind it".to_owned()
    } else if tag.len() > TAG_LIMIT {
        format!("a tag has at most {TAG_LIMIT} characters, this one has {}", tag.len())
    } else if !tag.starts_with(word) {
        format!("tag `{tag}` must begin with a letter, a digit or an underscore")
    } else if let Some(bad) = tag.chars().find(|&c| !(word(c) || c == '.' || c == '-')) {
        format!("tag `{tag}` holds {}: a tag is letters, digits, `_`, `.` and `-`", name_of(bad))
    } else {
        return Ok((&rest[..colon], Some(colon + 1..rest.len())));
    };
    let start = if tag.is_empty() { colon } else { colon + 1 };
    Err(Malformed { part: Part::Tag, span: Span::new(start, rest.len()), message })
}

/// The first component is a registry when it cannot be a path: it holds a dot or a colon, is
/// `localhost`, or has an upper-case letter.
pub(super) fn split_registry(name: &str) -> (Option<Range<usize>>, Range<usize>) {
    match name.split_once('/') {
        Some((first, _))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.chars().any(char::is_uppercase) =>
        {
            (Some(0..first.len()), first.len() + 1..name.len())
        }
        _ => (None, 0..name.len()),
    }
}

fn check_registry(registry: &str) -> Result<(), Malformed> {
    let fail = |message: String| {
        let span = Span::new(0, registry.len());
        Err(Malformed { part: Part::Registry, span, message })
    };
    let (host, port) = match registry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return fail(format!("`[{address}]` is no IPv6 address"));
            }
            // What follows the bracket without a colon is no port either.
            (None, (!port.is_empty()).then(|| port.strip_prefix(':').unwrap_or_default()))
        }
        None => match registry.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(registry), None),
        },
    };
    let number = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    if port.is_some_and(|port| !number(port)) {
        return fail(format!("`{registry}` ends in a port that is no number up to 65535"));
    }
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if host.is_some_and(|host| !host.split('.').all(label)) {
        return fail(format!("`{registry}` is no host name"));
    }
    Ok(())
}

fn check_repository(text: &str, range: &Range<usize>) -> Result<(), Malformed> {
    let repository = &text[range.clone()];
    let fail = |span: Span, message: String| Err(Malformed { part: Part::Repository, span, message });
    let whole = Span::new(range.start, range.end);
    if repository.is_empty() {
        return fail(Span::new(0, text.len()), "a reference names a repository, this one does not".into());
    }
    if range.start == 0 && repository.len() == 64 && repository.bytes().all(|b| b.is_ascii_hexdigit()) {
        return fail(whole, "64 hex digits are an image id, not a repository".into());
    }
    let mut start = range.start;
    for component in repository.split('/') {
        let span = Span::new(start, start + component.len());
        if let Err(message) = check_component(component) {
            return fail(if component.is_empty() { whole } else { span }, message);
        }
        start = span.end + 1;
    }
    Ok(())
}

fn check_component(component: &str) -> Result<(), String> {
    if component.is_empty() {
        return Err("a repository has no empty component between slashes".into());
    }
    if component.chars().any(char::is_uppercase) {
        return Err(format!("repository `{component}` must be lower-case"));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if let Some(bad) = component.chars().find(|&c| !(plain(c) || matches!(c, '.' | '_' | '-'))) {
        return Err(format!(
            "repository `{component}` holds {}: a repository is lower-case letters, digits, `.`, `_`, `-` and `/`",
            name_of(bad)
        ));
    }
    let separators = component.split(plain).filter(|run| !run.is_empty());
    let legal = |run: &str| matches!(run, "." | "_" | "__") || run.bytes().all(|b| b == b'-');
    if !component.starts_with(plain) || !component.ends_with(plain) || !separators.clone().all(legal) {
        return Err(format!(
            "repository `{component}` must begin and end with a letter or digit, joined by `.`, `_`, `__` or dashes"
        ));
    }
    Ok(())
}

fn name_of(c: char) -> String {
    match c {
        ' ' => "a blank".to_owned(),
        c if c.is_control() || c.is_whitespace() => format!("the character U+{:04X}", c as u32),
        c => format!("`{c}`"),
    }
}
