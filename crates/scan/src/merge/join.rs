//! A cluster of statements into one finding.

use std::collections::{BTreeSet, HashSet};

use sealift_types::{Finding, MatchTier, Package, Report, Stated, Statement, is_cve, is_erratum};

use super::cluster::Grouping;
use super::{Atom, Cluster, Member};
use crate::order;
use crate::symbols::Identity;

/// Scanners in the order in which their words are preferred where they say equally much.
const PREFERENCE: [&str; 6] = ["trivy", "grype", "osv-scanner", "snyk", "gitlab", "docker-scout"];

/// One finding for each cluster, in no order.
pub(super) fn join(grouping: Grouping, atoms: Vec<Atom>, reports: &[Report]) -> Vec<Finding> {
    let Grouping {
        clusters,
        ids,
        ambiguous,
    } = grouping;
    let mut store = Store::new(atoms, &clusters);
    let preference: Vec<usize> = reports
        .iter()
        .map(|report| PREFERENCE.iter().position(|&name| name == report.scanner))
        .map(|place| place.unwrap_or(PREFERENCE.len()))
        .collect();
    clusters
        .into_iter()
        .map(|cluster| {
            let mut parts: Vec<Part> = cluster.members.iter().map(|member| store.take(*member)).collect();
            let id = ids.get(&cluster.flaw).unwrap_or(&parts[0].finding.id);
            if parts.len() == 1 && parts[0].finding.id == *id && parts[0].finding.aliases.is_empty() {
                return parts.remove(0).finding;
            }
            let id = id.clone();
            let rank = |part: &Part| preference[part.report() as usize];
            parts.sort_by(|a, b| {
                (a.report(), a.by_source)
                    .cmp(&(b.report(), b.by_source))
                    .then_with(|| order::compare_identities(&a.finding, &b.finding))
            });
            finding(id, parts, rank, &ambiguous)
        })
        .collect()
}

/// One statement on its way into a finding.
struct Part {
    finding: Finding,
    identity: Identity,
    by_source: bool,
}

impl Part {
    fn report(&self) -> u32 {
        self.finding.statements[0].report
    }

    fn statement_id(&self) -> &str {
        &self.finding.statements[0].id
    }
}

/// Atoms, each cloned as long as another cluster needs it and moved at the end.
struct Store {
    atoms: Vec<Atom>,
    uses: Vec<u32>,
}

impl Store {
    fn new(atoms: Vec<Atom>, clusters: &[Cluster]) -> Self {
        let mut uses = vec![0; atoms.len()];
        for member in clusters.iter().flat_map(|cluster| &cluster.members) {
            uses[member.atom as usize] += 1;
        }
        Self { atoms, uses }
    }

    fn take(&mut self, member: Member) -> Part {
        let place = member.atom as usize;
        let atom = &mut self.atoms[place];
        self.uses[place] -= 1;
        Part {
            finding: match self.uses[place] {
                0 => std::mem::take(&mut atom.finding),
                _ => atom.finding.clone(),
            },
            identity: atom.identity,
            by_source: member.by_source,
        }
    }
}

fn finding(
    id: String,
    parts: Vec<Part>,
    preference: impl Fn(&Part) -> usize,
    ambiguous: &HashSet<String>,
) -> Finding {
    let mut joined = Finding {
        kind: parts[0].finding.kind,
        id,
        package: best_package(&parts, &preference),
        ..Finding::default()
    };
    unite_ids(&mut joined, &parts, ambiguous);
    choose_words(&mut joined, &parts, &preference);
    let complete = parts
        .iter()
        .any(|part| !part.by_source && part.identity.is_complete);
    let one_id = parts
        .iter()
        .all(|part| part.statement_id() == parts[0].statement_id());
    joined.statements = parts
        .into_iter()
        .map(|part| {
            let tier = if part.by_source {
                MatchTier::Source
            } else if complete && !part.identity.is_complete && part.finding.package.is_some() {
                MatchTier::Name
            } else if !one_id && !part.statement_id().eq_ignore_ascii_case(&joined.id) {
                MatchTier::Alias
            } else {
                MatchTier::Exact
            };
            statement(part.finding, &joined, tier)
        })
        .collect();
    joined
}

/// The package of the statement that says most of it.
fn best_package(parts: &[Part], preference: impl Fn(&Part) -> usize) -> Option<Package> {
    parts
        .iter()
        .filter(|part| part.finding.package.is_some())
        .min_by_key(|part| {
            let package = part.finding.package.as_ref();
            (
                part.by_source,
                !part.identity.is_complete,
                package.is_none_or(|package| package.purl.is_none()),
                part.identity.source.is_none(),
                preference(part),
                part.report(),
                package,
            )
        })
        .and_then(|part| part.finding.package.clone())
}

fn unite_ids(joined: &mut Finding, parts: &[Part], ambiguous: &HashSet<String>) {
    let only_id = |f: &Finding| f.id == joined.id && f.aliases.is_empty() && f.related.is_empty();
    if parts.iter().all(|part| only_id(&part.finding)) {
        return;
    }
    let mut aliases = BTreeSet::new();
    let mut related = BTreeSet::new();
    for part in parts {
        let Finding {
            id,
            aliases: others,
            related: errata,
            ..
        } = &part.finding;
        for name in std::iter::once(id).chain(others) {
            let other_flaw = is_cve(name) || is_erratum(name) || ambiguous.contains(name);
            if *name == joined.id {
                continue;
            }
            if other_flaw {
                related.insert(name.as_str());
            } else {
                aliases.insert(name.as_str());
            }
        }
        related.extend(errata.iter().map(String::as_str));
    }
    related.remove(joined.id.as_str());
    joined.aliases = aliases.iter().map(ToString::to_string).collect();
    joined.related = related.difference(&aliases).map(ToString::to_string).collect();
}

/// Title and description of the preferred scanner that has one; the links of all.
fn choose_words(joined: &mut Finding, parts: &[Part], preference: impl Fn(&Part) -> usize) {
    let mut order: Vec<&Part> = parts.iter().collect();
    order.sort_by_key(|part| (part.by_source, preference(part)));
    joined.title = order.iter().find_map(|part| part.finding.title.clone());
    joined.description = order.iter().find_map(|part| part.finding.description.clone());
    if order
        .iter()
        .all(|part| part.finding.links == order[0].finding.links)
    {
        joined.links.clone_from(&order[0].finding.links);
        return;
    }
    let mut seen = HashSet::new();
    for link in order.iter().flat_map(|part| &part.finding.links) {
        if seen.insert(link.as_str()) {
            joined.links.push(link.clone());
        }
    }
}

/// The statement with what it says differently from the finding it joins.
fn statement(part: Finding, joined: &Finding, tier: MatchTier) -> Statement {
    let same = part.id == joined.id
        && part.aliases == joined.aliases
        && part.related == joined.related
        && part.title == joined.title
        && part.description == joined.description
        && part.links == joined.links;
    let mut statement = part
        .statements
        .into_iter()
        .next()
        .expect("an atom has exactly one statement");
    statement.matched = tier;
    statement.package = part
        .package
        .filter(|package| Some(package) != joined.package.as_ref());
    statement.stated = (!same).then(|| {
        Box::new(Stated {
            id: part.id,
            aliases: part.aliases,
            related: part.related,
            title: part.title,
            description: part.description,
            links: part.links,
        })
    });
    statement
}
