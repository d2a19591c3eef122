//! Manifests, indexes and configs: typed views beside the bytes they were read from.
//!
//! Source: image-spec v1.1 `manifest.md`, `image-index.md`, `config.md`. The views are tolerant (unknown fields,
//! unknown media types), the bytes are what is copied.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sealift_types::{Digest, Platform};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::descriptor::{Descriptor, DescriptorWire, parse_platform};
use crate::error::Error;
use crate::keys;
use crate::media_type::{self, Role};

/// A manifest or an index.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Document {
    /// Points at manifests, one for each platform.
    Index(Index),
    /// Points at a config and layers.
    Manifest(Manifest),
}

/// An image index, or Docker's manifest list.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Index {
    /// The manifests in it, in their order.
    pub manifests: Vec<Descriptor>,
    /// What this index is about, if it is a referrer.
    pub subject: Option<Descriptor>,
    /// What kind of artifact this is.
    pub artifact_type: Option<String>,
    /// Notes by the builder. Untrusted text.
    pub annotations: BTreeMap<String, String>,
}

/// An image manifest.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Manifest {
    /// The config; its digest is the image id.
    pub config: Descriptor,
    /// The layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// What this manifest is about, if it is a referrer.
    pub subject: Option<Descriptor>,
    /// What kind of artifact this is.
    pub artifact_type: Option<String>,
    /// Notes by the builder. Untrusted text.
    pub annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    schema_version: Option<u64>,
    media_type: Option<String>,
    manifests: Option<Vec<DescriptorWire>>,
    config: Option<DescriptorWire>,
    layers: Option<Vec<DescriptorWire>>,
    #[serde(default, rename = "fsLayers")]
    fs_layers: Option<serde::de::IgnoredAny>,
    subject: Option<DescriptorWire>,
    artifact_type: Option<String>,
    annotations: Option<BTreeMap<String, String>>,
}

impl Document {
    /// Reads a manifest or an index. `media_type` is what the descriptor said; `what` names the document in errors.
    ///
    /// # Errors
    /// Malformed JSON; a `mediaType` inside that contradicts the descriptor's; a document that could be read as
    /// manifest and as index (CVE-2021-41190); a `schemaVersion` other than 2; a known key or a known media type in
    /// another case.
    pub fn parse(bytes: &[u8], media_type: &str, what: &str) -> Result<Self, Error> {
        let wire: Wire = keys::parse(bytes, keys::DOCUMENT, what)?;
        let refuse = |reason| {
            Err(Error::Document {
                what: what.to_owned(),
                reason,
            })
        };
        if wire.schema_version.is_some_and(|version| version != 2) {
            return refuse("has a schemaVersion other than 2");
        }
        if wire.media_type.as_deref().is_some_and(|own| own != media_type) {
            return refuse("has a mediaType of its own that is not its descriptor's");
        }
        let is_manifest = wire.config.is_some() || wire.layers.is_some() || wire.fs_layers.is_some();
        if is_manifest && wire.manifests.is_some() {
            return refuse("could be a manifest and an index");
        }
        let parts = [&wire.manifests, &wire.layers].into_iter().flatten().flatten();
        if parts.chain(&wire.config).any(DescriptorWire::has_odd_case) {
            return refuse(
                "has a media type that is a known one in another case, which other tools take for that one",
            );
        }
        let annotations = wire.annotations.unwrap_or_default();
        let artifact_type = wire.artifact_type.filter(|text| !text.is_empty());
        let subject = wire.subject.map(Descriptor::from);
        match media_type::role(media_type) {
            Role::Index => match wire.manifests {
                Some(manifests) => Ok(Self::Index(Index {
                    manifests: manifests.into_iter().map(Descriptor::from).collect(),
                    subject,
                    artifact_type,
                    annotations,
                })),
                None => refuse("is called an index and has no manifests"),
            },
            Role::Manifest => match (wire.config, wire.layers) {
                (Some(config), Some(layers)) => Ok(Self::Manifest(Manifest {
                    config: config.into(),
                    layers: layers.into_iter().map(Descriptor::from).collect(),
                    subject,
                    artifact_type,
                    annotations,
                })),
                _ => refuse("is called a manifest and has no config or no layers"),
            },
            Role::Obsolete => {
                refuse("is a Docker schema 1 manifest, which is not supported; rebuild the image")
            }
            Role::Blob => refuse("is neither a manifest nor an index"),
        }
    }

