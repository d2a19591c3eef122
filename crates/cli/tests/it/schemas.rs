//! Real output against the schemas that describe it.

use std::path::Path;

use jsonschema::Validator;
use sealift_types::Severity;
use serde_json::Value;

use crate::support::{NOW, POLICY, Sandbox, fixed, unfixed};

fn schema(name: &str) -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../schemas")
        .join(format!("{name}.schema.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[track_caller]
fn check(name: &str, document: &Value) {
    let errors: Vec<String> = schema(name)
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}\n{document:#}", errors.join("\n"));
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.image(&[fixed(Severity::Critical), unfixed(Severity::Low)]);
    sandbox.write("policy.toml", POLICY);
    sandbox.write("broken.json", "{");
    sandbox
}

#[test]
fn scan() {
    let sandbox = sandbox();
    for arguments in [
        &["trivy.json"][..],
        &["trivy.json", "grype.json", "--baseline", "grype.json"],
        &["trivy.json", "--min-severity", "high"],
        &["trivy.json", "broken.json"],
    ] {
        check(
            "scan",
            &sandbox
                .run(["scan", "--format", "json"].iter().chain(arguments))
                .json(),
        );
    }
}

#[test]
fn scan_summary() {
    let sandbox = sandbox();
    for arguments in [
        &["trivy.json", "grype.json"][..],
        &["trivy.json", "broken.json"],
        &["--low-memory", "trivy.json", "grype.json"],
    ] {
        check(
            "scan-summary",
            &sandbox
                .run(["scan", "--summary", "--format", "json"].iter().chain(arguments))
                .json(),
        );
    }
}

#[test]
fn inspect() {
    check(
        "inspect",
        &sandbox()
            .run(["inspect", "--format", "json", "oci:source:app"])
            .expect(0)
            .json(),
    );
}

#[test]
fn ship() {
    let sandbox = sandbox();
    let base = [
        "ship",
        "oci:source:app",
        "oci:target:1",
        "--format",
        "json",
        "--report",
        "trivy.json",
        "--as-of",
        NOW,
    ];
    check(
        "ship",
        &sandbox
            .run(base.iter().chain(&["--policy", "policy.toml"]))
            .expect(10)
            .json(),
    );
    sandbox.write(
        "policy.toml",
        POLICY.replace("\"high\"", "\"critical\"").replace(
            "[\"trivy\"]\n\n[[rule]]\nid = \"scanner",
            "[\"grype\"]\naction = \"warn\"\n\n[[rule]]\nid = \"scanner",
        ),
    );
    check(
        "ship",
        &sandbox
            .run(base.iter().chain(&["--policy", "policy.toml"]))
            .json(),
    );
}

#[test]
fn a_schema_refuses_what_is_not_its_document() {
    for name in ["scan", "scan-summary", "inspect", "ship"] {
        assert!(
            !schema(name).is_valid(&serde_json::json!({"schema_version": 2})),
            "{name}"
        );
        assert!(!schema(name).is_valid(&serde_json::json!({})), "{name}");
    }
}
