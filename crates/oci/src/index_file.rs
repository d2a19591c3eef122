//! `index.json`, read into entries and written with every other byte as it was.
//!
//! Other tools keep their own fields and entries there. So an edit is a splice into the text, not a new text.

use std::ops::Range;
use std::path::Path;

use sealift_types::Digest;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::descriptor::{Descriptor, DescriptorWire};
use crate::error::Error;
use crate::keys;
use crate::layout::{Entry, Layout};
use crate::tag::Tag;

/// The annotation that names an entry; valid in `index.json` only (image-spec `annotations.md`).
pub(crate) const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// containerd's and `BuildKit`'s own name for the same entry: wrong once the entry moves to another layout.
pub(crate) const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// What a new layout starts with.
pub(crate) const EMPTY: &str =
    r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;

pub(crate) struct IndexFile {
    text: String,
    /// Where the value of `manifests` stands, brackets included.
    list: Range<usize>,
    entries: Vec<(Range<usize>, Entry)>,
}

#[derive(Deserialize)]
struct Top<'a> {
    #[serde(borrow)]
    manifests: &'a RawValue,
}

impl IndexFile {
    /// The entries of a layout; none where the layout is still to be created.
    pub(crate) fn load(layout: &Layout) -> Result<Self, Error> {
        let path = layout.path().join("index.json");
        match layout.load_index_json()? {
            Some(bytes) => Self::parse(bytes, &path),
            None if !layout.path().join("oci-layout").exists() => Self::parse(EMPTY.into(), &path),
            None => Err(Error::NotALayout {
                path: layout.path().to_path_buf(),
                reason: "it has no index.json",
            }),
        }
    }

    pub(crate) fn parse(bytes: Vec<u8>, path: &Path) -> Result<Self, Error> {
        let what = path.display().to_string();
        let json = |error| Error::json(what.clone())(error);
        let text = String::from_utf8(bytes).map_err(|error| Error::Json {
            what: what.clone(),
            source: error.into(),
        })?;
        keys::check(text.as_bytes(), keys::DOCUMENT, &what)?;
        let top: Top<'_> = serde_json::from_str(&text).map_err(json)?;
        let list = top.manifests;
        // Go writes an empty list as null when nobody made it.
        let raw: Vec<&RawValue> = match list.get() {
            "null" => Vec::new(),
            list => serde_json::from_str(list).map_err(json)?,
        };
        let entries = raw
            .into_iter()
            .map(|raw| {
                let wire: DescriptorWire = serde_json::from_str(raw.get()).map_err(json)?;
                let descriptor = Descriptor::from(wire);
                let name = descriptor.annotations.get(REF_NAME).cloned();
                Ok((span(&text, raw), Entry { descriptor, name }))
            })
            .collect::<Result<_, Error>>()?;
        let list = span(&text, list);
        Ok(Self { text, list, entries })
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().map(|(_, entry)| entry)
    }

