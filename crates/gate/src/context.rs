//! What rules look at: the facts, prepared once for all rules.

use std::collections::HashMap;

use jiff::Timestamp;
use sealift_types::{Digest, Finding, FixState, Severity, Statement};

use crate::baseline::Baseline;
use crate::evidence;
use crate::exceptions::Exceptions;
use crate::facts::Facts;
use crate::policy::{Layers, Policy, Scope};
use crate::report::Evidence;
use crate::units::is_future;

/// The facts with what is derived from them.
pub(crate) struct Context<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) now: Timestamp,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) exceptions: Exceptions<'a>,
    pub(crate) baseline: Baseline<'a>,
    /// The lowest and the highest severity stated of each finding, so that a threshold need not look closer at most.
    severities: Vec<(Severity, Severity)>,
    /// Whether a layer is the base image's; `None` where two platforms disagree.
    layers: HashMap<&'a Digest, Option<bool>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(policy: &'a Policy, facts: &'a Facts, now: Timestamp) -> Self {
        Self {
            facts,
            now,
            evidence: evidence::collect(facts),
            exceptions: Exceptions::apply(policy, facts, now),
            baseline: Baseline::of(facts),
            severities: facts.findings.findings.iter().map(severities).collect(),
            layers: layers(facts),
        }
    }

    pub(crate) fn findings(&self) -> &'a [Finding] {
        &self.facts.findings.findings
    }

    /// Whether no scanner states the severity `least` or worse of the finding, and every one states some severity.
    pub(crate) fn is_below(&self, finding: usize, least: Severity) -> bool {
        self.severities
            .get(finding)
            .is_some_and(|(lowest, highest)| *lowest > Severity::Unknown && *highest < least)
    }

    /// Which reports `scanners` selects; none named selects all.
    pub(crate) fn select(&self, scanners: &[String]) -> Selection {
        let reports = self.facts.findings.reports.iter();
        Selection {
            reports: reports
                .map(|report| scanners.is_empty() || scanners.contains(&report.scanner))
                .collect(),
            now: self.now,
        }
    }

    /// Whether the finding lies in the base image: `None` where its layers do not tell. A finding in layers of
    /// both sorts is ours: upgrading the base alone does not remove it.
    pub(crate) fn in_base_image(&self, finding: &Finding) -> Option<bool> {
        if self.layers.is_empty() {
            return None;
        }
        let mut answer = None;
        for statement in &finding.statements {
            if statement.locations_total as usize > statement.locations.len() {
                return None;
            }
            for location in &statement.locations {
                match location.layer.as_ref().and_then(|layer| self.layers.get(layer)) {
                    Some(Some(true)) => answer = Some(answer.unwrap_or(true)),
                    Some(Some(false)) => answer = Some(false),
                    _ => {}
                }
            }
        }
        answer
    }

    /// Whether the rule looks at the finding. What cannot be told is looked at.
    pub(crate) fn in_scope(&self, scope: &Scope, finding: &Finding) -> bool {
        let name = finding.package.as_ref().map(|package| package.name.as_str());
        let named =
            |globs: &[crate::glob::NameGlob]| name.is_some_and(|name| globs.iter().any(|g| g.matches(name)));
        if !scope.packages.is_empty() && !named(&scope.packages) || named(&scope.except_packages) {
            return false;
        }
        if !scope.types.is_empty() {
            let package_type = finding.package.as_ref().and_then(|p| p.package_type.as_ref());
            let is_named = |t: &String| scope.types.iter().any(|named| named.eq_ignore_ascii_case(t));
            if package_type.is_some_and(|t| !is_named(t)) {
                return false;
            }
        }
        let has_paths = !scope.paths.is_empty() || !scope.except_paths.is_empty();
        if has_paths && !in_paths(scope, finding) {
            return false;
        }
        match (scope.layers, self.in_base_image(finding)) {
            (Layers::Any, _) | (_, None) => true,
            (Layers::Base, Some(base)) => base,
            (Layers::Own, Some(base)) => !base,
        }
    }
}

/// The lowest and the highest severity stated; both unknown where nothing is.
fn severities(finding: &Finding) -> (Severity, Severity) {
    let stated = || finding.statements.iter().map(|statement| statement.severity);
    (
        stated().min().unwrap_or_default(),
        stated().max().unwrap_or_default(),
    )
}

fn in_paths(scope: &Scope, finding: &Finding) -> bool {
    let mut locations = finding.statements.iter().flat_map(|s| &s.locations).peekable();
    let cut = finding
        .statements
        .iter()
        .any(|s| s.locations_total as usize > s.locations.len());
    if cut || locations.peek().is_none() {
        return true;
    }
    locations.any(|location| {
        // A layer without a path, as Trivy states for packages of the system: nobody knows where, so everywhere.
        if location.path.is_empty() {
            return true;
        }
        let fits = |globs: &[crate::glob::PathGlob]| globs.iter().any(|glob| glob.matches(&location.path));
        (scope.paths.is_empty() || fits(&scope.paths)) && !fits(&scope.except_paths)
    })
}

