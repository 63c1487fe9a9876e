//! Findings as Gatekeeper would see them.
//!
//! In: findings of kubepin's rules, constraints. Out: the same findings; those that Gatekeeper would let pass
//! only warn, and say why.
//! Invariant: no finding is lost, so that it shows where kubepin is stricter.

use crate::finding::{Finding, Problem, Severity};
use crate::image::UseKind;
use crate::policy::{Constraint, KIND, Prediction, predict};
use crate::scan::{Scanned, ScannedFile};

/// Gives findings the weight that Gatekeeper gives them.
pub(super) fn weigh(scanned: &mut Scanned, findings: &mut [Vec<Finding>]) {
    let Some(mut constraints) = scanned.constraints.take() else { return };
    if constraints.is_empty() {
        let message =
            format!("there is no constraint {KIND} among the files: predicted is one about all Pods");
        let hint = "name its file, too; `kubectl get k8simagedigests -o yaml` prints those of a cluster";
        scanned.problems.push(Problem::warning("", message).hint(hint));
        constraints.push(Constraint::default());
    }
    for constraint in constraints.iter().filter(|constraint| constraint.selects_labels()) {
        let message = format!("constraint `{}` selects by labels: they are taken to fit", constraint.name());
        scanned.problems.push(Problem::warning("", message));
    }
    for (file, findings) in scanned.files.iter().zip(findings) {
        for finding in findings {
            weigh_one(finding, file, &constraints);
        }
    }
}

fn weigh_one(finding: &mut Finding, file: &ScannedFile, constraints: &[Constraint]) {
    let Some(image) = file.image(finding) else { return };
    let entry = matches!(image.kind, UseKind::KustomizeImage | UseKind::KustomizePatch | UseKind::HelmValue);
    let (severity, words) = match predict(constraints, image) {
        Prediction::Denied => (Severity::Error, "Gatekeeper denies it".to_owned()),
        Prediction::PodsDenied => {
            let kind = image.object.kind.as_ref().filter(|_| !entry);
            let lets = kind.map(|kind| format!("lets the {kind} in, and ")).unwrap_or_default();
            (Severity::Error, format!("Gatekeeper {lets}denies the Pods that come of it"))
        }
        Prediction::LetIn(why) => {
            (Severity::Warning, format!("kubepin is stricter; Gatekeeper lets it in: {why}"))
        }
    };
    finding.severity = severity;
    finding.message = format!("{} ({words})", finding.message);
}
