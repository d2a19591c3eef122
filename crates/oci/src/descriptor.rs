//! A pointer to content: media type, digest, size.
//!
//! Source: image-spec v1.1 `descriptor.md`. `urls` and `data` are not used: content comes from the layout only.

use std::collections::BTreeMap;

use sealift_types::{Digest, Platform};
use serde::Deserialize;

use crate::media_type;

/// A pointer to content in a layout, as a manifest, an index or `index.json` states it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Descriptor {
    /// What the content is; decides how it is read.
    pub media_type: String,
    /// What its bytes hash to.
    pub digest: Digest,
    /// How many bytes it has.
    pub size: u64,
    /// The platform, in an index's entries. `None` where absent, or not of the form `os/architecture[/variant]`.
    pub platform: Option<Platform>,
    /// What kind of artifact the content is, where it is no image.
    pub artifact_type: Option<String>,
    /// Notes by whoever wrote the descriptor. Untrusted text.
    pub annotations: BTreeMap<String, String>,
}

impl Descriptor {
    /// A descriptor without platform and annotations.
    pub fn new(media_type: impl Into<String>, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.into(),
            digest,
            size,
            platform: None,
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }
}

/// The descriptor on the wire; unknown fields are skipped.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DescriptorWire {
    media_type: String,
    digest: Digest,
    size: u64,
    platform: Option<PlatformWire>,
    artifact_type: Option<String>,
    annotations: Option<BTreeMap<String, String>>,
}

impl DescriptorWire {
    pub(crate) fn has_odd_case(&self) -> bool {
        media_type::is_odd_case(&self.media_type)
    }
}

#[derive(Deserialize)]
struct PlatformWire {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
}

impl From<DescriptorWire> for Descriptor {
    fn from(wire: DescriptorWire) -> Self {
        Self {
            media_type: wire.media_type,
            digest: wire.digest,
            size: wire.size,
            platform: wire.platform.and_then(|platform| {
                parse_platform(&platform.os, &platform.architecture, platform.variant.as_deref())
            }),
            artifact_type: wire.artifact_type.filter(|text| !text.is_empty()),
            annotations: wire.annotations.unwrap_or_default(),
        }
    }
}

/// A platform from loose parts; an empty variant is none.
pub(crate) fn parse_platform(os: &str, architecture: &str, variant: Option<&str>) -> Option<Platform> {
    Platform::new(os, architecture, variant.filter(|variant| !variant.is_empty())).ok()
}
