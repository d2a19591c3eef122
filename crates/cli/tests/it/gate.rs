//! `sealift gate`: verdicts, evidence, policies, test cases.

use sealift_testkit::{File, ImageBuilder, PlatformBuilder};
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
    DENIED  docker.io/acme/app (DIGEST)
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

/// Category and first place of every run.
fn filed_under(sarif: &serde_json::Value) -> Vec<(String, String)> {
    let runs = sarif["runs"].as_array().unwrap();
    runs.iter()
        .map(|run| {
            let place = &run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            (run["automationDetails"]["id"].to_string(), place.to_string())
        })
        .collect()
}

#[test]
fn alerts_are_filed_under_the_image_not_its_place() {
    let sandbox = sandbox();
    let sarif = |arguments: &[&str]| {
        let ran = sandbox.run(
            arguments
                .iter()
                .chain(&["trivy.json", "grype.json", "--format", "sarif"]),
        );
        filed_under(&ran.json())
    };
    let gate = ["gate", "--policy", "policy.toml", "--as-of", NOW];
    let scanned = sarif(&["scan"]);
    assert_eq!(scanned.len(), 2);
    assert!(
        scanned
            .iter()
            .all(|(id, uri)| id.contains("/docker.io/acme/app/") && uri == "\"docker.io/acme/app\"")
    );
    let absolute = format!("oci:{}:app", sandbox.path("source").display());
    for image in ["oci:source:app", &absolute] {
        assert_eq!(
            sarif(&[&gate[..], &["--image", image]].concat()),
            scanned,
            "{image}"
        );
    }
    let named = [
        "--image-name",
        "registry.example/app:1.2",
        "--artifact",
        "Dockerfile",
    ];
    let gated = sarif(&[&gate[..], &["--image", "oci:source:app"], &named].concat());
    assert_eq!(sarif(&[&["scan"][..], &named].concat()), gated);
    assert!(
        gated
            .iter()
            .all(|(id, uri)| id.contains("/registry.example/app/") && uri == "\"Dockerfile\"")
    );
    assert_eq!(sarif(&["scan", "--merged-runs"]).len(), 1);
}

/// [`POLICY`] with an exception of the first flaw for this image.
fn policy_for(image: &str) -> String {
    format!(
        "{POLICY}\n[[exception]]\nids = [\"CVE-2026-1001\"]\nimage = \"{image}\"\nreason = \"r\"\nowner = \"o\"\n\
         expires = 2027-01-01\n"
    )
}

#[test]
fn exceptions_fit_the_image_by_its_name() {
    let sandbox = sandbox();
    let excepted = |arguments: &[&str]| {
        let base = ["trivy.json", "--format", "json", "--image", "oci:source:app"];
        gate(&sandbox, &[&base[..], arguments].concat()).expect(10).json()["findings"]["excepted"].clone()
    };
    sandbox.write("policy.toml", policy_for("registry.example/app"));
    assert_eq!(excepted(&[]), 0);
    assert_eq!(excepted(&["--image-name", "registry.example/app:7"]), 1);
    // Without a name from the caller it is the one that the reports about this image agree on.
    sandbox.write("policy.toml", policy_for("docker.io/acme/app"));
    assert_eq!(excepted(&[]), 1);
    let other = sandbox
        .read("grype.json")
        .replace("docker.io/acme/app", "docker.io/acme/other");
    sandbox.write("other.json", other);
    assert_eq!(excepted(&["other.json"]), 0);
}

#[test]
fn excepted_findings_are_suppressed_alerts() {
    let sandbox = sandbox();
    sandbox.write("policy.toml", policy_for("docker.io/acme/app"));
    let base = ["trivy.json", "--format", "sarif", "--image", "oci:source:app"];
    let sarif = gate(&sandbox, &base).expect(10).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let suppressed: Vec<_> = results
        .iter()
        .map(|result| result["suppressions"].to_string())
        .collect();
    assert_eq!(suppressed.len(), 2, "{sarif:#}");
    let (accepted, open): (Vec<_>, Vec<_>) = suppressed.iter().partition(|text| text.contains("accepted"));
    assert_eq!((accepted.len(), open.len()), (1, 1), "{sarif:#}");
    assert!(
        accepted[0].contains("exception of policy by o until 2027-01-01T00:00:00Z: r"),
        "{accepted:?}"
    );
}

/// A policy whose one rule looks at the layers of the base image, or at the own ones.
fn policy_of_layers(layers: &str) -> String {
    format!(
        "schema_version = 1\n[[rule]]\nid = \"severity-threshold\"\nseverity = \"low\"\nscope.layers = \"{layers}\"\n"
    )
}

