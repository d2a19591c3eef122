//! One image, four scanners: made-up findings in the words of each, and the truth that merging must reach.
//!
//! The shapes are those that Trivy, Grype and Snyk write in JSON and Docker Scout in SARIF, as their readers give
//! them: epochs in three places, GHSA ids first, source packages, repeated rows.

use std::collections::{BTreeMap, BTreeSet};

use sealift_scan::merge;
use sealift_types::{Finding, FindingSet, FixState, Package, Report, Severity, SourcePackage, Statement};

const BINARIES: [(&str, &str); 8] = [
    ("libssl1.1", "openssl"),
    ("openssl", "openssl"),
    ("libc6", "glibc"),
    ("libc-bin", "glibc"),
    ("zlib1g", "zlib"),
    ("login", "shadow"),
    ("passwd", "shadow"),
    ("tar", "tar"),
];
const LIBRARIES: [(&str, &str); 8] = [
    ("npm", "lodash"),
    ("npm", "@babel/traverse"),
    ("npm", "tar"),
    ("pypi", "PyYAML"),
    ("pypi", "ruamel.yaml_clib"),
    ("golang", "golang.org/x/net"),
    ("golang", "github.com/docker/docker/v20"),
    ("maven", "org.apache.logging.log4j:log4j-core"),
];
const SEVERITIES: [Severity; 4] = [
    Severity::Low,
    Severity::Medium,
    Severity::High,
    Severity::Critical,
];
const SCANNERS: [&str; 4] = ["trivy", "grype", "snyk", "docker-scout"];

/// `SplitMix64`: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap_or(0)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// What a scanner says of one flaw: id, severity, fixed.
type Said = (String, Severity, bool);

/// The truth: for each CVE, who says what.
type Truth = BTreeMap<String, BTreeMap<&'static str, Said>>;

struct Image {
    sets: Vec<FindingSet>,
    truth: Truth,
}

fn image(flaws: usize, seed: u64) -> Image {
    let mut random = Random(seed);
    let mut findings: [Vec<Finding>; 4] = Default::default();
    let mut truth = Truth::new();
    for number in 0..flaws {
        let cve = format!("CVE-2026-{}", 10_000 + number);
        let severity = random.pick(&SEVERITIES);
        let fixed = random.chance(70);
        let mut said = BTreeMap::new();
        let (ids, packages) = if random.chance(55) {
            let (name, source) = random.pick(&BINARIES);
            let version = format!(
                "{}.{}-1+deb12u{}",
                random.below(4),
                random.below(30),
                random.below(5)
            );
            let epoch = random.chance(33);
            (
                [
                    cve.clone(),
                    cve.clone(),
                    format!("SNYK-DEBIAN-{number}"),
                    cve.clone(),
                ],
                debian(name, source, &version, epoch),
            )
        } else {
            let (package_type, name) = random.pick(&LIBRARIES);
            let version = format!("{}.{}.0", random.below(9), random.below(20));
            let ghsa = format!("GHSA-{number:04}-aaaa-bbbb");
            (
                [cve.clone(), ghsa, format!("SNYK-X-{number}"), cve.clone()],
                library(package_type, name, &version),
            )
        };
        for (scanner, (id, package)) in ids.into_iter().zip(packages).enumerate() {
            if !random.chance([90, 90, 70, 80][scanner]) {
                continue;
            }
            let severity = if random.chance(80) {
                severity
            } else {
                random.pick(&SEVERITIES)
            };
            said.insert(SCANNERS[scanner], (id.clone(), severity, fixed));
            findings[scanner].push(finding(&id, &cve, package, severity, fixed));
        }
        if !said.is_empty() {
            truth.insert(cve, said);
        }
    }
    let sets = SCANNERS
        .into_iter()
        .zip(findings)
        .map(|(scanner, findings)| FindingSet {
            reports: vec![Report {
                scanner: scanner.to_owned(),
                ..Report::default()
            }],
            findings,
        });
    Image {
        sets: sets.collect(),
        truth,
    }
}

