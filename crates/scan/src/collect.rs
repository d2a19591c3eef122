//! Folds the rows of a report into findings.
//!
//! Scanners repeat themselves: one package in five folders gives five rows, a Snyk row stands for one way through
//! the dependency tree. Rows that state the same flaw of the same package become one finding; its statement counts
//! them and gathers their places. Each place of a code finding, a misconfiguration or a secret is its own finding.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

use sealift_types::{Finding, FindingSet, Fix, Kind, Location, Package, Report, Statement, Warning};

use crate::order;
use crate::read::Sink;

/// Links, ratings, fix versions and aliases kept when rows are folded; real rows repeat theirs. Bounds the work
/// that a report of many rows with one key can cause.
const MAX_FOLDED: usize = 64;

/// Gathers the rows of one file.
///
/// A finding that already has several statements (our own JSON read back) is kept as it is; its statements count
/// reports from the first one that follows.
#[derive(Default)]
pub(crate) struct Collector {
    set: FindingSet,
    /// From the hash of a key to the finding that has it. Two keys with one hash take neighbouring hashes.
    index: HashMap<u64, usize>,
    hasher: RandomState,
    disagreements: Disagreements,
}

/// Rows that were folded although they differ in what a reader may want to know.
#[derive(Default)]
struct Disagreements {
    severity: u64,
    suppression: u64,
}

impl Collector {
    /// The findings so far, in the order of [`FindingSet`].
    pub(crate) fn finish(mut self) -> FindingSet {
        order::sort(&mut self.set);
        self.set
    }

    fn hash(&self, finding: &Finding) -> u64 {
        self.hasher.hash_one(Row::of(finding))
    }
}

impl Sink for Collector {
    fn finding(&mut self, mut finding: Finding) {
        let base = u32::try_from(self.set.reports.len()).unwrap_or(u32::MAX);
        for statement in &mut finding.statements {
            statement.report = statement.report.saturating_add(base);
            statement.rows = statement.rows.max(1);
            let kept = u32::try_from(statement.locations.len()).unwrap_or(u32::MAX);
            statement.locations_total = statement.locations_total.max(kept);
            statement.locations.truncate(Statement::MAX_LOCATIONS);
            // Lists that grew by pushing hold room for four; most keep one. A large report has tens of thousands.
            statement.locations.shrink_to_fit();
            statement.ratings.shrink_to_fit();
        }
        if finding.statements.len() != 1 {
            self.set.findings.push(finding);
            return;
        }
        let mut slot = self.hash(&finding);
        while let Some(&known) = self.index.get(&slot) {
            let first = &mut self.set.findings[known];
            if Row::of(first) == Row::of(&finding) {
                fold(first, finding, &mut self.disagreements);
                return;
            }
            slot = slot.wrapping_add(1);
        }
        self.index.insert(slot, self.set.findings.len());
        self.set.findings.push(finding);
    }

    fn report(&mut self, mut report: Report) {
        let found = std::mem::take(&mut self.disagreements);
        if found.severity > 0 {
            report.warnings.push(Warning::new(
                "severity-differs-between-rows",
                format!(
                    "{} rows repeat a finding with another severity; the worst is kept",
                    found.severity
                ),
            ));
        }
        if found.suppression > 0 {
            report.warnings.push(Warning::new(
                "suppressed-in-part",
                format!(
                    "{} rows repeat a finding with another suppression; it counts as not suppressed",
                    found.suppression
                ),
            ));
        }
        self.set.reports.push(report);
        // Another run is another statement, so no key of this one may be met again.
        self.index.clear();
    }
}

