//! Object keys that other tools read as a field that this crate does not see.
//!
//! Go's `encoding/json`, which nearly every other container tool uses, takes `user` for `User`: it matches keys to
//! fields by Unicode's simple case folding, and the last one wins. A document with both says one thing here and another
//! thing there. So it is refused. Keys of maps (labels, annotations) are plain text and are not looked at.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::Error;

/// Which objects of a document have known keys.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Anything: values without known keys.
    Free,
    /// A list of them, or `null`.
    List(&'static Shape),
    /// An object with these keys and any others, or `null`.
    Object(&'static [(&'static str, &'static Shape)]),
}

use Shape::{Free, List, Object};

const DESCRIPTOR: Shape = Object(&[
    ("mediaType", &Free),
    ("digest", &Free),
    ("size", &Free),
    (
        "platform",
        &Object(&[("os", &Free), ("architecture", &Free), ("variant", &Free)]),
    ),
    ("artifactType", &Free),
    ("annotations", &Free),
]);

/// A manifest, an index, `index.json`.
pub(crate) const DOCUMENT: &Shape = &Object(&[
    ("schemaVersion", &Free),
    ("mediaType", &Free),
    ("manifests", &List(&DESCRIPTOR)),
    ("config", &DESCRIPTOR),
    ("layers", &List(&DESCRIPTOR)),
    ("fsLayers", &Free),
    ("subject", &DESCRIPTOR),
    ("artifactType", &Free),
    ("annotations", &Free),
]);

/// An image's config.
pub(crate) const CONFIG: &Shape = &Object(&[
    ("os", &Free),
    ("architecture", &Free),
    ("variant", &Free),
    ("created", &Free),
    (
        "config",
        &Object(&[
            ("User", &Free),
            ("ExposedPorts", &Free),
            ("Env", &Free),
            ("Entrypoint", &Free),
            ("Cmd", &Free),
            ("Volumes", &Free),
            ("WorkingDir", &Free),
            ("Labels", &Free),
        ]),
    ),
    ("rootfs", &Object(&[("diff_ids", &Free)])),
    (
        "history",
        &List(&Object(&[("created_by", &Free), ("empty_layer", &Free)])),
    ),
]);

/// The `oci-layout` file.
pub(crate) const LAYOUT_FILE: &Shape = &Object(&[("imageLayoutVersion", &Free)]);

/// Parses JSON whose known keys are all written as they should be. `what` names it in errors.
pub(crate) fn parse<T: DeserializeOwned>(
    bytes: &[u8],
    shape: &'static Shape,
    what: &str,
) -> Result<T, Error> {
    check(bytes, shape, what)?;
    serde_json::from_slice(bytes).map_err(Error::json(what))
}

/// Refuses JSON with a key that is a known one in another case.
pub(crate) fn check(bytes: &[u8], shape: &'static Shape, what: &str) -> Result<(), Error> {
    let has_odd_key = Cell::new(false);
    let walk = Walk {
        shape,
        has_odd_key: &has_odd_key,
    };
    walk.deserialize(&mut serde_json::Deserializer::from_slice(bytes))
        .map_err(Error::json(what))?;
    if has_odd_key.get() {
        return Err(Error::Document {
            what: what.to_owned(),
            reason: "has a key that is a known one in another case, which other tools take for that one",
        });
    }
    Ok(())
}

/// Whether Go takes `key` for the field `known`.
fn is_taken_for(key: &str, known: &str) -> bool {
    // Besides the ASCII letters, two characters fold to one: the long s and the Kelvin sign.
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    key.chars().map(fold).eq(known.chars().map(fold))
}

#[derive(Clone, Copy)]
struct Walk<'a> {
    shape: &'static Shape,
    has_odd_key: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.shape {
            Free => deserializer.deserialize_ignored_any(IgnoredAny).map(drop),
            List(_) | Object(_) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.shape {
            List(_) => "a list",
            Free | Object(_) => "an object",
        })
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let List(shape) = self.shape else {
            return Err(serde::de::Error::invalid_type(serde::de::Unexpected::Seq, &self));
        };
        while list.next_element_seed(Walk { shape, ..self })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Object(fields) = self.shape else {
            return Err(serde::de::Error::invalid_type(serde::de::Unexpected::Map, &self));
        };
        while let Some(key) = map.next_key::<String>()? {
            let shape = match fields.iter().find(|(known, _)| is_taken_for(&key, known)) {
                Some((known, shape)) if key == *known => shape,
                Some(_) => {
                    self.has_odd_key.set(true);
                    &Free
                }
                None => &Free,
            };
            map.next_value_seed(Walk { shape, ..self })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_keys_have_one_spelling() {
        let cases = [
            (CONFIG, r#"{"config":{"User":"app","user":"root"}}"#, false),
            (CONFIG, r#"{"config":{"user":"root"}}"#, false),
            (CONFIG, r#"{"config":{"U\u017fer":"root"}}"#, false),
            (CONFIG, r#"{"Config":{"User":"root"}}"#, false),
            (CONFIG, r#"{"rootfs":{"Diff_IDs":[]}}"#, false),
            (CONFIG, r#"{"history":[{},{"EMPTY_LAYER":true}]}"#, false),
            // Keys of maps, and fields that are not read.
            (
                CONFIG,
                r#"{"config":{"User":"app","Labels":{"user":"","User":""},"Hostname":"","hostname":""}}"#,
                true,
            ),
            (CONFIG, r#"{"config":null,"history":null}"#, true),
            (DOCUMENT, r#"{"layers":[],"Layers":[]}"#, false),
            (DOCUMENT, r#"{"manifests":[{"digest":"x","Digest":"x"}]}"#, false),
            (DOCUMENT, r#"{"manifests":[{"platform":{"OS":"linux"}}]}"#, false),
            (DOCUMENT, r#"{"layers":[{"SIZE":1}]}"#, false),
            (DOCUMENT, r#"{"config":{"MediaType":""}}"#, false),
            (DOCUMENT, r#"{"subject":{"DIGEST":""}}"#, false),
            (
                DOCUMENT,
                r#"{"annotations":{"Digest":"x","digest":"y"},"layers":[{"annotations":{"SIZE":""}}]}"#,
                true,
            ),
            (
                LAYOUT_FILE,
                r#"{"imageLayoutVersion":"1.0.0","imagelayoutversion":"2"}"#,
                false,
            ),
        ];
        for (shape, text, is_fine) in cases {
            let checked = check(text.as_bytes(), shape, "x");
            match (&checked, is_fine) {
                (Ok(()), true) | (Err(Error::Document { .. }), false) => {}
                _ => panic!("{text}: {checked:?}"),
            }
        }
    }

    #[test]
    fn a_list_in_an_objects_place_is_malformed() {
        for text in [
            "[]",
            r#"{"config":[]}"#,
            r#"{"layers":{}}"#,
            r#"{"layers":[[]]}"#,
            "1",
        ] {
            let checked = check(text.as_bytes(), DOCUMENT, "x");
            assert!(matches!(checked, Err(Error::Json { .. })), "{text}: {checked:?}");
        }
    }
}
