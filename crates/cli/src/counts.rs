//! How many findings there are, by kind and severity.

use std::collections::BTreeMap;

use sealift_scan::ReportSummary;
use sealift_types::{FindingSet, FixState, Kind, Severity};

/// All kinds.
const KINDS: [Kind; 5] = [
    Kind::Vulnerability,
    Kind::Misconfiguration,
    Kind::Secret,
    Kind::License,
    Kind::Code,
];

/// Rows, findings, and findings with a fix.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Rows of the reports.
    pub(crate) rows: u64,
    /// Distinct findings.
    pub(crate) unique: u64,
    /// Distinct findings that a version fixes.
    pub(crate) fixable: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.unique += other.unique;
        self.fixable += other.fixable;
    }
}

/// Counts of one report, or of a merged set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    by_kind: BTreeMap<Kind, BTreeMap<Severity, Count>>,
}

impl Counts {
    /// What each report of a set states by itself, in the order of [`FindingSet::reports`]. Severity and fix are the
    /// report's own.
    pub(crate) fn of_reports(set: &FindingSet) -> Vec<Self> {
        let mut all = vec![Self::default(); set.reports.len()];
        for finding in &set.findings {
            for statement in &finding.statements {
                if let Some(counts) = all.get_mut(statement.report as usize) {
                    counts.add(
                        finding.kind,
                        statement.severity,
                        Count {
                            rows: u64::from(statement.rows),
                            unique: 1,
                            fixable: u64::from(statement.fix.state == FixState::Fixed),
                        },
                    );
                }
            }
        }
        all
    }

    /// The set's findings by the worst severity that any scanner states; fixable where any states a fix.
    pub(crate) fn of_merged(set: &FindingSet) -> Self {
        let mut counts = Self::default();
        for finding in &set.findings {
            counts.add(
                finding.kind,
                finding.worst_severity(),
                Count {
                    rows: finding
                        .statements
                        .iter()
                        .map(|statement| u64::from(statement.rows))
                        .sum(),
                    unique: 1,
                    fixable: u64::from(finding.is_fixable()),
                },
            );
        }
        counts
    }

    pub(crate) fn add(&mut self, kind: Kind, severity: Severity, count: Count) {
        self.by_kind
            .entry(kind)
            .or_default()
            .entry(severity)
            .or_default()
            .add(count);
    }

    /// Kinds with at least one row; vulnerabilities always, first.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let others = self
            .by_kind
            .keys()
            .copied()
            .filter(|kind| *kind != Kind::Vulnerability);
        std::iter::once(Kind::Vulnerability).chain(others)
    }

    pub(crate) fn get(&self, kind: Kind, severity: Severity) -> Count {
        self.by_kind
            .get(&kind)
            .and_then(|severities| severities.get(&severity))
            .copied()
            .unwrap_or_default()
    }

    /// All severities of one kind together.
    pub(crate) fn total(&self, kind: Kind) -> Count {
        let mut total = Count::default();
        for severity in Severity::ALL {
            total.add(self.get(kind, severity));
        }
        total
    }

    /// Everything together.
    pub(crate) fn grand_total(&self) -> Count {
        let mut total = Count::default();
        for kind in self.by_kind.keys() {
            total.add(self.total(*kind));
        }
        total
    }
}

impl From<&ReportSummary> for Counts {
    fn from(summary: &ReportSummary) -> Self {
        let mut counts = Self::default();
        for kind in KINDS {
            for severity in Severity::ALL {
                let found = summary.get(kind, severity);
                if found.rows > 0 || found.findings > 0 {
                    counts.add(
                        kind,
                        severity,
                        Count {
                            rows: found.rows,
                            unique: found.findings,
                            fixable: found.fixable,
                        },
                    );
                }
            }
        }
        counts
    }
}
