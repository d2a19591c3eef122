//! Trivy: `pkg/report/sarif.go` since 0.2x, its templates before (0.9, 0.15), and `TrivyPremium`.
//!
//! Everything is read from the result's own message. A rule is shared by all packages of its id and holds what
//! the last of them wrote, in 443 of 1,775 measured rules that of another package or version; so no package, fix
//! or severity is taken from it. The templates wrote their rules for each package, and nothing into the message.

use std::borrow::Cow;

use sealift_types::Kind;

use super::super::facts::Facts;
use super::super::tally::Tally;
use super::{Draft, Input, fix, is_vulnerability, package};

pub(super) fn read<'a>(input: &Input<'a>, tally: &mut Tally) -> Draft<'a> {
    let facts = Facts::of_lines(input.text);
    if facts.is_ambiguous() {
        tally.add("ambiguous-message");
    }
    let kind = kind(input, &facts);
    let mut draft = Draft {
        kind,
        id: Cow::Borrowed(input.id),
        label: facts.severity.as_deref().map(ToOwned::to_owned),
        score_is_shared: true,
        title: input.short(),
        description: input.full(),
        ..Draft::default()
    };
    match kind {
        Kind::Vulnerability if facts.package.is_some() => {
            draft.package = package(facts.package.as_deref(), facts.version.as_deref());
            draft.fix = fix(facts.fixes());
        }
        Kind::Vulnerability => template(&mut draft, input),
        Kind::License => {
            let (owner, license) = input.id.split_once(':').unwrap_or(("", input.id));
            draft.package = package(facts.license_package.as_deref().or(Some(owner)), None);
            draft.id = Cow::Borrowed(license);
            // The rule is the package's and the licence's own.
            draft.label = draft.label.or_else(|| input.tag(2).map(ToOwned::to_owned));
        }
        _ => {
            let artifact = facts.artifact.filter(|_| input.row.locations.total == 0);
            draft.place = artifact.map(String::from);
        }
    }
    draft
}

/// By the id, then by the rule's class, which all packages of an id share; without a rule by the message's first line.
fn kind(input: &Input<'_>, facts: &Facts) -> Kind {
    match input.rule.and_then(|rule| rule.name.as_deref()) {
        // A rule's name and tags are shared and can be forged; what the id says counts first.
        _ if is_vulnerability(input.id) => return Kind::Vulnerability,
        Some("Misconfiguration") => return Kind::Misconfiguration,
        Some("Secret") => return Kind::Secret,
        Some("License") => return Kind::License,
        Some("Malware") => return Kind::Code,
        Some(name) if name.ends_with("Vulnerability") => return Kind::Vulnerability,
        _ => {}
    }
    match input.tag(0) {
        Some("misconfiguration") => Kind::Misconfiguration,
        Some("secret") => Kind::Secret,
        Some("license") => Kind::License,
        Some("vulnerability") => Kind::Vulnerability,
        _ if facts.package.is_none() && facts.artifact.is_some() => {
            if facts.license_package.is_some() {
                Kind::License
            } else if input.text.lines().any(|line| line.starts_with("Secret ")) {
                Kind::Secret
            } else {
                Kind::Misconfiguration
            }
        }
        _ => Kind::Vulnerability,
    }
}

/// The templates: `[HIGH] CVE-2019-1` (0.9), `CVE-2019-1/curl` (0.15), with the facts in the rule's help.
fn template(draft: &mut Draft<'_>, input: &Input<'_>) {
    let (label, id) = match input.id.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((label, id)) => (Some(label), id.trim()),
        None => (None, input.id),
    };
    let (id, name) = match id.split_once('/') {
        Some((id, name)) if is_vulnerability(id) => (id, Some(name)),
        _ => (id, None),
    };
    let facts = input.rule.and_then(|rule| rule.facts.as_deref());
    // The rule's facts are this row's only where the id names the same package.
    let own = facts.filter(|facts| name.is_none() || facts.package.as_deref() == name);
    draft.package = package(
        name.or(own.and_then(|facts| facts.package.as_deref())),
        own.and_then(|facts| facts.version.as_deref()),
    );
    draft.fix = fix(own.and_then(Facts::fixes));
    let stated = label.or(own.and_then(|facts| facts.severity.as_deref()));
    draft.label = draft.label.take().or_else(|| stated.map(ToOwned::to_owned));
    draft.id = Cow::Owned(id.to_owned());
}
