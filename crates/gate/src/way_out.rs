//! What would make an image pass: upgrades, a newer base image, and what no version fixes.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use sealift_types::{Finding, FixState, Kind, Severity};

use crate::context::Context;
use crate::report::{BaseImageNote, Outcome, Report, RuleReport, Unfixable, Upgrade, Verdict, WayOut};
use crate::rules::judgement::Hit;
use crate::version;

/// The way out of the rules that gave the verdict. A pass needs none.
pub(crate) fn find(context: &Context<'_>, judged: &[(RuleReport, Vec<Hit>)], verdict: Verdict) -> WayOut {
    let mut way_out = WayOut::default();
    if verdict == Verdict::Pass {
        return way_out;
    }
    let mut seen = vec![false; context.findings().len()];
    let mut packages = HashMap::new();
    let mut unfixable = Vec::new();
    let mut base = BaseImageNote::default();
    for (report, hits) in judged.iter().filter(|(report, _)| report.verdict == verdict) {
        let upgrades_help = report.outcome == Outcome::Violated && !hits.is_empty();
        if !upgrades_help || !report.missing.is_empty() {
            way_out.other.extend(other_remedy(report));
        }
        for hit in hits {
            if std::mem::replace(&mut seen[hit.finding as usize], true) {
                continue;
            }
            let finding = &context.findings()[hit.finding as usize];
            if finding.kind != Kind::Vulnerability {
                continue;
            }
            let in_base = context.in_base_image(finding);
            let fixes = fixes(finding);
            base.findings += u64::from(in_base == Some(true));
            base.fixable += u64::from(in_base == Some(true) && !fixes.is_empty());
            match (&finding.package, fixes.is_empty()) {
                (Some(package), false) => packages
                    .entry((
                        package.package_type.as_deref(),
                        package.name.as_str(),
                        package.version.as_deref(),
                    ))
                    .or_insert_with(Target::default)
                    .add(
                        package.package_type.as_deref(),
                        package.version.as_deref(),
                        finding,
                        &fixes,
                        in_base,
                    ),
                _ => unfixable.push((finding.worst_severity(), finding)),
            }
        }
        if hits
            .iter()
            .any(|hit| context.findings()[hit.finding as usize].kind != Kind::Vulnerability)
        {
            way_out.other.extend(other_remedy(report));
        }
    }
    way_out.other.dedup();
    let mut upgrades: Vec<Upgrade> = packages
        .into_iter()
        .map(|((package_type, name, installed), target)| target.upgrade(package_type, name, installed))
        .collect();
    upgrades.sort_by(|a, b| {
        (b.severity, b.closes_total)
            .cmp(&(a.severity, a.closes_total))
            .then_with(|| {
                (&a.package, &a.installed, &a.package_type).cmp(&(&b.package, &b.installed, &b.package_type))
            })
    });
    way_out.upgrades_total = upgrades.len() as u64;
    upgrades.truncate(Report::MAX_ITEMS);
    way_out.upgrades = upgrades;
    way_out.unfixable_total = unfixable.len() as u64;
    way_out.unfixable = worst_unfixable(unfixable);
    if base.findings > 0 {
        base.name = context
            .facts
            .image
            .as_ref()
            .and_then(|image| image.base_name.clone());
        base.advice = advice(&base);
        way_out.base_image = Some(base);
    }
    way_out
}

fn other_remedy(report: &RuleReport) -> Option<String> {
    report
        .remedy
        .as_ref()
        .map(|remedy| format!("{}: {remedy}", report.name))
}

fn advice(base: &BaseImageNote) -> String {
    let name = base.name.as_deref().unwrap_or("the base image");
    match base.fixable {
        0 => format!(
            "{} of them come from {name}, and no version fixes these yet",
            base.findings
        ),
        fixable => format!(
            "{} of them come from {name}; rebuilding on a newer one may close {fixable} of these without a change of \
             ours",
            base.findings
        ),
    }
}

