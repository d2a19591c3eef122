//! SARIF for GitHub code scanning: each limit with an input just over it, and what must not change between builds.

use std::fmt::Write as _;

use sealift_scan::{Accepted, Limit, SarifOptions, SarifRuns, to_sarif};
use sealift_types::{
    Digest, Finding, FindingSet, Fix, FixState, Kind, Location, Package, Rating, Report, Severity, Statement,
    Subject, Suppression, SuppressionStatus,
};
use serde_json::{Value, json};

fn report(scanner: &str, image: &str, digest: u8) -> Report {
    Report {
        scanner: scanner.into(),
        tool: Some(scanner.to_uppercase()),
        format: "test".into(),
        subject: Subject {
            name: Some(image.into()),
            digests: vec![Digest::from_sha256([digest; 32])],
            platform: Some("linux/amd64".parse().unwrap()),
            ..Subject::default()
        },
        ..Report::default()
    }
}

fn finding(id: &str, package: &str, version: &str, severity: Severity) -> Finding {
    Finding {
        id: id.into(),
        package: Some(Package {
            version: Some(version.into()),
            ..Package::named(package)
        }),
        title: Some(format!("{package}: a flaw")),
        statements: vec![Statement {
            id: id.into(),
            severity,
            rows: 1,
            ..Statement::default()
        }],
        ..Finding::default()
    }
}

fn set(reports: Vec<Report>, findings: Vec<Finding>) -> FindingSet {
    FindingSet { reports, findings }
}

fn one_report(findings: Vec<Finding>) -> FindingSet {
    set(vec![report("trivy", "docker.io/acme/app:1.0", 1)], findings)
}

fn sarif(set: &FindingSet) -> (Value, Vec<(Limit, usize)>) {
    let output = to_sarif(set, &SarifOptions::default());
    let log: Value = serde_json::from_str(&output.json).unwrap();
    assert_required(&log);
    (
        log,
        output
            .truncations
            .iter()
            .map(|truncation| (truncation.limit, truncation.dropped))
            .collect(),
    )
}

/// What GitHub requires: present, and no empty string.
fn assert_required(log: &Value) {
    let text = |value: &Value, pointer: &str| {
        let found = value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        assert!(!found.trim().is_empty(), "{pointer} is empty in {value}");
        found.to_owned()
    };
    text(log, "/$schema");
    assert_eq!(log["version"], "2.1.0");
    let mut categories = Vec::new();
    for run in log["runs"].as_array().unwrap() {
        let id = text(run, "/automationDetails/id");
        categories.push((
            text(run, "/tool/driver/name"),
            id.rsplit_once('/').unwrap().0.to_owned(),
        ));
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for rule in rules {
            text(rule, "/id");
            text(rule, "/help/text");
            assert!(text(rule, "/shortDescription/text").chars().count() <= 1_024);
            assert!(text(rule, "/fullDescription/text").chars().count() <= 1_024);
            assert!(
                text(rule, "/properties/security-severity")
                    .parse::<f64>()
                    .unwrap()
                    <= 10.0
            );
            assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
        }
        for result in run["results"].as_array().unwrap() {
            text(result, "/message/text");
            text(result, "/partialFingerprints/primaryLocationLineHash");
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            let locations = result["locations"].as_array().unwrap();
            assert!((1..=10).contains(&locations.len()));
            for location in locations {
                let uri = text(location, "/physicalLocation/artifactLocation/uri");
                assert!(!uri.starts_with('/') && !uri.contains([':', ' ', '\\']), "{uri}");
                for key in ["startLine", "startColumn", "endLine", "endColumn"] {
                    assert!(location["physicalLocation"]["region"][key].as_u64().unwrap() >= 1);
                }
            }
        }
    }
    let all = categories.len();
    categories.sort();
    categories.dedup();
    assert_eq!(
        categories.len(),
        all,
        "two runs of one tool and category are rejected"
    );
}

#[test]
fn the_21st_run_is_left_out_and_it_is_the_least_severe() {
    let reports: Vec<_> = (0..21)
        .map(|n| report("trivy", &format!("acme/app{n}:1"), 1))
        .collect();
    let mut findings: Vec<_> = (0..21)
        .map(|n| finding("CVE-2024-1", &format!("p{n}"), "1", Severity::High))
        .collect();
    for (n, finding) in findings.iter_mut().enumerate() {
        finding.statements[0].report = u32::try_from(n).unwrap();
    }
    findings[7].statements[0].severity = Severity::Low;
    let (log, cut) = sarif(&set(reports, findings));
    assert_eq!(cut, [(Limit::Runs, 1)]);
    assert_eq!(log["runs"].as_array().unwrap().len(), 20);
    assert!(!log.to_string().contains("sealift/trivy/acme/app7/"));
}

