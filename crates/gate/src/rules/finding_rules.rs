//! Rules over the findings of scanners: by severity, and by number.

use std::collections::HashSet;

use sealift_types::{Kind, Severity};
use serde::{Deserialize, Serialize};

use super::{Judge, Judgement};
use crate::context::{Context, View};
use crate::policy::{DEFAULT_SEVERITY, Scope};
use crate::units::Period;

const HAND_IN: &str = "hand in a report of each scanner that the rule names, about this image";

/// Options of `severity-threshold`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeverityThreshold {
    /// The lowest severity that counts, in the scanner's own rating. Default: high.
    pub severity: Severity,
    /// Whose statements are judged by; each of them must have a report. Default: all scanners, at least one.
    pub scanners: Vec<String>,
    /// Whether a vulnerability counts only where a version fixes it. Default: no.
    pub fixable_only: bool,
    /// How long after publication a vulnerability without a fix is tolerated. Default: not at all. One whose date
    /// is not known counts.
    pub unfixed_grace: Option<Period>,
    /// How long after publication any vulnerability is tolerated. Default: not at all.
    pub published_grace: Option<Period>,
    /// How long after its fix became available a vulnerability is tolerated. Default: not at all. One whose fix has
    /// no date counts.
    pub fix_grace: Option<Period>,
    /// Whether only findings that the baseline does not have count. Default: no. Without a baseline all are new.
    pub new_only: bool,
    /// Whether a vulnerability whose severity is not known counts. Default: it does not, and a note says how many.
    pub unknown_severity: UnknownSeverity,
    /// Which findings are looked at. Default: all.
    pub scope: Scope,
}

impl Default for SeverityThreshold {
    fn default() -> Self {
        Self {
            severity: DEFAULT_SEVERITY,
            scanners: Vec::new(),
            fixable_only: false,
            unfixed_grace: None,
            published_grace: None,
            fix_grace: None,
            new_only: false,
            unknown_severity: UnknownSeverity::default(),
            scope: Scope::default(),
        }
    }
}

/// What a threshold does with a severity that is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnknownSeverity {
    /// Below every threshold.
    #[default]
    Ignore,
    /// Above every threshold.
    Count,
}

impl SeverityThreshold {
    /// Why the finding is tolerated; `None` where it is not.
    fn grace(&self, view: &View, context: &Context<'_>) -> Option<Grace> {
        let within = |grace: Option<Period>, since: Option<jiff::Timestamp>| {
            grace
                .zip(since)
                .is_some_and(|(grace, since)| !grace.has_passed(since, context.now))
        };
        if self.fixable_only && view.has_no_fix() {
            Some(Grace::NoFix)
        } else if within(self.published_grace, view.published)
            || view.has_no_fix() && within(self.unfixed_grace, view.published)
            || view.fixable && within(self.fix_grace, view.fix_available)
        {
            Some(Grace::Period)
        } else {
            None
        }
    }

    fn count_unknowns(&self, view: &View, hits: &mut Unknowns) {
        let asks_for_fix = self.fixable_only || self.unfixed_grace.is_some();
        let asks_for_published =
            self.published_grace.is_some() || self.unfixed_grace.is_some() && view.has_no_fix();
        hits.labels += u64::from(view.is_unread(self.severity));
        hits.fixes += u64::from(asks_for_fix && !view.fixable && !view.has_no_fix());
        hits.fix_dates += u64::from(self.fix_grace.is_some() && view.fixable && view.fix_available.is_none());
        hits.published += u64::from(asks_for_published && view.published.is_none());
    }
}

/// Findings that count, by what is not known of them.
#[derive(Default)]
struct Unknowns {
    labels: u64,
    fixes: u64,
    fix_dates: u64,
    published: u64,
}

impl Unknowns {
    /// Says how many count since something is not known that could have excused them.
    fn note(&self, judgement: &mut Judgement) {
        for (count, what) in [
            (
                self.labels,
                "counted, since the word for their severity is not understood",
            ),
            (
                self.fixes,
                "counted, since no report says whether a version fixes them",
            ),
            (
                self.fix_dates,
                "have no fix date, so `fix_grace` does not hold for them",
            ),
            (
                self.published,
                "have no date of publication, so no grace holds for them",
            ),
        ] {
            if count > 0 {
                judgement.note(format!("{count} finding(s) {what}"));
            }
        }
    }
}

enum Grace {
    NoFix,
    Period,
}

impl Judge for SeverityThreshold {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        let selection = judgement.need_scanners(context, &self.scanners);
        let (mut unknown, mut unfixable, mut in_grace) = (0_u64, 0_u64, 0_u64);
        let mut unknowns = Unknowns::default();
        for (index, finding) in context.findings().iter().enumerate() {
            // What is below the threshold by all scanners is so by the selected ones.
            if context.is_below(index, self.severity) || finding.kind != Kind::Vulnerability {
                continue;
            }
            let Some(view) = selection.view(finding) else {
                continue;
            };
            let severity = view.severity(self.severity);
            let is_unknown = severity == Severity::Unknown;
            let counts = match self.unknown_severity {
                UnknownSeverity::Count if is_unknown => true,
                _ => severity >= self.severity,
            };
            if !(counts || is_unknown)
                || !judgement.in_scope(context, &self.scope, finding)
                || judgement.is_old(context, self.new_only, index)
            {
                continue;
            }
            if !counts {
                unknown += 1;
                continue;
            }
            match self.grace(&view, context) {
                Some(Grace::NoFix) => unfixable += 1,
                Some(Grace::Period) => in_grace += 1,
                None => {
                    self.count_unknowns(&view, &mut unknowns);
                    judgement.hit(context, index, severity, None);
                }
            }
        }
        unknowns.note(judgement);
        for (count, what) in [
            (unknown, "not counted, since the severity is not known"),
            (unfixable, "not counted, since no version fixes them"),
            (in_grace, "not counted yet: their grace has not passed"),
        ] {
            if count > 0 {
                judgement.note(format!("{count} finding(s) {what}"));
            }
        }
        judgement.note_baseline(context, self.new_only);
        judgement.remedy_when_missing(HAND_IN);
        judgement
            .remedy("upgrade the packages in the way out, or write an exception with reason, owner and end");
    }
}

