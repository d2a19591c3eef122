//! Small images, built the same way every time.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use sealift_types::{Digest, Platform};
use serde_json::{Value, json};

use crate::layer::{self, File};
use crate::store::{self, Algorithm, Blob};

const CREATED: &str = "2026-01-01T00:00:00Z";

/// Whose media types are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// OCI's.
    #[default]
    Oci,
    /// Docker's, schema 2.
    Docker,
}

/// Builds an image: an index with a manifest for each platform, or a bare manifest.
#[derive(Debug, Clone, Default)]
pub struct ImageBuilder {
    platforms: Vec<PlatformBuilder>,
    annotations: BTreeMap<String, String>,
    dialect: Dialect,
    algorithm: Algorithm,
    has_attestations: bool,
    depth: usize,
}

/// Builds the image of one platform.
#[derive(Debug, Clone)]
pub struct PlatformBuilder {
    platform: Platform,
    layers: Vec<(String, Vec<File>)>,
    labels: BTreeMap<String, String>,
    env: Vec<String>,
    user: Option<String>,
    entrypoint: Vec<String>,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct BuiltImage {
    /// The media type of the index or manifest.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its bytes.
    pub size: u64,
    /// The platforms, in the order in which they were added.
    pub platforms: Vec<BuiltPlatform>,
    /// The attestation manifests, one for each platform where they were asked for.
    pub attestations: Vec<Digest>,
}

/// What was written for one platform.
#[derive(Debug, Clone)]
pub struct BuiltPlatform {
    /// The platform.
    pub platform: Platform,
    /// The digest of the manifest.
    pub digest: Digest,
    /// The digest of the config.
    pub image_id: Digest,
    /// Digests of the layers as stored, lowest first.
    pub layers: Vec<Digest>,
    /// Digests of the layers uncompressed, lowest first.
    pub diff_ids: Vec<Digest>,
}

impl PlatformBuilder {
    /// An image without layers.
    ///
    /// # Panics
    /// `platform` is no platform.
    pub fn new(platform: &str) -> Self {
        Self {
            platform: platform.parse().expect("a platform of a test"),
            layers: Vec::new(),
            labels: BTreeMap::new(),
            env: Vec::new(),
            user: None,
            entrypoint: Vec::new(),
        }
    }

