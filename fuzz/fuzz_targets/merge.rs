//! Sets of three scanners over few packages and many names for the same flaws: merging does not mind the order or
//! the grouping, merging again changes nothing, no row is lost, and a set has no news against itself.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use sealift_scan::{compare, merge};
use sealift_types::{Accounting, Digest, Finding, FindingSet, Package, Report, Statement};

fuzz_target!(|bytes: &[u8]| {
    let part = bytes.len() / 3;
    let first = set(0, &bytes[..part]);
    let second = set(1, &bytes[part..2 * part]);
    let third = set(2, &bytes[2 * part..]);
    let merged = merge([first.clone(), second.clone(), third.clone()]);
    sealift_fuzz::check(&merged);
    assert_eq!(
        merge([third.clone(), first.clone(), second.clone()]),
        merged,
        "order matters"
    );
    let left = merge([merge([first.clone(), second.clone()]), third.clone()]);
    let right = merge([first, merge([second, third])]);
    assert_eq!(left, merged, "grouping to the left matters");
    assert_eq!(right, merged, "grouping to the right matters");
    assert_eq!(merge([merged.clone()]), merged, "merging again changes it");
    let json = serde_json::to_vec(&merged).expect("a set is JSON");
    let back: FindingSet = serde_json::from_slice(&json).expect("its JSON is a set");
    assert_eq!(back, merged, "its JSON is another set");
    let mut current = merged.clone();
    let comparison = compare(&merged, &mut current);
    assert_eq!(
        (comparison.new, comparison.fixed.len()),
        (0, 0),
        "it has news against itself"
    );
});

const IDS: &[&str] = &[
    "CVE-2024-0001",
    "CVE-2024-0002",
    "GHSA-2222-3333-4444",
    "GHSA-5555-6666-7777",
    "DSA-1-1",
    "SNYK-JS-A-1",
];
/// (purl, name): the same package with a purl, without, and its source.
const PACKAGES: &[(&str, &str)] = &[
    ("pkg:deb/debian/libssl3", "libssl3"),
    ("", "libssl3"),
    ("pkg:deb/debian/openssl", "openssl"),
    ("pkg:npm/%40scope/a", "@scope/a"),
    ("", "a"),
];
const VERSIONS: &[&str] = &["1.0", "1:1.0", "2.0-1"];

/// Two bytes make a finding: which id and aliases, which package and version.
fn set(scanner: u8, bytes: &[u8]) -> FindingSet {
    let mut findings = BTreeMap::new();
    for pair in bytes.chunks_exact(2).take(64) {
        let (names, place) = (usize::from(pair[0]), usize::from(pair[1]));
        let id = IDS[names % IDS.len()];
        let alias = IDS[names / IDS.len() % IDS.len()];
        let (purl, name) = PACKAGES[place % PACKAGES.len()];
        let version = VERSIONS[place / PACKAGES.len() % VERSIONS.len()];
        let package = Package {
            name: name.to_owned(),
            version: Some(version.to_owned()),
            purl: (!purl.is_empty()).then(|| format!("{purl}@{version}")),
            ..Package::default()
        };
        let finding = Finding {
            id: id.to_owned(),
            aliases: if alias == id {
                Vec::new()
            } else {
                vec![alias.to_owned()]
            },
            package: Some(package),
            statements: vec![Statement {
                id: id.to_owned(),
                rows: 1,
                ..Statement::default()
            }],
            ..Finding::default()
        };
        // A report states a flaw of a package once; its rows were folded when it was read.
        findings.entry((id, name, version)).or_insert(finding);
    }
    let rows = findings.len() as u64;
    FindingSet {
        reports: vec![Report {
            source: format!("{scanner}.json"),
            scanner: ["grype", "snyk", "trivy"][usize::from(scanner)].to_owned(),
            format: "fuzz".to_owned(),
            digest: Some(Digest::from_sha256([scanner; 32])),
            accounting: Accounting {
                read: rows,
                reported: rows,
                ..Accounting::default()
            },
            ..Report::default()
        }],
        findings: findings.into_values().collect(),
    }
}
