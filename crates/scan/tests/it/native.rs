//! The scanners' own JSON, one fixture for each format.

use sealift_scan::{ReadOptions, parse};
use sealift_types::{
    Epss, Finding, FindingSet, FixState, Kind, MatchTier, Severity, SeverityOrigin, Statement,
    SuppressionStatus,
};

macro_rules! fixture {
    ($name:literal) => {
        read(include_str!(concat!("../data/native/", $name)))
    };
}

fn read(json: &str) -> FindingSet {
    let set = parse(json.as_bytes(), &ReadOptions::default()).unwrap();
    for report in &set.reports {
        assert!(report.accounting.is_balanced(), "{:?}", report.accounting);
    }
    set
}

fn refused(json: &str) -> String {
    let error = parse(json.as_bytes(), &ReadOptions::default()).unwrap_err();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn by_id<'s>(set: &'s FindingSet, id: &str) -> &'s Finding {
    let mut found = set.findings.iter().filter(|finding| finding.id == id);
    let finding = found
        .next()
        .unwrap_or_else(|| panic!("no {id} in {:?}", ids(set)));
    assert!(found.next().is_none(), "{id} twice");
    finding
}

fn ids(set: &FindingSet) -> Vec<&str> {
    set.findings.iter().map(|finding| finding.id.as_str()).collect()
}

fn only(finding: &Finding) -> &Statement {
    assert_eq!(finding.statements.len(), 1);
    &finding.statements[0]
}

#[test]
fn trivy_metadata_says_what_was_scanned() {
    let set = fixture!("trivy-v2.json");
    let report = &set.reports[0];
    assert_eq!(
        (report.scanner.as_str(), report.format.as_str()),
        ("trivy", "trivy-json-v2")
    );
    assert_eq!(report.version.as_deref(), Some("0.66.0"));
    assert_eq!(report.created.unwrap().to_string(), "2026-11-20T09:00:00.5Z");
    let subject = &report.subject;
    assert_eq!(subject.name.as_deref(), Some("registry.test/app:v1"));
    assert_eq!(subject.digests[0].short(), "444444444444");
    assert_eq!(subject.image_id.as_ref().unwrap().short(), "333333333333");
    assert_eq!(subject.layers.len(), 2);
    assert_eq!(subject.platform.as_ref().unwrap().to_string(), "linux/arm64/v8");
    assert_eq!(subject.distro.as_deref(), Some("debian 12.5"));
}

#[test]
fn trivy_rows_are_all_accounted_for() {
    let set = fixture!("trivy-v2.json");
    let accounting = &set.reports[0].accounting;
    assert_eq!((accounting.read, accounting.reported), (10, 7));
    let explained: Vec<_> = accounting
        .explained
        .iter()
        .map(|explanation| (explanation.reason.as_str(), explanation.count))
        .collect();
    assert_eq!(explained, [("passed check", 2), ("custom resource", 1)]);
}

