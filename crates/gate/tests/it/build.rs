//! Facts and policies for tests.

use jiff::Timestamp;
use sealift_gate::{
    Facts, ImageFacts, LayerFacts, PlatformFacts, Policy, Report, RuleReport, Verdict, evaluate,
};
use sealift_types::{
    Digest, Finding, FindingSet, Fix, FixState, Kind, Location, Package, Report as ScanReport, Severity,
    SeverityOrigin, Statement, Subject,
};

/// The time that tests judge by.
pub(crate) fn now() -> Timestamp {
    at("2026-06-15T12:00:00Z")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `sha256:` and one hex digit, repeated.
pub(crate) fn digest(fill: char) -> Digest {
    format!("sha256:{}", fill.to_string().repeat(64)).parse().unwrap()
}

/// The policy with these lines after its version.
pub(crate) fn policy(rules: &str) -> Policy {
    Policy::parse(&format!("schema_version = 1\n{rules}"))
        .unwrap_or_else(|error| panic!("{error:?}\n{rules}"))
}

/// An image of one platform: index `a`, manifest `b`, config `c`, a base layer `d` and an own layer `e`.
pub(crate) fn image() -> ImageFacts {
    let layer = |fill| LayerFacts {
        diff_id: Some(digest(fill)),
        ..LayerFacts::default()
    };
    ImageFacts {
        name: Some("registry.example/app:1.2".to_owned()),
        digest: Some(digest('a')),
        base_name: Some("debian:12".to_owned()),
        platforms: vec![PlatformFacts {
            platform: Some("linux/amd64".parse().unwrap()),
            digest: Some(digest('b')),
            image_id: Some(digest('c')),
            layers: vec![layer('d'), layer('e')],
            base_layers: Some(1),
            ..PlatformFacts::default()
        }],
    }
}

/// A report of this scanner about [`image`].
pub(crate) fn report(scanner: &str) -> ScanReport {
    ScanReport {
        source: format!("{scanner}.json"),
        scanner: scanner.to_owned(),
        format: "test".to_owned(),
        created: Some(at("2026-06-15T10:00:00Z")),
        subject: Subject {
            digests: vec![digest('a')],
            ..Subject::default()
        },
        ..ScanReport::default()
    }
}

/// Facts about [`image`] with one report for each scanner.
pub(crate) fn facts(scanners: &[&str], findings: Vec<Finding>) -> Facts {
    Facts {
        image: Some(image()),
        findings: FindingSet {
            reports: scanners.iter().map(|scanner| report(scanner)).collect(),
            findings,
        },
        ..Facts::default()
    }
}

/// A vulnerability that report 0 states, fixed in `fixed` unless that is empty.
pub(crate) fn vulnerability(id: &str, package: &str, severity: Severity, fixed: &str) -> Finding {
    Finding {
        kind: Kind::Vulnerability,
        id: id.to_owned(),
        package: Some(Package {
            package_type: Some("deb".to_owned()),
            version: Some("1.0-1".to_owned()),
            ..Package::named(package)
        }),
        statements: vec![statement(0, id, severity, fixed)],
        ..Finding::default()
    }
}

pub(crate) fn statement(report: u32, id: &str, severity: Severity, fixed: &str) -> Statement {
    Statement {
        report,
        id: id.to_owned(),
        severity,
        severity_from: SeverityOrigin::Label,
        fix: Fix {
            state: if fixed.is_empty() {
                FixState::NotFixed
            } else {
                FixState::Fixed
            },
            versions: fixed.split_whitespace().map(str::to_owned).collect(),
            available: None,
        },
        rows: 1,
        ..Statement::default()
    }
}

/// The finding at this path in this layer.
pub(crate) fn located(mut finding: Finding, path: &str, layer: char) -> Finding {
    finding.statements[0].locations = vec![Location {
        path: path.to_owned(),
        line: None,
        layer: Some(digest(layer)),
    }];
    finding.statements[0].locations_total = 1;
    finding
}

/// The report of the rule of this name.
pub(crate) fn rule<'r>(report: &'r Report, name: &str) -> &'r RuleReport {
    let found = report.rules.iter().find(|rule| rule.name == name);
    found.unwrap_or_else(|| panic!("no rule {name}"))
}

/// Judges and compares the verdict; gives the report for more.
#[track_caller]
pub(crate) fn check(rules: &str, facts: &Facts, expected: Verdict) -> Report {
    let report = evaluate(&policy(rules), facts, now());
    assert_eq!(report.verdict, expected, "{rules}\n{:#?}", report.rules);
    report
}
