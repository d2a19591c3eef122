//! Verdicts on facts.

use sealift_gate::{
    Attestation, BaselineFacts, Component, EpssFeed, Facts, KevFeed, Outcome, Policy, SecretFound,
    SecretsFacts, SubjectMatch, TestResult, TestStatus, UnreadableReport, Verdict, Verification, evaluate,
};
use sealift_types::{BaselineState, Finding, Kind, Severity, Subject, Warning};

use crate::build::{at, check, digest, facts, image, located, now, report, rule, statement, vulnerability};

const TRIVY_HIGH: &str = "[[rule]]\nid = \"severity-threshold\"\nscanners = [\"trivy\"]\n";

fn high(id: &str) -> Finding {
    vulnerability(id, "openssl", Severity::High, "1.0-2")
}

/// Everything that the built-in policy asks for.
fn complete(findings: Vec<Finding>) -> Facts {
    let attestation = |predicate_type: &str| Attestation {
        predicate_type: predicate_type.to_owned(),
        subjects: vec![digest('a')],
        verification: Verification::Verified,
        source: "registry".to_owned(),
        ..Attestation::default()
    };
    Facts {
        attestations: Some(vec![
            attestation("https://spdx.dev/Document/v2.3"),
            attestation("https://slsa.dev/provenance/v1"),
        ]),
        ..facts(&["trivy", "snyk", "docker-scout"], findings)
    }
}

#[test]
fn the_builtin_policy_is_the_documented_one() {
    let check = |facts: &Facts, expected| {
        let report = evaluate(&Policy::builtin(), facts, now());
        assert_eq!(report.verdict, expected, "{:#?}", report.rules);
        report
    };
    check(&complete(vec![]), Verdict::Pass);
    check(&complete(vec![high("CVE-2026-1")]), Verdict::Deny);
    check(
        &complete(vec![vulnerability("CVE-2026-1", "x", Severity::Medium, "")]),
        Verdict::Pass,
    );
    let by = |scanner| {
        let mut finding = high("CVE-2026-1");
        finding.statements[0].report = scanner;
        complete(vec![finding])
    };
    check(&by(1), Verdict::Warn);
    let scout = check(&by(2), Verdict::Pass);
    assert_eq!(rule(&scout, "scout-report").violations_total, 1);
    let mut without_snyk = complete(vec![]);
    without_snyk.findings.reports.truncate(1);
    check(&without_snyk, Verdict::Pass);
    let mut without_trivy = complete(vec![]);
    without_trivy.findings.reports.remove(0);
    let report = check(&without_trivy, Verdict::Deny);
    assert_eq!(rule(&report, "trivy-high").outcome, Outcome::Missing);
    let mut without_attestations = complete(vec![]);
    without_attestations.attestations = None;
    let report = check(&without_attestations, Verdict::Deny);
    assert_eq!(rule(&report, "sbom-attested").outcome, Outcome::Missing);
    assert_eq!(rule(&report, "provenance-verified").outcome, Outcome::Missing);
}

#[test]
fn nothing_at_all_is_a_denial() {
    let report = check(TRIVY_HIGH, &Facts::default(), Verdict::Deny);
    let rule = rule(&report, "severity-threshold");
    assert_eq!(rule.outcome, Outcome::Missing);
    insta::assert_snapshot!(rule.missing.join("\n"), @"there is no report of `trivy` to judge by: none was handed in");
    assert!(rule.remedy.is_some());
}

#[test]
fn a_report_without_results_is_no_evidence() {
    for code in ["no-runs", "results-absent", "execution-failed"] {
        let mut facts = facts(&["trivy"], vec![]);
        facts.findings.reports[0].warnings = vec![Warning::new(code, "…")];
        let report = check(TRIVY_HIGH, &facts, Verdict::Deny);
        assert_eq!(
            rule(&report, "severity-threshold").outcome,
            Outcome::Missing,
            "{code}"
        );
        check(
            "[[rule]]\nid = \"scanner-required\"\nscanners = [\"trivy\"]",
            &facts,
            Verdict::Deny,
        );
    }
}

#[test]
fn an_unreadable_report_denies_even_where_the_policy_forgets_it() {
    let facts = Facts {
        unreadable: vec![UnreadableReport {
            source: "snyk.json".to_owned(),
            scanner: Some("snyk".to_owned()),
            error: "cut off at byte 17".to_owned(),
        }],
        ..facts(&["trivy"], vec![])
    };
    let report = check(TRIVY_HIGH, &facts, Verdict::Deny);
    assert_eq!(rule(&report, "report-readable").violations_total, 1);
    let warns = format!("{TRIVY_HIGH}[[rule]]\nid = \"report-readable\"\naction = \"warn\"");
    check(&warns, &facts, Verdict::Warn);
}

