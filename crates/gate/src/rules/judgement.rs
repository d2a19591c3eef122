//! What a rule saw, before the policy says what follows from it.

use sealift_types::{Finding, Severity};

use crate::context::{Context, Selection};
use crate::policy::{Action, Rule, Scope};
use crate::report::{Outcome, Report, RuleReport, SubjectMatch, Verdict, Violation};

/// Collects what a rule sees.
#[derive(Default)]
pub(crate) struct Judgement {
    /// Findings against the image.
    pub(crate) hits: Vec<Hit>,
    /// Findings that would be against it but for an exception.
    excepted: Vec<Hit>,
    /// What is against it and is no finding.
    violations: Vec<Violation>,
    /// What is against it, but never more than a warning.
    warnings: Vec<Violation>,
    missing: Vec<String>,
    /// What nobody can tell.
    unclear: Vec<String>,
    /// What follows from each; absent for the rule's action.
    when_unclear: Vec<Option<Action>>,
    notes: Vec<String>,
    evidence: Vec<u32>,
    remedy: Option<String>,
    /// What to do about evidence that is missing, where it is something else.
    remedy_when_missing: Option<String>,
    /// Findings that were not counted, since the baseline has them too.
    pub(crate) old: Vec<u32>,
    /// Findings that were not counted, since the rule's scope leaves them out.
    out_of_scope: u64,
}

/// A finding that a rule holds against the image.
pub(crate) struct Hit {
    /// Its index in the set.
    pub(crate) finding: u32,
    /// The severity that the rule judged by.
    pub(crate) severity: Severity,
    /// What the rule adds to the message.
    pub(crate) note: Option<Box<str>>,
}

impl Judgement {
    /// A finding, set aside where an exception applies.
    pub(crate) fn hit(
        &mut self,
        context: &Context<'_>,
        finding: usize,
        severity: Severity,
        note: Option<String>,
    ) {
        let hit = Hit {
            finding: u32::try_from(finding).unwrap_or(u32::MAX),
            severity,
            note: note.map(Into::into),
        };
        if context.exceptions.of(finding).is_some() {
            self.excepted.push(hit);
        } else {
            self.hits.push(hit);
        }
    }

    /// Whether the rule looks at a finding that counts otherwise; those that it does not look at are noted.
    pub(crate) fn in_scope(&mut self, context: &Context<'_>, scope: &Scope, finding: &Finding) -> bool {
        let inside = context.in_scope(scope, finding);
        self.out_of_scope += u64::from(!inside);
        inside
    }

    /// Whether the baseline excuses a finding that counts otherwise; those that it does are noted.
    pub(crate) fn is_old(&mut self, context: &Context<'_>, new_only: bool, index: usize) -> bool {
        let old = new_only && context.baseline.has(&context.findings()[index]);
        if old {
            self.old.extend(u32::try_from(index));
        }
        old
    }

    /// What became of the baseline, where the rule only counts what is new.
    pub(crate) fn note_baseline(&mut self, context: &Context<'_>, new_only: bool) {
        if let Some(because) = context.baseline.why_all_are_new().filter(|_| new_only) {
            self.note(because);
        }
    }

