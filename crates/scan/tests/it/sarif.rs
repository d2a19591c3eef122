//! SARIF of each tool, in the shapes that facts were measured on, and every SARIF file of the corpus.

use std::collections::BTreeMap;

use sealift_scan::{Error, ReadOptions, parse};
use sealift_types::{Finding, FindingSet, FixState, Kind, Severity, SeverityOrigin};
use serde_json::{Value, json};

use crate::corpus::{corpus, counts, print_row};

fn read(tool: &Value, rules: &Value, results: &Value) -> FindingSet {
    let mut driver = tool.clone();
    driver["rules"] = rules.clone();
    let log = json!({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]});
    let set = parse(log.to_string().as_bytes(), &ReadOptions::default()).unwrap();
    assert!(set.reports[0].accounting.is_balanced());
    set
}

fn one(tool: &str, rule: &Value, result: &Value) -> Finding {
    let set = read(&json!({"name": tool}), &json!([rule]), &json!([result]));
    assert_eq!(set.findings.len(), 1, "{set:?}");
    set.findings.into_iter().next().unwrap()
}

/// Name, version, type.
fn package(finding: &Finding) -> (&str, Option<&str>, Option<&str>) {
    let package = finding.package.as_ref().unwrap();
    (
        package.name.as_str(),
        package.version.as_deref(),
        package.package_type.as_deref(),
    )
}

fn stated(finding: &Finding) -> (&str, Severity, FixState, Vec<&str>) {
    let statement = &finding.statements[0];
    (
        statement.id.as_str(),
        statement.severity,
        statement.fix.state,
        statement.fix.versions.iter().map(String::as_str).collect(),
    )
}

#[test]
fn trivy_is_read_from_the_result_not_from_the_shared_rule() {
    let finding = one(
        "Trivy",
        &json!({
            "id": "CVE-2030-1", "name": "OsPackageVulnerability", "properties": {"tags": ["vulnerability", "security", "CRITICAL"], "security-severity": "9.8"},
            "help": {"text": "Severity: CRITICAL\nPackage: other\nFixed Version: 9"}
        }),
        &json!({"ruleId": "CVE-2030-1", "ruleIndex": 0, "level": "note", "message": {"text":
            "Package: tool\nInstalled Version: 1:2.3\nVulnerability CVE-2030-1\nSeverity: LOW\nFixed Version: 1:2.4, 3\nLink: [a](b)"}}),
    );
    assert_eq!(package(&finding), ("tool", Some("1:2.3"), None));
    assert_eq!(
        stated(&finding),
        ("CVE-2030-1", Severity::Low, FixState::Fixed, vec!["1:2.4", "3"])
    );
}

#[test]
fn trivy_templates_and_other_kinds() {
    let template = |id: &str, help: &str| {
        let rule = json!({"id": id, "name": "dockerfile_scan", "help": {"text": help}, "properties": {"tags": ["vulnerability"]}});
        one(
            "Trivy",
            &rule,
            &json!({"ruleId": id, "ruleIndex": 0, "level": "error", "message": {"text": "prose"}}),
        )
    };
    let finding = template(
        "CVE-2030-1/curl",
        "Vulnerability CVE-2030-1\nSeverity: CRITICAL\nPackage: curl\nInstalled Version: 7-r0\nFixed Version: 7-r1",
    );
    assert_eq!(package(&finding), ("curl", Some("7-r0"), None));
    assert_eq!(
        stated(&finding),
        ("CVE-2030-1", Severity::Critical, FixState::Fixed, vec!["7-r1"])
    );
    let finding = template(
        "[HIGH] CVE-2030-2",
        "Package: musl\nInstalled Version: 1\nFixed Version: ",
    );
    assert_eq!(
        stated(&finding),
        ("CVE-2030-2", Severity::High, FixState::NotFixed, vec![])
    );
    let kind = |name: &str, text: &str| {
        let rule =
            json!({"id": "x:MIT", "name": name, "properties": {"tags": ["license", "security", "LOW"]}});
        one(
            "Trivy",
            &rule,
            &json!({"ruleId": "x:MIT", "ruleIndex": 0, "message": {"text": text}}),
        )
    };
    let finding = kind(
        "Misconfiguration",
        "Artifact: main.tf\nType: terraform\nSeverity: HIGH\nMessage: open",
    );
    assert_eq!(
        (finding.kind, finding.worst_severity()),
        (Kind::Misconfiguration, Severity::High)
    );
    assert_eq!(finding.statements[0].locations[0].path, "main.tf");
    assert_eq!(
        kind("Secret", "Artifact: a\nSeverity: CRITICAL").kind,
        Kind::Secret
    );
    let finding = kind(
        "License",
        "Artifact: a\nLicense MIT\nPkgName: x\n Classification: notice",
    );
    assert_eq!(
        (finding.kind, finding.id.as_str(), package(&finding).0),
        (Kind::License, "MIT", "x")
    );
}