#[test]
fn trivy_vulnerability_keeps_what_was_said() {
    let set = fixture!("trivy-v2.json");
    let finding = by_id(&set, "CVE-2026-0001");
    assert_eq!(finding.related, ["DSA-1-1"]);
    assert_eq!(finding.description.as_ref().unwrap().len(), 1024);
    assert_eq!(
        finding.links,
        ["https://example.test/1", "https://example.test/2"]
    );
    let package = finding.package.as_ref().unwrap();
    assert_eq!(package.package_type.as_deref(), Some("deb"));
    assert_eq!(package.version.as_deref(), Some("1:3.0.11-1"));
    let source = package.source.as_ref().unwrap();
    assert_eq!(
        (source.name.as_str(), source.version.as_deref()),
        ("openssl", Some("3.0.11-1"))
    );
    let statement = only(finding);
    assert_eq!(
        (statement.severity, statement.severity_from),
        (Severity::High, SeverityOrigin::Label)
    );
    assert_eq!(statement.severity_label, None);
    assert_eq!(statement.fix.state, FixState::Fixed);
    assert_eq!(statement.fix.versions, ["1:3.0.13-1", "1:3.0.14-1"]);
    assert_eq!(statement.locations[0].path, "");
    assert_eq!(
        statement.locations[0].layer.as_ref().unwrap().short(),
        "222222222222"
    );
    assert_eq!(statement.published.unwrap().to_string(), "2026-01-02T03:04:05Z");
    let ratings: Vec<_> = statement
        .ratings
        .iter()
        .map(|rating| (rating.source.as_str(), rating.severity, rating.score))
        .collect();
    assert_eq!(
        ratings,
        [
            ("nvd", Some(Severity::Critical), Some(9.8)),
            ("redhat", None, Some(7.5)),
            ("debian", Some(Severity::High), None),
            ("ghsa", Some(Severity::Medium), None),
        ]
    );
    assert_eq!(only(by_id(&set, "CVE-2026-0002")).fix.state, FixState::WontFix);
    let npm = by_id(&set, "CVE-2026-0004");
    assert_eq!(npm.aliases, ["GHSA-aaaa-bbbb-cccc"]);
    assert_eq!(npm.package.as_ref().unwrap().package_type.as_deref(), Some("npm"));
    assert_eq!(only(npm).locations[0].path, "app/package-lock.json");
    assert_eq!(only(npm).id, "GHSA-aaaa-bbbb-cccc");
}

#[test]
fn trivy_other_kinds_stay_apart() {
    let set = fixture!("trivy-v2.json");
    let check = |id: &str, kind, path: &str, line| {
        let finding = by_id(&set, id);
        assert_eq!(finding.kind, kind);
        let location = &only(finding).locations[0];
        assert_eq!((location.path.as_str(), location.line), (path, line), "{id}");
    };
    check("DS002", Kind::Misconfiguration, "Dockerfile", Some(7));
    check("private-key", Kind::Secret, "etc/key.pem", Some(3));
    let license = by_id(&set, "GPL-3.0-or-later");
    assert_eq!(
        (license.kind, only(license).severity),
        (Kind::License, Severity::High)
    );
    assert!(
        !format!("{set:?}").contains("BEGIN"),
        "the text that matched may hold the secret"
    );
}

#[test]
fn trivy_modified_finding_is_kept_with_its_suppression() {
    let set = fixture!("trivy-v2.json");
    let finding = by_id(&set, "CVE-2026-0003");
    let suppression = only(finding).suppression.as_ref().unwrap();
    assert_eq!(suppression.status, SuppressionStatus::Accepted);
    assert_eq!(
        suppression.justification.as_deref(),
        Some("not_affected: the code is not reached")
    );
    assert_eq!(suppression.author.as_deref(), Some("vex.json"));
    assert_eq!(only(finding).severity, Severity::Critical);
}

#[test]
fn trivy_rows_before_their_target_wait_for_it() {
    let set = read(
        r#"{"Results": [{"Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "a", "InstalledVersion": "1"}],
            "Packages": [{"ID": "a@1", "Name": "a", "SrcName": "s"}], "Type": "debian", "Target": "x"}],
            "SchemaVersion": 2, "ArtifactName": "x"}"#,
    );
    let package = set.findings[0].package.as_ref().unwrap();
    assert_eq!(package.package_type.as_deref(), Some("deb"));
    assert_eq!(package.source.as_ref().unwrap().name, "s");
    assert_eq!(set.reports[0].warnings, []);
}

#[test]
fn trivy_version_1_names_its_subject_in_the_target() {
    let set = fixture!("trivy-v1.json");
    let subject = &set.reports[0].subject;
    assert_eq!(set.reports[0].format, "trivy-json-v1");
    assert_eq!(subject.name.as_deref(), Some("alpine:3.10"));
    assert_eq!(subject.distro.as_deref(), Some("alpine 3.10.2"));
    let finding = by_id(&set, "CVE-2019-1");
    assert_eq!(
        finding.package.as_ref().unwrap().package_type.as_deref(),
        Some("apk")
    );
    assert_eq!(only(finding).fix.state, FixState::Fixed);
}

