//! Policies, facts and reports fit the published schemas, and what does not fit is refused by both.

use proptest::prelude::*;
use sealift_gate::{
    Attestation, BaselineFacts, Component, EpssFeed, Exception, ExceptionKind, ExceptionOrigin, Facts,
    ImageScope, KevFeed, NameGlob, PackageScope, Policy, RuleId, SecretFound, SecretsFacts, TestResult,
    UnreadableReport, VexStatement, evaluate, explain,
};
use sealift_types::Severity;
use serde_json::Value;

use crate::build::{at, facts, located, now, policy, report, vulnerability};

/// The schema of this name; absent where the repository's folder is not here (a published crate).
fn schema(name: &str) -> Option<jsonschema::Validator> {
    let path = format!("{}/../../schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {path} is not here");
        return None;
    };
    let schema: Value = serde_json::from_str(&text).unwrap();
    Some(jsonschema::validator_for(&schema).unwrap())
}

#[track_caller]
fn assert_valid(schema: &jsonschema::Validator, value: &Value, what: &str) {
    let errors: Vec<String> = schema
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{what}\n{}", errors.join("\n"));
}

/// A policy's TOML as JSON, dates as texts.
fn json_of(text: &str) -> Value {
    fn convert(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(date) => Value::String(date.to_string()),
            toml::Value::Array(items) => items.into_iter().map(convert).collect(),
            toml::Value::Table(table) => table
                .into_iter()
                .map(|(key, value)| (key, convert(value)))
                .collect(),
            other => serde_json::to_value(other).unwrap(),
        }
    }
    convert(toml::from_str(text).unwrap())
}

/// Facts with something in every part.
fn full() -> Facts {
    let exception = Exception {
        ids: vec!["CVE-2026-2".to_owned()],
        packages: vec![PackageScope {
            purl: Some("pkg:deb/debian/x".to_owned()),
            ..PackageScope::default()
        }],
        images: vec![ImageScope {
            name: NameGlob::new("*").ok(),
            digest: None,
        }],
        expires: Some(at("2026-06-20T00:00:00Z")),
        vex: Some(VexStatement::default()),
        origin: ExceptionOrigin {
            kind: ExceptionKind::Openvex,
            file: Some("vex.json".to_owned()),
            ..ExceptionOrigin::default()
        },
        ..Exception::default()
    };
    let scores =
        "#model_version:v1,score_date:2026-06-14T00:00:00Z\ncve,epss,percentile\nCVE-2026-1,0.94,0.99\n";
    let catalogue = r#"{"catalogVersion":"1","dateReleased":"2026-06-14T00:00:00Z","count":1,"vulnerabilities":[
        {"cveID":"CVE-2026-1","dateAdded":"2021-12-10","dueDate":"2021-12-24","knownRansomwareCampaignUse":"Known"}]}"#;
    Facts {
        unreadable: vec![UnreadableReport::default()],
        baseline: Some(BaselineFacts {
            sources: vec![(&report("trivy")).into()],
            ..BaselineFacts::default()
        }),
        epss: EpssFeed::parse(scores.as_bytes()).ok(),
        kev: KevFeed::parse(catalogue.as_bytes()).ok(),
        attestations: Some(vec![Attestation::default()]),
        components: Some(vec![Component::default()]),
        tests: Some(vec![TestResult::default()]),
        secrets: Some(SecretsFacts {
            subject: None,
            found: vec![SecretFound::default()],
        }),
        exceptions: vec![exception],
        ..facts(
            &["trivy", "snyk"],
            vec![
                located(
                    vulnerability("CVE-2026-1", "openssl", Severity::High, "1.0-2"),
                    "usr/lib",
                    'd',
                ),
                vulnerability("CVE-2026-2", "curl", Severity::High, ""),
            ],
        )
    }
}

#[test]
fn policies_fit() {
    let Some(schema) = schema("policy") else { return };
    assert_valid(&schema, &json_of(Policy::BUILTIN), "builtin");
    for id in RuleId::ALL {
        let toml = explain(*id)
            .example
            .trim_start_matches("```toml")
            .trim_end_matches("```");
        assert_valid(
            &schema,
            &json_of(&format!("schema_version = 1\n{toml}")),
            id.as_str(),
        );
    }
}

#[test]
fn what_the_parser_refuses_the_schema_refuses() {
    let Some(schema) = schema("policy") else { return };
    let rule = "[[rule]]\nid = \"severity-threshold\"\n";
    let base = format!("schema_version = 1\n{rule}");
    assert_valid(&schema, &json_of(&base), "base");
    for wrong in [
        "schema_version = 1".to_owned(),
        format!("schema_version = 2\n{rule}"),
        format!("{base}severty = \"high\""),
        format!("{base}severity = \"hihg\""),
        format!("{base}fix_grace = \"soon\""),
        format!("{base}scope = {{ package = [] }}"),
        format!("{base}[[exception]]\nid = \"x\"\nreason = \"r\"\nowner = \"o\""),
        format!("{base}[[exception]]\nid = \"x\"\nreason = \" \"\nowner = \"o\"\nexpires = 2026-01-01"),
        format!("{base}[vex]\nauthor = []"),
        "schema_version = 1\n[[rule]]\nid = \"purple\"".to_owned(),
        "schema_version = 1\n[[rule]]\nid = \"exception-unused\"\naction = \"deny\"".to_owned(),
        "schema_version = 1\n[[rule]]\nid = \"rego\"".to_owned(),
        "schema_version = 1\n[[rule]]\nid = \"license\"".to_owned(),
    ] {
        assert!(!schema.is_valid(&json_of(&wrong)), "{wrong}");
        assert!(Policy::parse(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_option_is_in_the_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/policy.schema.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        return;
    };
    let schema: Value = serde_json::from_str(&text).unwrap();
    for id in RuleId::ALL.iter().copied() {
        let properties = schema["$defs"][id.as_str()]["properties"].as_object().unwrap();
        let rows = explain(id)
            .options
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let mut documented: Vec<&str> = rows.chain(["id", "name", "action", "when_missing"]).collect();
        let mut known: Vec<&str> = properties.keys().map(String::as_str).collect();
        documented.sort_unstable();
        known.sort_unstable();
        assert_eq!(known, documented, "{id}");
    }
}

#[test]
fn facts_and_reports_fit() {
    let (Some(of_facts), Some(of_reports)) = (schema("gate-facts"), schema("gate-report")) else {
        return;
    };
    let everything = RuleId::ALL.iter().map(|id| {
        let example = explain(*id)
            .example
            .trim_start_matches("```toml")
            .trim_end_matches("```");
        let policy = policy(example);
        policy.rules
    });
    let mut all = policy(
        &explain(RuleId::ReportAge)
            .example
            .replace("```toml", "")
            .replace("```", ""),
    );
    all.rules = everything.flatten().collect();
    for facts in [Facts::default(), full()] {
        assert_valid(&of_facts, &serde_json::to_value(&facts).unwrap(), "facts");
        for policy in [&all, &Policy::builtin()] {
            let report = evaluate(policy, &facts, now());
            assert_valid(&of_reports, &serde_json::to_value(&report).unwrap(), "report");
        }
    }
}

#[test]
fn facts_read_back() {
    let facts = full();
    let read: Facts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
    assert_eq!(read, facts);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn unknown_keys_in_facts_are_refused(key in "[a-z]{4,12}") {
        let known = serde_json::to_value(full()).unwrap();
        prop_assume!(known.get(&key).is_none());
        let text = format!("{{\"{key}\": 1}}");
        prop_assert!(serde_json::from_str::<Facts>(&text).is_err());
    }
}