/// A Debian package as Trivy, Grype, Snyk and Scout name it.
fn debian(name: &str, source: &str, version: &str, epoch: bool) -> [Package; 4] {
    let (full, qualifier) = if epoch {
        (format!("1:{version}"), "&epoch=1")
    } else {
        (version.to_owned(), "")
    };
    let escaped = full.replace(':', "%3A").replace('+', "%2B");
    let package = |name: &str, purl: Option<String>, source: Option<&str>| Package {
        purl,
        package_type: Some("deb".to_owned()),
        name: name.to_owned(),
        version: Some(full.clone()),
        source: source.map(|source| SourcePackage::new(source, None)),
    };
    [
        package(
            name,
            Some(format!(
                "pkg:deb/debian/{name}@{version}?distro=debian-12{qualifier}"
            )),
            None,
        ),
        package(
            name,
            Some(format!("pkg:deb/debian/{name}@{escaped}?upstream={source}")),
            Some(source),
        ),
        package(&format!("{source}/{name}"), None, None),
        package(
            source,
            Some(format!("pkg:deb/debian/{source}@{escaped}?os_version=12")),
            None,
        ),
    ]
}

/// A library as Trivy, Grype, Snyk and Scout name it.
fn library(package_type: &str, name: &str, version: &str) -> [Package; 4] {
    let path = match package_type {
        "pypi" => name.to_lowercase().replace('_', "-"),
        "maven" => name.replace(':', "/"),
        _ => name.replace('@', "%40"),
    };
    let stated = match package_type {
        "golang" => format!("v{version}"),
        _ => version.to_owned(),
    };
    let package = |purl: Option<String>| Package {
        purl,
        package_type: Some(package_type.to_owned()),
        name: name.to_owned(),
        version: Some(stated.clone()),
        source: None,
    };
    let purl = || Some(format!("pkg:{package_type}/{path}@{stated}"));
    let untyped = Package {
        package_type: None,
        ..package(None)
    };
    [untyped, package(purl()), package(None), package(purl())]
}

fn finding(printed: &str, cve: &str, package: Package, severity: Severity, fixed: bool) -> Finding {
    let mut statement = Statement {
        id: printed.to_owned(),
        severity,
        rows: 1,
        ..Statement::default()
    };
    statement.fix.state = if fixed {
        FixState::Fixed
    } else {
        FixState::NotFixed
    };
    Finding {
        id: cve.to_owned(),
        aliases: Some(printed)
            .filter(|id| *id != cve)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        package: Some(package),
        statements: vec![statement],
        ..Finding::default()
    }
}

/// What a merged set says, in the truth's shape; a CVE that has two findings is an error.
fn outcome(merged: &FindingSet) -> Truth {
    let mut outcome = Truth::new();
    for finding in &merged.findings {
        let said = finding.statements.iter().map(|statement| {
            let scanner = merged.reports[statement.report as usize].scanner.as_str();
            let scanner = SCANNERS
                .into_iter()
                .find(|known| *known == scanner)
                .unwrap_or("unknown");
            let fixed = statement.fix.state == FixState::Fixed;
            (scanner, (statement.id.clone(), statement.severity, fixed))
        });
        let before = outcome.insert(finding.id.clone(), said.collect());
        assert!(before.is_none(), "{} has two findings", finding.id);
    }
    outcome
}

#[test]
fn four_scanners_merge_to_the_truth() {
    for (flaws, seeds) in [(200, 1..=5), (2_000, 1..=2)] {
        for seed in seeds {
            let Image { sets, truth } = image(flaws, seed);
            assert_eq!(outcome(&merge(sets)), truth, "{flaws} flaws, seed {seed}");
        }
    }
}

#[test]
fn a_missing_report_takes_only_its_statements_away() {
    let Image { sets, truth } = image(500, 9);
    let all = outcome(&merge(sets.clone()));
    for (missing, scanner) in SCANNERS.iter().enumerate() {
        let rest = sets.iter().enumerate().filter(|(place, _)| *place != missing);
        let merged = merge(rest.map(|(_, set)| set.clone()));
        let expected: BTreeSet<&String> = truth
            .iter()
            .filter(|(_, said)| said.keys().any(|key| key != scanner))
            .map(|(cve, _)| cve)
            .collect();
        let found: BTreeSet<&String> = all
            .keys()
            .filter(|cve| merged.findings.iter().any(|f| f.id == **cve))
            .collect();
        assert_eq!(found, expected, "without {scanner}");
        assert_eq!(merged.findings.len(), expected.len(), "without {scanner}");
    }
}
