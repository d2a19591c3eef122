//! Fingerprints that outlive a rebuild: what a finding is, not how it is described today.

use sealift_types::{Digest, Finding};
use sha2::{Digest as _, Sha256};

use crate::component::Component;

/// A finding's identity as two digests, both `sha256`.
///
/// They cover the kind, the canonical id and the component (purl type and normalised name), for findings without a
/// package the path. They never cover severity, text, image, tag, layer or the path of a package database, so a
/// re-rated or moved finding keeps them. A finding whose canonical id changes (a GHSA that got a CVE) changes them;
/// [`compare`](crate::compare) knows aliases and does not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Fingerprint {
    /// With the installed version (for findings without a package: with the line).
    pub exact: Digest,
    /// Without it: the same while an update leaves the flaw unfixed.
    pub persistent: Digest,
}

impl Fingerprint {
    /// The fingerprint of `finding`. The same finding gives the same fingerprint in every release of Sealift; a
    /// change of the rules changes the `v1` in it.
    pub fn of(finding: &Finding) -> Self {
        let component = Component::of_finding(finding);
        let mut hash = Sha256::new();
        for part in [
            "v1",
            finding.kind.as_str(),
            &finding.id,
            &component.package_type,
            &component.name,
        ] {
            // A length before each part: no two lists of parts run together into one text.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let persistent = hash.clone();
        hash.update((component.version.len() as u64).to_be_bytes());
        hash.update(component.version.as_bytes());
        Self {
            exact: Digest::from_sha256(hash.finalize().into()),
            persistent: Digest::from_sha256(persistent.finalize().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use sealift_types::{Kind, Location, Package, Severity, Statement};

    use super::*;

    fn finding(version: &str) -> Finding {
        Finding {
            id: "CVE-2024-1".to_owned(),
            package: Some(Package {
                purl: Some(format!("pkg:deb/debian/libssl3@{version}?arch=amd64")),
                ..Package::named("libssl3")
            }),
            statements: vec![Statement::default()],
            ..Finding::default()
        }
    }

    #[test]
    fn is_the_one_of_the_first_release() {
        // Fingerprints are stored in other people's systems: this must never change.
        assert_eq!(
            Fingerprint::of(&finding("3.0.1-1")).persistent.short(),
            "2e59c02e5187"
        );
    }

    #[test]
    fn only_the_version_tells_the_exact_one_apart() {
        let old = Fingerprint::of(&finding("3.0.1-1"));
        let new = Fingerprint::of(&finding("3.0.2-1"));
        assert_eq!(old.persistent, new.persistent);
        assert_ne!(old.exact, new.exact);
    }

    #[test]
    fn ratings_and_words_do_not_count() {
        let mut rerated = finding("1%3A3.0.1-1");
        rerated.title = Some("another".to_owned());
        rerated.statements[0].severity = Severity::Critical;
        assert_eq!(Fingerprint::of(&rerated), Fingerprint::of(&finding("3.0.1-1")));
    }

    #[test]
    fn places_count_where_there_is_no_package() {
        let secret = |path: &str, line| Finding {
            kind: Kind::Secret,
            statements: vec![Statement {
                locations: vec![Location {
                    path: path.to_owned(),
                    line: Some(line),
                    layer: None,
                }],
                ..Statement::default()
            }],
            ..Finding::default()
        };
        let first = Fingerprint::of(&secret("a", 1));
        assert_eq!(first.persistent, Fingerprint::of(&secret("a", 2)).persistent);
        assert_ne!(first.exact, Fingerprint::of(&secret("a", 2)).exact);
        assert_ne!(first.persistent, Fingerprint::of(&secret("b", 1)).persistent);
    }
}