#[test]
fn trivy_names_its_subject() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let log = json!({"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "Trivy", "fullName": "Trivy Vulnerability Scanner", "version": "0.58.1"}}, "results": [],
        "properties": {"imageName": "acme/app:1", "imageID": digest, "repoDigests": [format!("acme/app@{digest}")], "repoTags": null}
    }]});
    let report = &parse(log.to_string().as_bytes(), &ReadOptions::default())
        .unwrap()
        .reports[0];
    assert_eq!(
        (report.scanner.as_str(), report.format.as_str()),
        ("trivy", "sarif-2.1.0")
    );
    assert_eq!(report.version.as_deref(), Some("0.58.1"));
    assert_eq!(report.subject.name.as_deref(), Some("acme/app:1"));
    assert_eq!(report.subject.digests[0].as_str(), digest);
    assert_eq!(report.subject.image_id.as_ref().unwrap().as_str(), digest);
    assert!(report.digest.is_some());
}

#[test]
fn grype_cuts_the_package_off_the_id() {
    let layer = format!("sha256:{}", "cd".repeat(32));
    let rule = json!({"id": "CVE-2030-1-lib-a-b", "shortDescription": {"text": "short"},
        "help": {"text": "Vulnerability CVE-2030-1\nSeverity: low\nPackage: lib-a-b\nVersion: 1.1\nFix Version: 1.2,2.0\nType: deb"},
        "properties": {"security-severity": "8.2", "purls": ["pkg:deb/debian/lib-a-b@1.1?arch=amd64"]}});
    let result = |version: &str| {
        json!({"ruleId": "CVE-2030-1-lib-a-b", "level": "note", "message": {"text":
            format!("A low vulnerability in deb package: lib-a-b, version {version} was found in image app at: /var/x")},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "app//var/x"}},
                "logicalLocations": [{"fullyQualifiedName": format!("app@{layer}:/var/x")}]}]})
    };
    let finding = one("grype", &rule, &result("1.1"));
    assert_eq!(package(&finding), ("lib-a-b", Some("1.1"), Some("deb")));
    assert!(finding.package.as_ref().unwrap().purl.is_some());
    assert_eq!(
        stated(&finding),
        ("CVE-2030-1", Severity::Low, FixState::Fixed, vec!["1.2", "2.0"])
    );
    let place = &finding.statements[0].locations[0];
    assert_eq!(
        (place.path.as_str(), place.layer.as_ref().unwrap().as_str()),
        ("/var/x", layer.as_str())
    );
    // The rule is about 1.1, so it says nothing of a fix for 1.0.
    let other = one("grype", &rule, &result("1.0"));
    assert_eq!(stated(&other).2, FixState::Unknown);
    assert_eq!(other.package.as_ref().unwrap().purl, None);
}