#[test]
fn grype_metadata_says_what_was_scanned() {
    let set = fixture!("grype.json");
    let report = &set.reports[0];
    assert_eq!(
        (report.scanner.as_str(), report.version.as_deref()),
        ("grype", Some("0.112.0"))
    );
    assert_eq!(report.database.unwrap().to_string(), "2026-11-20T01:00:00Z");
    let subject = &report.subject;
    assert_eq!(
        subject.digests.len(),
        1,
        "the manifest digest and the repo digest are one"
    );
    assert_eq!(subject.platform.as_ref().unwrap().to_string(), "linux/amd64");
    assert_eq!(
        (subject.layers.len(), subject.distro.as_deref()),
        (2, Some("redhat 9.1"))
    );
}

#[test]
fn grype_match_keeps_what_was_said() {
    let set = fixture!("grype.json");
    let finding = by_id(&set, "CVE-2026-0004");
    assert_eq!(finding.aliases, ["GHSA-aaaa-bbbb-cccc"]);
    let statement = only(finding);
    assert_eq!(
        (statement.id.as_str(), statement.severity),
        ("GHSA-aaaa-bbbb-cccc", Severity::High)
    );
    assert_eq!(statement.epss, Some(Epss::new(0.25, 0.9)));
    let kev = statement.kev.as_ref().unwrap();
    assert_eq!(
        (kev.date_added.as_deref(), kev.ransomware),
        (Some("2026-03-01"), true)
    );
    assert_eq!(
        statement.fix.available.unwrap().to_string(),
        "2026-02-03T00:00:00Z"
    );
    assert_eq!(
        (statement.locations_total, statement.locations[1].path.as_str()),
        (2, "/app/b.json")
    );
    let nvd = statement
        .ratings
        .iter()
        .find(|rating| rating.severity == Some(Severity::Critical))
        .unwrap();
    assert_eq!((nvd.source.as_str(), nvd.score), ("nvd", Some(9.1)));

    let rpm = by_id(&set, "CVE-2026-0001");
    assert_eq!(
        (only(rpm).severity, only(rpm).fix.state),
        (Severity::Negligible, FixState::WontFix)
    );
    assert_eq!(rpm.related, ["RHSA-2026:1"]);
    let source = rpm.package.as_ref().unwrap().source.as_ref().unwrap();
    assert_eq!(
        (source.name.as_str(), source.version.as_deref()),
        ("nss-util", Some("3.79.0-17.el9_1"))
    );

    let old = only(by_id(&set, "CVE-2020-1"));
    assert_eq!(
        (old.severity, old.severity_label.as_deref()),
        (Severity::High, Some("Important"))
    );
    assert_eq!(
        (old.fix.state, old.fix.versions.as_slice()),
        (FixState::Fixed, ["1.2".to_owned()].as_slice())
    );
    assert_eq!(old.ratings[0].score, Some(5.0));
}

#[test]
fn grype_ignored_match_is_kept_with_its_suppression() {
    let set = fixture!("grype.json");
    let suppression = only(by_id(&set, "CVE-2026-0005")).suppression.as_ref().unwrap();
    assert_eq!(
        suppression.justification.as_deref(),
        Some("not reached; fix-state not-fixed; not_affected")
    );
    assert_eq!(set.reports[0].accounting.read, 4);
}

#[test]
fn grype_directory_is_a_subject_without_digests() {
    let set = read(
        r#"{"matches": [], "source": {"type": "directory", "target": "."}, "descriptor": {"name": "grype"}}"#,
    );
    assert_eq!(set.reports[0].subject.name.as_deref(), Some("."));
    assert_eq!(set.reports[0].subject.digests, []);
}

