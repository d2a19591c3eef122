//! Test cases of policies.

use sealift_gate::{FactsSource, Policy, PolicyTest};

const CASE: &str = r#"
description = "a high vulnerability denies"
as_of = 2026-06-15
facts = { findings = { reports = [{ source = "t", format = "trivy-json-v2", scanner = "trivy", subject = {}, accounting = { read = 1, reported = 1 } }], findings = [
  { kind = "vulnerability", id = "CVE-2026-1", statements = [
    { report = 0, id = "CVE-2026-1", severity = "high", severity_from = "label", fix = { state = "not-fixed" }, rows = 1 } ] } ] } }

[expect]
verdict = "deny"
rules = { trivy-high = "deny", snyk-high = "pass" }
"#;

#[test]
fn a_case_passes_or_says_what_differs() {
    let case = PolicyTest::parse(CASE).unwrap();
    let FactsSource::Inline(facts) = &case.facts else {
        panic!("{:?}", case.facts)
    };
    let outcome = case.run(&Policy::builtin(), facts);
    assert!(outcome.passed(), "{:?}", outcome.failures);

    let wrong = PolicyTest::parse(
        &CASE
            .replace("verdict = \"deny\"", "verdict = \"pass\"")
            .replace("snyk-high", "x"),
    );
    let outcome = wrong.unwrap().run(&Policy::builtin(), facts);
    assert_eq!(
        outcome.failures,
        ["expected pass, found deny", "x: the policy has no such rule"]
    );
}

#[test]
fn facts_in_a_file_and_mistakes() {
    let case =
        PolicyTest::parse("as_of = 2026-06-15\nfacts = \"f.json\"\n[expect]\nverdict = \"pass\"").unwrap();
    assert_eq!(case.facts, FactsSource::File("f.json".to_owned()));
    let check = |text: &str, message: &str| {
        let error = PolicyTest::parse(text).unwrap_err();
        assert!(error.message.contains(message), "{error:?}");
    };
    check(
        "as_of = 2026-06-15\nfacts = \"x\"\n[expct]\nverdict = \"pass\"",
        "there is no key `expct`",
    );
    check(
        "as_of = 2026-06-15\nfacts = { imge = 1 }\n[expect]\nverdict = \"pass\"",
        "imge",
    );
    check("facts = \"x\"\n[expect]\nverdict = \"pass\"", "as_of");
}
