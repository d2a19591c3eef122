//! Which code ends which run.

use sealift_cli::exit_codes;
use sealift_types::Severity;

use crate::support::{NOW, POLICY, Sandbox, fixed};

#[test]
fn findings_do_not_fail_a_scan() {
    let sandbox = Sandbox::new();
    sandbox.image(&[fixed(Severity::Critical)]);
    sandbox.run(["scan", "trivy.json"]).expect(exit_codes::DONE);
}

#[test]
fn no_report_is_nothing_to_do() {
    let ran = Sandbox::new().run(["scan"]).expect(exit_codes::NOTHING_TO_DO);
    assert!(
        ran.stderr.contains("help: name the scanners' report files"),
        "{}",
        ran.stderr
    );
}

#[test]
fn wrong_usage() {
    let sandbox = Sandbox::new();
    sandbox.write("policy.toml", "schema_version = 1\nname = \"x\"\nunknown = 1\n");
    sandbox.image(&[]);
    for arguments in [
        &["scan", "--no-such-flag"][..],
        &["scan", "--min-severity", "purple", "trivy.json"],
        &["scan", "--low-memory", "trivy.json"],
        &["scan", "-", "-"],
        &["scan", "--summary", "--format", "sarif", "trivy.json"],
        &["gate", "--policy", "policy.toml", "trivy.json"],
        &["gate", "--digest", "sha256:00", "trivy.json"],
        &["gate", "explain", "no-such-rule"],
        &["inspect", "docker.io/library/debian:12"],
        &["ship", "oci:source:app", "oci:target"],
        &["ship", "oci:source:app", "oci:target:a b"],
        &["ship", "--format", "sarif", "oci:source:app", "oci:target:x"],
        &["no-such-command"],
        &[],
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(
            ran.code,
            i32::from(exit_codes::USAGE),
            "{arguments:?}\n{}\n{}",
            ran.stdout,
            ran.stderr
        );
        assert!(!sandbox.path("target").exists(), "{arguments:?}");
    }
}

#[test]
fn an_unreadable_report_fails_a_scan_and_the_others_are_shown() {
    let sandbox = Sandbox::new();
    sandbox.image(&[fixed(Severity::High)]);
    sandbox.write("broken.json", "{\"Results\": [");
    let ran = sandbox
        .run(["scan", "trivy.json", "broken.json", "missing.json"])
        .expect(exit_codes::FAILED);
    assert!(ran.stdout.contains("CVE-2026-1001"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("2 reports could not be read"),
        "{}",
        ran.stdout
    );
    for said in ["broken.json", "missing.json", "help: "] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
}

#[test]
fn nothing_readable_prints_no_clean_list() {
    let ran = Sandbox::new()
        .run(["scan", "missing.json"])
        .expect(exit_codes::FAILED);
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_folder_is_not_a_report() {
    let sandbox = Sandbox::new();
    sandbox.write("reports/a.json", "");
    let ran = sandbox.run(["scan", "reports"]).expect(exit_codes::FAILED);
    assert!(
        ran.stderr.contains("help: name the files in it"),
        "{}",
        ran.stderr
    );
}

#[test]
fn denied_passed_and_dry_run() {
    let sandbox = Sandbox::new();
    sandbox.write("policy.toml", POLICY);
    let gate = [
        "gate",
        "trivy.json",
        "--policy",
        "policy.toml",
        "--image",
        "oci:source:app",
        "--as-of",
        NOW,
    ];
    sandbox.image(&[fixed(Severity::High)]);
    sandbox.run(gate).expect(exit_codes::DENIED);
    let dry = sandbox
        .run(gate.iter().chain(&["--dry-run"]))
        .expect(exit_codes::DONE);
    assert!(dry.stdout.starts_with("DENIED"), "{}", dry.stdout);
    assert!(dry.stdout.contains("dry run"), "{}", dry.stdout);
    let other = Sandbox::new();
    other.write("policy.toml", POLICY);
    other.image(&[fixed(Severity::Medium)]);
    other.run(gate).expect(exit_codes::DONE);
}

#[test]
fn damaged_bytes_do_not_verify() {
    let sandbox = Sandbox::new();
    let built = sandbox.image(&[]);
    sandbox.write("policy.toml", POLICY);
    sealift_testkit::corrupt::flip_bit(&sandbox.path("source"), &built.platforms[1].layers[0]).unwrap();
    let ran = sandbox
        .run([
            "ship",
            "oci:source:app",
            "oci:target:1",
            "--report",
            "trivy.json",
            "--policy",
            "policy.toml",
            "--as-of",
            NOW,
        ])
        .expect(exit_codes::NOT_VERIFIED);
    assert!(ran.stderr.contains("digest mismatch"), "{}", ran.stderr);
    // Whatever was copied before: no tag points at it.
    assert!(!sandbox.run(["inspect", "oci:target:1"]).stdout.contains("digest"));
}
