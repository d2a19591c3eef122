//! Sets into single statements, each as its scanner made it.

use std::collections::HashMap;

use sealift_types::{Finding, FindingSet, MatchTier, Report, Statement};

use super::Atom;
use crate::order;
use crate::symbols::Symbols;

/// All reports, each once, in their order; and all statements, pointing at them.
pub(super) fn take_apart(
    sets: impl IntoIterator<Item = FindingSet>,
    symbols: &mut Symbols,
) -> (Vec<Report>, Vec<Atom>) {
    let mut all_reports = Vec::new();
    let mut all_findings = Vec::new();
    for mut set in sets {
        let dangling = |statement: &Statement| statement.report as usize >= set.reports.len();
        if set.findings.iter().flat_map(|f| &f.statements).any(dangling) {
            // A set made by hand. An empty report takes what belongs to none.
            order::sort(&mut set);
        }
        let base = all_reports.len();
        all_reports.append(&mut set.reports);
        all_findings.push((base, set.findings));
    }
    let (reports, places) = unique(all_reports);
    let mut atoms = Vec::with_capacity(all_findings.iter().map(|(_, findings)| findings.len()).sum());
    for (base, findings) in all_findings {
        for finding in findings {
            split(finding, |mut finding| {
                let statement = &mut finding.statements[0];
                statement.report = places[base + statement.report as usize];
                let identity = symbols.identity(&finding, |report| &reports[report as usize].scanner);
                atoms.push(Atom { finding, identity });
            });
        }
    }
    (reports, atoms)
}

/// Sorted reports without repetition, and for each old report its place among them.
fn unique(reports: Vec<Report>) -> (Vec<Report>, Vec<u32>) {
    let mut sorted = reports;
    let sorted_places = order::sort_reports(&mut sorted);
    let mut unique: Vec<Report> = Vec::with_capacity(sorted.len());
    let mut by_content = HashMap::new();
    let mut places = Vec::with_capacity(sorted.len());
    for report in sorted {
        let next = u32::try_from(unique.len()).unwrap_or(u32::MAX);
        let place = match content(&report) {
            // Read twice, maybe under two names: the first name in order is kept.
            Some(content) => *by_content.entry(content).or_insert(next),
            None if unique.last() == Some(&report) => next - 1,
            None => next,
        };
        if place == next {
            unique.push(report);
        }
        places.push(place);
    }
    let places = sorted_places
        .into_iter()
        .map(|place| places[place as usize])
        .collect();
    (unique, places)
}

/// All that a report with a digest says, but for where it was read from. The digest alone is not enough: a set that
/// is read back states the digests itself, and must not replace what another file of that digest says.
fn content(report: &Report) -> Option<String> {
    report.digest.as_ref()?;
    let nameless = Report {
        source: String::new(),
        ..report.clone()
    };
    serde_json::to_string(&nameless).ok()
}

/// Gives each statement of `finding` as a finding of its own, as it was before it was merged.
fn split(mut finding: Finding, mut give: impl FnMut(Finding)) {
    finding.baseline = None;
    if let [statement] = finding.statements.as_mut_slice()
        && statement.stated.is_none()
        && statement.package.is_none()
    {
        statement.matched = MatchTier::Exact;
        give(finding);
        return;
    }
    let mut statements = std::mem::take(&mut finding.statements);
    let last = statements.pop();
    for statement in statements {
        give(restore(finding.clone(), statement));
    }
    if let Some(statement) = last {
        give(restore(finding, statement));
    }
}

fn restore(mut finding: Finding, mut statement: Statement) -> Finding {
    if let Some(stated) = statement.stated.take() {
        finding.id = stated.id;
        finding.aliases = stated.aliases;
        finding.related = stated.related;
        finding.title = stated.title;
        finding.description = stated.description;
        finding.links = stated.links;
    }
    finding.package = statement.package.take().or(finding.package);
    statement.matched = MatchTier::Exact;
    finding.statements = vec![statement];
    finding
}
