//! Which run a statement's alert belongs to, and in which order.

use std::collections::BTreeMap;

use sealift_types::{Finding, FindingSet, Kind, Report, Severity, Statement};

use super::text::name;
use super::{SarifOptions, SarifRuns};

/// One alert to be: a finding as one statement puts it.
pub(super) struct Item<'a> {
    /// Index of the finding in the set.
    pub(super) index: usize,
    pub(super) finding: &'a Finding,
    pub(super) statement: &'a Statement,
    pub(super) severity: Severity,
    pub(super) rule_id: String,
}

/// The runs, by tool and category.
pub(super) type Groups<'a> = BTreeMap<(String, String), Group<'a>>;

#[derive(Default)]
pub(super) struct Group<'a> {
    pub(super) reports: Vec<&'a Report>,
    pub(super) items: Vec<Item<'a>>,
}

pub(super) fn group<'a>(set: &'a FindingSet, options: &SarifOptions) -> Groups<'a> {
    let mut groups = Groups::new();
    let keys: Vec<_> = set.reports.iter().map(|report| key(report, options)).collect();
    for (report, key) in set.reports.iter().zip(&keys) {
        groups.entry(key.clone()).or_default().reports.push(report);
    }
    for (index, finding) in set.findings.iter().enumerate() {
        let mut chosen: BTreeMap<&(String, String), &Statement> = BTreeMap::new();
        for statement in &finding.statements {
            let Some(key) = keys.get(statement.report as usize) else {
                continue;
            };
            let best = chosen.entry(key).or_insert(statement);
            if statement.severity > best.severity {
                *best = statement;
            }
        }
        for (key, statement) in chosen {
            let group = groups.get_mut(key).expect("every key has its group");
            group.items.push(Item {
                index,
                finding,
                statement,
                severity: statement.severity,
                rule_id: rule_id(finding, statement, options.runs),
            });
        }
    }
    groups
}

/// The tool's name and the category of a report's run.
fn key(report: &Report, options: &SarifOptions) -> (String, String) {
    let (tool, scanner) = match options.runs {
        SarifRuns::PerTool => {
            let tool = report
                .tool
                .as_deref()
                .filter(|tool| !tool.trim().is_empty())
                .unwrap_or(&report.scanner);
            (name(tool), word(&report.scanner))
        }
        SarifRuns::Merged => ("Sealift".to_owned(), "all".to_owned()),
    };
    let image = image_name(report, options);
    let platform = report.subject.platform.as_ref();
    let platform = platform.map_or_else(
        || "any".to_owned(),
        |platform| platform.to_string().replace('/', "-"),
    );
    (tool, format!("sealift/{scanner}/{image}/{platform}"))
}

/// The image's name without tag and digest, as path segments.
pub(super) fn image_name(report: &Report, options: &SarifOptions) -> String {
    let stated = options
        .image
        .as_deref()
        .or(report.subject.name.as_deref())
        .unwrap_or("image");
    // Trivy names the target `alpine:3.18 (alpine 3.18.0)`.
    let stated = stated.split(['@', ' ']).next().unwrap_or(stated);
    let repository = match stated.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => stated,
    };
    let segments: Vec<String> = repository
        .split(['/', '\\'])
        .filter(|s| !matches!(*s, "" | "." | ".."))
        .map(word)
        .collect();
    if segments.is_empty() {
        "image".to_owned()
    } else {
        segments.join("/")
    }
}

/// A text as one path segment: letters, digits, `.`, `_`, `-`.
fn word(text: &str) -> String {
    text.chars()
        .take(128)
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
                c
            } else {
                '-'
            }
        })
        .collect()
}

/// Most severe first, then by what does not change between two scans.
pub(super) fn order<'a>(item: &'a Item<'_>) -> impl Ord + 'a {
    let package = item.finding.package.as_ref();
    let place = item.statement.locations.first();
    (
        std::cmp::Reverse(item.severity),
        &item.rule_id,
        package.and_then(|package| package.version.as_deref()),
        place.map(|place| (&place.path, place.line)),
        package.and_then(|package| package.purl.as_deref()),
    )
}

/// The rule is the flaw in one package, since GitHub keeps the severity at the rule and the severity of one CVE
/// differs between packages. Without the version, so that a bump that does not fix it keeps the alert.
fn rule_id(finding: &Finding, statement: &Statement, runs: SarifRuns) -> String {
    let id = match runs {
        SarifRuns::PerTool => &statement.id,
        SarifRuns::Merged => &finding.id,
    };
    let package = statement.package.as_ref().or(finding.package.as_ref());
    let id = if id.trim().is_empty() { "unnamed" } else { id };
    match package {
        Some(package) if matches!(finding.kind, Kind::Vulnerability | Kind::License) => {
            name(&format!("{id}-{}", package.name))
        }
        _ => name(id),
    }
}
