//! Scalars on one line, and flow sequences of them.
//!
//! In: what is left of a line. Out: the scalar that begins it.
//! Invariant: no escape is in a value, so that every value is a part of the text.

use memchr::{memchr_iter, memchr2};

use super::Reader;
use crate::source::Span;
use crate::yaml::builder::Properties;
use crate::yaml::document::{Kind, Style};

/// Longest key that is read here. The parser's own bound is 1024 (YAML 1.2, section 7.4).
const LONGEST_KEY: usize = 512;

/// A scalar of the piece, and how it is written.
pub(super) struct Scalar {
    /// With its quotes.
    pub(super) span: Span,
    style: Style,
}

impl Reader<'_> {
    /// The key that begins the line, with its colon.
    pub(super) fn key(&self) -> Option<Scalar> {
        let key = self.begun(plain_key)?;
        let behind = self.rest()?[key.span.len()..].strip_prefix(':')?;
        let whole = key.span.len() <= LONGEST_KEY && (behind.is_empty() || behind.starts_with(' '));
        whole.then_some(key)
    }

    /// The scalar that begins the line, where its length, if it is not in quotes, is what `plain` says.
    fn begun(&self, plain: fn(&str) -> Option<usize>) -> Option<Scalar> {
        let (start, rest) = (self.line?.start, self.rest()?);
        let (length, style) = match quoted(rest) {
            Some(quoted) => quoted,
            None => (plain(rest)?, Style::Plain),
        };
        Some(Scalar { span: Span::new(start, start + length), style })
    }

    /// The value that begins the rest of the line, in a collection at this column, and all of its lines.
    pub(super) fn value(&mut self, column: usize) -> Option<()> {
        match self.rest()?.as_bytes().first()? {
            b'|' => return self.literal(column),
            b'[' | b'{' => self.flow()?,
            _ => {
                let value = self.begun(plain)?;
                self.scalar(&value);
                self.skip(value.span.len());
            }
        }
        // What follows a value with blanks between is a comment, if anything.
        let line = self.line?;
        let apart = self.text.as_bytes()[line.start - 1] == b' ';
        let rest = self.rest()?;
        if !(rest.is_empty() || rest.starts_with('#') && apart) {
            return None;
        }
        self.advance()
    }

    /// A flow sequence on one line, or an empty flow mapping.
    fn flow(&mut self) -> Option<()> {
        let start = self.offset + self.line?.start;
        let mapping = self.rest()?.starts_with('{');
        let kind = if mapping { Kind::Mapping { flow: true } } else { Kind::Sequence { flow: true } };
        self.builder.open(kind, start, Properties::default());
        self.skip(1);
        if mapping {
            self.builder.close();
            self.rest()?.strip_prefix('}')?;
            self.skip(1);
            return Some(());
        }
        while !self.rest()?.starts_with(']') {
            let element = self.begun(plain_in_flow)?;
            self.scalar(&element);
            self.skip(element.span.len());
            match self.rest()?.as_bytes().first()? {
                b',' => self.skip(1),
                b']' => {}
                _ => return None,
            }
        }
        self.builder.close();
        self.skip(1);
        Some(())
    }

    /// Adds a scalar.
    pub(super) fn scalar(&mut self, scalar: &Scalar) {
        let quotes = usize::from(scalar.style != Style::Plain);
        let value = &self.text[scalar.span.start + quotes..scalar.span.end - quotes];
        let span = scalar.span.shift(self.offset);
        self.builder.scalar(value.into(), scalar.style, span, Properties::default());
    }
}

/// Length of the scalar in quotes that begins the text, where there is one without escapes.
fn quoted(text: &str) -> Option<(usize, Style)> {
    let bytes = text.as_bytes();
    let quote = *bytes.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
    let end = 1 + memchr2(quote, b'\\', &bytes[1..])?;
    let escaped = bytes[end] != quote || bytes.get(end + 1) == Some(&quote);
    let style = if quote == b'"' { Style::Double } else { Style::Single };
    (!escaped).then_some((end + 1, style))
}

/// Length of the plain key that begins the text, up to its colon.
fn plain_key(text: &str) -> Option<usize> {
    begins_plain(text)?;
    let length = colon(text)?;
    let key = &text[..length];
    (!key.ends_with([' ', ':']) && comment(key).is_none()).then_some(length)
}

/// Length of the plain scalar that begins the text, which may end in a comment.
fn plain(text: &str) -> Option<usize> {
    begins_plain(text)?;
    let value = text[..comment(text).unwrap_or(text.len())].trim_end_matches(' ');
    colon(value).is_none().then_some(value.len())
}

/// Where the colon of a key is.
fn colon(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr_iter(b':', bytes).find(|&at| matches!(bytes.get(at + 1), None | Some(b' ')))
}

/// Where a comment begins, with the blank before it.
fn comment(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut before = memchr_iter(b'#', bytes).filter_map(|at| at.checked_sub(1));
    before.find(|&before| bytes[before] == b' ')
}

/// Length of the plain scalar that begins the text in a flow collection.
fn plain_in_flow(text: &str) -> Option<usize> {
    begins_plain(text)?;
    let value = text[..text.find([',', ']'])?].trim_end_matches(' ');
    (!value.contains(['[', '{', '}', ':', '#', '?'])).then_some(value.len())
}

/// Whether a plain scalar begins the text, surely.
fn begins_plain(text: &str) -> Option<()> {
    let bytes = text.as_bytes();
    let word = |byte: u8| !byte.is_ascii() || byte.is_ascii_alphanumeric() || b"_./$~(<+=^".contains(&byte);
    let dashed = |byte: u8| word(byte) || byte == b'-';
    let plain = match *bytes.first()? {
        b'-' => bytes.get(1).is_some_and(|&byte| dashed(byte)),
        first => word(first),
    };
    (plain && !text.starts_with("---") && !text.starts_with("...")).then_some(())
}
