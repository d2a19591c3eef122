//! The collection of real reports, which is outside the repository.

#![expect(clippy::disallowed_methods, reason = "the corpus is a folder")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the tables are for people, with --nocapture"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use sealift_types::{FindingSet, Severity};

/// A report, as the collection's list describes it.
pub(crate) struct File {
    /// Its path in the collection.
    pub(crate) name: String,
    pub(crate) tool: String,
    /// `sarif-2.1.0`, `trivy-json-v2`, …; the list's own words.
    pub(crate) format: String,
    /// Results, for SARIF.
    pub(crate) results: String,
    pub(crate) bytes: Vec<u8>,
}

/// Rows by kind and lower-case severity word.
pub(crate) type Counts = BTreeMap<(&'static str, String), u64>;

/// The reports in the list's order, or `None` (with a line that says so) where there is no collection.
pub(crate) fn corpus() -> Option<Vec<File>> {
    // Relative to the repository, whatever the working directory is.
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let folder = std::env::var("SEALIFT_CORPUS").map_or_else(|_| PathBuf::from(default), PathBuf::from);
    let folder = folder.join("scan");
    let Ok(manifest) = std::fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        eprintln!("skipped: no corpus at {}", folder.display());
        return None;
    };
    let files = manifest.lines().skip(1).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        File {
            name: columns[0].to_owned(),
            tool: columns[7].to_owned(),
            format: columns[8].to_owned(),
            results: columns[12].to_owned(),
            bytes: std::fs::read(folder.join(columns[0])).unwrap(),
        }
    });
    Some(files.collect())
}

/// The rows of a set.
pub(crate) fn counts(set: &FindingSet) -> Counts {
    let mut counts = Counts::new();
    for finding in &set.findings {
        for statement in &finding.statements {
            let word = statement.severity.as_str().to_owned();
            *counts.entry((finding.kind.as_str(), word)).or_default() += u64::from(statement.rows);
        }
    }
    counts
}

/// One line of the table: file, tool, format, findings, and rows by severity.
pub(crate) fn print_row(file: &File, set: &FindingSet, counts: &Counts) {
    let short = file.name.rsplit("--").next().unwrap_or(&file.name);
    let short: String = short.chars().take(44).collect();
    let rows = |severity: &Severity| -> u64 {
        let of = counts.iter().filter(|((_, word), _)| word == severity.as_str());
        of.map(|(_, count)| count).sum()
    };
    let by_severity: Vec<String> = Severity::ALL
        .iter()
        .map(|severity| rows(severity).to_string())
        .collect();
    let report = &set.reports[0];
    println!(
        "{short:<44} {:<26} {:<16} runs {} findings {:>5} rows C/H/M/L/N/U {}",
        report.format,
        report.scanner,
        set.reports.len(),
        set.findings.len(),
        by_severity.join("/")
    );
}