#[test]
fn snyk_takes_aliases_and_packages_from_the_description() {
    let rule = |full: &str, tag: &str| {
        json!({"id": "SNYK-X-1", "shortDescription": {"text": "High severity - Double Free vulnerability in openssl"},
            "fullDescription": {"text": full}, "properties": {"tags": ["security", "CWE-415", tag], "security-severity": "null"}})
    };
    let result = |upgrade: &str| {
        json!({"ruleId": "SNYK-X-1", "level": "error", "message": {"text": "This file introduces a vulnerable openssl package with a high severity vulnerability."},
            "locations": [{"logicalLocations": [{"fullyQualifiedName": "openssl@1.1.1n-r0"}]}],
            "fixes": [{"description": {"text": format!("Upgrade to {upgrade}")}}]})
    };
    let finding = one(
        "Snyk Container",
        &rule("(CVE-2030-1) openssl/libcrypto1.1@1.1.1n-r0", "apk"),
        &result("openssl/libcrypto1.1@1.1.1q-r0"),
    );
    assert_eq!(
        (finding.id.as_str(), &finding.aliases[..]),
        ("CVE-2030-1", &["SNYK-X-1".to_owned()][..])
    );
    assert_eq!(
        package(&finding),
        ("libcrypto1.1", Some("1.1.1n-r0"), Some("apk"))
    );
    assert_eq!(
        finding.package.as_ref().unwrap().source.as_ref().unwrap().name,
        "openssl"
    );
    assert_eq!(
        stated(&finding),
        ("SNYK-X-1", Severity::High, FixState::Fixed, vec!["1.1.1q-r0"])
    );
    assert_eq!(
        finding.title.as_deref(),
        Some("Double Free vulnerability in openssl")
    );
    // An upgrade of the direct dependency is a fix, but no version of this package.
    let finding = one(
        "Snyk Open Source",
        &rule("@scope/lib@1.0.0", "npm"),
        &result("direct@2.0.0"),
    );
    assert_eq!(package(&finding), ("@scope/lib", Some("1.0.0"), Some("npm")));
    assert_eq!(
        stated(&finding),
        ("SNYK-X-1", Severity::High, FixState::Fixed, vec![])
    );
}

#[test]
fn snyk_products_keep_their_kinds() {
    let kind = |tool: &str, id: &str| {
        let result = json!({"ruleId": id, "message": {"text": "m"}});
        one(tool, &json!({"id": id}), &result).kind
    };
    assert_eq!(kind("SnykCode", "javascript/NoSqli"), Kind::Code);
    assert_eq!(kind("snyk-cli", "javascript/NoSqli"), Kind::Code);
    assert_eq!(kind("Snyk IaC", "SNYK-CC-00151"), Kind::Misconfiguration);
    assert_eq!(kind("Snyk Secrets", "generic-api-key"), Kind::Secret);
    assert_eq!(kind("Snyk Open Source", "snyk:lic:npm:x:GPL-3.0"), Kind::License);
}

#[test]
fn scout_is_read_from_the_message_table() {
    let finding = one(
        "docker scout",
        &json!({"id": "CVE-2030-1", "properties": {"security-severity": "9.8", "cvssV3_severity": "CRITICAL", "purls": ["pkg:npm/a@1", "pkg:npm/a@2"], "fixed_version": "9"}}),
        &json!({"ruleId": "CVE-2030-1", "ruleIndex": 0, "message": {"text":
            "  Vulnerability   : CVE-2030-1  \n  Severity        : HIGH  \n  Package         : pkg:deb/debian/shadow@1%3A4.13%2Bdfsg1?os_name=debian  \n  Fixed version   : not fixed  \n  EPSS Score      : 0.045%  \n  EPSS Percentile : 14th percentile  \n"}}),
    );
    assert_eq!(package(&finding), ("shadow", Some("1:4.13+dfsg1"), Some("deb")));
    assert_eq!(
        stated(&finding),
        ("CVE-2030-1", Severity::High, FixState::NotFixed, vec![])
    );
    let epss = finding.statements[0].epss.unwrap();
    assert!((epss.score - 0.00045).abs() < 1e-9 && (epss.percentile - 0.14).abs() < 1e-9);
}

