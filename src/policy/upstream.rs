//! What Gatekeeper's own policy would say of an image, without a cluster.
//!
//! In: constraints, an image use. Out: whether it, or the pods that come of it, would be denied, or why not.
//! Invariant: nothing is taken to be denied that Gatekeeper lets in, but for what files do not tell: without a
//! namespace an object is taken to be in one that a constraint is about, and labels are taken to fit.
//! Source: gatekeeper-library, `library/general/imagedigests` (`K8sImageDigests` 1.0.1).

use std::sync::LazyLock;

use regex::Regex;

use super::constraint::Constraint;
use crate::extract::spec_path;
use crate::image::{ImageUse, Stated, UseKind};
use crate::settings::Exemption;

/// What the library takes for a digest, anywhere in a reference.
static DIGEST: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(super::LIBRARY_DIGEST).ok());

/// What Gatekeeper would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// Deny the object.
    Denied,
    /// Let the object in, and deny the pods that come of it.
    PodsDenied,
    /// Let everything in, for this reason.
    LetIn(String),
}

/// What Gatekeeper would do about what a place states, or builds come to because of it.
pub fn predict(constraints: &[Constraint], image: &ImageUse) -> Prediction {
    if image.shadowed {
        return Prediction::LetIn("a later key takes its place".to_owned());
    }
    let mut why = "no build runs it".to_owned();
    if image.kind == UseKind::KustomizeImage && image.outcomes.is_none() {
        return Prediction::LetIn(why);
    }
    let mut pods_denied = false;
    for stated in image.judged() {
        for constraint in constraints {
            match constraint.predict(image, stated) {
                Prediction::Denied => return Prediction::Denied,
                Prediction::PodsDenied => pods_denied = true,
                Prediction::LetIn(reason) => why = reason,
            }
        }
    }
    if pods_denied { Prediction::PodsDenied } else { Prediction::LetIn(why) }
}

impl Constraint {
    fn predict(&self, image: &ImageUse, stated: &Stated) -> Prediction {
        let (strict, kind) = (self.spec.parameters.strict, image.object.kind.as_deref());
        let at_once = kind == Some("Pod") || strict && kind.is_some_and(|kind| self.spec.r#match.names(kind));
        match self.lets_in(image, stated) {
            Some(why) => Prediction::LetIn(why),
            None if at_once => Prediction::Denied,
            None => Prediction::PodsDenied,
        }
    }

    /// Why it lets an image in, if it does.
    fn lets_in(&self, image: &ImageUse, stated: &Stated) -> Option<String> {
        let (of, strict) = (&self.spec.r#match, self.spec.parameters.strict);
        let kind = image.object.kind.as_deref();
        if let Some(why) = not_seen(image, strict) {
            return Some(why);
        }
        let about_it = of.names("Pod") || strict && kind.is_some_and(|kind| of.names(kind));
        if !about_it {
            return Some(format!("constraint `{}` is not about Pods", self.name()));
        }
        let namespace = image.object.namespace.as_deref();
        if !of.holds_in(namespace) {
            let namespace = namespace.unwrap_or_default();
            return Some(format!("constraint `{}` is not about namespace `{namespace}`", self.name()));
        }
        if self.exempt().iter().any(|pattern| Exemption::covers(pattern, &stated.written)) {
            return Some(format!("constraint `{}` exempts it", self.name()));
        }
        let pinned = stated.reference().is_some_and(|reference| reference.digest().is_some());
        if pinned {
            return Some("it has a digest".to_owned());
        }
        if !strict && DIGEST.as_ref().is_some_and(|digest| digest.is_match(&stated.written)) {
            return Some(
                "its regular expression is not anchored, and finds something like a digest".to_owned(),
            );
        }
        let action = self.leniency()?;
        Some(format!("constraint `{}` does not deny (enforcementAction: {action})", self.name()))
    }
}

/// Why Gatekeeper does not see an image, if it does not.
fn not_seen(image: &ImageUse, strict: bool) -> Option<String> {
    let object = &image.object;
    let (version, kind) = (object.api_version.as_deref().unwrap_or_default(), object.kind.as_deref());
    let is_core =
        kind.is_some_and(|kind| spec_path(version, kind).is_some() && (strict || kind != "PodTemplate"));
    match image.kind {
        UseKind::KustomizeImage | UseKind::KustomizePatch | UseKind::HelmValue => None,
        UseKind::ImageVolume if !strict => Some("it looks at containers, and at no volumes".to_owned()),
        UseKind::Container
        | UseKind::InitContainer
        | UseKind::EphemeralContainer
        | UseKind::ImageVolume
        | UseKind::HelmTemplate
            if is_core =>
        {
            None
        }
        _ => Some(format!("it sees no {}, only Pods that may come of it", kind.unwrap_or("other place"))),
    }
}
