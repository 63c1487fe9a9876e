//! What builds make of the image uses that were read.
//!
//! In: image uses by file, the images of builds with the places that state them. Out: the uses with what
//! each build makes of them, places that only patches state among them.
//! Invariant: a build changes which uses are listed only where it is asked for by name, or where only a
//! patch states an image; no use comes or goes otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::{Looked, Scanned, ScannedFile};
use crate::discover::{Discovered, Target, name_from};
use crate::finding::Problem;
use crate::image::{Effective, ImageUse};
use crate::kustomize::{self, Builds as Kustomize, Row, Sources, Trouble};
use crate::settings::Builds;
use crate::source::{Span, normal};

/// What is wanted of the builds.
pub(super) struct Wanted<'w> {
    pub(super) discovered: &'w Discovered,
    pub(super) builds: &'w Builds,
    pub(super) working_folder: &'w Path,
    /// Reads a file.
    pub(super) look: &'w dyn Fn(&Target) -> Looked,
}

/// Places of a file with what builds make of them, by what is stated there.
type Places = BTreeMap<(Span, String), Vec<Effective>>;

/// Adds what builds make of them to the image uses of a scan.
pub(super) fn complete(scanned: &mut Scanned, sources: &Sources, wanted: &Wanted<'_>) {
    let targets: BTreeMap<&Path, &Target> =
        wanted.discovered.targets.iter().map(|target| (&*target.absolute, target)).collect();
    let (rows, troubles) = rows(sources, wanted);
    let mut places: BTreeMap<Arc<Path>, Places> = BTreeMap::new();
    for row in rows {
        let file = places.entry(row.file).or_default();
        file.entry((row.span, row.stated)).or_default().push(row.effective);
    }
    for file in &mut scanned.files {
        if let Some(places) = places.remove(&*file.target.absolute) {
            attach(file, places);
        }
    }
    let by_name = matches!(wanted.builds, Builds::Root(_));
    for (path, places) in places {
        let target = match targets.get(&*path) {
            Some(target) => (*target).clone(),
            None if by_name => Target {
                name: name_from(wanted.working_folder, &path),
                path: Some(path.to_path_buf()),
                absolute: path.to_path_buf(),
            },
            None => continue,
        };
        match (wanted.look)(&target) {
            Err(problem) => scanned.problems.push(problem),
            Ok((mut file, _)) => {
                attach(&mut file, places);
                let named = targets.contains_key(&*path);
                file.extracted.uses.retain(|image| named || !image.effective.is_empty());
                file.extracted.faults.clear();
                scanned.files.push(file);
            }
        }
    }
    scanned.files.sort_by(|a, b| a.target.name.cmp(&b.target.name));
    let told = troubles.into_iter().filter(|trouble| by_name || targets.contains_key(&*trouble.file));
    scanned.problems.extend(told.map(|trouble| problem(trouble, wanted)));
    scanned.problems.sort();
}

/// The images of the builds that are wanted, and what kept builds from being followed.
fn rows(sources: &Sources, wanted: &Wanted<'_>) -> (Vec<Row>, BTreeSet<Trouble>) {
    let mut builds = Kustomize::of(sources);
    let (roots, only) = match wanted.builds {
        Builds::Root(folder) => (vec![normal(&wanted.working_folder.join(folder))], true),
        Builds::None | Builds::Roots => (builds.roots(), false),
    };
    let mut rows = Vec::new();
    for root in &roots {
        rows.extend(builds.rows(root, &name_from(wanted.working_folder, root)));
    }
    (rows, builds.troubles(only))
}

/// Gives the places of a file what builds make of them. What no image use stands for is a new one.
fn attach(file: &mut ScannedFile, mut places: Places) {
    for image in &mut file.extracted.uses {
        for span in spans(image) {
            let at = (span, String::new())..(Span::new(span.start, span.end + 1), String::new());
            let keys: Vec<_> = places.range(at).map(|(key, _)| key.clone()).collect();
            image.effective.extend(keys.iter().filter_map(|key| places.remove(key)).flatten());
        }
    }
    if places.is_empty() {
        return;
    }
    let Ok(text) = file.text() else {
        return;
    };
    let rest = places.into_iter().map(|((span, stated), effective)| (span, stated, effective)).collect();
    file.extracted.uses.extend(kustomize::stated(&text, rest));
    file.extracted.uses.sort_by_key(|image| (image.span, image.shadowed));
}

/// The spans that stand for an image use: that of the place, and that of the scalar unless it is
/// elsewhere, behind an alias.
fn spans(image: &ImageUse) -> impl Iterator<Item = Span> + use<> {
    let (place, scalar) = (image.span, image.scalar.span);
    let here = scalar.start <= place.end && place.start <= scalar.end && scalar != place;
    [place].into_iter().chain(here.then_some(scalar))
}

fn problem(trouble: Trouble, wanted: &Wanted<'_>) -> Problem {
    let name = name_from(wanted.working_folder, &trouble.file);
    if trouble.fatal { Problem::failure(name, trouble.message) } else { Problem::note(name, trouble.message) }
}
