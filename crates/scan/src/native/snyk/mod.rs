//! Snyk's JSON: `snyk test`, `snyk container test`, `snyk iac test`, for one project or several.
//!
//! Source: snyk/cli `src/lib/snyk-test/legacy.ts`, `src/lib/formatters/`. `vulnerabilities` holds one row for each
//! path to a vulnerable package; `applications` of a container result hold more of them; `filtered.ignore` and
//! `filtered.patch` hold what a `.snyk` file took out; `infrastructureAsCodeIssues` hold misconfigurations.
//! `remediation` repeats rows and is not read. The JSON states neither version nor time of the scan.

mod fix;
mod infrastructure;
mod project;
mod vulnerability;

use std::fmt;

use sealift_types::Report;
use serde::Deserializer;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use self::project::Project;
use super::run::Run;
use super::visit::{EachObject, Elements};
use crate::read::{Context, Sink};

/// Reads one Snyk report; each project of an array is a run of its own.
///
/// # Errors
/// The JSON's own errors; a project that Snyk could not test (`{"ok": false, "error": …}`); a project without any
/// list of issues; a row without an id.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    context: &Context<'_>,
    sink: &mut dyn Sink,
) -> Result<(), D::Error> {
    let next = Report {
        scanner: "snyk".to_owned(),
        ..context.report()
    };
    let mut project = Project::new(Run::new(context, "snyk", sink), next);
    deserializer.deserialize_any(Top(&mut project))
}

/// One project, or an array of them.
struct Top<'p, 'a>(&'p mut Project<'a>);

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Snyk result or an array of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        self.0.is_array = true;
        EachObject(self.0).deserialize(SeqAccessDeserializer::new(seq))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        use serde::de::Error;

        self.0.begin(0);
        super::visit::Object(&mut *self.0).deserialize(MapAccessDeserializer::new(map))?;
        self.0.end().map_err(A::Error::custom)
    }
}
