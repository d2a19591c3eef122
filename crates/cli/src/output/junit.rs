//! `JUnit` XML, as Jenkins' and GitLab's readers take it: a test suite for each kind of finding.

use std::io::{self, Write};

use sealift_types::{Finding, Kind};

use super::escape::xml;
use super::scan_view::{self, ScanView};

/// Writes a failed test case for each finding and a passed one for each report that was read.
pub(crate) fn scan(view: &ScanView, out: &mut dyn Write) -> io::Result<()> {
    let failures = view.set.findings.len();
    let reports = view.set.reports.len();
    let errors = view.unreadable.len();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"sealift scan\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\">",
        failures + reports + errors
    )?;
    writeln!(
        out,
        "  <testsuite name=\"reports\" tests=\"{}\" failures=\"0\" errors=\"{errors}\">",
        reports + errors
    )?;
    for report in &view.set.reports {
        writeln!(
            out,
            "    <testcase classname=\"report.{}\" name=\"{}\"/>",
            xml(&report.scanner),
            xml(&report.source)
        )?;
    }
    for each in &view.unreadable {
        writeln!(
            out,
            "    <testcase classname=\"report\" name=\"{}\"><error type=\"unreadable\" message=\"{}\"/></testcase>",
            xml(&each.source),
            xml(&each.error)
        )?;
    }
    writeln!(out, "  </testsuite>")?;
    for kind in view.merged.kinds() {
        let findings: Vec<&Finding> = view
            .set
            .findings
            .iter()
            .filter(|finding| finding.kind == kind)
            .collect();
        if !findings.is_empty() {
            suite(kind, &findings, view, out)?;
        }
    }
    writeln!(out, "</testsuites>")
}

fn suite(kind: Kind, findings: &[&Finding], view: &ScanView, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "  <testsuite name=\"{kind}\" tests=\"{0}\" failures=\"{0}\" errors=\"0\">",
        findings.len()
    )?;
    for finding in findings {
        let fix = match scan_view::fix(finding) {
            fix if fix.is_empty() => "not stated".to_owned(),
            fix => fix,
        };
        writeln!(
            out,
            "    <testcase classname=\"{kind}\" name=\"{}\"><failure type=\"{}\" message=\"{}\">said by: {}&#10;fixed in: {}</failure></testcase>",
            xml(&format!("{} {}", finding.id, scan_view::component(finding))),
            finding.worst_severity(),
            xml(finding.title.as_deref().unwrap_or_default()),
            xml(&scan_view::said_by(finding, &view.set.reports)),
            xml(&fix),
        )?;
    }
    writeln!(out, "  </testsuite>")
}