#[test]
fn result_25_001_is_left_out_and_it_is_the_least_severe() {
    let mut findings: Vec<_> = (0..25_001)
        .map(|n| finding(&format!("CVE-2024-{n}"), "p", "1", Severity::Medium))
        .collect();
    findings[3].statements[0].severity = Severity::Low;
    findings[9].statements[0].severity = Severity::Critical;
    let (log, cut) = sarif(&one_report(findings));
    assert_eq!(cut, [(Limit::Results, 1), (Limit::ShownResults, 20_000)]);
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 25_000);
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 25_000);
    assert_eq!(run["results"][0]["ruleId"], "CVE-2024-9-p");
    assert!(
        run["results"]
            .as_array()
            .unwrap()
            .iter()
            .all(|result| result["ruleId"] != "CVE-2024-3-p")
    );
    let note = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
        .as_str()
        .unwrap();
    assert_eq!(
        note,
        "1 results left out, least severe first: GitHub takes 25000 in a run."
    );
}

#[test]
fn a_file_over_ten_megabytes_of_gzip_loses_its_least_severe_results() {
    // Text that gzip cannot shrink much: digits of a linear congruential generator.
    let mut state = 1u64;
    let mut noise = || {
        let mut text = String::new();
        while text.len() < 1_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            write!(text, "{:013x}", state >> 12).unwrap();
        }
        text
    };
    let findings: Vec<_> = (0..24_000)
        .map(|n| Finding {
            description: Some(noise()),
            ..finding(
                &format!("CVE-2024-{n}"),
                "p",
                "1",
                if n == 0 { Severity::Critical } else { Severity::Low },
            )
        })
        .collect();
    let (log, cut) = sarif(&one_report(findings));
    assert_eq!(cut[1].0, Limit::FileSize);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len() + cut[1].1, 24_000);
    assert!(results.len() > 5_000, "cut to {}", results.len());
    assert_eq!(results[0]["ruleId"], "CVE-2024-0-p");
}

#[test]
fn long_texts_are_shortened_and_said_so() {
    let mut wordy = finding("CVE-2024-1", "p", "1", Severity::High);
    wordy.title = Some("t".repeat(1_025));
    wordy.description = Some("d".repeat(1_025));
    let mut set = one_report(vec![wordy]);
    set.reports[0].tool = Some("T".repeat(256));
    let (log, cut) = sarif(&set);
    assert_eq!(cut, [(Limit::Name, 1), (Limit::Description, 2)]);
    assert_eq!(
        log["runs"][0]["tool"]["driver"]["name"]
            .as_str()
            .unwrap()
            .chars()
            .count(),
        255
    );
}

#[test]
fn locations_of_a_secret_are_ten_at_the_most() {
    let mut secret = finding("aws-key", "", "", Severity::Critical);
    secret.kind = Kind::Secret;
    secret.package = None;
    secret.statements[0].locations = (0..100)
        .map(|n| Location {
            path: format!("/app/file {n}"),
            line: Some(n),
            ..Location::default()
        })
        .collect();
    secret.statements[0].locations_total = 2_427;
    let (log, cut) = sarif(&one_report(vec![secret]));
    assert_eq!(cut, [(Limit::Locations, 2_417)]);
    let first = &log["runs"][0]["results"][0]["locations"][1]["physicalLocation"];
    assert_eq!(first["artifactLocation"]["uri"], "app/file%201");
    assert_eq!(first["region"]["startLine"], 1);
}

#[test]
fn two_reports_of_one_tool_and_image_share_a_run() {
    let mut second = finding("CVE-2024-2", "q", "1", Severity::Low);
    second.statements[0].report = 1;
    let reports = vec![report("trivy", "acme/app:1", 1), report("trivy", "acme/app:1", 1)];
    let (log, _) = sarif(&set(
        reports,
        vec![finding("CVE-2024-1", "p", "1", Severity::High), second],
    ));
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 2);
}

#[test]
fn nothing_that_changes_with_a_build_is_in_an_alerts_identity() {
    let identity = |tag: &str, digest: u8, version: &str, severity: Severity| {
        let found = set(
            vec![report("trivy", &format!("docker.io/acme/app:{tag}"), digest)],
            vec![finding("CVE-2024-1", "p", version, severity)],
        );
        let (log, _) = sarif(&found);
        let run = &log["runs"][0];
        let id = run["automationDetails"]["id"].as_str().unwrap();
        let result = &run["results"][0];
        (
            id.rsplit_once('/').unwrap().0.to_owned(),
            result["ruleId"].clone(),
            result["partialFingerprints"].clone(),
            result["locations"].clone(),
        )
    };
    let first = identity("1.0", 1, "1.1.1n", Severity::High);
    assert_eq!(first, identity("1.1", 2, "1.1.1o", Severity::Low));
    assert_eq!(first.0, "sealift/trivy/docker.io/acme/app/linux-amd64");
    assert_eq!(
        first.3[0]["physicalLocation"]["artifactLocation"]["uri"],
        "docker.io/acme/app"
    );
}

#[test]
fn two_versions_of_a_package_are_two_alerts() {
    let findings = ["1", "2"].map(|version| finding("CVE-2024-1", "p", version, Severity::High));
    let (log, _) = sarif(&one_report(findings.to_vec()));
    let hash =
        |n: usize| log["runs"][0]["results"][n]["partialFingerprints"]["primaryLocationLineHash"].clone();
    assert_ne!(hash(0), hash(1));
}