#[test]
fn osv_anchore_clair_and_prisma() {
    let finding = one(
        "osv-scanner",
        &json!({"id": "CVE-2030-1", "deprecatedIds": ["CVE-2030-1", "GHSA-aaaa-bbbb-cccc"], "properties": {"security-severity": "9.1"}}),
        &json!({"ruleId": "CVE-2030-1", "level": "warning", "message": {"text":
            "Package 'lib@1.0' is vulnerable to 'CVE-2030-1' (also known as 'GHSA-aaaa-bbbb-cccc')."}}),
    );
    assert_eq!(
        (package(&finding), &finding.aliases[..]),
        (
            ("lib", Some("1.0"), None),
            &["GHSA-aaaa-bbbb-cccc".to_owned()][..]
        )
    );
    let statement = &finding.statements[0];
    assert_eq!(
        (statement.severity, statement.severity_from),
        (Severity::Critical, SeverityOrigin::Score)
    );

    let id = "ANCHOREVULN_CVE-2030-2_dpkg_lib-x-1.2-3";
    let finding = one(
        "Container report",
        &json!({"id": id, "help": {"text": "Severity: Low\nPackage: lib-x\nVersion: 1.2-3\nFix Version: None\nType: dpkg"}}),
        &json!({"ruleId": id, "level": "warning", "message": {"text": "m"}}),
    );
    assert_eq!(package(&finding), ("lib-x", Some("1.2-3"), Some("deb")));
    assert_eq!(
        stated(&finding),
        ("CVE-2030-2", Severity::Low, FixState::NotFixed, vec![])
    );

    let finding = one(
        "Clair",
        &json!({"id": "CVE-2030-3"}),
        &json!({"ruleId": "CVE-2030-3", "level": "error", "message": {"text": "[tar - 1.3-1 - Medium] text"}}),
    );
    assert_eq!(
        (package(&finding), stated(&finding).1),
        (("tar", Some("1.3-1"), None), Severity::Medium)
    );

    let finding = one(
        "Prisma Cloud (twistcli)",
        &json!({"id": "CVE-2030-4", "help": {"text": "", "markdown":
            "| CVE | Severity | Package | Version | Fix Status |\n| --- | --- | --- | --- | --- |\n| x | high | lib | 1-r0 | fixed in 1-r2 |"}}),
        &json!({"ruleId": "CVE-2030-4", "level": "warning", "message": {"text": "Description:\nprose"}}),
    );
    assert_eq!(package(&finding), ("lib", Some("1-r0"), None));
    assert_eq!(
        stated(&finding),
        ("CVE-2030-4", Severity::High, FixState::Fixed, vec!["1-r2"])
    );
}

#[test]
fn severity_is_the_label_then_the_score_then_the_level() {
    let check = |rule: Value, result: Value, severity, from| {
        let statement = &one("x", &rule, &result).statements[0];
        assert_eq!(
            (statement.severity, statement.severity_from),
            (severity, from),
            "{rule} {result}"
        );
    };
    let rule = |score: &str| json!({"id": "r", "properties": {"security-severity": score}, "defaultConfiguration": {"level": "note"}});
    let result = |level: &str| json!({"ruleId": "r", "level": level, "message": {"text": "m"}});
    check(
        rule("9.8"),
        result("note"),
        Severity::Critical,
        SeverityOrigin::Score,
    );
    check(
        rule("0.0"),
        result("error"),
        Severity::High,
        SeverityOrigin::Level,
    );
    check(
        rule("undefined"),
        json!({"ruleId": "r"}),
        Severity::Low,
        SeverityOrigin::Level,
    );
    check(
        json!({"id": "r"}),
        json!({"ruleId": "r"}),
        Severity::Medium,
        SeverityOrigin::Level,
    );
    check(
        json!({"id": "r"}),
        result("none"),
        Severity::Unknown,
        SeverityOrigin::Absent,
    );
    let labelled = json!({"ruleId": "r", "level": "error", "properties": {"severity": "Moderate"}});
    check(rule("9.8"), labelled, Severity::Medium, SeverityOrigin::Label);
}

