//! The document around the results, in all its forms.

use std::fmt;

use sealift_types::Report;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::lax::{Lax, Text};
use super::super::run::Run;
use super::super::text::timestamp;
use super::super::visit::{Each, EachObject, Elements, Fields, Object};
use super::metadata::{self, Metadata};
use super::rows::Results;

/// Everything of one report.
pub(super) struct Document<'a> {
    results: Results<'a>,
    artifact: Text,
    metadata: Metadata,
}

impl<'a> Document<'a> {
    pub(super) fn new(run: Run<'a>) -> Self {
        Self {
            results: Results::new(run),
            artifact: Text::default(),
            metadata: Metadata::default(),
        }
    }

    /// The end of the report: what it says of its subject, then the run's end.
    pub(super) fn close(mut self) {
        let target = self.results.os_target.take();
        if self.results.is_empty {
            self.results
                .run
                .nothing_scanned("/Results is absent, null or empty");
        }
        let run = &mut self.results.run;
        run.report.tool = Some("Trivy".to_owned());
        run.report.subject = metadata::subject(self.artifact.0, self.metadata, target.as_deref());
        run.close(Report::default());
    }
}

/// Which of the forms it is.
pub(super) struct Top<'d, 'a>(pub(super) &'d mut Document<'a>);

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Trivy report: an object, an array of results, or null")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.results.is_empty = false;
        self.0.results.run.warn(
            "null-report",
            "the document is null, which is how Trivy before 0.9 wrote \"no results\"",
        );
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        EachObject(&mut self.0.results).deserialize(SeqAccessDeserializer::new(seq))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Object(self.0).deserialize(MapAccessDeserializer::new(map))
    }
}

impl<'de> Fields<'de> for Document<'_> {
    const WHAT: &'static str = "a Trivy report";
    const ROWS: &'static [&'static str] = &["Results", "Resources", "Vulnerabilities", "Misconfigurations"];

    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "ArtifactName" | "ClusterName" => self.artifact = map.next_value()?,
            "CreatedAt" => {
                let text: Text = map.next_value()?;
                self.results.run.report.created = text.as_deref().and_then(timestamp);
            }
            "Trivy" => {
                let trivy: Lax<Tool> = map.next_value()?;
                self.results.run.report.version = trivy.0.version.0;
            }
            "Metadata" => self.metadata = map.next_value::<Lax<Metadata>>()?.0,
            "Results" => map.next_value_seed(EachObject(&mut self.results))?,
            // `trivy k8s`, one list today, two before 0.38.
            "Resources" | "Vulnerabilities" | "Misconfigurations" => {
                map.next_value_seed(EachObject(&mut Resources(&mut self.results)))?;
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Tool {
    #[serde(rename = "Version")]
    version: Text,
}

/// The resources of a cluster; each has results of its own.
struct Resources<'r, 'a>(&'r mut Results<'a>);

impl<'de> Fields<'de> for Resources<'_, '_> {
    const WHAT: &'static str = "a Kubernetes resource";
    const ROWS: &'static [&'static str] = &["Results", "Error"];

    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "Results" => map.next_value_seed(EachObject(&mut *self.0)),
            // A resource that could not be scanned says so; "no findings" would be wrong.
            "Error" => match map.next_value::<Text>()?.0 {
                Some(error) => Err(A::Error::custom(format_args!(
                    "Trivy could not scan a resource: {error}"
                ))),
                None => Ok(()),
            },
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

impl Elements<'_> for Resources<'_, '_> {
    fn begin(&mut self, _: usize) {}

    fn end(&mut self) -> Result<(), String> {
        self.0.is_empty = false;
        Ok(())
    }
}

/// Rows that are counted and explained, never findings.
pub(super) fn explained<'de, A: MapAccess<'de>>(
    map: &mut A,
    run: &mut Run<'_>,
    pointer: &str,
    reason: &'static str,
) -> Result<(), A::Error> {
    map.next_value_seed(Each::new(pointer, |_: IgnoredAny| {
        run.explain(reason);
        Ok(())
    }))
    .map(drop)
}
