//! From bytes to text, or to the reason why a file cannot be read as text.
//!
//! In: the bytes of a file. Out: UTF-8, or what is wrong with a sample that tells what the file is.
//! Invariant: only UTF-8 is ever edited. Other encodings are decoded to look at, never to write.

/// A file's bytes as text.
#[derive(Debug)]
pub enum Text<'b> {
    /// UTF-8, a byte order mark included.
    Utf8(&'b str),
    /// Not UTF-8.
    Other {
        /// What it is or what is wrong, as a phrase.
        problem: String,
        /// The content as far as it can be told, to look at.
        sample: String,
        /// Offset of the first byte that is not UTF-8.
        offset: usize,
    },
}

/// Decodes the bytes of a file.
pub fn decode(bytes: &[u8]) -> Text<'_> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Text::Utf8(text),
        Err(error) => error,
    };
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    let (problem, sample, offset) = match bytes {
        [0xff, 0xfe, ..] => ("the file is UTF-16".to_owned(), wide(u16::from_le_bytes), 0),
        [0xfe, 0xff, ..] => ("the file is UTF-16".to_owned(), wide(u16::from_be_bytes), 0),
        _ => {
            let offset = error.valid_up_to();
            let problem = format!("byte 0x{:02x} at offset {offset} is not UTF-8", bytes[offset]);
            (problem, String::from_utf8_lossy(bytes).into_owned(), offset)
        }
    };
    Text::Other { problem, sample, offset }
}
