//! Findings and counts for people at a terminal.

use std::fmt::Write as _;
use std::io::{self, Write};

use sealift_types::{BaselineState, Finding, Kind, Severity};

use super::Layout;
use super::escape::line;
use super::scan_view::{self, Compared, ScanView, SummaryView, plural};
use super::style::Style;
use super::table::{Cell, Column, Shrink, Table};
use crate::counts::{Count, Counts};

/// Writes the findings as tables, then a summary line.
pub(crate) fn scan(view: &ScanView, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let (packages, others): (Vec<&Finding>, Vec<&Finding>) = view
        .set
        .findings
        .iter()
        .partition(|finding| finding.kind == Kind::Vulnerability);
    for table in [vulnerabilities(view, &packages), other_kinds(view, &others)] {
        if !table.is_empty() {
            table.render(out, layout.paint, layout.width)?;
            writeln!(out)?;
        }
    }
    if let Some(compared) = &view.comparison {
        fixed(compared, layout, out)?;
    }
    writeln!(out, "{}", headline(view))
}

/// The last line: how many, how bad, from where, what is not shown.
pub(crate) fn headline(view: &ScanView) -> String {
    let total = view.merged.grand_total();
    let mut text = plural(total.unique, "finding");
    let severities = scan_view::by_severity(&view.merged);
    if !severities.is_empty() {
        let _ = write!(text, " ({severities})");
    }
    let _ = write!(
        text,
        " in {}, {} fixable",
        plural(view.set.reports.len() as u64, "report"),
        total.fixable
    );
    if let Some(compared) = &view.comparison {
        let _ = write!(
            text,
            "; {} new, {} unchanged, {} fixed",
            compared.new,
            compared.unchanged,
            compared.fixed.len()
        );
    }
    if view.hidden > 0 {
        let _ = write!(text, "; {} left out by filters", view.hidden);
    }
    if !view.unreadable.is_empty() {
        let _ = write!(
            text,
            "; {} could not be read",
            plural(view.unreadable.len() as u64, "report")
        );
    }
    text
}

fn column(title: &str, shrink: Shrink) -> Column {
    Column {
        title: title.to_owned(),
        shrink,
    }
}

fn severity_cell(severity: Severity) -> Cell {
    Cell::styled(severity.as_str(), Style::Severity(severity))
}

fn state_cell(finding: &Finding) -> Cell {
    match finding.baseline {
        Some(BaselineState::New) => Cell::styled("new", Style::Warning),
        _ => Cell::plain(""),
    }
}

fn vulnerabilities(view: &ScanView, findings: &[&Finding]) -> Table {
    let scanners = scan_view::scanners(&view.set.reports);
    let side_by_side = scanners.len() != 1;
    let mut columns = vec![column("SEVERITY", Shrink::Never), column("ID", Shrink::To(16))];
    if view.comparison.is_some() {
        columns.push(column("STATE", Shrink::Never));
    }
    columns.extend([
        column("PACKAGE", Shrink::To(12)),
        column("INSTALLED", Shrink::To(9)),
        column("FIXED", Shrink::To(9)),
    ]);
    if scanners.is_empty() {
        columns.push(column("SAID BY", Shrink::To(8)));
    } else if side_by_side {
        columns.extend(
            scanners
                .iter()
                .map(|scanner| column(&line(scanner).to_uppercase(), Shrink::Never)),
        );
    } else {
        columns.push(column("TITLE", Shrink::To(8)));
    }
    let mut table = Table::new(columns);
    for finding in findings {
        let mut row = vec![
            severity_cell(finding.worst_severity()),
            Cell::plain(line(&finding.id)),
        ];
        if view.comparison.is_some() {
            row.push(state_cell(finding));
        }
        let package = finding.package.as_ref();
        row.push(Cell::plain(
            package.map_or_else(String::new, |package| line(&package.name)),
        ));
        row.push(Cell::plain(
            package
                .and_then(|package| package.version.as_deref())
                .map_or_else(String::new, line),
        ));
        row.push(Cell::plain(line(&scan_view::fix(finding))));
        if scanners.is_empty() {
            row.push(Cell::plain(line(&scan_view::said_by(finding, &view.set.reports))));
        } else if side_by_side {
            row.extend(scanners.iter().map(|scanner| {
                scan_view::severity_by(finding, &view.set.reports, scanner)
                    .map_or_else(|| Cell::styled("-", Style::Dim), severity_cell)
            }));
        } else {
            row.push(Cell::styled(title(finding), Style::Dim));
        }
        table.push(row);
    }
    table
}

