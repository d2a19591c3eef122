//! The outcome of a policy's test cases.

use std::io::{self, Write};
use std::path::PathBuf;

use sealift_gate::TestOutcome;

use super::Layout;
use super::escape::line;
use super::style::Style;

/// One case and what it came to.
pub(crate) struct Case {
    pub(crate) path: PathBuf,
    pub(crate) description: Option<String>,
    pub(crate) outcome: TestOutcome,
}

/// Writes a line for each case, and below a failed one what differs and why.
pub(crate) fn cases(cases: &[Case], layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    for case in cases {
        let (word, style) = if case.outcome.passed() {
            ("ok", Style::Good)
        } else {
            ("FAILED", Style::Bad)
        };
        let description = case
            .description
            .as_deref()
            .map_or_else(String::new, |text| format!(": {}", line(text)));
        writeln!(
            out,
            "{} {}{description}",
            layout.paint.apply(word, style),
            line(&case.path.display().to_string())
        )?;
        for failure in &case.outcome.failures {
            writeln!(out, "  {}", line(failure))?;
        }
        if !case.outcome.passed() {
            for rule in case
                .outcome
                .report
                .denials()
                .chain(case.outcome.report.warnings())
            {
                writeln!(
                    out,
                    "  {} {}: {}, {} violation(s)",
                    rule.verdict,
                    line(&rule.name),
                    rule.outcome.as_str(),
                    rule.violations_total
                )?;
            }
        }
    }
    let passed = cases.iter().filter(|case| case.outcome.passed()).count();
    writeln!(out, "{passed} of {} passed", cases.len())
}
