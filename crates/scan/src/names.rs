//! Which ids are one flaw, over all findings that are looked at together.
//!
//! Scanners state aliases; an alias that two scanners share joins their findings. Two CVEs are never joined: a name
//! that is stated with both (an advisory that bundles them, or a wrong alias) joins nothing. The answer depends on
//! the set of statements only, not on their order.

use std::collections::HashMap;

use sealift_types::{Finding, Kind, is_cve, is_erratum};

use crate::ids::preference;

/// The canonical id of each finding that [`Names::new`] was given, in order.
pub(crate) struct Names<'a> {
    texts: Vec<&'a str>,
    canonical: Vec<u32>,
    ambiguous: Vec<bool>,
    index: HashMap<&'a str, u32>,
}

/// The CVEs that something is stated with.
#[derive(Clone, Copy, PartialEq)]
enum Cves {
    None,
    One(u32),
    Several,
}

impl Cves {
    fn add(&mut self, cve: u32) {
        *self = match *self {
            Self::None => Self::One(cve),
            Self::One(known) if known == cve => Self::One(cve),
            _ => Self::Several,
        };
    }

    fn join(&mut self, other: Self) {
        match other {
            Self::None => {}
            Self::One(cve) => self.add(cve),
            Self::Several => *self = Self::Several,
        }
    }
}

/// The names of one finding: its CVE, and the others.
struct Stated {
    cve: Option<u32>,
    others: std::ops::Range<usize>,
}

impl<'a> Names<'a> {
    /// Sorts out the ids of all `findings`, each given as its id and its aliases.
    pub(crate) fn new(findings: impl Iterator<Item = (&'a str, &'a [String])>) -> Self {
        let mut names = Self {
            texts: Vec::new(),
            canonical: Vec::new(),
            ambiguous: Vec::new(),
            index: HashMap::new(),
        };
        let mut others: Vec<u32> = Vec::new();
        let stated: Vec<Stated> = findings
            .map(|(id, aliases)| names.state(id, aliases, &mut others))
            .collect();
        let mut direct = vec![Cves::None; names.texts.len()];
        for finding in &stated {
            for &name in &others[finding.others.clone()] {
                if let Some(cve) = finding.cve {
                    direct[name as usize].add(cve);
                }
            }
        }
        names.ambiguous = direct.iter().map(|cves| *cves == Cves::Several).collect();
        let mut groups = Groups::new(names.texts.len());
        for finding in &stated {
            let joining = others[finding.others.clone()]
                .iter()
                .copied()
                .filter(|&name| !names.ambiguous[name as usize]);
            let mut joining = finding.cve.into_iter().chain(joining);
            if let Some(first) = joining.next() {
                joining.for_each(|name| groups.join(first, name));
            }
        }
        let (cves, best) = names.describe(&mut groups);
        names.canonical = stated
            .iter()
            .map(|finding| {
                let own = &others[finding.others.clone()];
                names.choose(finding.cve, own, &direct, &cves, &best, &mut groups)
            })
            .collect();
        names
    }

    /// The canonical id of the finding at `place`, as a number that equals another's if the flaw is the same.
    pub(crate) fn flaw(&self, place: usize) -> u32 {
        self.canonical[place]
    }

