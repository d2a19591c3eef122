//! `sealift scan`: what is printed, filtered, compared.

use sealift_types::Severity;
use serde_json::Value;

use crate::support::{Sandbox, fixed, unfixed};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.image(&[fixed(Severity::Critical), unfixed(Severity::Low)]);
    sandbox
}

#[test]
fn two_scanners_side_by_side() {
    insta::assert_snapshot!(sandbox().run(["scan", "trivy.json", "grype.json"]).expect(0).stdout, @r#"
    SEVERITY  ID             PACKAGE   INSTALLED  FIXED     GRYPE     TRIVY
    critical  CVE-2026-1001  libssl3   3.0.1-1    3.0.2-1   critical  critical
    low       CVE-2026-1002  left-pad  1.0.0      none yet  low       low

    2 findings (1 critical, 1 low) in 2 reports, 1 fixable
    "#);
}

#[test]
fn one_scanner_with_titles() {
    insta::assert_snapshot!(sandbox().run(["scan", "trivy.json"]).expect(0).stdout, @r#"
    SEVERITY  ID             PACKAGE   INSTALLED  FIXED     TITLE
    critical  CVE-2026-1001  libssl3   3.0.1-1    3.0.2-1   openssl: a made-up flaw
    low       CVE-2026-1002  left-pad  1.0.0      none yet  left-pad: a made-up flaw

    2 findings (1 critical, 1 low) in 1 report, 1 fixable
    "#);
}

#[test]
fn summary_by_severity() {
    insta::assert_snapshot!(sandbox().run(["scan", "--summary", "trivy.json", "grype.json"]).expect(0).stdout, @r#"
    REPORT      SCANNER  KIND           CRITICAL  HIGH  MEDIUM  LOW  NEGLIGIBLE  UNKNOWN  TOTAL  FIXABLE  ROWS
    grype.json  grype    vulnerability  1         0     0       1    0           0        2      1        2
    trivy.json  trivy    vulnerability  1         0     0       1    0           0        2      1        2
    merged               vulnerability  1         0     0       1    0           0        2      1        4
    "#);
}

#[test]
fn a_streamed_summary_counts_the_same() {
    let sandbox = sandbox();
    let counts = |arguments: &[&str]| {
        let json = sandbox
            .run(["scan", "--summary", "--format", "json"].iter().chain(arguments))
            .expect(0)
            .json();
        (json["reports"][0]["counts"].clone(), json["merged"].clone())
    };
    let (memory, merged) = counts(&["trivy.json"]);
    assert_eq!(memory["vulnerability"]["critical"]["unique"], 1);
    assert_eq!(counts(&["--low-memory", "trivy.json"]), (memory.clone(), merged));
    assert_eq!(
        counts(&["--low-memory", "trivy.json", "grype.json"]),
        (memory, Value::Null)
    );
}

#[test]
fn json_is_read_back() {
    let sandbox = sandbox();
    let first = sandbox
        .run(["scan", "--format", "json", "trivy.json", "grype.json"])
        .expect(0);
    sandbox.write("merged.json", &first.stdout);
    let again = sandbox
        .run(["scan", "--format", "json", "merged.json"])
        .expect(0)
        .json();
    assert_eq!(again["findings"], first.json()["findings"]);
    assert_eq!(again["summary"], first.json()["summary"]);
    let with_more = sandbox
        .run(["scan", "--format", "json", "merged.json", "grype.json"])
        .expect(0)
        .json();
    assert_eq!(
        with_more["summary"]["findings"],
        first.json()["summary"]["findings"]
    );
}

#[test]
fn filters_say_what_they_leave_out() {
    let sandbox = sandbox();
    let check = |arguments: &[&str], findings: u64, hidden: u64| {
        let json = sandbox
            .run(
                ["scan", "--format", "json", "trivy.json", "grype.json"]
                    .iter()
                    .chain(arguments),
            )
            .expect(0)
            .json();
        assert_eq!(json["summary"]["findings"], findings, "{arguments:?}");
        assert_eq!(json["summary"]["hidden"], hidden, "{arguments:?}");
        for report in json["reports"].as_array().unwrap() {
            let rows = &report["accounting"];
            let explained: u64 = rows["explained"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|each| each["count"].as_u64().unwrap())
                .sum();
            assert_eq!(
                rows["read"].as_u64().unwrap(),
                rows["reported"].as_u64().unwrap() + explained
            );
        }
    };
    check(&[], 2, 0);
    check(&["--min-severity", "high"], 1, 1);
    check(&["--fixable"], 1, 1);
    check(&["--kind", "secret,license"], 0, 2);
    check(&["--kind", "vulnerability"], 2, 0);
    check(&["--scanner", "snyk"], 0, 2);
    check(&["--scanner", "grype"], 2, 0);
    let text = sandbox.run(["scan", "--fixable", "trivy.json"]).expect(0).stdout;
    assert!(text.contains("1 left out by filters"), "{text}");
}

#[test]
fn a_baseline_tells_new_unchanged_and_fixed() {
    let before = Sandbox::new();
    before.image(&[fixed(Severity::High)]);
    let now = Sandbox::new();
    now.image(&[unfixed(Severity::Medium)]);
    now.write("before.json", before.read("trivy.json"));
    let json = now
        .run([
            "scan",
            "--format",
            "json",
            "--baseline",
            "before.json",
            "trivy.json",
        ])
        .expect(0)
        .json();
    let comparison = &json["comparison"];
    assert_eq!(
        (&comparison["new"], &comparison["unchanged"]),
        (&Value::from(1), &Value::from(0))
    );
    assert_eq!(comparison["fixed"][0]["id"], "CVE-2026-1001");
    assert_eq!(json["findings"][0]["baseline"], "new");
    let text = now
        .run(["scan", "--baseline", "before.json", "trivy.json"])
        .expect(0)
        .stdout;
    assert!(text.contains("1 new, 0 unchanged, 1 fixed"), "{text}");
    assert!(text.contains("Fixed since the baseline"), "{text}");
    let same = now
        .run(["scan", "--baseline", "trivy.json", "trivy.json"])
        .expect(0)
        .stdout;
    assert!(same.contains("0 new, 1 unchanged, 0 fixed"), "{same}");
}

#[test]
fn a_missing_baseline_fails() {
    let ran = sandbox()
        .run(["scan", "--baseline", "missing.json", "trivy.json"])
        .expect(1);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("missing.json"), "{}", ran.stderr);
}

#[test]
fn standard_input_and_an_output_file() {
    let sandbox = sandbox();
    let report = sandbox.read("trivy.json");
    let ran = sandbox.run_with_input(["scan", "-", "--format", "json", "--output", "out.json"], &report);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    let json: Value = serde_json::from_str(&sandbox.read("out.json")).unwrap();
    assert_eq!(json["reports"][0]["source"], "-");
}

#[test]
fn options_come_from_the_environment_too() {
    let mut sandbox = sandbox();
    sandbox
        .set("SEALIFT_REPORTS", "trivy.json\ngrype.json")
        .set("SEALIFT_FORMAT", "json")
        .set("SEALIFT_MIN_SEVERITY", "")
        .set("SEALIFT_BASELINE", "");
    assert_eq!(
        sandbox.run(["scan"]).expect(0).json()["reports"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn same_input_same_bytes_in_any_order_of_files() {
    let sandbox = sandbox();
    for format in ["text", "json", "markdown", "sarif", "junit"] {
        let run = |files: [&str; 2]| {
            sandbox
                .run(["scan", "--format", format].iter().chain(&files))
                .expect(0)
                .stdout
        };
        assert_eq!(
            run(["trivy.json", "grype.json"]),
            run(["grype.json", "trivy.json"]),
            "{format}"
        );
    }
}

#[test]
fn colour_only_where_asked_for() {
    let mut sandbox = sandbox();
    assert!(!sandbox.run(["scan", "trivy.json"]).stdout.contains('\u{1b}'));
    assert!(
        sandbox
            .run(["scan", "--color", "always", "trivy.json"])
            .stdout
            .contains("\u{1b}[1;31mcritical")
    );
    sandbox.set("NO_COLOR", "1");
    assert!(!sandbox.run(["scan", "trivy.json"]).stdout.contains('\u{1b}'));
}

#[test]
fn quiet_keeps_errors_and_drops_warnings() {
    let sandbox = sandbox();
    sandbox.write("bom.json", format!("\u{feff}{}", sandbox.read("trivy.json")));
    let loud = sandbox.run(["scan", "bom.json"]).expect(0).stderr;
    assert!(loud.contains("warning: bom.json"), "{loud}");
    assert_eq!(sandbox.run(["scan", "--quiet", "bom.json"]).expect(0).stderr, "");
    assert!(
        sandbox
            .run(["scan", "--quiet", "missing.json"])
            .expect(1)
            .stderr
            .contains("error: ")
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::Read as _;
    use std::process::{Command, Stdio};
    let sandbox = Sandbox::new();
    let flaws: Vec<_> = (0..5_000)
        .map(|number| {
            let mut flaw = fixed(Severity::Low);
            flaw.cve = format!("CVE-2026-{number:05}");
            flaw
        })
        .collect();
    sandbox.image(&flaws);
    let mut child = Command::new(env!("CARGO_BIN_EXE_sealift"))
        .args(["scan", "trivy.json"])
        .env_clear()
        .current_dir(sandbox.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 8];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
