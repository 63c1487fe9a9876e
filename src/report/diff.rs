//! A change as a unified diff that `git apply` and `patch -p1` take.

use std::ops::{Range, RangeInclusive};

use similar::TextDiff;

/// The diff of one file. `name` is its path seen from the working folder.
pub fn unified(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let (old, new) = (header("a", name), header("b", name));
    diff.unified_diff().context_radius(3).header(&old, &new).to_string()
}

/// The lines of `after`, from 1, that are not those of `before`, line ends aside. Where lines are gone,
/// those around the gap count as touched.
pub fn touched(before: &str, after: &str) -> Vec<RangeInclusive<usize>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let steps = similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new);
    let changed = steps.into_iter().filter(|step| step.tag() != similar::DiffTag::Equal);
    let lines = |range: Range<usize>| match range.len() {
        0 => range.start..=range.start + 1,
        _ => range.start + 1..=range.end,
    };
    changed.map(|step| lines(step.new_range())).collect()
}

/// A file name as git writes it: quoted where it holds quotes or controls, ended by a tab where it
/// holds blanks.
fn header(side: &str, name: &str) -> String {
    let path = format!("{side}/{}", name.trim_start_matches('/'));
    if path.contains(|c: char| c.is_control() || c == '"' || c == '\\') {
        let escaped: String = path.chars().map(escape).collect();
        format!("\"{escaped}\"")
    } else if path.contains(' ') {
        format!("{path}\t")
    } else {
        path
    }
}

fn escape(c: char) -> String {
    match c {
        '"' | '\\' => format!("\\{c}"),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        c if c.is_control() => format!("\\{:03o}", c as u32),
        c => c.to_string(),
    }
}
