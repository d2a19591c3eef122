//! What `scan` shows, prepared once for every format.

use sealift_types::{Finding, FindingSet, FixState, Package, Report, Severity, Statement};

use crate::counts::Counts;

/// A merged list of findings and what is said about it.
pub(crate) struct ScanView {
    /// The findings that the filters let through, and all reports.
    pub(crate) set: FindingSet,
    /// What each report states, before filters, in the order of `set.reports`.
    pub(crate) report_counts: Vec<Counts>,
    /// Counts of `set.findings`.
    pub(crate) merged: Counts,
    /// Findings that the filters left out.
    pub(crate) hidden: u64,
    /// Against an earlier set, where one was given.
    pub(crate) comparison: Option<Compared>,
    /// Reports that could not be read.
    pub(crate) unreadable: Vec<Unreadable>,
}

/// The outcome of a comparison, of the findings that the filters let through.
pub(crate) struct Compared {
    pub(crate) new: u64,
    pub(crate) unchanged: u64,
    /// Findings that are gone; their statements point into `reports`.
    pub(crate) fixed: Vec<Finding>,
    /// The reports of the earlier set.
    pub(crate) reports: Vec<Report>,
}

/// Counts alone, for `--summary`.
pub(crate) struct SummaryView {
    pub(crate) reports: Vec<(Report, Counts)>,
    /// Counts after merging; `None` where nothing could be read.
    pub(crate) merged: Option<Counts>,
    pub(crate) unreadable: Vec<Unreadable>,
}

/// A report that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Unreadable {
    /// The file as it was named.
    pub(crate) source: String,
    /// What is wrong with it, in one sentence.
    pub(crate) error: String,
}

/// Scanners that get a column of their own; more are named in one column.
const MAX_COLUMNS: usize = 8;

/// The scanners of a set, each once, in the order of its reports; empty where they are too many for a column each: a
/// file can name as many tools as it has runs.
pub(crate) fn scanners(reports: &[Report]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for report in reports {
        if !names.contains(&report.scanner.as_str()) {
            if names.len() == MAX_COLUMNS {
                return Vec::new();
            }
            names.push(&report.scanner);
        }
    }
    names
}

/// The worst severity that this scanner states for a finding, if it states the finding at all.
pub(crate) fn severity_by(finding: &Finding, reports: &[Report], scanner: &str) -> Option<Severity> {
    finding
        .statements
        .iter()
        .filter(|statement| scanner_of(statement, reports) == scanner)
        .map(|statement| statement.severity)
        .max()
}

/// The scanner that makes a statement.
pub(crate) fn scanner_of<'a>(statement: &Statement, reports: &'a [Report]) -> &'a str {
    reports
        .get(statement.report as usize)
        .map_or("unknown", |report| report.scanner.as_str())
}

/// `trivy high, grype critical`, in the order of the reports.
pub(crate) fn said_by(finding: &Finding, reports: &[Report]) -> String {
    let mut said: Vec<(&str, Severity)> = Vec::new();
    for statement in &finding.statements {
        let scanner = scanner_of(statement, reports);
        let known = said.iter().position(|(name, _)| *name == scanner);
        match known {
            Some(index) => said[index].1 = said[index].1.max(statement.severity),
            None if said.len() < MAX_COLUMNS => said.push((scanner, statement.severity)),
            None => {
                said.push(("others", statement.severity));
                break;
            }
        }
    }
    let said: Vec<String> = said
        .iter()
        .map(|(scanner, severity)| format!("{scanner} {severity}"))
        .collect();
    said.join(", ")
}

/// The versions that fix a finding, each once, or the state in words where there is none.
pub(crate) fn fix(finding: &Finding) -> String {
    let mut versions: Vec<&str> = Vec::new();
    for version in finding
        .statements
        .iter()
        .flat_map(|statement| &statement.fix.versions)
    {
        if !versions.contains(&version.as_str()) {
            versions.push(version);
        }
    }
    if !versions.is_empty() {
        return versions.join(", ");
    }
    let states = finding.statements.iter().map(|statement| statement.fix.state);
    match states.max() {
        Some(FixState::Fixed) => "yes",
        Some(FixState::NotFixed) => "none yet",
        Some(FixState::WontFix) => "won't fix",
        Some(FixState::Deferred) => "deferred",
        Some(FixState::UnderInvestigation) => "in question",
        Some(FixState::NotAffected) => "not affected",
        _ => "",
    }
    .to_owned()
}

/// Name and version of a package, or the first place of what has none.
pub(crate) fn component(finding: &Finding) -> String {
    match &finding.package {
        Some(package) => named(package),
        None => place(finding),
    }
}

/// `openssl 3.0.1`.
pub(crate) fn named(package: &Package) -> String {
    match &package.version {
        Some(version) => format!("{} {version}", package.name),
        None => package.name.clone(),
    }
}

/// The first place that a statement gives, `path:line`.
pub(crate) fn place(finding: &Finding) -> String {
    let mut locations = finding
        .statements
        .iter()
        .flat_map(|statement| &statement.locations);
    match locations.next() {
        Some(location) => match location.line {
            Some(line) => format!("{}:{line}", location.path),
            None => location.path.clone(),
        },
        None => String::new(),
    }
}

/// `1 critical, 2 high`, worst first; empty where there is nothing.
pub(crate) fn by_severity(counts: &Counts) -> String {
    let parts: Vec<String> = Severity::ALL
        .into_iter()
        .filter_map(|severity| {
            let unique: u64 = counts.kinds().map(|kind| counts.get(kind, severity).unique).sum();
            (unique > 0).then(|| format!("{unique} {severity}"))
        })
        .collect();
    parts.join(", ")
}

/// `1 finding`, `2 findings`.
pub(crate) fn plural(count: u64, one: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else if let Some(stem) = one.strip_suffix('y') {
        format!("{count} {stem}ies")
    } else {
        format!("{count} {one}s")
    }
}
