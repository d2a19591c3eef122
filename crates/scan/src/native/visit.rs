//! Walking a JSON document without holding it.
//!
//! serde's seeds and visitors, reduced to the three shapes that reports have: an object whose keys come in any
//! order, an array of rows, and an array of objects that hold rows.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::accept::differs_in_case;

/// What reads an object key by key.
pub(super) trait Fields<'de> {
    /// What the object is, for the error where something else stands there.
    const WHAT: &'static str;

    /// The keys that hold rows. One that differs in its case alone is an error.
    const ROWS: &'static [&'static str] = &[];

    /// Takes the value of `key` out of `map`: exactly one call of `next_value` or `next_value_seed`.
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

/// An object, read into its [`Fields`].
pub(super) struct Object<'a, F>(pub(super) &'a mut F);

impl<'de, F: Fields<'de>> DeserializeSeed<'de> for Object<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: Fields<'de>> Visitor<'de> for Object<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(F::WHAT)
    }

    /// `null` is an object without keys.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if let Some(message) = differs_in_case(&key, F::ROWS) {
                return Err(A::Error::custom(message));
            }
            self.0.field(&key, &mut map)?;
        }
        Ok(())
    }
}

/// What reads the objects of an array, one after the other.
pub(super) trait Elements<'de>: Fields<'de> {
    /// An element begins.
    fn begin(&mut self, index: usize);
    /// The element's keys have all been taken.
    fn end(&mut self) -> Result<(), String>;
}

/// An array of objects; `null` is an empty one.
pub(super) struct EachObject<'a, S>(pub(super) &'a mut S);

impl<'de, S: Elements<'de>> DeserializeSeed<'de> for EachObject<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Elements<'de>> Visitor<'de> for EachObject<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array; each element {}", S::WHAT)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for index in 0.. {
            self.0.begin(index);
            if seq.next_element_seed(Object(&mut *self.0))?.is_none() {
                break;
            }
            self.0.end().map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// An array of rows, each handed to a function; `null` is an empty one.
pub(super) struct Each<'p, T, F> {
    pointer: &'p str,
    take: F,
    row: PhantomData<fn() -> T>,
}

impl<'p, T, F: FnMut(T) -> Result<(), &'static str>> Each<'p, T, F> {
    /// Rows of the array at the JSON pointer `pointer`. What `take` refuses ends the reading with its reason and
    /// the row's pointer.
    pub(super) fn new(pointer: &'p str, take: F) -> Self {
        Self {
            pointer,
            take,
            row: PhantomData,
        }
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), &'static str>> DeserializeSeed<'de>
    for Each<'_, T, F>
{
    /// Whether there was an array.
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), &'static str>> Visitor<'de> for Each<'_, T, F> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array of rows at {}", self.pointer)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<bool, A::Error> {
        let mut index = 0_u64;
        while let Some(row) = seq.next_element::<T>()? {
            (self.take)(row)
                .map_err(|reason| A::Error::custom(format_args!("{}/{index}: {reason}", self.pointer)))?;
            index += 1;
        }
        Ok(true)
    }
}

/// Rows that must be held until something else of their object is known; `null` is none.
pub(super) struct Held<T>(pub(super) Vec<T>);

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Held<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Unlike a lax list, a string or an object here is an error: rows would be lost.
        Option::deserialize(deserializer).map(|rows| Self(rows.unwrap_or_default()))
    }
}
