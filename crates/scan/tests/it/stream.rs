//! A report means the same in memory and as a stream: findings, warnings, digests and errors.

use std::io::Read;

use sealift_scan::{ReadOptions, Summarizer, Summary, parse, parse_reader, read};
use sealift_types::{FindingSet, Warning};

use crate::edge;

/// One report of each format that is read.
const REPORTS: [(&str, &str); 8] = [
    ("trivy v1", include_str!("../data/native/trivy-v1.json")),
    ("trivy v2", include_str!("../data/native/trivy-v2.json")),
    ("grype", include_str!("../data/native/grype.json")),
    ("snyk", include_str!("../data/native/snyk-container.json")),
    ("snyk iac", include_str!("../data/native/snyk-iac.json")),
    ("osv", include_str!("../data/native/osv.json")),
    ("gitlab", include_str!("../data/native/gitlab.json")),
    ("sarif", SARIF),
];

const SARIF: &str =
    r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"ruleId":"CVE-2030-1"}]}]}"#;

/// Gives a few bytes at a time, as a pipe may.
struct Drops<'a>(&'a [u8]);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(4_093);
        let (given, rest) = self.0.split_at(count);
        buffer[..count].copy_from_slice(given);
        self.0 = rest;
        Ok(count)
    }
}

/// Reads in every way; they must agree.
fn everyway(name: &str, bytes: &[u8]) -> Result<FindingSet, String> {
    let options = ReadOptions::default();
    let outcome = parse(bytes, &options).map_err(|error| format!("{} {error}", error.code()));
    for streamed in [
        parse_reader(bytes, &options),
        parse_reader(Drops(bytes), &options),
    ] {
        let streamed = streamed.map_err(|error| format!("{} {error}", error.code()));
        match (&outcome, &streamed) {
            (Err(whole), Err(streamed)) => assert_eq!(no_column(whole), no_column(streamed), "{name}"),
            _ => assert_eq!(outcome, streamed, "{name}"),
        }
    }
    let mut summarizer = Summarizer::default();
    let streamed = read(bytes, &options, &mut summarizer);
    match (&outcome, streamed) {
        (Ok(set), Ok(input)) => {
            assert_eq!(input.bytes, bytes.len() as u64, "{name}");
            let mut counted = summarizer.finish();
            for entry in &mut counted.reports {
                entry.report.digest = entry.report.digest.take().or_else(|| input.digest.clone());
            }
            assert_eq!(
                in_order(sealift_scan::summarize(set)),
                in_order(counted),
                "{name}"
            );
        }
        (Err(whole), Err(error)) => {
            let text = error.to_string();
            let streamed = format!("{} {text}", error.code());
            assert_eq!(no_column(whole), no_column(&streamed), "{name}");
            assert!(
                !text.contains("line 0") && !text.contains("column 0"),
                "{name}: {text}"
            );
        }
        (whole, streamed) => panic!("{name}: {whole:?} but {streamed:?}"),
    }
    outcome
}

