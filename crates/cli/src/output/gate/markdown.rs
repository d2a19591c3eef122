//! The verdict as Markdown, for a job summary or a comment.

use std::fmt::Write as _;
use std::io::{self, Write};

use sealift_gate::{Report, RuleReport, Verdict, Violation};

use super::super::escape::{markdown, markdown_code};
use super::super::markdown::{MAX_BYTES, id};

/// Left for what comes after the violations.
const RESERVED: usize = 256 << 10;
/// Items of each list of the way out.
const SHOWN: usize = 50;

/// Writes the verdict, its reasons, the way out, then every rule and report.
pub(crate) fn report(report: &Report, dry_run: bool, out: &mut dyn Write) -> io::Result<()> {
    let mark = match report.verdict {
        Verdict::Pass => "✅",
        Verdict::Warn => "⚠️",
        Verdict::Deny => "❌",
    };
    let mut text = format!("## {mark} {}\n\n", super::word(report.verdict));
    let _ = writeln!(
        text,
        "{}, policy {}, as of {}. {}\n",
        markdown_code(&super::image(report)),
        markdown_code(&report.policy),
        report.as_of,
        markdown(&super::headline(report))
    );
    if dry_run {
        text.push_str("Dry run: the verdict has no consequence.\n\n");
    }
    for (title, rules) in [
        ("Why", report.denials().collect::<Vec<_>>()),
        ("Warnings", report.warnings().collect()),
    ] {
        if !rules.is_empty() {
            let _ = writeln!(text, "### {title}\n");
            for each in rules {
                rule(&mut text, each);
            }
        }
    }
    if report.verdict != Verdict::Pass {
        way_out(&mut text, report);
    }
    let remarks: Vec<_> = super::passing_remarks(report).take(SHOWN).collect();
    if !remarks.is_empty() {
        text.push_str("### Notes of rules that passed\n\n");
        for (rule, label, remark) in remarks {
            let _ = writeln!(text, "- {}: {label}: {}", markdown(&rule.name), markdown(remark));
        }
        text.push('\n');
    }
    tables(&mut text, report);
    out.write_all(text.as_bytes())
}

fn rule(text: &mut String, rule: &RuleReport) {
    let _ = writeln!(text, "**{}**: {}\n", markdown(&rule.name), rule.outcome.as_str());
    for (label, remark) in super::remarks(rule).take(SHOWN) {
        let _ = writeln!(text, "- {label}: {}", markdown(remark));
    }
    let mut shown = 0;
    let (findings, others): (Vec<&Violation>, Vec<&Violation>) = rule
        .violations
        .iter()
        .partition(|violation| violation.id.is_some());
    for violation in others {
        if text.len() > MAX_BYTES - RESERVED {
            break;
        }
        let _ = writeln!(text, "- {}", markdown(&violation.message));
        shown += 1;
    }
    if !findings.is_empty() {
        text.push_str(
            "\n| severity | id | in | installed | fixed in | said by |\n|---|---|---|---|---|---|\n",
        );
    }
    for violation in findings {
        if text.len() > MAX_BYTES - RESERVED {
            break;
        }
        let place = violation.package.as_ref().or(violation.place.as_ref());
        let code = |value: Option<&String>| value.map_or_else(String::new, |value| markdown_code(value));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            super::severity(violation).unwrap_or_default(),
            violation.id.as_deref().map_or_else(String::new, id),
            code(place),
            code(violation.installed.as_ref()),
            markdown(&violation.fixed.join(", ")),
            markdown(&violation.scanners.join(", "))
        );
        shown += 1;
    }
    let more = rule.violations_total.saturating_sub(shown);
    if more > 0 {
        let _ = writeln!(text, "\n{more} more are not shown.");
    }
    if let Some(remedy) = &rule.remedy {
        let _ = writeln!(text, "\nRemedy: {}", markdown(remedy));
    }
    text.push('\n');
}

fn way_out(text: &mut String, report: &Report) {
    let way = &report.way_out;
    text.push_str("### Way out\n\n");
    for upgrade in way.upgrades.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "- {}: {}",
            markdown(&super::upgrade(upgrade)),
            markdown(&super::closes(upgrade, 5))
        );
    }
    more(text, way.upgrades_total, way.upgrades.len());
    if let Some(base) = &way.base_image {
        let _ = writeln!(text, "- base image: {}", markdown(&base.advice));
    }
    for each in way.unfixable.iter().take(SHOWN) {
        let _ = writeln!(text, "- no fix is known: {}", markdown(&super::unfixable(each)));
    }
    more(text, way.unfixable_total, way.unfixable.len());
    for other in way.other.iter().take(SHOWN) {
        let _ = writeln!(text, "- {}", markdown(other));
    }
    text.push('\n');
}

fn more(text: &mut String, total: u64, listed: usize) {
    let more = total.saturating_sub(listed.min(SHOWN) as u64);
    if more > 0 {
        let _ = writeln!(text, "- and {more} more");
    }
}

fn tables(text: &mut String, report: &Report) {
    if let Some(baseline) = super::baseline(report) {
        let _ = writeln!(text, "Compared with {}.\n", markdown(&baseline));
    }
    text.push_str("<details><summary>Rules and evidence</summary>\n\n| rule | verdict | outcome | violations | excepted |\n|---|---|---|---:|---:|\n");
    for rule in report.rules.iter().take(200) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            markdown(&rule.name),
            rule.verdict,
            rule.outcome.as_str(),
            rule.violations_total,
            rule.excepted_total
        );
    }
    text.push_str("\n| report | scanner | findings | about |\n|---|---|---:|---|\n");
    for each in report.evidence.iter().take(200) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            markdown_code(&each.source),
            markdown(&each.scanner),
            each.findings,
            markdown(&each.because)
        );
    }
    text.push_str("\n</details>\n");
}
