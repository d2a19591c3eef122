//! Values that take what tools write there, and count anything else as absent; an object without buffering it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use sealift_types::{Finding, Severity};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What is filled from an object's keys. A key that is not listed is skipped without being read.
pub(crate) trait Fields<'de>: Default {
    /// The keys that are read; at most 64.
    const KEYS: &'static [&'static str];

    /// Takes the value of `key`, one of [`KEYS`](Self::KEYS), out of `map`: exactly one call of `next_value`.
    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error>;

    /// A key came for a second time; the last one is kept.
    fn repeated(&mut self) {}
}

/// An object; a value of another type is absent.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) Option<T>);

impl<'de, T: Fields<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tolerant::<Self>(PhantomData))
    }
}

/// A string, or a number in its text form. Anything else is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text<'de>(pub(crate) Option<Cow<'de, str>>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tolerant::<Self>(PhantomData))
    }
}

/// A whole number. Anything else is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Int(pub(crate) Option<i64>);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tolerant::<Self>(PhantomData))
    }
}

impl Int {
    /// A line number, from 1.
    pub(crate) fn line(self) -> Option<u32> {
        self.0
            .and_then(|line| u32::try_from(line).ok())
            .filter(|&line| line > 0)
    }
}

/// An array of which the first `N` items are kept and all are counted. One string counts as an array of one;
/// anything else is empty.
#[derive(Debug, Clone)]
pub(crate) struct Capped<T, const N: usize> {
    pub(crate) items: Vec<T>,
    pub(crate) total: u64,
}

impl<T, const N: usize> Default for Capped<T, N> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            total: 0,
        }
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for Capped<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tolerant::<Self>(PhantomData))
    }
}

/// How a tolerant value is made from each JSON type; the default is absence.
trait Accept<'de>: Sized {
    fn absent() -> Self;

    fn text(_: Cow<'de, str>) -> Self {
        Self::absent()
    }

    fn number(_: f64) -> Self {
        Self::absent()
    }

    fn int(number: i64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a score or a version, not an id")]
        Self::number(number as f64)
    }

    fn seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::absent())
    }

    fn map<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::absent())
    }
}

struct Tolerant<T>(PhantomData<T>);

impl<'de, T: Accept<'de>> Visitor<'de> for Tolerant<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<T, E> {
        Ok(T::absent())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        Ok(T::int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        Ok(i64::try_from(number).map_or_else(|_| T::absent(), T::int))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        Ok(T::number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text)))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::absent())
    }

    fn visit_none<E: Error>(self) -> Result<T, E> {
        Ok(T::absent())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        T::seq(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::map(map)
    }
}

impl<'de, T: Fields<'de>> Accept<'de> for Object<T> {
    fn absent() -> Self {
        Self(None)
    }

    fn map<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut value = T::default();
        let mut seen = 0_u64;
        while let Some(key) = map.next_key_seed(Key(T::KEYS))? {
            let Some(index) = key else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if seen & (1 << index) != 0 {
                value.repeated();
            }
            seen |= 1 << index;
            value.field(T::KEYS[index], &mut map)?;
        }
        Ok(Self(Some(value)))
    }
}

impl<'de> Accept<'de> for Text<'de> {
    fn absent() -> Self {
        Self(None)
    }

    fn text(text: Cow<'de, str>) -> Self {
        Self(Some(text))
    }

    fn number(number: f64) -> Self {
        Self(Some(Cow::Owned(number.to_string())))
    }

    fn int(number: i64) -> Self {
        Self(Some(Cow::Owned(number.to_string())))
    }
}

impl Accept<'_> for Int {
    fn absent() -> Self {
        Self(None)
    }

    fn int(number: i64) -> Self {
        Self(Some(number))
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Accept<'de> for Capped<T, N> {
    fn absent() -> Self {
        Self::default()
    }

    fn text(text: Cow<'de, str>) -> Self {
        let single = serde::de::value::CowStrDeserializer::<serde::de::value::Error>::new(text);
        T::deserialize(single).map_or_else(
            |_| Self::default(),
            |item| Self {
                items: vec![item],
                total: 1,
            },
        )
    }

    fn seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        let mut list = Self::default();
        while list.items.len() < N {
            let Some(item) = seq.next_element()? else {
                list.total = list.items.len() as u64;
                return Ok(list);
            };
            list.items.push(item);
        }
        list.total = N as u64;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            list.total += 1;
        }
        Ok(list)
    }
}

/// Whether a finding's severity is a word that is not known. It must be told apart from one that the scanner does not
/// know either.
pub(crate) fn has_foreign_severity(finding: &Finding) -> bool {
    finding.statements.iter().any(|statement| {
        statement
            .severity_label
            .as_deref()
            .is_some_and(|label| Severity::from_label(label).is_none())
    })
}

/// A key, as its place in a list; `None` for one that is not in it. Nothing is allocated.
#[derive(Clone, Copy)]
pub(crate) struct Key(pub(crate) &'static [&'static str]);

impl<'de> serde::de::DeserializeSeed<'de> for Key {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|known| *known == key))
    }
}

/// A key, as [`Key`] gives it, where a key of `exact` in another case is an error: see [`differs_in_case`].
#[derive(Clone, Copy)]
pub(crate) struct ExactKey {
    pub(crate) known: &'static [&'static str],
    pub(crate) exact: &'static [&'static str],
}

impl<'de> serde::de::DeserializeSeed<'de> for ExactKey {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for ExactKey {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        match self.known.iter().position(|known| *known == key) {
            Some(index) => Ok(Some(index)),
            None => differs_in_case(key, self.exact).map_or(Ok(None), |message| Err(E::custom(message))),
        }
    }
}

/// What is wrong with a key that is one of `exact` but for its case.
///
/// Scanners are written in Go, whose JSON reader takes such a key for the right one: what it would read as rows
/// must not pass as an empty report here. Go folds `ſ` and the Kelvin sign too.
pub(crate) fn differs_in_case(key: &str, exact: &[&str]) -> Option<String> {
    let folded = |c: char| match c {
        'ſ' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    let known = exact
        .iter()
        .find(|known| **known != key && known.chars().map(folded).eq(key.chars().map(folded)))?;
    Some(format!(
        "the key {:?} differs from {known:?} in its case alone, so its rows cannot be told",
        cut(key, 64)
    ))
}

/// At most `bytes` bytes of `text`, cut between characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
