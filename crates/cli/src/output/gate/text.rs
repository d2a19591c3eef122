//! The verdict for a tired person at a terminal: what, why, the way out.

use std::io::{self, Write};

use sealift_gate::{ExceptionStatus, Report, RuleReport, SubjectMatch, Verdict, Violation};

use super::super::Layout;
use super::super::escape::line;
use super::super::scan_view::plural;
use super::super::style::Style;
use super::super::table::{Cell, Column, Shrink, Table};

/// Items of a list that are shown unless all are asked for. JSON has all that the gate kept.
const SHOWN: usize = 10;

/// How much is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Detail {
    /// All items of each list, and the rules that passed.
    pub(crate) all: bool,
    /// The verdict has no consequence.
    pub(crate) dry_run: bool,
}

impl Detail {
    fn limit(self) -> usize {
        if self.all { usize::MAX } else { SHOWN }
    }
}

/// Writes the verdict, its reasons, the way out, then what it rests on.
pub(crate) fn report(report: &Report, detail: Detail, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let heading = |text: &str| layout.paint.apply(text, Style::Heading).to_string();
    writeln!(
        out,
        "{}  {}",
        layout
            .paint
            .apply(super::word(report.verdict), verdict_style(report.verdict)),
        line(&super::image(report))
    )?;
    writeln!(out, "policy {}, as of {}", line(&report.policy), report.as_of)?;
    if detail.dry_run {
        writeln!(out, "dry run: the exit code is 0 whatever the verdict")?;
    }
    let denied: Vec<&RuleReport> = report.denials().collect();
    let warned: Vec<&RuleReport> = report.warnings().collect();
    for (title, rules) in [("Why", denied), ("Warnings", warned)] {
        if !rules.is_empty() {
            writeln!(out, "\n{}", heading(title))?;
            for each in rules {
                rule(each, detail, layout, out)?;
            }
        }
    }
    if report.verdict != Verdict::Pass {
        way_out(report, detail, layout, out)?;
    }
    writeln!(out, "\n{}", heading("Rests on"))?;
    evidence(report, layout, out)?;
    exceptions(report, detail, layout, out)?;
    passed(report, detail, out)?;
    writeln!(out, "\n{}", line(&super::headline(report)))
}

fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => Style::Good,
        Verdict::Warn => Style::Warning,
        Verdict::Deny => Style::Bad,
    }
}

fn rule(rule: &RuleReport, detail: Detail, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let name = if rule.name == rule.id.as_str() {
        line(&rule.name)
    } else {
        format!("{} ({})", line(&rule.name), rule.id.as_str())
    };
    let count = match rule.violations_total {
        0 => rule.outcome.as_str().to_owned(),
        count => plural(count, "violation"),
    };
    writeln!(
        out,
        "  {}: {count}",
        layout.paint.apply(&name, verdict_style(rule.verdict))
    )?;
    for (label, text) in super::remarks(rule) {
        writeln!(out, "    {label}: {}", line(text))?;
    }
    let shown = rule.violations.len().min(detail.limit());
    violations(&rule.violations[..shown], layout, out)?;
    more(rule.violations_total, shown, out)?;
    if rule.excepted_total > 0 {
        writeln!(out, "    {} excepted", rule.excepted_total)?;
    }
    if let Some(remedy) = &rule.remedy {
        writeln!(
            out,
            "    {} {}",
            layout.paint.apply("remedy:", Style::Heading),
            line(remedy)
        )?;
    }
    Ok(())
}

fn violations(violations: &[Violation], layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let (findings, others): (Vec<&Violation>, Vec<&Violation>) =
        violations.iter().partition(|violation| violation.id.is_some());
    for violation in others {
        writeln!(out, "    - {}", line(&violation.message))?;
    }
    if findings.is_empty() {
        return Ok(());
    }
    let column = |title: &str, shrink| Column {
        title: title.to_owned(),
        shrink,
    };
    let mut table = Table::new(vec![
        column("  SEVERITY", Shrink::Never),
        column("ID", Shrink::To(16)),
        column("IN", Shrink::To(12)),
        column("INSTALLED", Shrink::To(9)),
        column("FIXED", Shrink::To(9)),
        column("SAID BY", Shrink::To(7)),
    ]);
    for violation in findings {
        let severity = violation.severity.unwrap_or_default();
        let place = violation.package.as_ref().or(violation.place.as_ref());
        table.push(vec![
            Cell::styled(format!("  {severity}"), Style::Severity(severity)),
            Cell::plain(line(violation.id.as_deref().unwrap_or_default())),
            Cell::plain(place.map_or_else(String::new, |place| line(place))),
            Cell::plain(violation.installed.as_deref().map_or_else(String::new, line)),
            Cell::plain(line(&violation.fixed.join(", "))),
            Cell::plain(line(&violation.scanners.join(", "))),
        ]);
    }
    let mut text = Vec::new();
    table.render(
        &mut text,
        layout.paint,
        layout.width.map(|width| width.saturating_sub(2)),
    )?;
    for row in String::from_utf8_lossy(&text).lines() {
        writeln!(out, "  {row}")?;
    }
    Ok(())
}

