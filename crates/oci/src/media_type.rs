//! Media types of manifests, OCI's and Docker's, and what they mean for a walk through an image.
//!
//! Source: image-spec v1.1 `media-types.md`, with its compatibility matrix for Docker's types.

pub(crate) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(crate) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_SCHEMA_1: [&str; 2] = [
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
];
const IMAGE_CONFIGS: [&str; 2] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];

/// What a descriptor points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Role {
    Index,
    Manifest,
    /// Bytes without references of their own: layers, configs, and documents of unknown types, which the
    /// specification asks to carry along without an error.
    Blob,
    /// Docker's schema 1, whose references this crate does not read: carrying it along would lose its layers.
    Obsolete,
}

pub(crate) fn role(media_type: &str) -> Role {
    match media_type {
        OCI_INDEX | DOCKER_LIST => Role::Index,
        OCI_MANIFEST | DOCKER_MANIFEST => Role::Manifest,
        _ if DOCKER_SCHEMA_1.contains(&media_type) => Role::Obsolete,
        _ => Role::Blob,
    }
}

/// Whether this is the type of a manifest, an index or an image's config in another case. The case decides nothing
/// (RFC 6838, section 4.2), so some tools would read the content that others carry along unread.
pub(crate) fn is_odd_case(media_type: &str) -> bool {
    [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST]
        .iter()
        .chain(&DOCKER_SCHEMA_1)
        .chain(&IMAGE_CONFIGS)
        .any(|known| media_type != *known && media_type.eq_ignore_ascii_case(known))
}

/// Whether a manifest's config describes a container image.
pub(crate) fn is_image_config(media_type: &str) -> bool {
    IMAGE_CONFIGS.contains(&media_type)
}

/// Whether a layer may be absent because its bytes must not be distributed (Windows base layers).
pub(crate) fn is_non_distributable(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.oci.image.layer.nondistributable.")
        || media_type.starts_with("application/vnd.docker.image.rootfs.foreign.")
}
