//! Every native report of the corpus, against counts that are made here from the plain JSON.

use sealift_scan::{ReadOptions, parse};
use sealift_types::{FindingSet, Kind};
use serde_json::Value;

use crate::corpus::{Counts, corpus, counts, print_row};

/// Native reports that the plain JSON cannot be counted of.
const SKIPPED: [&str; 0] = [];

#[test]
fn counts_of_native_reports_are_those_of_the_plain_json() {
    let Some(corpus) = corpus() else {
        return;
    };
    let mut files = 0;
    let mut skipped: Vec<&str> = Vec::new();
    for file in corpus.iter().filter(|file| !file.format.starts_with("sarif")) {
        let (name, bytes) = (&file.name, &file.bytes);
        let Ok(document) =
            serde_json::from_slice::<Value>(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
        else {
            skipped.push(name.as_str());
            continue;
        };
        let expected = match file.format.as_str() {
            "trivy-json-v2" => trivy(&document["Results"]),
            "trivy-json-v1" => trivy(&document),
            "grype-json" => grype(&document),
            "snyk-json" | "snyk-json-multi" => snyk(&document),
            "osv-json" => osv(&document),
            "gitlab-trivy" => gitlab(&document),
            _ => {
                skipped.push(name);
                continue;
            }
        };
        let set = parse(bytes, &ReadOptions::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = counts(&set);
        print_row(file, &set, &found);
        assert_eq!(found, expected, "{name}");
        check_invariants(name, &set);
        files += 1;
    }
    assert_eq!(skipped, SKIPPED);
    assert!(files > 50, "only {files} files of the corpus were read");
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