#[test]
fn snyk_paths_fold_and_applications_count() {
    let set = fixture!("snyk-container.json");
    assert_eq!(set.reports.len(), 1);
    let report = &set.reports[0];
    assert_eq!((report.accounting.read, report.accounting.reported), (5, 5));
    assert_eq!(
        (report.scanner.as_str(), report.tool.as_deref()),
        ("snyk", Some("Snyk Container"))
    );
    assert_eq!(report.subject.base_image.as_deref(), Some("debian:12"));
    assert_eq!(report.subject.digests[0].short(), "444444444444");
    assert_eq!(
        report.subject.platform.as_ref().unwrap().to_string(),
        "linux/amd64"
    );

    let finding = by_id(&set, "CVE-2026-0001");
    assert_eq!(finding.aliases, ["SNYK-DEBIAN12-OPENSSL-1"]);
    let package = finding.package.as_ref().unwrap();
    assert_eq!(
        (package.name.as_str(), package.package_type.as_deref()),
        ("libssl3", Some("deb"))
    );
    assert_eq!(package.source.as_ref().unwrap().name, "openssl");
    let statement = only(finding);
    assert_eq!((statement.rows, statement.severity), (2, Severity::Critical));
    assert_eq!(statement.fix.versions, ["3.0.13-1"]);
    assert_eq!(statement.epss, Some(Epss::new(0.00046, 0.14414)));
    let sources: Vec<_> = statement
        .ratings
        .iter()
        .map(|rating| rating.source.as_str())
        .collect();
    assert_eq!(sources, ["snyk", "red hat", "nvd"]);

    let npm = by_id(&set, "CVE-2026-0004");
    assert_eq!(npm.aliases, ["GHSA-aaaa-bbbb-cccc", "SNYK-JS-LEFT-3"]);
    assert_eq!(only(npm).fix.versions, ["1.0.1"]);
    assert_eq!(by_id(&set, "snyk:lic:npm:left:GPL-3.0").kind, Kind::License);
}

#[test]
fn snyk_ignored_row_is_kept_with_its_suppression() {
    let set = fixture!("snyk-container.json");
    let suppression = only(by_id(&set, "SNYK-DEBIAN12-TAR-2"))
        .suppression
        .as_ref()
        .unwrap();
    assert_eq!(suppression.justification.as_deref(), Some("not reached"));
    assert_eq!(suppression.author.as_deref(), Some("a@example.test"));
    assert_eq!(suppression.expires.unwrap().to_string(), "2027-01-01T00:00:00Z");
}

#[test]
fn snyk_infrastructure_issues_are_misconfigurations() {
    let set = fixture!("snyk-iac.json");
    assert_eq!(set.reports.len(), 2);
    assert_eq!(set.reports[0].tool.as_deref(), Some("Snyk IaC"));
    let finding = by_id(&set, "SNYK-CC-K8S-1");
    assert_eq!(
        (finding.kind, only(finding).severity),
        (Kind::Misconfiguration, Severity::High)
    );
    let location = &only(finding).locations[0];
    assert_eq!((location.path.as_str(), location.line), ("deploy.yaml", Some(12)));
}

#[test]
fn osv_groups_join_ids_and_the_package_chooses_its_fix() {
    let set = fixture!("osv.json");
    assert_eq!(set.reports[0].accounting.read, 4);
    let rows: Vec<_> = set
        .findings
        .iter()
        .filter(|finding| finding.id == "CVE-2026-0004")
        .collect();
    assert_eq!(
        rows.len(),
        2,
        "two records of one flaw stay two statements until a merge"
    );
    let ghsa = rows
        .iter()
        .find(|finding| only(finding).id.starts_with("GHSA"))
        .unwrap();
    assert_eq!(ghsa.aliases, ["GHSA-aaaa-bbbb-cccc", "GO-2026-1"]);
    let statement = only(ghsa);
    assert_eq!(
        (statement.severity, statement.severity_label.as_deref()),
        (Severity::Medium, Some("MODERATE"))
    );
    assert_eq!(statement.fix.versions, ["1.0.1"]);
    assert_eq!(
        ghsa.package.as_ref().unwrap().purl.as_deref(),
        Some("pkg:npm/left")
    );
    let go = rows
        .iter()
        .find(|finding| only(finding).id.starts_with("GO"))
        .unwrap();
    assert_eq!(
        (only(go).severity, only(go).severity_from),
        (Severity::High, SeverityOrigin::Score)
    );
    assert_eq!(only(go).locations[0].path, "/w/Gemfile.lock");
    assert_eq!(by_id(&set, "GPL-3.0").kind, Kind::License);

    let deb = by_id(&set, "CVE-2026-0001");
    assert_eq!(deb.aliases, ["DEBIAN-CVE-2026-0001"]);
    let package = deb.package.as_ref().unwrap();
    assert_eq!(
        (package.name.as_str(), package.package_type.as_deref()),
        ("libssl3", Some("deb"))
    );
    assert_eq!(package.source.as_ref().unwrap().name, "openssl");
    assert_eq!(
        only(deb).fix.state,
        FixState::NotFixed,
        "the fix of another release is none"
    );
}

