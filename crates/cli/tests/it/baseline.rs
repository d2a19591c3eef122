//! A baseline takes findings out of the count, so every verdict names it.

use sealift_types::Severity;

use crate::support::{NOW, Sandbox, fixed, unfixed};

const NEW_ONLY: &str = r#"
schema_version = 1

[[rule]]
id = "severity-threshold"
severity = "high"
new_only = true
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.image(&[fixed(Severity::Critical)]);
    std::fs::copy(sandbox.path("trivy.json"), sandbox.path("earlier.json")).unwrap();
    sandbox.image(&[fixed(Severity::Critical), unfixed(Severity::Low)]);
    sandbox.write("policy.toml", NEW_ONLY);
    sandbox
}

fn gate(sandbox: &Sandbox, baseline: &str, format: &str, code: u8) -> String {
    let base = [
        "gate",
        "trivy.json",
        "--policy",
        "policy.toml",
        "--as-of",
        NOW,
        "--image",
        "oci:source:app",
    ];
    let rest = ["--baseline", baseline, "--format", format];
    sandbox.run(base.iter().chain(&rest)).expect(code).stdout
}

#[test]
fn what_a_baseline_excused_is_said() {
    let sandbox = sandbox();
    for format in ["text", "markdown"] {
        let said = gate(&sandbox, "earlier.json", format, 0);
        assert!(
            said.contains("earlier.json") && said.contains("1 not counted as not new"),
            "{said}"
        );
    }
    let json: serde_json::Value = serde_json::from_str(&gate(&sandbox, "earlier.json", "json", 0)).unwrap();
    assert_eq!(json["baseline"]["not_counted"], 1);
}

#[test]
fn a_report_is_no_baseline_of_itself() {
    let said = gate(&sandbox(), "trivy.json", "text", 10);
    assert!(said.contains("does not count, every finding is new"), "{said}");
}
