//! Reports that someone changed so that a finding is not seen. Each is read as what it means, or refused, or told of
//! by a warning; none passes in silence.

use sealift_scan::{Error, ReadOptions, merge, parse};
use sealift_types::{FindingSet, Kind, Severity, SeverityOrigin};
use serde_json::{Value, json};

fn read(report: &Value) -> Result<FindingSet, Error> {
    parse(report.to_string().as_bytes(), &ReadOptions::default())
}

fn has(set: &FindingSet, code: &str) -> bool {
    let mut warnings = set.reports.iter().flat_map(|report| &report.warnings);
    warnings.any(|warning| warning.code == code)
}

fn sarif(tool: &str, rule: &Value, result: &Value) -> Value {
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool, "rules": [rule]}}, "results": [result]}]})
}

fn trivy(results: &Value) -> Value {
    json!({"SchemaVersion": 2, "ArtifactName": "app", "Results": results})
}

fn trivy_row(severity: &Value) -> Value {
    json!([{"Target": "app", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities":
        [{"VulnerabilityID": "CVE-2030-1", "PkgName": "tool", "InstalledVersion": "1", "Severity": severity}]}])
}

#[test]
fn the_id_of_a_vulnerability_decides_its_kind() {
    let result = json!({"ruleId": "CVE-2030-1", "message": {"text": "Package: tool\nInstalled Version: 1\nSeverity: CRITICAL"}});
    for rule in [
        json!({"id": "CVE-2030-1", "name": "Secret"}),
        json!({"id": "CVE-2030-1", "properties": {"tags": ["secret"]}}),
    ] {
        let set = read(&sarif("Trivy", &rule, &result)).unwrap();
        assert_eq!(set.findings[0].kind, Kind::Vulnerability);
        assert_eq!(set.findings[0].package.as_ref().unwrap().name, "tool");
    }
    let set = read(&sarif(
        "SnykCode",
        &json!({"id": "GHSA-aaaa-bbbb-cccc"}),
        &json!({"ruleId": "GHSA-aaaa-bbbb-cccc", "message": {"text": "x"}}),
    ));
    assert_eq!(set.unwrap().findings[0].kind, Kind::Vulnerability);

    let secret = json!([{"Target": "app", "Secrets": [{"RuleID": "cve-2030-1", "Severity": "LOW"}]}]);
    assert_eq!(
        read(&trivy(&secret)).unwrap().findings[0].kind,
        Kind::Vulnerability
    );
    let secret = json!([{"Target": "app", "Secrets": [{"RuleID": "aws-access-key-id", "Severity": "LOW"}]}]);
    assert_eq!(read(&trivy(&secret)).unwrap().findings[0].kind, Kind::Secret);

    let mut own = as_own_json(&read(&trivy(&trivy_row(&json!("HIGH")))).unwrap());
    own["findings"][0]["kind"] = json!("license");
    assert_eq!(read(&own).unwrap().findings[0].kind, Kind::Vulnerability);
    // Another name of it is enough.
    own["findings"][0]["id"] = json!("MIT");
    assert_eq!(read(&own).unwrap().findings[0].kind, Kind::Vulnerability);
}

fn as_own_json(set: &FindingSet) -> Value {
    let mut own = serde_json::to_value(set).unwrap();
    own["schema_version"] = json!("1.0");
    own
}

