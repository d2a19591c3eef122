//! JSON, `schema_version` 1. Fields are added, never renamed or removed; `schemas/` describes each document.

use std::io::{self, Write};

use sealift_types::{Finding, Kind, Report, Severity};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::escape::JsonGuard;
use super::scan_view::{Compared, ScanView, SummaryView, Unreadable};
use crate::counts::{Count, Counts};

/// The version of every document here.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// Writes the findings, one on each line. Sealift reads this again as a report (`sealift-json`).
pub(crate) fn scan(view: &ScanView, out: &mut dyn Write) -> io::Result<()> {
    let mut out = JsonGuard::new(out);
    write!(out, "{{\"schema_version\":{SCHEMA_VERSION},\n\"reports\":")?;
    array(
        &mut out,
        view.set
            .reports
            .iter()
            .zip(&view.report_counts)
            .map(|(report, counts)| CountedReport {
                report,
                counts: CountsV1(counts),
            }),
    )?;
    out.write_all(b",\n\"findings\":")?;
    array(&mut out, &view.set.findings)?;
    out.write_all(b",\n\"summary\":")?;
    serde_json::to_writer(
        &mut out,
        &ScanSummary {
            findings: view.set.findings.len() as u64,
            hidden: view.hidden,
            counts: CountsV1(&view.merged),
        },
    )?;
    if let Some(compared) = &view.comparison {
        out.write_all(b",\n\"comparison\":")?;
        serde_json::to_writer(&mut out, &Comparison::from(compared))?;
    }
    out.write_all(b",\n\"unreadable\":")?;
    serde_json::to_writer(&mut out, &view.unreadable)?;
    out.write_all(b"}\n")
}

/// Writes counts by severity.
pub(crate) fn summary(view: &SummaryView, out: &mut dyn Write) -> io::Result<()> {
    let document = Summary {
        schema_version: SCHEMA_VERSION,
        reports: view
            .reports
            .iter()
            .map(|(report, counts)| ReportSummary {
                source: &report.source,
                run: report.run,
                digest: report.digest.as_ref(),
                format: &report.format,
                scanner: &report.scanner,
                tool: report.tool.as_deref(),
                version: report.version.as_deref(),
                created: report.created.as_ref(),
                database: report.database.as_ref(),
                subject: &report.subject,
                rows: &report.accounting,
                counts: CountsV1(counts),
                warnings: &report.warnings,
            })
            .collect(),
        merged: view.merged.as_ref().map(|counts| Merged {
            findings: counts.grand_total().unique,
            counts: CountsV1(counts),
        }),
        unreadable: &view.unreadable,
    };
    pretty(&document, out)
}

/// Writes a small document for people and programs alike.
pub(crate) fn pretty(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut out = JsonGuard::new(out);
    serde_json::to_writer_pretty(&mut out, document)?;
    out.write_all(b"\n")
}

/// An array with an element on each line: it can be searched by line, and a long one need not be held whole.
fn array<T: Serialize>(out: &mut impl Write, elements: impl IntoIterator<Item = T>) -> io::Result<()> {
    out.write_all(b"[")?;
    for (index, element) in elements.into_iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &element)?;
    }
    out.write_all(b"]")
}

#[derive(serde::Serialize)]
struct CountedReport<'a> {
    #[serde(flatten)]
    report: &'a Report,
    counts: CountsV1<'a>,
}

#[derive(serde::Serialize)]
struct ScanSummary<'a> {
    findings: u64,
    hidden: u64,
    counts: CountsV1<'a>,
}

#[derive(serde::Serialize)]
struct Comparison<'a> {
    new: u64,
    unchanged: u64,
    fixed: &'a [Finding],
    /// The earlier reports, which the statements of `fixed` point into.
    reports: &'a [Report],
}

impl<'a> From<&'a Compared> for Comparison<'a> {
    fn from(compared: &'a Compared) -> Self {
        Self {
            new: compared.new,
            unchanged: compared.unchanged,
            fixed: &compared.fixed,
            reports: &compared.reports,
        }
    }
}

#[derive(serde::Serialize)]
struct Summary<'a> {
    schema_version: u32,
    reports: Vec<ReportSummary<'a>>,
    merged: Option<Merged<'a>>,
    unreadable: &'a [Unreadable],
}

#[derive(serde::Serialize)]
struct ReportSummary<'a> {
    source: &'a str,
    run: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a sealift_types::Digest>,
    format: &'a str,
    scanner: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<&'a jiff::Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<&'a jiff::Timestamp>,
    subject: &'a sealift_types::Subject,
    rows: &'a sealift_types::Accounting,
    counts: CountsV1<'a>,
    warnings: &'a [sealift_types::Warning],
}

#[derive(serde::Serialize)]
struct Merged<'a> {
    findings: u64,
    counts: CountsV1<'a>,
}

/// `{"vulnerability": {"critical": {"rows":…, "unique":…, "fixable":…}, …, "total": …}, …}`; vulnerabilities and all
/// severities are always there, so that a program need not ask whether.
struct CountsV1<'a>(&'a Counts);

impl Serialize for CountsV1<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for kind in self.0.kinds() {
            map.serialize_entry(kind.as_str(), &KindCountsV1 { counts: self.0, kind })?;
        }
        map.end()
    }
}

struct KindCountsV1<'a> {
    counts: &'a Counts,
    kind: Kind,
}

impl Serialize for KindCountsV1<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Severity::ALL.len() + 1))?;
        for severity in Severity::ALL {
            map.serialize_entry(
                severity.as_str(),
                &CountV1::from(self.counts.get(self.kind, severity)),
            )?;
        }
        map.serialize_entry("total", &CountV1::from(self.counts.total(self.kind)))?;
        map.end()
    }
}

#[derive(serde::Serialize)]
struct CountV1 {
    rows: u64,
    unique: u64,
    fixable: u64,
}

impl From<Count> for CountV1 {
    fn from(count: Count) -> Self {
        Self {
            rows: count.rows,
            unique: count.unique,
            fixable: count.fixable,
        }
    }
}
