//! Merging: who is joined with whom, and that the order of merging does not matter.

use proptest::prelude::*;
use sealift_scan::merge;
use sealift_types::{
    Finding, FindingSet, Kind, Location, MatchTier, Package, Report, Severity, SourcePackage, Statement,
};

/// A set of one report.
fn set(scanner: &str, findings: Vec<Finding>) -> FindingSet {
    FindingSet {
        reports: vec![Report {
            scanner: scanner.to_owned(),
            source: format!("{scanner}.json"),
            ..Report::default()
        }],
        findings,
    }
}

/// A finding as a reader gives it: canonical `id`, the id as `printed`, `aliases`, and its package.
fn finding(printed: &str, id: &str, aliases: &[&str], package: Package) -> Finding {
    Finding {
        id: id.to_owned(),
        aliases: aliases.iter().map(ToString::to_string).collect(),
        package: Some(package),
        statements: vec![Statement {
            id: printed.to_owned(),
            rows: 1,
            ..Statement::default()
        }],
        ..Finding::default()
    }
}

fn cve(id: &str, package: Package) -> Finding {
    finding(id, id, &[], package)
}

fn purl(purl: &str) -> Package {
    Package {
        purl: Some(purl.to_owned()),
        ..Package::named("by its purl")
    }
}

fn typed(package_type: &str, name: &str, version: &str) -> Package {
    Package {
        package_type: Some(package_type.to_owned()),
        ..untyped(name, version)
    }
}

fn untyped(name: &str, version: &str) -> Package {
    Package {
        version: Some(version.to_owned()),
        ..Package::named(name)
    }
}

/// Who states each finding and how they came there, as `id: scanner tier, …`.
fn outline(merged: &FindingSet) -> Vec<String> {
    let tier = |tier| match tier {
        MatchTier::Exact => "exact",
        MatchTier::Alias => "alias",
        MatchTier::Name => "name",
        MatchTier::Source => "source",
        _ => "new",
    };
    let line = |finding: &Finding| {
        let statements: Vec<String> = finding
            .statements
            .iter()
            .map(|s| {
                format!(
                    "{} {}",
                    merged.reports[s.report as usize].scanner,
                    tier(s.matched)
                )
            })
            .collect();
        format!("{}: {}", finding.id, statements.join(", "))
    };
    merged.findings.iter().map(line).collect()
}

#[track_caller]
fn check(sets: impl IntoIterator<Item = FindingSet>, expected: &[&str]) -> FindingSet {
    let sets: Vec<FindingSet> = sets.into_iter().collect();
    let merged = merge(sets.clone());
    assert_eq!(outline(&merged), expected);
    assert_eq!(merge(sets.into_iter().rev()), merged, "in reverse order");
    assert_eq!(merge([merged.clone()]), merged, "once more");
    merged
}

#[test]
fn one_purl_in_two_spellings_is_one_component() {
    let merged = check(
        [
            set(
                "trivy",
                vec![cve("CVE-1", purl("pkg:deb/debian/tar@4.13-2?arch=amd64&epoch=1"))],
            ),
            set(
                "grype",
                vec![cve("CVE-1", purl("pkg:deb/debian/tar@1%3A4.13-2?upstream=tar"))],
            ),
        ],
        &["CVE-1: grype exact, trivy exact"],
    );
    let finding = &merged.findings[0];
    // Grype says more of the package: its source. Trivy's words stay with its statement.
    assert!(
        finding
            .package
            .as_ref()
            .unwrap()
            .purl
            .as_ref()
            .unwrap()
            .contains("upstream")
    );
    assert!(finding.statements[0].package.is_none());
    assert!(finding.statements[1].package.is_some());
}

