//! Images in a chart's files of definitions, which are pieces of YAML at best.
//!
//! In: the text of a `.tpl` file. Out: a use for each line that gives `image` a value.
//! Invariant: such a file is only read, because what a definition is put into is not known from it.

use crate::image::{ImageUse, Stated, UseKind};
use crate::source::{Lines, Span};
use crate::yaml::{Scalar, Style};

const NEVER_WRITTEN: &str = "it is in a file of definitions, which is never written";

/// The images that lines state.
pub(super) fn images(text: &str) -> Vec<ImageUse> {
    let lines = Lines::new(text);
    let mut uses = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((at, value)) = value(line) {
            uses.push(image(Span::new(start + at, start + at + value.len()), value, &lines));
        }
        start += line.len();
    }
    uses
}

/// The value that a line gives `image`, and where it begins in the line.
fn value(line: &str) -> Option<(usize, &str)> {
    let key = line.trim_start().trim_start_matches("- ").trim_start();
    let value = key.strip_prefix("image:")?.strip_prefix([' ', '\t'])?.trim();
    let value =
        if value.contains("{{") { value } else { value.split(" #").next().unwrap_or(value).trim_end() };
    let is_none = value.is_empty()
        || value.starts_with(['|', '>', '&', '*', '!', '#', '{']) && !value.starts_with("{{");
    (!is_none)
        .then(|| (line.len() - line.trim_start().len() + line.trim_start().find(value).unwrap_or(0), value))
}

fn image(span: Span, value: &str, lines: &Lines<'_>) -> ImageUse {
    let quote =
        value.chars().next().filter(|c| matches!(c, '"' | '\'') && value.len() > 1 && value.ends_with(*c));
    let (style, written) = match quote {
        Some('"') => (Style::Double, &value[1..value.len() - 1]),
        Some(_) => (Style::Single, &value[1..value.len() - 1]),
        None => (Style::Plain, value),
    };
    let scalar = Scalar::alone(span, style);
    let place = (span, lines.position(span.start), lines.position(span.end));
    let hold = Some(NEVER_WRITTEN.to_owned());
    ImageUse {
        path: "image".to_owned(),
        hold,
        ..ImageUse::new(UseKind::HelmTemplate, Stated::of(written.to_owned()), scalar, place)
    }
}

#[cfg(test)]
mod tests {
    use super::images;

    #[test]
    fn lines_that_give_image_a_value() {
        let text = "{{- define \"x\" }}\n- name: a\n  image: alpine:3 # why\n- image: \"b:1\"\nimage: {{ .Values.a }}:{{ .b }}\nimage:\nimagePullPolicy: Always\n  # image: none\nimage: &a c\nimages: d\n";
        let found: Vec<_> = images(text)
            .into_iter()
            .map(|image| {
                assert!(image.span.slice(text).contains(&image.stated.written));
                (image.start.line, image.start.column, image.stated.written)
            })
            .collect();
        let expected = [(3, 10, "alpine:3"), (4, 10, "b:1"), (5, 8, "{{ .Values.a }}:{{ .b }}")];
        assert_eq!(found, expected.map(|(line, column, written)| (line, column, written.to_owned())));
    }
}
