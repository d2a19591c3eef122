//! Which ids name one flaw, and which of them is its name.
//!
//! Three classes of id are told apart, as measured on real reports:
//! - *names* (CVE, GHSA, GO, PYSEC, RUSTSEC, GMS, SNYK, …) stand for one flaw each and are aliases of each other;
//! - *errata* (RHSA, DSA, DLA, USN, ELSA, ALAS, …) stand for an update that fixes many flaws;
//! - a name that comes with two or more CVEs is a bundle: it covers them, it is none of them.

use std::collections::BTreeSet;

use sealift_types::{is_cve, is_erratum};

/// The ids of one finding, sorted out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    /// The canonical id.
    pub(crate) id: String,
    /// Other names of the same flaw, sorted.
    pub(crate) aliases: Vec<String>,
    /// Errata, and the CVEs of a bundle, sorted.
    pub(crate) related: Vec<String>,
}

impl Ids {
    /// Sorts `own` (the id as the scanner prints it) and the `others` it states for the same row.
    ///
    /// The canonical id is the CVE where exactly one is known, else the GHSA, else `own`. An erratum as `own` stays
    /// the canonical id (there is nothing better) and what it covers becomes `related`, whatever its number.
    pub(crate) fn sort<I>(own: &str, others: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let own = canonical_spelling(own.trim());
        let mut names = vec![own.clone()];
        let mut related = Vec::new();
        // A scanner that states one CVE twice does not state a bundle.
        let others: BTreeSet<String> = others
            .into_iter()
            .map(|id| canonical_spelling(id.as_ref().trim()))
            .collect();
        for other in others
            .into_iter()
            .filter(|other| !other.is_empty() && *other != own)
        {
            if is_erratum(&own) || is_erratum(&other) {
                related.push(other);
            } else {
                names.push(other);
            }
        }
        if is_cve(&own) {
            // A CVE is one flaw; another CVE beside it is another flaw.
            let (cves, rest) = names.split_off(1).into_iter().partition(|name| is_cve(name));
            names.extend::<Vec<_>>(rest);
            related.extend::<Vec<_>>(cves);
        } else if names.iter().filter(|name| is_cve(name)).count() > 1 {
            related.extend(names.split_off(1));
        }
        names.sort_by(|a, b| (preference(a), *a != own, a).cmp(&(preference(b), *b != own, b)));
        let id = if is_erratum(&own) { own } else { names[0].clone() };
        let mut aliases: Vec<String> = names.into_iter().filter(|name| *name != id).collect();
        aliases.sort();
        aliases.dedup();
        related.sort();
        related.dedup();
        Self { id, aliases, related }
    }
}

/// Whether an id names a vulnerability, whatever the tool and whatever it files it under.
pub(crate) fn is_vulnerability(id: &str) -> bool {
    const NAMES: [&str; 7] = ["CVE-", "GHSA-", "GMS-", "PYSEC-", "RUSTSEC-", "OSV-", "GO-20"];
    let id = id.trim();
    let starts = |prefix: &str| {
        id.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    NAMES.into_iter().any(starts) || is_erratum(id)
}

/// Lower is better as the canonical id.
pub(crate) fn preference(id: &str) -> u8 {
    match id {
        _ if is_cve(id) => 0,
        _ if id.starts_with("GHSA-") => 1,
        _ if id.starts_with("SNYK-") || id.starts_with("GMS-") => 3,
        _ => 2,
    }
}

/// Prefixes in upper case (`cve-2024-1` is written so in the wild); a GHSA's groups stay lower case.
fn canonical_spelling(id: &str) -> String {
    let starts = |prefix: &str| {
        id.len() >= prefix.len() && id.as_bytes()[..prefix.len()].eq_ignore_ascii_case(prefix.as_bytes())
    };
    if starts("CVE-") {
        id.to_ascii_uppercase()
    } else if starts("GHSA-") && id.is_ascii() {
        format!("GHSA-{}", id[5..].to_ascii_lowercase())
    } else {
        id.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(own: &str, others: &[&str], id: &str, aliases: &[&str], related: &[&str]) {
        let ids = Ids::sort(own, others);
        assert_eq!(
            (ids.id.as_str(), ids.aliases, ids.related),
            (id, texts(aliases), texts(related)),
            "{own} {others:?}"
        );
    }

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_cve_is_the_name() {
        check(
            "GHSA-AAAA-bbbb-cccc",
            &["cve-2024-1"],
            "CVE-2024-1",
            &["GHSA-aaaa-bbbb-cccc"],
            &[],
        );
        check(
            "SNYK-JS-X-1",
            &["CVE-2024-1", "GHSA-a"],
            "CVE-2024-1",
            &["GHSA-a", "SNYK-JS-X-1"],
            &[],
        );
        check("CVE-2024-1", &["CVE-2024-1", ""], "CVE-2024-1", &[], &[]);
        check(
            "GHSA-a",
            &["CVE-2024-1", "CVE-2024-1"],
            "CVE-2024-1",
            &["GHSA-a"],
            &[],
        );
        check("GO-2024-1", &["GHSA-a"], "GHSA-a", &["GO-2024-1"], &[]);
    }

    #[test]
    fn errata_and_bundles_never_join() {
        check(
            "CVE-2024-1",
            &["DSA-5-1", "RHSA-2024:1"],
            "CVE-2024-1",
            &[],
            &["DSA-5-1", "RHSA-2024:1"],
        );
        check(
            "RHSA-2024:1",
            &["CVE-2024-1"],
            "RHSA-2024:1",
            &[],
            &["CVE-2024-1"],
        );
        check(
            "SNYK-X",
            &["CVE-2024-1", "CVE-2024-2"],
            "SNYK-X",
            &[],
            &["CVE-2024-1", "CVE-2024-2"],
        );
        check(
            "CVE-2024-1",
            &["CVE-2024-2", "GHSA-a"],
            "CVE-2024-1",
            &["GHSA-a"],
            &["CVE-2024-2"],
        );
    }
}
