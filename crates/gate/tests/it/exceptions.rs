//! Exceptions: what they excuse, and what becomes of them.

use sealift_gate::{
    Exception, ExceptionKind, ExceptionOrigin, ExceptionStatus, Facts, Policy, Report, Verdict, VexStatement,
    VexStatus, evaluate,
};
use sealift_types::{Finding, Location, Severity};

use crate::build::{at, facts, now, policy, rule, vulnerability};

const RULES: &str = "[[rule]]\nid = \"severity-threshold\"\nscanners = [\"trivy\"]\n";

fn with(exception: &str, findings: Vec<Finding>) -> Report {
    let stated = "reason = \"not reachable\"\nowner = \"ann\"\n";
    let expires = if exception.contains("expires") {
        ""
    } else {
        "expires = 2026-12-31\n"
    };
    let text = format!("{RULES}[[exception]]\n{exception}\n{stated}{expires}");
    evaluate(&policy(&text), &facts(&["trivy"], findings), now())
}

fn openssl() -> Finding {
    let mut finding = vulnerability("CVE-2026-1", "openssl", Severity::High, "1.0-2");
    finding.aliases = vec!["GHSA-aaaa-bbbb-cccc".to_owned()];
    finding
}

#[track_caller]
fn check(exception: &str, verdict: Verdict, status: ExceptionStatus) {
    let report = with(exception, vec![openssl()]);
    assert_eq!(
        (report.verdict, report.exceptions[0].status),
        (verdict, status),
        "{exception}\n{report:#?}"
    );
}

#[test]
fn an_exception_excuses_by_any_alias_and_stays_visible() {
    for id in ["CVE-2026-1", "cve-2026-1", "GHSA-aaaa-bbbb-cccc"] {
        check(&format!("id = \"{id}\""), Verdict::Pass, ExceptionStatus::Applied);
    }
    let report = with("id = \"CVE-2026-1\"", vec![openssl()]);
    let threshold = rule(&report, "severity-threshold");
    assert_eq!((threshold.violations_total, threshold.excepted_total), (0, 1));
    assert_eq!(threshold.excepted[0].exception, Some(0));
    assert_eq!(report.findings.excepted, 1);
}

#[test]
fn an_alias_that_another_report_claims_does_not_widen_it() {
    use sealift_types::{Stated, Statement};
    let mut finding = openssl();
    // Trivy states the CVE alone; another report says that the GHSA is the same flaw.
    finding.statements[0].stated = Some(Box::new(Stated {
        id: "CVE-2026-1".to_owned(),
        ..Stated::default()
    }));
    finding.statements.push(Statement {
        report: 1,
        id: "GHSA-aaaa-bbbb-cccc".to_owned(),
        rows: 1,
        ..Statement::default()
    });
    let ghsa = with("id = \"GHSA-aaaa-bbbb-cccc\"", vec![finding.clone()]);
    assert_eq!(
        (ghsa.verdict, ghsa.exceptions[0].status),
        (Verdict::Deny, ExceptionStatus::Unused)
    );
    insta::assert_snapshot!(ghsa.exceptions[0].because, @"1 finding(s) have its id by one scanner's word only; name the id that each scanner states");
    for exception in [
        "id = \"CVE-2026-1\"",
        "ids = [\"CVE-2026-1\", \"GHSA-aaaa-bbbb-cccc\"]",
    ] {
        assert_eq!(with(exception, vec![finding.clone()]).verdict, Verdict::Pass);
    }
}

#[test]
fn the_last_day_of_the_calendar_is_an_end() {
    for expires in ["9999-12-31", "\"9999-12-31\""] {
        let exception = format!("id = \"CVE-2026-1\"\nexpires = {expires}");
        check(&exception, Verdict::Pass, ExceptionStatus::Applied);
    }
}