    /// Adds a layer on top.
    #[must_use]
    pub fn layer(mut self, created_by: &str, files: impl IntoIterator<Item = File>) -> Self {
        self.layers
            .push((created_by.to_owned(), files.into_iter().collect()));
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds an environment variable, `NAME=value`.
    #[must_use]
    pub fn env(mut self, variable: &str) -> Self {
        self.env.push(variable.to_owned());
        self
    }

    /// Sets the user.
    #[must_use]
    pub fn user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    /// Sets the entry point.
    #[must_use]
    pub fn entrypoint(mut self, words: &[&str]) -> Self {
        self.entrypoint = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    fn config(&self, diff_ids: &[Digest]) -> Value {
        let mut history: Vec<Value> = Vec::new();
        for (created_by, _) in &self.layers {
            history.push(json!({"created": CREATED, "created_by": created_by}));
        }
        history.push(json!({"created": CREATED, "created_by": "ENTRYPOINT", "empty_layer": true}));
        let mut config = json!({
            "architecture": self.platform.architecture(),
            "os": self.platform.os(),
            "created": CREATED,
            "config": {"Env": self.env, "Entrypoint": self.entrypoint, "Labels": self.labels},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": history,
        });
        if let Some(variant) = self.platform.variant() {
            config["variant"] = variant.into();
        }
        if let Some(user) = &self.user {
            config["config"]["User"] = user.as_str().into();
        }
        config
    }
}

impl ImageBuilder {
    /// An image without platforms.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a platform. One platform gives an index with one entry; see [`ImageBuilder::write_manifest`] for none.
    #[must_use]
    pub fn platform(mut self, platform: PlatformBuilder) -> Self {
        self.platforms.push(platform);
        self
    }

    /// Adds an annotation to the index.
    #[must_use]
    pub fn annotation(mut self, name: &str, value: &str) -> Self {
        self.annotations.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets whose media types are written.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Sets how blobs are named.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Adds an attestation manifest for each platform, as `BuildKit` does.
    #[must_use]
    pub fn attestations(mut self) -> Self {
        self.has_attestations = true;
        self
    }

    /// Wraps the index into `depth` more indexes.
    #[must_use]
    pub fn nested(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// Writes the image into the layout in folder `root`, which is created where it is missing, and lists it in
    /// `index.json` once for each tag, or once without a name. Entries that are there stay.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self, root: &Path, tags: &[&str]) -> io::Result<BuiltImage> {
        store::prepare(root)?;
        let mut entries = Vec::new();
        let mut built = BuiltImage {
            media_type: self.index_type().to_owned(),
            digest: store::digest_of(b"", self.algorithm),
            size: 0,
            platforms: Vec::new(),
            attestations: Vec::new(),
        };
        for platform in &self.platforms {
            let (blob, written) = self.put_platform(root, platform)?;
            let mut entry = blob.descriptor(self.manifest_type());
            entry["platform"] = platform_json(&platform.platform);
            entries.push(entry);
            built.platforms.push(written);
        }
        if self.has_attestations {
            for platform in &built.platforms {
                let blob = self.put_attestation(root, platform)?;
                let mut entry = blob.descriptor(self.manifest_type());
                entry["platform"] = json!({"architecture": "unknown", "os": "unknown"});
                entry["annotations"] = json!({
                    "vnd.docker.reference.digest": platform.digest.as_str(),
                    "vnd.docker.reference.type": "attestation-manifest",
                });
                entries.push(entry);
                built.attestations.push(blob.digest);
            }
        }
        let mut index = self.put_index(root, &entries)?;
        for _ in 0..self.depth {
            index = self.put_index(root, &[index.descriptor(self.index_type())])?;
        }
        list(root, &index, self.index_type(), tags)?;
        built.digest = index.digest;
        built.size = index.size;
        Ok(built)
    }

    /// Writes the first platform's manifest without an index around it.
    ///
    /// # Errors
    /// The folder cannot be written.
    ///
    /// # Panics
    /// There is no platform.
    pub fn write_manifest(&self, root: &Path, tags: &[&str]) -> io::Result<BuiltImage> {
        store::prepare(root)?;
        let platform = self.platforms.first().expect("an image has a platform");
        let (blob, written) = self.put_platform(root, platform)?;
        list(root, &blob, self.manifest_type(), tags)?;
        Ok(BuiltImage {
            media_type: self.manifest_type().to_owned(),
            digest: blob.digest,
            size: blob.size,
            platforms: vec![written],
            attestations: Vec::new(),
        })
    }

    fn put_platform(&self, root: &Path, platform: &PlatformBuilder) -> io::Result<(Blob, BuiltPlatform)> {
        let mut layers = Vec::new();
        let mut built = Vec::new();
        let mut diff_ids = Vec::new();
        for (_, files) in &platform.layers {
            let archive = layer::archive(files)?;
            diff_ids.push(store::digest_of(&archive, self.algorithm));
            let blob = store::put(root, &layer::gzip(&archive)?, self.algorithm)?;
            layers.push(blob.descriptor(self.layer_type()));
            built.push(blob.digest);
        }
        let config = store::put_json(root, &platform.config(&diff_ids), self.algorithm)?;
        let manifest = store::put_json(
            root,
            &json!({
                "schemaVersion": 2,
                "mediaType": self.manifest_type(),
                "config": config.descriptor(self.config_type()),
                "layers": layers,
            }),
            self.algorithm,
        )?;
        let written = BuiltPlatform {
            platform: platform.platform.clone(),
            digest: manifest.digest.clone(),
            image_id: config.digest,
            layers: built,
            diff_ids,
        };
        Ok((manifest, written))
    }

    fn put_attestation(&self, root: &Path, platform: &BuiltPlatform) -> io::Result<Blob> {
        let predicate_type = "https://spdx.dev/Document";
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "image", "digest": {platform.digest.algorithm(): platform.digest.hex()}}],
            "predicateType": predicate_type,
            "predicate": {"spdxVersion": "SPDX-2.3"},
        });
        let blob = store::put_json(root, &statement, self.algorithm)?;
        let mut layer = blob.descriptor("application/vnd.in-toto+json");
        layer["annotations"] = json!({"in-toto.io/predicate-type": predicate_type});
        let config = json!({
            "architecture": "unknown",
            "os": "unknown",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [blob.digest.as_str()]},
        });
        let config = store::put_json(root, &config, self.algorithm)?;
        store::put_json(
            root,
            &json!({
                "schemaVersion": 2,
                "mediaType": self.manifest_type(),
                "config": config.descriptor(self.config_type()),
                "layers": [layer],
            }),
            self.algorithm,
        )
    }

    fn put_index(&self, root: &Path, entries: &[Value]) -> io::Result<Blob> {
        let mut index = json!({"schemaVersion": 2, "mediaType": self.index_type(), "manifests": entries});
        if !self.annotations.is_empty() {
            index["annotations"] = json!(self.annotations);
        }
        store::put_json(root, &index, self.algorithm)
    }

    fn index_type(&self) -> &'static str {
        match self.dialect {
            Dialect::Oci => "application/vnd.oci.image.index.v1+json",
            Dialect::Docker => "application/vnd.docker.distribution.manifest.list.v2+json",
        }
    }

    fn manifest_type(&self) -> &'static str {
        match self.dialect {
            Dialect::Oci => "application/vnd.oci.image.manifest.v1+json",
            Dialect::Docker => "application/vnd.docker.distribution.manifest.v2+json",
        }
    }

    fn config_type(&self) -> &'static str {
        match self.dialect {
            Dialect::Oci => "application/vnd.oci.image.config.v1+json",
            Dialect::Docker => "application/vnd.docker.container.image.v1+json",
        }
    }

    fn layer_type(&self) -> &'static str {
        match self.dialect {
            Dialect::Oci => "application/vnd.oci.image.layer.v1.tar+gzip",
            Dialect::Docker => "application/vnd.docker.image.rootfs.diff.tar.gzip",
        }
    }
}

