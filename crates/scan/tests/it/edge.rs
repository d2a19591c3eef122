//! Damaged and odd reports: each is recovered from with a warning, or refused with a typed error. None of them
//! loses a finding or passes as "nothing found" in silence.
//!
//! The shapes are defects seen in the wild; the texts are made here.

use std::io::Write;

use sealift_scan::{ReadOptions, parse};
use sealift_types::{FindingSet, FixState, Severity, SuppressionStatus};
use serde_json::{Value, json};

/// What becomes of a report.
pub(crate) enum Outcome {
    /// Rows that are reported, and the codes of the warnings.
    Read(u64, &'static [&'static str]),
    /// The code of the error.
    Refused(&'static str),
}
use Outcome::{Read, Refused};

fn rule() -> Value {
    json!({
        "id": "CVE-2030-1", "name": "OsPackageVulnerability", "shortDescription": {"text": "title"},
        "properties": {"tags": ["vulnerability", "security", "HIGH"], "security-severity": "7.5"}
    })
}

fn result() -> Value {
    json!({
        "ruleId": "CVE-2030-1", "ruleIndex": 0, "level": "error",
        "message": {"text": "Package: tool\nInstalled Version: 1.2\nVulnerability CVE-2030-1\nSeverity: HIGH\nFixed Version: 1.3\nLink: [x](y)"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "library/app"}, "region": {"startLine": 1}}}]
    })
}

fn run() -> Value {
    json!({"tool": {"driver": {"name": "Trivy", "version": "0.58.1", "rules": [rule()]}}, "results": [result()]})
}

fn log() -> Value {
    json!({"version": "2.1.0", "$schema": "https://example.test/sarif-2.1.0.json", "runs": [run()]})
}

/// The log with the value at a JSON pointer replaced; the last step may be new.
fn with(pointer: &str, value: Value) -> Vec<u8> {
    let mut log = log();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match log.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        object => object[key] = value,
    }
    text(&log)
}

fn without(parent: &str, key: &str) -> Vec<u8> {
    let mut log = log();
    log.pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove(key);
    text(&log)
}

fn text(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).unwrap()
}