#[test]
fn scopes_narrow_it() {
    for scope in [
        "package = \"open*\"",
        "version = \"1.0-*\"",
        "type = \"deb\"",
        "purl = \"pkg:deb/debian/openssl@1.0-1\"",
        "image = \"registry.example/app\"",
        "image = \"registry.example/app:1.2\"",
        "scanners = [\"trivy\"]",
    ] {
        check(
            &format!("id = \"CVE-2026-1\"\n{scope}"),
            Verdict::Pass,
            ExceptionStatus::Applied,
        );
    }
    for scope in [
        "package = \"curl\"",
        "version = \"2.*\"",
        "type = \"npm\"",
        "purl = \"pkg:deb/debian/openssl@1.0-2\"",
        "image = \"registry.example/other\"",
        "scanners = [\"snyk\"]",
        "paths = [\"/app/**\"]",
    ] {
        check(
            &format!("id = \"CVE-2026-1\"\n{scope}"),
            Verdict::Deny,
            ExceptionStatus::Unused,
        );
    }
}

#[test]
fn a_path_excepts_no_finding_without_one() {
    let mut found = openssl();
    found.statements[0].locations = vec![Location::default()];
    found.statements[0].locations_total = 1;
    let report = with("id = \"CVE-2026-1\"\npaths = [\"**\"]", vec![found]);
    assert_eq!(report.verdict, Verdict::Deny);
}

#[test]
fn expired_exception_denies() {
    check(
        "id = \"CVE-2026-1\"\nexpires = 2026-06-15",
        Verdict::Deny,
        ExceptionStatus::Expired,
    );
    check(
        "id = \"CVE-2026-1\"\nexpires = 2026-06-16",
        Verdict::Pass,
        ExceptionStatus::Expiring,
    );
    check(
        "id = \"CVE-2026-1\"\nexpires = 2026-06-15T12:00:01Z",
        Verdict::Pass,
        ExceptionStatus::Expiring,
    );
    check(
        "id = \"CVE-2026-1\"\nexpires = \"2026-06-15T12:00:00Z\"",
        Verdict::Deny,
        ExceptionStatus::Expired,
    );
}

#[test]
fn the_one_that_lasts_longest_applies() {
    let text = format!(
        "{RULES}[[exception]]\nid = \"CVE-2026-1\"\nreason = \"a\"\nowner = \"ann\"\nexpires = 2026-06-16\n\
         [[exception]]\nid = \"GHSA-aaaa-bbbb-cccc\"\nreason = \"b\"\nowner = \"bob\"\nexpires = 2026-12-31\n"
    );
    let report = evaluate(&policy(&text), &facts(&["trivy"], vec![openssl()]), now());
    let statuses: Vec<_> = report
        .exceptions
        .iter()
        .map(|exception| exception.status)
        .collect();
    assert_eq!(statuses, [ExceptionStatus::Unused, ExceptionStatus::Applied]);
}

#[test]
fn rules_about_exceptions() {
    use Verdict::{Deny, Pass, Warn};
    let hygiene = "[[rule]]\nid = \"exception-expired\"\n[[rule]]\nid = \"exception-expiring\"\n[[rule]]\nid = \
                   \"exception-unused\"\n";
    let verdicts = |expires: &str, findings: Vec<Finding>| {
        let text = format!(
            "{RULES}{hygiene}[[exception]]\nid = \"CVE-2026-1\"\nreason = \"a\"\nowner = \"ann\"\nexpires = {expires}\n"
        );
        let report = evaluate(&policy(&text), &facts(&["trivy"], findings), now());
        ["exception-expired", "exception-expiring", "exception-unused"]
            .map(|name| rule(&report, name).verdict)
    };
    assert_eq!(verdicts("2026-01-01", vec![]), [Deny, Pass, Pass]);
    assert_eq!(verdicts("2026-06-20", vec![openssl()]), [Pass, Warn, Pass]);
    assert_eq!(verdicts("2026-12-31", vec![]), [Pass, Pass, Warn]);
    assert_eq!(verdicts("2026-12-31", vec![openssl()]), [Pass, Pass, Pass]);
}