#[test]
fn a_report_about_another_image_denies_and_its_findings_stay() {
    let mut facts = facts(&["trivy"], vec![high("CVE-2026-1")]);
    facts.findings.reports[0].subject.digests = vec![digest('9')];
    let report = check(TRIVY_HIGH, &facts, Verdict::Deny);
    assert_eq!(rule(&report, "report-subject").outcome, Outcome::Violated);
    let threshold = rule(&report, "severity-threshold");
    assert_eq!((threshold.violations_total, threshold.missing.len()), (1, 1));
    assert_eq!(report.evidence[0].subject, SubjectMatch::OtherImage);
}

#[test]
fn not_knowing_the_subject_is_an_outcome_of_its_own() {
    let mut facts = facts(&["trivy"], vec![]);
    facts.findings.reports[0].subject = Subject::default();
    let implied = check(TRIVY_HIGH, &facts, Verdict::Pass);
    assert_eq!(rule(&implied, "report-subject").outcome, Outcome::Unclear);
    let subject = "[[rule]]\nid = \"report-subject\"\n";
    let cannot_tell = |action: &str| format!("{TRIVY_HIGH}{subject}cannot_tell = \"{action}\"");
    check(&format!("{TRIVY_HIGH}{subject}"), &facts, Verdict::Deny);
    check(&cannot_tell("warn"), &facts, Verdict::Warn);
    check(&cannot_tell("report"), &facts, Verdict::Pass);
}

#[test]
fn each_scanner_has_its_own_threshold() {
    let mut finding = vulnerability("CVE-2026-1", "openssl", Severity::Medium, "2");
    finding
        .statements
        .push(statement(1, "SNYK-1", Severity::Critical, "2"));
    let facts = facts(&["trivy", "snyk"], vec![finding]);
    check(TRIVY_HIGH, &facts, Verdict::Pass);
    let report = check(&TRIVY_HIGH.replace("trivy", "snyk"), &facts, Verdict::Deny);
    assert_eq!(
        rule(&report, "severity-threshold").violations[0].scanners,
        ["snyk", "trivy"]
    );
    check("[[rule]]\nid = \"severity-threshold\"", &facts, Verdict::Deny);
}

#[test]
fn fixable_only_and_graces() {
    let with = |options: &str, finding: &Finding, expected| {
        check(
            &format!("{TRIVY_HIGH}{options}"),
            &facts(&["trivy"], vec![finding.clone()]),
            expected,
        );
    };
    let unfixed = vulnerability("CVE-2026-1", "x", Severity::High, "");
    with("fixable_only = true", &unfixed, Verdict::Pass);
    with("fixable_only = true", &high("CVE-2026-1"), Verdict::Deny);

    let mut dated = unfixed.clone();
    dated.statements[0].published = Some(at("2026-06-10T00:00:00Z"));
    with("unfixed_grace = \"7d\"", &dated, Verdict::Pass);
    with("unfixed_grace = \"5d\"", &dated, Verdict::Deny);
    with("unfixed_grace = \"7d\"", &unfixed, Verdict::Deny);
    with("published_grace = \"7d\"", &dated, Verdict::Pass);
    // Nobody says whether a version fixes it, so one may.
    let mut unsaid = dated.clone();
    unsaid.statements[0].fix = sealift_types::Fix::default();
    with("fixable_only = true", &unsaid, Verdict::Deny);
    with("unfixed_grace = \"7d\"", &unsaid, Verdict::Deny);
    // A date in the future is no date.
    for options in ["unfixed_grace = \"7d\"", "published_grace = \"7d\""] {
        let mut ahead = dated.clone();
        ahead.statements[0].published = Some(at("2999-01-01T00:00:00Z"));
        with(options, &ahead, Verdict::Deny);
    }
    dated.statements[0].fix = high("x").statements[0].fix.clone();
    with("unfixed_grace = \"7d\"", &dated, Verdict::Deny);
    with("published_grace = \"7d\"", &dated, Verdict::Pass);
    with("fix_grace = \"7d\"", &dated, Verdict::Deny);
    dated.statements[0].fix.available = Some(at("2026-06-12T00:00:00Z"));
    with("fix_grace = \"7d\"", &dated, Verdict::Pass);
    with("fix_grace = \"3d\"", &dated, Verdict::Deny);
    dated.statements[0].fix.available = Some(at("2999-01-01T00:00:00Z"));
    with("fix_grace = \"7d\"", &dated, Verdict::Deny);
}

#[test]
fn what_is_not_said_of_a_fix_is_noted_and_counts_in_every_rule() {
    let mut unsaid = high("CVE-2026-1");
    unsaid.statements[0].fix = sealift_types::Fix::default();
    let found = facts(&["trivy"], vec![unsaid]);
    for (id, options) in [
        ("severity-threshold", "severity = \"high\""),
        ("finding-count", "max = 0"),
    ] {
        let text = format!("[[rule]]\nid = \"{id}\"\nfixable_only = true\n{options}");
        let report = check(&text, &found, Verdict::Deny);
        let notes = rule(&report, id).notes.join("\n");
        assert!(
            notes.contains("1 finding(s) counted, since no report says whether a version fixes them"),
            "{notes}"
        );
    }
}

