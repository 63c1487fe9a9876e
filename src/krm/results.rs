//! Results: what a KRM function says of the items that it passes on.
//!
//! In: the text of a list, findings and what became of them. Out: the text with `results` at its end.
//! Invariant: the items are those of the text; what functions before said stays in front.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Serialize;

use super::{Item, NoList, ResourceList};
use crate::finding::{Finding, Problem, Reads};
use crate::image::{ImageUse, Object};
use crate::source::printable;

/// How much a result weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Importance {
    /// It makes the function fail.
    Error,
    /// It does not.
    Warning,
    /// It was mended.
    Info,
}

/// A finding, and what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'r> {
    /// The finding.
    pub finding: &'r Finding,
    /// The image use that it is about.
    pub image: Option<&'r ImageUse>,
    /// How much it weighs.
    pub importance: Importance,
    /// The list that its bytes are counted in.
    pub list: &'r ResourceList,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'r> {
    message: String,
    severity: Importance,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_ref: Option<ResourceRef<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Field<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File<'r>>,
    tags: BTreeMap<&'static str, &'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceRef<'r> {
    api_version: &'r str,
    kind: &'r str,
    name: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Field<'r> {
    path: &'r str,
    current_value: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed_value: Option<&'r str>,
}

#[derive(Serialize)]
struct File<'r> {
    path: &'r str,
    index: u64,
}

impl ResourceList {
    /// The text of this list with results behind those that it has.
    ///
    /// # Errors
    /// That its form does not take any.
    pub fn with_results(&self, text: &str, outcomes: &[Outcome<'_>]) -> Result<String, NoList> {
        if outcomes.is_empty() {
            return Ok(text.to_owned());
        }
        let unwritten = |why: &dyn Display| NoList(format!("results cannot be written: {why}"));
        let mut results = self.before(text).map_err(|error| unwritten(&error))?;
        for outcome in outcomes {
            results.push(serde_yaml::to_value(outcome.entry()).map_err(|error| unwritten(&error))?);
        }
        let results = BTreeMap::from([("results", results)]);
        let after = if self.top.flow {
            let json = serde_json::to_string(&results).map_err(|error| unwritten(&error))?;
            self.in_braces(text, &json)
        } else {
            let block = serde_yaml::to_string(&results).map_err(|error| unwritten(&error))?;
            Some(self.on_lines(text, &block))
        };
        let is_whole = |after: &String| {
            Self::read(after)
                .is_ok_and(|(list, _)| list.items.len() == self.items.len() && list.top.results.is_some())
        };
        after.filter(is_whole).ok_or_else(|| unwritten(&"the list has a form that takes none"))
    }

    /// What functions before said.
    fn before(&self, text: &str) -> Result<Vec<serde_yaml::Value>, serde_yaml::Error> {
        if self.top.results.is_none() {
            return Ok(Vec::new());
        }
        let list: serde_yaml::Value = serde_yaml::from_str(self.top.document.slice(text))?;
        let results = list.get("results").and_then(serde_yaml::Value::as_sequence);
        Ok(results.cloned().unwrap_or_default())
    }

    /// The list with a pair as its last one, in place of the pair that is there.
    fn on_lines(&self, text: &str, pair: &str) -> String {
        let (list, below) = text.split_at(self.top.document.end);
        let mut list = list.to_owned();
        if let Some(old) = self.top.results {
            list.replace_range(old.start..old.end, "");
        }
        let marker = list.rfind("\n...").filter(|at| list[at + 4..].trim().is_empty());
        let (list, marker) = list.split_at(marker.map_or(list.len(), |at| at + 1));
        let line_break = if list.ends_with('\n') { "" } else { "\n" };
        format!("{list}{line_break}{pair}{marker}{below}")
    }

    /// The same for a list in braces, which must not have the pair yet. The pair comes in braces, too.
    fn in_braces(&self, text: &str, pair: &str) -> Option<String> {
        let (list, below) = text.split_at(self.top.document.end);
        let inside = list.trim_end().strip_suffix('}')?.trim_end();
        let comma = if inside.ends_with(',') { "" } else { "," };
        let pair = pair.strip_prefix('{')?;
        self.top.results.is_none().then(|| format!("{inside}{comma}{pair}\n{below}"))
    }
}

impl<'r> Outcome<'r> {
    /// The same for people: an orchestrator may show none of the results.
    pub fn problem(&self) -> Problem {
        let file = self.file().map(|(path, _)| printable(path)).unwrap_or_default();
        let object = self.object().map(Object::title);
        let path = self.image.map(|image| image.path.clone());
        let place: Vec<String> = object.into_iter().chain(path).map(|part| printable(&part)).collect();
        Problem::failure(file, format!("{}: {}", place.join(" "), self.message()))
    }

    fn item(&self) -> Option<&'r Item> {
        self.list.item_at(self.finding.span.start)
    }

    /// The object that runs the image; an item may be a list.
    fn object(&self) -> Option<&'r Object> {
        self.image.map(|image| &*image.object).or(self.item().map(|item| &item.object))
    }

    fn file(&self) -> Option<&'r (String, u64)> {
        self.item()?.file.as_ref()
    }

    fn message(&self) -> String {
        let finding = self.finding;
        if self.importance == Importance::Info {
            let value = proposed(finding).map(|value| format!(": `{value}`"));
            return "pinned now".to_owned() + &value.unwrap_or_default();
        }
        let why_not = finding.why_not.as_ref().map(|why| format!(" (not pinned: {why})"));
        finding.message.clone() + &why_not.unwrap_or_default()
    }

    fn entry(&self) -> Entry<'r> {
        let resource_ref = self.object().and_then(resource_ref);
        let field = self.image.filter(|_| resource_ref.is_some()).map(|image| Field {
            path: &image.path,
            current_value: &image.stated.written,
            proposed_value: proposed(self.finding),
        });
        Entry {
            message: self.message(),
            severity: self.importance,
            resource_ref,
            field,
            file: self.file().map(|(path, index)| File { path, index: *index }),
            tags: BTreeMap::from([("rule", self.finding.rule)]),
        }
    }
}

/// The value that a fix gives the field, if it is one.
fn proposed(finding: &Finding) -> Option<&str> {
    match &finding.fix.as_ref()?.edits[..] {
        [edit] => match &edit.reads {
            Reads::Scalar(value) | Reads::Bare(value) => Some(value),
            Reads::Pairs(_) | Reads::Gone(..) | Reads::Inside => None,
        },
        _ => None,
    }
}

fn resource_ref(object: &Object) -> Option<ResourceRef<'_>> {
    Some(ResourceRef {
        api_version: object.api_version.as_deref()?,
        kind: object.kind.as_deref()?,
        name: object.name.as_deref()?,
        namespace: object.namespace.as_deref(),
    })
}
