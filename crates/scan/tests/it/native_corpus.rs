//! Every native report of the corpus, against counts that are made here from the plain JSON.

#![expect(clippy::disallowed_methods, reason = "the corpus is a folder")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is for people, with --nocapture"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use sealift_scan::{ReadOptions, parse};
use sealift_types::{FindingSet, Kind, Severity};
use serde_json::Value;

/// Rows by kind and lower-case severity word.
type Counts = BTreeMap<(&'static str, String), u64>;

#[test]
fn counts_of_native_reports_are_those_of_the_plain_json() {
    let corpus = std::env::var("SEALIFT_CORPUS")
        .map_or_else(|_| PathBuf::from("../../../shared/corpus"), PathBuf::from)
        .join("scan");
    let Ok(manifest) = std::fs::read_to_string(corpus.join("MANIFEST.tsv")) else {
        eprintln!("skipped: no corpus at {}", corpus.display());
        return;
    };
    let mut files = 0;
    for line in manifest.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (name, format) = (columns[0], columns[8]);
        if format.starts_with("sarif") {
            continue;
        }
        let bytes = std::fs::read(corpus.join(name)).unwrap();
        let Ok(document) =
            serde_json::from_slice::<Value>(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes))
        else {
            continue;
        };
        let expected = match format {
            "trivy-json-v2" => trivy(&document["Results"]),
            "trivy-json-v1" => trivy(&document),
            "grype-json" => grype(&document),
            "snyk-json" | "snyk-json-multi" => snyk(&document),
            "osv-json" => osv(&document),
            "gitlab-trivy" => gitlab(&document),
            _ => continue,
        };
        let set = parse(&bytes, &ReadOptions::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = counts(&set);
        print_row(name, &set, &found);
        assert_eq!(found, expected, "{name}");
        check_invariants(name, &set);
        files += 1;
    }
    assert!(files > 50, "only {files} files of the corpus were read");
}

fn counts(set: &FindingSet) -> Counts {
    let mut counts = Counts::new();
    for finding in &set.findings {
        for statement in &finding.statements {
            let word = statement.severity.as_str().to_owned();
            *counts.entry((finding.kind.as_str(), word)).or_default() += u64::from(statement.rows);
        }
    }
    counts
}

fn check_invariants(name: &str, set: &FindingSet) {
    for report in &set.reports {
        assert!(report.accounting.is_balanced(), "{name}: {:?}", report.accounting);
    }
    let reported: u64 = set.reports.iter().map(|report| report.accounting.reported).sum();
    let rows: u64 = counts(set).values().sum();
    assert_eq!(reported, rows, "{name}");
    for finding in &set.findings {
        assert!(
            !finding.id.is_empty() && finding.statements.len() == 1,
            "{name}: {finding:?}"
        );
        assert!(!finding.aliases.contains(&finding.id), "{name}: {finding:?}");
        if finding.kind == Kind::Vulnerability {
            let package = finding
                .package
                .as_ref()
                .unwrap_or_else(|| panic!("{name}: {finding:?}"));
            assert!(
                !package.name.is_empty() && package.version.is_some(),
                "{name}: {finding:?}"
            );
        }
    }
}

fn print_row(name: &str, set: &FindingSet, counts: &Counts) {
    let short: String = name
        .rsplit("--")
        .next()
        .unwrap_or(name)
        .chars()
        .take(44)
        .collect();
    let report = &set.reports[0];
    let by_severity: Vec<String> = Severity::ALL
        .iter()
        .map(|severity| {
            counts
                .iter()
                .filter(|((_, word), _)| word == severity.as_str())
                .map(|(_, count)| count)
                .sum::<u64>()
                .to_string()
        })
        .collect();
    println!(
        "{short:<44} {:<26} {:<8} runs {} findings {:>5} rows C/H/M/L/N/U {}",
        report.format,
        report.scanner,
        set.reports.len(),
        set.findings.len(),
        by_severity.join("/")
    );
}

