//! Describing an image without its layers' content.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sealift_types::Digest;

use crate::descriptor::Descriptor;
use crate::document::{Config, Document, Manifest};
use crate::error::Error;
use crate::graph;
use crate::info::{
    AttestationInfo, ImageInfo, ImageKind, LayerInfo, PlatformInfo, PlatformKind, ReferrerInfo,
};
use crate::layout::Layout;
use crate::limits::{MAX_PLATFORMS, MAX_REFERRER_CANDIDATES};
use crate::media_type::{self, Role};
use crate::name::ImageName;
use crate::reader::Reader;

const REFERENCE_TYPE: &str = "vnd.docker.reference.type";
const REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";
const PREDICATE_TYPE: &str = "in-toto.io/predicate-type";

/// Describes the image that `name` names: opens its layout, resolves it once, reads manifests and configs verified.
///
/// # Errors
/// As [`Layout::open`], [`Layout::resolve`] and [`Layout::read_document`]. Oddities that leave the image readable are
/// [`ImageInfo::warnings`].
pub fn inspect(name: &ImageName) -> Result<ImageInfo, Error> {
    let layout = Layout::open(name.path())?;
    let descriptor = layout.resolve(name.tag(), name.digest())?;
    inspect_digest(&layout, &descriptor, &name.to_string())
}

/// Describes an image that was resolved before. `name` is what [`ImageInfo::name`] will say.
///
/// # Errors
/// As [`inspect`].
pub fn inspect_digest(layout: &Layout, descriptor: &Descriptor, name: &str) -> Result<ImageInfo, Error> {
    let nodes = graph::walk(layout, descriptor)?;
    let document = layout.read_document(descriptor)?;
    let (kind, artifact_type) = match &document {
        Document::Index(index) => (ImageKind::Index, index.artifact_type.clone()),
        Document::Manifest(manifest) if media_type::is_image_config(&manifest.config.media_type) => {
            (ImageKind::Image, manifest.artifact_type.clone())
        }
        Document::Manifest(manifest) => (ImageKind::Artifact, artifact_type(manifest)),
    };
    let mut info = ImageInfo {
        schema_version: 1,
        name: name.to_owned(),
        digest: descriptor.digest.clone(),
        media_type: descriptor.media_type.clone(),
        kind,
        artifact_type,
        size_bytes: total(nodes.iter().map(|node| &node.descriptor)),
        tags: Vec::new(),
        annotations: document.annotations().clone(),
        platforms: Vec::new(),
        attestations: Vec::new(),
        referrers: Vec::new(),
        warnings: Vec::new(),
    };
    add_manifests(layout, descriptor, &mut info)?;
    for entry in layout.entries()? {
        if entry.descriptor.digest == descriptor.digest {
            info.tags.extend(entry.name);
        }
    }
    info.tags.sort();
    info.tags.dedup();
    add_referrers(layout, &mut info)?;
    Ok(info)
}

/// Walks indexes in their order. [`graph::walk`] went the same way before, so depth and digests are checked.
fn add_manifests(layout: &Layout, root: &Descriptor, info: &mut ImageInfo) -> Result<(), Error> {
    let mut reader = Reader::new(layout, &root.digest);
    let mut seen = HashSet::new();
    let mut left = vec![root.clone()];
    while let Some(descriptor) = left.pop() {
        let is_attestation = is_attestation(&descriptor);
        // An entry that says the same as one before is not read again; the same manifest for another platform is.
        let mention = (
            descriptor.digest.clone(),
            descriptor.media_type.clone(),
            descriptor.platform.clone(),
            is_attestation,
        );
        if !seen.insert(mention) {
            continue;
        }
        let platform = if media_type::role(&descriptor.media_type) == Role::Blob {
            info.warnings.push(unknown_warning(&descriptor));
            unknown(descriptor)
        } else {
            match reader.document(&descriptor)? {
                Document::Index(index) => {
                    left.extend(index.manifests.into_iter().rev());
                    continue;
                }
                Document::Manifest(manifest) if is_attestation => {
                    info.attestations.push(attestation(&descriptor, &manifest));
                    continue;
                }
                Document::Manifest(manifest) => {
                    platform(&mut reader, &descriptor, manifest, &mut info.warnings)?
                }
            }
        };
        if info.platforms.len() == MAX_PLATFORMS {
            return Err(Error::TooMany {
                digest: root.digest.clone(),
                what: "platforms",
                limit: MAX_PLATFORMS,
            });
        }
        info.platforms.push(platform);
    }
    let twins = twins(&info.platforms);
    info.warnings.extend(twins);
    Ok(())
}