    /// The media type that bytes without a descriptor have: what they say, else what their shape says.
    pub(crate) fn sniff(bytes: &[u8], what: &str) -> Result<String, Error> {
        let wire: Wire = keys::parse(bytes, keys::DOCUMENT, what)?;
        let refused = Error::Document {
            what: what.to_owned(),
            reason: "is neither a manifest nor an index",
        };
        match wire.media_type {
            Some(media_type) => Ok(media_type),
            None if wire.manifests.is_some() => Ok(media_type::OCI_INDEX.to_owned()),
            None if wire.config.is_some() => Ok(media_type::OCI_MANIFEST.to_owned()),
            None => Err(refused),
        }
    }

    /// What this document is about, if it is a referrer.
    pub fn subject(&self) -> Option<&Descriptor> {
        match self {
            Self::Index(index) => index.subject.as_ref(),
            Self::Manifest(manifest) => manifest.subject.as_ref(),
        }
    }

    /// Notes by the builder. Untrusted text.
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        match self {
            Self::Index(index) => &index.annotations,
            Self::Manifest(manifest) => &manifest.annotations,
        }
    }
}

/// An image's config: how it is run, and what its layers are.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Config {
    /// The platform it runs on; `None` where absent or odd.
    pub platform: Option<Platform>,
    /// When it was built, as written: RFC 3339 where the builder kept to the specification.
    pub created: Option<String>,
    /// The same as a time.
    pub created_at: Option<Timestamp>,
    /// Labels. Untrusted text.
    pub labels: BTreeMap<String, String>,
    /// Environment, `NAME=value`.
    pub env: Vec<String>,
    /// The user it runs as; empty or absent means root.
    pub user: Option<String>,
    /// The entry point.
    pub entrypoint: Vec<String>,
    /// The default arguments.
    pub cmd: Vec<String>,
    /// The working directory.
    pub working_dir: Option<String>,
    /// Ports, `8080/tcp`.
    pub exposed_ports: Vec<String>,
    /// Volumes, as paths.
    pub volumes: Vec<String>,
    /// Digests of the uncompressed layers, lowest first.
    pub diff_ids: Vec<Digest>,
    /// The steps that made it, oldest first.
    pub history: Vec<HistoryEntry>,
}

/// One step of an image's history.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// The command that made it. Untrusted text.
    pub created_by: Option<String>,
    /// Whether it made no layer.
    pub empty_layer: bool,
}

#[derive(Deserialize)]
struct ConfigWire {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
    created: Option<String>,
    config: Option<RunWire>,
    rootfs: Option<RootfsWire>,
    history: Option<Vec<HistoryWire>>,
}

/// Go's field names, as the specification has them.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct RunWire {
    user: Option<String>,
    exposed_ports: Option<BTreeMap<String, Box<RawValue>>>,
    env: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    volumes: Option<BTreeMap<String, Box<RawValue>>>,
    working_dir: Option<String>,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct RootfsWire {
    diff_ids: Option<Vec<Digest>>,
}

#[derive(Deserialize)]
struct HistoryWire {
    created_by: Option<String>,
    empty_layer: Option<bool>,
}

impl Config {
    /// Reads an image's config. `what` names it in errors.
    ///
    /// # Errors
    /// Malformed JSON, fields of the wrong type, or a known key in another case.
    pub fn parse(bytes: &[u8], what: &str) -> Result<Self, Error> {
        let wire: ConfigWire = keys::parse(bytes, keys::CONFIG, what)?;
        let run = wire.config.unwrap_or_default();
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(Self {
            platform: parse_platform(&wire.os, &wire.architecture, wire.variant.as_deref()),
            created_at: wire.created.as_deref().and_then(|text| text.parse().ok()),
            created: wire.created,
            labels: run.labels.unwrap_or_default(),
            env: run.env.unwrap_or_default(),
            user: some(run.user),
            entrypoint: run.entrypoint.unwrap_or_default(),
            cmd: run.cmd.unwrap_or_default(),
            working_dir: some(run.working_dir),
            exposed_ports: run.exposed_ports.unwrap_or_default().into_keys().collect(),
            volumes: run.volumes.unwrap_or_default().into_keys().collect(),
            diff_ids: wire.rootfs.and_then(|rootfs| rootfs.diff_ids).unwrap_or_default(),
            history: wire
                .history
                .unwrap_or_default()
                .into_iter()
                .map(|entry| HistoryEntry {
                    created_by: entry.created_by,
                    empty_layer: entry.empty_layer.unwrap_or(false),
                })
                .collect(),
        })
    }
}