#[test]
fn the_date_of_a_fix_counts_whoever_states_it() {
    let mut finding = high("CVE-2026-1");
    let report = check(
        &format!("{TRIVY_HIGH}fix_grace = \"7d\""),
        &facts(&["trivy", "grype"], vec![finding.clone()]),
        Verdict::Deny,
    );
    let notes = rule(&report, "severity-threshold").notes.join("\n");
    insta::assert_snapshot!(notes, @"1 finding(s) have no fix date, so `fix_grace` does not hold for them");
    let mut grype = statement(1, "CVE-2026-1", Severity::Low, "1.0-2");
    grype.fix.available = Some(at("2026-06-12T00:00:00Z"));
    finding.statements.push(grype);
    let found = facts(&["trivy", "grype"], vec![finding]);
    check(&format!("{TRIVY_HIGH}fix_grace = \"7d\""), &found, Verdict::Pass);
    check(&format!("{TRIVY_HIGH}fix_grace = \"3d\""), &found, Verdict::Deny);
}

#[test]
fn a_severity_that_nobody_understands_counts_at_every_threshold() {
    let with = |label: &str, rating: Option<f64>, expected| {
        let mut finding = vulnerability("CVE-2026-1", "x", Severity::Unknown, "");
        finding.statements[0].severity_label = Some(label.to_owned());
        finding.statements[0].ratings = rating
            .map(|score| sealift_types::Rating {
                score: Some(score),
                ..sealift_types::Rating::default()
            })
            .into_iter()
            .collect();
        check(TRIVY_HIGH, &facts(&["trivy"], vec![finding]), expected)
    };
    for label in ["H\u{456}gh", "\u{200b}", "5", "disastrous"] {
        let report = with(label, None, Verdict::Deny);
        let notes = rule(&report, "severity-threshold").notes.join("\n");
        insta::allow_duplicates! {
            insta::assert_snapshot!(notes, @"1 finding(s) counted, since the word for their severity is not understood");
        }
        with(label, Some(9.8), Verdict::Deny);
        with(label, Some(3.1), Verdict::Pass);
    }
    for label in ["UNKNOWN", "unspecified", " "] {
        with(label, None, Verdict::Pass);
        with(label, Some(9.8), Verdict::Deny);
        with(label, Some(3.1), Verdict::Pass);
    }
}

#[test]
fn new_only_needs_a_baseline_to_excuse_anything() {
    let new_only = format!("{TRIVY_HIGH}new_only = true");
    let mut old = high("CVE-2026-1");
    old.baseline = Some(BaselineState::Unchanged);
    let mut facts = facts(&["trivy"], vec![old]);
    check(&new_only, &facts, Verdict::Deny);
    facts.baseline = Some(BaselineFacts::default());
    check(&new_only, &facts, Verdict::Pass);
    let report = check(&new_only, &facts, Verdict::Pass);
    let notes = rule(&report, "severity-threshold").notes.join("\n");
    insta::assert_snapshot!(notes, @"1 finding(s) not counted, since the baseline has them too");
    let baseline = report.baseline.unwrap();
    assert_eq!((baseline.accepted, baseline.not_counted), (true, 1));
    facts.findings.findings[0].baseline = Some(BaselineState::New);
    check(&new_only, &facts, Verdict::Deny);
    facts.findings.findings[0].baseline = None;
    check(&new_only, &facts, Verdict::Deny);
}

#[test]
fn a_report_is_no_baseline_of_itself() {
    let new_only = format!("{TRIVY_HIGH}new_only = true");
    let mut old = high("CVE-2026-1");
    old.baseline = Some(BaselineState::Unchanged);
    let mut facts = facts(&["trivy"], vec![old]);
    facts.findings.reports[0].digest = Some(digest('7'));
    let earlier = |fill| {
        let mut report = report("trivy");
        report.source = "before.json".to_owned();
        report.digest = Some(digest(fill));
        Some(BaselineFacts {
            source: "before.json, other.json".to_owned(),
            sources: vec![(&report).into()],
            ..BaselineFacts::default()
        })
    };
    facts.baseline = earlier('7');
    let report = check(&new_only, &facts, Verdict::Deny);
    let notes = rule(&report, "severity-threshold").notes.join("\n");
    insta::assert_snapshot!(notes, @"before.json is a baseline and a report that is judged, so every finding counts as new");
    assert!(!report.baseline.unwrap().accepted);
    // Another scan of the same image may be one, and that is said.
    facts.baseline = earlier('8');
    let report = check(&new_only, &facts, Verdict::Pass);
    insta::assert_snapshot!(report.baseline.unwrap().because, @"before.json of the baseline is about this very image");
}

#[test]
fn unknown_severities_are_noted_or_counted() {
    let facts = facts(
        &["trivy"],
        vec![vulnerability("CVE-2026-1", "x", Severity::Unknown, "")],
    );
    let report = check(TRIVY_HIGH, &facts, Verdict::Pass);
    let notes = rule(&report, "severity-threshold").notes.join("\n");
    insta::assert_snapshot!(notes, @"1 finding(s) not counted, since the severity is not known");
    check(
        &format!("{TRIVY_HIGH}unknown_severity = \"count\""),
        &facts,
        Verdict::Deny,
    );
}

