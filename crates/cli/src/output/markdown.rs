//! Findings and counts as Markdown, for a job summary or a comment.

use std::fmt::Write as _;
use std::io::{self, Write};

use sealift_types::{BaselineState, Finding, Kind, Severity};

use super::escape::{markdown, markdown_code};
use super::scan_view::{self, ScanView, SummaryView, plural};
use crate::counts::Counts;

/// GitHub keeps a job summary of at most 1 MiB for each step and drops a longer one whole
/// (docs.github.com, "Workflow commands", "Job summaries").
pub(crate) const MAX_BYTES: usize = 1 << 20;

/// Left for the closing lines, and for what other commands of the step write.
const RESERVED: usize = 64 << 10;

/// Writes the counts, then the findings, worst first, as many as fit.
pub(crate) fn scan(view: &ScanView, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::from("## Scan\n\n");
    let _ = writeln!(text, "{}\n", super::text::headline(view));
    counts_table(
        &mut text,
        view.set
            .reports
            .iter()
            .zip(&view.report_counts)
            .map(|(report, counts)| (report.source.as_str(), report.scanner.as_str(), counts)),
        (view.set.reports.len() > 1 || view.hidden > 0).then_some(&view.merged),
    );
    unreadable(&mut text, &view.unreadable);
    let scanners = scan_view::scanners(&view.set.reports);
    findings_table(&mut text, "Findings", &view.set.findings, view, &scanners);
    if let Some(compared) = view
        .comparison
        .as_ref()
        .filter(|compared| !compared.fixed.is_empty())
    {
        fixed(&mut text, &compared.fixed);
    }
    out.write_all(text.as_bytes())
}

fn fixed(text: &mut String, findings: &[Finding]) {
    let _ = writeln!(text, "### Fixed since the baseline\n");
    for (index, finding) in findings.iter().enumerate() {
        if text.len() > MAX_BYTES - RESERVED / 2 {
            let _ = writeln!(text, "- and {} more", findings.len() - index);
            break;
        }
        let _ = writeln!(
            text,
            "- {} {} {}",
            finding.worst_severity(),
            id(&finding.id),
            markdown_code(&scan_view::component(finding))
        );
    }
    text.push('\n');
}

/// Writes counts by severity.
pub(crate) fn summary(view: &SummaryView, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::from("## Scan summary\n\n");
    counts_table(
        &mut text,
        view.reports
            .iter()
            .map(|(report, counts)| (report.source.as_str(), report.scanner.as_str(), counts)),
        view.merged.as_ref().filter(|_| view.reports.len() > 1),
    );
    unreadable(&mut text, &view.unreadable);
    out.write_all(text.as_bytes())
}

fn counts_table<'a>(
    text: &mut String,
    reports: impl Iterator<Item = (&'a str, &'a str, &'a Counts)>,
    merged: Option<&'a Counts>,
) {
    text.push_str("| report | scanner | kind | critical | high | medium | low | negligible | unknown | total | fixable |\n");
    text.push_str("|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    let mut left_out = 0_u64;
    for (source, scanner, counts) in reports {
        if text.len() > MAX_BYTES / 4 {
            left_out += 1;
            continue;
        }
        counts_rows(text, &markdown_code(source), &markdown(scanner), counts);
    }
    if let Some(merged) = merged {
        counts_rows(text, "**shown, merged**", "", merged);
    }
    text.push('\n');
    if left_out > 0 {
        let _ = writeln!(text, "{} not in this table.\n", plural(left_out, "report"));
    }
}

fn counts_rows(text: &mut String, name: &str, scanner: &str, counts: &Counts) {
    for kind in counts.kinds() {
        let _ = write!(text, "| {name} | {scanner} | {kind} |");
        for severity in Severity::ALL {
            let _ = write!(text, " {} |", counts.get(kind, severity).unique);
        }
        let total = counts.total(kind);
        let _ = writeln!(text, " {} | {} |", total.unique, total.fixable);
    }
}

fn unreadable(text: &mut String, unreadable: &[scan_view::Unreadable]) {
    for each in unreadable.iter().take(100) {
        let _ = writeln!(
            text,
            "- **could not be read**: {}: {}",
            markdown_code(&each.source),
            markdown(&each.error)
        );
    }
    if !unreadable.is_empty() {
        text.push('\n');
    }
}

fn findings_table(
    text: &mut String,
    heading: &str,
    findings: &[Finding],
    view: &ScanView,
    scanners: &[&str],
) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(text, "### {heading}\n");
    let compared = view.comparison.is_some();
    text.push_str("| severity | id | what | fixed in |");
    let mut rule = String::from("|---|---|---|---|");
    if compared {
        text.push_str(" state |");
        rule.push_str("---|");
    }
    for scanner in scanners {
        let _ = write!(text, " {} |", markdown(scanner));
        rule.push_str("---|");
    }
    if scanners.is_empty() {
        text.push_str(" said by |");
        rule.push_str("---|");
    }
    let _ = writeln!(text, "\n{rule}");
    for (index, finding) in findings.iter().enumerate() {
        let row = finding_row(finding, view, scanners, compared);
        if text.len() + row.len() > MAX_BYTES - RESERVED {
            let _ = writeln!(
                text,
                "\n{} more, less severe than these, are not shown: a job summary holds 1 MiB.",
                findings.len() - index
            );
            break;
        }
        text.push_str(&row);
    }
    text.push('\n');
}

fn finding_row(finding: &Finding, view: &ScanView, scanners: &[&str], compared: bool) -> String {
    let mut row = format!(
        "| {} | {} | {} | {} |",
        finding.worst_severity(),
        id(&finding.id),
        match finding.kind {
            Kind::Vulnerability => markdown_code(&scan_view::component(finding)),
            kind => format!("{kind} {}", markdown_code(&scan_view::component(finding))),
        },
        markdown(&scan_view::fix(finding))
    );
    if compared {
        row.push_str(match finding.baseline {
            Some(BaselineState::New) => " new |",
            _ => " |",
        });
    }
    for scanner in scanners {
        let said = scan_view::severity_by(finding, &view.set.reports, scanner);
        let _ = write!(row, " {} |", said.map_or("", Severity::as_str));
    }
    if scanners.is_empty() {
        let _ = write!(
            row,
            " {} |",
            markdown(&scan_view::said_by(finding, &view.set.reports))
        );
    }
    row.push('\n');
    row
}

/// An id; one that is surely a CVE or a GHSA gets a link of ours. Links that a report states are not followed from
/// here: a report is untrusted.
pub(crate) fn id(id: &str) -> String {
    let digits = |text: &str| !text.is_empty() && text.len() <= 8 && text.bytes().all(|b| b.is_ascii_digit());
    let is_cve = id
        .strip_prefix("CVE-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(year, number)| digits(year) && digits(number));
    let is_ghsa = id.strip_prefix("GHSA-").is_some_and(|rest| {
        rest.len() == 14
            && rest
                .split('-')
                .all(|group| group.len() == 4 && group.bytes().all(|b| b.is_ascii_alphanumeric()))
    });
    if is_cve {
        format!("[{id}](https://www.cve.org/CVERecord?id={id})")
    } else if is_ghsa {
        format!("[{id}](https://github.com/advisories/{id})")
    } else {
        markdown_code(id)
    }
}
