//! Values that take what scanners write there, and count anything else as absent.
//!
//! Seen in real reports: a number where a string belongs (`NSP: 77`), a string where a number belongs (EPSS
//! `"0.00046"`), `null` for an empty array, one string for an array of one, `""` for none.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A string, or a number or bool in its text form. Empty or of another type: absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Text(pub(super) Option<String>);

impl Text {
    pub(super) fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(super) fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

/// A severity's word: a string, or a value of another type in a form that is no word, so that it is seen. Only
/// `null` and an empty string are absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Label(pub(super) Option<String>);

impl Label {
    pub(super) fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(super) fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

/// A number, or a string that reads as one. Anything else, and what is not finite: absent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Number(pub(super) Option<f64>);

impl Number {
    /// The number as a line number, from 1.
    pub(super) fn line(self) -> Option<u32> {
        let line = self
            .0
            .filter(|number| (1.0..=f64::from(u32::MAX)).contains(number))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was checked"
        )]
        Some(line as u32)
    }
}

/// `true` or `false`. Anything else: absent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Flag(pub(super) Option<bool>);

/// An array; one scalar or one object counts as an array of one, `null` as empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl List<Text> {
    pub(super) fn texts(self) -> impl Iterator<Item = String> {
        self.0.into_iter().filter_map(|text| text.0)
    }
}

/// An object; anything else counts as the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Lax<T>(pub(super) T);

/// An object with keys that mean something, in the order written; anything else counts as empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entries<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// One scalar, array or object of any type, reduced to what the caller wants of it.
trait Reduce<'de>: Default {
    fn text(_: &str) -> Self {
        Self::default()
    }
    fn number(_: f64, _: fmt::Arguments<'_>) -> Self {
        Self::default()
    }
    fn flag(_: bool) -> Self {
        Self::default()
    }
    fn seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
    fn map<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

struct Reducer<R>(PhantomData<fn() -> R>);

impl<'de, R: Reduce<'de>> Visitor<'de> for Reducer<R> {
    type Value = R;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<R, E> {
        Ok(R::text(value))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<R, E> {
        Ok(R::flag(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<R, E> {
        #[expect(clippy::cast_precision_loss, reason = "scores, lines and counts are small")]
        let number = value as f64;
        Ok(R::number(number, format_args!("{value}")))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<R, E> {
        #[expect(clippy::cast_precision_loss, reason = "scores, lines and counts are small")]
        let number = value as f64;
        Ok(R::number(number, format_args!("{value}")))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<R, E> {
        Ok(R::number(value, format_args!("{value}")))
    }

    fn visit_unit<E: Error>(self) -> Result<R, E> {
        Ok(R::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<R, A::Error> {
        R::seq(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<R, A::Error> {
        R::map(map)
    }
}

impl Reduce<'_> for Text {
    fn text(value: &str) -> Self {
        let value = value.trim();
        Self((!value.is_empty()).then(|| value.to_owned()))
    }

    fn number(_: f64, text: fmt::Arguments<'_>) -> Self {
        Self(Some(text.to_string()))
    }

    fn flag(value: bool) -> Self {
        Self(Some(value.to_string()))
    }
}

impl<'de> Reduce<'de> for Label {
    fn text(value: &str) -> Self {
        Self(Text::text(value).0)
    }

    fn number(_: f64, text: fmt::Arguments<'_>) -> Self {
        Self(Some(text.to_string()))
    }

    fn flag(value: bool) -> Self {
        Self(Some(value.to_string()))
    }

    fn seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self(Some("[…]".to_owned())))
    }

    fn map<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self(Some("{…}".to_owned())))
    }
}

impl Reduce<'_> for Number {
    fn text(value: &str) -> Self {
        Self(
            value
                .trim()
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite()),
        )
    }

    fn number(value: f64, _: fmt::Arguments<'_>) -> Self {
        Self(Some(value).filter(|number| number.is_finite()))
    }
}

impl Reduce<'_> for Flag {
    fn flag(value: bool) -> Self {
        Self(Some(value))
    }
}

impl<'de, T: Deserialize<'de> + Default> Reduce<'de> for Lax<T> {
    fn map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Self)
    }
}

impl<'de, T: Deserialize<'de>> Reduce<'de> for Entries<T> {
    fn map<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Self(entries))
    }
}

impl<'de, T: Deserialize<'de>> Reduce<'de> for List<T> {
    fn text(value: &str) -> Self {
        let value = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(value);
        Self(T::deserialize(value).into_iter().collect())
    }

    fn seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Self(items))
    }

    fn map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Ok(Self(vec![T::deserialize(MapAccessDeserializer::new(map))?]))
    }
}

macro_rules! deserialize {
    ($($type:ty $(, $bound:ident: $($limit:path),+)?;)*) => {$(
        impl<'de $(, $bound: Deserialize<'de> $(+ $limit)+)?> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Reducer::<Self>(PhantomData))
            }
        }
    )*};
}

deserialize! {
    Text;
    Label;
    Number;
    Flag;
    Lax<T>, T: Default;
    Entries<T>, T: Sized;
    List<T>, T: Sized;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Row {
        id: Text,
        score: Number,
        tags: List<Text>,
        inner: Lax<Inner>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Inner {
        on: Flag,
    }

    fn row(json: &str) -> Row {
        serde_json::from_str::<Lax<Row>>(json).unwrap().0
    }

    #[test]
    fn odd_types_count_as_absent() {
        let row = row(r#"{"id": {"a": [1]}, "score": [[]], "tags": 3.5, "inner": "x", "other": [{}]}"#);
        assert_eq!(row, Row::default());
    }

    #[test]
    fn near_types_are_taken() {
        let row = row(r#"{"id": 7, "score": " 0.5", "tags": "one", "inner": {"on": true}}"#);
        assert_eq!(row.id.as_deref(), Some("7"));
        assert_eq!(row.score.0, Some(0.5));
        assert_eq!(row.tags.texts().collect::<Vec<_>>(), ["one"]);
        assert_eq!(row.inner.0.on.0, Some(true));
    }

    #[test]
    fn what_is_no_object_is_the_default() {
        for json in ["null", "1", "-1.5", "\"x\"", "[{}]", "false"] {
            assert_eq!(row(json), Row::default(), "{json}");
        }
    }

    #[test]
    fn no_number_is_infinite() {
        for json in ["\"inf\"", "\"NaN\"", "\"null\"", "\"\""] {
            assert_eq!(serde_json::from_str::<Number>(json).unwrap().0, None, "{json}");
        }
        assert_eq!(Number(Some(0.0)).line(), None);
        assert_eq!(Number(Some(1e12)).line(), None);
        assert_eq!(Number(Some(12.0)).line(), Some(12));
    }
}
