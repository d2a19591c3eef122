//! One run of a log (SARIF §3.14): the tool with its rules, the results, and what is said of the subject.
//!
//! Results are read as they come. Where they come before their tool, or in a version that keeps the rules beside
//! the tool, they wait in their short form for the end of the run.

use std::fmt;

use sealift_types::{Report, Warning};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::row::Reader;
use super::rule::Keep;
use super::rulebook::{Resources, Rulebook, Rules, Table};
use super::scanner::Scanner;
use super::subject::{self, Automation, External, Invocation, RunProperties};
use super::tally::Tally;
use super::tool::{Tool, ToolSeed};
use super::wire::Row;
use crate::accept::{Capped, ExactKey, Object};
use crate::read::{Context, Detail, Sink};

/// Bytes of results that may wait for their tool.
const MAX_WAITING: usize = 256 << 20;

/// Reads one run into the sink.
pub(super) struct RunSeed<'a, 's> {
    pub(super) context: &'a Context<'a>,
    pub(super) index: u32,
    pub(super) sink: &'s mut dyn Sink,
    /// Set where the results are in another file.
    pub(super) external: &'s mut bool,
}

/// What is known of the run so far.
#[derive(Default)]
struct State<'de> {
    tool: Tool,
    rules: Rules,
    tally: Tally,
    report: Report,
    waiting: Vec<Row<'de>>,
    waiting_bytes: usize,
    results: Results,
    external: bool,
    /// Whether the tool stopped with an error of its own.
    broke_off: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Results {
    #[default]
    Absent,
    Null,
    Present,
}

const KEYS: &[&str] = &[
    "tool",
    "results",
    "properties",
    "invocations",
    "automationDetails",
    "externalPropertyFileReferences",
    "externalPropertyFiles",
    "rules",
    "resources",
];

const KEYS_EXACT: ExactKey = ExactKey {
    known: KEYS,
    exact: &["tool", "results", "rules", "resources"],
};

impl<'de> DeserializeSeed<'de> for RunSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RunSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a run")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut state = State {
            report: Report {
                run: self.index,
                ..self.context.report()
            },
            ..State::default()
        };
        let texts = self.context.options.detail == Detail::Full;
        let keep = |tool: &Tool| Keep {
            text: if texts { 1024 } else { 128 },
            scanner: tool.name.as_deref().map(Scanner::of),
        };
        while let Some(key) = map.next_key_seed(KEYS_EXACT)? {
            match key.map(|index| KEYS[index]) {
                Some("tool") => {
                    let seed = ToolSeed {
                        rules: &mut state.rules,
                        text: keep(&state.tool).text,
                    };
                    state.tool = map.next_value_seed(seed)?;
                }
                Some("results") => map.next_value_seed(ResultsSeed {
                    state: &mut state,
                    sink: self.sink,
                    texts,
                })?,
                Some("properties") => {
                    let stated = map.next_value::<Object<RunProperties>>()?.0.unwrap_or_default();
                    stated.apply(&mut state.report);
                }
                Some("invocations") => {
                    let stated: Capped<Object<Invocation>, 4> = map.next_value()?;
                    state.broke_off = subject::apply_invocations(&stated.items, &mut state.report);
                }
                Some("automationDetails") => {
                    let stated = map.next_value::<Object<Automation>>()?.0.unwrap_or_default();
                    state.report.subject.name = state.report.subject.name.take().or(stated.project());
                    state.report.created = state.report.created.or(stated.time());
                }
                Some("externalPropertyFileReferences" | "externalPropertyFiles") => {
                    let stated = map.next_value::<Object<External>>()?.0.unwrap_or_default();
                    state.external |= stated.results;
                }
                Some("rules") => {
                    let mut book = Rulebook::default();
                    map.next_value_seed(Table(&mut book, keep(&state.tool)))?;
                    state.rules.set_driver(book);
                }
                Some("resources") => {
                    let mut book = Rulebook::default();
                    map.next_value_seed(Resources(&mut book, keep(&state.tool)))?;
                    state.rules.set_driver(book);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        *self.external |= state.external && state.results != Results::Present;
        state.close(self.sink, texts);
        Ok(())
    }
}

impl<'de> State<'de> {
    /// A result: read at once where its rules are known, kept where not.
    fn row(&mut self, row: Row<'de>, sink: &mut dyn Sink, texts: bool) -> Result<(), &'static str> {
        self.report.accounting.read += 1;
        if self.tool.is_complete {
            self.emit(&row, sink, texts);
            return Ok(());
        }
        self.waiting_bytes += row.size();
        self.waiting.push(row);
        if self.waiting_bytes > MAX_WAITING {
            return Err("at most 256 MiB of results before their tool");
        }
        Ok(())
    }

    fn emit(&mut self, row: &Row<'_>, sink: &mut dyn Sink, texts: bool) {
        let mut reader = Reader {
            scanner: self.tool.scanner(),
            rules: &self.rules,
            texts,
            tally: &mut self.tally,
        };
        match reader.read(row) {
            Ok(finding) => {
                self.report.accounting.reported += 1;
                sink.finding(finding);
            }
            Err(reason) => self.report.accounting.explain(reason),
        }
    }

    fn close(mut self, sink: &mut dyn Sink, texts: bool) {
        for row in std::mem::take(&mut self.waiting) {
            self.emit(&row, sink, texts);
        }
        self.tally.add_many("duplicate-rule-ids", self.rules.repeated());
        let mut report = self.report;
        let tool = &self.tool;
        report.scanner = tool
            .scanner()
            .permanent_name(tool.name.as_deref().unwrap_or_default());
        report.tool = tool.full_name.clone().or_else(|| tool.name.clone());
        report.version.clone_from(&tool.version);
        if tool.name.is_none() {
            report
                .warnings
                .push(Warning::new("tool-absent", "the run does not name its tool"));
        }
        if self.results != Results::Present {
            report.warnings.push(Warning::new(
                "results-absent",
                "the run has no results array: by SARIF §3.14.23 the scan did not run, or did not finish",
            ));
        }
        if self.broke_off && report.accounting.read == 0 {
            report.warnings.push(Warning::new(
                "execution-failed",
                "the tool ended with an exit code and an error notification, and has no results",
            ));
        }
        report.warnings.extend(self.tally.warnings());
        sink.report(report);
    }
}

/// Reads the array of results.
struct ResultsSeed<'a, 'de> {
    state: &'a mut State<'de>,
    sink: &'a mut dyn Sink,
    texts: bool,
}

impl<'de> DeserializeSeed<'de> for ResultsSeed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ResultsSeed<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of results")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        if self.state.results == Results::Absent {
            self.state.results = Results::Null;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.state.results = Results::Present;
        while let Some(row) = seq.next_element::<Object<Row<'de>>>()? {
            let Some(row) = row.0 else {
                self.state.report.accounting.read += 1;
                self.state.report.accounting.explain("not an object");
                continue;
            };
            self.state
                .row(row, self.sink, self.texts)
                .map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
