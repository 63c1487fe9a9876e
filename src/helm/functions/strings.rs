//! Texts.
//!
//! In: texts, the one that is worked on last. Out: texts.
//! Invariant: what would grow beyond bounds is refused before it is made.

use super::super::numbers::size;
use super::super::print::{self, LIMIT, quoted};
use super::super::value::Value;
use super::{Answer, Table, arg, int, last, list, string, text};

pub(super) const TABLE: Table = &[
    ("print", |args| Ok(print::joined(args).into())),
    ("println", |args| Ok((args.iter().map(string).collect::<Vec<_>>().join(" ") + "\n").into())),
    ("printf", |args| Ok(print::format(text(args, 0)?, &args[1..]).into())),
    ("quote", |args| Ok(each(args, quoted).into())),
    ("squote", |args| Ok(each(args, |text| format!("'{text}'")).into())),
    ("upper", |args| Ok(text(args, 0)?.to_uppercase().into())),
    ("lower", |args| Ok(text(args, 0)?.to_lowercase().into())),
    ("title", |args| Ok(title(text(args, 0)?).into())),
    ("untitle", |args| Ok(words(text(args, 0)?, char::to_ascii_lowercase).into())),
    ("swapcase", |args| {
        let swap = |c: char| if c.is_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
        Ok(text(args, 0)?.chars().map(swap).collect::<String>().into())
    }),
    ("trim", |args| Ok(text(args, 0)?.trim().into())),
    ("trimAll", |args| {
        let set: Vec<char> = text(args, 0)?.chars().collect();
        Ok(text(args, 1)?.trim_matches(&set[..]).into())
    }),
    ("trimall", |args| {
        let set: Vec<char> = text(args, 0)?.chars().collect();
        Ok(text(args, 1)?.trim_matches(&set[..]).into())
    }),
    ("trimSuffix", |args| {
        let from = text(args, 1)?;
        Ok(from.strip_suffix(text(args, 0)?).unwrap_or(from).into())
    }),
    ("trimPrefix", |args| {
        let from = text(args, 1)?;
        Ok(from.strip_prefix(text(args, 0)?).unwrap_or(from).into())
    }),
    ("nospace", |args| Ok(text(args, 0)?.replace(char::is_whitespace, "").into())),
    ("trunc", |args| Ok(trunc(int(args, 0)?, text(args, 1)?).into())),
    ("substr", |args| {
        let (from, to, of) = (int(args, 0)?, int(args, 1)?, text(args, 2)?);
        let to = if to < 0 { of.len() } else { size(to).min(of.len()) };
        Ok(of.get(size(from).min(to)..to).unwrap_or_default().into())
    }),
    ("repeat", |args| {
        let (times, of) = (size(int(args, 0)?), text(args, 1)?);
        room(times.saturating_mul(of.len()))?;
        Ok(of.repeat(times).into())
    }),
    ("replace", |args| {
        let (old, new, of) = (text(args, 0)?, text(args, 1)?, text(args, 2)?);
        room(of.matches(old).count().saturating_mul(new.len()))?;
        Ok(of.replace(old, new).into())
    }),
    ("contains", |args| Ok(Value::Bool(text(args, 1)?.contains(text(args, 0)?)))),
    ("hasPrefix", |args| Ok(Value::Bool(text(args, 1)?.starts_with(text(args, 0)?)))),
    ("hasSuffix", |args| Ok(Value::Bool(text(args, 1)?.ends_with(text(args, 0)?)))),
    ("cat", |args| {
        let parts: Vec<String> = args.iter().filter(|arg| !matches!(arg, Value::Nil)).map(string).collect();
        Ok(parts.join(" ").into())
    }),
    ("indent", |args| indent("", args)),
    ("nindent", |args| indent("\n", args)),
    ("toStrings", |args| Ok(Value::list(strings(arg(args, 0)?).into_iter().map(Value::from).collect()))),
    ("join", |args| {
        let parts = strings(arg(args, 1)?);
        let separator = arg(args, 0).map(string)?;
        room(parts.iter().map(|part| part.len() + separator.len()).sum())?;
        Ok(parts.join(&separator).into())
    }),
    ("splitList", |args| Ok(Value::list(text(args, 1)?.split(text(args, 0)?).map(Value::from).collect()))),
    ("split", |args| Ok(numbered(text(args, 1)?.split(text(args, 0)?)))),
    ("splitn", |args| Ok(numbered(text(args, 2)?.splitn(size(int(args, 1)?), text(args, 0)?)))),
    ("snakecase", |args| Ok(cased(text(args, 0)?, '_').into())),
    ("kebabcase", |args| Ok(cased(text(args, 0)?, '-').into())),
    ("camelcase", |args| Ok(title(&text(args, 0)?.replace(['_', '-'], " ")).replace(' ', "").into())),
    ("initials", |args| {
        Ok(text(args, 0)?
            .split_whitespace()
            .filter_map(|word| word.chars().next())
            .collect::<String>()
            .into())
    }),
    ("plural", |args| {
        let one = matches!(arg(args, 2)?, Value::Int(1));
        Ok(text(args, usize::from(!one))?.into())
    }),
    ("abbrev", |args| {
        let (width, of) = (size(int(args, 0)?), text(args, 1)?);
        let short = of.chars().take(width.saturating_sub(3)).collect::<String>() + "...";
        Ok(if of.chars().count() <= width || width < 4 { of.to_owned() } else { short }.into())
    }),
    ("wrap", |args| {
        let width = size(int(args, 0)?).max(1);
        Ok(textwrap::fill(text(args, 1)?, width).into())
    }),
    ("html", |args| {
        let of = string(last(args)?);
        let of = of.replace('&', "&amp;").replace('\'', "&#39;").replace('"', "&#34;");
        Ok(of.replace('<', "&lt;").replace('>', "&gt;").into())
    }),
    ("regexMatch", |args| Ok(Value::Bool(regex(args)?.is_match(text(args, 1)?)))),
    ("regexFind", |args| Ok(regex(args)?.find(text(args, 1)?).map_or("", |found| found.as_str()).into())),
    ("regexFindAll", |args| {
        let most = usize::try_from(int(args, 2)?).unwrap_or(usize::MAX);
        let found = regex(args)?.find_iter(text(args, 1)?).take(most).map(|m| m.as_str().into()).collect();
        Ok(Value::list(found))
    }),
    ("regexReplaceAll", |args| Ok(regex(args)?.replace_all(text(args, 1)?, text(args, 2)?).as_ref().into())),
    ("regexReplaceAllLiteral", |args| {
        Ok(regex(args)?.replace_all(text(args, 1)?, regex::NoExpand(text(args, 2)?)).as_ref().into())
    }),
    ("regexSplit", |args| {
        let most = usize::try_from(int(args, 2)?).unwrap_or(usize::MAX);
        Ok(Value::list(regex(args)?.splitn(text(args, 1)?, most).map(Value::from).collect()))
    }),
    ("regexQuoteMeta", |args| Ok(regex::escape(text(args, 0)?).into())),
    ("sortAlpha", |args| {
        let mut parts = strings(arg(args, 0)?);
        parts.sort();
        Ok(Value::list(parts.into_iter().map(Value::from).collect()))
    }),
    ("toRawList", |args| Ok(Value::list(list(args, 0)?.to_vec()))),
];