#[test]
fn aliases_join_and_are_recorded() {
    let merged = check(
        [
            set("trivy", vec![cve("CVE-1", purl("pkg:npm/a@1"))]),
            set(
                "grype",
                vec![finding("GHSA-a", "CVE-1", &["GHSA-a"], purl("pkg:npm/a@1"))],
            ),
            set("osv", vec![finding("GHSA-a", "GHSA-a", &[], purl("pkg:npm/a@1"))]),
        ],
        &["CVE-1: grype alias, osv alias, trivy exact"],
    );
    assert_eq!(merged.findings[0].aliases, ["GHSA-a"]);
}

#[test]
fn a_package_without_a_type_joins_by_name() {
    check(
        [
            set("trivy", vec![cve("CVE-1", untyped("PyYAML", "5.1"))]),
            set("grype", vec![cve("CVE-1", purl("pkg:pypi/pyyaml@5.1"))]),
        ],
        &["CVE-1: grype exact, trivy name"],
    );
    check(
        [
            set("trivy", vec![cve("CVE-1", untyped("org.a:core", "1"))]),
            set("grype", vec![cve("CVE-1", purl("pkg:maven/core/core@1"))]),
            set("snyk", vec![cve("CVE-1", typed("maven", "org.a:core", "1"))]),
        ],
        &["CVE-1: grype name, snyk exact, trivy name"],
    );
}

#[test]
fn a_name_that_can_mean_two_packages_stays_alone() {
    check(
        [
            set("trivy", vec![cve("CVE-1", untyped("tar", "1"))]),
            set(
                "grype",
                vec![
                    cve("CVE-1", purl("pkg:npm/tar@1")),
                    cve("CVE-1", purl("pkg:cargo/tar@1")),
                ],
            ),
        ],
        &["CVE-1: grype exact", "CVE-1: grype exact", "CVE-1: trivy exact"],
    );
}

#[test]
fn versions_and_flaws_stay_apart() {
    check(
        [
            set(
                "trivy",
                vec![
                    cve("CVE-1", purl("pkg:npm/a@1")),
                    cve("CVE-2", purl("pkg:npm/a@1")),
                ],
            ),
            set("grype", vec![cve("CVE-1", purl("pkg:npm/a@2"))]),
        ],
        &["CVE-1: trivy exact", "CVE-1: grype exact", "CVE-2: trivy exact"],
    );
}

#[test]
fn a_name_of_two_cves_joins_neither() {
    let merged = check(
        [
            set(
                "a",
                vec![finding("CVE-1", "CVE-1", &["GHSA-x"], purl("pkg:npm/a@1"))],
            ),
            set(
                "b",
                vec![finding("CVE-2", "CVE-2", &["GHSA-x"], purl("pkg:npm/a@1"))],
            ),
            set("c", vec![cve("GHSA-x", purl("pkg:npm/a@1"))]),
        ],
        &["CVE-1: a exact", "CVE-2: b exact", "GHSA-x: c exact"],
    );
    assert_eq!(merged.findings[0].related, ["GHSA-x"]);
    assert!(merged.findings[0].aliases.is_empty());
}

#[test]
fn a_source_package_stands_for_its_binaries() {
    let scout = set(
        "docker-scout",
        vec![cve("CVE-1", purl("pkg:deb/debian/openssl@3.0-1?os_name=debian"))],
    );
    let grype = set(
        "grype",
        vec![
            cve(
                "CVE-1",
                purl("pkg:deb/debian/libssl3@3.0-1%2Bb1?upstream=openssl"),
            ),
            cve("CVE-1", purl("pkg:deb/debian/openssl@3.0-1")),
        ],
    );
    let merged = check(
        [scout.clone(), grype.clone()],
        &[
            "CVE-1: docker-scout source, grype exact",
            "CVE-1: docker-scout exact, grype exact",
        ],
    );
    // Taken apart again, the one statement of Scout is one statement.
    assert_eq!(merge([merged, scout.clone()]), merge([scout.clone(), grype]));
    // Nobody else reports it: it stands for itself.
    check([scout], &["CVE-1: docker-scout exact"]);
}