#[test]
fn scopes() {
    let with = |scope: &str, finding: &Finding, expected| {
        check(
            &format!("{TRIVY_HIGH}scope = {scope}"),
            &facts(&["trivy"], vec![finding.clone()]),
            expected,
        );
    };
    let bare = high("CVE-2026-1");
    with("{ packages = [\"open*\"] }", &bare, Verdict::Deny);
    with("{ packages = [\"curl\"] }", &bare, Verdict::Pass);
    with("{ except_packages = [\"openssl\"] }", &bare, Verdict::Pass);
    with("{ types = [\"npm\"] }", &bare, Verdict::Pass);
    with("{ types = [\"deb\"] }", &bare, Verdict::Deny);
    with("{ types = [\"DEB\"] }", &bare, Verdict::Deny);
    let below = located(bare.clone(), "usr/lib/libssl.so", 'd');
    let own = located(bare.clone(), "usr/lib/libssl.so", 'e');
    with("{ layers = \"own\" }", &below, Verdict::Pass);
    with("{ layers = \"own\" }", &own, Verdict::Deny);
    with("{ layers = \"base\" }", &below, Verdict::Deny);
    with("{ layers = \"base\" }", &own, Verdict::Pass);
    with("{ paths = [\"/usr/**\"] }", &below, Verdict::Deny);
    with("{ paths = [\"/app/**\"] }", &below, Verdict::Pass);
    with("{ except_paths = [\"/usr/**\"] }", &below, Verdict::Pass);
    // A layer and no path, as Trivy states for packages of the system.
    let pathless = located(bare.clone(), "", 'e');
    with("{ paths = [\"/app/**\"] }", &pathless, Verdict::Deny);
    with("{ except_paths = [\"**\"] }", &pathless, Verdict::Deny);
    // What cannot be told counts.
    for scope in [
        "{ layers = \"own\" }",
        "{ layers = \"base\" }",
        "{ paths = [\"/app/**\"] }",
    ] {
        with(scope, &bare, Verdict::Deny);
    }
}

#[test]
fn what_a_scope_leaves_out_is_noted() {
    let found = facts(&["trivy"], vec![high("CVE-2026-1"), high("CVE-2026-2")]);
    let report = check(
        &format!("{TRIVY_HIGH}scope = {{ packages = [\"no-such-package\"] }}"),
        &found,
        Verdict::Pass,
    );
    let notes = rule(&report, "severity-threshold").notes.join("\n");
    insta::assert_snapshot!(notes, @"2 finding(s) outside of the rule's scope");
}

#[test]
fn a_policy_that_asks_for_no_evidence_still_needs_some() {
    for id in ["report-readable", "report-subject", "exception-expired"] {
        let text = format!("[[rule]]\nid = \"{id}\"");
        let none = Facts {
            image: Some(image()),
            ..Facts::default()
        };
        let report = check(&text, &none, Verdict::Deny);
        assert_eq!(rule(&report, "scanner-required").outcome, Outcome::Missing);
        check(&text, &facts(&["trivy"], vec![]), Verdict::Pass);
    }
    // Rules over the image have evidence of their own.
    let mut looked_at = Facts {
        image: Some(image()),
        ..Facts::default()
    };
    looked_at.image.as_mut().unwrap().platforms[0].user = Some("1000".to_owned());
    check("[[rule]]\nid = \"non-root-user\"", &looked_at, Verdict::Pass);
}

#[test]
fn what_is_missing_has_a_remedy_of_its_own() {
    for id in [
        "license",
        "image-size",
        "image-age",
        "non-root-user",
        "sbom-attested",
        "provenance-verified",
        "tests-passed",
    ] {
        let options = if id == "license" { "allow = [\"MIT\"]" } else { "" };
        let report = check(
            &format!("[[rule]]\nid = \"{id}\"\n{options}"),
            &facts(&["trivy"], vec![]),
            Verdict::Deny,
        );
        let rule = rule(&report, id);
        assert_eq!(rule.outcome, Outcome::Missing);
        let remedy = rule.remedy.as_deref().unwrap();
        assert!(remedy.starts_with("hand in"), "{id}: {remedy}");
    }
}

#[test]
fn counts_and_unique_counts() {
    let two = facts(
        &["trivy"],
        vec![
            vulnerability("CVE-2026-1", "a", Severity::Low, ""),
            vulnerability("CVE-2026-1", "b", Severity::Low, ""),
        ],
    );
    let count = |options: &str| format!("[[rule]]\nid = \"finding-count\"\n{options}");
    check(&count("max = 1"), &two, Verdict::Deny);
    check(&count("max = 2"), &two, Verdict::Pass);
    check(&count("max = 1\ncount = \"ids\""), &two, Verdict::Pass);
    check(&count("max = 0\nseverity = \"medium\""), &two, Verdict::Pass);
}

