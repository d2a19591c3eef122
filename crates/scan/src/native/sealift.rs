//! Our own JSON, read back: a [`FindingSet`] with its `schema_version`.
//!
//! It is read strictly, since nobody but Sealift writes it.

use sealift_types::{Finding, FindingSet, Report};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::lax::Text;
use crate::read::{Context, Sink};

/// The schema's major version that is read.
const MAJOR: &str = "1";

#[derive(Deserialize)]
struct Document {
    schema_version: Text,
    reports: Vec<Report>,
    findings: Vec<Finding>,
}

/// Reads the set as it was written.
///
/// # Errors
/// The JSON's own errors; another major version; a statement of a report that is not in the set; a finding without
/// statements; accounts that do not balance.
fn read_set<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FindingSet, D::Error> {
    let Document {
        schema_version,
        reports,
        findings,
    } = Document::deserialize(deserializer)?;
    let set = FindingSet { reports, findings };
    let version = schema_version.0.unwrap_or_default();
    if version.split('.').next() != Some(MAJOR) {
        return Err(D::Error::custom(format_args!(
            "schema_version {version:?} is not known; this version reads {MAJOR}"
        )));
    }
    let mut rows = vec![0_u64; set.reports.len()];
    for (index, finding) in set.findings.iter().enumerate() {
        if finding.statements.is_empty() {
            return Err(D::Error::custom(format_args!("/findings/{index}: no statements")));
        }
        for statement in &finding.statements {
            match rows.get_mut(statement.report as usize) {
                Some(count) => *count += u64::from(statement.rows),
                None => {
                    return Err(D::Error::custom(format_args!(
                        "/findings/{index}: no report {}",
                        statement.report
                    )));
                }
            }
        }
    }
    for (index, (report, rows)) in set.reports.iter().zip(rows).enumerate() {
        if report.accounting.reported != rows || !report.accounting.is_balanced() {
            return Err(D::Error::custom(format_args!(
                "/reports/{index}: its accounting does not match its findings"
            )));
        }
    }
    Ok(set)
}

/// Reads the set into a sink. Unlike the other readers this one holds the document.
///
/// Where each finding has one statement, the runs come apart as they were read. A merged set stays merged: its
/// findings come first and keep all their statements, which count the reports that follow from 0.
///
/// # Errors
/// Those of [`read_set`].
pub(crate) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    _context: &Context<'_>,
    sink: &mut dyn Sink,
) -> Result<(), D::Error> {
    let FindingSet { reports, findings } = read_set(deserializer)?;
    let mut runs: Vec<Vec<Finding>> = reports.iter().map(|_| Vec::new()).collect();
    if findings.iter().all(|finding| finding.statements.len() == 1) {
        for mut finding in findings {
            let report = std::mem::take(&mut finding.statements[0].report);
            runs[report as usize].push(finding);
        }
    } else {
        for finding in findings {
            sink.finding(finding);
        }
    }
    for (report, findings) in reports.into_iter().zip(runs) {
        for finding in findings {
            sink.finding(finding);
        }
        sink.report(report);
    }
    Ok(())
}
