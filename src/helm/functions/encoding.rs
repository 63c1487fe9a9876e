//! YAML, JSON, base64, digests and URLs.
//!
//! In: values or texts. Out: the same in another form.
//! Invariant: text that cannot be read is a mapping that holds the error, as in Helm.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use sha2::Digest as _;

use super::super::emit;
use super::super::read::value;
use super::super::value::Value;
use super::{Table, arg, text};

pub(super) const TABLE: Table = &[
    ("toYaml", |args| Ok(emit::yaml(arg(args, 0)?).unwrap_or_default().into())),
    ("toYamlPretty", |args| Ok(emit::yaml(arg(args, 0)?).unwrap_or_default().into())),
    ("toJson", |args| Ok(emit::json(arg(args, 0)?, None, true)?.into())),
    ("toRawJson", |args| Ok(emit::json(arg(args, 0)?, None, false)?.into())),
    ("toPrettyJson", |args| Ok(emit::json(arg(args, 0)?, Some(0), true)?.into())),
    ("fromYaml", |args| Ok(from(text(args, 0)?))),
    ("fromJson", |args| Ok(from(text(args, 0)?))),
    ("fromYamlArray", |args| Ok(from_array(text(args, 0)?))),
    ("fromJsonArray", |args| Ok(from_array(text(args, 0)?))),
    ("b64enc", |args| Ok(BASE64_STANDARD.encode(text(args, 0)?).into())),
    ("b64dec", |args| {
        Ok(match BASE64_STANDARD.decode(text(args, 0)?) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).as_ref().into(),
            Err(error) => error.to_string().into(),
        })
    }),
    ("b64urlenc", |args| Ok(BASE64_URL_SAFE.encode(text(args, 0)?).into())),
    ("sha256sum", |args| Ok(hex(&sha2::Sha256::digest(text(args, 0)?)).into())),
    ("sha512sum", |args| Ok(hex(&sha2::Sha512::digest(text(args, 0)?)).into())),
    // Nothing but names and annotations is made of the weaker ones: any text of their length will do.
    ("sha1sum", |args| Ok(hex(&sha2::Sha256::digest(text(args, 0)?)[..20]).into())),
    ("md5sum", |args| Ok(hex(&sha2::Sha256::digest(text(args, 0)?)[..16]).into())),
    ("adler32sum", |args| {
        let (a, b) = text(args, 0)?.bytes().fold((1u32, 0u32), |(a, b), byte| {
            let a = (a + u32::from(byte)) % 65521;
            (a, (b + a) % 65521)
        });
        Ok(((b << 16) | a).to_string().into())
    }),
    ("urlquery", |args| Ok(percent(text(args, 0)?).into())),
    ("urlParse", |args| Ok(url(text(args, 0)?))),
    ("urlJoin", |args| {
        let part = |key: &str| arg(args, 0).ok().and_then(|url| url.at(&[key])).unwrap_or("".into());
        let part = |key: &str| super::string(&part(key));
        let query = part("query");
        let query = if query.is_empty() { query } else { format!("?{query}") };
        Ok(format!("{}://{}{}{query}", part("scheme"), part("host"), part("path")).into())
    }),
    ("base", |args| {
        let path = text(args, 0)?.trim_end_matches('/');
        Ok(path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(".").into())
    }),
    ("dir", |args| Ok(text(args, 0)?.rsplit_once('/').map_or(".", |(folder, _)| folder).into())),
    ("ext", |args| {
        let name = text(args, 0)?.rsplit('/').next().unwrap_or_default();
        Ok(name.rfind('.').map_or("", |at| &name[at..]).into())
    }),
    ("clean", |args| Ok(text(args, 0)?.trim_end_matches('/').into())),
    ("isAbs", |args| Ok(Value::Bool(text(args, 0)?.starts_with('/')))),
];

/// What a text states; where it states nothing, an empty mapping.
fn from(text: &str) -> Value {
    match value(text) {
        Ok(Value::Map(map)) => Value::Map(map),
        Ok(Value::Nil) => Value::empty(),
        Ok(_) => Value::map([("Error", "the text is no mapping".into())]),
        Err(error) => Value::map([("Error", error.into())]),
    }
}

fn from_array(text: &str) -> Value {
    match value(text) {
        Ok(Value::List(list)) => Value::List(list),
        Ok(Value::Nil) => Value::list(Vec::new()),
        Ok(_) => Value::list(vec!["the text is no list".into()]),
        Err(error) => Value::list(vec![error.into()]),
    }
}

pub(in crate::helm) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn percent(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        byte => format!("%{byte:02X}"),
    });
    encoded.collect()
}

fn url(text: &str) -> Value {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let start = rest.find('/').unwrap_or(rest.len());
    let (host, path) = if scheme.is_empty() { ("", rest) } else { rest.split_at(start) };
    let (user, host) = host.rsplit_once('@').unwrap_or(("", host));
    let hostname = host.rsplit_once(':').map_or(host, |(name, _)| name);
    Value::map([
        ("scheme", scheme.into()),
        ("host", host.into()),
        ("hostname", hostname.into()),
        ("path", path.into()),
        ("query", query.into()),
        ("opaque", "".into()),
        ("fragment", fragment.into()),
        ("userinfo", user.into()),
    ])
}