fn imported(exception: Exception, options: &str) -> (Verdict, ExceptionStatus) {
    let facts = Facts {
        exceptions: vec![exception],
        ..facts(&["trivy"], vec![openssl()])
    };
    let report = evaluate(&policy(&format!("{RULES}{options}")), &facts, now());
    (report.verdict, report.exceptions[0].status)
}

fn from(kind: ExceptionKind) -> Exception {
    Exception {
        ids: vec!["CVE-2026-1".to_owned()],
        origin: ExceptionOrigin {
            kind,
            file: Some("file".to_owned()),
            ..ExceptionOrigin::default()
        },
        ..Exception::default()
    }
}

#[test]
fn imported_exceptions_need_what_the_policy_requires() {
    let bare = from(ExceptionKind::Trivyignore);
    assert_eq!(
        imported(bare.clone(), ""),
        (Verdict::Deny, ExceptionStatus::Incomplete)
    );
    let lax = "[exceptions]\nrequire = []\n";
    assert_eq!(
        imported(bare.clone(), lax),
        (Verdict::Pass, ExceptionStatus::Applied)
    );
    let refused = "[exceptions]\nrequire = []\naccept = [\"openvex\"]\n";
    assert_eq!(
        imported(bare.clone(), refused),
        (Verdict::Deny, ExceptionStatus::Untrusted)
    );
    let complete = Exception {
        reason: Some("r".to_owned()),
        owner: Some("o".to_owned()),
        expires: Some(at("2027-01-01T00:00:00Z")),
        ..bare
    };
    assert_eq!(imported(complete, ""), (Verdict::Pass, ExceptionStatus::Applied));
}

#[test]
fn vex_counts_by_author_status_and_justification() {
    use ExceptionStatus::{Applied, Incomplete, NotExcusing, Untrusted};
    let vex = |status, justification: Option<&str>| Exception {
        vex: Some(VexStatement {
            status,
            justification: justification.map(str::to_owned),
            author: Some("Debian Security <security@debian.org>".to_owned()),
            ..VexStatement::default()
        }),
        ..from(ExceptionKind::Openvex)
    };
    let trusting = "[vex]\nauthors = [\"Debian *\"]\n";
    let why = Some("vulnerable_code_not_present");
    assert_eq!(
        imported(vex(VexStatus::NotAffected, why), trusting),
        (Verdict::Pass, Applied)
    );
    assert_eq!(
        imported(vex(VexStatus::Fixed, None), trusting),
        (Verdict::Pass, Applied)
    );
    assert_eq!(
        imported(vex(VexStatus::NotAffected, None), trusting),
        (Verdict::Deny, Incomplete)
    );
    assert_eq!(
        imported(vex(VexStatus::NotAffected, why), ""),
        (Verdict::Deny, Untrusted)
    );
    let mut ahead = vex(VexStatus::Fixed, None);
    ahead.vex.as_mut().unwrap().timestamp = Some(at("2999-01-01T00:00:00Z"));
    assert_eq!(imported(ahead, trusting), (Verdict::Deny, Untrusted));
    assert_eq!(
        imported(vex(VexStatus::Affected, why), trusting),
        (Verdict::Deny, NotExcusing)
    );
    assert_eq!(
        imported(vex(VexStatus::UnderInvestigation, why), trusting),
        (Verdict::Deny, NotExcusing)
    );
}

#[test]
fn an_exception_built_in_code_needs_all_three_too() {
    let policy = Policy {
        exceptions: vec![from(ExceptionKind::Policy)],
        ..policy(RULES)
    };
    let report = evaluate(&policy, &facts(&["trivy"], vec![openssl()]), now());
    assert_eq!(
        (report.verdict, report.exceptions[0].status),
        (Verdict::Deny, ExceptionStatus::Incomplete)
    );
}

#[test]
fn an_exception_without_an_id_excuses_nothing() {
    let empty = Exception {
        ids: vec![],
        ..from(ExceptionKind::Trivyignore)
    };
    let (verdict, _) = imported(empty, "[exceptions]\nrequire = []\n");
    assert_eq!(verdict, Verdict::Deny);
}