/// A title is one of many columns; what is longer than a wide terminal is not read in a table.
fn title(finding: &Finding) -> String {
    super::table::cut(&line(finding.title.as_deref().unwrap_or_default()), 80).into_owned()
}

fn other_kinds(view: &ScanView, findings: &[&Finding]) -> Table {
    let mut columns = vec![
        column("SEVERITY", Shrink::Never),
        column("KIND", Shrink::Never),
        column("ID", Shrink::To(16)),
    ];
    if view.comparison.is_some() {
        columns.push(column("STATE", Shrink::Never));
    }
    columns.extend([
        column("WHERE", Shrink::To(16)),
        column("TITLE", Shrink::To(16)),
        column("SAID BY", Shrink::To(8)),
    ]);
    let mut table = Table::new(columns);
    for finding in findings {
        let mut row = vec![
            severity_cell(finding.worst_severity()),
            Cell::plain(finding.kind.as_str()),
            Cell::plain(line(&finding.id)),
        ];
        if view.comparison.is_some() {
            row.push(state_cell(finding));
        }
        let place = match scan_view::place(finding) {
            place if place.is_empty() => scan_view::component(finding),
            place => place,
        };
        row.push(Cell::plain(line(&place)));
        row.push(Cell::plain(title(finding)));
        row.push(Cell::plain(line(&scan_view::said_by(finding, &view.set.reports))));
        table.push(row);
    }
    table
}

fn fixed(compared: &Compared, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    if compared.fixed.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "{}",
        layout.paint.apply("Fixed since the baseline", Style::Good)
    )?;
    let mut table = Table::new(vec![
        column("SEVERITY", Shrink::Never),
        column("ID", Shrink::To(16)),
        column("WAS IN", Shrink::To(16)),
    ]);
    for finding in &compared.fixed {
        table.push(vec![
            severity_cell(finding.worst_severity()),
            Cell::plain(line(&finding.id)),
            Cell::plain(line(&scan_view::component(finding))),
        ]);
    }
    table.render(out, layout.paint, layout.width)?;
    writeln!(out)
}

/// Writes counts by severity, a line for each report and kind, the merged ones last.
pub(crate) fn summary(view: &SummaryView, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut columns = vec![
        column("REPORT", Shrink::To(12)),
        column("SCANNER", Shrink::To(8)),
        column("KIND", Shrink::Never),
    ];
    columns.extend(
        Severity::ALL
            .iter()
            .map(|severity| column(&severity.as_str().to_uppercase(), Shrink::Never)),
    );
    columns.extend(["TOTAL", "FIXABLE", "ROWS"].map(|title| column(title, Shrink::Never)));
    let mut table = Table::new(columns);
    for (report, counts) in &view.reports {
        let name = match report.run {
            0 => line(&report.source),
            run => format!("{} run {run}", line(&report.source)),
        };
        push_counts(&mut table, &name, &line(&report.scanner), counts);
    }
    if let Some(merged) = view.merged.as_ref().filter(|_| view.reports.len() > 1) {
        push_counts(&mut table, "merged", "", merged);
    }
    if !table.is_empty() {
        table.render(out, layout.paint, layout.width)?;
    }
    for (report, _) in &view.reports {
        for explanation in &report.accounting.explained {
            writeln!(
                out,
                "{}: {} not reported: {}",
                line(&report.source),
                plural(explanation.count, "row"),
                line(&explanation.reason)
            )?;
        }
    }
    for unreadable in &view.unreadable {
        writeln!(out, "could not be read: {}", line(&unreadable.source))?;
    }
    Ok(())
}

fn push_counts(table: &mut Table, name: &str, scanner: &str, counts: &Counts) {
    for (index, kind) in counts.kinds().enumerate() {
        let first = |text: &str| Cell::plain(if index == 0 { text } else { "" });
        let mut row = vec![first(name), first(scanner), Cell::plain(kind.as_str())];
        for severity in Severity::ALL {
            row.push(match counts.get(kind, severity).unique {
                0 => Cell::styled("0", Style::Dim),
                unique => Cell::styled(unique.to_string(), Style::Severity(severity)),
            });
        }
        let Count {
            rows,
            unique,
            fixable,
        } = counts.total(kind);
        row.extend([unique, fixable, rows].map(|count| Cell::plain(count.to_string())));
        table.push(row);
    }
}
