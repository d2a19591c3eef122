//! What `inspect` tells, version 1: fields are added, never changed. The page "Images" describes the JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sealift_types::{Digest, Platform};
use serde::Serialize;

/// An image as its manifests and configs describe it. Names, labels, annotations and history are untrusted text.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ImageInfo {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// The name it was asked for by.
    pub name: String,
    /// Its digest: of the index where it has several platforms, of the manifest otherwise.
    pub digest: Digest,
    /// The media type of what the digest is of.
    pub media_type: String,
    /// What it is.
    pub kind: ImageKind,
    /// What kind of artifact it is, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Bytes of all manifests, configs and layers, each counted once.
    pub size_bytes: u64,
    /// Names in `index.json` that are at this digest, sorted.
    pub tags: Vec<String>,
    /// Annotations of the index or manifest.
    pub annotations: BTreeMap<String, String>,
    /// One for each entry that a machine may run, in the order of the index, nested ones in place: also those whose
    /// content is not known here, and all that one platform has.
    pub platforms: Vec<PlatformInfo>,
    /// `BuildKit`'s attestation manifests inside the index.
    pub attestations: Vec<AttestationInfo>,
    /// Entries of `index.json` whose subject is this image or one of its manifests.
    pub referrers: Vec<ReferrerInfo>,
    /// What was odd and did not stop the reading, one sentence each.
    pub warnings: Vec<String>,
}

/// What a digest names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ImageKind {
    /// An index: several platforms.
    Index,
    /// A manifest of one image.
    Image,
    /// A manifest whose config is not an image's: a Helm chart, a signature, an SBOM.
    Artifact,
}

/// What an entry of an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PlatformKind {
    /// An image: its config was read.
    Image,
    /// A manifest whose config is not an image's and was not read.
    Artifact,
    /// Something of an unknown media type, which was not read. Other tools may know the type and run it.
    Unknown,
}

/// The image for one platform.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PlatformInfo {
    /// The platform: as the index says, else as the config says. `None` for an artifact without one, and for what is
    /// unknown: no statement about a platform is one about it.
    pub platform: Option<Platform>,
    /// What it is. What the config says (user, labels, layers' `diff_id`) is known of an image only.
    pub kind: PlatformKind,
    /// The digest of the manifest.
    pub digest: Digest,
    /// The media type of the manifest.
    pub media_type: String,
    /// The digest of the config: what Docker calls the image id. Of what is unknown, its own digest.
    pub image_id: Digest,
    /// Bytes of manifest, config and layers, each counted once.
    pub size_bytes: u64,
    /// When it was built, where the config says it as RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// Annotations of this manifest.
    pub annotations: BTreeMap<String, String>,
    /// Labels of the config.
    pub labels: BTreeMap<String, String>,
    /// Environment, `NAME=value`.
    pub env: Vec<String>,
    /// The user it runs as, not resolved; absent means root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The entry point.
    pub entrypoint: Vec<String>,
    /// The default arguments.
    pub cmd: Vec<String>,
    /// The working directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// Ports, `8080/tcp`, sorted.
    pub exposed_ports: Vec<String>,
    /// Volumes, sorted.
    pub volumes: Vec<String>,
    /// The layers, lowest first.
    pub layers: Vec<LayerInfo>,
}

/// A layer.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct LayerInfo {
    /// The digest of the bytes in the layout, compressed as they are.
    pub digest: Digest,
    /// The digest of the layer uncompressed, where the config states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff_id: Option<Digest>,
    /// Bytes as they are in the layout.
    pub size_bytes: u64,
    /// The media type.
    pub media_type: String,
    /// The command that made it, where the history can be matched to the layers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
}

/// An attestation manifest inside an index, as `BuildKit` writes them.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct AttestationInfo {
    /// The digest of the attestation manifest.
    pub digest: Digest,
    /// The manifest it is about (`vnd.docker.reference.digest`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// Predicate types of its statements (`in-toto.io/predicate-type`), in their order. Not verified.
    pub predicate_types: Vec<String>,
    /// Bytes of manifest, config and statements.
    pub size_bytes: u64,
}

/// Something in the layout that refers to this image.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ReferrerInfo {
    /// Its digest.
    pub digest: Digest,
    /// What it refers to: this image, or one of its manifests.
    pub subject: Digest,
    /// Its media type.
    pub media_type: String,
    /// What kind of artifact it is: its own `artifactType`, else its config's media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Bytes of its manifest.
    pub size_bytes: u64,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}