#[test]
fn a_key_of_rows_in_another_case_is_refused() {
    let row = trivy_row(&json!("HIGH"));
    let mut inner = row.clone();
    inner[0]["vulnerabilities"] = inner[0]["Vulnerabilities"].take();
    let grype = |key: &str| json!({"matches": [], key: [], "source": null, "descriptor": {"name": "grype"}});
    let snyk = |key: &str| json!({"ok": true, "vulnerabilities": [], "dependencyCount": 1, key: []});
    let osv = |result: Value| json!({"results": [result], "experimental_config": {}});
    let log = |run: Value| json!({"version": "2.1.0", "runs": [run]});
    for (report, key) in [
        (
            json!({"SchemaVersion": 2, "ArtifactName": "app", "results": row}),
            "results",
        ),
        (
            json!({"SchemaVersion": 2, "ArtifactName": "app", "Result\u{17f}": row}),
            "Result\u{17f}",
        ),
        (trivy(&inner), "vulnerabilities"),
        (trivy(&json!([{"Target": "app", "SECRETS": []}])), "SECRETS"),
        (trivy(&json!([{"Target": "app", "licenses": []}])), "licenses"),
        (
            trivy(&json!([{"Target": "app", "misconfigurations": []}])),
            "misconfigurations",
        ),
        (grype("Matches"), "Matches"),
        (grype("ignoredmatches"), "ignoredmatches"),
        (snyk("Vulnerabilities"), "Vulnerabilities"),
        (snyk("Applications"), "Applications"),
        (
            json!({"results": [], "Results": [], "experimental_config": {}}),
            "Results",
        ),
        (osv(json!({"source": {"path": "a"}, "Packages": []})), "Packages"),
        (
            osv(json!({"source": {"path": "a"}, "packages": [{"Vulnerabilities": []}]})),
            "Vulnerabilities",
        ),
        (
            osv(json!({"packages": [{"Vulnerabilities": []}], "source": {"path": "a"}})),
            "Vulnerabilities",
        ),
        (
            json!({"version": "15.0.0", "scan": {}, "vulnerabilities": [], "Vulnerabilities": []}),
            "Vulnerabilities",
        ),
        (json!({"version": "2.1.0", "runs": [], "Runs": []}), "Runs"),
        (
            log(json!({"tool": {"driver": {"name": "x"}}, "results": [], "Results": []})),
            "Results",
        ),
        (
            log(json!({"tool": {"driver": {"name": "x"}}, "Tool": {}, "results": []})),
            "Tool",
        ),
        (
            log(json!({"tool": {"driver": {"name": "x", "Rules": []}}, "results": []})),
            "Rules",
        ),
    ] {
        let error = read(&report).expect_err(&report.to_string());
        assert!(matches!(error, Error::Shape { .. }), "{report}: {error:?}");
        assert!(error.to_string().contains(&format!("the key {key:?}")), "{error}");
    }
}

#[test]
fn a_forged_set_does_not_replace_the_report_whose_digest_it_states() {
    let real = read(&trivy(&trivy_row(&json!("CRITICAL")))).unwrap();
    let mut forged = as_own_json(&real);
    forged["findings"] = json!([]);
    forged["reports"][0]["source"] = json!("a-first-in-order");
    forged["reports"][0]["accounting"] = json!({"read": 0, "reported": 0});
    forged["reports"][0]["subject"] = json!({"name": "another"});
    let forged = read(&forged).unwrap();
    assert_eq!(forged.reports[0].digest, real.reports[0].digest);
    for sets in [[real.clone(), forged.clone()], [forged, real.clone()]] {
        let merged = merge(sets);
        assert_eq!(merged.reports.len(), 2);
        let report = &merged.reports[merged.findings[0].statements[0].report as usize];
        assert_eq!(report.subject.name.as_deref(), Some("app"));
    }
    // The same file under another name is one report.
    let mut again = real.clone();
    again.reports[0].source = "again".to_owned();
    assert_eq!(merge([real.clone(), again]).reports.len(), 1);
    assert_eq!(
        merge([real.clone(), read(&as_own_json(&real)).unwrap()])
            .reports
            .len(),
        1
    );
}

