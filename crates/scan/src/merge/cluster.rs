//! Statements into groups of one flaw in one component and version.

use std::collections::{HashMap, HashSet};

use sealift_types::{Kind, Report};

use super::{Atom, Cluster, Member};
use crate::names::{Names, stated};
use crate::order;
use crate::symbols::{Identity, Symbol, Symbols};

/// Every statement in a cluster.
pub(super) struct Grouping {
    pub(super) clusters: Vec<Cluster>,
    /// Canonical ids of flaws, where they are not the id that every statement states.
    pub(super) ids: HashMap<u32, String>,
    /// Names that stand for several CVEs.
    pub(super) ambiguous: HashSet<String>,
}

/// What is equal for all statements of a cluster, apart from the package type.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    kind: Kind,
    flaw: u32,
    name: Symbol,
    version: Symbol,
    /// The scanner, for kinds that are joined within one scanner only.
    scanner: Option<Symbol>,
}

/// Groups all `atoms`; equal ones are kept once.
pub(super) fn group(atoms: &[Atom], reports: &[Report], symbols: &mut Symbols) -> Grouping {
    let names = Names::new(atoms.iter().map(|atom| stated(&atom.finding)));
    let scanners: Vec<Symbol> = reports
        .iter()
        .map(|report| symbols.symbol(&report.scanner))
        .collect();
    let mut index: HashMap<Key, u32> = HashMap::with_capacity(atoms.len());
    let mut ids = HashMap::new();
    let mut groups: Vec<u32> = Vec::with_capacity(atoms.len());
    for (place, atom) in atoms.iter().enumerate() {
        let flaw = names.flaw(place);
        let packaged = atom.finding.kind == Kind::Vulnerability && atom.finding.package.is_some();
        let Identity {
            name,
            loose_name,
            version,
            ..
        } = atom.identity;
        let key = Key {
            kind: atom.finding.kind,
            flaw,
            name: if packaged { loose_name } else { name },
            version,
            scanner: (!packaged).then(|| scanners[atom.report() as usize]),
        };
        let next = u32::try_from(index.len()).unwrap_or(u32::MAX);
        groups.push(*index.entry(key).or_insert(next));
        if names.text(flaw) != atom.finding.id {
            ids.entry(flaw).or_insert_with(|| names.text(flaw).to_owned());
        }
    }
    let mut clusters = Vec::with_capacity(index.len());
    let sorted = members(&groups, index.len());
    for mut group in sorted {
        sort_and_dedup(&mut group, atoms);
        let flaw = names.flaw(group[0].atom as usize);
        if is_uniform(&group, atoms) {
            clusters.push(Cluster { flaw, members: group });
        } else {
            let parts = by_type(group, atoms, symbols).into_iter();
            clusters.extend(parts.map(|members| Cluster { flaw, members }));
        }
    }
    let ambiguous = atoms
        .iter()
        .flat_map(|atom| &atom.finding.aliases)
        .filter(|alias| names.is_ambiguous(alias))
        .cloned()
        .collect();
    Grouping {
        clusters,
        ids,
        ambiguous,
    }
}

/// The members of each of `count` groups, given the group of each atom.
fn members(groups: &[u32], count: usize) -> Vec<Vec<Member>> {
    let mut sizes = vec![0; count];
    for &group in groups {
        sizes[group as usize] += 1;
    }
    let mut members: Vec<Vec<Member>> = sizes.into_iter().map(Vec::with_capacity).collect();
    for (place, &group) in groups.iter().enumerate() {
        members[group as usize].push(Member {
            atom: u32::try_from(place).unwrap_or(u32::MAX),
            by_source: false,
        });
    }
    members
}

/// The order of statements in a finding: by report, then by what they say.
fn sort_and_dedup(group: &mut Vec<Member>, atoms: &[Atom]) {
    if group.len() == 1 {
        return;
    }
    let atom = |member: Member| &atoms[member.atom as usize];
    group.sort_by(|&a, &b| {
        atom(a)
            .report()
            .cmp(&atom(b).report())
            .then_with(|| order::compare_identities(&atom(a).finding, &atom(b).finding))
    });
    group.dedup_by(|a, b| atom(*a).finding == atom(*b).finding);
}

fn is_uniform(group: &[Member], atoms: &[Atom]) -> bool {
    let identity = |member: Member| &atoms[member.atom as usize].identity;
    let first = identity(group[0]);
    group.iter().all(|&member| {
        let other = identity(member);
        other.package_type == first.package_type && other.name == first.name
    })
}

/// One cluster for each type and name. A statement without a type joins the only cluster that it can mean; where it
/// can mean several, it stands alone.
fn by_type(group: Vec<Member>, atoms: &[Atom], symbols: &Symbols) -> Vec<Vec<Member>> {
    let mut complete: HashMap<(Symbol, Symbol), Vec<Member>> = HashMap::new();
    let mut incomplete = Vec::new();
    for member in group {
        let identity = &atoms[member.atom as usize].identity;
        if identity.is_complete {
            let key = (identity.package_type, identity.name);
            complete.entry(key).or_default().push(member);
        } else {
            incomplete.push(member);
        }
    }
    let mut by_name: HashMap<Symbol, Option<(Symbol, Symbol)>> = HashMap::new();
    for &key in complete.keys() {
        by_name
            .entry(key.1)
            .and_modify(|only| *only = None)
            .or_insert(Some(key));
    }
    let only = match complete.len() {
        1 => complete.keys().next().copied(),
        _ => None,
    };
    let mut rest = Vec::new();
    for member in incomplete {
        // Maven's `group:artifact` without its type.
        let name = symbols
            .text(atoms[member.atom as usize].identity.name)
            .replacen(':', "/", 1);
        let by_name = || by_name.get(&symbols.find(&name)?).copied().flatten();
        match only.or_else(by_name).and_then(|key| complete.get_mut(&key)) {
            Some(cluster) => cluster.push(member),
            None => rest.push(member),
        }
    }
    let mut clusters: Vec<Vec<Member>> = complete.into_values().collect();
    if !rest.is_empty() {
        clusters.push(rest);
    }
    clusters
}
