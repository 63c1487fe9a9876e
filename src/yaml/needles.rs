//! What can be told of a piece without parsing it.
//!
//! In: the bytes of a piece. Out: yes or no, by byte search.
//! Invariant: a `no` is certain for keys written without escapes; a `yes` may be wrong and costs a parse.

use memchr::memmem;

/// Whether the text holds `key` as the key of a mapping, plain or quoted.
pub fn holds_key(text: &str, key: &str) -> bool {
    behind_key(text, key).next().is_some()
}

/// Whether the text holds `key` as the key of a scalar.
pub fn states(text: &str, key: &str) -> bool {
    behind_key(text, key).any(|rest| !rest.starts_with(['{', '[']) || rest.starts_with("{{"))
}

/// The values that may be stated for `key`, as far as they are plain words or quoted ones; an empty word
/// stands for any other form.
pub fn words<'t>(text: &'t str, key: &str) -> impl Iterator<Item = &'t str> {
    behind_key(text, key).map(|rest| {
        let rest = rest.trim_start_matches(['"', '\'']);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-' | '_');
        &rest[..rest.find(|c| !plain(c)).unwrap_or(rest.len())]
    })
}

/// What stands behind the colon wherever the text holds `key` as the key of a mapping.
fn behind_key<'t>(text: &'t str, key: &str) -> impl Iterator<Item = &'t str> {
    let bytes = text.as_bytes();
    // The searcher takes its needle along, so that the iterator does not borrow the key.
    let found = memmem::find_iter(bytes, key.as_bytes()).into_owned();
    let length = key.len();
    found.filter_map(move |at| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let whole =
            before.is_none_or(|&b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/')));
        whole.then(|| behind_colon(&text[at + length..])).flatten()
    })
}

fn behind_colon(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    Some(rest.trim_ascii_start().strip_prefix(':')?.trim_ascii_start())
}

/// Whether the piece is a `CustomResourceDefinition`: its schema names image fields and uses none.
pub fn is_crd(text: &str) -> bool {
    let mut found = memmem::find_iter(text.as_bytes(), b"kind: CustomResourceDefinition");
    found.any(|at| at == 0 || text.as_bytes()[at - 1] == b'\n')
}

/// Whether `apiVersion:` and `kind:` stand at column 0.
pub fn looks_like_manifest(text: &str) -> bool {
    let mut api_version = false;
    let mut kind = false;
    for line in text.lines() {
        api_version |= line.starts_with("apiVersion:");
        kind |= line.starts_with("kind:");
    }
    api_version && kind
}

#[cfg(test)]
mod tests {
    use super::{holds_key, states, words};

    #[test]
    fn keys_not_words() {
        for yes in
            ["image: a", "{\"image\":\"a\"}", "'image' : a", "? image\n: a", "- image:\n", "{a: b,image: c}"]
        {
            assert!(holds_key(yes, "image"), "{yes}");
        }
        for no in ["images: a", "an image", "# image of a cat", "my-image: a", "baseimage: a", "image"] {
            assert!(!holds_key(no, "image"), "{no}");
        }
    }

    #[test]
    fn keys_of_scalars() {
        for yes in [
            "kind: Pod",
            "kind: {{ .Values.kind }}",
            "{\"kind\":\"Pod\"}",
            "kind: {}\nkind: Pod",
            "kind:\n  Pod",
        ] {
            assert!(states(yes, "kind"), "{yes}");
        }
        for no in ["kind: {type: string}", "\"kind\": {\n", "kind: [a]", "kinds: a", "a kind"] {
            assert!(!states(no, "kind"), "{no}");
        }
    }

    #[test]
    fn words_of_keys() {
        let text = "kind: Pod\n- kind: 'A'\n- {\"kind\": \"B\", kind: &a C}\n";
        assert_eq!(words(text, "kind").collect::<Vec<_>>(), ["Pod", "A", "B", ""]);
    }
}