/// Rows of an array, or none.
fn rows<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn count(counts: &mut Counts, kind: &'static str, severity: Option<&str>) {
    let word = severity.map_or("unknown", |severity| severity).to_lowercase();
    // GitLab's word for what Grype calls negligible.
    let word = match word.as_str() {
        "info" => "negligible",
        "moderate" => "medium",
        "important" => "high",
        word => word,
    };
    *counts.entry((kind, word.to_owned())).or_default() += 1;
}

/// `jq '[.Results[]?.Vulnerabilities[]?.Severity] | group_by(.)'`, and so for the other kinds.
fn trivy(results: &Value) -> Counts {
    let mut counts = Counts::new();
    for result in results.as_array().into_iter().flatten() {
        for (key, kind) in [
            ("Vulnerabilities", "vulnerability"),
            ("Misconfigurations", "misconfiguration"),
            ("Secrets", "secret"),
            ("Licenses", "license"),
        ] {
            for row in rows(result, key).filter(|row| row["Status"] != "PASS") {
                count(&mut counts, kind, row["Severity"].as_str());
            }
        }
        for modified in rows(result, "ExperimentalModifiedFindings") {
            count(
                &mut counts,
                "vulnerability",
                modified["Finding"]["Severity"].as_str(),
            );
        }
    }
    counts
}

/// `jq '[.matches[], .ignoredMatches[]? | .vulnerability.severity] | group_by(.)'`
fn grype(document: &Value) -> Counts {
    let mut counts = Counts::new();
    for row in rows(document, "matches").chain(rows(document, "ignoredMatches")) {
        count(
            &mut counts,
            "vulnerability",
            row["vulnerability"]["severity"].as_str(),
        );
    }
    counts
}

/// `jq '[(if type=="array" then .[] else . end) | ., .applications[]? | .vulnerabilities[], .filtered.ignore[]?,
/// .filtered.patch[]? | if .severity=="high" and .severityWithCritical=="critical" then "critical" else .severity
/// end] | group_by(.)'`, licence issues apart.
fn snyk(document: &Value) -> Counts {
    let mut counts = Counts::new();
    let projects = match document {
        Value::Array(projects) => projects.iter().collect(),
        project => vec![project],
    };
    for project in projects {
        for part in std::iter::once(project).chain(rows(project, "applications")) {
            let filtered = &part["filtered"];
            let all = rows(part, "vulnerabilities")
                .chain(rows(filtered, "ignore"))
                .chain(rows(filtered, "patch"));
            for row in all {
                let is_critical = row["severity"] == "high" && row["severityWithCritical"] == "critical";
                let severity = if is_critical {
                    Some("critical")
                } else {
                    row["severity"].as_str()
                };
                let is_license = row["type"] == "license"
                    || row["id"].as_str().is_some_and(|id| id.starts_with("snyk:lic:"));
                count(
                    &mut counts,
                    if is_license { "license" } else { "vulnerability" },
                    severity,
                );
            }
        }
        for row in rows(project, "infrastructureAsCodeIssues") {
            count(&mut counts, "misconfiguration", row["severity"].as_str());
        }
    }
    counts
}

/// `jq '[.results[].packages[].vulnerabilities[]? | .database_specific.severity] | group_by(.)'`; no file of the
/// corpus has groups with a score.
fn osv(document: &Value) -> Counts {
    let mut counts = Counts::new();
    for package in rows(document, "results").flat_map(|result| rows(result, "packages")) {
        for row in rows(package, "vulnerabilities") {
            count(
                &mut counts,
                "vulnerability",
                row["database_specific"]["severity"].as_str(),
            );
        }
    }
    counts
}

/// `jq '[.vulnerabilities[].severity] | group_by(.)'`
fn gitlab(document: &Value) -> Counts {
    let mut counts = Counts::new();
    for row in rows(document, "vulnerabilities") {
        count(&mut counts, "vulnerability", row["severity"].as_str());
    }
    counts
}
