//! Values as Go's `fmt` prints them.
//!
//! In: values, and formats of `printf`. Out: text.
//! Invariant: no text grows far beyond [`LIMIT`]; its length is judged by the caller.

use super::numbers::{size, to_int};
use super::value::{DEPTH, Value};

/// Bytes that a text of a template may have.
pub(super) const LIMIT: usize = 8 << 20;

/// A value as `%v` prints it.
pub(super) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, DEPTH);
    out
}

fn write(out: &mut String, value: &Value, depth: usize) {
    if out.len() > LIMIT || depth == 0 {
        return;
    }
    match value {
        Value::Nil => out.push_str("<nil>"),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Int(int) => out.push_str(&int.to_string()),
        Value::Float(float) => out.push_str(&number(*float)),
        Value::Text(text) => out.push_str(text),
        Value::List(list) | Value::Versions(list) => {
            out.push('[');
            for (at, element) in list.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { " " });
                write(out, element, depth - 1);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (at, (key, value)) in map.read().iter().enumerate() {
                out.push_str(if at == 0 { "" } else { " " });
                out.push_str(key);
                out.push(':');
                write(out, value, depth - 1);
            }
            out.push(']');
        }
        Value::Files(_) => out.push_str("map[]"),
    }
}

/// A floating number as `%v` prints it: `1e+06` from a million on.
pub(super) fn number(float: f64) -> String {
    shortest(float, 21).filter(|_| float.abs() < 1e6).unwrap_or_else(|| exponent(float))
}

/// A floating number as JSON has it.
pub(super) fn json_number(float: f64) -> String {
    shortest(float, 21).unwrap_or_else(|| exponent(float))
}

/// Without exponent, where there are at most so many digits before the point.
fn shortest(float: f64, digits: i32) -> Option<String> {
    let small = float != 0.0 && float.abs() < 1e-4;
    (float.is_finite() && !small && float.abs() < 10f64.powi(digits)).then(|| float.to_string())
}

fn exponent(float: f64) -> String {
    if float.is_nan() {
        return "NaN".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{float:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(("+", exponent), |rest| ("-", rest));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// A text in double quotes, as `%q` prints it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() && u32::from(c) < 0x80 => {
                out.extend(["\\x", &super::functions::hex(&[u8::try_from(c).unwrap_or_default()])]);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Values side by side, as `print` has them: a space between two that are no texts.
pub(super) fn joined(values: &[Value]) -> String {
    let mut out = String::new();
    for (at, value) in values.iter().enumerate() {
        let apart = at > 0 && ![&values[at - 1], value].iter().any(|value| value.as_text().is_some());
        out.push_str(if apart { " " } else { "" });
        write(&mut out, value, DEPTH);
    }
    out
}

/// The flags of a verb.
#[derive(Default)]
struct Flags {
    left: bool,
    zero: bool,
    plus: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
}

/// What `printf` makes of a format.
pub(super) fn format(format: &str, args: &[Value]) -> String {
    let mut out = String::new();
    let mut rest = format.chars().peekable();
    let mut args = args.iter();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = Flags::default();
        while let Some(&flag) = rest.peek() {
            match flag {
                '-' => flags.left = true,
                '0' => flags.zero = true,
                '+' => flags.plus = true,
                '#' => flags.sharp = true,
                ' ' => {}
                _ => break,
            }
            rest.next();
        }
        flags.width = digits(&mut rest, &mut args).unwrap_or(0);
        if rest.next_if_eq(&'.').is_some() {
            flags.precision = Some(digits(&mut rest, &mut args).unwrap_or(0));
        }
        match (rest.next(), args.as_slice().first()) {
            (None, _) => out.push_str("%!(NOVERB)"),
            (Some('%'), _) => out.push('%'),
            (Some(verb), None) => out.extend(["%!", verb.encode_utf8(&mut [0; 4]), "(MISSING)"]),
            (Some(verb), Some(arg)) => {
                args.next();
                pad(&mut out, &flags, verb, &verbal(verb, arg, &flags));
            }
        }
        if out.len() > LIMIT {
            break;
        }
    }
    let extra: Vec<String> = args.map(|arg| format!("{}={}", arg.kind(), text(arg))).collect();
    if !extra.is_empty() {
        out.extend(["%!(EXTRA ", &extra.join(", "), ")"]);
    }
    out
}

fn digits(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    args: &mut std::slice::Iter<'_, Value>,
) -> Option<usize> {
    if rest.next_if_eq(&'*').is_some() {
        return args.next().map(|arg| size(to_int(arg)));
    }
    let mut number = None;
    while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
        number = Some((number.unwrap_or(0) * 10 + digit as usize).min(1000));
        rest.next();
    }
    number
}

/// What a verb makes of a value.
fn verbal(verb: char, arg: &Value, flags: &Flags) -> String {
    match (verb, arg) {
        ('v', _) | ('s', Value::Map(_)) => text(arg),
        ('s', Value::Text(s)) => s.chars().take(flags.precision.unwrap_or(usize::MAX)).collect(),
        ('q', Value::Text(s)) => quoted(s),
        ('s' | 'q', Value::List(list)) => {
            let parts: Vec<String> = list.iter().map(|element| verbal(verb, element, flags)).collect();
            format!("[{}]", parts.join(" "))
        }
        ('d', Value::Int(int)) if flags.plus => format!("{int:+}"),
        ('d', Value::Int(int)) => int.to_string(),
        ('t', Value::Bool(bool)) => bool.to_string(),
        ('x', Value::Int(int)) if flags.sharp => format!("{int:#x}"),
        ('x', Value::Int(int)) => format!("{int:x}"),
        ('X', Value::Int(int)) => format!("{int:X}"),
        ('o', Value::Int(int)) => format!("{int:o}"),
        ('b', Value::Int(int)) => format!("{int:b}"),
        ('c', Value::Int(int)) => {
            u32::try_from(*int).ok().and_then(char::from_u32).unwrap_or('\u{fffd}').to_string()
        }
        ('x', Value::Text(s)) => super::functions::hex(s.as_bytes()),
        ('f' | 'F', Value::Float(float)) => format!("{float:.*}", flags.precision.unwrap_or(6).min(100)),
        ('g', Value::Float(float)) => number(*float),
        ('e', Value::Float(float)) => exponent(*float),
        ('T', _) => arg.kind().to_owned(),
        (_, Value::Nil) => format!("%!{verb}(<nil>)"),
        _ => format!("%!{verb}({}={})", arg.kind(), text(arg)),
    }
}

fn pad(out: &mut String, flags: &Flags, verb: char, text: &str) {
    let missing = flags.width.min(1000).saturating_sub(text.chars().count());
    let zero = flags.zero && !flags.left && "dxXobfFeg".contains(verb);
    if flags.left {
        out.push_str(text);
        out.push_str(&" ".repeat(missing));
    } else if let Some(digits) = text.strip_prefix('-').filter(|_| zero) {
        out.extend(["-", &"0".repeat(missing), digits]);
    } else {
        out.extend([&if zero { "0" } else { " " }.repeat(missing), text]);
    }
}
