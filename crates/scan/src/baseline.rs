//! What is new, what stayed and what is fixed since an earlier set.

use std::collections::{HashMap, HashSet};

use sealift_types::{BaselineState, Finding, FindingSet, Kind};

use crate::names::{Names, stated};
use crate::symbols::{Identity, Symbol, Symbols};

/// The outcome of [`compare`].
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// Findings of the current set that the earlier one did not have.
    pub new: usize,
    /// Findings of the current set that the earlier one had.
    pub unchanged: usize,
    /// Findings of the earlier set that the current one does not have, in the earlier set's order.
    pub fixed: Vec<Finding>,
}

/// Compares `current` with an earlier set and writes the answer into [`Finding::baseline`] of each current finding.
///
/// A finding is unchanged when the earlier set has the same flaw (also by an alias that either set states) of the
/// same component. Its version may differ: an update that leaves the flaw in place is no news. Severity, text, fix
/// and the scanner that states it do not matter, nor does the line of a finding without a package.
///
/// Each finding of the earlier set answers for one current finding, so a second version of a package that was there
/// once is new. A finding that names a source package only answers for every binary package built from it.
/// Time is linear in the findings.
pub fn compare(baseline: &FindingSet, current: &mut FindingSet) -> Comparison {
    let sides = Sides::match_up(baseline, current);
    for (finding, matched) in current.findings.iter_mut().zip(&sides.new.matched) {
        finding.baseline = Some(if *matched {
            BaselineState::Unchanged
        } else {
            BaselineState::New
        });
    }
    let unchanged = sides.new.matched.iter().filter(|matched| **matched).count();
    let gone = baseline
        .findings
        .iter()
        .zip(&sides.old.matched)
        .filter(|(_, matched)| !**matched);
    Comparison {
        new: current.findings.len() - unchanged,
        unchanged,
        fixed: gone
            .map(|(finding, _)| Finding {
                baseline: None,
                ..finding.clone()
            })
            .collect(),
    }
}

/// A finding as it is looked up.
struct Entry {
    kind: Kind,
    flaw: u32,
    identity: Identity,
}

impl Entry {
    /// Whether it is about a package that a scanner names without its type, or not fully.
    fn is_loose(&self) -> bool {
        self.identity.loose_name != 0 && !self.identity.is_complete
    }

    fn is_typed(&self) -> bool {
        self.identity.is_complete
    }

    fn source(&self) -> Option<(u32, Symbol)> {
        let (name, _) = self.identity.source?;
        Some((self.flaw, name))
    }
}

/// One set, and which of its findings the other set has.
struct Side {
    entries: Vec<Entry>,
    matched: Vec<bool>,
}

impl Side {
    fn new(set: &FindingSet, names: &Names<'_>, symbols: &mut Symbols, offset: usize) -> Self {
        let scanner = |report: u32| {
            set.reports
                .get(report as usize)
                .map_or("", |r| r.scanner.as_str())
        };
        let entry = |(place, finding): (usize, &Finding)| Entry {
            kind: finding.kind,
            flaw: names.flaw(offset + place),
            identity: symbols.identity(finding, scanner),
        };
        Self {
            entries: set.findings.iter().enumerate().map(entry).collect(),
            matched: vec![false; set.findings.len()],
        }
    }

    fn open(&self) -> impl Iterator<Item = (usize, &Entry)> {
        let open = |(place, _): &(usize, &Entry)| !self.matched[*place];
        self.entries.iter().enumerate().filter(open)
    }

    /// Matches every binary package whose source package the other side names.
    fn match_sources(&mut self, other: &mut Self) {
        let sources: HashSet<(u32, Symbol)> = other
            .entries
            .iter()
            .filter(|entry| entry.identity.names_source)
            .map(|entry| (entry.flaw, entry.identity.name))
            .collect();
        let named = |entry: &Entry| entry.source().is_some_and(|source| sources.contains(&source));
        let binaries: Vec<usize> = self
            .open()
            .filter(|(_, e)| named(e))
            .map(|(place, _)| place)
            .collect();
        let used: HashSet<(u32, Symbol)> = self.entries.iter().filter_map(Entry::source).collect();
        for (entry, matched) in other.entries.iter().zip(&mut other.matched) {
            *matched |= entry.identity.names_source && used.contains(&(entry.flaw, entry.identity.name));
        }
        for place in binaries {
            self.matched[place] = true;
        }
    }
}

struct Sides {
    old: Side,
    new: Side,
}

impl Sides {
    /// From the surest to the weakest, so that what is equal is not taken by what is merely similar.
    fn match_up(old: &FindingSet, new: &FindingSet) -> Self {
        let names = Names::new(old.findings.iter().chain(&new.findings).map(stated));
        let mut symbols = Symbols::default();
        let mut sides = Self {
            old: Side::new(old, &names, &mut symbols, 0),
            new: Side::new(new, &names, &mut symbols, old.findings.len()),
        };
        let all: fn(&Entry) -> bool = |_| true;
        for version in [true, false] {
            let exact = Lookup {
                package_type: true,
                version,
            };
            let loose = Lookup {
                package_type: false,
                version,
            };
            sides.pass(exact, all, all);
            sides.pass(loose, Entry::is_loose, all);
            sides.pass(loose, Entry::is_typed, Entry::is_loose);
        }
        sides.new.match_sources(&mut sides.old);
        sides.old.match_sources(&mut sides.new);
        sides
    }

    /// Pairs open findings of both sides that have the same key, one with one, in their order.
    fn pass(&mut self, lookup: Lookup, old: impl Fn(&Entry) -> bool, new: impl Fn(&Entry) -> bool) {
        // The places of a key are a list: its first here, each one's next in `next`.
        let mut first: HashMap<Key, usize> = HashMap::new();
        let mut next: Vec<Option<usize>> = vec![None; self.old.entries.len()];
        let candidates: Vec<usize> = self
            .old
            .open()
            .filter(|(_, entry)| old(entry))
            .map(|(place, _)| place)
            .collect();
        if candidates.is_empty() {
            return;
        }
        for place in candidates.into_iter().rev() {
            next[place] = first.insert(lookup.key(&self.old.entries[place]), place);
        }
        let mut pairs = Vec::new();
        for (place, entry) in self.new.open().filter(|(_, entry)| new(entry)) {
            let key = lookup.key(entry);
            if let Some(found) = first.remove(&key) {
                pairs.push((found, place));
                if let Some(following) = next[found] {
                    first.insert(key, following);
                }
            }
        }
        for (found, place) in pairs {
            self.old.matched[found] = true;
            self.new.matched[place] = true;
        }
    }
}

/// What findings are compared by, beside kind and flaw.
#[derive(Clone, Copy)]
struct Lookup {
    /// By type and name, or by the name that is the same without the type.
    package_type: bool,
    version: bool,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    kind: Kind,
    flaw: u32,
    package_type: Symbol,
    name: Symbol,
    version: Symbol,
}

impl Lookup {
    fn key(self, entry: &Entry) -> Key {
        let identity = &entry.identity;
        let (package_type, name) = if self.package_type {
            (identity.package_type, identity.name)
        } else {
            (0, identity.loose_name)
        };
        Key {
            kind: entry.kind,
            flaw: entry.flaw,
            package_type,
            name,
            version: if self.version { identity.version } else { 0 },
        }
    }
}