/// What makes two rows of one run the same finding.
#[derive(PartialEq, Eq, Hash)]
struct Row<'a> {
    kind: Kind,
    canonical: &'a str,
    stated: &'a str,
    /// Name, version, type and purl.
    package: Option<[Option<&'a str>; 4]>,
    place: Option<(&'a str, Option<u32>)>,
}

impl<'a> Row<'a> {
    fn of(finding: &'a Finding) -> Self {
        let statement = finding.statements.first();
        let each_place = match finding.kind {
            Kind::Vulnerability | Kind::License => finding.package.is_none(),
            _ => true,
        };
        Self {
            kind: finding.kind,
            canonical: &finding.id,
            stated: statement.map_or("", |statement| &statement.id),
            package: finding.package.as_ref().map(|package| {
                [
                    Some(package.name.as_str()),
                    package.version.as_deref(),
                    package.package_type.as_deref(),
                    bare_purl(package),
                ]
            }),
            place: statement
                .and_then(|statement| statement.locations.first())
                .filter(|_| each_place)
                .map(|location| (location.path.as_str(), location.line)),
        }
    }
}

/// The purl without qualifiers: they hold the architecture, the epoch, the distribution.
fn bare_purl(package: &Package) -> Option<&str> {
    let purl = package.purl.as_deref()?;
    Some(purl.split(['?', '#']).next().unwrap_or(purl))
}

/// Adds a row to the finding that it repeats.
fn fold(first: &mut Finding, row: Finding, disagreements: &mut Disagreements) {
    unite(&mut first.aliases, row.aliases);
    first.aliases.sort();
    unite(&mut first.related, row.related);
    first.related.sort();
    unite(&mut first.links, row.links);
    first.title = first.title.take().or(row.title);
    first.description = first.description.take().or(row.description);
    if let (Some(package), Some(other)) = (&mut first.package, row.package) {
        package.source = package.source.take().or(other.source);
    }
    let Some(other) = row.statements.into_iter().next() else {
        return;
    };
    let statement = &mut first.statements[0];
    if other.severity != statement.severity {
        disagreements.severity += 1;
    }
    if other.severity > statement.severity {
        statement.severity = other.severity;
        statement.severity_label = other.severity_label;
        statement.severity_from = other.severity_from;
    }
    unite(&mut statement.ratings, other.ratings);
    fold_fix(&mut statement.fix, other.fix);
    statement.rows = statement.rows.saturating_add(other.rows);
    statement.locations_total = statement.locations_total.saturating_add(other.locations_total);
    extend_locations(&mut statement.locations, other.locations);
    statement.published = earliest(statement.published, other.published);
    statement.modified = statement.modified.max(other.modified);
    statement.epss = statement.epss.or(other.epss);
    statement.kev = statement.kev.take().or(other.kev);
    if statement.suppression != other.suppression {
        disagreements.suppression += 1;
        statement.suppression = None;
    }
}

/// A version that fixes one occurrence fixes the finding; versions are united.
fn fold_fix(fix: &mut Fix, other: Fix) {
    use sealift_types::FixState::{Fixed, Unknown};
    if fix.state == Unknown || (other.state == Fixed && fix.state != Fixed) {
        fix.state = other.state;
    }
    unite(&mut fix.versions, other.versions);
    fix.available = earliest(fix.available, other.available);
}

fn earliest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Rows repeat their places when they differ in something else, so equal ones are kept once.
fn extend_locations(kept: &mut Vec<Location>, more: Vec<Location>) {
    for location in more {
        if kept.len() >= Statement::MAX_LOCATIONS {
            return;
        }
        if !kept.contains(&location) {
            kept.push(location);
        }
    }
}

fn unite<T: PartialEq>(kept: &mut Vec<T>, more: Vec<T>) {
    for item in more {
        if kept.len() >= MAX_FOLDED {
            return;
        }
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use sealift_types::{FixState, Severity};

    use super::*;

    fn row(id: &str, package: &str, path: &str) -> Finding {
        Finding {
            id: id.to_owned(),
            package: Some(Package::named(package)),
            statements: vec![Statement {
                id: id.to_owned(),
                rows: 1,
                locations: vec![Location {
                    path: path.to_owned(),
                    ..Location::default()
                }],
                ..Statement::default()
            }],
            ..Finding::default()
        }
    }

    fn collect(rows: impl IntoIterator<Item = Finding>) -> FindingSet {
        let mut collector = Collector::default();
        rows.into_iter().for_each(|row| collector.finding(row));
        collector.report(Report::default());
        collector.finish()
    }

    #[test]
    fn rows_of_one_package_fold_and_keep_their_places() {
        let set = collect([
            row("CVE-1", "a", "x"),
            row("CVE-1", "a", "y"),
            row("CVE-1", "b", "x"),
        ]);
        assert_eq!(set.findings.len(), 2);
        let statement = &set.findings[0].statements[0];
        assert_eq!((statement.rows, statement.locations_total), (2, 2));
        assert_eq!(statement.locations[1].path, "y");
    }

    #[test]
    fn each_place_of_a_secret_is_a_finding() {
        let secret = |path| Finding {
            kind: Kind::Secret,
            ..row("aws-key", "", path)
        };
        assert_eq!(collect([secret("x"), secret("y"), secret("x")]).findings.len(), 2);
    }

    #[test]
    fn the_worst_row_decides_and_the_report_says_so() {
        let mut worse = row("CVE-1", "a", "x");
        worse.statements[0].severity = Severity::High;
        worse.statements[0].fix = Fix {
            state: FixState::Fixed,
            versions: vec!["2".to_owned()],
            available: None,
        };
        let set = collect([row("CVE-1", "a", "x"), worse]);
        let statement = &set.findings[0].statements[0];
        assert_eq!(statement.severity, Severity::High);
        assert_eq!(statement.fix.state, FixState::Fixed);
        assert_eq!(set.reports[0].warnings[0].code, "severity-differs-between-rows");
    }

    #[test]
    fn runs_of_one_file_stay_apart() {
        let mut collector = Collector::default();
        for scanner in ["b", "a"] {
            collector.finding(row("CVE-1", scanner, "x"));
            collector.report(Report {
                scanner: scanner.to_owned(),
                ..Report::default()
            });
        }
        let set = collector.finish();
        for finding in &set.findings {
            let report = &set.reports[finding.statements[0].report as usize];
            assert_eq!(report.scanner, finding.package.as_ref().unwrap().name);
        }
    }

    #[test]
    fn a_report_of_equal_rows_takes_linear_time() {
        let set = collect((0..50_000).map(|n| row("CVE-1", "a", &n.to_string())));
        let statement = &set.findings[0].statements[0];
        assert_eq!((statement.rows, statement.locations_total), (50_000, 50_000));
        assert_eq!(statement.locations.len(), Statement::MAX_LOCATIONS);
    }
}