fn room(bytes: usize) -> Result<(), String> {
    if bytes > LIMIT { Err("the value is too large".to_owned()) } else { Ok(()) }
}

fn regex(args: &[Value]) -> Result<regex::Regex, String> {
    let pattern = text(args, 0)?;
    let built = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
    built.map_err(|_| format!("{pattern:?} is no regular expression that is read here"))
}

/// Each value that is something in quotes, with spaces between them.
fn each(args: &[Value], quote: impl Fn(&str) -> String) -> String {
    let there = args.iter().filter(|arg| !matches!(arg, Value::Nil));
    there.map(|arg| quote(&string(arg))).collect::<Vec<_>>().join(" ")
}

fn trunc(length: i64, of: &str) -> &str {
    let bytes = usize::try_from(length.unsigned_abs()).unwrap_or(usize::MAX);
    let cut =
        if length < 0 { of.len().checked_sub(bytes).map(|from| from..of.len()) } else { Some(0..bytes) };
    cut.and_then(|range| of.get(range)).unwrap_or(of)
}

fn indent(before: &str, args: &[Value]) -> Answer {
    let (columns, of) = (size(int(args, 0)?), text(args, 1)?);
    room(columns.saturating_mul(of.matches('\n').count() + 1))?;
    let pad = " ".repeat(columns);
    Ok(format!("{before}{pad}{}", of.replace('\n', &format!("\n{pad}"))).into())
}

/// The texts of a list, or of a value alone; nothing is left out.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::List(list) => list.iter().filter(|item| !matches!(item, Value::Nil)).map(string).collect(),
        Value::Nil => Vec::new(),
        other => vec![string(other)],
    }
}

/// Parts by their number: `_0`, `_1`.
fn numbered<'p>(parts: impl Iterator<Item = &'p str>) -> Value {
    let entries = parts.enumerate().map(|(at, part)| (format!("_{at}").into(), part.into()));
    Value::Map(super::super::value::Map::new(entries.collect()))
}

fn title(of: &str) -> String {
    words(of, char::to_ascii_uppercase)
}

/// A text with the first letter of each word changed.
fn words(of: &str, change: impl Fn(&char) -> char) -> String {
    let mut before = ' ';
    let changed = of.chars().map(|c| {
        let first = !(before.is_alphanumeric() || matches!(before, '_' | '\''));
        before = c;
        if first { change(&c) } else { c }
    });
    changed.collect()
}

/// `FooBar baz` as `foo_bar_baz`.
fn cased(of: &str, separator: char) -> String {
    let mut out = String::new();
    let mut before = separator;
    for c in of.chars() {
        let c = if matches!(c, ' ' | '_' | '-') { separator } else { c };
        if c.is_uppercase() && before != separator && !before.is_uppercase() {
            out.push(separator);
        }
        out.extend(c.to_lowercase());
        before = c;
    }
    out
}
