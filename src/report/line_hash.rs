//! The fingerprint of a line that GitHub's code scanning follows an alert by.
//!
//! In: a text. Out: for each line a hash of what it and the lines behind it begin with, blanks aside, and
//! how often that came up to there: `primaryLocationLineHash`.
//! Source: what `github/codeql-action` fills in where a SARIF file has none; the tests have its values.

use std::collections::HashMap;

/// How many UTF-16 units a hash is of.
const BLOCK: usize = 100;
/// What one is multiplied by.
const FACTOR: u64 = 37;
/// What stands for the end of the text.
const END: u16 = 0xFFFF;

/// The fingerprints of all lines.
pub(super) fn line_hashes(text: &str) -> Vec<String> {
    let (units, starts) = units(text);
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let fingerprint = |start: usize| {
        let block = &units[start..start + BLOCK];
        let hash =
            block.iter().fold(0_u64, |hash, &unit| hash.wrapping_mul(FACTOR).wrapping_add(unit.into()));
        let times = seen.entry(hash).or_default();
        *times += 1;
        format!("{hash:x}:{times}")
    };
    starts.into_iter().map(fingerprint).collect()
}

/// The units that count, with a block of zeros behind the end, and where lines begin among them. All line
/// ends are the same, and blanks are left out.
fn units(text: &str) -> (Vec<u16>, Vec<usize>) {
    let (mut units, mut starts) = (Vec::with_capacity(text.len() + BLOCK + 1), vec![0]);
    let mut before = '\0';
    for c in text.chars() {
        let rest_of_line_end = before == '\r' && c == '\n';
        before = c;
        match c {
            ' ' | '\t' => {}
            '\n' if rest_of_line_end => {}
            '\r' | '\n' => {
                units.push(u16::from(b'\n'));
                starts.push(units.len());
            }
            c => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        }
    }
    units.push(END);
    units.resize(units.len() + BLOCK, 0);
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    #[test]
    fn the_hashes_are_those_of_github() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
        let short = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        assert_eq!(line_hashes(" a\nb\n  \t\tc\n d"), short);
        let ends = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        assert_eq!(line_hashes(" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n"), ends);
        assert_eq!(line_hashes(" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n"), ends);
        let repeated = line_hashes(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!(repeated[5..8], ["a7f2ff13bc495cf2:6", "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1"]);
    }
}
