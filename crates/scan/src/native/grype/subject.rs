//! What was scanned.

use sealift_types::{Platform, Subject};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::super::lax::{Lax, List, Text};
use super::super::text::{digest_of, digests};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Source {
    target: Target,
}

/// An image's object, or the path of a directory or file.
#[derive(Default)]
enum Target {
    #[default]
    Unknown,
    Path(String),
    Image(Box<Image>),
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names of the format")]
struct Image {
    user_input: Text,
    #[serde(rename = "imageID")]
    image_id: Text,
    manifest_digest: Text,
    tags: List<Text>,
    repo_digests: List<Text>,
    layers: List<Lax<Layer>>,
    architecture: Text,
    #[serde(rename = "architectureVariant")]
    variant: Text,
    os: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Layer {
    digest: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Distro {
    name: Text,
    version: Text,
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Target;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a path or an image")
            }

            fn visit_str<E: Error>(self, path: &str) -> Result<Target, E> {
                Ok(Target::Path(path.to_owned()))
            }

            fn visit_unit<E: Error>(self) -> Result<Target, E> {
                Ok(Target::Unknown)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Target, A::Error> {
                let image = Image::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Target::Image(Box::new(image)))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

pub(super) fn subject(source: Source, distro: Distro) -> Subject {
    let distro = distro.name.0.map(|name| match distro.version.0 {
        Some(version) => format!("{name} {version}"),
        None => name,
    });
    let image = match source.target {
        Target::Unknown => {
            return Subject {
                distro,
                ..Subject::default()
            };
        }
        Target::Path(path) => {
            return Subject {
                name: Some(path),
                distro,
                ..Subject::default()
            };
        }
        Target::Image(image) => *image,
    };
    let repo_digests: Vec<String> = image.repo_digests.texts().collect();
    let manifest = [image.manifest_digest.as_deref(), image.user_input.as_deref()];
    let platform = image
        .os
        .as_deref()
        .zip(image.architecture.as_deref())
        .and_then(|(os, architecture)| Platform::new(os, architecture, image.variant.as_deref()).ok());
    Subject {
        digests: digests(
            manifest
                .into_iter()
                .flatten()
                .chain(repo_digests.iter().map(String::as_str)),
        ),
        image_id: image.image_id.as_deref().and_then(digest_of),
        layers: image
            .layers
            .0
            .into_iter()
            .filter_map(|Lax(layer)| layer.digest.as_deref()?.parse().ok())
            .collect(),
        platform,
        distro,
        base_image: None,
        name: image.user_input.0.or_else(|| image.tags.texts().next()),
    }
}
