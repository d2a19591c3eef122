//! One alert: its rule and its result.

use std::collections::HashMap;

use sealift_types::{BaselineState, Finding, FixState, Kind, Severity, Statement};

use super::group::Item;
use super::limits::{Limit, MAX_DESCRIPTION, MAX_LOCATIONS, Truncations};
use super::text::{clamp, name, plain, relative_uri};
use super::wire;
use crate::fingerprint::Fingerprint;

pub(super) fn rule(item: &Item<'_>, cut: &mut Truncations) -> wire::Rule {
    let Item {
        finding,
        statement,
        severity,
        rule_id,
        ..
    } = item;
    let package = statement.package.as_ref().or(finding.package.as_ref());
    let subject = package
        .map(|package| format!(" in {}", plain(&package.name)))
        .unwrap_or_default();
    let title = match &finding.title {
        Some(title) if !title.trim().is_empty() => plain(title),
        _ => format!("{}{subject}", plain(&statement.id)),
    };
    let full = match &finding.description {
        Some(text) if !text.trim().is_empty() => plain(text),
        _ => title.clone(),
    };
    let mut help = format!("{} {}{subject}\n", finding.kind, plain(&statement.id));
    for (label, values) in [("Also known as", &finding.aliases), ("Related", &finding.related)] {
        if !values.is_empty() {
            help.extend([label, ": ", &plain(&values.join(", ")), "\n"]);
        }
    }
    help.push_str(&full);
    for link in finding.links.iter().filter(|link| is_link(link)).take(10) {
        help.push('\n');
        help.push_str(link);
    }
    wire::Rule {
        id: rule_id.clone(),
        name: match finding.kind {
            Kind::Vulnerability => "PackageVulnerability",
            Kind::Misconfiguration => "Misconfiguration",
            Kind::Secret => "Secret",
            Kind::License => "License",
            _ => "CodeFinding",
        },
        short_description: wire::Text {
            text: clamp(title, MAX_DESCRIPTION, Limit::Description, cut),
        },
        full_description: wire::Text {
            text: clamp(full, MAX_DESCRIPTION, Limit::Description, cut),
        },
        help: wire::Text { text: help },
        help_uri: finding.links.iter().find(|link| is_link(link)).cloned(),
        default_configuration: wire::Configuration {
            level: level(*severity),
        },
        properties: wire::RuleProperties {
            precision: "very-high",
            security_severity: security_severity(statement),
            tags: vec![
                "security".to_owned(),
                finding.kind.to_string(),
                severity.to_string(),
            ],
        },
    }
}

pub(super) fn result<'a>(
    item: Item<'a>,
    rule_index: usize,
    artifact: &str,
    seen: &mut HashMap<String, usize>,
    cut: &mut Truncations,
) -> wire::ResultObject<'a> {
    let Item {
        finding,
        statement,
        severity,
        rule_id,
        ..
    } = item;
    let package = statement.package.as_ref().or(finding.package.as_ref());
    // Two versions of one package share the stable fingerprint; the second is told apart by its number, or GitHub
    // would make one alert of both.
    let stable = Fingerprint::of(finding).persistent;
    let stable = stable.hex();
    let number = seen
        .entry(format!("{rule_id}\n{stable}"))
        .and_modify(|n| *n += 1)
        .or_insert(1);
    wire::ResultObject {
        rule_id,
        rule_index,
        level: level(severity),
        message: wire::Text {
            text: message(finding, statement),
        },
        locations: locations(finding, statement, artifact, cut),
        partial_fingerprints: wire::Fingerprints {
            primary: format!("{stable}:{number}"),
        },
        baseline_state: finding.baseline.map(|state| match state {
            BaselineState::New => "new",
            BaselineState::Unchanged => "unchanged",
        }),
        suppressions: Vec::new(),
        properties: wire::ResultProperties {
            severity: severity.as_str(),
            purl: package.and_then(|package| package.purl.as_deref()),
            fixed_versions: &statement.fix.versions,
            aliases: &finding.aliases,
        },
    }
}

