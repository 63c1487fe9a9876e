//! From a node that states an image to an image use.
//!
//! In: mappings and the key that holds the image. Out: one use for each place, with its spans.
//! Invariants: a place is collected once, however many ways lead to it; where keys are duplicate the
//! last counts and the others are shadowed, except in a template, where a condition may choose.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::reading::Reading;
use super::{Fields, Role, gitops, kinds, kustomization, object, pod, shape, values};
use crate::image::{ImageUse, Machines, Object, State, Stated, UseKind, group_version, tag_in_comment};
use crate::source::{Lines, Span};
use crate::yaml::{Document, Kind, NodeId, Scalar, Style};

/// How far behind a scalar a marker of an automation may end, in bytes.
const MARKER_REACH: usize = 1000;

/// Collects the image uses of one document.
pub(super) struct Collector<'d, 't> {
    pub(super) document: &'d Document<'t>,
    pub(super) reading: &'d Reading<'d>,
    role: Role,
    pub(super) lines: &'d Lines<'d>,
    pub(super) object: Arc<Object>,
    /// The machines that the pod may come to whose images are collected.
    pub(super) machines: Machines,
    root: NodeId,
    pub(super) places: BTreeMap<NodeId, ImageUse>,
    /// Fields that users say state images.
    pub(super) fields: Option<&'d Fields>,
    /// Uses that no node of the document stands for.
    pub(super) beside: Vec<ImageUse>,
}

impl<'d, 't> Collector<'d, 't> {
    pub(super) fn new(
        document: &'d Document<'t>,
        reading: &'d Reading<'d>,
        role: Role,
        lines: &'d Lines<'d>,
    ) -> Self {
        let object = Arc::new(Object::default());
        let root = document.root().unwrap_or(NodeId::ROOT);
        Self {
            document,
            reading,
            role,
            lines,
            object,
            machines: Machines::default(),
            root,
            places: BTreeMap::new(),
            fields: None,
            beside: Vec::new(),
        }
    }

    /// All image uses of the document.
    pub(super) fn uses(mut self) -> Vec<ImageUse> {
        let root = self.document.root();
        let states = |key| root.is_some_and(|root| self.document.get(root, key).is_some());
        if self.role == Role::ChartValues && !(states("apiVersion") && states("kind")) {
            values::images(&mut self, NodeId::ROOT);
        }
        if self.role == Role::Kustomization {
            self.object = Arc::new(kustomization::object(self.document));
            kustomization::entries(&mut self, NodeId::ROOT);
        }
        for (root, object) in object::with_data(self.reading, self.document) {
            self.root = root;
            let kind = object.kind.clone().unwrap_or_default();
            let api_version = object.api_version.clone().unwrap_or_default();
            let core = pod::spec_path(&api_version, &kind);
            let helm_release = kind == "HelmRelease";
            self.object = Arc::new(object);
            if let Some(fields) = self.fields {
                fields.object(&mut self, root, (&api_version, &kind));
            }
            if kind == object::CONFIG_MAP {
                continue;
            }
            match core {
                Some(path) => {
                    for spec in self.at(root, path) {
                        pod::pod_spec(&mut self, spec);
                    }
                }
                None if kind == kustomization::TRANSFORMER => kustomization::transformer(&mut self, root),
                None if gitops::object(&mut self, root, group_version(&api_version).0, &kind) => {}
                None if helm_release => {
                    shape::object(&mut self, root, UseKind::HelmValue);
                    for values in self.at(root, &["spec", "values"]) {
                        values::images(&mut self, values);
                    }
                }
                None => {
                    kinds::object(&mut self, root, group_version(&api_version).0, &kind);
                    shape::object(&mut self, root, UseKind::CustomResource);
                }
            }
        }
        self.caution_shared();
        self.places.into_values().chain(self.beside).collect()
    }

    pub(super) fn document(&self) -> &'d Document<'t> {
        self.document
    }

    /// The values of a key that may count: one, but in a template every one that is written.
    pub(super) fn values(&self, map: NodeId, key: &str) -> Vec<NodeId> {
        let own: Vec<NodeId> = self.document.own(map, key).collect();
        if self.reading.masked.is_some() && !own.is_empty() {
            return own;
        }
        self.document.get(map, key).into_iter().collect()
    }

    /// The elements of a list, in order.
    pub(super) fn elements(&self, list: NodeId) -> Vec<NodeId> {
        self.document.elements(list).collect()
    }

    /// Every node that a path of keys may lead to.
    fn at(&self, root: NodeId, keys: &[&str]) -> Vec<NodeId> {
        let step =
            |nodes: Vec<NodeId>, key: &&str| nodes.into_iter().flat_map(|id| self.values(id, key)).collect();
        keys.iter().fold(vec![root], step)
    }

    /// Collects the image that a mapping states under a key.
    pub(super) fn image(&mut self, map: NodeId, key: &str, kind: UseKind) {
        let own: Vec<NodeId> = self.document.own(map, key).collect();
        let Some((&last, before)) = own.split_last() else {
            if let Some(merged) = self.document.get(map, key) {
                self.place(merged, kind, false);
            }
            return;
        };
        let template = self.reading.masked.is_some();
        for &value in before {
            self.place(value, kind, !template);
        }
        self.place(last, kind, false);
    }