#[test]
fn the_score_lies_in_the_band_of_the_label() {
    let check = |severity, scores: &[f64], expected: &str| {
        let mut found = finding("CVE-2024-1", "p", "1", severity);
        found.statements[0].ratings = scores
            .iter()
            .map(|score| Rating {
                score: Some(*score),
                ..Rating::default()
            })
            .collect();
        let (log, _) = sarif(&one_report(vec![found]));
        let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
        assert_eq!(
            rule["properties"]["security-severity"], expected,
            "{severity} {scores:?}"
        );
    };
    check(Severity::Low, &[9.8, 3.1], "3.1");
    check(Severity::Low, &[9.8], "2.0");
    check(Severity::Medium, &[6.96], "6.9");
    check(Severity::Critical, &[9.0], "9.1");
    check(Severity::Critical, &[f64::INFINITY], "9.5");
    check(Severity::Unknown, &[9.8], "0.0");
}

#[test]
fn a_merged_run_has_one_alert_at_the_worst_severity() {
    let mut found = finding("CVE-2024-1", "p", "1", Severity::Low);
    found.statements.push(Statement {
        report: 1,
        id: "GHSA-a".into(),
        severity: Severity::Critical,
        rows: 1,
        fix: Fix {
            state: FixState::Fixed,
            versions: vec!["2".into()],
            available: None,
        },
        ..Statement::default()
    });
    let reports = vec![report("trivy", "acme/app:1", 1), report("grype", "acme/app:1", 1)];
    let found = set(reports, vec![found]);
    let (log, _) = sarif(&found);
    assert_eq!(log["runs"].as_array().unwrap().len(), 2);
    let mut options = SarifOptions::default();
    options.runs = SarifRuns::Merged;
    options.artifact = Some("Dockerfile".into());
    let log: Value = serde_json::from_str(&to_sarif(&found, &options).json).unwrap();
    assert_required(&log);
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 1);
    assert_eq!(run["results"][0]["ruleId"], "CVE-2024-1-p");
    assert_eq!(run["results"][0]["level"], "error");
    assert_eq!(
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "Dockerfile"
    );
}

#[test]
fn hostile_text_is_inert() {
    let mut found = finding(
        "CVE-2024-1\n::set-output name=x::y",
        "p](http://evil.example)\u{1b}[2J",
        "1",
        Severity::High,
    );
    found.title = Some("[click](http://evil.example)\u{202e}".into());
    found.links = vec![
        "javascript:alert(1)".into(),
        "https://a b".into(),
        "https://ok.example/x".into(),
    ];
    let (log, _) = sarif(&one_report(vec![found]));
    let run = &log["runs"][0];
    assert_eq!(
        run["tool"]["driver"]["rules"][0]["helpUri"],
        "https://ok.example/x"
    );
    let message = run["results"][0]["message"]["text"].as_str().unwrap();
    assert!(
        message.contains("\\[click\\]") && !message.contains(['\u{1b}', '\u{202e}']),
        "{message}"
    );
    assert!(message.lines().all(|line| !line.starts_with("::")), "{message}");
}

#[test]
fn a_report_without_findings_still_has_its_run() {
    let (log, cut) = sarif(&one_report(vec![]));
    assert!(cut.is_empty());
    assert_eq!(log["runs"][0]["results"], Value::Array(vec![]));
}

#[test]
fn what_the_policy_accepts_is_marked_as_suppressed() {
    let suppressed = |status, justification: &str| Suppression {
        status,
        justification: Some(justification.into()),
        ..Suppression::default()
    };
    let mut findings: Vec<_> = (0..4)
        .map(|n| finding(&format!("CVE-2024-{n}"), "p", "1", Severity::High))
        .collect();
    findings[1].statements[0].suppression = Some(suppressed(SuppressionStatus::Accepted, "not reachable"));
    findings[2].statements[0].suppression = Some(suppressed(SuppressionStatus::Rejected, "asked for"));
    findings[3].statements[0].suppression = Some(suppressed(SuppressionStatus::Rejected, "asked for"));
    let found = one_report(findings);
    let accepted = |finding, justification: &str| Accepted {
        finding,
        justification: justification.into(),
    };
    let mut options = SarifOptions::default();
    options.accepted = vec![
        accepted(0, "EX-1: a\u{1b}b"),
        accepted(0, "EX-2"),
        accepted(0, "EX-2"),
        accepted(1, "not reachable"),
        accepted(2, "EX-3"),
        accepted(9, "of no finding"),
    ];
    let log: Value = serde_json::from_str(&to_sarif(&found, &options).json).unwrap();
    assert_required(&log);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let suppressions: Vec<&Value> = results.iter().map(|result| &result["suppressions"]).collect();
    let object = |status: &str, justification: &str| json!({"kind": "external", "status": status, "justification": justification});
    assert_eq!(
        suppressions,
        [
            &json!([object("accepted", "EX-1: a b"), object("accepted", "EX-2")]),
            &json!([object("accepted", "not reachable")]),
            &json!([object("accepted", "EX-3")]),
            &json!([object("rejected", "asked for")]),
        ]
    );
}
