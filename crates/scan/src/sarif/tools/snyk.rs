//! Snyk: Container, Open Source, Code, Infrastructure as Code and Secrets, of the old and the new engine.
//!
//! CVEs stand only in the rule's full description, `(CVE-2024-1,CVE-2024-2) source/binary@1.0`; the package in the
//! result's logical location, or there too in older versions. Snyk's rules are per id and it writes one result per
//! id, so the rule is this result's own.

use std::borrow::Cow;

use sealift_types::{Fix, FixState, Kind, Package, Severity, SourcePackage};

use super::super::scanner::Product;
use super::{Draft, Input, is_vulnerability};
use crate::purl_type::purl_type;

pub(super) fn read<'a>(product: Product, input: &Input<'a>) -> Draft<'a> {
    let kind = kind(product, input.id);
    let mut draft = Draft {
        kind,
        id: Cow::Borrowed(input.id),
        label: label(input),
        title: input
            .short()
            .map(|short| short.split_once("everity - ").map_or(short, |(_, title)| title)),
        ..Draft::default()
    };
    match kind {
        Kind::Vulnerability | Kind::License => {
            let (aliases, described) = described(input.full().unwrap_or_default());
            draft.aliases = aliases.iter().map(ToString::to_string).collect();
            draft.package = package(input, described);
            draft.fix = fix(input, draft.package.as_ref());
        }
        _ => draft.description = Some(input.text),
    }
    draft
}

fn kind(product: Product, id: &str) -> Kind {
    match product {
        _ if is_vulnerability(id) => Kind::Vulnerability,
        _ if id.starts_with("snyk:lic:") => Kind::License,
        _ if id.starts_with("SNYK-CC-") => Kind::Misconfiguration,
        _ if id.starts_with("SNYK-") => Kind::Vulnerability,
        Product::Config => Kind::Misconfiguration,
        Product::Secrets => Kind::Secret,
        Product::Code => Kind::Code,
        // `snyk-cli` wrote the results of Snyk Code too: `javascript/NoSqli`.
        Product::Packages if id.contains('/') => Kind::Code,
        Product::Packages => Kind::Vulnerability,
    }
}

/// `… with a high severity vulnerability`, `High severity - …`, or what the organisation's policy made of it.
fn label(input: &Input<'_>) -> Option<String> {
    let in_properties = input.row.properties.severity.as_deref();
    let word = |text: &str| {
        let (before, _) = text.split_once(" severity ")?;
        before.rsplit(' ').next().map(ToOwned::to_owned)
    };
    let problem = input
        .rule
        .and_then(|rule| rule.properties.as_deref()?.severity.as_deref());
    in_properties
        .map(ToOwned::to_owned)
        .or_else(|| word(input.text))
        .or_else(|| input.short().and_then(word))
        .or_else(|| problem.map(ToOwned::to_owned))
        .filter(|label| Severity::from_label(label).is_some())
}

/// The ids in parentheses, and what follows them: `name@version`.
fn described(full: &str) -> (Vec<&str>, &str) {
    match full.strip_prefix('(').and_then(|rest| rest.split_once(") ")) {
        Some((ids, named)) => (
            ids.split(',')
                .map(str::trim)
                .filter(|id| !id.is_empty())
                .collect(),
            named.trim(),
        ),
        None => (Vec::new(), full.trim()),
    }
}

fn package(input: &Input<'_>, described: &str) -> Option<Package> {
    let logical = input
        .row
        .locations
        .items
        .iter()
        .find_map(|location| location.0.as_ref()?.logical.as_deref());
    let package_type = input
        .rule
        .and_then(|rule| rule.tags.iter().find_map(|tag| purl_type(tag)));
    let is_distribution = matches!(package_type, Some("deb" | "rpm" | "apk"));
    let (name, version) = split(described).or_else(|| split(logical?))?;
    // In a distribution the description names `source/binary`, the location only the source.
    let (source, name) = match name.split_once('/') {
        Some((source, binary)) if is_distribution => (Some(source), binary),
        _ => (None, name),
    };
    Some(Package {
        package_type: package_type.map(ToOwned::to_owned),
        name: name.to_owned(),
        version: Some(version.to_owned()),
        source: source.map(|source| SourcePackage::new(source, None)),
        ..Package::default()
    })
}

/// At the last `@`: a scope begins with one.
fn split(named: &str) -> Option<(&str, &str)> {
    named
        .rsplit_once('@')
        .filter(|(name, version)| !name.is_empty() && !version.is_empty() && !version.contains(' '))
}

/// `Upgrade to X@1.2`, where X may be the direct dependency that brings the package.
fn fix(input: &Input<'_>, package: Option<&Package>) -> Fix {
    let Some((_, target)) = input
        .row
        .fix
        .as_deref()
        .and_then(|text| text.split_once("pgrade to "))
    else {
        return Fix::default();
    };
    let versions = split(target.trim()).and_then(|(name, version)| {
        let package = package?;
        let is_own = name == package.name
            || package
                .source
                .as_ref()
                .is_some_and(|source| name == format!("{}/{}", source.name, package.name));
        is_own.then(|| vec![version.to_owned()])
    });
    Fix {
        state: FixState::Fixed,
        versions: versions.unwrap_or_default(),
        ..Fix::default()
    }
}
