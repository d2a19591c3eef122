//! SARIF logs, read as a stream: 2.1.0, and the older versions 1.0.0 and 2.0.0 with its drafts.
//!
//! Source: SARIF 2.1.0, OASIS standard (errata 01). A log's rules hold most of its bytes; they are kept in a short
//! form, results are passed on one by one, all else is skipped unread.
//!
//! Left out: code flows, graphs, stacks, taxonomies, artifacts' contents, and results in external property files
//! (an error, since findings would be missing).

mod facts;
mod row;
mod rule;
mod rulebook;
mod run;
mod scanner;
mod subject;
mod tally;
mod tool;
mod tools;
mod wire;

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use self::run::RunSeed;
use crate::accept::{Capped, ExactKey, Fields, Object, Text};
use crate::read::{Context, Sink};

/// What a log turned out to be.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Runs in it; `None` where it has no such array.
    pub(crate) runs: Option<u32>,
    /// Its version as stated.
    pub(crate) version: Option<String>,
    /// Whether results are in external property files, or inlined ones.
    pub(crate) external: bool,
    /// Whether the key was met, whatever came of it.
    pub(crate) has_runs: bool,
    /// Keys that came twice.
    pub(crate) repeated: bool,
}

/// The format that a version is reported as; `None` for one that is not read.
pub(crate) fn format(version: Option<&str>) -> Option<&'static str> {
    Some(match version {
        // Missing, or a number: written by hand or by a template; the shape is the current one.
        None | Some("2.1.0" | "2.1") => "sarif-2.1.0",
        Some("1.0.0" | "1.0.0-beta.5") => "sarif-1.0.0",
        Some("2.0.0") => "sarif-2.0.0",
        Some(version) if version.starts_with("2.0.0-csd") => "sarif-2.0.0-csd",
        Some(version) if version.starts_with("2.1.0-") => "sarif-2.1.0",
        Some(_) => return None,
    })
}

/// Reads a log into the sink; `log` tells what was met, also where an error ends it.
///
/// # Errors
/// Of the JSON, and where `runs` or `results` is no array: what was passed on so far must then be dropped.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    context: &Context<'_>,
    sink: &mut dyn Sink,
    log: &mut Log,
) -> Result<(), D::Error> {
    deserializer.deserialize_map(LogVisitor { context, sink, log })
}

const KEYS: &[&str] = &["version", "runs", "inlineExternalProperties"];

const KEYS_EXACT: ExactKey = ExactKey {
    known: KEYS,
    exact: &["runs", "inlineExternalProperties"],
};

struct LogVisitor<'a, 's> {
    context: &'a Context<'a>,
    sink: &'s mut dyn Sink,
    log: &'s mut Log,
}

impl<'de> Visitor<'de> for LogVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a SARIF log")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let log = self.log;
        while let Some(key) = map.next_key_seed(KEYS_EXACT)? {
            match key.map(|index| KEYS[index]) {
                Some("version") => {
                    log.repeated |= log.version.is_some();
                    log.version = map.next_value::<Text>()?.0.map(std::borrow::Cow::into_owned);
                }
                Some("runs") => {
                    log.repeated |= log.has_runs;
                    log.has_runs = true;
                    map.next_value_seed(Runs {
                        context: self.context,
                        sink: self.sink,
                        log,
                    })?;
                }
                Some(_) => {
                    let inline: Capped<Object<Inline>, 64> = map.next_value()?;
                    let has_results =
                        |item: &Object<Inline>| item.0.as_ref().is_some_and(|item| item.results);
                    log.external |= inline.total > 64 || inline.items.iter().any(has_results);
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Runs<'a, 's> {
    context: &'a Context<'a>,
    sink: &'s mut dyn Sink,
    log: &'s mut Log,
}

impl<'de> DeserializeSeed<'de> for Runs<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Runs<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of runs")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.log.runs.get_or_insert(0);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut index = self.log.runs.unwrap_or(0);
        while seq
            .next_element_seed(RunSeed {
                context: self.context,
                index,
                sink: self.sink,
                external: &mut self.log.external,
            })?
            .is_some()
        {
            index = index.saturating_add(1);
        }
        self.log.runs = Some(index);
        Ok(())
    }
}

/// An inlined external property file, §4: whether it holds results.
#[derive(Debug, Default)]
struct Inline {
    results: bool,
}

impl<'de> Fields<'de> for Inline {
    const KEYS: &'static [&'static str] = &["results"];

    fn field<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.results = map.next_value::<Capped<IgnoredAny, 1>>()?.total > 0;
        Ok(())
    }
}