/// Tools differ in which of several manifests for their platform they take.
fn twins(platforms: &[PlatformInfo]) -> Vec<String> {
    let mut warnings = Vec::new();
    for (position, second) in platforms.iter().enumerate() {
        let Some(platform) = &second.platform else {
            continue;
        };
        // Windows images have a manifest for each version of the system.
        if platform.os() == "windows" {
            continue;
        }
        let is_twin = |first: &&PlatformInfo| {
            let matches = first.platform.as_ref().is_some_and(|own| own.matches(platform));
            matches && first.digest != second.digest
        };
        if let Some(first) = platforms[..position].iter().find(is_twin) {
            warnings.push(format!(
                "there are two manifests for {platform}, {} and {}; tools differ in which one they run",
                first.digest, second.digest
            ));
        }
    }
    warnings
}

fn unknown_warning(descriptor: &Descriptor) -> String {
    let stated = descriptor
        .platform
        .as_ref()
        .map_or_else(String::new, |platform| format!(" is listed for {platform} and"));
    format!(
        "{}{stated} has the media type {:?}, which is not known; its content is not shown, and other tools may run it",
        descriptor.digest, descriptor.media_type
    )
}

/// Listed all the same: what an index offers and nobody here can read is what has to be seen most.
fn unknown(descriptor: Descriptor) -> PlatformInfo {
    PlatformInfo {
        platform: None,
        kind: PlatformKind::Unknown,
        image_id: descriptor.digest.clone(),
        digest: descriptor.digest,
        media_type: descriptor.media_type,
        size_bytes: descriptor.size,
        created: None,
        annotations: descriptor.annotations,
        labels: BTreeMap::new(),
        env: Vec::new(),
        user: None,
        entrypoint: Vec::new(),
        cmd: Vec::new(),
        working_dir: None,
        exposed_ports: Vec::new(),
        volumes: Vec::new(),
        layers: Vec::new(),
    }
}

/// As `BuildKit` marks them. The platform counts as well: a manifest that a machine would run is never hidden from the
/// list of platforms by an annotation.
fn is_attestation(descriptor: &Descriptor) -> bool {
    descriptor.annotations.contains_key(REFERENCE_TYPE)
        && descriptor
            .platform
            .as_ref()
            .is_some_and(|platform| platform.os() == "unknown" && platform.architecture() == "unknown")
}

fn attestation(descriptor: &Descriptor, manifest: &Manifest) -> AttestationInfo {
    AttestationInfo {
        digest: descriptor.digest.clone(),
        subject: descriptor
            .annotations
            .get(REFERENCE_DIGEST)
            .and_then(|text| text.parse().ok()),
        predicate_types: manifest
            .layers
            .iter()
            .filter_map(|layer| layer.annotations.get(PREDICATE_TYPE).cloned())
            .collect(),
        size_bytes: total([descriptor, &manifest.config].into_iter().chain(&manifest.layers)),
    }
}

fn platform(
    reader: &mut Reader<'_>,
    descriptor: &Descriptor,
    manifest: Manifest,
    warnings: &mut Vec<String>,
) -> Result<PlatformInfo, Error> {
    let is_image = media_type::is_image_config(&manifest.config.media_type);
    let config = if is_image {
        reader.config(&manifest.config)?
    } else {
        Config::default()
    };
    let digest = &descriptor.digest;
    if is_image {
        warnings.extend(oddities(descriptor, &manifest, &config));
    }
    let size_bytes = total([descriptor, &manifest.config].into_iter().chain(&manifest.layers));
    Ok(PlatformInfo {
        layers: layers(&manifest, &config),
        platform: descriptor.platform.clone().or(config.platform),
        kind: if is_image {
            PlatformKind::Image
        } else {
            PlatformKind::Artifact
        },
        digest: digest.clone(),
        media_type: descriptor.media_type.clone(),
        image_id: manifest.config.digest,
        size_bytes,
        created: config.created_at,
        annotations: manifest.annotations,
        labels: config.labels,
        env: config.env,
        user: config.user,
        entrypoint: config.entrypoint,
        cmd: config.cmd,
        working_dir: config.working_dir,
        exposed_ports: config.exposed_ports,
        volumes: config.volumes,
    })
}

fn oddities(descriptor: &Descriptor, manifest: &Manifest, config: &Config) -> Vec<String> {
    let digest = &descriptor.digest;
    let mut odd = Vec::new();
    match (&descriptor.platform, &config.platform) {
        (Some(stated), Some(own)) if !stated.matches(own) => odd.push(format!(
            "the index says that {digest} is for {stated}, its config says {own}"
        )),
        (_, None) => odd.push(format!("the config of {digest} names no platform")),
        _ => {}
    }
    if config.diff_ids.len() != manifest.layers.len() {
        odd.push(format!(
            "{digest} has {} layers, its config lists {}",
            manifest.layers.len(),
            config.diff_ids.len()
        ));
    }
    if let (Some(text), None) = (&config.created, config.created_at) {
        odd.push(format!(
            "the config of {digest} was created at {text:?}, which is no time"
        ));
    }
    odd
}