/// The versions that fix a finding, as any scanner states them; some write several in one text.
fn fixes(finding: &Finding) -> Vec<&str> {
    const MAX: usize = 64;
    let mut fixes = Vec::new();
    let versions = finding
        .statements
        .iter()
        .flat_map(|statement| &statement.fix.versions);
    for version in versions.flat_map(|text| text.split(',')).map(str::trim) {
        if !version.is_empty() && fixes.len() < MAX && !fixes.contains(&version) {
            fixes.push(version);
        }
    }
    fixes
}

/// What a package must be upgraded to.
#[derive(Default)]
struct Target<'a> {
    to: Option<&'a str>,
    uncertain: bool,
    /// The first ids, [`Upgrade::MAX_IDS`] at most.
    closes: BTreeSet<&'a str>,
    total: u64,
    severity: Severity,
    base: Option<bool>,
}

impl<'a> Target<'a> {
    fn add(
        &mut self,
        package_type: Option<&str>,
        installed: Option<&str>,
        finding: &'a Finding,
        fixes: &[&'a str],
        in_base: Option<bool>,
    ) {
        let order = |a: &str, b: &str| version::compare(package_type, a, b).then_with(|| a.cmp(b));
        let newer = fixes.iter().copied().filter(|fix| {
            installed
                .is_none_or(|installed| version::compare(package_type, fix, installed) == Ordering::Greater)
        });
        let lowest = newer.min_by(|a, b| order(a, b));
        // Where no stated fix is above the installed version, the highest is the best guess.
        self.uncertain |= lowest.is_none();
        let fix = lowest.or_else(|| fixes.iter().copied().max_by(|a, b| order(a, b)));
        self.to = match (self.to, fix) {
            (Some(a), Some(b)) if order(a, b) == Ordering::Less => Some(b),
            (None, fix) => fix,
            (to, _) => to,
        };
        self.total += 1;
        if self.closes.len() < Upgrade::MAX_IDS
            || self.closes.last().is_some_and(|last| finding.id.as_str() < *last)
        {
            self.closes.insert(&finding.id);
            if self.closes.len() > Upgrade::MAX_IDS {
                self.closes.pop_last();
            }
        }
        self.severity = self.severity.max(finding.worst_severity());
        self.base = in_base;
    }

    fn upgrade(self, package_type: Option<&str>, name: &str, installed: Option<&str>) -> Upgrade {
        Upgrade {
            package: name.to_owned(),
            package_type: package_type.map(str::to_owned),
            installed: installed.map(str::to_owned),
            to: self.to.unwrap_or_default().to_owned(),
            certain: !self.uncertain,
            closes: self.closes.into_iter().map(str::to_owned).collect(),
            closes_total: self.total,
            severity: self.severity,
            from_base_image: self.base,
        }
    }
}

fn worst_unfixable(mut findings: Vec<(Severity, &Finding)>) -> Vec<Unfixable> {
    let order = |a: &(Severity, &Finding), b: &(Severity, &Finding)| {
        b.0.cmp(&a.0)
            .then_with(|| a.1.id.cmp(&b.1.id))
            .then_with(|| a.1.package.cmp(&b.1.package))
    };
    let listed = findings.len().min(Report::MAX_ITEMS);
    if listed < findings.len() {
        findings.select_nth_unstable_by(listed, order);
    }
    findings.truncate(listed);
    findings.sort_by(order);
    findings
        .into_iter()
        .map(|(severity, finding)| Unfixable {
            id: finding.id.clone(),
            package: finding.package.as_ref().map(|package| package.name.clone()),
            installed: finding
                .package
                .as_ref()
                .and_then(|package| package.version.clone()),
            severity,
            state: finding
                .statements
                .iter()
                .map(|statement| statement.fix.state)
                .max()
                .unwrap_or(FixState::Unknown),
        })
        .collect()
}