#[test]
fn the_source_is_learned_from_another_finding() {
    let scout = || {
        set(
            "docker-scout",
            vec![cve("CVE-1", typed("deb", "openssl", "3.0-1"))],
        )
    };
    let trivy = || set("trivy", vec![cve("CVE-1", typed("deb", "libssl3", "3.0-1"))]);
    let other = |source: &str| {
        let package = Package {
            source: Some(SourcePackage::new(source, None)),
            ..typed("deb", "libssl3", "3.0-1")
        };
        set("grype", vec![cve("CVE-9", package)])
    };
    check(
        [scout(), trivy(), other("openssl")],
        &["CVE-1: docker-scout source, trivy exact", "CVE-9: grype exact"],
    );
    // Somebody knows better: another source of the same version is another package.
    check(
        [scout(), trivy(), other("boringssl")],
        &[
            "CVE-1: trivy exact",
            "CVE-1: docker-scout exact",
            "CVE-9: grype exact",
        ],
    );
    // Nobody knows: the flaw and the full version decide.
    check([scout(), trivy()], &["CVE-1: docker-scout source, trivy exact"]);
}

#[test]
fn two_reports_of_one_scanner_give_two_statements() {
    let mut second = set("trivy", vec![cve("CVE-1", purl("pkg:npm/a@1"))]);
    second.reports[0].source = "arm64.json".to_owned();
    second.findings[0].statements[0].severity = Severity::High;
    let merged = check(
        [set("trivy", vec![cve("CVE-1", purl("pkg:npm/a@1"))]), second],
        &["CVE-1: trivy exact, trivy exact"],
    );
    let severities: Vec<_> = merged.findings[0].statements.iter().map(|s| s.severity).collect();
    assert_eq!(severities, [Severity::High, Severity::Unknown]);
}

#[test]
fn one_file_under_two_names_counts_once() {
    let mut sets = [
        set("trivy", vec![cve("CVE-1", purl("pkg:npm/a@1"))]),
        set("trivy", vec![cve("CVE-1", purl("pkg:npm/a@1"))]),
    ];
    for (set, name) in sets.iter_mut().zip(["b", "a"]) {
        set.reports[0].source = name.to_owned();
        set.reports[0].digest = Some(format!("sha256:{}", "0".repeat(64)).parse().unwrap());
    }
    let merged = check(sets, &["CVE-1: trivy exact"]);
    assert_eq!(merged.reports[0].source, "a");
}

#[test]
fn other_kinds_join_within_one_scanner_only() {
    let secret = |source: &str, scanner: &str, line| {
        let mut set = set(scanner, vec![cve("aws-key", Package::default())]);
        set.reports[0].source = source.to_owned();
        set.findings[0].kind = Kind::Secret;
        set.findings[0].package = None;
        set.findings[0].statements[0].locations = vec![Location {
            path: "app/.env".to_owned(),
            line: Some(line),
            layer: None,
        }];
        set
    };
    check(
        [
            secret("1", "trivy", 1),
            secret("2", "trivy", 1),
            secret("3", "trivy", 2),
            secret("4", "gitleaks", 1),
        ],
        &[
            "aws-key: gitleaks exact",
            "aws-key: trivy exact, trivy exact",
            "aws-key: trivy exact",
        ],
    );
}

#[test]
fn a_statement_without_its_report_is_kept() {
    let mut set = set("trivy", vec![cve("CVE-1", purl("pkg:npm/a@1"))]);
    set.findings[0].statements[0].report = 7;
    let merged = merge([set]);
    assert_eq!(merged.findings.len(), 1);
    assert_eq!(
        merged.reports[merged.findings[0].statements[0].report as usize].scanner,
        ""
    );
}

const IDS: [&str; 6] = ["CVE-1", "CVE-2", "GHSA-a", "GHSA-b", "SNYK-1", "DSA-1"];
const SCANNERS: [&str; 4] = ["trivy", "grype", "snyk", "docker-scout"];