#[test]
fn gitlab_report_is_of_the_scanner_that_ran() {
    let set = fixture!("gitlab.json");
    let report = &set.reports[0];
    assert_eq!(
        (report.scanner.as_str(), report.version.as_deref()),
        ("trivy", Some("0.66.0"))
    );
    assert_eq!(report.created.unwrap().to_string(), "2026-11-20T10:00:00Z");
    assert_eq!(report.subject.digests[0].short(), "444444444444");
    assert_eq!(report.subject.distro.as_deref(), Some("debian 12"));
    let finding = by_id(&set, "CVE-2026-0001");
    assert_eq!(finding.aliases, [] as [&str; 0]);
    let statement = only(finding);
    assert_eq!(
        (statement.severity, statement.severity_label.as_deref()),
        (Severity::Negligible, Some("Info"))
    );
    assert_eq!(statement.fix.versions, ["3.0.13-1"]);
    assert_eq!(
        finding.package.as_ref().unwrap().package_type.as_deref(),
        Some("deb")
    );
}

#[test]
fn our_own_json_reads_back_as_it_was() {
    let sets = [
        fixture!("trivy-v2.json"),
        fixture!("snyk-iac.json"),
        sealift_scan::merge([
            fixture!("trivy-v2.json"),
            fixture!("grype.json"),
            fixture!("snyk-container.json"),
        ]),
    ];
    assert!(
        sets[2]
            .findings
            .iter()
            .any(|finding| finding.statements.len() > 1)
    );
    assert!(
        sets[2]
            .findings
            .iter()
            .flat_map(|finding| &finding.statements)
            .any(|statement| statement.matched != MatchTier::Exact)
    );
    for mut set in sets {
        for report in &mut set.reports {
            report.digest = None;
        }
        let mut json = serde_json::to_value(&set).unwrap();
        json["schema_version"] = "1".into();
        let mut back = parse(json.to_string().as_bytes(), &ReadOptions::default()).unwrap();
        for report in &mut back.reports {
            report.digest = None;
        }
        assert_eq!(back, set);
    }
}

#[test]
fn our_own_json_is_read_strictly() {
    let check = |json: &str, reason: &str| {
        let error = refused(json);
        assert!(error.contains(reason), "{error}");
    };
    check(
        r#"{"schema_version": "2", "reports": [], "findings": []}"#,
        "schema_version",
    );
    check(r#"{"schema_version": 1, "reports": []}"#, "findings");
    check(
        r#"{"schema_version": 1, "reports": [], "findings": [{"kind": "vulnerability", "id": "a", "statements": []}]}"#,
        "/findings/0",
    );
    check(
        r#"{"schema_version": 1, "findings": [], "reports": [{"source": "", "format": "x", "scanner": "x", "subject": {},
            "accounting": {"read": 1, "reported": 1}}]}"#,
        "/reports/0",
    );
}

