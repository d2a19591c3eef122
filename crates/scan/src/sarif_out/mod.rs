//! Findings as SARIF 2.1.0 for GitHub code scanning.
//!
//! A log has one run for each tool, image and platform, most severe first: GitHub rejects two runs of one tool and
//! category, and keeps the first results of a long run. The category is stable from release to release, and so are
//! rule ids, locations and fingerprints: what changes with every build (digest, tag, layer) stays out of them, or
//! alerts would be closed and opened anew each time.
//!
//! Source: SARIF 2.1.0 errata 01; GitHub Docs, "SARIF support for code scanning".

mod alert;
mod group;
mod limits;
mod suppression;
mod text;
mod wire;

use std::collections::HashMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use sealift_types::FindingSet;

use alert::{result, rule};
use group::{Group, group, image_name, order};
use limits::{MAX_GZIP_BYTES, MAX_NAME, MAX_RESULTS, MAX_RUNS, SHOWN_RESULTS, Truncations};
use suppression::Acceptances;
use text::{clamp, name, relative_uri};

pub use limits::{Limit, Truncation};

/// How a SARIF log is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SarifOptions {
    /// The image's name for category and location, without tag and digest: `acme/app`. Default: what each report
    /// names, without its tag.
    pub image: Option<String>,
    /// The path that alerts on packages point to, relative to the repository: the Dockerfile is a good choice.
    /// Default: the image's name.
    pub artifact: Option<String>,
    /// What a run is. Default: one for each tool, image and platform.
    pub runs: SarifRuns,
    /// The findings that the policy accepts: their results are marked as suppressed (SARIF 2.1.0 §3.27.23), and stay
    /// in the log. Default: none.
    pub accepted: Vec<Accepted>,
}

/// A finding that an exception of the policy accepts.
///
/// It becomes a suppression of each result of the finding, with the status `accepted`. A finding may be accepted more
/// than once; what says the same is written once, also where the scanner's own suppression says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Index into [`FindingSet::findings`]; one that is not there has no effect.
    pub finding: usize,
    /// Why it is accepted, a line for people: `exception EX-7 until 2026-12-31: not reachable`.
    pub justification: String,
}

/// What a run of the log stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SarifRuns {
    /// One for each tool, image and platform, under the tool's own name, with its own ids and severities.
    #[default]
    PerTool,
    /// One for each image and platform, named Sealift: an alert for each merged finding, at the worst severity
    /// that a scanner states.
    Merged,
}

/// A SARIF log, and what had to be left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SarifOutput {
    /// The log, one JSON text in UTF-8.
    pub json: String,
    /// What GitHub's limits cost. Each run says so too, as a notification.
    pub truncations: Vec<Truncation>,
}

/// Writes findings as SARIF 2.1.0 within GitHub's limits.
///
/// Same input, same bytes. A report without findings gives a run without results, which is what closes old alerts.
pub fn to_sarif(set: &FindingSet, options: &SarifOptions) -> SarifOutput {
    let mut most = MAX_RESULTS;
    loop {
        let (log, truncations) = build(set, options, most);
        let json = serde_json::to_string(&log).expect("strings and numbers always serialise");
        let results = log.runs.iter().map(|run| run.results.len()).max().unwrap_or(0);
        let compressed = compressed_bytes(&json);
        if compressed <= MAX_GZIP_BYTES || results == 0 {
            return SarifOutput {
                json,
                truncations: truncations.into_sorted(),
            };
        }
        // Shrink in proportion, a little more than needed, and by at least one result.
        most = (results * (MAX_GZIP_BYTES / 1_000) / (compressed / 1_000) * 19 / 20).min(results - 1);
    }
}

fn build<'a>(set: &'a FindingSet, options: &SarifOptions, most: usize) -> (wire::Log<'a>, Truncations) {
    let mut cut = Truncations::default();
    let accepted = Acceptances::new(&options.accepted);
    let mut groups: Vec<_> = group(set, options).into_iter().collect();
    for (_, group) in &mut groups {
        group.items.sort_by(|a, b| order(a).cmp(&order(b)));
    }
    if groups.len() > MAX_RUNS {
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.items.first().map(|item| item.severity)));
        cut.add(Limit::Runs, MAX_RUNS, groups.len() - MAX_RUNS);
        groups.truncate(MAX_RUNS);
        groups.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    let runs = groups
        .into_iter()
        .map(|((tool, category), group)| run(&tool, &category, group, options, &accepted, most, &mut cut))
        .collect();
    (
        wire::Log {
            schema: wire::SCHEMA,
            version: "2.1.0",
            runs,
        },
        cut,
    )
}

