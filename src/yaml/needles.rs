//! What can be told of a piece without parsing it.
//!
//! In: the bytes of a piece. Out: yes or no, by byte search.
//! Invariant: a `no` is certain for keys written without escapes; a `yes` may be wrong and costs a parse.

use memchr::memmem;

/// Whether the text holds `key` as the key of a mapping, plain or quoted.
pub fn holds_key(text: &str, key: &str) -> bool {
    let bytes = text.as_bytes();
    memmem::find_iter(bytes, key.as_bytes()).any(|at| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let whole =
            before.is_none_or(|&b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/')));
        whole && colon_follows(&bytes[at + key.len()..])
    })
}

fn colon_follows(rest: &[u8]) -> bool {
    let rest = match rest.first() {
        Some(b'"' | b'\'') => &rest[1..],
        _ => rest,
    };
    rest.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b':')
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
    use super::holds_key;

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
}
