//! Findings counted by report, kind and severity, without keeping them.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

use sealift_types::{Finding, FindingSet, Kind, Report, Severity, Statement};
use serde::Serialize;

use crate::read::Sink;

/// Findings counted, one entry for each report in the order given.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// The reports.
    pub reports: Vec<ReportSummary>,
}

/// What one report states, counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ReportSummary {
    /// The report.
    pub report: Report,
    /// Counts by kind and severity; those without a row are left out.
    pub counts: BTreeMap<&'static str, BTreeMap<&'static str, SeverityCounts>>,
}

/// Counts of one kind and severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SeverityCounts {
    /// Rows of the report.
    pub rows: u64,
    /// Findings: rows that state the same flaw of the same package are one, with the worst severity of them.
    pub findings: u64,
    /// Findings of which a row states a version that fixes them.
    pub fixable: u64,
}

impl ReportSummary {
    /// The counts of a kind and severity.
    pub fn get(&self, kind: Kind, severity: Severity) -> SeverityCounts {
        self.counts
            .get(kind.as_str())
            .and_then(|by_severity| by_severity.get(severity.as_str()))
            .copied()
            .unwrap_or_default()
    }

    /// The counts of a kind over all severities.
    pub fn total(&self, kind: Kind) -> SeverityCounts {
        let mut total = SeverityCounts::default();
        for counts in self
            .counts
            .get(kind.as_str())
            .into_iter()
            .flat_map(BTreeMap::values)
        {
            total.rows += counts.rows;
            total.findings += counts.findings;
            total.fixable += counts.fixable;
        }
        total
    }

    fn count(&mut self, kind: Kind, severity: Severity) -> &mut SeverityCounts {
        let by_severity = self.counts.entry(kind.as_str()).or_default();
        by_severity.entry(severity.as_str()).or_default()
    }
}

/// Counts a set that has been read.
///
/// A merged finding counts once in each report that states it, with that report's severity and fix.
pub fn summarize(set: &FindingSet) -> Summary {
    let mut summary = Summary {
        reports: set
            .reports
            .iter()
            .map(|report| ReportSummary {
                report: report.clone(),
                ..ReportSummary::default()
            })
            .collect(),
    };
    for finding in &set.findings {
        for statement in &finding.statements {
            if let Some(report) = summary.reports.get_mut(statement.report as usize) {
                let counts = report.count(finding.kind, statement.severity);
                counts.rows += u64::from(statement.rows);
                counts.findings += 1;
                counts.fixable += u64::from(statement.fix.is_available());
            }
        }
    }
    summary
}

/// Counts rows as they are read: a [`Sink`] that keeps a few bytes of each finding.
///
/// # Examples
/// ```
/// use sealift_scan::{Detail, ReadOptions, Summarizer, read};
/// use sealift_types::Kind;
///
/// let log = br#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"ruleId":"CVE-2024-1"}]}]}"#;
/// let mut options = ReadOptions::default();
/// options.detail = Detail::Keys;
/// let mut summarizer = Summarizer::default();
/// read(&log[..], &options, &mut summarizer)?;
/// assert_eq!(summarizer.finish().reports[0].total(Kind::Vulnerability).findings, 1);
/// # Ok::<(), sealift_scan::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Summarizer {
    summary: Summary,
    current: ReportSummary,
    /// From the hash of a finding's key to what its rows say together. The hash is keyed at random, so nobody can
    /// make two keys collide on purpose.
    seen: HashMap<u64, Seen>,
    hasher: RandomState,
    /// Our own JSON, read back: findings of several reports, which come after all of them.
    merged: FindingSet,
}

#[derive(Debug)]
struct Seen {
    kind: Kind,
    severity: Severity,
    is_fixable: bool,
}

impl Summarizer {
    /// The counts so far.
    pub fn finish(mut self) -> Summary {
        if !self.merged.findings.is_empty() {
            self.merged.reports = self
                .summary
                .reports
                .iter()
                .map(|entry| entry.report.clone())
                .collect();
            let merged = summarize(&self.merged);
            for (entry, more) in self.summary.reports.iter_mut().zip(merged.reports) {
                for (kind, by_severity) in more.counts {
                    for (severity, counts) in by_severity {
                        let total = entry.counts.entry(kind).or_default().entry(severity).or_default();
                        total.rows += counts.rows;
                        total.findings += counts.findings;
                        total.fixable += counts.fixable;
                    }
                }
            }
        }
        self.summary
    }

    fn key(&self, finding: &Finding, statement: &Statement) -> u64 {
        let package = finding.package.as_ref();
        let purl = package.and_then(|package| package.purl.as_deref());
        let each_place = !matches!(finding.kind, Kind::Vulnerability | Kind::License) || package.is_none();
        let place = statement.locations.first().filter(|_| each_place);
        self.hasher.hash_one((
            (finding.kind, &finding.id, &statement.id),
            package.map(|package| (&package.name, &package.version, &package.package_type)),
            purl.map(|purl| purl.split(['?', '#']).next()),
            place.map(|place| (&place.path, place.line)),
        ))
    }
}

impl Sink for Summarizer {
    fn finding(&mut self, mut finding: Finding) {
        if finding.statements.len() != 1 || finding.statements[0].report != 0 {
            let base = u32::try_from(self.summary.reports.len()).unwrap_or(u32::MAX);
            for statement in &mut finding.statements {
                statement.report = statement.report.saturating_add(base);
            }
            finding.title = None;
            finding.description = None;
            finding.links = Vec::new();
            self.merged.findings.push(finding);
            return;
        }
        let statement = &finding.statements[0];
        let rows = u64::from(statement.rows.max(1));
        self.current.count(finding.kind, statement.severity).rows += rows;
        let is_fixable = statement.fix.is_available();
        let key = self.key(&finding, statement);
        let severity = statement.severity;
        let seen = self.seen.entry(key).or_insert(Seen {
            kind: finding.kind,
            severity,
            is_fixable,
        });
        seen.severity = seen.severity.max(severity);
        seen.is_fixable |= is_fixable;
    }

    fn report(&mut self, report: Report) {
        let mut entry = std::mem::take(&mut self.current);
        for (_, seen) in self.seen.drain() {
            let counts = entry.count(seen.kind, seen.severity);
            counts.findings += 1;
            counts.fixable += u64::from(seen.is_fixable);
        }
        entry.report = report;
        self.summary.reports.push(entry);
    }
}
