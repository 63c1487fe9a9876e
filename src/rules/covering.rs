//! Which ignores cover a place.
//!
//! In: the ignores of a file. Out: for a place those that touch it.
//! Invariant: what is looked at grows with what is found, not with the number of ignores, because a file
//! may have as many ignores as findings.

use std::collections::BTreeMap;

use crate::extract::Ignore;
use crate::source::Span;

/// Ignores by what they cover, in layers: within a layer nothing touches anything else. There are few, as
/// lines are in objects and objects in files.
pub(super) struct Covering<'i>(Vec<Vec<(Span, Ignores<'i>)>>);

/// The ignores that cover the same.
#[derive(Default)]
struct Ignores<'i> {
    by_rule: BTreeMap<&'i str, Vec<&'i Ignore>>,
    doubtful: Vec<&'i Ignore>,
}

impl<'i> Covering<'i> {
    /// Those of a file. `is_doubtful` tells which may be meant for more than they say.
    pub(super) fn of(ignores: &'i [Ignore], is_doubtful: impl Fn(&Ignore) -> bool) -> Self {
        let mut by_span: BTreeMap<Span, Ignores<'_>> = BTreeMap::new();
        for ignore in ignores {
            let alike = by_span.entry(ignore.covers).or_default();
            for rule in &ignore.rules {
                alike.by_rule.entry(rule).or_default().push(ignore);
            }
            alike.doubtful.extend(is_doubtful(ignore).then_some(ignore));
        }
        let mut layers: Vec<Vec<(Span, Ignores<'_>)>> = Vec::new();
        for (span, ignores) in by_span {
            let free =
                |layer: &&mut Vec<(Span, _)>| layer.last().is_none_or(|(last, _)| last.end < span.start);
            match layers.iter_mut().find(free) {
                Some(layer) => layer.push((span, ignores)),
                None => layers.push(vec![(span, ignores)]),
            }
        }
        Self(layers)
    }

    /// The ignores that touch a place and name a rule.
    pub(super) fn named(&self, place: Span, rule: &str) -> impl Iterator<Item = &'i Ignore> {
        self.at(place).filter_map(move |ignores| ignores.by_rule.get(rule)).flatten().copied()
    }

    /// The doubtful ones that touch a place.
    pub(super) fn doubtful(&self, place: Span) -> impl Iterator<Item = &'i Ignore> {
        self.at(place).flat_map(|ignores| &ignores.doubtful).copied()
    }

    fn at(&self, place: Span) -> impl Iterator<Item = &Ignores<'i>> {
        self.0.iter().flat_map(move |layer| {
            let first = layer.partition_point(|(span, _)| span.end < place.start);
            let touching = layer[first..].iter().take_while(move |(span, _)| span.start <= place.end);
            touching.map(|(_, ignores)| ignores)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Covering;
    use crate::extract::{Role, extract};
    use crate::source::Span;

    #[test]
    fn the_file_the_object_and_the_line() {
        let object = "apiVersion: v1\nkind: Pod\nmetadata: {annotations: {kubepin.dev/ignore: 'b: b'}}\n";
        let lines = "spec:\n  image: a # kubepin: ignore[c] c # kubepin: ignore[d] d\n  x: y # kubepin: ignore[e] e\n";
        let text = format!("# kubepin: ignore-file[a] a\n{object}{lines}---\n{object}");
        let ignores = extract(&text, || Role::Manifest).ignores;
        let covering = Covering::of(&ignores, |_| true);
        let at = |word: &str| {
            let start = text.rfind(word).expect(word);
            let mut found: Vec<_> =
                covering.doubtful(Span::new(start, start + 1)).map(|i| &*i.reason).collect();
            found.sort_unstable();
            found.join("")
        };
        assert_eq!(
            ["# kubepin: ignore-f", "image", "y # ", "---", "kind"].map(at),
            ["a", "abcd", "abe", "a", "ab"]
        );
        let named = |rule| covering.named(Span::new(0, text.len()), rule).count();
        assert_eq!(["a", "b", "x"].map(named), [1, 2, 0]);
    }
}
