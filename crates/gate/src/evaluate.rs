//! From policy, facts and time to a report.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::context::Context;
use crate::facts::Facts;
use crate::policy::Policy;
use crate::report::{FindingTotals, ImageSummary, Report, Verdict};
use crate::rules::Judgement;
use crate::way_out;

/// Judges the facts by the policy, as of `now`.
///
/// There is an answer for every input: what is missing or cannot be told is in the report under its own reason.
/// Nothing is read from a clock, the environment or a file, so the same three arguments give the same report, to the
/// byte. Takes time linear to the findings for each rule.
pub fn evaluate(policy: &Policy, facts: &Facts, now: Timestamp) -> Report {
    let context = Context::new(policy, facts, now);
    let mut judged = Vec::new();
    let mut not_counted = HashSet::new();
    for rule in policy.rules_in_force() {
        let mut judgement = Judgement::default();
        rule.check.judge(&context, &mut judgement);
        not_counted.extend(judgement.old.iter().copied());
        judged.push(judgement.finish(&rule, &context));
    }
    let verdict = judged
        .iter()
        .map(|(report, _)| report.verdict)
        .max()
        .unwrap_or(Verdict::Pass);
    let way_out = way_out::find(&context, &judged, verdict);
    Report {
        schema_version: Report::SCHEMA_VERSION,
        verdict,
        policy: policy.name.clone(),
        as_of: now,
        image: facts.image.as_ref().map(|image| ImageSummary {
            name: image.name.clone(),
            digest: image.digest.clone(),
            platforms: image
                .platforms
                .iter()
                .filter_map(|facts| facts.platform.clone())
                .collect(),
        }),
        findings: FindingTotals {
            total: context.findings().len() as u64,
            excepted: context.exceptions.excepted(),
        },
        baseline: context.baseline.report(&context, not_counted.len()),
        rules: judged.into_iter().map(|(report, _)| report).collect(),
        way_out,
        exceptions_total: context.exceptions.total,
        exceptions: context.exceptions.reports,
        evidence: context.evidence,
    }
}