fn replaced(from: &str, to: &[u8]) -> Vec<u8> {
    let log = text(&log());
    let mut out = Vec::new();
    let mut rest = &log[..];
    while let Some(at) = rest
        .windows(from.len())
        .position(|window| window == from.as_bytes())
    {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn utf16(order: fn(u16) -> [u8; 2], mark: &[u8]) -> Vec<u8> {
    let log = String::from_utf8(text(&log())).unwrap();
    mark.iter()
        .copied()
        .chain(log.encode_utf16().flat_map(order))
        .collect()
}

const RESULT: &str = "/runs/0/results/0";
const SCORE: &str = "/runs/0/tool/driver/rules/0/properties/security-severity";

/// Every case, with what must become of it.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn cases() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    let ok = text(&log());
    let at = |key: &str| format!("{RESULT}/{key}");
    let many: Vec<Value> = (0..2427)
        .map(|n| json!({"physicalLocation": {"artifactLocation": {"uri": format!("/usr/lib/{n}")}}}))
        .collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&ok).unwrap();
    let deep = [
        br#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[],"properties":{"a":"#
            .to_vec(),
        vec![b'['; 100_000],
        vec![b']'; 100_000],
        b"}}]}".to_vec(),
    ]
    .concat();
    let runs = |runs: Vec<Value>| text(&json!({"version": "2.1.0", "runs": runs}));
    let category = |id: &str| {
        let mut run = run();
        run["automationDetails"] = json!({"id": id});
        run
    };
    let suppressed = |suppression: Value| with(&at("suppressions"), json!([suppression]));
    let score = |value: Value| with(SCORE, value);
    let message = |text: &str| with(&at("message"), json!({ "text": text }));
    let no_rule_id = {
        let mut log = log();
        let result = log.pointer_mut(RESULT).unwrap().as_object_mut().unwrap();
        result.remove("ruleId");
        result.remove("ruleIndex");
        result.insert("rule".to_owned(), json!({"id": "CVE-2030-1", "index": 0}));
        text(&log)
    };
    let extension = {
        let mut result = result();
        result["rule"] = json!({"id": "CVE-2030-1", "index": 0, "toolComponent": {"index": 0}});
        runs(vec![json!({
            "tool": {"driver": {"name": "CodeQL"}, "extensions": [{"name": "pack", "rules": [rule()]}]},
            "results": [result]
        })])
    };
    let baselines = ["absent", "new", "unchanged"].map(|state| {
        let mut result = result();
        result["baselineState"] = json!(state);
        result
    });
    let mut other_rule = rule();
    other_rule["properties"] = json!({"security-severity": "2.0"});
    let mut message_rule = rule();
    message_rule["messageStrings"] = json!({"default": {"text": "pkg {0} ver {1} {{x}}"}});
    let mut message_log = log();
    message_log["runs"][0]["tool"]["driver"]["rules"][0] = message_rule;
    message_log["runs"][0]["results"][0]["message"] = json!({"id": "default", "arguments": ["a", "b"]});
    let mut level_log = log();
    level_log["runs"][0]["tool"]["driver"]["rules"][0]["defaultConfiguration"] = json!({"level": "note"});
    level_log["runs"][0]["results"][0]
        .as_object_mut()
        .unwrap()
        .remove("level");
    let no_index = {
        let mut log = log();
        log["runs"][0]["tool"]["driver"]["rules"] = json!([]);
        log["runs"][0]["results"][0]
            .as_object_mut()
            .unwrap()
            .remove("ruleIndex");
        text(&log)
    };
    let tags: Vec<String> = (0..21).map(|n| format!("t{n}")).collect();
    vec![
        ("utf8_bom", [b"\xef\xbb\xbf".to_vec(), ok.clone()].concat(), Read(1, &["byte-order-mark"])),
        ("utf16le_bom", utf16(u16::to_le_bytes, b"\xff\xfe"), Read(1, &["utf16"])),
        ("utf16be_bom", utf16(u16::to_be_bytes, b"\xfe\xff"), Read(1, &["utf16"])),
        ("utf16le_nobom", utf16(u16::to_le_bytes, b""), Read(1, &["utf16"])),
        ("crlf", replaced("\n", b"\r\n"), Read(1, &[])),
        ("empty", Vec::new(), Refused("empty")),
        ("whitespace", b" \n\t\n".to_vec(), Refused("empty")),
        ("null", b"null".to_vec(), Refused("empty")),
        ("truncated", ok[..ok.len() * 2 / 3].to_vec(), Refused("truncated")),
        (
            "trailing_text_scout78",
            [ok.clone(), b"\n\nWhat's Next?\n  View recommendations -> tool x\n".to_vec()].concat(),
            Read(1, &["trailing-text"]),
        ),
        (
            "overwrite_tail_scout48",
            [ok.clone(), ok[ok.len() - 400..].to_vec()].concat(),
            Read(1, &["trailing-text"]),
        ),
        (
            "leading_log_lines",
            [b"2030-01-01T00:00:00Z\tINFO\tscanning\n".to_vec(), ok.clone()].concat(),
            Read(1, &["leading-text"]),
        ),
        (
            "concatenated_two_logs",
            [ok.clone(), b"\n".to_vec(), ok.clone()].concat(),
            Read(2, &["concatenated-logs"]),
        ),
        ("gzipped", gzip.finish().unwrap(), Read(1, &["gzip"])),
        ("nul_bytes", replaced("tool\\n", b"to\\u0000ol\\n"), Read(1, &[])),
        ("lone_surrogate", replaced("tool\\n", b"to\\ud83dol\\n"), Read(1, &["lone-surrogate"])),
        ("invalid_utf8", replaced("tool\\n", b"to\xff\xfeol\\n"), Read(1, &["invalid-utf8"])),
        (
            "dup_keys",
            replaced("\"level\": \"error\"", b"\"level\": \"note\", \"level\": \"error\""),
            Read(1, &["duplicate-keys"]),
        ),
        ("deep_nesting_100k", deep, Read(0, &[])),
        ("nan_number", replaced("\"ruleIndex\": 0", b"\"ruleIndex\": NaN"), Refused("syntax")),
        ("version_numeric", with("/version", json!(2.1)), Read(1, &["version-invalid"])),
        ("version_missing", without("", "version"), Read(1, &["version-missing"])),
        ("version_1_empty", br#"{"version":"1","runs":[]}"#.to_vec(), Refused("unsupported")),
        ("runs_null", with("/runs", Value::Null), Refused("no-runs")),
        ("runs_object", with("/runs", json!({})), Refused("shape")),
        ("runs_empty", with("/runs", json!([])), Refused("no-runs")),
        (
            "run_without_tool",
            runs(vec![json!({"results": [result()]})]),
            Read(1, &["tool-absent", "rule-index-invalid"]),
        ),
        ("results_null", with("/runs/0/results", Value::Null), Read(0, &["results-absent"])),
        ("results_absent", without("/runs/0", "results"), Read(0, &["results-absent"])),
        ("results_int", with("/runs/0/results", json!(42)), Refused("shape")),
        (
            "rules_null",
            with("/runs/0/tool/driver/rules", Value::Null),
            Read(1, &["rule-index-invalid"]),
        ),
        ("rules_absent_no_index", no_index, Read(1, &[])),
        ("rule_index_out_of_range", with(&at("ruleIndex"), json!(99)), Read(1, &["rule-index-invalid"])),
        ("rule_index_negative", with(&at("ruleIndex"), json!(-1)), Read(1, &[])),
        (
            "rule_index_conflicts_with_id",
            with(&at("ruleId"), json!("CVE-2030-9999")),
            Read(1, &["rule-index-conflict"]),
        ),
        ("rule_via_reference", no_rule_id, Read(1, &[])),
        ("rules_in_extension", extension, Read(1, &[])),
        (
            "rules_duplicate_ids",
            with("/runs/0/tool/driver/rules", json!([rule(), other_rule])),
            Read(1, &["duplicate-rule-ids"]),
        ),
        (
            "results_before_tool",
            format!(
                r#"{{"version":"2.1.0","runs":[{{"results":[{}],"tool":{{"driver":{{"name":"Trivy","rules":[{}]}}}}}}]}}"#,
                result(),
                rule()
            )
            .into_bytes(),
            Read(1, &[]),
        ),
        ("security_severity_null_string", score(json!("null")), Read(1, &["security-severity-invalid"])),
        ("security_severity_undefined", score(json!("undefined")), Read(1, &["security-severity-invalid"])),
        ("security_severity_number", score(json!(7.5)), Read(1, &[])),
        ("security_severity_empty", score(json!("")), Read(1, &["security-severity-invalid"])),
        ("security_severity_over10", score(json!("11.0")), Read(1, &["security-severity-invalid"])),
        ("security_severity_negative", score(json!("-1")), Read(1, &["security-severity-invalid"])),
        ("security_severity_nullvalue", score(Value::Null), Read(1, &[])),
        ("level_missing", text(&level_log), Read(1, &[])),
        ("level_none", with(&at("level"), json!("none")), Read(1, &[])),
        ("level_bogus", with(&at("level"), json!("critical")), Read(1, &["level-unknown"])),
        ("kind_pass", with(&at("kind"), json!("pass")), Read(0, &[])),
        ("no_locations_dockle", with(&at("locations"), json!([])), Read(1, &[])),
        ("locations_2427_scout", with(&at("locations"), json!(many)), Read(1, &["locations-truncated"])),
        (
            "uri_colon",
            with(&at("locations/0/physicalLocation/artifactLocation/uri"), json!("alpine:3 (alpine 3.1)")),
            Read(1, &[]),
        ),
        (
            "uri_windows",
            with(&at("locations/0/physicalLocation/artifactLocation/uri"), json!("C:\\app\\x y.dll")),
            Read(1, &[]),
        ),
        (
            "suppressed_accepted",
            suppressed(json!({"kind": "external", "status": "accepted", "justification": "x",
                "properties": {"expiration": "2020-01-01T00:00:00Z"}})),
            Read(1, &[]),
        ),
        ("suppressed_rejected", suppressed(json!({"kind": "external", "status": "rejected"})), Read(1, &[])),
        ("suppressed_no_status", suppressed(json!({"kind": "inSource"})), Read(1, &[])),
        ("suppressions_empty", with(&at("suppressions"), json!([])), Read(1, &[])),
        ("baseline_absent", with("/runs/0/results", json!(baselines)), Read(2, &[])),
        ("runs_21", runs(vec![run(); 21]), Read(21, &[])),
        ("runs_same_category", runs(vec![category("a/b/1"), category("a/b/2")]), Read(2, &[])),
        (
            "tags_21",
            with("/runs/0/tool/driver/rules/0/properties/tags", json!(tags)),
            Read(1, &[]),
        ),
        (
            "huge_string_8mb",
            with("/runs/0/tool/driver/rules/0/help", json!({"text": "A".repeat(8_000_000)})),
            Read(1, &[]),
        ),
        ("terminal_escape", replaced("tool\\n", b"\\u001b[31mtool\\u001b[0m\\u202e\\n"), Read(1, &[])),
        ("markdown_injection", replaced("tool\\n", b"tool](http://evil.test)|<img src=x>\\n"), Read(1, &[])),
        (
            "external_properties",
            text(&json!({"version": "2.1.0", "runs": [{
                "tool": {"driver": {"name": "Trivy", "rules": [rule()]}},
                "externalPropertyFileReferences": {"results": [{"location": {"uri": "results.json"}}]}
            }]})),
            Refused("external-results"),
        ),
        (
            "trivy_message_crlf",
            message("Package: tool\r\nInstalled Version: 1.2\r\nSeverity: HIGH\r\nFixed Version: \r\n"),
            Read(1, &[]),
        ),
        (
            "trivy_pkg_with_newline",
            message(
                "Package: evil\nSeverity: LOW\nInstalled Version: 1\nVulnerability CVE-2030-1\nSeverity: CRITICAL\nFixed Version: \nLink: x",
            ),
            Read(1, &["ambiguous-message"]),
        ),
        ("message_id_args", text(&message_log), Read(1, &[])),
    ]
}

fn bytes_of(name: &str) -> Vec<u8> {
    cases().into_iter().find(|case| case.0 == name).unwrap().1
}

fn set_of(name: &str) -> FindingSet {
    parse(&bytes_of(name), &ReadOptions::default()).unwrap()
}

#[test]
fn each_odd_report_is_recovered_or_refused() {
    let cases = cases();
    assert_eq!(cases.len(), 69);
    for (name, bytes, outcome) in cases {
        let parsed = parse(&bytes, &ReadOptions::default());
        match (parsed, outcome) {
            (Ok(set), Read(rows, codes)) => {
                let reported: u64 = set.reports.iter().map(|report| report.accounting.reported).sum();
                let stated: u64 = set
                    .findings
                    .iter()
                    .flat_map(|finding| &finding.statements)
                    .map(|statement| u64::from(statement.rows))
                    .sum();
                assert_eq!((reported, stated), (rows, rows), "{name}");
                let mut found: Vec<&str> = set
                    .reports
                    .iter()
                    .flat_map(|report| &report.warnings)
                    .map(|warning| warning.code.as_str())
                    .collect();
                found.sort_unstable();
                let mut codes = codes.to_vec();
                codes.sort_unstable();
                assert_eq!(found, codes, "{name}");
                assert!(
                    set.reports.iter().all(|report| report.accounting.is_balanced()),
                    "{name}"
                );
            }
            (Err(error), Refused(code)) => {
                assert_eq!(error.code(), code, "{name}: {error}");
                assert!(!error.help().is_empty());
            }
            (Ok(set), Refused(code)) => panic!("{name}: read, but expected {code}: {:?}", set.reports),
            (Err(error), Read(..)) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn what_is_recovered_is_right() {
    let statement = |name: &str| set_of(name).findings[0].statements[0].clone();
    for name in [
        "crlf",
        "utf16le_nobom",
        "rule_via_reference",
        "results_before_tool",
        "gzipped",
    ] {
        let set = set_of(name);
        let finding = &set.findings[0];
        let package = finding.package.as_ref().unwrap();
        assert_eq!(
            (package.name.as_str(), package.version.as_deref()),
            ("tool", Some("1.2")),
            "{name}"
        );
        assert_eq!(finding.statements[0].fix.versions, ["1.3"], "{name}");
        assert_eq!(finding.title.as_deref(), Some("title"), "{name}");
    }
    assert_eq!(
        set_of("rule_index_conflicts_with_id").findings[0].id,
        "CVE-2030-9999"
    );
    assert_eq!(statement("trivy_pkg_with_newline").severity, Severity::Critical);
    assert_eq!(statement("trivy_message_crlf").fix.state, FixState::NotFixed);
    let many = statement("locations_2427_scout");
    assert_eq!((many.locations.len(), many.locations_total), (100, 2427));
    let accepted = statement("suppressed_accepted").suppression.unwrap();
    assert_eq!(accepted.status, SuppressionStatus::Accepted);
    assert!(accepted.expires.is_some());
    assert_eq!(
        statement("suppressed_rejected").suppression.unwrap().status,
        SuppressionStatus::Rejected
    );
    assert_eq!(
        statement("suppressed_no_status").suppression.unwrap().status,
        SuppressionStatus::Accepted
    );
    assert_eq!(statement("suppressions_empty").suppression, None);
    for (name, reason) in [
        ("kind_pass", "passed check"),
        ("baseline_absent", "absent in baseline"),
    ] {
        assert_eq!(set_of(name).reports[0].accounting.explained[0].reason, reason);
    }
}
