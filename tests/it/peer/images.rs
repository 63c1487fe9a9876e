//! Images in a real registry, pushed by plain requests.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::lying::digest;

/// Media types, as the two families name them.
pub(super) struct Family {
    pub(super) index: &'static str,
    pub(super) manifest: &'static str,
    config: &'static str,
    layer: &'static str,
}

pub(super) const OCI: Family = Family {
    index: "application/vnd.oci.image.index.v1+json",
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar",
};

pub(super) const DOCKER: Family = Family {
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar",
};

/// The platforms of every index.
const PLATFORMS: [&str; 2] = ["amd64", "arm64"];

/// What a server answered.
pub(super) struct Answer {
    head: String,
    pub(super) body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Sends a request over a connection of its own; `head` is its first lines.
pub(super) fn send(mut stream: impl Read + Write, head: &str, body: &[u8]) -> Answer {
    let length = body.len();
    write!(stream, "{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n").expect("a reader");
    stream.write_all(body).expect("a reader");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    Answer { head: head.to_owned(), body: body.to_owned() }
}

/// A repository of a registry, and the header of who pushes to it.
pub(super) struct Repository<'a> {
    pub(super) host: &'a str,
    pub(super) name: &'a str,
    pub(super) authorization: &'a str,
}

impl Repository<'_> {
    fn send(&self, method: &str, path: &str, media_type: &str, body: &[u8]) -> Answer {
        let Self { host, authorization, .. } = self;
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {media_type}{authorization}");
        send(TcpStream::connect(host).expect("a connection"), &head, body)
    }

    /// Pushes a manifest; the digest that the registry states for it.
    fn put(&self, tag: &str, media_type: &str, manifest: &[u8]) -> String {
        let path = format!("/v2/{}/manifests/{tag}", self.name);
        let answer = self.send("PUT", &path, media_type, manifest);
        let stated = answer.header("Docker-Content-Digest").map(str::to_owned);
        assert_eq!(stated, Some(digest(manifest)), "{}", answer.head);
        digest(manifest)
    }

    /// Pushes bytes; what a manifest says of them.
    fn blob(&self, media_type: &str, bytes: &[u8]) -> Value {
        let begun = self.send("POST", &format!("/v2/{}/blobs/uploads/", self.name), "", b"");
        let place = begun.header("Location").unwrap_or_else(|| panic!("no upload: {}", begun.head));
        let path = place.split_once(self.host).map_or(place, |(_, path)| path);
        let pushed =
            self.send("PUT", &format!("{path}&digest={}", digest(bytes)), "application/octet-stream", bytes);
        assert!(pushed.head.contains(" 201 "), "{}", pushed.head);
        json!({"mediaType": media_type, "size": bytes.len(), "digest": digest(bytes)})
    }

    /// Pushes an image of one platform; what an index says of it.
    pub(super) fn image(&self, tag: &str, family: &Family, architecture: &str) -> Value {
        // An archive without files.
        let layer = [0; 1024];
        let config = json!({"architecture": architecture, "os": "linux", "config": {"Labels": {"tag": tag}},
            "rootfs": {"type": "layers", "diff_ids": [digest(&layer)]}});
        let config = self.blob(family.config, config.to_string().as_bytes());
        let layer = self.blob(family.layer, &layer);
        let manifest =
            json!({"schemaVersion": 2, "mediaType": family.manifest, "config": config, "layers": [layer]});
        let manifest = manifest.to_string();
        let digest = self.put(tag, family.manifest, manifest.as_bytes());
        json!({"mediaType": family.manifest, "size": manifest.len(), "digest": digest,
            "platform": {"architecture": architecture, "os": "linux"}})
    }

    /// Pushes an image of several platforms; its digest.
    pub(super) fn index(&self, tag: &str, family: &Family) -> String {
        let image = |architecture| self.image(&format!("{tag}-{architecture}"), family, architecture);
        let images = PLATFORMS.map(image);
        let index = json!({"schemaVersion": 2, "mediaType": family.index, "manifests": images}).to_string();
        self.put(tag, family.index, index.as_bytes())
    }
}

/// Pushes `acme/app:1.0`; its digest.
pub(super) fn push(host: &str, authorization: &str) -> String {
    Repository { host, name: "acme/app", authorization }.index("1.0", &OCI)
}