/// What GitHub shows as the alert: the facts of this scanner, one to a line.
fn message(finding: &Finding, statement: &Statement) -> String {
    let mut lines = Vec::new();
    if let Some(package) = statement.package.as_ref().or(finding.package.as_ref()) {
        lines.push(format!("Package: {}", one_line(&package.name)));
        lines.push(format!(
            "Installed version: {}",
            package.version.as_deref().map_or("unknown".into(), one_line)
        ));
    }
    lines.push(format!("Id: {}", one_line(&statement.id)));
    lines.push(format!("Severity: {}", statement.severity));
    if matches!(finding.kind, Kind::Vulnerability) {
        let fix = match statement.fix.state {
            FixState::Fixed if !statement.fix.versions.is_empty() => {
                one_line(&statement.fix.versions.join(", "))
            }
            FixState::Fixed => "available".to_owned(),
            FixState::NotFixed => "none yet".to_owned(),
            FixState::WontFix => "none, the vendor will not fix it".to_owned(),
            FixState::NotAffected => "not affected, says the vendor".to_owned(),
            _ => "not stated".to_owned(),
        };
        lines.push(format!("Fixed version: {fix}"));
    }
    if let Some(title) = finding.title.as_deref().filter(|title| !title.trim().is_empty()) {
        lines.push(one_line(title));
    }
    // A place without a path is a layer, which says nothing to a reader of the alert.
    if let Some(place) = statement.locations.iter().find(|place| !place.path.is_empty()) {
        let more = statement.locations_total.saturating_sub(1);
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more places")
        };
        lines.push(format!("Found in: {}{more}", one_line(&place.path)));
    }
    lines.join("\n")
}

fn one_line(text: &str) -> String {
    plain(&name(text))
}

fn locations(
    finding: &Finding,
    statement: &Statement,
    artifact: &str,
    cut: &mut Truncations,
) -> Vec<wire::Location> {
    let location = |uri: String, line: u32| wire::Location {
        physical_location: wire::PhysicalLocation {
            artifact_location: wire::ArtifactLocation { uri },
            region: wire::Region {
                start_line: line,
                start_column: 1,
                end_line: line,
                end_column: 1,
            },
        },
    };
    // A package is no place in the repository: its alerts point to the artifact, its paths are in the message.
    if matches!(finding.kind, Kind::Vulnerability | Kind::License) || statement.locations.is_empty() {
        return vec![location(artifact.to_owned(), 1)];
    }
    let total = statement.locations.len().max(statement.locations_total as usize);
    cut.add(
        Limit::Locations,
        MAX_LOCATIONS,
        total.saturating_sub(MAX_LOCATIONS),
    );
    let places = statement.locations.iter().take(MAX_LOCATIONS);
    places
        .map(|place| location(relative_uri(&place.path), place.line.unwrap_or(1).max(1)))
        .collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Negligible | Severity::Unknown => "note",
    }
}

/// A score in the band of the scanner's own label, since GitHub shows the band: a stated score that lies in it, else
/// the band's middle. GitHub's critical starts above 9.0.
fn security_severity(statement: &Statement) -> String {
    let stated = statement.ratings.iter().filter_map(|rating| rating.score);
    let score = stated
        .filter(|score| Severity::from_score(*score) == statement.severity)
        .find(|score| *score <= 10.0);
    let score = match (statement.severity, score) {
        (Severity::Critical, score) => score.unwrap_or(9.5).max(9.1),
        (Severity::High, score) => score.unwrap_or(8.0),
        (Severity::Medium, score) => score.unwrap_or(5.5),
        (Severity::Low, score) => score.unwrap_or(2.0),
        (Severity::Negligible | Severity::Unknown, _) => 0.0,
    };
    // Rounded down, so that 6.96 does not become high.
    format!("{:.1}", (score * 10.0 + 1e-9).floor() / 10.0)
}

/// Whether a link can stand as a URI: http or https, and no character that RFC 3986 excludes.
fn is_link(link: &str) -> bool {
    let rest = link
        .strip_prefix("https://")
        .or_else(|| link.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && link.len() <= 2_048
            && rest
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}[]".contains(&b))
    })
}