fn layers(manifest: &Manifest, config: &Config) -> Vec<LayerInfo> {
    let made: Vec<Option<&String>> = config
        .history
        .iter()
        .filter(|entry| !entry.empty_layer)
        .map(|entry| entry.created_by.as_ref())
        .collect();
    let count = manifest.layers.len();
    manifest
        .layers
        .iter()
        .enumerate()
        .map(|(position, layer)| LayerInfo {
            digest: layer.digest.clone(),
            diff_id: (config.diff_ids.len() == count).then(|| config.diff_ids[position].clone()),
            size_bytes: layer.size,
            media_type: layer.media_type.clone(),
            created_by: (made.len() == count).then(|| made[position].cloned()).flatten(),
        })
        .collect()
}

/// Entries of `index.json` with a subject, and those of an index under the fallback tag `sha256-…`.
///
/// A layout may be a registry's worth of images, so what is too much to read is a warning and hides no image.
fn add_referrers(layout: &Layout, info: &mut ImageInfo) -> Result<(), Error> {
    let subjects: HashSet<Digest> = std::iter::once(info.digest.clone())
        .chain(info.platforms.iter().map(|platform| platform.digest.clone()))
        .collect();
    let fallbacks: HashSet<String> = subjects
        .iter()
        .map(|subject| format!("{}-{}", subject.algorithm(), subject.hex()))
        .collect();
    let mut reader = Reader::new(layout, &info.digest);
    let mut seen: HashSet<Digest> = HashSet::new();
    let mut listed: HashSet<Digest> = HashSet::new();
    let mut found: BTreeMap<Digest, ReferrerInfo> = BTreeMap::new();
    for entry in layout.entries()? {
        let descriptor = entry.descriptor;
        let is_fallback = entry.name.is_some_and(|name| fallbacks.contains(&name));
        let mut candidates = vec![descriptor.clone()];
        if is_fallback && listed.insert(descriptor.digest.clone()) {
            // What is not readable is no list of referrers as far as can be told.
            if let Ok(Document::Index(index)) = reader.document(&descriptor) {
                candidates = index.manifests;
            }
        }
        for candidate in candidates {
            if subjects.contains(&candidate.digest) || !seen.insert(candidate.digest.clone()) {
                continue;
            }
            if seen.len() > MAX_REFERRER_CANDIDATES {
                info.warnings.push(format!(
                    "index.json has more than {MAX_REFERRER_CANDIDATES} entries; referrers among the rest are not shown"
                ));
                info.referrers = found.into_values().collect();
                return Ok(());
            }
            match referrer(&mut reader, candidate, &subjects) {
                Ok(Some(referrer)) => {
                    found.insert(referrer.digest.clone(), referrer);
                }
                Ok(None) => {}
                Err((_, Error::TooManyBytes { limit, .. })) => {
                    info.warnings.push(format!(
                        "the layout has more than {limit} bytes of manifests; referrers among the rest are not shown"
                    ));
                    info.referrers = found.into_values().collect();
                    return Ok(());
                }
                Err((digest, error)) => info
                    .warnings
                    .push(format!("cannot tell whether {digest} is a referrer: {error}")),
            }
        }
    }
    info.referrers = found.into_values().collect();
    Ok(())
}

fn referrer(
    reader: &mut Reader<'_>,
    descriptor: Descriptor,
    subjects: &HashSet<Digest>,
) -> Result<Option<ReferrerInfo>, (Digest, Error)> {
    let document = match reader.document(&descriptor) {
        Ok(document) => document,
        Err(error) => return Err((descriptor.digest, error)),
    };
    let subject = document.subject().map(|subject| subject.digest.clone());
    let Some(subject) = subject.filter(|subject| subjects.contains(subject)) else {
        return Ok(None);
    };
    Ok(Some(ReferrerInfo {
        digest: descriptor.digest,
        subject,
        media_type: descriptor.media_type,
        artifact_type: match &document {
            Document::Index(index) => index.artifact_type.clone(),
            Document::Manifest(manifest) => artifact_type(manifest),
        },
        size_bytes: descriptor.size,
        annotations: document.annotations().clone(),
    }))
}

fn artifact_type(manifest: &Manifest) -> Option<String> {
    manifest
        .artifact_type
        .clone()
        .or_else(|| Some(manifest.config.media_type.clone()))
}

fn total<'a>(descriptors: impl IntoIterator<Item = &'a Descriptor>) -> u64 {
    let mut seen = BTreeSet::new();
    descriptors
        .into_iter()
        .filter(|descriptor| seen.insert(&descriptor.digest))
        .fold(0, |sum, descriptor| sum.saturating_add(descriptor.size))
}
