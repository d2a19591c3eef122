//! What is known of the image that is judged.

use sealift_gate::{ImageFacts, LayerFacts, PlatformFacts};
use sealift_oci::{ImageInfo, ImageName, PlatformInfo, PlatformKind};
use sealift_types::{Digest, FindingSet};

use crate::args::ImageArgs;
use crate::error::Error;
use crate::image_name;
use crate::output::Talk;

/// The image that is judged, before the reports are read.
#[derive(Debug, Default)]
pub(crate) struct Image {
    facts: ImageFacts,
    /// What it is called where it lies; used where nobody else says more.
    own_name: Option<String>,
}

impl Image {
    /// An image that is somewhere else.
    pub(crate) fn elsewhere(
        name: Option<String>,
        digest: Option<Digest>,
        args: &ImageArgs,
    ) -> Result<Self, Error> {
        if args.base_image.is_some() || args.base_layers.is_some() {
            return Err(Error::NoLayers);
        }
        Ok(Self {
            facts: ImageFacts {
                name: args.name.image_name.clone().or(name),
                digest,
                ..ImageFacts::default()
            },
            own_name: None,
        })
    }

    /// An image in a layout, as inspected.
    pub(crate) fn inspected(info: &ImageInfo, args: &ImageArgs, talk: Talk) -> Result<Self, Error> {
        let mut facts = image_facts(info);
        facts.name.clone_from(&args.name.image_name);
        match (&args.base_image, args.base_layers) {
            (Some(base), _) => add_base(
                &mut facts,
                &sealift_oci::inspect(&base.parse::<ImageName>()?)?,
                talk,
            ),
            (None, Some(count)) => add_base_layers(&mut facts, count)?,
            (None, None) => {}
        }
        Ok(Self {
            facts,
            own_name: image_name::annotated(&info.tags),
        })
    }

    /// The facts, with the name that the caller gives, else the reports about it, else the layout.
    pub(super) fn named_by(self, findings: &FindingSet) -> ImageFacts {
        let Self { mut facts, own_name } = self;
        if facts.name.is_none() {
            facts.name = image_name::agreed(findings, &facts).or(own_name);
        }
        facts
    }
}

/// What inspecting an image says to the gate, without its name: where it lies is not what it is called.
fn image_facts(info: &ImageInfo) -> ImageFacts {
    const BASE_NAME: &str = "org.opencontainers.image.base.name";
    ImageFacts {
        name: None,
        digest: Some(info.digest.clone()),
        base_name: info
            .annotations
            .get(BASE_NAME)
            .or_else(|| {
                let platform = info.platforms.first()?;
                platform
                    .annotations
                    .get(BASE_NAME)
                    .or_else(|| platform.labels.get(BASE_NAME))
            })
            .cloned(),
        platforms: info
            .platforms
            .iter()
            .map(|platform| PlatformFacts {
                platform: platform.platform.clone(),
                digest: Some(platform.digest.clone()),
                // What is unknown has no config; what is no image has none that was read.
                image_id: (platform.kind != PlatformKind::Unknown).then(|| platform.image_id.clone()),
                layers: platform
                    .layers
                    .iter()
                    .map(|layer| LayerFacts {
                        digest: Some(layer.digest.clone()),
                        diff_id: layer.diff_id.clone(),
                    })
                    .collect(),
                base_layers: None,
                size_bytes: Some(platform.size_bytes),
                created: platform.created,
                user: is_image(platform).then(|| platform.user.clone().unwrap_or_default()),
                labels: is_image(platform).then(|| platform.labels.clone()),
            })
            .collect(),
    }
}

fn is_image(platform: &PlatformInfo) -> bool {
    platform.kind == PlatformKind::Image
}

/// Finds each platform's base by content: the longest of the base image's platforms whose layers all are, in order,
/// the lowest ones here. Where none is, which layers are the base's stays unknown, and that is said.
fn add_base(facts: &mut ImageFacts, base: &ImageInfo, talk: Talk) {
    let bases: Vec<Vec<&Digest>> = base
        .platforms
        .iter()
        .filter_map(|platform| {
            platform
                .layers
                .iter()
                .map(|layer| layer.diff_id.as_ref())
                .collect()
        })
        .collect();
    for platform in &mut facts.platforms {
        let starts_with = |base: &&Vec<&Digest>| {
            let lowest = platform.layers.iter().map(|layer| layer.diff_id.as_ref());
            base.len() <= platform.layers.len()
                && lowest.zip(base.iter()).all(|(own, base)| own == Some(base))
        };
        platform.base_layers = bases
            .iter()
            .filter(starts_with)
            .map(|base| u32::try_from(base.len()).unwrap_or(u32::MAX))
            .filter(|count| *count > 0)
            .max();
        if platform.base_layers.is_none() {
            let name = platform
                .platform
                .as_ref()
                .map_or_else(|| "the image".to_owned(), ToString::to_string);
            talk.warning(&format!(
                "{name} is not built on {}: its lowest layers are others; its findings count as of unknown layers",
                base.name
            ));
        }
    }
}

fn add_base_layers(facts: &mut ImageFacts, count: u32) -> Result<(), Error> {
    for platform in &mut facts.platforms {
        if count as usize > platform.layers.len() {
            return Err(Error::BaseLayers {
                count,
                found: platform.layers.len(),
            });
        }
        platform.base_layers = Some(count);
    }
    Ok(())
}