#[test]
fn exploited_flaws() {
    let mut found = facts(
        &["trivy"],
        vec![vulnerability("CVE-2021-44228", "log4j", Severity::Low, "")],
    );
    let epss = "[[rule]]\nid = \"exploit-prediction\"\nscore = 0.5\n";
    let kev = "[[rule]]\nid = \"known-exploited\"\n";
    assert_eq!(
        rule(&check(epss, &found, Verdict::Deny), "exploit-prediction").outcome,
        Outcome::Missing
    );
    assert_eq!(
        rule(&check(kev, &found, Verdict::Deny), "known-exploited").outcome,
        Outcome::Missing
    );
    let scores =
        "#model_version:v1,score_date:2026-06-14T00:00:00Z\ncve,epss,percentile\nCVE-2021-44228,0.94,0.99\n";
    found.epss = Some(EpssFeed::parse(scores.as_bytes()).unwrap());
    let catalogue = r#"{"catalogVersion":"1","dateReleased":"2026-06-14T00:00:00Z","count":1,"vulnerabilities":[
        {"cveID":"CVE-2021-44228","dateAdded":"2021-12-10","dueDate":"2021-12-24","knownRansomwareCampaignUse":"Known"}]}"#;
    found.kev = Some(KevFeed::parse(catalogue.as_bytes()).unwrap());
    let report = check(epss, &found, Verdict::Deny);
    insta::assert_snapshot!(rule(&report, "exploit-prediction").violations[0].message, @"CVE-2021-44228 in log4j 1.0-1: low, EPSS 0.9400 (percentile 0.9900)");
    check(&epss.replace("0.5", "0.95"), &found, Verdict::Pass);
    check(&format!("{epss}max_feed_age = \"1d\""), &found, Verdict::Deny);
    check(
        &format!("{epss}max_feed_age = \"2d\"\nscope = {{ packages = [\"x\"] }}"),
        &found,
        Verdict::Pass,
    );
    let report = check(
        &format!("{kev}ransomware_only = true\noverdue_only = true"),
        &found,
        Verdict::Deny,
    );
    insta::assert_snapshot!(rule(&report, "known-exploited").violations[0].message, @"CVE-2021-44228 in log4j 1.0-1: low, known exploited since 2021-12-10");
}

#[test]
fn other_kinds_have_rules_of_their_own() {
    let of_kind = |kind| {
        let mut finding = high("X-1");
        finding.kind = kind;
        facts(&["trivy"], vec![finding])
    };
    let cases = [
        (Kind::Misconfiguration, "id = \"misconfiguration\""),
        (Kind::Code, "id = \"code-finding\""),
        (Kind::Secret, "id = \"secret-found\"\nscanners = [\"trivy\"]"),
        (Kind::License, "id = \"license\"\nseverity = \"high\""),
    ];
    for (kind, options) in cases {
        let found = of_kind(kind);
        check(TRIVY_HIGH, &found, Verdict::Pass);
        check(&format!("[[rule]]\n{options}"), &found, Verdict::Deny);
        check(
            &format!("[[rule]]\n{options}"),
            &facts(&["trivy"], vec![]),
            Verdict::Pass,
        );
    }
}

#[test]
fn secrets_need_a_search() {
    let secret = "[[rule]]\nid = \"secret-found\"";
    let mut found = facts(&["trivy"], vec![]);
    let report = check(secret, &found, Verdict::Deny);
    assert_eq!(rule(&report, "secret-found").outcome, Outcome::Missing);
    found.secrets = Some(SecretsFacts {
        subject: Some(digest('b')),
        ..SecretsFacts::default()
    });
    check(secret, &found, Verdict::Pass);
    found.secrets = Some(SecretsFacts {
        subject: Some(digest('b')),
        found: vec![SecretFound {
            id: "aws-access-key-id".to_owned(),
            path: "/root/.aws/credentials".to_owned(),
            line: Some(2),
        }],
    });
    check(secret, &found, Verdict::Deny);
    check(
        &format!("{secret}\nscope = {{ except_paths = [\"root/**\"] }}"),
        &found,
        Verdict::Pass,
    );
    found.secrets = Some(SecretsFacts {
        subject: Some(digest('9')),
        ..SecretsFacts::default()
    });
    check(secret, &found, Verdict::Deny);
}

#[test]
fn licences() {
    let license = "[[rule]]\nid = \"license\"\nallow = [\"MIT\", \"Apache-2.0\"]\ndeny = [\"AGPL-*\"]\n";
    let with = |licenses: &[&str]| Facts {
        components: Some(vec![Component {
            name: "left-pad".to_owned(),
            licenses: licenses.iter().map(ToString::to_string).collect(),
            ..Component::default()
        }]),
        ..facts(&["trivy"], vec![])
    };
    check(license, &with(&["MIT"]), Verdict::Pass);
    check(license, &with(&["MIT OR AGPL-3.0-only"]), Verdict::Pass);
    check(license, &with(&["MIT", "AGPL-3.0-only"]), Verdict::Deny);
    check(license, &with(&[]), Verdict::Deny);
    check(license, &with(&["see LICENSE file"]), Verdict::Deny);
    check(
        &format!("{license}unlicensed = \"allow\""),
        &with(&[]),
        Verdict::Pass,
    );
    check(license, &facts(&["trivy"], vec![]), Verdict::Deny);
}