/// A parser that reads a stream may be one byte further when it finds an error.
fn no_column(error: &str) -> String {
    let (start, rest) = error.split_once(" column ").unwrap_or((error, ""));
    format!("{start}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// A set's reports are in an order of their own; a stream's are as they come, and the last has the file's warnings.
fn in_order(summary: Summary) -> (Vec<String>, Vec<Warning>) {
    let mut warnings = Vec::new();
    let mut reports = Vec::new();
    for mut entry in summary.reports {
        warnings.append(&mut entry.report.warnings);
        reports.push(format!("{entry:?}"));
    }
    reports.sort();
    warnings.sort_by(|a, b| (&a.code, &a.message).cmp(&(&b.code, &b.message)));
    (reports, warnings)
}

fn codes(set: &FindingSet) -> Vec<&str> {
    let warnings = set.reports.iter().flat_map(|report| &report.warnings);
    warnings.map(|warning| warning.code.as_str()).collect()
}

#[test]
fn odd_reports() {
    for (name, bytes, _) in edge::cases() {
        // Whether it is read at all is the other test's matter.
        let _ = everyway(name, &bytes);
    }
}

#[test]
fn every_report_after_every_other() {
    for (first, before) in REPORTS {
        for (second, after) in REPORTS {
            for between in ["", "\n", "\r\n \n"] {
                let name = format!("{first}, then {second} after {between:?}");
                let set = everyway(&name, format!("{before}{between}{after}").as_bytes()).unwrap();
                let alone = [before, after].map(|text| everyway(&name, text.as_bytes()).unwrap());
                let count = |of: fn(&FindingSet) -> usize| alone.iter().map(of).sum::<usize>();
                assert_eq!(set.reports.len(), count(|set| set.reports.len()), "{name}");
                assert_eq!(set.findings.len(), count(|set| set.findings.len()), "{name}");
                let concatenated = codes(&set)
                    .iter()
                    .filter(|code| **code == "concatenated-logs")
                    .count();
                assert_eq!(concatenated, 1, "{name}");
            }
        }
    }
}

#[test]
fn a_set_of_ours_after_another() {
    let set = parse(REPORTS[2].1.as_bytes(), &ReadOptions::default()).unwrap();
    let ours = serde_json::json!({"schema_version": "1.0", "reports": set.reports, "findings": set.findings});
    for text in [
        ours.to_string(),
        format!("{ours}\n{ours}"),
        format!("{SARIF}\n{ours}"),
        format!("{ours:#}\n{SARIF}"),
    ] {
        let read = everyway("ours", text.as_bytes()).unwrap();
        assert!(read.findings.len() >= set.findings.len());
    }
}

#[test]
fn what_is_no_report_after_one() {
    for (name, report) in REPORTS {
        let set = everyway(name, format!("{report}\nDone in 3 s.\n").as_bytes()).unwrap();
        assert!(codes(&set).contains(&"trailing-text"), "{name}");
        let blank = " \n".repeat(100_000);
        let set = everyway(name, format!("{blank}{report}{blank}").as_bytes());
        // Detection looks at the first 64 KiB only.
        assert_eq!(set.unwrap_err(), "empty - is empty", "{name}");
        let set = everyway(name, format!("{report}{blank}{report}").as_bytes()).unwrap();
        assert!(codes(&set).contains(&"concatenated-logs"), "{name}");
        let lines = report.lines().count();
        let refused = everyway(name, format!("{report}\n\n {{\"a\": 1}}\n").as_bytes()).unwrap_err();
        let line = lines + if report.ends_with('\n') { 3 } else { 2 };
        assert_eq!(
            refused,
            format!("second-document - holds a second document that is no report, at line {line} column 2"),
            "{name}"
        );
        let cut = format!("{report}{}", &report[..report.len() - 3]);
        assert!(
            everyway(name, cut.as_bytes())
                .unwrap_err()
                .starts_with("truncated"),
            "{name}"
        );
    }
}

#[test]
fn half_a_character_in_a_part_that_is_not_read() {
    let text = SARIF.replace("\"version\"", r#""x":"\ud83d","version""#);
    let set = everyway("skipped", text.as_bytes()).unwrap();
    assert_eq!(codes(&set), ["lone-surrogate"]);
    let set = everyway("after", format!("{SARIF}\n\\ud83dx\n").as_bytes()).unwrap();
    assert_eq!(codes(&set), ["lone-surrogate", "trailing-text"]);
}

#[test]
fn many_documents_take_time_in_proportion() {
    let text = format!("{SARIF}\n").repeat(2_000);
    let set = everyway("many", text.as_bytes()).unwrap();
    assert_eq!(set.reports.len(), 2_000);
}

#[test]
fn a_limit_is_the_same_limit() {
    let mut options = ReadOptions::default();
    options.max_bytes = 90;
    let whole = parse(SARIF.as_bytes(), &options).unwrap_err().to_string();
    let streamed = parse_reader(SARIF.as_bytes(), &options).unwrap_err().to_string();
    assert_eq!(whole, "- is too large: its text exceeds 90 bytes");
    assert_eq!(whole, streamed);
}
