//! Comparing with an earlier set: what is new, unchanged and fixed.

use sealift_scan::{compare, merge};
use sealift_types::{BaselineState, Finding, FindingSet, Package, Report, Severity, Statement};

/// A set of one report; each finding is written `id package-url`, `+alias` after the id where there is one.
fn set(scanner: &str, findings: &[&str]) -> FindingSet {
    let finding = |text: &&str| {
        let (ids, purl) = text.split_once(' ').unwrap_or((text, ""));
        let (id, alias) = ids.split_once('+').unwrap_or((ids, ""));
        let package = if purl.starts_with("pkg:") {
            Package {
                purl: Some(purl.to_owned()),
                ..Package::named(purl)
            }
        } else {
            let (name, version) = purl.split_once('@').unwrap_or((purl, ""));
            Package {
                version: Some(version.to_owned()),
                ..Package::named(name)
            }
        };
        Finding {
            id: id.to_owned(),
            aliases: Some(alias.to_owned())
                .filter(|alias| !alias.is_empty())
                .into_iter()
                .collect(),
            package: Some(package),
            statements: vec![Statement {
                id: id.to_owned(),
                rows: 1,
                ..Statement::default()
            }],
            ..Finding::default()
        }
    };
    FindingSet {
        reports: vec![Report {
            scanner: scanner.to_owned(),
            ..Report::default()
        }],
        findings: findings.iter().map(finding).collect(),
    }
}

/// Compares, and names what is new and what is fixed by its place in the list it came from.
#[track_caller]
fn check(old: &FindingSet, mut new: FindingSet, expected_new: &[usize], expected_fixed: &[usize]) {
    let comparison = compare(old, &mut new);
    let states = new.findings.iter().enumerate();
    let is_new: Vec<usize> = states
        .filter(|(_, finding)| finding.baseline == Some(BaselineState::New))
        .map(|(place, _)| place)
        .collect();
    let fixed: Vec<Finding> = expected_fixed
        .iter()
        .map(|&place| old.findings[place].clone())
        .collect();
    assert_eq!(is_new, expected_new, "new");
    assert_eq!(comparison.fixed, fixed, "fixed");
    assert_eq!(comparison.new, expected_new.len());
    assert_eq!(comparison.new + comparison.unchanged, new.findings.len());
}

fn trivy(findings: &[&str]) -> FindingSet {
    set("trivy", findings)
}

#[test]
fn a_set_against_itself_is_unchanged() {
    let all = trivy(&[
        "CVE-1 pkg:npm/a@1",
        "CVE-1 pkg:npm/a@2",
        "CVE-2 a@1",
        "GHSA-a pkg:npm/a@1",
    ]);
    check(&all, all.clone(), &[], &[]);
    check(&FindingSet::default(), all.clone(), &[0, 1, 2, 3], &[]);
    check(&all, FindingSet::default(), &[], &[0, 1, 2, 3]);
}

#[test]
fn an_update_without_a_fix_is_no_news() {
    let old = trivy(&["CVE-1 pkg:deb/debian/tar@1.0", "CVE-2 pkg:deb/debian/tar@1.0"]);
    let mut new = trivy(&["CVE-1 pkg:deb/debian/tar@1%3A1.1"]);
    new.findings[0].statements[0].severity = Severity::Critical;
    check(&old, new, &[], &[1]);
}

#[test]
fn each_version_counts_once() {
    let one = trivy(&["CVE-1 pkg:npm/a@1"]);
    let two = trivy(&["CVE-1 pkg:npm/a@2", "CVE-1 pkg:npm/a@1"]);
    // The same version is the same finding; the other one is new, or fixed.
    check(&one, two.clone(), &[0], &[]);
    check(&two, one, &[], &[0]);
    let three = trivy(&["CVE-1 pkg:npm/a@3", "CVE-1 pkg:npm/a@4"]);
    check(&two, three, &[], &[]);
}

#[test]
fn an_id_that_became_an_alias_is_unchanged() {
    check(
        &trivy(&["GHSA-a pkg:npm/a@1"]),
        trivy(&["CVE-1+GHSA-a pkg:npm/a@1"]),
        &[],
        &[],
    );
    check(
        &trivy(&["GHSA-a pkg:npm/a@1"]),
        trivy(&["CVE-1 pkg:npm/a@1"]),
        &[0],
        &[0],
    );
}

#[test]
fn a_package_that_gained_its_type_is_unchanged() {
    check(
        &trivy(&["CVE-1 PyYAML@5.1", "CVE-2 PyYAML@5.1"]),
        set(
            "grype",
            &["CVE-1 pkg:pypi/pyyaml@5.1", "CVE-2 pkg:pypi/pyyaml@5.2"],
        ),
        &[],
        &[],
    );
    // Two stated types are two packages.
    check(
        &set("grype", &["CVE-1 pkg:npm/tar@1"]),
        set("grype", &["CVE-1 pkg:cargo/tar@1"]),
        &[0],
        &[0],
    );
}

#[test]
fn a_source_package_answers_for_its_binaries() {
    let source = set("docker-scout", &["CVE-1 pkg:deb/debian/openssl@3.0-1"]);
    let binaries = set(
        "grype",
        &[
            "CVE-1 pkg:deb/debian/libssl3@3.0-1?upstream=openssl",
            "CVE-1 pkg:deb/debian/openssl@3.0-1?upstream=openssl",
        ],
    );
    check(&source, binaries.clone(), &[], &[]);
    check(&binaries, source.clone(), &[], &[]);
    check(&source, merge([source.clone(), binaries.clone()]), &[], &[]);
    check(
        &binaries,
        set("trivy", &["CVE-1 pkg:deb/debian/openssl@3.0-1"]),
        &[],
        &[0],
    );
}
