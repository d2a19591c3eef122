//! What a report says of the image it is about.

use sealift_types::{Platform, Subject};
use serde::Deserialize;

use super::super::lax::{Lax, List, Text};
use super::super::text::{digest_of, digests};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    #[serde(rename = "OS")]
    os: Lax<Os>,
    #[serde(rename = "ImageID")]
    image_id: Text,
    #[serde(rename = "RepoDigests")]
    repo_digests: List<Text>,
    #[serde(rename = "Reference")]
    reference: Text,
    #[serde(rename = "DiffIDs")]
    diff_ids: List<Text>,
    #[serde(rename = "ImageConfig")]
    config: Lax<Config>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Os {
    #[serde(rename = "Family")]
    family: Text,
    #[serde(rename = "Name")]
    name: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    os: Text,
    architecture: Text,
    variant: Text,
    rootfs: Lax<Rootfs>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rootfs {
    diff_ids: List<Text>,
}

/// The subject. `target` is the target of the result with the OS packages, `alpine:3.10 (alpine 3.10.2)`: all that
/// a version 1 report says.
pub(super) fn subject(artifact: Option<String>, metadata: Metadata, target: Option<&str>) -> Subject {
    let (target_name, target_distro) = target.map_or((None, None), split_target);
    let config = metadata.config.0;
    let platform = config
        .os
        .as_deref()
        .zip(config.architecture.as_deref())
        .and_then(|(os, architecture)| Platform::new(os, architecture, config.variant.as_deref()).ok());
    let layers = if metadata.diff_ids.0.is_empty() {
        config.rootfs.0.diff_ids
    } else {
        metadata.diff_ids
    };
    let repo_digests: Vec<String> = metadata.repo_digests.texts().collect();
    let name = artifact.or(target_name);
    let named = [name.as_deref(), metadata.reference.as_deref()];
    let os = metadata.os.0;
    Subject {
        digests: digests(
            repo_digests
                .iter()
                .map(String::as_str)
                .chain(named.into_iter().flatten()),
        ),
        image_id: metadata.image_id.as_deref().and_then(digest_of),
        layers: layers.texts().filter_map(|id| id.parse().ok()).collect(),
        platform,
        distro: match (os.family.0, os.name.0) {
            (Some(family), Some(name)) => Some(format!("{family} {name}")),
            (family, name) => family.or(name).or(target_distro),
        },
        base_image: None,
        name,
    }
}

/// `alpine:3.10 (alpine 3.10.2)` in its two parts.
fn split_target(target: &str) -> (Option<String>, Option<String>) {
    match target.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
        Some((name, distro)) => (Some(name.to_owned()), Some(distro.to_owned())),
        None => (Some(target.to_owned()), None),
    }
}