#[test]
fn what_is_not_understood_is_no_empty_report() {
    let check = |json: &str, place: &str| {
        let error = refused(json);
        assert!(error.contains(place), "{json}: {error}");
    };
    let trivy = |rows: &str| {
        format!(
            r#"{{"SchemaVersion": 2, "ArtifactName": "a", "Results": [{{"Target": "t", "Type": "npm", "Vulnerabilities": {rows}}}]}}"#
        )
    };
    check(
        &trivy(r#"[{"VulnerabilityID": "CVE-1"}, {"PkgName": "a"}]"#),
        "/Results/0/Vulnerabilities/1",
    );
    check(&trivy("[null]"), "/Results/0/Vulnerabilities/0");
    check(&trivy("{}"), "/Results/0/Vulnerabilities");
    check(&trivy("\"none\""), "/Results/0/Vulnerabilities");
    check(
        r#"{"SchemaVersion": 2, "ArtifactName": "a", "Results": {}}"#,
        "a result of Trivy",
    );
    check(
        r#"{"SchemaVersion": 2, "ArtifactName": "a", "Results": [3]}"#,
        "a result of Trivy",
    );
    check(
        r#"{"matches": [{"artifact": {"name": "a"}}], "descriptor": {"name": "grype"}}"#,
        "/matches/0",
    );
    check(
        r#"{"vulnerabilities": [{"severity": "high"}], "ok": false, "dependencyCount": 1}"#,
        "/vulnerabilities/0",
    );
    check(
        r#"{"ok": false, "error": "Authentication failed", "path": "/w"}"#,
        "Authentication failed",
    );
    check(
        r#"[{"vulnerabilities": [], "ok": true, "path": "/w"}, {"ok": false, "error": {"message": "no lock file"}, "path": "/x"}]"#,
        "no lock file",
    );
    check(
        r#"{"version": "15.0.0", "scan": {"type": "container_scanning", "scanner": {"id": "trivy"}}, "vulnerabilities": [{}]}"#,
        "/vulnerabilities/0",
    );
    check(
        r#"{"version": "15.0.0", "vulnerabilities": [], "scan": {"type": "container_scanning", "scanner": {"id": "trivy"}, "status": "failure"}}"#,
        "scan failed",
    );
    check(
        r#"{"results": [{"source": {"path": "p"}, "packages": [{"package": {"name": "a"}, "vulnerabilities": [{}]}]}]}"#,
        "/results/0/packages/0/vulnerabilities/0",
    );
}

#[test]
fn odd_types_cost_no_row() {
    let set = read(
        r#"{"SchemaVersion": "2", "ArtifactName": 7, "CreatedAt": {}, "Metadata": [], "Trivy": 3, "Results": [
            {"Target": "t", "Type": "npm", "Packages": {"a": 1}, "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "a",
             "InstalledVersion": 1.5, "FixedVersion": ["2"], "CVSS": [], "VendorSeverity": "high", "Layer": "x", "References": "https://example.test",
             "Severity": 4, "PublishedDate": "soon", "VendorIDs": "GHSA-a"}]}]}"#,
    );
    let finding = &set.findings[0];
    assert_eq!(finding.package.as_ref().unwrap().version.as_deref(), Some("1.5"));
    assert_eq!(finding.aliases, ["GHSA-a"]);
    assert_eq!(finding.links, ["https://example.test"]);
    assert_eq!(only(finding).severity_label.as_deref(), Some("4"));
    assert_eq!(only(finding).severity, Severity::Unknown);
}

#[test]
fn locations_are_capped_and_counted() {
    let places = vec![r#"{"path": "/p"}"#; 250].join(",");
    let set = read(&format!(
        r#"{{"matches": [{{"vulnerability": {{"id": "CVE-1"}}, "artifact": {{"name": "a", "version": "1", "locations": [{places}]}}}}],
            "descriptor": {{"name": "grype"}}, "source": {{}}}}"#
    ));
    let statement = only(&set.findings[0]);
    assert_eq!(statement.locations_total, 250);
    assert!(statement.locations.len() <= Statement::MAX_LOCATIONS);
}
