//! A match: a vulnerability, its related records, and the artifact it was found in.

use sealift_types::{
    Epss, Finding, Fix, FixState, Kev, Kind, Location, Package, Rating, Severity, SourcePackage, Statement,
    Suppression,
};
use serde::Deserialize;

use super::super::lax::{Label, Lax, List, Number, Text};
use super::super::run::statement;
use super::super::text::{clamp, links, set_severity, timestamp, versions};
use crate::ids::Ids;
use crate::purl_type::{purl_type, purl_type_of};

/// Ratings kept of one row; real rows have up to a dozen.
const MAX_RATINGS: usize = 64;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Match {
    vulnerability: Lax<Vulnerability>,
    related_vulnerabilities: List<Lax<Vulnerability>>,
    artifact: Lax<Artifact>,
    applied_ignore_rules: List<Lax<IgnoreRule>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Vulnerability {
    id: Text,
    data_source: Text,
    namespace: Text,
    severity: Label,
    urls: List<Text>,
    /// `urls` until Grype 0.10.
    links: List<Text>,
    description: Text,
    cvss: List<Lax<Cvss>>,
    cvss_v2: Lax<OldCvss>,
    cvss_v3: Lax<OldCvss>,
    fix: Lax<StatedFix>,
    /// Until Grype 0.13, a comma list.
    fixed_in_version: Text,
    epss: List<Lax<StatedEpss>>,
    known_exploited: List<Lax<KnownExploited>>,
    advisories: List<Lax<Advisory>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Cvss {
    source: Text,
    vector: Text,
    metrics: Lax<Metrics>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metrics {
    base_score: Number,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OldCvss {
    base_score: Number,
    vector: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StatedFix {
    state: Text,
    versions: List<Text>,
    available: List<Lax<Available>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Available {
    date: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StatedEpss {
    epss: Number,
    percentile: Number,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct KnownExploited {
    date_added: Text,
    due_date: Text,
    known_ransomware_campaign_use: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Advisory {
    id: Text,
    link: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names of the format")]
struct Artifact {
    name: Text,
    version: Text,
    #[serde(rename = "type")]
    artifact_type: Text,
    purl: Text,
    locations: List<Lax<Place>>,
    upstreams: List<Lax<Upstream>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Place {
    /// Absent in a few old reports, where `accessPath` stands alone.
    path: Text,
    access_path: Text,
    #[serde(rename = "layerID")]
    layer_id: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Upstream {
    name: Text,
    version: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct IgnoreRule {
    pub(super) reason: Text,
    pub(super) fix_state: Text,
    pub(super) vex_status: Text,
    pub(super) vex_justification: Text,
}

impl Match {
    /// Why the match was ignored.
    pub(super) fn take_suppression(&mut self) -> Suppression {
        super::suppression(std::mem::take(&mut self.applied_ignore_rules).0)
    }

    pub(super) fn understand(self) -> Result<Finding, &'static str> {
        let vulnerability = self.vulnerability.0;
        let related = self.related_vulnerabilities.0;
        let id = vulnerability.id.0.ok_or("a match without vulnerability.id")?;
        // Advisories are what the distribution published about it: errata.
        let others = related.iter().filter_map(|record| record.0.id.as_deref()).chain(
            vulnerability
                .advisories
                .0
                .iter()
                .filter_map(|advisory| advisory.0.id.as_deref()),
        );
        let ids = Ids::sort(&id, others);
        let description = vulnerability
            .description
            .0
            .or_else(|| related.iter().find_map(|record| record.0.description.0.clone()));
        let mut statement = Statement {
            ratings: ratings(
                &vulnerability.namespace,
                vulnerability.cvss,
                [vulnerability.cvss_v3.0, vulnerability.cvss_v2.0],
                &related,
            ),
            fix: fix(vulnerability.fix.0, vulnerability.fixed_in_version.as_deref()),
            epss: [
                vulnerability.epss.0.first(),
                related.iter().find_map(|record| record.0.epss.0.first()),
            ]
            .into_iter()
            .flatten()
            .find_map(|epss| Some(Epss::new(epss.0.epss.0?, epss.0.percentile.0.unwrap_or_default()))),
            kev: kev(std::iter::once(&vulnerability.known_exploited)
                .chain(related.iter().map(|record| &record.0.known_exploited))),
            ..statement(&id)
        };
        set_severity(&mut statement, vulnerability.severity.0);
        let artifact = self.artifact.0;
        (statement.locations, statement.locations_total) = locations(artifact.locations);
        let links = links(
            vulnerability
                .data_source
                .0
                .into_iter()
                .chain(vulnerability.urls.texts())
                .chain(vulnerability.links.texts())
                .chain(
                    vulnerability
                        .advisories
                        .0
                        .into_iter()
                        .filter_map(|advisory| advisory.0.link.0),
                )
                .chain(related.into_iter().filter_map(|record| record.0.data_source.0)),
        );
        Ok(Finding {
            kind: Kind::Vulnerability,
            id: ids.id,
            aliases: ids.aliases,
            related: ids.related,
            package: artifact.name.0.map(|name| Package {
                package_type: artifact.purl.as_deref().and_then(purl_type_of).or_else(|| {
                    artifact
                        .artifact_type
                        .as_deref()
                        .and_then(purl_type)
                        .map(ToOwned::to_owned)
                }),
                source: source(&name, artifact.purl.as_deref(), artifact.upstreams),
                purl: artifact.purl.0,
                version: artifact.version.0,
                name,
            }),
            description: description.map(clamp),
            links,
            statements: vec![statement],
            ..Finding::default()
        })
    }
}

/// The source package: the upstream that is stated; before Grype 0.40 only the purl has it,
/// `upstream=avahi-0.7-20.el8.src.rpm` or `upstream=openssl`.
fn source(name: &str, purl: Option<&str>, upstreams: List<Lax<Upstream>>) -> Option<SourcePackage> {
    let stated = upstreams.0.into_iter().find_map(|Lax(upstream)| {
        let upstream_name = upstream.name.0?;
        (upstream_name != name || upstream.version.is_some())
            .then(|| SourcePackage::new(upstream_name, upstream.version.0))
    });
    stated.or_else(|| {
        let qualifiers = purl?.split_once('?')?.1;
        let upstream = qualifiers
            .split('&')
            .find_map(|qualifier| qualifier.strip_prefix("upstream="))?;
        let upstream = upstream.replace("%2B", "+").replace("%2b", "+");
        if let Some(nvr) = upstream.strip_suffix(".src.rpm") {
            // name-version-release; the name may hold hyphens, the other two never do.
            let mut parts = nvr.rsplitn(3, '-');
            let (release, version, name) = (parts.next()?, parts.next()?, parts.next()?);
            return Some(SourcePackage::new(name, Some(format!("{version}-{release}"))));
        }
        let (name, version) = match upstream.split_once("%40").or_else(|| upstream.split_once('@')) {
            Some((name, version)) => (name, Some(version.to_owned())),
            None => (upstream.as_str(), None),
        };
        (!name.is_empty()).then(|| SourcePackage::new(name, version))
    })
}

fn fix(stated: StatedFix, old: Option<&str>) -> Fix {
    let mut versions_stated: Vec<String> = stated.versions.texts().collect();
    if versions_stated.is_empty() {
        versions_stated = old.map(versions).unwrap_or_default();
    }
    let state = match stated.state.as_deref() {
        Some("fixed") => FixState::Fixed,
        Some("not-fixed") => FixState::NotFixed,
        Some("wont-fix") => FixState::WontFix,
        _ if !versions_stated.is_empty() => FixState::Fixed,
        _ => FixState::Unknown,
    };
    Fix {
        state,
        versions: versions_stated,
        available: stated
            .available
            .0
            .into_iter()
            .filter_map(|available| timestamp(available.0.date.as_deref()?))
            .min(),
    }
}

fn kev<'m>(mut listed: impl Iterator<Item = &'m List<Lax<KnownExploited>>>) -> Option<Kev> {
    let entry = &listed.find_map(|list| list.0.first())?.0;
    Some(Kev {
        date_added: entry.date_added.0.clone(),
        due_date: entry.due_date.0.clone(),
        ransomware: entry
            .known_ransomware_campaign_use
            .as_deref()
            .is_some_and(|use_| use_.eq_ignore_ascii_case("known")),
    })
}

fn locations(places: List<Lax<Place>>) -> (Vec<Location>, u32) {
    let total = u32::try_from(places.0.len()).unwrap_or(u32::MAX);
    let locations = places
        .0
        .into_iter()
        .take(Statement::MAX_LOCATIONS)
        .map(|Lax(place)| Location {
            path: place.path.0.or(place.access_path.0).unwrap_or_default(),
            line: None,
            layer: place.layer_id.as_deref().and_then(|id| id.parse().ok()),
        })
        .collect();
    (locations, total)
}

/// The scores of the record itself, then those of the related records with the label of each.
fn ratings(
    namespace: &Text,
    cvss: List<Lax<Cvss>>,
    old: [OldCvss; 2],
    related: &[Lax<Vulnerability>],
) -> Vec<Rating> {
    let own = party(namespace.as_deref());
    let mut ratings: Vec<Rating> = cvss
        .0
        .into_iter()
        .filter_map(|entry| rating(&entry.0, own))
        .collect();
    for entry in old {
        if entry.base_score.0.is_some() || entry.vector.is_some() {
            ratings.push(Rating {
                source: own.to_owned(),
                severity: None,
                score: entry.base_score.0,
                vector: entry.vector.0,
            });
        }
    }
    for Lax(record) in related {
        let source = party(record.namespace.as_deref());
        let label = record.severity.as_deref().and_then(Severity::from_label);
        let before = ratings.len();
        ratings.extend(record.cvss.0.iter().filter_map(|entry| rating(&entry.0, source)));
        match ratings[before..]
            .iter_mut()
            .find(|rating| rating.source == source)
        {
            Some(rating) => rating.severity = label,
            None if label.is_some() => ratings.push(Rating {
                source: source.to_owned(),
                severity: label,
                ..Rating::default()
            }),
            None => {}
        }
    }
    ratings.dedup();
    ratings.truncate(MAX_RATINGS);
    ratings
}

fn rating(cvss: &Cvss, default: &str) -> Option<Rating> {
    (cvss.metrics.0.base_score.0.is_some() || cvss.vector.is_some()).then(|| Rating {
        source: cvss
            .source
            .as_deref()
            .map_or(default, |source| party(Some(source)))
            .to_owned(),
        severity: None,
        score: cvss.metrics.0.base_score.0,
        vector: cvss.vector.0.clone(),
    })
}

/// A namespace (`debian:distro:debian:12`, `github:language:python`, `nvd:cpe`) or an address (`nvd@nist.gov`) as
/// the short name of who rates.
fn party(namespace: Option<&str>) -> &str {
    match namespace {
        None => "grype",
        Some("nvd@nist.gov") => "nvd",
        Some(text) if text.starts_with("github:") => "ghsa",
        Some(text) => text.split(':').next().unwrap_or(text),
    }
}