    /// Some names, for a message.
    pub(crate) fn some_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.entries().filter_map(|entry| entry.name.clone()).collect();
        names.sort();
        names.dedup();
        names.truncate(10);
        names
    }

    pub(crate) fn resolve_tag(&self, tag: &str) -> Result<Option<Descriptor>, Error> {
        let mut found: Option<&Descriptor> = None;
        for entry in self.entries().filter(|entry| entry.name.as_deref() == Some(tag)) {
            match found {
                Some(first) if first.digest != entry.descriptor.digest => {
                    return Err(Error::AmbiguousTag {
                        tag: tag.to_owned(),
                        first: first.digest.clone(),
                        second: entry.descriptor.digest.clone(),
                    });
                }
                _ => found = Some(&entry.descriptor),
            }
        }
        Ok(found.cloned())
    }

    pub(crate) fn find(&self, digest: &Digest) -> Option<Descriptor> {
        self.entries()
            .find(|entry| entry.descriptor.digest == *digest)
            .map(|entry| entry.descriptor.clone())
    }

    /// The image of a layout that has one.
    pub(crate) fn only(&self, path: &Path) -> Result<Descriptor, Error> {
        let mut digests: Vec<&Digest> = self.entries().map(|entry| &entry.descriptor.digest).collect();
        digests.sort();
        digests.dedup();
        match (digests.len(), self.entries.first()) {
            (1, Some((_, entry))) => Ok(entry.descriptor.clone()),
            (0, _) | (_, None) => Err(Error::Empty {
                path: path.to_path_buf(),
            }),
            (count, _) => Err(Error::SeveralImages {
                path: path.to_path_buf(),
                count,
                tags: self.some_names(),
            }),
        }
    }

    /// The text in which exactly `descriptor` has `tags`; `None` where it is this one already.
    pub(crate) fn with_tags(&self, descriptor: &Descriptor, tags: &[Tag]) -> Result<Option<String>, Error> {
        let is_named = |entry: &Entry, tag: &Tag| entry.name.as_deref() == Some(tag.as_str());
        let is_done = |tag: &Tag| {
            let mut named = self.entries().filter(|entry| is_named(entry, tag));
            named
                .next()
                .is_some_and(|entry| entry.descriptor.digest == descriptor.digest)
                && named.next().is_none()
        };
        let moved: Vec<&Tag> = tags.iter().filter(|tag| !is_done(tag)).collect();
        if moved.is_empty() {
            return Ok(None);
        }
        let loses_name = |entry: &Entry| moved.iter().any(|tag| is_named(entry, tag));
        let mut pieces: Vec<String> = Vec::with_capacity(self.entries.len() + moved.len());
        let mut unnamed: Vec<&Digest> = Vec::new();
        for (span, entry) in &self.entries {
            let digest = &entry.descriptor.digest;
            if !loses_name(entry) {
                pieces.push(self.text[span.clone()].to_owned());
                continue;
            }
            // An image that loses its name stays listed, once.
            let is_listed = *digest == descriptor.digest
                || unnamed.contains(&digest)
                || self
                    .entries()
                    .any(|other| other.descriptor.digest == *digest && !loses_name(other));
            if !is_listed {
                unnamed.push(digest);
                pieces.push(without_name(&self.text[span.clone()]).map_err(Error::json("index.json"))?);
            }
        }
        pieces.extend(moved.into_iter().map(|tag| render_entry(descriptor, tag)));
        Ok(Some(self.splice(&pieces)))
    }

    /// The text with other entries, in the spacing that it has.
    fn splice(&self, pieces: &[String]) -> String {
        let (before, between, after) = match (self.entries.first(), self.entries.last()) {
            (Some((first, _)), Some((last, _))) => (
                &self.text[self.list.start..first.start],
                self.entries
                    .get(1)
                    .map_or(",", |(second, _)| &self.text[first.end..second.start]),
                &self.text[last.end..self.list.end],
            ),
            _ => ("[", ",", "]"),
        };
        let mut text = String::with_capacity(self.text.len() + 512 * pieces.len());
        text.push_str(&self.text[..self.list.start]);
        text.push_str(before);
        for (position, piece) in pieces.iter().enumerate() {
            if position > 0 {
                text.push_str(between);
            }
            text.push_str(piece);
        }
        text.push_str(after);
        text.push_str(&self.text[self.list.end..]);
        text
    }
}

/// Where `raw`, which was borrowed from `text`, stands in it.
fn span(text: &str, raw: &RawValue) -> Range<usize> {
    let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
    start..start + raw.get().len()
}

/// An object's fields in their order, each value as written.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Visitor).map(Self)
    }
}

impl Fields<'_> {
    fn render<'s>(fields: impl Iterator<Item = (&'s str, &'s str)>) -> String {
        let rendered: Vec<String> = fields
            .map(|(name, value)| format!("{}:{value}", quote(name)))
            .collect();
        format!("{{{}}}", rendered.join(","))
    }
}

/// An entry without its name, its other fields as they were written.
fn without_name(entry: &str) -> Result<String, serde_json::Error> {
    let Fields(fields) = serde_json::from_str(entry)?;
    let mut kept: Vec<(String, String)> = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        if name != "annotations" {
            kept.push((name, value.get().to_owned()));
            continue;
        }
        let Fields(annotations) = serde_json::from_str(value.get())?;
        let left: Vec<(&str, &str)> = annotations
            .iter()
            .filter(|(key, _)| key != REF_NAME && key != CONTAINERD_NAME)
            .map(|(key, value)| (key.as_str(), value.get()))
            .collect();
        if !left.is_empty() {
            kept.push((name, Fields::render(left.into_iter())));
        }
    }
    Ok(Fields::render(
        kept.iter().map(|(name, value)| (name.as_str(), value.as_str())),
    ))
}

/// A new entry. Only what the image's digest vouches for goes along.
fn render_entry(descriptor: &Descriptor, tag: &Tag) -> String {
    let mut entry = serde_json::Map::new();
    entry.insert("mediaType".into(), descriptor.media_type.clone().into());
    entry.insert("digest".into(), descriptor.digest.as_str().into());
    entry.insert("size".into(), descriptor.size.into());
    if let Some(artifact_type) = &descriptor.artifact_type {
        entry.insert("artifactType".into(), artifact_type.clone().into());
    }
    entry.insert("annotations".into(), serde_json::json!({REF_NAME: tag.as_str()}));
    serde_json::Value::Object(entry).to_string()
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
