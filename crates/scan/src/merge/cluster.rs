//! Statements into groups of one flaw in one component and version.

use std::collections::{BTreeMap, HashMap, HashSet};

use sealift_types::{Kind, Report};

use super::{Atom, Cluster, Member};
use crate::names::{Names, stated};
use crate::order;

/// Every statement in a cluster, and the names that stand for several CVEs.
pub(super) struct Grouping {
    pub(super) clusters: Vec<Cluster>,
    pub(super) ambiguous: HashSet<String>,
}

/// What is equal for all statements of a cluster, apart from the package type.
#[derive(PartialEq, Eq, Hash)]
struct Key<'a> {
    kind: Kind,
    flaw: u32,
    name: &'a str,
    version: &'a str,
    /// The scanner, for kinds that are joined within one scanner only.
    scanner: Option<&'a str>,
}

/// Groups all `atoms`; equal ones are kept once.
pub(super) fn group(atoms: &[Atom], reports: &[Report]) -> Grouping {
    let names = Names::new(atoms.iter().map(|atom| stated(&atom.finding)));
    let mut index: HashMap<Key<'_>, usize> = HashMap::with_capacity(atoms.len());
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for (place, atom) in atoms.iter().enumerate() {
        let vulnerability = atom.finding.kind == Kind::Vulnerability;
        let packaged = vulnerability && atom.finding.package.is_some();
        let key = Key {
            kind: atom.finding.kind,
            flaw: names.flaw(place),
            name: if packaged {
                &atom.component.loose_name
            } else {
                &atom.component.name
            },
            version: &atom.component.version,
            scanner: (!packaged).then(|| reports[atom.report() as usize].scanner.as_str()),
        };
        let group = *index.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(u32::try_from(place).unwrap_or(u32::MAX));
    }
    let mut clusters = Vec::with_capacity(groups.len());
    for mut group in groups {
        sort_and_dedup(&mut group, atoms);
        let flaw = names.flaw(group[0] as usize);
        let mut push = |members: Vec<u32>| {
            clusters.push(Cluster {
                flaw,
                id: names.text(flaw).to_owned(),
                members: members
                    .into_iter()
                    .map(|atom| Member {
                        atom,
                        by_source: false,
                    })
                    .collect(),
            });
        };
        if is_uniform(&group, atoms) {
            push(group);
        } else {
            by_type(group, atoms).into_iter().for_each(push);
        }
    }
    let ambiguous = atoms
        .iter()
        .flat_map(|atom| &atom.finding.aliases)
        .filter(|alias| names.is_ambiguous(alias))
        .cloned()
        .collect();
    Grouping { clusters, ambiguous }
}

/// The order of statements in a finding: by report, then by what they say.
fn sort_and_dedup(group: &mut Vec<u32>, atoms: &[Atom]) {
    if group.len() == 1 {
        return;
    }
    let atom = |place: u32| &atoms[place as usize];
    group.sort_by(|&a, &b| {
        atom(a)
            .report()
            .cmp(&atom(b).report())
            .then_with(|| order::compare_identities(&atom(a).finding, &atom(b).finding))
    });
    group.dedup_by(|a, b| atom(*a).finding == atom(*b).finding);
}

fn is_uniform(group: &[u32], atoms: &[Atom]) -> bool {
    let component = |place: u32| &atoms[place as usize].component;
    let first = component(group[0]);
    group.iter().all(|&place| {
        let other = component(place);
        other.package_type == first.package_type && other.name == first.name
    })
}

/// One cluster for each type and name. A statement without a type joins the only cluster that it can mean; where it
/// can mean several, it stands alone.
fn by_type(group: Vec<u32>, atoms: &[Atom]) -> Vec<Vec<u32>> {
    let mut complete: BTreeMap<(&str, &str), Vec<u32>> = BTreeMap::new();
    let mut incomplete = Vec::new();
    for place in group {
        let component = &atoms[place as usize].component;
        if component.is_complete() {
            complete
                .entry((&component.package_type, &component.name))
                .or_default()
                .push(place);
        } else {
            incomplete.push(place);
        }
    }
    let mut by_name: HashMap<String, Option<(&str, &str)>> = HashMap::new();
    for &(package_type, name) in complete.keys() {
        by_name
            .entry(name.to_owned())
            .and_modify(|only| *only = None)
            .or_insert(Some((package_type, name)));
    }
    let only = match complete.len() {
        1 => complete.keys().next().copied(),
        _ => None,
    };
    let mut rest = Vec::new();
    for place in incomplete {
        let component = &atoms[place as usize].component;
        // Maven's `group:artifact` without its type.
        let name = component.name.replacen(':', "/", 1);
        let target = only.or_else(|| by_name.get(&name).copied().flatten());
        match target.and_then(|key| complete.get_mut(&key)) {
            Some(cluster) => cluster.push(place),
            None => rest.push(place),
        }
    }
    let mut clusters: Vec<Vec<u32>> = complete.into_values().collect();
    if !rest.is_empty() {
        clusters.push(rest);
    }
    clusters
}
