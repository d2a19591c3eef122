//! What the gate decided, in every format.

pub(crate) mod github;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod text;

use sealift_gate::{Report, RuleReport, Unfixable, Upgrade, Verdict, Violation};
use sealift_types::{FixState, Severity};
use std::fmt::Write as _;

use super::scan_view::plural;

/// The verdict in the word that a person looks for.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASSED",
        Verdict::Warn => "PASSED WITH WARNINGS",
        Verdict::Deny => "DENIED",
    }
}

/// The image as a person knows it, with its digest.
pub(crate) fn image(report: &Report) -> String {
    let Some(image) = &report.image else {
        return "no image named".to_owned();
    };
    match (&image.name, &image.digest) {
        (Some(name), Some(digest)) if name.contains(digest.as_str()) => name.clone(),
        (Some(name), Some(digest)) => format!("{name} ({digest})"),
        (Some(name), None) => name.clone(),
        (None, Some(digest)) => digest.to_string(),
        (None, None) => "no image named".to_owned(),
    }
}

/// One sentence with the verdict's reasons counted.
pub(crate) fn headline(report: &Report) -> String {
    let (denied, warned) = (report.denials().count() as u64, report.warnings().count() as u64);
    let mut reasons = Vec::new();
    if denied > 0 {
        reasons.push(format!("{} against it", plural(denied, "rule")));
    }
    if warned > 0 {
        reasons.push(plural(warned, "warning"));
    }
    if reasons.is_empty() {
        reasons.push("nothing against it".to_owned());
    }
    let mut text = format!(
        "{}: {}; {}",
        word(report.verdict),
        reasons.join(", "),
        plural(report.findings.total, "finding")
    );
    if report.findings.excepted > 0 {
        let _ = write!(text, ", {} excepted", report.findings.excepted);
    }
    text
}

/// Everything a rule has to say that is not a list of violations: missing, unclear, notes.
pub(crate) fn remarks(rule: &RuleReport) -> impl Iterator<Item = (&'static str, &str)> {
    rule.missing
        .iter()
        .map(|text| ("missing", text.as_str()))
        .chain(rule.unclear.iter().map(|text| ("unclear", text.as_str())))
        .chain(rule.notes.iter().map(|text| ("note", text.as_str())))
}

/// What the findings were compared with, and what that took out of the count.
pub(crate) fn baseline(report: &Report) -> Option<String> {
    let baseline = report.baseline.as_ref()?;
    let mut text = format!("baseline {}", baseline.source);
    if let Some(digest) = &baseline.digest {
        let _ = write!(text, " ({digest})");
    }
    if baseline.accepted {
        let _ = write!(
            text,
            ": {} unchanged, {} fixed since, {} not counted as not new",
            plural(baseline.unchanged, "finding"),
            baseline.fixed,
            baseline.not_counted
        );
    } else {
        text.push_str(" does not count, every finding is new");
    }
    if !baseline.because.is_empty() {
        let _ = write!(text, "; {}", baseline.because);
    }
    Some(text)
}

/// What passing rules have to say: what they left out of the count. A pass is only as good as what was counted.
pub(crate) fn passing_remarks(report: &Report) -> impl Iterator<Item = (&RuleReport, &'static str, &str)> {
    let passing = report.rules.iter().filter(|rule| rule.verdict == Verdict::Pass);
    passing.flat_map(|rule| remarks(rule).map(move |(label, text)| (rule, label, text)))
}

/// `CVE-2024-1 in openssl 3.0.1`, or the message of what is not a finding.
pub(crate) fn subject(violation: &Violation) -> String {
    match (&violation.id, &violation.package, &violation.place) {
        (Some(id), Some(package), _) => match &violation.installed {
            Some(version) => format!("{id} in {package} {version}"),
            None => format!("{id} in {package}"),
        },
        (Some(id), None, Some(place)) => format!("{id} in {place}"),
        (Some(id), None, None) => id.clone(),
        (None, ..) => violation.message.clone(),
    }
}

/// `upgrade openssl 3.0.1 to 3.0.2`.
pub(crate) fn upgrade(upgrade: &Upgrade) -> String {
    let mut text = format!("upgrade {}", upgrade.package);
    if let Some(installed) = &upgrade.installed {
        let _ = write!(text, " {installed}");
    }
    let _ = write!(text, " to {}", upgrade.to);
    if !upgrade.certain {
        text.push_str(" (as stated; it does not look newer)");
    }
    if upgrade.from_base_image == Some(true) {
        text.push_str(", in the base image");
    }
    text
}

/// `closes CVE-2024-1, CVE-2024-2 and 3 more`.
pub(crate) fn closes(upgrade: &Upgrade, shown: usize) -> String {
    let listed: Vec<&str> = upgrade.closes.iter().take(shown).map(String::as_str).collect();
    let more = upgrade.closes_total.saturating_sub(listed.len() as u64);
    match more {
        0 => format!("closes {}", listed.join(", ")),
        more => format!("closes {} and {more} more", listed.join(", ")),
    }
}

/// `high CVE-2024-3 in zlib 1.2 (won't fix)`.
pub(crate) fn unfixable(unfixable: &Unfixable) -> String {
    let mut text = format!("{} {}", unfixable.severity, unfixable.id);
    if let Some(package) = &unfixable.package {
        let _ = write!(text, " in {package}");
    }
    if let Some(installed) = &unfixable.installed {
        let _ = write!(text, " {installed}");
    }
    text.push_str(match unfixable.state {
        FixState::WontFix => " (the vendor won't fix it)",
        FixState::Deferred => " (the vendor deferred it)",
        FixState::UnderInvestigation => " (the vendor is looking)",
        FixState::NotAffected => " (the vendor says not affected: a VEX statement may excuse it)",
        _ => "",
    });
    text
}

/// A severity that a violation may lack.
pub(crate) fn severity(violation: &Violation) -> Option<Severity> {
    violation.severity
}