    pub(super) fn place(&mut self, value: NodeId, kind: UseKind, shadowed: bool) {
        if self.places.contains_key(&value) {
            return;
        }
        let Some(scalar) = Scalar::of(self.document, self.document.resolve(value)) else {
            return;
        };
        let span = self.place_of(value, &scalar);
        let written = self.reading.written(self.document, value).unwrap_or_default();
        let mut stated = Stated::of(written);
        if stated.state == State::Untagged && stated.written == "auto" && self.is_injected(value) {
            stated.state = State::Placeholder;
        }
        let kind = if self.role == Role::ChartTemplate { UseKind::HelmTemplate } else { kind };
        let comment = (stated.state == State::Digest).then(|| self.rest_of_line(scalar.span));
        let image = ImageUse {
            path: self.path_in_object(value),
            shadowed,
            commented: comment.and_then(tag_in_comment).map(str::to_owned),
            caution: values::caution(kind).filter(|_| kind == UseKind::HelmValue),
            ..self.plain(kind, stated, scalar, span)
        };
        self.places.insert(value, image);
    }

    /// An image use of which nothing special is known.
    pub(super) fn plain(&self, kind: UseKind, stated: Stated, scalar: Scalar, span: Span) -> ImageUse {
        let (start, end) = (self.lines.position(span.start), self.lines.position(span.end));
        ImageUse {
            document: self.reading.piece.document,
            object: Arc::clone(&self.object),
            machines: Arc::clone(&self.machines),
            hold: self.bot_that_owns(scalar.span),
            ..ImageUse::new(kind, stated, scalar, (span, start, end))
        }
    }

    /// What stands behind a scalar on its line.
    pub(super) fn rest_of_line(&self, scalar: Span) -> &str {
        self.reading.raw.get(scalar.end..).and_then(|rest| rest.lines().next()).unwrap_or_default()
    }

    /// The bytes to report: the alias, the scalar (a block from its indicator on), or the end of a key
    /// without a value.
    pub(super) fn place_of(&self, value: NodeId, scalar: &Scalar) -> Span {
        let node = self.document.node(value);
        match (node.kind, scalar.key_end) {
            (Kind::Scalar(Style::Plain), Some(key_end)) if node.span.is_empty() => {
                Span::new(key_end, key_end)
            }
            (Kind::Scalar(Style::Literal | Style::Folded), key_end) => {
                let content = node.span.slice(self.reading.raw).trim_end().len();
                let header = key_end.unwrap_or(node.span.start);
                let before = Span::new(header, node.span.start).slice(self.reading.raw);
                let indicator = before.find(['|', '>']).map_or(node.span.start, |at| header + at);
                Span::new(indicator, node.span.start + content)
            }
            _ => node.span,
        }
    }

    pub(super) fn path_in_object(&self, value: NodeId) -> String {
        let whole = self.document.path(value);
        let prefix = self.document.path(self.root);
        whole.strip_prefix(&prefix).unwrap_or(&whole).trim_start_matches('.').to_owned()
    }

    /// Whether Istio fills in the image: `auto` in a pod (template) that asks for injection.
    /// Source: Istio's gateway injection, which replaces `image: auto`.
    fn is_injected(&self, value: NodeId) -> bool {
        let mut at = self.document.node(value).parent;
        while let Some(id) = at {
            let asks =
                ["annotations", "labels"].iter().filter_map(|key| self.document.at(id, &["metadata", key]));
            let mut keys =
                asks.flat_map(|map| self.document.entries(map)).map(|(key, _)| self.document.node(key));
            if keys.any(|key| matches!(&*key.value, "sidecar.istio.io/inject" | "inject.istio.io/templates"))
            {
                return true;
            }
            at = self.document.node(id).parent;
        }
        false
    }

    /// Why a scalar belongs to an automation that would overwrite an edit.
    /// Source: Flux's image update guide, policy markers, and its setters as run for `docs/bots.md`.
    fn bot_that_owns(&self, span: Span) -> Option<String> {
        let rest = &self.reading.raw.as_bytes()[span.end..];
        let rest = &rest[..rest.len().min(MARKER_REACH)];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        let marker = &line[memchr::memmem::find(line, b"\"$imagepolicy\"")?..];
        let names = |part: &str| memchr::memmem::find(marker, part.as_bytes()).is_some();
        let advice = if names(":digest\"") {
            "`:digest` makes it write the digest alone: take that off the marker, and set \
             `digestReflectionPolicy` in the ImagePolicy"
        } else if names(":tag\"") {
            "set `digestReflectionPolicy` in the ImagePolicy, and give it a key for the digest with a \
             `:digest` marker"
        } else {
            "set `digestReflectionPolicy` in the ImagePolicy, and it writes the digest, too"
        };
        Some(format!("Flux image automation rewrites this line (`$imagepolicy`); {advice}"))
    }

    /// Tells every use of an anchored scalar about the others, and cautions where the scalar also
    /// serves places that are no image.
    pub(super) fn caution_shared(&mut self) {
        let mut sharers: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
        for (id, node) in self.document.nodes() {
            if let Kind::Alias(Some(target)) = node.kind {
                sharers.entry(target).or_insert_with(|| vec![target]).push(id);
            }
        }
        let images: BTreeSet<NodeId> = self.places.keys().copied().collect();
        let (lines, document) = (self.lines, self.document);
        let position = |id: NodeId| lines.position(document.node(id).span.start);
        for (id, image) in &mut self.places {
            let Some(places) = sharers.get(&document.resolve(*id)) else {
                continue;
            };
            image.shared_with =
                places.iter().filter(|&place| place != id).map(|&place| position(place)).collect();
            if let Some(&foreign) = places.iter().find(|place| !images.contains(place)) {
                let line = position(foreign).line;
                let reason =
                    format!("the value is shared by an anchor with line {line}, which states no image");
                image.caution.get_or_insert(reason);
            }
        }
    }
}