fn layers(facts: &Facts) -> HashMap<&Digest, Option<bool>> {
    let mut layers = HashMap::new();
    let platforms = facts.image.iter().flat_map(|image| &image.platforms);
    for platform in platforms {
        let Some(base_layers) = platform.base_layers else {
            continue;
        };
        for (index, layer) in platform.layers.iter().enumerate() {
            let base = index < base_layers as usize;
            for digest in [&layer.digest, &layer.diff_id].into_iter().flatten() {
                layers
                    .entry(digest)
                    .and_modify(|known: &mut Option<bool>| {
                        if *known != Some(base) {
                            *known = None;
                        }
                    })
                    .or_insert(Some(base));
            }
        }
    }
    layers
}

/// The reports that a rule judges by, by index.
pub(crate) struct Selection {
    reports: Vec<bool>,
    now: Timestamp,
}

impl Selection {
    /// The statements of selected reports. One that names a report that is not there counts for every rule.
    fn statements<'f>(&self, finding: &'f Finding) -> impl Iterator<Item = &'f Statement> {
        finding
            .statements
            .iter()
            .filter(|statement| *self.reports.get(statement.report as usize).unwrap_or(&true))
    }

    /// What the selected reports say of the finding; `None` where none of them states it. A finding without any
    /// statement counts for every rule.
    pub(crate) fn view(&self, finding: &Finding) -> Option<View> {
        let mut view = View::default();
        let mut stated = finding.statements.is_empty();
        for statement in self.statements(finding) {
            stated = true;
            view.severity = view.severity.max(statement.severity);
            if statement.severity == Severity::Unknown {
                let rated = by_ratings(statement);
                view.rated = view.rated.max(rated);
                view.unread |= rated == Severity::Unknown && is_unread(statement);
            }
        }
        // A severity is one scanner's opinion. Whether and when there was a fix is a fact, whoever states it.
        for statement in &finding.statements {
            let past = |date: Option<Timestamp>| date.filter(|date| !is_future(*date, self.now));
            view.fixable |= statement.fix.is_available();
            view.fix_stated |= statement.fix.state != FixState::Unknown;
            view.published = earliest(view.published, past(statement.published));
            view.fix_available = earliest(view.fix_available, past(statement.fix.available));
        }
        stated.then_some(view)
    }
}

/// What the selected reports say of a finding together. Where they disagree, the reading that excuses least.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct View {
    /// The worst severity stated.
    severity: Severity,
    /// The worst of the scores and other parties' severities, where a scanner's own is not known.
    rated: Severity,
    /// A scanner states a severity that nobody understands, and no score.
    unread: bool,
    pub(crate) fixable: bool,
    /// Some scanner says whether a version fixes it.
    fix_stated: bool,
    /// The earliest date that any scanner states; one in the future is no date.
    pub(crate) published: Option<Timestamp>,
    /// The same for the first fix.
    pub(crate) fix_available: Option<Timestamp>,
}

impl View {
    /// The severity to hold against the threshold `least`. A word that nobody understands is at every threshold: it
    /// may be a misspelt or a new word for the worst.
    pub(crate) fn severity(&self, least: Severity) -> Severity {
        let stated = self.severity.max(self.rated);
        if self.unread { stated.max(least) } else { stated }
    }

    /// Whether only a word that nobody understands brings it to the threshold.
    pub(crate) fn is_unread(&self, least: Severity) -> bool {
        self.unread && self.severity.max(self.rated) < least
    }

    /// Whether it is stated that no version fixes it. Where nothing is said of a fix there may be one.
    pub(crate) fn has_no_fix(&self) -> bool {
        self.fix_stated && !self.fixable
    }
}

/// The worst band among the ratings of a statement.
fn by_ratings(statement: &Statement) -> Severity {
    let bands = statement.ratings.iter().flat_map(|rating| {
        let band = rating.score.map(Severity::from_score);
        [rating.severity, band].into_iter().flatten()
    });
    let label = statement.severity_label.as_deref().and_then(Severity::from_label);
    bands.chain(label).max().unwrap_or_default()
}

/// Whether the scanner's word for the severity is none that we know, not even one for "unknown".
fn is_unread(statement: &Statement) -> bool {
    let label = statement.severity_label.as_deref().unwrap_or_default();
    !label.trim().is_empty() && Severity::from_label(label).is_none()
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use sealift_types::FindingSet;

    use super::*;

    #[test]
    fn only_what_is_stated_to_be_below_is_below() {
        let finding = |severities: &[Severity]| Finding {
            statements: severities
                .iter()
                .map(|severity| Statement {
                    severity: *severity,
                    ..Statement::default()
                })
                .collect(),
            ..Finding::default()
        };
        let check = |severities: &[Severity], expected| {
            let facts = Facts {
                findings: FindingSet {
                    findings: vec![finding(severities)],
                    ..FindingSet::default()
                },
                ..Facts::default()
            };
            let policy = Policy::default();
            let context = Context::new(&policy, &facts, Timestamp::UNIX_EPOCH);
            assert_eq!(context.is_below(0, Severity::High), expected, "{severities:?}");
        };
        check(&[Severity::Low, Severity::Medium], true);
        check(&[Severity::Low, Severity::High], false);
        check(&[Severity::Low, Severity::Unknown], false);
        check(&[], false);
    }
}