    /// Something against the image that is no finding.
    pub(crate) fn violation(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// Something against the image that is no finding and needs one line only.
    pub(crate) fn against(&mut self, message: impl Into<String>, place: Option<String>) {
        self.violation(Violation {
            message: message.into(),
            place,
            ..Violation::default()
        });
    }

    /// Something against the image that is never more than a warning, whatever the rule's action.
    #[cfg(feature = "rego")]
    pub(crate) fn warn(&mut self, message: String) {
        self.warnings.push(Violation {
            message,
            ..Violation::default()
        });
    }

    /// Evidence that is missing, as a sentence.
    pub(crate) fn missing(&mut self, sentence: impl Into<String>) {
        self.missing.push(sentence.into());
    }

    /// Something that nobody can tell, and what follows from it; the rule's action where nothing is said.
    pub(crate) fn unclear(&mut self, sentence: impl Into<String>, action: Option<Action>) {
        self.unclear.push(sentence.into());
        self.when_unclear.push(action);
    }

    /// Something else to know.
    pub(crate) fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    /// What would make the rule pass, said where it does not.
    pub(crate) fn remedy(&mut self, sentence: impl Into<String>) {
        self.remedy = Some(sentence.into());
    }

    /// What would make the rule pass where nothing is against the image but evidence is missing.
    pub(crate) fn remedy_when_missing(&mut self, sentence: impl Into<String>) {
        self.remedy_when_missing = Some(sentence.into());
    }

    /// A scanner report that was judged by.
    pub(crate) fn uses(&mut self, report: usize) {
        self.evidence.extend(u32::try_from(report));
    }

    /// The reports of these scanners as evidence: each scanner needs one that can be used; where none is named, one
    /// of any scanner.
    pub(crate) fn need_scanners(&mut self, context: &Context<'_>, scanners: &[String]) -> Selection {
        for (index, evidence) in context.evidence.iter().enumerate() {
            if scanners.is_empty() || scanners.contains(&evidence.scanner) {
                self.uses(index);
            }
        }
        if scanners.is_empty() {
            if !context.evidence.iter().any(crate::report::Evidence::is_usable) {
                self.missing(why_missing(context, None));
            }
        } else {
            for scanner in scanners {
                let usable = |e: &crate::report::Evidence| e.scanner == *scanner && e.is_usable();
                if !context.evidence.iter().any(usable) {
                    self.missing(why_missing(context, Some(scanner)));
                }
            }
        }
        context.select(scanners)
    }

    /// The rule's part of the report, and the findings that stand against the image.
    pub(crate) fn finish(mut self, rule: &Rule, context: &Context<'_>) -> (RuleReport, Vec<Hit>) {
        let denied = self.hits.len() + self.violations.len();
        let violations_total = (denied + self.warnings.len()) as u64;
        let excepted_total = self.excepted.len() as u64;
        let violated = violations_total > 0;
        let followed = [
            (denied > 0).then_some(rule.action),
            violated.then_some(rule.action.min(Action::Warn)),
            (!self.missing.is_empty()).then_some(rule.when_missing.unwrap_or(rule.action)),
            self.when_unclear
                .iter()
                .map(|action| action.unwrap_or(rule.action))
                .max(),
        ];
        let verdict = match followed.into_iter().flatten().max() {
            Some(Action::Deny) => Verdict::Deny,
            Some(Action::Warn) => Verdict::Warn,
            Some(Action::Report) | None => Verdict::Pass,
        };
        let outcome = if violated {
            Outcome::Violated
        } else if !self.missing.is_empty() {
            Outcome::Missing
        } else if !self.unclear.is_empty() {
            Outcome::Unclear
        } else {
            Outcome::Satisfied
        };
        for (count, why) in [
            (
                self.old.len() as u64,
                "not counted, since the baseline has them too",
            ),
            (self.out_of_scope, "outside of the rule's scope"),
        ] {
            if count > 0 {
                self.note(format!("{count} finding(s) {why}"));
            }
        }
        let remedy = match outcome {
            Outcome::Satisfied => None,
            Outcome::Missing => self.remedy_when_missing.or(self.remedy),
            _ => self.remedy,
        };
        let mut violations = worst(&self.hits, context);
        append(&mut violations, self.violations);
        append(&mut violations, self.warnings);
        let excepted = worst(&self.excepted, context);
        for list in [&mut self.missing, &mut self.unclear, &mut self.notes] {
            let total = list.len();
            if total > Report::MAX_ITEMS {
                list.truncate(Report::MAX_ITEMS);
                list.push(format!("… and {} more", total - Report::MAX_ITEMS));
            }
        }
        let report = RuleReport {
            id: rule.id(),
            name: rule.name.clone(),
            action: rule.action,
            outcome,
            verdict,
            evidence: self.evidence,
            violations,
            violations_total,
            excepted,
            excepted_total,
            missing: self.missing,
            unclear: self.unclear,
            notes: self.notes,
            remedy,
        };
        (report, self.hits)
    }
}

/// Why no report of the scanner can be used, with what was handed in instead.
pub(crate) fn why_missing(context: &Context<'_>, scanner: Option<&str>) -> String {
    let whose = scanner.map_or_else(|| "any scanner".to_owned(), |scanner| format!("`{scanner}`"));
    let reports = context
        .evidence
        .iter()
        .filter(|evidence| scanner.is_none_or(|scanner| evidence.scanner == scanner));
    let mut reasons: Vec<String> = reports
        .map(|evidence| match evidence.subject {
            SubjectMatch::OtherImage => format!(
                "{} is not about this image: {}",
                evidence.source, evidence.because
            ),
            _ => format!(
                "{} holds no results of a whole run, so it proves nothing",
                evidence.source
            ),
        })
        .collect();
    let unreadable = &context.facts.unreadable;
    reasons.extend(
        unreadable
            .iter()
            .filter(|report| {
                report.scanner.is_none() || scanner.is_none() || report.scanner.as_deref() == scanner
            })
            .map(|report| format!("{} could not be read", report.source)),
    );
    if reasons.is_empty() {
        reasons.push("none was handed in".to_owned());
    }
    if reasons.len() > 3 {
        let more = reasons.len() - 3;
        reasons.truncate(3);
        reasons.push(format!("and {more} more"));
    }
    format!(
        "there is no report of {whose} to judge by: {}",
        reasons.join("; ")
    )
}

fn append(violations: &mut Vec<Violation>, mut more: Vec<Violation>) {
    more.truncate(Report::MAX_VIOLATIONS.saturating_sub(violations.len()));
    violations.append(&mut more);
}

/// The worst hits as violations. Most hits are not listed, so those below the severity that fills the list are not
/// compared at all, and only the listed ones are sorted.
fn worst(hits: &[Hit], context: &Context<'_>) -> Vec<Violation> {
    let findings = context.findings();
    let order = |a: &&Hit, b: &&Hit| {
        let (x, y) = (&findings[a.finding as usize], &findings[b.finding as usize]);
        b.severity
            .cmp(&a.severity)
            .then_with(|| x.id.cmp(&y.id))
            .then_with(|| x.package.cmp(&y.package))
            .then_with(|| a.finding.cmp(&b.finding))
    };
    let mut chosen: Vec<&Hit> = Vec::new();
    for severity in Severity::ALL {
        chosen.extend(hits.iter().filter(|hit| hit.severity == severity));
        if chosen.len() >= Report::MAX_VIOLATIONS {
            break;
        }
    }
    if chosen.len() > Report::MAX_VIOLATIONS {
        chosen.select_nth_unstable_by(Report::MAX_VIOLATIONS, order);
        chosen.truncate(Report::MAX_VIOLATIONS);
    }
    chosen.sort_unstable_by(order);
    chosen
        .into_iter()
        .map(|hit| {
            let mut violation = describe(hit, &findings[hit.finding as usize], context);
            violation.exception = context
                .exceptions
                .of(hit.finding as usize)
                .and_then(|applied| applied.reported);
            violation
        })
        .collect()
}

fn describe(hit: &Hit, finding: &Finding, context: &Context<'_>) -> Violation {
    let reports = &context.facts.findings.reports;
    let mut scanners: Vec<String> = finding
        .statements
        .iter()
        .filter_map(|statement| reports.get(statement.report as usize))
        .map(|report| report.scanner.clone())
        .collect();
    scanners.sort();
    scanners.dedup();
    let mut fixed: Vec<String> = finding
        .statements
        .iter()
        .flat_map(|statement| statement.fix.versions.iter().cloned())
        .collect();
    fixed.sort();
    fixed.dedup();
    fixed.truncate(10);
    let package = finding.package.as_ref();
    let place = match package {
        Some(_) => None,
        None => finding
            .statements
            .iter()
            .flat_map(|statement| &statement.locations)
            .map(|location| match location.line {
                Some(line) => format!("{}:{line}", location.path),
                None => location.path.clone(),
            })
            .min(),
    };
    let mut message = finding.id.clone();
    if let Some(package) = package {
        message.push_str(" in ");
        message.push_str(&package.name);
        if let Some(version) = &package.version {
            message.push(' ');
            message.push_str(version);
        }
    } else if let Some(place) = &place {
        message.push_str(" in ");
        message.push_str(place);
    }
    message.push_str(": ");
    message.push_str(hit.severity.as_str());
    if let Some(note) = &hit.note {
        message.push_str(", ");
        message.push_str(note);
    }
    if !fixed.is_empty() {
        message.push_str(", fixed in ");
        message.push_str(&fixed.join(" or "));
    }
    Violation {
        message,
        finding: Some(hit.finding),
        id: Some(finding.id.clone()),
        kind: Some(finding.kind),
        severity: Some(hit.severity),
        package: package.map(|package| package.name.clone()),
        installed: package.and_then(|package| package.version.clone()),
        fixed,
        scanners,
        place,
        exception: None,
    }
}