fn run<'a>(
    tool: &str,
    category: &str,
    mut group: Group<'a>,
    options: &SarifOptions,
    accepted: &Acceptances<'_>,
    most: usize,
    cut: &mut Truncations,
) -> wire::Run<'a> {
    let mut lost = Truncations::default();
    let total = group.items.len();
    if total > most {
        let (limit, allowed) = if most < MAX_RESULTS {
            (Limit::FileSize, MAX_GZIP_BYTES)
        } else {
            (Limit::Results, MAX_RESULTS)
        };
        lost.add(limit, allowed, total - most);
        group.items.truncate(most);
    }
    lost.add(
        Limit::ShownResults,
        SHOWN_RESULTS,
        group.items.len().saturating_sub(SHOWN_RESULTS),
    );

    let artifact = match &options.artifact {
        Some(path) => relative_uri(path),
        None => relative_uri(
            &group
                .reports
                .first()
                .map_or_else(|| "image".into(), |r| image_name(r, options)),
        ),
    };
    let mut rules: Vec<wire::Rule> = Vec::new();
    let mut rule_indexes: HashMap<String, usize> = HashMap::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut results = Vec::with_capacity(group.items.len());
    for item in group.items {
        let rule_index = *rule_indexes.entry(item.rule_id.clone()).or_insert_with(|| {
            rules.push(rule(&item, &mut lost));
            rules.len() - 1
        });
        let suppressions = accepted.suppressions(item.index, item.statement);
        let alert = result(item, rule_index, &artifact, &mut seen, &mut lost);
        results.push(wire::ResultObject {
            suppressions,
            ..alert
        });
    }

    let digest = group
        .reports
        .iter()
        .find_map(|report| report.subject.digests.first());
    let lost = lost.into_sorted();
    let (notifications, tool_execution_notifications) = notifications(&lost);
    for truncation in lost {
        cut.add(truncation.limit, truncation.allowed, truncation.dropped);
    }
    wire::Run {
        tool: wire::Tool {
            driver: wire::Driver {
                name: clamp(tool.to_owned(), MAX_NAME, Limit::Name, cut),
                version: group
                    .reports
                    .iter()
                    .find_map(|report| report.version.as_deref())
                    .map(name),
                rules,
                notifications,
            },
        },
        // The category is everything up to the last slash; what follows names the run.
        automation_details: wire::AutomationDetails {
            id: format!("{category}/{}", digest.map_or("", |digest| digest.short())),
        },
        invocations: [wire::Invocation {
            execution_successful: true,
            start_time_utc: group
                .reports
                .iter()
                .find_map(|report| report.created)
                .map(|time| time.to_string()),
            tool_execution_notifications,
        }],
        column_kind: "utf16CodeUnits",
        results,
    }
}

fn notifications(lost: &[Truncation]) -> (Vec<wire::Notification>, Vec<wire::ToolNotification>) {
    if lost.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let id = "SEALIFT-TRUNCATED".to_owned();
    let text = |text: &str| wire::Text {
        text: text.to_owned(),
    };
    let definition = wire::Notification {
        id: id.clone(),
        short_description: text("A limit of GitHub code scanning cut this log."),
        full_description: text(
            "The log would be over a limit of GitHub code scanning, so its least severe part is left out.",
        ),
        help: text(
            "Each notification names the limit and what it cost; the full list is in the other output formats.",
        ),
    };
    let notes = lost.iter().map(|truncation| wire::ToolNotification {
        descriptor: wire::Reference {
            id: id.clone(),
            index: 0,
        },
        level: "warning",
        message: wire::Text {
            text: format!("{truncation}."),
        },
    });
    (vec![definition], notes.collect())
}

/// The size after gzip, at the fastest level, which never promises less than GitHub will see.
fn compressed_bytes(json: &str) -> usize {
    if json.len() <= MAX_GZIP_BYTES {
        return json.len();
    }
    let mut encoder = GzEncoder::new(Counter(0), Compression::fast());
    encoder
        .write_all(json.as_bytes())
        .and_then(|()| encoder.finish())
        .map_or(usize::MAX, |counter| counter.0)
}

struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
