//! What each tool's results say, as measured on real reports.
//!
//! Each reader takes a result with its rule and fills a [`Draft`]; what a tool does not state stays empty.

mod generic;
mod grype;
mod osv;
mod scout;
mod snyk;
mod trivy;

use std::borrow::Cow;

use sealift_types::{Epss, Fix, FixState, Kind, Package, Rating};

use super::rule::Rule;
use super::scanner::Scanner;
use super::tally::Tally;
use super::wire::Row;
use crate::ids::is_vulnerability;

/// What a reader takes.
pub(super) struct Input<'a> {
    pub(super) row: &'a Row<'a>,
    pub(super) rule: Option<&'a Rule>,
    /// The rule's id as the result gives it; a hierarchical id in full.
    pub(super) id: &'a str,
    /// The message, with its arguments filled in.
    pub(super) text: &'a str,
}

impl<'a> Input<'a> {
    fn tag(&self, index: usize) -> Option<&'a str> {
        self.rule.and_then(|rule| rule.tags.get(index)).map(AsRef::as_ref)
    }

    fn short(&self) -> Option<&'a str> {
        self.rule.and_then(|rule| rule.short.as_deref())
    }

    fn full(&self) -> Option<&'a str> {
        self.rule.and_then(|rule| rule.full.as_deref())
    }
}

/// What a reader gives.
#[derive(Debug, Default)]
pub(super) struct Draft<'a> {
    pub(super) kind: Kind,
    pub(super) id: Cow<'a, str>,
    pub(super) aliases: Vec<String>,
    pub(super) package: Option<Package>,
    /// The scanner's own word for the severity.
    pub(super) label: Option<String>,
    /// Whether the rule's `security-severity` is about this result's package.
    pub(super) score_is_shared: bool,
    pub(super) title: Option<&'a str>,
    pub(super) description: Option<&'a str>,
    pub(super) fix: Fix,
    pub(super) link: Option<&'a str>,
    pub(super) ratings: Vec<Rating>,
    pub(super) epss: Option<Epss>,
    /// A place that only the message names.
    pub(super) place: Option<String>,
}

/// Reads a result as its tool means it.
pub(super) fn read<'a>(scanner: Scanner, input: &Input<'a>, tally: &mut Tally) -> Draft<'a> {
    let mut draft = match scanner {
        Scanner::Trivy => trivy::read(input, tally),
        Scanner::Grype => grype::read(input, tally),
        Scanner::Snyk(product) => snyk::read(product, input),
        Scanner::Scout => scout::read(input, tally),
        Scanner::Osv => osv::read(input),
        Scanner::Prisma => generic::prisma(input),
        Scanner::Other(kind) => generic::read(kind, input),
    };
    draft.link = draft
        .link
        .or_else(|| input.rule.and_then(|rule| rule.uri.as_deref()));
    draft
}

/// A fix from the versions that are stated; `None` where nothing is.
fn fix(versions: Option<Vec<String>>) -> Fix {
    let state = match &versions {
        None => FixState::Unknown,
        Some(versions) if versions.is_empty() => FixState::NotFixed,
        Some(_) => FixState::Fixed,
    };
    Fix {
        state,
        versions: versions.unwrap_or_default(),
        ..Fix::default()
    }
}

/// A package of this name; an empty name is none.
fn package(name: Option<&str>, version: Option<&str>) -> Option<Package> {
    let name = name.filter(|name| !name.is_empty())?;
    Some(Package {
        version: version
            .filter(|version| !version.is_empty())
            .map(ToOwned::to_owned),
        ..Package::named(name)
    })
}

/// A package from its URL: type, name with namespace, version, all percent-decoded.
fn package_of_purl(purl: &str) -> Option<Package> {
    let rest = purl.strip_prefix("pkg:")?;
    let bare = rest.split(['?', '#']).next().unwrap_or(rest);
    let (package_type, path) = bare.trim_start_matches('/').split_once('/')?;
    let (path, version) = match path.rsplit_once('@') {
        Some((path, version)) if !path.is_empty() => (path, Some(decode(version))),
        _ => (path, None),
    };
    let package_type = package_type.to_ascii_lowercase();
    let path = decode(path);
    let name = match package_type.as_str() {
        // The namespace of a distribution's package is the distribution, not part of the name.
        "deb" | "rpm" | "apk" | "alpm" => path
            .rsplit_once('/')
            .map_or(path.as_str(), |(_, name)| name)
            .to_owned(),
        "maven" => path.replacen('/', ":", 1),
        _ => path,
    };
    (!name.is_empty()).then(|| Package {
        purl: Some(purl.to_owned()),
        package_type: Some(package_type),
        name,
        version,
        source: None,
    })
}

/// Percent-decoded; what is no valid escape stays.
fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |b: u8| char::from(b).to_digit(16);
        if let (b'%', Some(&[high, low])) = (*first, tail.first_chunk::<2>())
            && let (Some(high), Some(low)) = (hex(high), hex(low))
        {
            out.push(u8::try_from(high * 16 + low).unwrap_or_default());
            rest = &tail[2..];
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_purls() {
        let check = |purl: &str, expected: (&str, &str, Option<&str>)| {
            let package = package_of_purl(purl).unwrap();
            let found = (
                package.package_type.as_deref().unwrap(),
                package.name.as_str(),
                package.version.as_deref(),
            );
            assert_eq!(found, expected, "{purl}");
        };
        check(
            "pkg:deb/debian/shadow@1%3A4.13%2Bdfsg1?os_name=debian",
            ("deb", "shadow", Some("1:4.13+dfsg1")),
        );
        check(
            "pkg:npm/%40babel/traverse@7.0.0",
            ("npm", "@babel/traverse", Some("7.0.0")),
        );
        check("pkg:maven/org.x/core@1", ("maven", "org.x:core", Some("1")));
        check(
            "pkg:golang/golang.org/x/net@v0.1.0",
            ("golang", "golang.org/x/net", Some("v0.1.0")),
        );
        check("pkg:pypi/requests", ("pypi", "requests", None));
        assert_eq!(package_of_purl("requests@1"), None);
        assert_eq!(decode("a%zz%4"), "a%zz%4");
    }
}