#[test]
fn layers_of_the_base_image_are_told_from_the_own_ones() {
    let sandbox = sandbox();
    // Both flaws are in the highest layer; one goes to the lowest.
    let mut report: serde_json::Value = serde_json::from_str(&sandbox.read("trivy.json")).unwrap();
    let lowest = report["Metadata"]["DiffIDs"][0].clone();
    let results = report["Results"].as_array_mut().unwrap();
    results
        .iter_mut()
        .flat_map(|result| result["Vulnerabilities"].as_array_mut().unwrap())
        .filter(|flaw| flaw["VulnerabilityID"] == "CVE-2026-1001")
        .for_each(|flaw| flaw["Layer"]["DiffID"] = lowest.clone());
    sandbox.write("trivy.json", report.to_string());
    // The first layer of `sandbox.image`, as an image of its own; and another image.
    let base = |content: &str| {
        ImageBuilder::new().platform(
            PlatformBuilder::new("linux/amd64").layer("ADD base", [File::new("etc/os-release", content)]),
        )
    };
    base("ID=debian\n").write(&sandbox.path("base"), &["12"]).unwrap();
    base("ID=other\n").write(&sandbox.path("other"), &["1"]).unwrap();
    let image = [
        "trivy.json",
        "--image",
        "oci:source:app",
        "--save-facts",
        "facts.json",
    ];
    let violations = |layers: &str, arguments: &[&str]| {
        sandbox.write("policy.toml", policy_of_layers(layers));
        let ran = gate(&sandbox, &[&image[..], &["--format", "json"], arguments].concat());
        ran.json()["rules"][0]["violations_total"].clone()
    };
    let facts = || serde_json::from_str::<serde_json::Value>(&sandbox.read("facts.json")).unwrap();
    for known in [&["--base-image", "oci:base:12"][..], &["--base-layers", "1"]] {
        assert_eq!(violations("base", known), 1, "{known:?}");
        assert_eq!(violations("own", known), 1, "{known:?}");
        for platform in facts()["image"]["platforms"].as_array().unwrap() {
            assert_eq!(platform["base_layers"], 1);
        }
    }
    // Where it is not built on that image, nothing is left out, and it is said.
    assert_eq!(violations("own", &["--base-image", "oci:other:1"]), 2);
    let said = gate(&sandbox, &[&image[..], &["--base-image", "oci:other:1"]].concat()).stderr;
    assert!(said.contains("linux/amd64 is not built on oci:other:1"), "{said}");
    gate(&sandbox, &[&image[..], &["--base-layers", "9"]].concat()).expect(2);
    gate(
        &sandbox,
        &["trivy.json", "--image", "acme/app", "--base-layers", "1"],
    )
    .expect(2);
}

/// A policy with a module of Rego in a file.
fn rego_policy(sandbox: &Sandbox) {
    sandbox.write(
        "policies/own.toml",
        "schema_version = 1\n[[rule]]\nid = \"rego\"\nname = \"few\"\nfile = \"modules/few.rego\"\n",
    );
    sandbox.write(
        "policies/modules/few.rego",
        "package sealift\nimport rego.v1\ndeny contains \"too many\" if count(input.findings) > 1\n",
    );
}

#[cfg(feature = "rego")]
#[test]
fn a_module_is_read_beside_its_policy() {
    let sandbox = sandbox();
    rego_policy(&sandbox);
    let run = |report: &str| {
        sandbox.run([
            "gate",
            report,
            "--policy",
            "policies/own.toml",
            "--as-of",
            NOW,
            "--format",
            "json",
        ])
    };
    let json = run("trivy.json").expect(10).json();
    assert_eq!(json["rules"][0]["violations"][0]["message"], "too many");
    std::fs::remove_file(sandbox.path("policies/modules/few.rego")).unwrap();
    let ran = run("trivy.json").expect(1);
    assert!(ran.stderr.contains("few.rego"), "{}", ran.stderr);
}

#[cfg(not(feature = "rego"))]
#[test]
fn a_build_without_rego_says_so() {
    let sandbox = sandbox();
    rego_policy(&sandbox);
    let ran = sandbox
        .run(["gate", "trivy.json", "--policy", "policies/own.toml"])
        .expect(2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("\"few\" in Rego"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--features rego"), "{}", ran.stderr);
}

#[test]
fn a_misspelt_rule_is_recognised() {
    let said = Sandbox::new()
        .run(["gate", "explain", "severity-treshold"])
        .expect(2)
        .stderr;
    assert!(said.contains("did you mean `severity-threshold`?"), "{said}");
    let said = Sandbox::new().run(["gate", "explain", "purple"]).expect(2).stderr;
    assert!(!said.contains("did you mean"), "{said}");
}
