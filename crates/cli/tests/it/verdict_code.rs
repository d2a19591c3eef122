//! The exit code is the verdict's, whatever becomes of the output.

use std::io;
use std::process::{Command, Stdio};

use sealift_types::Severity;

use crate::support::{NOW, POLICY, Sandbox, fixed};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.image(&[fixed(Severity::Critical)]);
    sandbox.write("policy.toml", POLICY);
    sandbox
}

/// Runs with a standard output that nobody reads any more.
fn run_into_closed_pipe(sandbox: &Sandbox, arguments: &[&str]) -> Option<i32> {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    Command::new(env!("CARGO_BIN_EXE_sealift"))
        .args(arguments)
        .env_clear()
        .current_dir(sandbox.path("."))
        .stdout(writer)
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .code()
}

#[test]
fn a_closed_pipe_does_not_turn_a_denial_into_a_success() {
    let sandbox = sandbox();
    let evidence = ["--policy", "policy.toml", "--as-of", NOW];
    for format in ["text", "json", "markdown", "github"] {
        let gate = [
            "gate",
            "trivy.json",
            "--image",
            "oci:source:app",
            "--format",
            format,
        ];
        assert_eq!(
            run_into_closed_pipe(&sandbox, &[&gate[..], &evidence].concat()),
            Some(10),
            "{format}"
        );
        let ship = [
            "ship",
            "oci:source:app",
            "oci:target:app",
            "--report",
            "trivy.json",
            "--format",
            format,
        ];
        assert_eq!(
            run_into_closed_pipe(&sandbox, &[&ship[..], &evidence].concat()),
            Some(10),
            "{format}"
        );
    }
    assert!(!sandbox.path("target").exists());
    assert_eq!(run_into_closed_pipe(&sandbox, &["scan", "trivy.json"]), Some(0));
}

#[test]
fn two_digests_that_differ_are_refused() {
    let sandbox = sandbox();
    let digest = |letter: &str| format!("sha256:{}", letter.repeat(64));
    let image = format!("app@{}", digest("b"));
    let ran = sandbox.run([
        "gate",
        "trivy.json",
        "--policy",
        "policy.toml",
        "--image",
        &image,
        "--digest",
        &digest("a"),
    ]);
    let error = ran.expect(11).stderr;
    assert!(error.contains("not sha256:aaaa"), "{error}");
}

#[test]
fn an_image_that_was_shipped_is_said_to_be_when_the_result_cannot_be_written() {
    let sandbox = Sandbox::new();
    sandbox.image(&[]);
    sandbox.write("policy.toml", POLICY);
    let ran = sandbox.run([
        "ship",
        "oci:source:app",
        "oci:target:app",
        "--report",
        "trivy.json",
        "--policy",
        "policy.toml",
        "--as-of",
        NOW,
        "--output",
        "no/such/folder/out.txt",
    ]);
    let error = ran.expect(1).stderr;
    assert!(error.contains("was shipped as sha256:"), "{error}");
}