#[test]
fn scanners_on_every_platform() {
    let every = "[[rule]]\nid = \"scanner-required\"\nscanners = [\"trivy\"]\nplatforms = \"every\"";
    let mut found = facts(&["trivy"], vec![]);
    check(every, &found, Verdict::Pass);
    let mut second = image().platforms.remove(0);
    second.platform = Some("linux/arm64".parse().unwrap());
    second.digest = Some(digest('f'));
    second.image_id = Some(digest('1'));
    found.image.as_mut().unwrap().platforms.push(second);
    found.findings.reports[0].subject.digests = vec![digest('b')];
    let report = check(every, &found, Verdict::Deny);
    insta::assert_snapshot!(rule(&report, "scanner-required").missing.join("\n"), @"there is no report of `trivy` about linux/arm64");
    let mut arm = report_of_platform('f');
    arm.source = "trivy-arm64.json".to_owned();
    found.findings.reports.push(arm);
    check(every, &found, Verdict::Pass);
}

/// [`image`] with a second manifest, `f`, of this platform.
fn with_second_manifest(platform: Option<&str>) -> Facts {
    let mut found = facts(&["trivy"], vec![]);
    let mut second = image().platforms.remove(0);
    second.platform = platform.map(|platform| platform.parse().unwrap());
    second.digest = Some(digest('f'));
    second.image_id = Some(digest('1'));
    second.layers.clear();
    found.image.as_mut().unwrap().platforms.insert(0, second);
    found
}

#[test]
fn every_manifest_needs_its_own_report_whatever_its_platform() {
    let every = "[[rule]]\nid = \"scanner-required\"\nscanners = [\"trivy\"]\nplatforms = \"every\"";
    for platform in [
        Some("linux/amd64"),
        None,
        Some("linux/amd64/v1"),
        Some("unknown/unknown"),
    ] {
        let mut found = with_second_manifest(platform);
        let reports = &mut found.findings.reports;
        reports[0].subject.platform = Some("linux/amd64".parse().unwrap());
        for (digests, image_id) in [
            (vec!['b'], None),
            (vec!['a'], Some('c')),
            (vec!['b', 'f'], Some('c')),
            (vec!['a', 'b'], None),
        ] {
            let subject = &mut found.findings.reports[0].subject;
            subject.digests = digests.into_iter().map(digest).collect();
            subject.image_id = image_id.map(digest);
            let report = check(every, &found, Verdict::Deny);
            let rule = rule(&report, "scanner-required");
            assert_eq!(rule.missing.len(), 1, "{:?}", rule.missing);
        }
        let mut other = report("trivy");
        other.subject.digests = vec![digest('f')];
        found.findings.reports.push(other);
        check(every, &found, Verdict::Pass);
    }
    let ambiguous = check(every, &with_second_manifest(Some("linux/amd64")), Verdict::Deny);
    let rule = rule(&ambiguous, "scanner-required");
    assert_eq!(rule.missing.len(), 2, "{:?}", rule.missing);
    insta::assert_snapshot!(rule.notes.join("\n"), @"the image has 2 manifests for linux/amd64, and a runtime may take any of them");
}

#[test]
fn a_report_by_index_is_about_the_one_manifest_of_its_platform() {
    let every = "[[rule]]\nid = \"scanner-required\"\nplatforms = \"every\"";
    let mut found = with_second_manifest(Some("linux/arm64"));
    for platform in ["linux/amd64", "linux/arm64"] {
        check(every, &found, Verdict::Deny);
        let mut scan = report("trivy");
        scan.subject.platform = Some(platform.parse().unwrap());
        found.findings.reports.push(scan);
    }
    check(every, &found, Verdict::Pass);
}

#[test]
fn a_report_whose_image_id_is_foreign_is_about_another_image() {
    let mut found = facts(&["trivy"], vec![]);
    found.findings.reports[0].subject.image_id = Some(digest('9'));
    let report = check(TRIVY_HIGH, &found, Verdict::Deny);
    assert_eq!(report.evidence[0].subject, SubjectMatch::OtherImage);
    // An image has a digest for each repository that it was pushed to.
    let subject = &mut found.findings.reports[0].subject;
    (subject.image_id, subject.digests) = (Some(digest('c')), vec![digest('8'), digest('9')]);
    let report = check(TRIVY_HIGH, &found, Verdict::Pass);
    assert_eq!(report.evidence[0].subject, SubjectMatch::ThisImage);
}