fn more(total: u64, shown: usize, out: &mut dyn Write) -> io::Result<()> {
    match total.saturating_sub(shown as u64) {
        0 => Ok(()),
        more => writeln!(out, "    … and {more} more (--verbose or --format json)"),
    }
}

fn way_out(report: &Report, detail: Detail, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let way = &report.way_out;
    writeln!(out, "\n{}", layout.paint.apply("Way out", Style::Heading))?;
    let shown = way.upgrades.len().min(detail.limit());
    for upgrade in &way.upgrades[..shown] {
        writeln!(
            out,
            "  - {}: {}",
            line(&super::upgrade(upgrade)),
            line(&super::closes(upgrade, 3))
        )?;
    }
    more(way.upgrades_total, shown, out)?;
    if let Some(base) = &way.base_image {
        writeln!(out, "  - base image: {}", line(&base.advice))?;
    }
    let shown = way.unfixable.len().min(detail.limit());
    if shown > 0 {
        writeln!(
            out,
            "  - no fix is known for {}; remove the package, or except it with a reason, an owner and an end:",
            plural(way.unfixable_total, "finding")
        )?;
        for each in &way.unfixable[..shown] {
            writeln!(out, "      {}", line(&super::unfixable(each)))?;
        }
        more(way.unfixable_total, shown, out)?;
    }
    for other in &way.other {
        writeln!(out, "  - {}", line(other))?;
    }
    Ok(())
}

fn evidence(report: &Report, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    if report.evidence.is_empty() {
        writeln!(out, "  no scanner report")?;
    }
    if let Some(text) = super::baseline(report) {
        writeln!(out, "  {}", line(&text))?;
    }
    for each in &report.evidence {
        let about = match each.subject {
            SubjectMatch::ThisImage => layout.paint.apply("about this image", Style::Good).to_string(),
            SubjectMatch::OtherImage => layout.paint.apply("about another image", Style::Bad).to_string(),
            _ => layout
                .paint
                .apply("cannot tell which image", Style::Warning)
                .to_string(),
        };
        let results = if each.has_results { "" } else { ", without results" };
        writeln!(
            out,
            "  {}: {}{}, {}{results}; {about}: {}",
            line(&each.source),
            line(&each.scanner),
            each.version
                .as_deref()
                .map_or_else(String::new, |version| format!(" {}", line(version))),
            plural(each.findings, "finding"),
            line(&each.because)
        )?;
    }
    Ok(())
}

fn exceptions(report: &Report, detail: Detail, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    if report.exceptions.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", layout.paint.apply("Exceptions", Style::Heading))?;
    let shown = report.exceptions.len().min(detail.limit());
    for each in &report.exceptions[..shown] {
        let (status, style) = match each.status {
            ExceptionStatus::Applied => ("applied", Style::Plain),
            ExceptionStatus::Expiring => ("applied, ends soon", Style::Warning),
            ExceptionStatus::Unused => ("unused", Style::Dim),
            ExceptionStatus::Expired => ("expired", Style::Bad),
            ExceptionStatus::Incomplete => ("incomplete", Style::Warning),
            ExceptionStatus::Untrusted => ("not trusted", Style::Warning),
            _ => ("does not excuse", Style::Warning),
        };
        let ids: Vec<&str> = each.ids.iter().take(3).map(String::as_str).collect();
        let owner = each
            .owner
            .as_deref()
            .map_or_else(String::new, |owner| format!(", owner {}", line(owner)));
        writeln!(
            out,
            "  {}: {}; {}{owner}",
            line(&ids.join(", ")),
            layout.paint.apply(status, style),
            line(&each.because)
        )?;
    }
    more(report.exceptions.len() as u64, shown, out)
}

fn passed(report: &Report, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let passed: Vec<&RuleReport> = report
        .rules
        .iter()
        .filter(|rule| rule.verdict == Verdict::Pass)
        .collect();
    if passed.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    if !detail.all {
        let names: Vec<String> = passed.iter().map(|rule| line(&rule.name)).collect();
        writeln!(out, "Passed: {}", names.join(", "))?;
        for (rule, label, text) in super::passing_remarks(report) {
            writeln!(out, "  {}: {label}: {}", line(&rule.name), line(text))?;
        }
        return Ok(());
    }
    writeln!(out, "Passed")?;
    for rule in passed {
        let mut facts = vec![rule.outcome.as_str().to_owned()];
        if rule.violations_total > 0 {
            facts.push(format!("{} reported", plural(rule.violations_total, "violation")));
        }
        if rule.excepted_total > 0 {
            facts.push(format!("{} excepted", rule.excepted_total));
        }
        writeln!(out, "  {}: {}", line(&rule.name), facts.join(", "))?;
        for (label, text) in super::remarks(rule) {
            writeln!(out, "    {label}: {}", line(text))?;
        }
    }
    Ok(())
}
