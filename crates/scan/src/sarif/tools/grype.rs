//! Grype, `grype/presenter/sarif/presenter.go`, and the wording of 0.34.
//!
//! The id is `<vulnerability>-<package>`; both may hold dashes, so the package's name is taken from the message
//! and cut off. A rule is shared by all versions of a package, so its fix counts for the version that it names.

use std::borrow::Cow;

use sealift_types::Kind;

use super::super::facts::Facts;
use super::super::tally::Tally;
use super::{Draft, Input, fix, package, package_of_purl};
use crate::purl_type::purl_type;

pub(super) fn read<'a>(input: &Input<'a>, tally: &mut Tally) -> Draft<'a> {
    let facts = input.rule.and_then(|rule| rule.facts.as_deref());
    let said = Said::of(input.text);
    let name = said.name.or(facts.and_then(|facts| facts.package.as_deref()));
    let version = said.version.or(facts.and_then(|facts| facts.version.as_deref()));
    let own = facts.filter(|facts| facts.version.as_deref() == version);
    if facts.is_some() && own.is_none() {
        tally.add("rule-of-another-version");
    }
    let ecosystem = said.ecosystem.or(own.and_then(|facts| facts.kind.as_deref()));
    let id = name
        .and_then(|name| input.id.strip_suffix(name)?.strip_suffix('-'))
        .unwrap_or(input.id);
    let mut found = package(name, version);
    if let Some(found) = &mut found {
        found.package_type = ecosystem.and_then(purl_type).map(ToOwned::to_owned);
        let purls = input
            .rule
            .and_then(|rule| rule.properties.as_deref())
            .map_or(&[][..], |properties| &properties.purls);
        let purl = purls
            .iter()
            .filter_map(|purl| package_of_purl(purl))
            .find(|purl| version.is_none() || purl.version.as_deref() == version)
            .or_else(|| (purls.len() == 1 && own.is_some()).then(|| package_of_purl(&purls[0]))?);
        if let Some(purl) = purl {
            found.package_type = purl.package_type;
            found.purl = purl.purl;
        }
    }
    Draft {
        kind: Kind::Vulnerability,
        id: Cow::Borrowed(id),
        package: found,
        label: said
            .severity
            .or(facts.and_then(|facts| facts.severity.as_deref()))
            .map(ToOwned::to_owned),
        title: input.short(),
        fix: fix(own.and_then(Facts::fixes)),
        ..Draft::default()
    }
}

/// What the message states.
#[derive(Default)]
struct Said<'a> {
    severity: Option<&'a str>,
    ecosystem: Option<&'a str>,
    name: Option<&'a str>,
    version: Option<&'a str>,
}

impl<'a> Said<'a> {
    fn of(text: &'a str) -> Self {
        Self::new(text).or_else(|| Self::old(text)).unwrap_or_default()
    }

    /// `A low vulnerability in rpm package: zlib, version 1.1 was found in image x at: /path`
    fn new(text: &'a str) -> Option<Self> {
        let (start, rest) = text.split_once(" package: ")?;
        let (start, ecosystem) = start.rsplit_once(" in ")?;
        // The last " was found" ends the version: the words before it are the scanner's, those after it a path.
        let (name, rest) = rest.split_once(", version ")?;
        let (version, _) = rest.split_once(" was found")?;
        let severity = start
            .strip_suffix(" vulnerability")
            .and_then(|start| start.rsplit(' ').next());
        Some(Self {
            severity,
            ecosystem: Some(ecosystem),
            name: Some(name),
            version: Some(version),
        })
    }

    /// `The path /a reports zlib at version 1.1 which would result in a vulnerable (deb) package installed`
    fn old(text: &'a str) -> Option<Self> {
        let (_, rest) = text.split_once(" reports ")?;
        let (name, rest) = rest.split_once(" at version ")?;
        let version = rest.split_whitespace().next()?;
        let ecosystem = rest
            .split_once("vulnerable (")
            .and_then(|(_, rest)| rest.split_once(')'))
            .map(|(ecosystem, _)| ecosystem);
        Some(Self {
            severity: None,
            ecosystem,
            name: Some(name.trim()),
            version: Some(version),
        })
    }
}