#[test]
fn a_required_scanner_may_be_held_to_its_own_format() {
    let format = |format: &str| {
        format!("[[rule]]\nid = \"scanner-required\"\nscanners = [\"trivy\"]\nformats = [\"{format}\"]")
    };
    let mut found = facts(&["trivy"], vec![]);
    found.findings.reports[0].format = "sarif-2.1.0".to_owned();
    let report = check(&format("trivy-json"), &found, Verdict::Deny);
    insta::assert_snapshot!(rule(&report, "scanner-required").missing.join("\n"), @"there is no report of `trivy` in the format trivy-json: trivy.json is `sarif-2.1.0`");
    assert_eq!(report.evidence[0].format, "sarif-2.1.0");
    found.findings.reports[0].format = "trivy-json-v2".to_owned();
    check(&format("trivy-json"), &found, Verdict::Pass);
    check(&format("trivy-json-v2"), &found, Verdict::Pass);
    check(&format("trivy-js"), &found, Verdict::Deny);
}

fn report_of_platform(fill: char) -> sealift_types::Report {
    let mut scan = report("trivy");
    scan.subject.digests = vec![digest(fill)];
    scan
}

#[test]
fn ages_of_reports_and_databases() {
    let found = facts(&["trivy"], vec![]);
    let age = |max: &str| format!("[[rule]]\nid = \"report-age\"\nmax_age = \"{max}\"");
    check(&age("3h"), &found, Verdict::Pass);
    check(&age("1h"), &found, Verdict::Deny);
    let database = "[[rule]]\nid = \"database-age\"";
    assert_eq!(
        rule(&check(database, &found, Verdict::Deny), "database-age").outcome,
        Outcome::Missing
    );
    let mut future = found.clone();
    future.findings.reports[0].created = Some(at("2026-06-16T12:00:00Z"));
    check(&age("3h"), &future, Verdict::Deny);
}

#[test]
fn a_date_in_the_future_is_no_evidence_of_youth() {
    let mut found = facts(&["trivy"], vec![]);
    let age = "[[rule]]\nid = \"image-age\"";
    let built = |found: &mut Facts, date: &str| {
        found.image.as_mut().unwrap().platforms[0].created = Some(at(date));
    };
    built(&mut found, "2999-01-01T00:00:00Z");
    let report = check(age, &found, Verdict::Deny);
    assert_eq!(rule(&report, "image-age").outcome, Outcome::Missing);
    // Clocks differ by minutes.
    built(&mut found, "2026-06-15T12:05:00Z");
    check(age, &found, Verdict::Pass);
    let scores =
        "#model_version:v1,score_date:2999-01-01T00:00:00Z\ncve,epss,percentile\nCVE-2021-44228,0.9,0.9\n";
    found.epss = Some(EpssFeed::parse(scores.as_bytes()).unwrap());
    let catalogue = r#"{"catalogVersion":"1","dateReleased":"2999-01-01T00:00:00Z","count":1,"vulnerabilities":[
        {"cveID":"CVE-2021-44228","dateAdded":"2021-12-10"}]}"#;
    found.kev = Some(KevFeed::parse(catalogue.as_bytes()).unwrap());
    for id in ["exploit-prediction", "known-exploited"] {
        let report = check(
            &format!("[[rule]]\nid = \"{id}\"\nmax_feed_age = \"2d\""),
            &found,
            Verdict::Deny,
        );
        assert_eq!(rule(&report, id).outcome, Outcome::Missing);
    }
}

#[test]
fn the_image_itself() {
    let rules = [
        ("id = \"image-size\"\nmax = \"1MB\"", "size"),
        ("id = \"image-age\"\nmax_age = \"7d\"", "age"),
        (
            "id = \"image-labels\"\nrequired = [\"org.opencontainers.image.source\"]",
            "labels",
        ),
        ("id = \"non-root-user\"", "user"),
    ];
    let with = |good: bool| {
        let mut facts = facts(&["trivy"], vec![]);
        let platform = &mut facts.image.as_mut().unwrap().platforms[0];
        platform.size_bytes = Some(if good { 1_000_000 } else { 1_000_001 });
        platform.created = Some(at(if good {
            "2026-06-10T00:00:00Z"
        } else {
            "2026-06-01T00:00:00Z"
        }));
        let label = (
            "org.opencontainers.image.source".to_owned(),
            if good { "x" } else { " " }.to_owned(),
        );
        platform.labels = Some([label].into());
        platform.user = Some(if good { "1000" } else { "0:0" }.to_owned());
        facts
    };
    for (options, what) in rules {
        let rules = format!("[[rule]]\n{options}");
        check(&rules, &with(true), Verdict::Pass);
        check(&rules, &with(false), Verdict::Deny);
        let missing = check(&rules, &facts(&["trivy"], vec![]), Verdict::Deny);
        assert_eq!(missing.rules[0].outcome, Outcome::Missing, "{what}");
    }
}