impl BuiltImage {
    /// Writes an artifact that refers to this image, and lists it in `index.json` without a name.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write_referrer(&self, root: &Path, artifact_type: &str, content: &[u8]) -> io::Result<Digest> {
        let algorithm = Algorithm::Sha256;
        let layer = store::put(root, content, algorithm)?;
        let config = store::put(root, b"{}", algorithm)?;
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let subject = Blob {
            digest: self.digest.clone(),
            size: self.size,
        };
        let manifest = store::put_json(
            root,
            &json!({
                "schemaVersion": 2,
                "mediaType": media_type,
                "artifactType": artifact_type,
                "config": config.descriptor("application/vnd.oci.empty.v1+json"),
                "layers": [layer.descriptor(artifact_type)],
                "subject": subject.descriptor(&self.media_type),
            }),
            algorithm,
        )?;
        store::list(root, manifest.descriptor(media_type))?;
        Ok(manifest.digest)
    }
}

/// Lists an image once for each tag, or once without a name.
fn list(root: &Path, blob: &Blob, media_type: &str, tags: &[&str]) -> io::Result<()> {
    if tags.is_empty() {
        return store::list(root, blob.descriptor(media_type));
    }
    for tag in tags {
        let mut entry = blob.descriptor(media_type);
        entry["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
        store::list(root, entry)?;
    }
    Ok(())
}

fn platform_json(platform: &Platform) -> Value {
    let mut value = json!({"architecture": platform.architecture(), "os": platform.os()});
    if let Some(variant) = platform.variant() {
        value["variant"] = variant.into();
    }
    value
}