#[test]
fn a_severity_that_is_not_understood_is_told() {
    for (severity, label) in [
        (json!("\u{421}RITICAL"), "\u{421}RITICAL"),
        (json!("CRIT\u{200b}ICAL"), "CRIT\u{200b}ICAL"),
        (json!(9), "9"),
        (json!(["CRITICAL"]), "[…]"),
        (json!({"a": "CRITICAL"}), "{…}"),
        (json!(true), "true"),
    ] {
        let reports = [
            trivy(&trivy_row(&severity)),
            trivy(&json!([{"Target": "a", "Secrets": [{"RuleID": "a", "Severity": severity}]}])),
            json!({"matches": [{"vulnerability": {"id": "CVE-2030-1", "severity": severity}, "artifact": {"name": "a", "version": "1"}}], "source": null, "descriptor": {"name": "grype"}}),
            json!({"ok": false, "dependencyCount": 1, "vulnerabilities": [{"id": "SNYK-A-1", "severity": severity, "packageName": "a", "version": "1", "from": []}]}),
            json!({"results": [{"source": {"path": "a"}, "packages": [{"package": {"name": "a", "version": "1", "ecosystem": "npm"},
                "vulnerabilities": [{"id": "GHSA-aaaa-bbbb-cccc", "database_specific": {"severity": severity}}]}]}]}),
            json!({"version": "15.0.0", "scan": {}, "vulnerabilities": [{"id": "1", "severity": severity, "identifiers": [{"type": "cve", "name": "CVE-2030-1", "value": "CVE-2030-1"}], "location": {"image": "a"}}]}),
        ];
        for report in reports {
            let set = read(&report).unwrap();
            let statement = &set.findings[0].statements[0];
            assert_eq!(statement.severity, Severity::Unknown, "{report}");
            assert_eq!(statement.severity_label.as_deref(), Some(label), "{report}");
            assert!(has(&set, "severity-not-understood"), "{report}");
        }
    }
    for severity in [json!(" \u{feff}critical\u{200b}\n"), json!("CRITICAL")] {
        let set = read(&trivy(&trivy_row(&severity))).unwrap();
        assert_eq!(set.findings[0].statements[0].severity, Severity::Critical);
        assert!(!has(&set, "severity-not-understood"));
    }
    for severity in [json!("UNKNOWN"), json!(null), json!("")] {
        let set = read(&trivy(&trivy_row(&severity))).unwrap();
        assert!(!has(&set, "severity-not-understood"), "{severity}");
    }
    let long = read(&trivy(&trivy_row(&json!("C".repeat(4096))))).unwrap();
    assert_eq!(
        long.findings[0].statements[0]
            .severity_label
            .as_ref()
            .unwrap()
            .len(),
        64
    );

    let text = "Package: tool\nInstalled Version: 1\nSeverity: \u{421}RITICAL";
    let result = json!({"ruleId": "CVE-2030-1", "level": "error", "message": {"text": text}});
    let set = read(&sarif("Trivy", &json!({"id": "CVE-2030-1"}), &result)).unwrap();
    let statement = &set.findings[0].statements[0];
    assert!(has(&set, "severity-not-understood"));
    assert_eq!(statement.severity_label.as_deref(), Some("\u{421}RITICAL"));
    assert_eq!(
        (statement.severity, statement.severity_from),
        (Severity::High, SeverityOrigin::Level)
    );
}

#[test]
fn a_tool_that_broke_off_without_results_failed() {
    let run = |code: i64, level: &str, results: Value| {
        let invocation = json!({"executionSuccessful": true, "exitCode": code, "toolExecutionNotifications": [{"level": level}]});
        read(&json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "invocations": [invocation], "results": results}]})).unwrap()
    };
    assert!(has(&run(1, "error", json!([])), "execution-failed"));
    assert!(!has(&run(0, "error", json!([])), "execution-failed"));
    assert!(!has(&run(1, "warning", json!([])), "execution-failed"));
    let result = json!({"ruleId": "a", "message": {"text": "x"}});
    assert!(!has(&run(1, "error", json!([result])), "execution-failed"));
}

#[test]
fn a_low_score_does_not_hide_a_level_or_a_tag() {
    let rule =
        |tags: Value| json!({"id": "CVE-2030-1", "properties": {"security-severity": "0.1", "tags": tags}});
    let result = |level: &str| json!({"ruleId": "CVE-2030-1", "level": level, "message": {"text": "x"}});
    for tool in ["Other", "Grype", "Snyk Container", "docker scout"] {
        let set = read(&sarif(tool, &rule(json!([])), &result("error"))).unwrap();
        assert_eq!(set.findings[0].worst_severity(), Severity::High, "{tool}");
        assert!(has(&set, "severity-disagrees"), "{tool}");
        let set = read(&sarif(tool, &rule(json!([])), &result("note"))).unwrap();
        assert_eq!(set.findings[0].worst_severity(), Severity::Low, "{tool}");
        assert!(!has(&set, "severity-disagrees"), "{tool}");
    }
    let set = read(&sarif(
        "Other",
        &rule(json!(["low", "security", "CRITICAL"])),
        &result("note"),
    ))
    .unwrap();
    assert_eq!(set.findings[0].worst_severity(), Severity::Critical);
}

#[test]
fn a_report_of_nothing_says_so() {
    let grype = |matches: Value| json!({"matches": matches, "source": null, "descriptor": {"name": "grype"}});
    for report in [
        json!({"SchemaVersion": 2, "ArtifactName": "app"}),
        trivy(&json!(null)),
        trivy(&json!([])),
        grype(json!(null)),
        json!({"results": [], "experimental_config": {}}),
        json!({"results": null, "experimental_config": {}}),
    ] {
        assert!(has(&read(&report).unwrap(), "nothing-scanned"), "{report}");
    }
    for report in [
        trivy(&json!([{"Target": "app"}])),
        grype(json!([])),
        json!({"results": [{"source": {"path": "a"}, "packages": []}], "experimental_config": {}}),
    ] {
        assert!(!has(&read(&report).unwrap(), "nothing-scanned"), "{report}");
    }
}
