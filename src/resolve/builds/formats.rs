//! The forms in which build tools write down what they have made.
//!
//! In: the text of a file. Out: what it says, in the words it uses.
//! Invariant: a form is recognised by what is in the file, never by its name.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::reference::Reference;

/// The forms that are read, for people.
pub(super) const FORMS: &str = "lines `name:tag@sha256:…`, the JSON of `gcloud builds describe`, \
    a metadata file of buildx, build artifacts of Skaffold, a lock file of kbld or imgpkg";

/// What a file says of one image.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// The reference that it is said of.
    pub(super) of: String,
    /// What it is: a reference with a digest, unless the image was never pushed.
    pub(super) image: String,
}

/// What a text says; `None` when it has none of the forms.
pub(super) fn read(text: &str) -> Option<Vec<Said>> {
    let parsed = || serde_json::from_str(text).ok().or_else(|| serde_yaml::from_str(text).ok());
    lines(text).or_else(|| {
        let value: Value = parsed()?;
        [cloud_build, skaffold, images_lock, kbld, buildx].into_iter().find_map(|form| form(&value))
    })
}

/// References with digests, one in a line: pack, kaniko, ko.
fn lines(text: &str) -> Option<Vec<Said>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let said = lines.map(|line| {
        let has_digest = Reference::parse(line).is_ok_and(|reference| reference.digest().is_some());
        has_digest.then(|| whole(line))
    });
    said.collect::<Option<Vec<_>>>().filter(|said| !said.is_empty())
}

fn cloud_build(value: &Value) -> Option<Vec<Said>> {
    #[derive(Deserialize)]
    struct Build {
        results: Results,
    }
    #[derive(Deserialize)]
    struct Results {
        #[serde(default)]
        images: Vec<Image>,
    }
    #[derive(Deserialize)]
    struct Image {
        name: String,
        digest: String,
    }
    let build = Build::deserialize(value).ok()?;
    Some(build.results.images.into_iter().map(|Image { name, digest }| pushed(&name, &digest)).collect())
}

fn skaffold(value: &Value) -> Option<Vec<Said>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Artifacts {
        builds: Vec<Artifact>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Artifact {
        #[serde(rename = "imageName")]
        _image_name: String,
        tag: String,
    }
    let artifacts = Artifacts::deserialize(value).ok()?;
    Some(artifacts.builds.into_iter().map(|build| whole(&build.tag)).collect())
}

/// imgpkg's lock, with kbld's note of what was there before.
fn images_lock(value: &Value) -> Option<Vec<Said>> {
    #[derive(Deserialize)]
    struct Lock {
        kind: String,
        images: Vec<Image>,
    }
    #[derive(Deserialize)]
    struct Image {
        image: String,
        #[serde(default)]
        annotations: BTreeMap<String, String>,
    }
    let lock = Lock::deserialize(value).ok().filter(|lock| lock.kind == "ImagesLock")?;
    // One without the note is in a repository of a bundle, among others, and under no tag.
    let said = |Image { image, mut annotations }| {
        Some(Said { of: annotations.remove("kbld.carvel.dev/id")?, image })
    };
    Some(lock.images.into_iter().filter_map(said).collect())
}

/// The configuration that `kbld --lock-output` writes.
fn kbld(value: &Value) -> Option<Vec<Said>> {
    #[derive(Deserialize)]
    struct Config {
        kind: String,
        overrides: Vec<Override>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Override {
        image: Option<String>,
        new_image: String,
    }
    let config = Config::deserialize(value).ok().filter(|config| config.kind == "Config")?;
    // One without `image` is for every tag of a repository, and states no digest of any.
    let said = |Override { image, new_image }| Some(Said { of: image?, image: new_image });
    Some(config.overrides.into_iter().filter_map(said).collect())
}

/// buildx, of one target; bake, of several by name.
fn buildx(value: &Value) -> Option<Vec<Said>> {
    let all: Vec<&Value> = [value].into_iter().chain(value.as_object()?.values()).collect();
    let targets = all.into_iter().filter_map(|target| {
        let digest = target.get("containerimage.digest")?.as_str()?;
        Some((target.get("image.name").and_then(Value::as_str).unwrap_or_default(), digest))
    });
    let targets: Vec<(&str, &str)> = targets.collect();
    if targets.is_empty() {
        return None;
    }
    let each =
        targets.iter().flat_map(|(names, digest)| names.split(',').map(move |name| (name.trim(), digest)));
    // What is pushed under no tag is one platform's image, to be put into an index later.
    let tagged = each.filter(|(name, _)| Reference::parse(name).is_ok_and(|name| name.tag().is_some()));
    Some(tagged.map(|(name, digest)| pushed(name, digest)).collect())
}

/// A name, and the digest that it was pushed with.
fn pushed(name: &str, digest: &str) -> Said {
    Said { of: name.to_owned(), image: format!("{name}@{digest}") }
}

/// A reference that has its digest behind it.
fn whole(image: &str) -> Said {
    let of = image.split_once('@').map_or(image, |(of, _)| of);
    Said { of: of.to_owned(), image: image.to_owned() }
}
