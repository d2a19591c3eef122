//! The verdict in a GitHub workflow.

use std::io::Write;

use sealift_gate::{Report, RuleReport, Verdict};

use super::super::github::{Annotation, Level, annotate, job_summary, outputs};
use crate::error::Error;

/// Writes annotations, the job summary and the outputs `verdict`, `digest`, `denied`, `warned`, `findings`,
/// `excepted`, `violations`.
pub(crate) fn report(report: &Report, dry_run: bool, out: &mut dyn Write) -> Result<(), Error> {
    let rules = report.denials().chain(report.warnings());
    annotate(rules.flat_map(annotations), &super::headline(report), out)
        .map_err(|source| Error::Stdout { source })?;
    job_summary(|text| super::markdown::report(report, dry_run, text))?;
    outputs(&values(report))
}

/// What a rule says, most telling first: what is missing, then each violation.
fn annotations(rule: &RuleReport) -> impl Iterator<Item = Annotation> {
    let level = match rule.verdict {
        Verdict::Deny => Level::Error,
        Verdict::Warn | Verdict::Pass => Level::Warning,
    };
    let remedy = rule.remedy.as_deref().unwrap_or_default();
    let remarks = super::remarks(rule)
        .filter(|(label, _)| *label != "note")
        .map(move |(label, text)| Annotation {
            level,
            title: format!("{}: {label}", rule.name),
            message: format!("{text}\n{remedy}"),
        });
    let violations = rule.violations.iter().map(move |violation| Annotation {
        level,
        title: format!("{}: {}", rule.name, super::subject(violation)),
        message: violation.message.clone(),
    });
    remarks.chain(violations)
}

fn values(report: &Report) -> Vec<(&'static str, String)> {
    let names = |rules: Vec<&RuleReport>| -> String {
        rules
            .iter()
            .map(|rule| rule.name.as_str())
            .collect::<Vec<_>>()
            .join(",")
    };
    let digest = report
        .image
        .as_ref()
        .and_then(|image| image.digest.as_ref())
        .map(ToString::to_string);
    let violations: u64 = report.rules.iter().map(|rule| rule.violations_total).sum();
    vec![
        ("verdict", report.verdict.to_string()),
        ("digest", digest.unwrap_or_default()),
        ("denied", names(report.denials().collect())),
        ("warned", names(report.warnings().collect())),
        ("findings", report.findings.total.to_string()),
        ("excepted", report.findings.excepted.to_string()),
        ("violations", violations.to_string()),
    ]
}