fn packages() -> impl Strategy<Value = Package> {
    let names = prop::sample::select(vec![
        "openssl",
        "libssl3",
        "Py_YAML",
        "pyyaml",
        "core/core",
        "g/core",
    ]);
    let types = prop::sample::select(vec![None, Some("deb"), Some("pypi"), Some("maven")]);
    let sources = prop::sample::select(vec![None, None, Some("openssl"), Some("gnutls")]);
    let versions = prop::sample::select(vec!["1.0-1", "1:1.0-1", "2"]);
    (names, types, sources, versions, any::<bool>()).prop_map(|(name, kind, source, version, with_purl)| {
        Package {
            purl: kind
                .filter(|_| with_purl)
                .map(|kind| format!("pkg:{kind}/{name}@{version}")),
            package_type: kind.map(str::to_owned),
            source: source.map(|source| SourcePackage::new(source, None)),
            ..untyped(name, version)
        }
    })
}

fn findings() -> impl Strategy<Value = Finding> {
    let ids = || prop::sample::select(IDS.to_vec());
    (
        ids(),
        prop::collection::vec(ids(), 0..2),
        packages(),
        prop::sample::select(Severity::ALL.to_vec()),
        prop::option::of(prop::sample::select(vec!["x", "y"])),
        0..8_u8,
    )
        .prop_map(|(id, aliases, package, severity, title, rare)| {
            let mut finding = finding(id, id, &[], package);
            finding.aliases = aliases
                .into_iter()
                .filter(|alias| *alias != id)
                .map(str::to_owned)
                .collect();
            finding.title = title.map(str::to_owned);
            finding.links = finding.title.iter().cloned().collect();
            finding.statements[0].severity = severity;
            if rare == 0 {
                finding.kind = Kind::License;
            }
            if rare == 1 {
                finding.package = None;
            }
            finding
        })
}

fn sets() -> impl Strategy<Value = FindingSet> {
    let scanners = prop::sample::select(SCANNERS.to_vec());
    (scanners, 0..2_u32, prop::collection::vec(findings(), 0..8)).prop_map(|(scanner, run, findings)| {
        let mut set = set(scanner, findings);
        set.reports[0].run = run;
        set
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn merging_is_associative(a in sets(), b in sets(), c in sets()) {
        let all = merge([a.clone(), b.clone(), c.clone()]);
        let left = merge([merge([a.clone(), b.clone()]), c.clone()]);
        let right = merge([a, merge([b, c])]);
        prop_assert_eq!(&left, &all);
        prop_assert_eq!(&right, &all);
    }

    #[test]
    fn merging_is_commutative_and_idempotent(a in sets(), b in sets(), c in sets()) {
        let all = merge([a.clone(), b.clone(), c.clone()]);
        prop_assert_eq!(&merge([c.clone(), a.clone(), b.clone()]), &all);
        prop_assert_eq!(&merge([b.clone(), a, c, b]), &all);
        prop_assert_eq!(&merge([all.clone()]), &all);
        prop_assert_eq!(&merge([all.clone(), all.clone()]), &all);
    }

    #[test]
    fn every_statement_is_kept_and_no_two_cves_meet(a in sets(), b in sets()) {
        let merged = merge([a.clone(), b.clone()]);
        for set in [&a, &b] {
            for finding in &set.findings {
                let statement = &finding.statements[0];
                let kept = merged.findings.iter().any(|merged| {
                    merged.kind == finding.kind
                        && merged.statements.iter().any(|s| s.id == statement.id && s.severity == statement.severity)
                });
                prop_assert!(kept, "{finding:?}");
            }
        }
        for finding in &merged.findings {
            let mut cves: Vec<&str> = finding.ids().filter(|id| id.starts_with("CVE-")).collect();
            cves.sort_unstable();
            cves.dedup();
            prop_assert!(cves.len() <= 1, "{finding:?}");
        }
    }
}
