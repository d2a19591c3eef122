//! What a GitHub workflow gets.

use sealift_types::Severity;

use crate::support::{NOW, POLICY, Sandbox, fixed};

fn sandbox(count: usize) -> Sandbox {
    let mut sandbox = Sandbox::new();
    let flaws: Vec<_> = (0..count)
        .flat_map(|number| {
            [(Severity::High, "1"), (Severity::Medium, "2")].map(|(severity, prefix)| {
                let mut flaw = fixed(severity);
                flaw.cve = format!("CVE-2026-{prefix}{number:05}");
                flaw
            })
        })
        .collect();
    sandbox.image(&flaws);
    sandbox.write("policy.toml", POLICY);
    let (summary, outputs) = (sandbox.path("summary.md"), sandbox.path("outputs.txt"));
    sandbox
        .set("GITHUB_STEP_SUMMARY", summary)
        .set("GITHUB_OUTPUT", outputs);
    sandbox
}

/// Outputs as the runner reads them.
fn outputs(text: &str) -> Vec<(String, String)> {
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let (name, delimiter) = line.split_once("<<").unwrap();
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
        found.push((name.to_owned(), value.join("\n")));
    }
    found
}

fn count(text: &str, start: &str) -> usize {
    text.lines().filter(|line| line.starts_with(start)).count()
}

#[test]
fn at_most_ten_annotations_of_a_level_and_the_rest_counted() {
    let sandbox = sandbox(15);
    let out = sandbox
        .run(["scan", "--format", "github", "trivy.json"])
        .expect(0)
        .stdout;
    assert_eq!(
        (
            count(&out, "::error "),
            count(&out, "::warning "),
            count(&out, "::notice ")
        ),
        (10, 10, 1)
    );
    assert_eq!(out.lines().count(), 21);
    assert!(out.contains("5 more errors not annotated"), "{out}");
}

#[test]
fn summary_and_outputs_of_a_scan() {
    let sandbox = sandbox(2);
    sandbox.write("summary.md", "# Before\n");
    sandbox
        .run(["scan", "--format", "github", "trivy.json"])
        .expect(0);
    let summary = sandbox.read("summary.md");
    assert!(summary.starts_with("# Before\n## Scan"), "{summary}");
    let values = outputs(&sandbox.read("outputs.txt"));
    for (name, value) in [
        ("findings", "4"),
        ("high", "2"),
        ("medium", "2"),
        ("critical", "0"),
        ("unreadable", "0"),
    ] {
        assert!(
            values.contains(&(name.to_owned(), value.to_owned())),
            "{name}: {values:?}"
        );
    }
}

#[test]
fn summary_and_outputs_of_a_verdict() {
    let sandbox = sandbox(15);
    let out = sandbox
        .run([
            "gate",
            "--format",
            "github",
            "trivy.json",
            "--policy",
            "policy.toml",
            "--image",
            "oci:source:app",
            "--as-of",
            NOW,
        ])
        .expect(10)
        .stdout;
    assert_eq!(count(&out, "::error "), 10, "{out}");
    assert!(sandbox.read("summary.md").contains("DENIED"));
    let values = outputs(&sandbox.read("outputs.txt"));
    assert_eq!(values[0], ("verdict".to_owned(), "deny".to_owned()));
    assert!(values[1].1.starts_with("sha256:"), "{values:?}");
    assert!(
        values.contains(&("denied".to_owned(), "severity-threshold".to_owned())),
        "{values:?}"
    );
}

#[test]
fn a_shipped_image() {
    let sandbox = sandbox(0);
    sandbox
        .run([
            "ship",
            "oci:source:app",
            "oci:target:1",
            "--format",
            "github",
            "--report",
            "trivy.json",
            "--policy",
            "policy.toml",
            "--as-of",
            NOW,
        ])
        .expect(0);
    let values = outputs(&sandbox.read("outputs.txt"));
    for (name, value) in [("verdict", "pass"), ("shipped", "true"), ("tags", "1")] {
        assert!(
            values.contains(&(name.to_owned(), value.to_owned())),
            "{name}: {values:?}"
        );
    }
}

#[test]
fn a_summary_holds_at_most_a_mebibyte() {
    let sandbox = sandbox(6_000);
    sandbox
        .run(["scan", "--format", "github", "trivy.json"])
        .expect(0);
    let summary = sandbox.read("summary.md");
    assert!(summary.len() <= 1 << 20, "{}", summary.len());
    assert!(summary.contains("are not shown"), "no word about the rest");
}