    /// The text of a flaw's canonical id.
    pub(crate) fn text(&self, flaw: u32) -> &'a str {
        self.texts[flaw as usize]
    }

    /// Whether `name` stands for several CVEs.
    pub(crate) fn is_ambiguous(&self, name: &str) -> bool {
        self.index
            .get(name)
            .is_some_and(|&name| self.ambiguous[name as usize])
    }

    fn state(&mut self, id: &'a str, aliases: &'a [String], others: &mut Vec<u32>) -> Stated {
        let start = others.len();
        let mut cve = is_cve(id).then(|| self.number(id));
        if cve.is_none() {
            others.push(self.number(id));
            if !is_erratum(id) {
                // A name that is stated with several CVEs is none of them.
                let mut cves = aliases.iter().filter(|alias| is_cve(alias));
                cve = match (cves.next(), cves.next()) {
                    (Some(only), None) => Some(self.number(only)),
                    _ => None,
                };
            }
        }
        if !is_erratum(id) {
            for alias in aliases {
                if !is_cve(alias) && !is_erratum(alias) {
                    others.push(self.number(alias));
                }
            }
        }
        Stated {
            cve,
            others: start..others.len(),
        }
    }

    fn number(&mut self, text: &'a str) -> u32 {
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        *self.index.entry(text).or_insert_with(|| {
            self.texts.push(text);
            next
        })
    }

    /// For each group: its CVEs, and its best name.
    fn describe(&self, groups: &mut Groups) -> (Vec<Cves>, Vec<u32>) {
        let mut cves = vec![Cves::None; self.texts.len()];
        let mut best: Vec<u32> = (0..u32::try_from(self.texts.len()).unwrap_or(u32::MAX)).collect();
        for name in best.clone() {
            let root = groups.root(name) as usize;
            if is_cve(self.texts[name as usize]) {
                cves[root].join(Cves::One(name));
            }
            if self.rank(name) < self.rank(best[root]) {
                best[root] = name;
            }
        }
        (cves, best)
    }

    fn choose(
        &self,
        cve: Option<u32>,
        own: &[u32],
        direct: &[Cves],
        cves: &[Cves],
        best: &[u32],
        groups: &mut Groups,
    ) -> u32 {
        if let Some(cve) = cve {
            return cve;
        }
        let preferred = || {
            own.iter()
                .copied()
                .min_by_key(|&name| self.rank(name))
                .unwrap_or(0)
        };
        let clear = own.iter().copied().find(|&name| !self.ambiguous[name as usize]);
        let Some(clear) = clear else {
            return preferred();
        };
        let root = groups.root(clear) as usize;
        match cves[root] {
            Cves::One(cve) => cve,
            Cves::None => best[root],
            Cves::Several => {
                let mut stated = Cves::None;
                for &name in own {
                    stated.join(direct[name as usize]);
                }
                match stated {
                    Cves::One(cve) => cve,
                    _ => preferred(),
                }
            }
        }
    }

    fn rank(&self, name: u32) -> (u8, &'a str) {
        let text = self.texts[name as usize];
        (preference(text), text)
    }
}

/// The ids that take part in finding aliases: those of vulnerabilities.
pub(crate) fn stated(finding: &Finding) -> (&str, &[String]) {
    match finding.kind {
        Kind::Vulnerability => (&finding.id, &finding.aliases),
        _ => (&finding.id, &[]),
    }
}

/// Disjoint sets (union-find) with path halving.
struct Groups(Vec<u32>);

impl Groups {
    fn new(len: usize) -> Self {
        Self((0..u32::try_from(len).unwrap_or(u32::MAX)).collect())
    }

    fn root(&mut self, mut name: u32) -> u32 {
        while self.0[name as usize] != name {
            let up = self.0[name as usize];
            self.0[name as usize] = self.0[up as usize];
            name = self.0[up as usize];
        }
        name
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(findings: &[(&str, &[&str])], expected: &[&str]) {
        let owned: Vec<(&str, Vec<String>)> = findings
            .iter()
            .map(|(id, aliases)| (*id, aliases.iter().map(ToString::to_string).collect()))
            .collect();
        for turn in 0..owned.len() {
            // The order in which findings come does not matter.
            let order: Vec<usize> = (0..owned.len()).map(|n| (n + turn) % owned.len()).collect();
            let names = Names::new(order.iter().map(|&n| (owned[n].0, owned[n].1.as_slice())));
            for (place, &n) in order.iter().enumerate() {
                assert_eq!(
                    names.text(names.flaw(place)),
                    expected[n],
                    "{findings:?} turned by {turn}"
                );
            }
        }
    }

    #[test]
    fn shared_aliases_join() {
        check(&[("CVE-1", &["GHSA-a"]), ("GHSA-a", &[])], &["CVE-1", "CVE-1"]);
        check(
            &[("GHSA-a", &["SNYK-1"]), ("SNYK-1", &["GO-1"]), ("GO-1", &[])],
            &["GHSA-a", "GHSA-a", "GHSA-a"],
        );
        check(&[("SNYK-1", &[]), ("PYSEC-1", &[])], &["SNYK-1", "PYSEC-1"]);
    }

    #[test]
    fn errata_join_nothing() {
        check(
            &[
                ("CVE-1", &["DSA-1"]),
                ("CVE-2", &["DSA-1"]),
                ("DSA-1", &["CVE-1"]),
            ],
            &["CVE-1", "CVE-2", "DSA-1"],
        );
    }

    #[test]
    fn two_cves_are_never_joined() {
        check(
            &[("CVE-1", &["GHSA-a"]), ("CVE-2", &["GHSA-a"]), ("GHSA-a", &[])],
            &["CVE-1", "CVE-2", "GHSA-a"],
        );
        check(
            &[
                ("CVE-1", &["GHSA-a"]),
                ("GHSA-a", &["SNYK-b"]),
                ("SNYK-b", &[]),
                ("CVE-2", &["SNYK-b"]),
            ],
            &["CVE-1", "GHSA-a", "CVE-2", "CVE-2"],
        );
        check(
            &[("SNYK-b", &["CVE-1", "CVE-2"]), ("CVE-1", &[]), ("CVE-2", &[])],
            &["SNYK-b", "CVE-1", "CVE-2"],
        );
    }
}
