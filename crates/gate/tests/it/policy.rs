//! Reading policies.

use sealift_gate::{Action, Check, Policy, RuleId};

/// Renders a mistake the way a person sees it: place, message, help.
fn mistake(rules: &str) -> String {
    let text = format!("schema_version = 1\n{rules}");
    let error = Policy::parse(&text).expect_err(rules);
    let (line, column) = error.position(&text);
    let at = text.get(error.span.clone()).unwrap_or_default();
    let help = error.help.unwrap_or_default();
    format!(
        "{line}:{column} `{}`: {}; {help}",
        at.lines().next().unwrap_or_default(),
        error.message
    )
}

#[test]
fn mistakes_have_a_place_and_a_remedy() {
    let rule = |options: &str| mistake(&format!("[[rule]]\nid = \"severity-threshold\"\n{options}"));
    let exception = |lines: &str| mistake(&format!("[[rule]]\nid = \"report-age\"\n[[exception]]\n{lines}"));
    let all = [
        mistake("rules = []"),
        mistake("[[rule]]\nid = \"severty-threshold\""),
        mistake("[[rule]]\nid = \"purple\""),
        mistake("[[rule]]\naction = \"deny\""),
        rule("severity = \"hihg\""),
        rule("severty = \"high\""),
        rule("scanners = \"trivy\""),
        rule("fixable_only = 1"),
        rule("published_grace = \"3 fortnights\""),
        rule("action = \"block\""),
        rule("scope = { package = [\"x\"] }"),
        rule("scope = { types = [\"npm\", \"debian\"] }"),
        rule("scope = { types = [\"\"] }"),
        rule("scope = { packages = [\"\"] }"),
        rule("scope = { paths = [\"a/**b\"] }"),
        mistake("[[rule]]\nid = \"exception-unused\"\naction = \"deny\""),
        mistake("[[rule]]\nid = \"exploit-prediction\"\nscore = 10"),
        mistake("[[rule]]\nid = \"license\""),
        mistake("[[rule]]\nid = \"rego\""),
        mistake("[[rule]]\nid = \"report-age\"\n[[rule]]\nid = \"report-age\""),
        mistake("[rule]\nid = \"report-age\""),
        exception("id = \"CVE-1\""),
        exception("id = \"CVE-1\"\nreason = \" \"\nowner = \"a\"\nexpires = 2026-01-01"),
        exception("id = \"CVE-1\"\nreason = \"r\"\nowner = \"a\""),
        exception("id = \"CVE-1\"\nreason = \"r\"\nowner = \"a\"\nexpires = \"soon\""),
        exception("id = \"CVE-1\"\nreason = \"r\"\nowner = \"a\"\nexpires = 2026-01-01T00:00:00"),
        exception("reason = \"r\"\nowner = \"a\"\nexpires = 2026-01-01"),
        exception("id = \"CVE-1\"\npurl = \"npm/x\"\nreason = \"r\"\nowner = \"a\"\nexpires = 2026-01-01"),
        exception("id = \"CVE-1\"\nowners = \"a\""),
        mistake("[vex]\nauthor = [\"x\"]\n[[rule]]\nid = \"report-age\""),
        mistake("not toml"),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn the_version_comes_first_and_is_known() {
    assert!(Policy::parse("").unwrap_err().message.contains("schema_version"));
    let other = Policy::parse("schema_version = 2\n[[rule]]\nid = \"report-age\"").unwrap_err();
    assert_eq!(other.message, "schema version 2 is not known");
    assert_eq!(
        Policy::parse("schema_version = 1").unwrap_err().message,
        "the policy has no rules"
    );
}

#[test]
fn the_builtin_policy_reads() {
    let policy = Policy::builtin();
    assert_eq!(policy.name, "builtin");
    let first = &policy.rules[0];
    assert_eq!(
        (first.id(), first.action),
        (RuleId::SeverityThreshold, Action::Deny)
    );
    assert!(matches!(&first.check, Check::SeverityThreshold(options) if options.scanners == ["trivy"]));
}

#[test]
fn deep_nesting_is_a_mistake_not_a_crash() {
    let deep = format!(
        "schema_version = 1\nname = {}{}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(Policy::parse(&deep).is_err());
}

#[test]
fn rule_ids_are_permanent() {
    let ids: Vec<&str> = RuleId::ALL.iter().map(|id| id.as_str()).collect();
    insta::assert_snapshot!(ids.join(" "));
}

#[test]
fn the_example_policies_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/policies");
    let Ok(entries) = std::fs::read_dir(folder) else {
        println!("skipped: {folder} is not here");
        return;
    };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let read = Policy::parse(&text);
            assert!(read.is_ok(), "{}: {read:?}", path.display());
        }
    }
}
