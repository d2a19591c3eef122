//! Any other tool: by its ids, with the forms of Anchore, Clair and Prisma Cloud.

use std::borrow::Cow;

use sealift_types::{Kind, Severity};

use super::super::facts::Facts;
use super::{Draft, Input, fix, is_vulnerability, package};
use crate::purl_type::purl_type;

pub(super) fn read<'a>(kind: Kind, input: &Input<'a>) -> Draft<'a> {
    if let Some(rest) = input.id.strip_prefix("ANCHOREVULN_") {
        return anchore(rest, input);
    }
    if let Some(draft) = clair(input) {
        return draft;
    }
    let kind = if is_vulnerability(input.id) {
        Kind::Vulnerability
    } else {
        kind
    };
    let title = match kind {
        Kind::Vulnerability => input.short().or_else(|| first_line(input.text)),
        _ => first_line(input.text).or(input.short()),
    };
    let stated = input.row.properties.severity.as_deref();
    Draft {
        kind,
        id: Cow::Borrowed(input.id),
        package: input
            .row
            .properties
            .purl
            .as_deref()
            .and_then(super::package_of_purl),
        label: stated
            .filter(|label| Severity::from_label(label).is_some())
            .or_else(|| tagged(input))
            .map(ToOwned::to_owned),
        title,
        description: input.full(),
        ..Draft::default()
    }
}

/// A tag that is a severity's word; the worst where there are several.
fn tagged<'a>(input: &Input<'a>) -> Option<&'a str> {
    let tags = input.rule.map_or(&[][..], |rule| &rule.tags);
    tags.iter()
        .map(AsRef::as_ref)
        .filter_map(|tag: &str| Some((Severity::from_label(tag)?, tag)))
        .filter(|(severity, _)| *severity >= Severity::Low)
        .max_by_key(|(severity, _)| *severity)
        .map(|(_, tag)| tag)
}

/// Anchore's inline scan: `ANCHOREVULN_<cve>_<type>_<package>-<version>`, a rule for each, with facts in its help.
fn anchore<'a>(rest: &'a str, input: &Input<'a>) -> Draft<'a> {
    let mut parts = rest.splitn(3, '_');
    let id = parts.next().unwrap_or(rest);
    let ecosystem = parts.next();
    let facts = input.rule.and_then(|rule| rule.facts.as_deref());
    let mut found = package(
        facts.and_then(|facts| facts.package.as_deref()).or(parts.next()),
        facts.and_then(|facts| facts.version.as_deref()),
    );
    if let Some(found) = &mut found {
        found.package_type = ecosystem.and_then(purl_type).map(ToOwned::to_owned);
    }
    Draft {
        kind: Kind::Vulnerability,
        id: Cow::Borrowed(id),
        package: found,
        label: facts
            .and_then(|facts| facts.severity.as_deref())
            .map(ToOwned::to_owned),
        title: input.short(),
        fix: fix(facts.and_then(Facts::fixes)),
        ..Draft::default()
    }
}

/// Clair's template: `[package - version - SEVERITY] description`.
fn clair<'a>(input: &Input<'a>) -> Option<Draft<'a>> {
    let (head, description) = input.text.strip_prefix('[')?.split_once("] ")?;
    let (head, label) = head.rsplit_once(" - ")?;
    let (name, version) = head.rsplit_once(" - ")?;
    Severity::from_label(label)?;
    Some(Draft {
        kind: Kind::Vulnerability,
        id: Cow::Borrowed(input.id),
        package: package(Some(name), Some(version)),
        label: Some(label.to_owned()),
        title: first_line(description),
        description: Some(description),
        ..Draft::default()
    })
}

/// Prisma Cloud's twistcli: everything but the description stands in the rule, which is written per CVE.
pub(super) fn prisma<'a>(input: &Input<'a>) -> Draft<'a> {
    let facts = input.rule.and_then(|rule| rule.facts.as_deref());
    let description = input
        .text
        .strip_prefix("Description:")
        .unwrap_or(input.text)
        .trim();
    let is_vulnerability = is_vulnerability(input.id) || facts.is_some_and(|facts| facts.package.is_some());
    Draft {
        kind: if is_vulnerability {
            Kind::Vulnerability
        } else {
            Kind::Misconfiguration
        },
        id: Cow::Borrowed(input.id),
        package: facts.and_then(|facts| package(facts.package.as_deref(), facts.version.as_deref())),
        label: facts
            .and_then(|facts| facts.severity.as_deref())
            .map(ToOwned::to_owned),
        title: first_line(description),
        description: Some(description),
        fix: fix(facts.and_then(Facts::fixes)),
        ..Draft::default()
    }
}

fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}