/// Options of `finding-count`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FindingCount {
    /// How many are tolerated. Default: 0.
    pub max: u64,
    /// The lowest severity that counts. Default: unknown, which is all.
    pub severity: Severity,
    /// What is counted. Default: findings.
    pub count: CountOf,
    /// Kinds that count. Default: vulnerabilities.
    pub kinds: Vec<Kind>,
    /// Whose statements are judged by. Default: all scanners, at least one.
    pub scanners: Vec<String>,
    /// Whether a finding counts only where a version fixes it. Default: no.
    pub fixable_only: bool,
    /// Whether only findings that the baseline does not have count. Default: no.
    pub new_only: bool,
    /// Which findings are looked at. Default: all.
    pub scope: Scope,
}

impl Default for FindingCount {
    fn default() -> Self {
        Self {
            max: 0,
            severity: Severity::Unknown,
            count: CountOf::Findings,
            kinds: vec![Kind::Vulnerability],
            scanners: Vec::new(),
            fixable_only: false,
            new_only: false,
            scope: Scope::default(),
        }
    }
}

/// What a count counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CountOf {
    /// Findings: one flaw in two packages is two.
    #[default]
    Findings,
    /// Flaws: one flaw in two packages is one.
    Ids,
}

impl Judge for FindingCount {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        let selection = judgement.need_scanners(context, &self.scanners);
        let mut counted = Vec::new();
        let mut ids = HashSet::new();
        let (mut total, mut unfixed) = (0_u64, 0_u64);
        for (index, finding) in context.findings().iter().enumerate() {
            if !self.kinds.contains(&finding.kind) {
                continue;
            }
            let Some(view) = selection.view(finding) else {
                continue;
            };
            let severity = view.severity(self.severity);
            if severity < self.severity
                || self.fixable_only && view.has_no_fix()
                || !judgement.in_scope(context, &self.scope, finding)
                || judgement.is_old(context, self.new_only, index)
            {
                continue;
            }
            unfixed += u64::from(self.fixable_only && !view.fixable);
            counted.push((index, severity));
            if context.exceptions.of(index).is_some() {
                continue;
            }
            total += match self.count {
                CountOf::Findings => 1,
                CountOf::Ids => u64::from(ids.insert(finding.id.as_str())),
            };
        }
        judgement.note(format!("{total} counted, {} tolerated", self.max));
        if unfixed > 0 {
            judgement.note(format!(
                "{unfixed} finding(s) counted, since no report says whether a version fixes them"
            ));
        }
        judgement.note_baseline(context, self.new_only);
        if total > self.max {
            for (index, severity) in counted {
                judgement.hit(context, index, severity, None);
            }
        }
        judgement.remedy_when_missing(HAND_IN);
        judgement.remedy(format!(
            "bring the number down to {}: upgrade the packages in the way out, or write exceptions",
            self.max
        ));
    }
}

macro_rules! by_severity {
    ($(#[$doc:meta])* $name:ident, $kind:expr, $remedy:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            /// The lowest severity that counts. Default: high.
            pub severity: Severity,
            /// Whose statements are judged by; each of them must have a report. Default: all scanners, at least one.
            pub scanners: Vec<String>,
            /// Whether only findings that the baseline does not have count. Default: no.
            pub new_only: bool,
            /// Which findings are looked at. Default: all.
            pub scope: Scope,
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    severity: DEFAULT_SEVERITY,
                    scanners: Vec::new(),
                    new_only: false,
                    scope: Scope::default(),
                }
            }
        }

        impl Judge for $name {
            fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
                let selection = judgement.need_scanners(context, &self.scanners);
                for (index, finding) in context.findings().iter().enumerate() {
                    let Some(view) = selection.view(finding).filter(|_| finding.kind == $kind) else {
                        continue;
                    };
                    let severity = view.severity(self.severity);
                    if severity >= self.severity
                        && judgement.in_scope(context, &self.scope, finding)
                        && !judgement.is_old(context, self.new_only, index)
                    {
                        judgement.hit(context, index, severity, None);
                    }
                }
                judgement.note_baseline(context, self.new_only);
                judgement.remedy_when_missing(HAND_IN);
                judgement.remedy($remedy);
            }
        }
    };
}

by_severity!(
    /// Options of `misconfiguration`.
    Misconfiguration,
    Kind::Misconfiguration,
    "change the configuration as the scanner's page for each id says, or write an exception"
);

by_severity!(
    /// Options of `code-finding`.
    CodeFinding,
    Kind::Code,
    "change the code as the analyser's page for each rule says, or write an exception"
);
