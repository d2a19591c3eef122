//! Statements about a source package go to the binary packages that were built from it.
//!
//! Docker Scout and osv-scanner name a distribution's source package (`openssl`), the others its binary packages
//! (`libssl3`, `openssl`). Which binary came from which source is known where any statement says so, about any flaw.
//! Where nobody says so, the same flaw in the same full version of a distribution's package decides.

use std::collections::{BTreeSet, HashMap, HashSet};

use sealift_types::Kind;

use super::{Atom, Cluster, Member};
use crate::component::{Component, source_version};

/// Types that have source packages, for packages whose type is not stated.
const DISTRIBUTIONS: [&str; 4] = ["alpm", "apk", "deb", "rpm"];

type Sources<'a> = BTreeSet<(&'a str, &'a str)>;

/// Gives each binary package's cluster the statements of its source package. A cluster that is left without
/// statements goes.
pub(super) fn attach(clusters: &mut Vec<Cluster>, atoms: &[Atom]) {
    if !atoms.iter().any(|atom| atom.names_source) {
        return;
    }
    let known = Known::learn(atoms);
    let binaries = Binaries::index(clusters, atoms, &known);
    let mut additions: Vec<(usize, Member)> = Vec::new();
    for (place, cluster) in clusters.iter_mut().enumerate() {
        let Some(first) = cluster.members.iter().find(|m| atom(atoms, **m).names_source) else {
            continue;
        };
        let source = &atom(atoms, *first).component;
        let has_binary = cluster.members.iter().any(|m| !atom(atoms, *m).names_source);
        let targets = binaries.of(cluster.flaw, source, has_binary);
        let targets: Vec<usize> = targets.into_iter().filter(|&target| target != place).collect();
        if targets.is_empty() {
            continue;
        }
        // One statement of each report: a report that repeats itself in other spellings keeps the rest here, so
        // that binaries times spellings cannot grow without bound.
        let mut reports = HashSet::new();
        let mut moved = HashSet::new();
        for member in &cluster.members {
            let atom = atom(atoms, *member);
            if atom.names_source && reports.insert(atom.report()) {
                moved.insert(member.atom);
                additions.extend(targets.iter().map(|&target| {
                    let member = Member {
                        atom: member.atom,
                        by_source: true,
                    };
                    (target, member)
                }));
            }
        }
        if !has_binary {
            cluster.members.retain(|member| !moved.contains(&member.atom));
        }
    }
    for (target, member) in additions {
        clusters[target].members.push(member);
    }
    clusters.retain(|cluster| !cluster.members.is_empty());
}

fn atom(atoms: &[Atom], member: Member) -> &Atom {
    &atoms[member.atom as usize]
}

/// Whether it is about a package that a distribution built, as far as its type says.
fn may_have_source(atom: &Atom) -> bool {
    atom.finding.kind == Kind::Vulnerability
        && atom.finding.package.is_some()
        && (atom.component.is_distribution() || atom.component.package_type.is_empty())
}

/// Which source package a binary package was built from, as far as any statement says.
struct Known<'a> {
    by_version: HashMap<(&'a str, &'a str, &'a str), Sources<'a>>,
    by_name: HashMap<(&'a str, &'a str), BTreeSet<&'a str>>,
}

impl<'a> Known<'a> {
    fn learn(atoms: &'a [Atom]) -> Self {
        let mut known = Self {
            by_version: HashMap::new(),
            by_name: HashMap::new(),
        };
        for Atom { component, .. } in atoms {
            let Some(source) = &component.source else {
                continue;
            };
            let binary = (component.package_type.as_str(), component.name.as_str());
            known
                .by_version
                .entry((binary.0, binary.1, &component.version))
                .or_default()
                .insert((&source.name, &source.version));
            known.by_name.entry(binary).or_default().insert(&source.name);
        }
        known
    }

    fn sources(&self, binary: &'a Component) -> Sources<'a> {
        if let Some(source) = &binary.source {
            return Sources::from([(source.name.as_str(), source.version.as_str())]);
        }
        let types: &[&str] = match binary.package_type.as_str() {
            "" => &DISTRIBUTIONS,
            stated => &[stated],
        };
        let mut sources = Sources::new();
        for &package_type in types {
            let binary = (package_type, binary.name.as_str(), binary.version.as_str());
            if let Some(found) = self.by_version.get(&binary) {
                sources.extend(found);
            } else if let Some(names) = self.by_name.get(&(binary.0, binary.1)) {
                sources.extend(names.iter().map(|&name| (name, source_version(binary.2))));
            }
        }
        sources
    }
}

/// The clusters of binary packages, by what a statement about their source would say.
struct Binaries<'a> {
    by_source: HashMap<(u32, &'a str, &'a str), Vec<usize>>,
    /// Those whose source nobody states, by version.
    by_version: HashMap<(u32, &'a str), Vec<usize>>,
}

impl<'a> Binaries<'a> {
    fn index(clusters: &[Cluster], atoms: &'a [Atom], known: &Known<'a>) -> Self {
        let mut binaries = Self {
            by_source: HashMap::new(),
            by_version: HashMap::new(),
        };
        for (place, cluster) in clusters.iter().enumerate() {
            let mut sources = Sources::new();
            let mut version = None;
            for member in &cluster.members {
                let atom = atom(atoms, *member);
                let component = &atom.component;
                if atom.names_source || !may_have_source(atom) {
                    continue;
                }
                sources.extend(known.sources(component));
                version = Some(source_version(&component.version));
            }
            let Some(version) = version else {
                continue;
            };
            if sources.is_empty() && version.contains('-') {
                binaries
                    .by_version
                    .entry((cluster.flaw, version))
                    .or_default()
                    .push(place);
            }
            for (name, version) in sources {
                binaries
                    .by_source
                    .entry((cluster.flaw, name, version))
                    .or_default()
                    .push(place);
            }
        }
        binaries
    }

    /// The clusters that a statement about `source` belongs to. By version alone only if it has no place otherwise.
    fn of(&self, flaw: u32, source: &'a Component, has_place: bool) -> Vec<usize> {
        let version = source_version(&source.version);
        if let Some(found) = self.by_source.get(&(flaw, source.name.as_str(), version)) {
            return found.clone();
        }
        if has_place {
            return Vec::new();
        }
        self.by_version.get(&(flaw, version)).cloned().unwrap_or_default()
    }
}
