//! The verdict as `JUnit` XML: a test case for each rule.

use std::io::{self, Write};

use sealift_gate::{Report, RuleReport, Verdict};

use super::super::escape::xml;

/// Violations spelt out in a failure.
const SHOWN: usize = 100;

/// Writes a test case for each rule: failed where it denies, with its warnings in `system-out` where it warns.
pub(crate) fn report(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let failures = report.denials().count();
    let tests = report.rules.len();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"sealift gate\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
    )?;
    writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">",
        xml(&report.policy)
    )?;
    for rule in &report.rules {
        let name = xml(&rule.name);
        write!(
            out,
            "    <testcase classname=\"gate.{}\" name=\"{name}\"",
            rule.id.as_str()
        )?;
        match rule.verdict {
            Verdict::Pass => writeln!(out, "/>")?,
            Verdict::Warn => writeln!(
                out,
                "><system-out>warning: {}</system-out></testcase>",
                xml(&reasons(rule))
            )?,
            Verdict::Deny => writeln!(
                out,
                "><failure type=\"{}\" message=\"{}\">{}</failure></testcase>",
                rule.outcome.as_str(),
                xml(rule.remedy.as_deref().unwrap_or("denied")),
                xml(&reasons(rule))
            )?,
        }
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn reasons(rule: &RuleReport) -> String {
    let mut lines: Vec<String> = super::remarks(rule)
        .take(SHOWN)
        .map(|(label, text)| format!("{label}: {text}"))
        .collect();
    lines.extend(
        rule.violations
            .iter()
            .take(SHOWN)
            .map(|violation| violation.message.clone()),
    );
    let more = rule
        .violations_total
        .saturating_sub(rule.violations.len().min(SHOWN) as u64);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    // Each on a line of its own: a message from outside cannot begin another.
    lines
        .iter()
        .map(|line| line.replace(['\n', '\r'], " "))
        .collect::<Vec<_>>()
        .join("\n")
}
