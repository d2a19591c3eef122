//! The one order in which reports and findings are written, so that equal input gives equal bytes.

use std::cmp::{Ordering, Reverse};

use sealift_types::{Finding, FindingSet, Report, Severity, Statement};

/// Sorts `set` into its documented order and points the statements at the reports' new places.
///
/// Reports: by scanner, content digest, run, source. Findings: worst severity first, then kind, id, package and the
/// statements. A statement whose report does not exist gets an empty one, so that every index is valid.
pub(crate) fn sort(set: &mut FindingSet) {
    let needed = set
        .findings
        .iter()
        .flat_map(|finding| &finding.statements)
        .map(|statement| statement.report as usize + 1)
        .max()
        .unwrap_or(0);
    if needed > set.reports.len() {
        let unknown = u32::try_from(set.reports.len()).unwrap_or(u32::MAX);
        for statement in set.findings.iter_mut().flat_map(|f| &mut f.statements) {
            statement.report = statement.report.min(unknown);
        }
        set.reports.push(Report::default());
    }
    let places = sort_reports(&mut set.reports);
    for finding in &mut set.findings {
        for statement in &mut finding.statements {
            statement.report = places[statement.report as usize];
        }
        finding.statements.sort_by(compare_statements);
    }
    sort_findings(&mut set.findings);
}

/// Sorts reports; the answer gives the new place of each old one.
pub(crate) fn sort_reports(reports: &mut Vec<Report>) -> Vec<u32> {
    let mut indexed: Vec<(usize, Report)> = std::mem::take(reports).into_iter().enumerate().collect();
    indexed.sort_by(|(_, a), (_, b)| compare_reports(a, b));
    let mut places = vec![0; indexed.len()];
    for (place, (old, report)) in indexed.into_iter().enumerate() {
        places[old] = u32::try_from(place).unwrap_or(u32::MAX);
        reports.push(report);
    }
    places
}

/// Sorts findings into their documented order.
pub(crate) fn sort_findings(findings: &mut Vec<Finding>) {
    // Findings are large: their places are sorted, then each is moved once.
    let mut order: Vec<(Reverse<Severity>, usize)> = findings
        .iter()
        .enumerate()
        .map(|(place, finding)| (Reverse(finding.worst_severity()), place))
        .collect();
    order.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then_with(|| compare_identities(&findings[a.1], &findings[b.1]))
    });
    *findings = order
        .into_iter()
        .map(|(_, place)| std::mem::take(&mut findings[place]))
        .collect();
}

/// Scanner, digest, run, source; equal ones by their whole JSON.
pub(crate) fn compare_reports(a: &Report, b: &Report) -> Ordering {
    (&a.scanner, &a.digest, a.run, &a.source)
        .cmp(&(&b.scanner, &b.digest, b.run, &b.source))
        .then_with(|| if a == b { Ordering::Equal } else { by_json(a, b) })
}

/// Everything but the severity; a total order.
pub(crate) fn compare_identities(a: &Finding, b: &Finding) -> Ordering {
    a.kind
        .cmp(&b.kind)
        .then_with(|| a.id.cmp(&b.id))
        .then_with(|| match (&a.package, &b.package) {
            (Some(a), Some(b)) => (&a.name, &a.version, a).cmp(&(&b.name, &b.version, b)),
            (a, b) => a.is_some().cmp(&b.is_some()),
        })
        .then_with(|| {
            let pairs = a.statements.iter().zip(&b.statements);
            pairs
                .map(|(a, b)| compare_statements(a, b))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        })
        .then_with(|| if a == b { Ordering::Equal } else { by_json(a, b) })
}

/// A total order of statements: by report, id and place; the rest decides by JSON, which is rare.
pub(crate) fn compare_statements(a: &Statement, b: &Statement) -> Ordering {
    a.report
        .cmp(&b.report)
        .then_with(|| a.id.cmp(&b.id))
        .then_with(|| a.package.cmp(&b.package))
        .then_with(|| a.locations.cmp(&b.locations))
        .then_with(|| a.severity.cmp(&b.severity))
        .then_with(|| if a == b { Ordering::Equal } else { by_json(a, b) })
}

fn by_json<T: serde::Serialize>(a: &T, b: &T) -> Ordering {
    let text = |value: &T| serde_json::to_string(value).unwrap_or_default();
    text(a).cmp(&text(b))
}
