//! Images that a registry has, down to their configs.
//!
//! In: platforms, as kubepin writes them. Out: indexes and manifests that are the same in every run.
//! Invariant: every repository has all of them.

use std::collections::BTreeMap;

use super::listing::{entry, index};
use super::{INDEX, digest};

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// What is there: media type and body by `manifests/NAME` or `blobs/DIGEST`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stock(pub(super) BTreeMap<String, (String, String)>);

impl Stock {
    /// An image for a platform. Returns its digest.
    pub(crate) fn image(&mut self, platform: &str) -> String {
        let config = format!(r#"{{"created":"2026-01-02T03:04:05Z",{}}}"#, members(platform));
        let layers = [("a", 31_457_280), ("b", 2_048)]
            .map(|(name, size)| descriptor(LAYER, &digest(name.as_bytes()), size, ""));
        let stated = descriptor(CONFIG, &digest(config.as_bytes()), config.len(), "");
        let body = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{stated},"layers":[{}]}}"#,
            layers.join(",")
        );
        self.blob(config);
        self.manifest(MANIFEST, body)
    }

    /// What has no layers and this config, whether that is there or not. Returns its digest.
    pub(crate) fn image_with_config(&mut self, config: &str) -> String {
        let config = descriptor(CONFIG, config, 2, "");
        let body = format!(r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{config},"layers":[]}}"#);
        self.manifest(MANIFEST, body)
    }

    /// An index of what is there already, each for a platform. Returns its digest.
    pub(crate) fn index(&mut self, children: &[(&str, &str)]) -> String {
        let child = |(platform, digest): &(&str, &str)| {
            let size = self.0.get(&format!("manifests/{digest}")).map_or(7, |(_, body)| body.len());
            descriptor(MANIFEST, digest, size, &format!(r#","platform":{{{}}}"#, members(platform)))
        };
        let children: Vec<String> = children.iter().map(child).collect();
        let body =
            format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{}]}}"#, children.join(","));
        self.manifest(INDEX, body)
    }

    /// An index of images for these platforms. Returns its digest and theirs.
    pub(crate) fn index_of(&mut self, platforms: &[&str]) -> (String, Vec<String>) {
        let children: Vec<String> = platforms.iter().map(|platform| self.image(platform)).collect();
        let listed: Vec<(&str, &str)> =
            platforms.iter().copied().zip(children.iter().map(String::as_str)).collect();
        (self.index(&listed), children)
    }

    /// What is said of an image, beside it in an index. Returns its digest, and its entry of the index.
    pub(crate) fn attestation(&mut self, of: &str) -> (String, String) {
        let config = self.blob("{}".to_owned());
        let layer = descriptor(
            "application/vnd.in-toto+json",
            &digest(b"c"),
            1_536,
            r#","annotations":{"in-toto.io/predicate-type":"https://slsa.dev/provenance/v1"}"#,
        );
        let stated = descriptor(CONFIG, &config, 2, "");
        let body =
            format!(r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{stated},"layers":[{layer}]}}"#);
        let size = body.len();
        let digest = self.manifest(MANIFEST, body);
        let annotations = format!(
            r#"{{"vnd.docker.reference.type":"attestation-manifest","vnd.docker.reference.digest":"{of}"}}"#
        );
        let more = format!(r#","platform":{{{}}},"annotations":{annotations}"#, members("unknown/unknown"));
        let entry = descriptor(MANIFEST, &digest, size, &more);
        (digest, entry)
    }

    /// What refers to an image, of a type of its own. Returns its digest.
    pub(crate) fn artifact(&mut self, artifact_type: &str, subject: &str) -> String {
        let stated = format!(r#""artifactType":"{artifact_type}","#);
        self.referring(&stated, &format!(r#","subject":{}"#, descriptor(MANIFEST, subject, 7, "")))
    }

    /// An artifact with these members of JSON before its config and behind its layers. Returns its digest.
    pub(crate) fn referring(&mut self, before: &str, behind: &str) -> String {
        let config = descriptor(CONFIG, &digest(b"{}"), 2, "");
        self.manifest(
            MANIFEST,
            format!(
                r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}",{before}"config":{config},"layers":[]{behind}}}"#
            ),
        )
    }

    /// Any text in the place of an index or manifest. Returns its digest.
    pub(crate) fn manifest(&mut self, media_type: &str, body: String) -> String {
        let digest = digest(body.as_bytes());
        self.0.insert(format!("manifests/{digest}"), (media_type.to_owned(), body));
        digest
    }

    pub(crate) fn blob(&mut self, body: String) -> String {
        let digest = digest(body.as_bytes());
        self.0.insert(format!("blobs/{digest}"), ("application/octet-stream".to_owned(), body));
        digest
    }

    pub(crate) fn body(&self, name: &str) -> String {
        self.0[name].1.clone()
    }

    /// Puts a tag on what is there.
    pub(crate) fn tag(&mut self, tag: &str, digest: &str) {
        let named = self.0[&format!("manifests/{digest}")].clone();
        self.0.insert(format!("manifests/{tag}"), named);
    }

    /// Puts another body where a digest or a tag leads.
    pub(crate) fn spoil(&mut self, name: &str, body: &str) {
        body.clone_into(&mut self.0.get_mut(name).expect("what is there").1);
    }
}

fn descriptor(media_type: &str, digest: &str, size: usize, more: &str) -> String {
    format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}{more}}}"#)
}

/// The members of JSON that say what something is made for.
fn members(platform: &str) -> String {
    let parts: Vec<&str> = platform.split('/').collect();
    let variant = parts.get(2).map(|variant| format!(r#","variant":"{variant}""#)).unwrap_or_default();
    let (os, version) = parts[0].trim_end_matches(')').split_once('(').unwrap_or((parts[0], ""));
    let version = if version.is_empty() { String::new() } else { format!(r#","os.version":"{version}""#) };
    format!(r#""os":"{os}","architecture":"{}"{variant}{version}"#, parts[1])
}

/// The images that the pages of rules and the fixtures of pins are about: two releases of everything, the
/// older one for one platform only, the newer one signed. What its tags had before is there, too, but for what is gone.
pub(crate) fn shelf() -> Stock {
    let mut stock = Stock::default();
    let old = stock.image("linux/amd64");
    let old = stock.index(&[("linux/amd64", old.as_str())]);
    let (new, _) = stock.index_of(&["linux/amd64", "linux/arm64"]);
    let bundle = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let signed = [entry(&stock.artifact(bundle, &new), bundle)];
    let signed = stock.manifest(INDEX, index(&signed));
    stock.tag(&new.replace(':', "-"), &signed);
    stock.tag("1.4.1", &old);
    stock.tag("1.4.2", &new);
    stock
}
