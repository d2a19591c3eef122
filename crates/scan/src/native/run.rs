//! One run of a report while it is read: rows out, and the count of them.

use sealift_types::{Finding, Report, Statement, Warning};

use crate::accept::has_foreign_severity;
use crate::read::{Context, Sink};

/// Passes rows to the sink and keeps the run's account.
pub(super) struct Run<'a> {
    pub(super) report: Report,
    sink: &'a mut dyn Sink,
    /// Rows whose severity is a word that is not known.
    foreign_severities: u64,
}

impl<'a> Run<'a> {
    /// A run of the scanner with this permanent name.
    pub(super) fn new(context: &Context<'_>, scanner: &str, sink: &'a mut dyn Sink) -> Self {
        Self {
            report: Report {
                scanner: scanner.to_owned(),
                ..context.report()
            },
            sink,
            foreign_severities: 0,
        }
    }

    /// A row that is a finding.
    pub(super) fn finding(&mut self, finding: Finding) {
        self.report.accounting.read += 1;
        self.report.accounting.reported += 1;
        self.foreign_severities += u64::from(has_foreign_severity(&finding));
        self.sink.finding(finding);
    }

    /// A row that is none, for this reason: a short fixed phrase.
    pub(super) fn explain(&mut self, reason: &'static str) {
        self.report.accounting.read += 1;
        self.report.accounting.explain(reason);
    }

    /// Something odd; said once for each code.
    pub(super) fn warn(&mut self, code: &str, message: impl Into<String>) {
        if self.report.warnings.iter().all(|warning| warning.code != code) {
            self.report.warnings.push(Warning::new(code, message));
        }
    }

    /// The report lists nothing that was scanned, neither findings nor what is clean.
    pub(super) fn nothing_scanned(&mut self, what: &str) {
        self.warn(
            "nothing-scanned",
            format!("{what}: no finding, and nothing that is clean"),
        );
    }

    /// The end of the run. `next` is the report that the next run of the same file starts from.
    pub(super) fn close(&mut self, next: Report) {
        let foreign = std::mem::take(&mut self.foreign_severities);
        if foreign > 0 {
            self.warn(
                "severity-not-understood",
                format!("{foreign} rows have a severity that is not known; it counts as unknown"),
            );
        }
        let report = std::mem::replace(&mut self.report, next);
        self.sink.report(report);
    }
}

/// The statement of one row.
pub(super) fn statement(id: &str) -> Statement {
    Statement {
        id: id.to_owned(),
        rows: 1,
        ..Statement::default()
    }
}
