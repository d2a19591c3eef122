//! Grype's JSON, schema versions of Grype 0.7 to 0.112.
//!
//! Source: anchore/grype `grype/presenter/models/*.go`. `matches` and `ignoredMatches` are the rows; the rest says
//! what was scanned and with which database.

mod matches;
mod subject;

use sealift_types::{Report, Suppression};
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess};
use serde::{Deserialize, Deserializer};

use self::matches::Match;
use self::subject::{Distro, Source};
use super::lax::{Lax, Text};
use super::run::Run;
use super::text::timestamp;
use super::visit::{Each, Fields, Object};
use crate::read::{Context, Sink};

/// Reads one Grype report.
///
/// # Errors
/// The JSON's own errors; `matches` absent or no array; a row without an id.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    context: &Context<'_>,
    sink: &mut dyn Sink,
) -> Result<(), D::Error> {
    let mut document = Document {
        run: Run::new(context, "grype", sink),
        has_matches: false,
        source: Source::default(),
        distro: Distro::default(),
    };
    Object(&mut document).deserialize(deserializer)?;
    if !document.has_matches {
        return Err(D::Error::custom("a Grype report without matches"));
    }
    document.run.report.tool.get_or_insert_with(|| "grype".to_owned());
    document.run.report.subject = subject::subject(document.source, document.distro);
    document.run.close(Report::default());
    Ok(())
}

struct Document<'a> {
    run: Run<'a>,
    has_matches: bool,
    source: Source,
    distro: Distro,
}

impl<'de> Fields<'de> for Document<'_> {
    const WHAT: &'static str = "a Grype report";
    const ROWS: &'static [&'static str] = &["matches", "ignoredMatches"];

    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let run = &mut self.run;
        match key {
            "matches" => {
                self.has_matches = true;
                let is_array = map.next_value_seed(Each::new("/matches", |row: Lax<Match>| {
                    run.finding(row.0.understand()?);
                    Ok(())
                }))?;
                if !is_array {
                    run.nothing_scanned("/matches is null");
                }
            }
            "ignoredMatches" => {
                map.next_value_seed(Each::new("/ignoredMatches", |mut row: Lax<Match>| {
                    let suppression = row.0.take_suppression();
                    let mut finding = row.0.understand()?;
                    finding.statements[0].suppression = Some(suppression);
                    run.finding(finding);
                    Ok(())
                }))?;
            }
            "source" => self.source = map.next_value::<Lax<Source>>()?.0,
            "distro" => self.distro = map.next_value::<Lax<Distro>>()?.0,
            "descriptor" => {
                let descriptor = map.next_value::<Lax<Descriptor>>()?.0;
                let db = descriptor.db.0;
                run.report.tool = descriptor.name.0;
                run.report.version = descriptor.version.0;
                run.report.created = descriptor.timestamp.as_deref().and_then(timestamp);
                run.report.database = [db.built, db.status.0.built]
                    .into_iter()
                    .find_map(|built| timestamp(built.as_deref()?));
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Descriptor {
    name: Text,
    version: Text,
    timestamp: Text,
    db: Lax<Database>,
}

/// The database: `db.built` until schema 5, `db.status.built` since 6.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Database {
    built: Text,
    status: Lax<DatabaseStatus>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DatabaseStatus {
    built: Text,
}

/// What the ignore rules of an ignored match say.
fn suppression(rules: Vec<Lax<matches::IgnoreRule>>) -> Suppression {
    let mut said = Vec::new();
    for Lax(rule) in rules {
        let parts = [
            rule.vex_status.0,
            rule.vex_justification.0,
            rule.reason.0,
            rule.fix_state.0.map(|state| format!("fix-state {state}")),
        ];
        for part in parts.into_iter().flatten() {
            if !said.contains(&part) && said.len() < 8 {
                said.push(part);
            }
        }
    }
    Suppression {
        justification: (!said.is_empty()).then(|| super::text::clamp(said.join("; "))),
        ..Suppression::default()
    }
}