#[test]
fn older_versions_are_read() {
    let log = json!({"version": "1.0.0", "runs": [{"tool": {"name": "Old"}, "results": [
        {"ruleId": "A", "level": "error", "message": "m", "locations": [{"resultFile": {"uri": "a.c", "region": {"startLine": 3}}}]},
        {"ruleId": "B", "level": "notApplicable"}
    ]}]});
    let set = parse(log.to_string().as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(set.reports[0].format, "sarif-1.0.0");
    assert_eq!((set.reports[0].accounting.read, set.findings.len()), (2, 1));
    assert_eq!(set.findings[0].statements[0].locations[0].path, "a.c");
    let log = json!({"version": "2.0.0-csd.2.beta.2018-10-10", "runs": [{"tool": {"name": "Old"}, "results": [
        {"ruleId": "A", "message": {"messageId": "a"}, "locations": [{"physicalLocation": {"fileLocation": {"uri": "f"}}}]}],
        "resources": {"rules": {"A": {"messageStrings": {"a": "text of the rule"}}}}}]});
    let set = parse(log.to_string().as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(set.findings[0].title.as_deref(), Some("text of the rule"));
    let future = json!({"version": "3.0.0", "runs": []}).to_string();
    let error = parse(future.as_bytes(), &ReadOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Unsupported { version, .. } if version == "3.0.0"));
}

/// Files whose results are not all findings, or that are refused, with why.
const EXPLAINED: &[(&str, &str)] = &[
    ("71ca623b", "18 checks that do not apply"),
    ("b11f9322", "external-results"),
    ("3516a169", "shape"),
];

#[test]
fn every_result_of_the_corpus_is_accounted_for() {
    let Some(corpus) = corpus() else {
        return;
    };
    let (mut files, mut compared) = (0, 0);
    for file in corpus.iter().filter(|file| file.format.starts_with("sarif")) {
        files += 1;
        let name = &file.name;
        let why = EXPLAINED
            .iter()
            .find(|(id, _)| name.contains(id))
            .map(|(_, why)| *why);
        match parse(&file.bytes, &ReadOptions::default()) {
            Err(error) if file.format == "sarif-malformed" => assert_eq!(error.code(), "syntax", "{name}"),
            Err(error) => assert_eq!(Some(error.code()), why, "{name}: {error}"),
            Ok(set) => {
                let read: u64 = set.reports.iter().map(|report| report.accounting.read).sum();
                let reported: u64 = set.reports.iter().map(|report| report.accounting.reported).sum();
                assert_eq!(read, file.results.parse::<u64>().unwrap(), "{name}");
                assert!(
                    set.reports.iter().all(|report| report.accounting.is_balanced()),
                    "{name}"
                );
                assert!(reported == read || why.is_some(), "{name}: {reported} of {read}");
                let again = serde_json::to_vec(&set).unwrap();
                assert_eq!(
                    serde_json::from_slice::<FindingSet>(&again).unwrap(),
                    set,
                    "{name}"
                );
                let found = counts(&set);
                print_row(file, &set, &found);
                if let Some(stated) = severities_of_messages(&file.tool, &file.bytes) {
                    let mut by_word = BTreeMap::new();
                    for ((_, word), rows) in found {
                        *by_word.entry(word).or_insert(0) += rows;
                    }
                    assert_eq!(by_word, stated, "{name}");
                    compared += 1;
                }
            }
        }
    }
    assert!(files > 80, "only {files} files of the corpus were read");
    assert!(compared > 15, "severities of only {compared} files were compared");
}

/// Results by the severity that their messages state, from the plain JSON; `None` unless every message states one.
fn severities_of_messages(tool: &str, bytes: &[u8]) -> Option<BTreeMap<String, u64>> {
    let log: Value = serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok()?;
    let mut severities = BTreeMap::new();
    for result in log["runs"]
        .as_array()?
        .iter()
        .filter_map(|run| run["results"].as_array())
        .flatten()
    {
        let text = result["message"]["text"].as_str()?;
        let word = match tool {
            "trivy" => text.lines().find_map(|line| line.strip_prefix("Severity: "))?,
            "grype" => text.split_once(" vulnerability in ")?.0.strip_prefix("A ")?,
            "snyk" => {
                text.split_once(" severity vulnerability")?
                    .0
                    .rsplit_once(" with a ")?
                    .1
            }
            _ => return None,
        };
        *severities.entry(word.trim().to_lowercase()).or_insert(0) += 1;
    }
    (!severities.is_empty()).then_some(severities)
}
