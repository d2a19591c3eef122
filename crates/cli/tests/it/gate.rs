//! `sealift gate`: verdicts, evidence, policies, test cases.

use sealift_types::Severity;

use crate::support::{NOW, POLICY, Ran, Sandbox, fixed, unfixed};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.image(&[fixed(Severity::Critical), unfixed(Severity::High)]);
    sandbox.write("policy.toml", POLICY);
    sandbox
}

fn gate(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    let base = ["gate", "--policy", "policy.toml", "--as-of", NOW];
    sandbox.run(base.iter().chain(arguments))
}

#[test]
fn a_denial_says_why_and_the_way_out() {
    let text = gate(&sandbox(), &["trivy.json", "--image", "oci:source:app"])
        .expect(10)
        .stdout;
    insta::assert_snapshot!(masked(&text), @r#"
    DENIED  oci:source:app (DIGEST)
    policy test, as of 2026-02-01T00:00:00Z

    Why
      severity-threshold: 2 violations
        SEVERITY  ID             IN        INSTALLED  FIXED    SAID BY
        critical  CVE-2026-1001  libssl3   3.0.1-1    3.0.2-1  trivy
        high      CVE-2026-1002  left-pad  1.0.0               trivy
        remedy: upgrade the packages in the way out, or write an exception with reason, owner and end

    Way out
      - upgrade libssl3 3.0.1-1 to 3.0.2-1: closes CVE-2026-1001
      - no fix is known for 1 finding; remove the package, or except it with a reason, an owner and an end:
          high CVE-2026-1002 in left-pad 1.0.0

    Rests on
      trivy.json: trivy, 2 findings; about this image: DIGEST is one of the image's

    Passed: scanner-required, report-readable, report-subject

    DENIED: 1 rule against it; 2 findings
    "#);
}

/// The text with its digests masked: they depend on the compressor's version.
fn masked(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(start) = text.find("sha256:") {
        text.replace_range(start..start + 71, "DIGEST");
    }
    text
}

fn first_digest(text: &str) -> String {
    let start = text.find("sha256:").unwrap();
    text[start..start + 71].to_owned()
}

#[test]
fn a_report_about_another_image_denies() {
    let sandbox = sandbox();
    let other = Sandbox::new();
    other.image(&[]);
    let foreign = other.read("trivy.json").replace("1.4.0", "9.9.9");
    let digest = first_digest(&foreign);
    sandbox.write(
        "trivy.json",
        foreign.replace(&digest, &format!("sha256:{}", "ab".repeat(32))),
    );
    let json = gate(
        &sandbox,
        &[
            "trivy.json",
            "--digest",
            &format!("sha256:{}", "cd".repeat(32)),
            "--format",
            "json",
        ],
    )
    .expect(10)
    .json();
    assert_eq!(json["evidence"][0]["subject"], "other-image");
}

#[test]
fn evidence_that_is_missing_or_unreadable_denies() {
    let sandbox = sandbox();
    sandbox.write("empty.json", "");
    sandbox.write("no-runs.sarif", r#"{"version":"2.1.0","runs":[]}"#);
    for report in ["missing.json", "empty.json", "no-runs.sarif"] {
        let ran = gate(
            &sandbox,
            &[report, "--image", "oci:source:app", "--format", "json"],
        )
        .expect(10);
        assert_eq!(ran.json()["verdict"], "deny", "{report}");
        assert!(ran.stderr.contains(report), "{}", ran.stderr);
    }
    gate(&sandbox, &["--image", "oci:source:app"]).expect(10);
}

#[test]
fn an_image_that_is_not_the_digest_is_refused() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let ran = gate(
        &sandbox(),
        &["trivy.json", "--image", "oci:source:app", "--digest", &digest],
    )
    .expect(11);
    assert!(ran.stderr.contains(&digest), "{}", ran.stderr);
}

#[test]
fn a_mistake_in_the_policy_is_drawn() {
    let sandbox = sandbox();
    sandbox.write(
        "policy.toml",
        "schema_version = 1\nname = \"x\"\n\n[[rule]]\nid = \"severity-treshold\"\n",
    );
    insta::assert_snapshot!(gate(&sandbox, &["trivy.json"]).expect(2).stderr, @r#"
    error: there is no rule `severity-treshold`
     --> policy.toml:5:6
      |
    5 | id = "severity-treshold"
      |      ^^^^^^^^^^^^^^^^^^^
    help: did you mean `severity-threshold`?
    "#);
}

#[test]
fn exceptions_of_other_tools() {
    let sandbox = sandbox();
    sandbox.write(
        ".trivyignore",
        "# accepted until spring\nCVE-2026-1001 exp:2026-04-01\n",
    );
    sandbox.write(
        "policy.toml",
        format!("{POLICY}\n[exceptions]\nrequire = []\naccept = [\"trivyignore\"]\n"),
    );
    let json = gate(
        &sandbox,
        &[
            "trivy.json",
            "--image",
            "oci:source:app",
            "--ignore-file",
            ".trivyignore",
            "--format",
            "json",
        ],
    )
    .expect(10)
    .json();
    assert_eq!(
        json["exceptions"][0]["status"], "applied",
        "{}",
        json["exceptions"]
    );
    assert_eq!(json["findings"]["excepted"], 1);
}

#[test]
fn an_input_that_cannot_be_read_is_an_error_and_no_verdict() {
    let sandbox = sandbox();
    sandbox.write("bad", "this is no feed\n");
    for flag in ["--epss", "--kev", "--vex", "--baseline"] {
        for file in ["bad", "missing"] {
            let ran = gate(&sandbox, &["trivy.json", flag, file]).expect(1);
            assert_eq!(ran.stdout, "", "{flag}");
            assert!(ran.stderr.contains(file), "{}", ran.stderr);
        }
    }
}

#[test]
fn saved_facts_are_test_cases() {
    let sandbox = sandbox();
    gate(
        &sandbox,
        &[
            "trivy.json",
            "--image",
            "oci:source:app",
            "--save-facts",
            "facts.json",
        ],
    )
    .expect(10);
    sandbox.write(
        "deny.test.toml",
        format!("as_of = {NOW}\nfacts = \"facts.json\"\n[expect]\nverdict = \"deny\"\n"),
    );
    insta::assert_snapshot!(sandbox.run(["gate", "test", "."]).expect(0).stdout, @r#"
    ok ./deny.test.toml
    1 of 1 passed
    "#);
    sandbox.write(
        "sub/pass.test.toml",
        format!("description = \"hopeful\"\nas_of = {NOW}\nfacts = \"../facts.json\"\n[expect]\nverdict = \"pass\"\n"),
    );
    let ran = sandbox.run(["gate", "test", "."]).expect(1);
    assert!(
        ran.stdout.contains("FAILED ./sub/pass.test.toml: hopeful"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("1 of 2 passed"), "{}", ran.stdout);
    Sandbox::new().run(["gate", "test", "."]).expect(3);
}

#[test]
fn same_facts_same_bytes() {
    let sandbox = sandbox();
    for format in ["text", "json", "markdown", "sarif", "junit"] {
        let run = || {
            gate(
                &sandbox,
                &[
                    "trivy.json",
                    "grype.json",
                    "--image",
                    "oci:source:app",
                    "--format",
                    format,
                ],
            )
            .stdout
        };
        assert_eq!(run(), run(), "{format}");
    }
}

#[test]
fn the_built_in_policy_needs_evidence() {
    let text = sandbox().run(["gate", "--as-of", NOW]).expect(10).stdout;
    for rule in ["trivy-high", "sbom-attested", "provenance-verified"] {
        assert!(text.contains(rule), "{text}");
    }
}
