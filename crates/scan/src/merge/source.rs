//! Statements about a source package go to the binary packages that were built from it.
//!
//! Docker Scout and osv-scanner name a distribution's source package (`openssl`), the others its binary packages
//! (`libssl3`, `openssl`). Which binary came from which source is known where any statement says so, about any flaw.
//! Where nobody says so, the same flaw in the same full version of a distribution's package decides.

use std::collections::{BTreeSet, HashMap, HashSet};

use sealift_types::Kind;

use super::{Atom, Cluster, Member};
use crate::symbols::{Identity, Symbol, Symbols};

/// Types that have source packages, for packages whose type is not stated.
const DISTRIBUTIONS: [&str; 4] = ["alpm", "apk", "deb", "rpm"];

/// Names and versions of source packages.
type Sources = BTreeSet<(Symbol, Symbol)>;

/// Gives each binary package's cluster the statements of its source package. A cluster that is left without
/// statements goes.
pub(super) fn attach(clusters: &mut Vec<Cluster>, atoms: &[Atom], symbols: &mut Symbols) {
    if !atoms.iter().any(|atom| atom.identity.names_source) {
        return;
    }
    let known = Known::learn(atoms, symbols);
    let binaries = Binaries::index(clusters, atoms, &known, symbols);
    let mut additions: Vec<(usize, Member)> = Vec::new();
    for (place, cluster) in clusters.iter_mut().enumerate() {
        let Some(first) = cluster
            .members
            .iter()
            .find(|m| atom(atoms, **m).identity.names_source)
        else {
            continue;
        };
        let source = &atom(atoms, *first).identity;
        let has_binary = cluster
            .members
            .iter()
            .any(|m| !atom(atoms, *m).identity.names_source);
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
            if atom.identity.names_source && reports.insert(atom.report()) {
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
        && (atom.identity.is_distribution || atom.identity.package_type == 0)
}

/// Which source package a binary package was built from, as far as any statement says.
struct Known {
    by_version: HashMap<(Symbol, Symbol, Symbol), Sources>,
    by_name: HashMap<(Symbol, Symbol), BTreeSet<Symbol>>,
    distributions: Vec<Symbol>,
}

impl Known {
    fn learn(atoms: &[Atom], symbols: &mut Symbols) -> Self {
        let mut known = Self {
            by_version: HashMap::new(),
            by_name: HashMap::new(),
            distributions: DISTRIBUTIONS.iter().map(|name| symbols.symbol(name)).collect(),
        };
        for Atom { identity, .. } in atoms {
            let Some(source) = identity.source else {
                continue;
            };
            let binary = (identity.package_type, identity.name);
            known
                .by_version
                .entry((binary.0, binary.1, identity.version))
                .or_default()
                .insert(source);
            known.by_name.entry(binary).or_default().insert(source.0);
        }
        known
    }

    fn sources(&self, binary: &Identity) -> Sources {
        if let Some(source) = binary.source {
            return Sources::from([source]);
        }
        let types = match binary.package_type {
            0 => self.distributions.as_slice(),
            _ => std::slice::from_ref(&binary.package_type),
        };
        let mut sources = Sources::new();
        for &package_type in types {
            if let Some(found) = self.by_version.get(&(package_type, binary.name, binary.version)) {
                sources.extend(found);
            } else if let Some(names) = self.by_name.get(&(package_type, binary.name)) {
                sources.extend(names.iter().map(|&name| (name, binary.source_version)));
            }
        }
        sources
    }
}

/// The clusters of binary packages, by what a statement about their source would say.
struct Binaries {
    by_source: HashMap<(u32, Symbol, Symbol), Vec<usize>>,
    /// Those whose source nobody states, by version.
    by_version: HashMap<(u32, Symbol), Vec<usize>>,
}

impl Binaries {
    fn index(clusters: &[Cluster], atoms: &[Atom], known: &Known, symbols: &Symbols) -> Self {
        let mut binaries = Self {
            by_source: HashMap::new(),
            by_version: HashMap::new(),
        };
        for (place, cluster) in clusters.iter().enumerate() {
            let mut sources = Sources::new();
            let mut version = None;
            for member in &cluster.members {
                let atom = atom(atoms, *member);
                if atom.identity.names_source || !may_have_source(atom) {
                    continue;
                }
                sources.extend(known.sources(&atom.identity));
                version = Some(atom.identity.source_version);
            }
            let Some(version) = version else {
                continue;
            };
            // A short version such as `2.1` can be that of anything; one with a revision is a distribution's.
            if sources.is_empty() && symbols.text(version).contains('-') {
                let same = binaries.by_version.entry((cluster.flaw, version));
                same.or_default().push(place);
            }
            for (name, version) in sources {
                let same = binaries.by_source.entry((cluster.flaw, name, version));
                same.or_default().push(place);
            }
        }
        binaries
    }

    /// The clusters that a statement about `source` belongs to. By version alone only if it has no place otherwise.
    fn of(&self, flaw: u32, source: &Identity, has_place: bool) -> Vec<usize> {
        let version = source.source_version;
        if let Some(found) = self.by_source.get(&(flaw, source.name, version)) {
            return found.clone();
        }
        if has_place {
            return Vec::new();
        }
        self.by_version.get(&(flaw, version)).cloned().unwrap_or_default()
    }
}