#[test]
fn tests_must_have_passed_on_every_platform() {
    let tests = "[[rule]]\nid = \"tests-passed\"\nrequired = [\"health*\"]";
    let result = |name: &str, status| TestResult {
        name: name.to_owned(),
        platform: Some("linux/amd64".parse().unwrap()),
        subject: Some(digest('b')),
        status,
        message: None,
    };
    let with = |results: Vec<TestResult>| Facts {
        tests: Some(results),
        ..facts(&["trivy"], vec![])
    };
    check(
        tests,
        &with(vec![result("healthcheck", TestStatus::Passed)]),
        Verdict::Pass,
    );
    check(
        tests,
        &with(vec![result("other", TestStatus::Passed)]),
        Verdict::Deny,
    );
    check(tests, &with(vec![]), Verdict::Deny);
    let both = vec![
        result("healthcheck", TestStatus::Passed),
        result("cli", TestStatus::Failed),
    ];
    check(tests, &with(both), Verdict::Deny);
    let mut elsewhere = result("healthcheck", TestStatus::Passed);
    elsewhere.subject = Some(digest('9'));
    check(tests, &with(vec![elsewhere]), Verdict::Deny);
}

#[test]
fn attestations_count_by_signer_and_subject() {
    let sbom = "[[rule]]\nid = \"sbom-attested\"\nsigners = [\"https://github.com/me/*\"]";
    let with = |change: &dyn Fn(&mut Attestation)| {
        let mut facts = complete(vec![]);
        for attestation in facts.attestations.iter_mut().flatten() {
            attestation.signer =
                Some("https://github.com/me/app/.github/workflows/ci.yml@refs/heads/main".to_owned());
            change(attestation);
        }
        facts
    };
    check(sbom, &with(&|_| {}), Verdict::Pass);
    check(sbom, &with(&|a| a.subjects = vec![digest('b')]), Verdict::Pass);
    check(sbom, &with(&|a| a.subjects = vec![digest('9')]), Verdict::Deny);
    check(
        sbom,
        &with(&|a| a.signer = Some("https://github.com/you/x".to_owned())),
        Verdict::Deny,
    );
    check(
        sbom,
        &with(&|a| a.verification = Verification::Unverified),
        Verdict::Deny,
    );
    let unverified = "[[rule]]\nid = \"sbom-attested\"\nverified = false";
    check(
        unverified,
        &with(&|a| a.verification = Verification::Unverified),
        Verdict::Pass,
    );
    check(
        unverified,
        &with(&|a| a.verification = Verification::Failed),
        Verdict::Deny,
    );
    let built = "[[rule]]\nid = \"provenance-verified\"\nbuilders = [\"https://builder/*\"]";
    check(built, &with(&|_| {}), Verdict::Deny);
    check(
        built,
        &with(&|a| a.builder = Some("https://builder/v1".to_owned())),
        Verdict::Pass,
    );
}

#[test]
fn the_way_out_is_the_lowest_version_that_closes_all() {
    let findings = vec![
        located(
            vulnerability("CVE-2026-1", "openssl", Severity::High, "1.0-2 2.0-1"),
            "x",
            'd',
        ),
        located(
            vulnerability("CVE-2026-2", "openssl", Severity::Critical, "1.0-10"),
            "x",
            'd',
        ),
        vulnerability("CVE-2026-3", "curl", Severity::High, "0.9-1"),
        vulnerability("CVE-2026-4", "bash", Severity::High, ""),
    ];
    let report = check(TRIVY_HIGH, &facts(&["trivy"], findings), Verdict::Deny);
    insta::assert_debug_snapshot!(report.way_out);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let mut findings = Vec::new();
    for number in 0..300 {
        let package = format!("package-{}", number % 17);
        findings.push(vulnerability(
            &format!("CVE-2026-{number}"),
            &package,
            Severity::High,
            "2.0-1",
        ));
    }
    let facts = complete(findings);
    let json = || serde_json::to_string(&evaluate(&Policy::builtin(), &facts, now())).unwrap();
    let first = json();
    for _ in 0..5 {
        assert_eq!(json(), first);
    }
}

#[test]
fn lists_are_bounded_and_totals_are_not() {
    let many =
        (0..3_000).map(|n| vulnerability(&format!("CVE-2026-{n}"), &format!("p{n}"), Severity::High, "2"));
    let mut findings: Vec<_> = many.collect();
    findings.push(vulnerability("CVE-1-1", "worst", Severity::Critical, "2"));
    let report = check(TRIVY_HIGH, &facts(&["trivy"], findings), Verdict::Deny);
    let rule = rule(&report, "severity-threshold");
    assert_eq!((rule.violations.len(), rule.violations_total), (1_000, 3_001));
    assert_eq!(rule.violations[0].id.as_deref(), Some("CVE-1-1"));
    assert_eq!(
        (report.way_out.upgrades.len(), report.way_out.upgrades_total),
        (1_000, 3_001)
    );
}

#[test]
fn a_finding_that_names_no_known_report_counts_for_every_rule() {
    let mut finding = high("CVE-2026-1");
    finding.statements[0].report = 99;
    check(TRIVY_HIGH, &facts(&["trivy"], vec![finding]), Verdict::Deny);
}
