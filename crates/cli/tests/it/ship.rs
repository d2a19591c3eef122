//! `sealift ship`: tags only if it passes.

use sealift_types::Severity;
use serde_json::Value;

use crate::support::{NOW, POLICY, Ran, Sandbox, fixed};

fn sandbox(severity: Severity) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.image(&[fixed(severity)]);
    sandbox.write("policy.toml", POLICY);
    sandbox
}

fn ship(sandbox: &Sandbox, target: &str, arguments: &[&str]) -> Ran {
    let base = [
        "ship",
        "oci:source:app",
        target,
        "--policy",
        "policy.toml",
        "--report",
        "trivy.json",
        "--as-of",
        NOW,
    ];
    sandbox.run(base.iter().chain(arguments))
}

fn digest(sandbox: &Sandbox, name: &str) -> Value {
    sandbox
        .run(["inspect", "--format", "json", name])
        .expect(0)
        .json()["digest"]
        .clone()
}

#[test]
fn passed_is_copied_and_tagged_with_the_same_digest() {
    let sandbox = sandbox(Severity::Low);
    let json = ship(
        &sandbox,
        "oci:target:1.4.0",
        &["--tag", "1.4", "--tag", "latest", "--format", "json"],
    )
    .expect(0)
    .json();
    assert_eq!(json["verdict"], "pass");
    assert_eq!(json["shipped"]["tags"].as_array().unwrap().len(), 3);
    for tag in ["1.4.0", "1.4", "latest"] {
        assert_eq!(
            digest(&sandbox, &format!("oci:target:{tag}")),
            json["digest"],
            "{tag}"
        );
    }
    assert_eq!(digest(&sandbox, "oci:source:app"), json["digest"]);
    assert_eq!(json["gate"]["verdict"], "pass");
}

#[test]
fn shipping_again_changes_nothing() {
    let sandbox = sandbox(Severity::Low);
    ship(&sandbox, "oci:target:1", &[]).expect(0);
    let before = sandbox.tree("target");
    let json = ship(&sandbox, "oci:target:1", &["--format", "json"])
        .expect(0)
        .json();
    assert_eq!(json["shipped"]["copied"], 0);
    assert_eq!(sandbox.tree("target"), before);
}

#[test]
fn denied_does_not_even_create_the_target() {
    let sandbox = sandbox(Severity::High);
    let ran = ship(&sandbox, "oci:target:1", &[]).expect(10);
    assert!(ran.stdout.starts_with("DENIED"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("upgrade libssl3 3.0.1-1 to 3.0.2-1"),
        "{}",
        ran.stdout
    );
    assert!(!sandbox.path("target").exists());
}

#[test]
fn denied_leaves_a_target_byte_for_byte() {
    let sandbox = sandbox(Severity::Low);
    ship(&sandbox, "oci:target:1", &[]).expect(0);
    let before = sandbox.tree("target");
    sandbox.image(&[fixed(Severity::Critical)]);
    ship(&sandbox, "oci:target:1", &["--tag", "2"]).expect(10);
    assert_eq!(sandbox.tree("target"), before);
}

#[test]
fn a_warning_ships() {
    let sandbox = sandbox(Severity::High);
    sandbox.write(
        "policy.toml",
        POLICY.replacen(
            "severity = \"high\"",
            "severity = \"high\"\naction = \"warn\"\nname = \"high\"",
            1,
        ),
    );
    let json = ship(&sandbox, "oci:target:1", &["--format", "json"])
        .expect(0)
        .json();
    assert_eq!(json["verdict"], "warn");
    assert_eq!(digest(&sandbox, "oci:target:1"), json["digest"]);
}

#[test]
fn a_dry_run_writes_nothing() {
    let passing = sandbox(Severity::Low);
    let ran = ship(&passing, "oci:target:1", &["--dry-run"]).expect(0);
    assert!(ran.stdout.contains("would go to"), "{}", ran.stdout);
    assert!(!passing.path("target").exists());
    let failing = sandbox(Severity::High);
    let json = ship(&failing, "oci:target:1", &["--dry-run", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(
        (&json["verdict"], &json["shipped"]),
        (&Value::from("deny"), &Value::Null)
    );
}

#[test]
fn a_missing_report_denies() {
    let sandbox = sandbox(Severity::Low);
    std::fs::remove_file(sandbox.path("trivy.json")).unwrap();
    ship(&sandbox, "oci:target:1", &[]).expect(10);
    assert!(!sandbox.path("target").exists());
}

#[test]
fn a_folder_with_other_things_is_not_a_target() {
    let sandbox = sandbox(Severity::Low);
    sandbox.write("target/precious.txt", "mine");
    let before = sandbox.tree("target");
    ship(&sandbox, "oci:target:1", &[]).expect(1);
    assert_eq!(sandbox.tree("target"), before);
}
