//! What we write, read by other people's tools: SARIF by Microsoft's validator with GitHub's rules, and by the
//! official schema.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::generate::{self, Shape};
use crate::{Result, shell, tools};

/// More results than GitHub takes in one run (25,000), so that what is said of truncation is validated too.
const OVER_THE_LIMIT: usize = 25_500;

/// Above this the schema checker, in Python, takes minutes. The Multitool holds large reports against the schema too.
const SCHEMA_BYTES: u64 = 8 << 20;

/// The chore: validates what `sealift scan --format sarif` makes of each report.
pub(crate) fn run() -> Result {
    let sealift = sealift()?;
    let scratch = shell::target_dir().join("interop");
    fs::create_dir_all(&scratch)?;
    let multitool = tools::multitool()?;
    let schema = multitool.join("sarif-2.1.0.json");
    let check_jsonschema = tools::check_jsonschema()?;
    for (name, inputs) in inputs(&scratch)? {
        let output = scratch.join(format!("{name}.sarif"));
        let mut scan = shell::command(&sealift);
        scan.args(["scan", "--quiet", "--format", "sarif", "--output"])
            .arg(&output)
            .args(&inputs);
        shell::run(&mut scan)?;
        validate(&multitool, &scratch, &output)?;
        if fs::metadata(&output)?.len() <= SCHEMA_BYTES {
            let mut check = shell::command(&check_jsonschema);
            shell::run(check.arg("--schemafile").arg(&schema).arg(&output))?;
        }
    }
    Ok(())
}

/// The command, built for speed where it handles large reports.
pub(crate) fn sealift() -> Result<PathBuf> {
    shell::run(&mut shell::cargo([
        "build",
        "--locked",
        "--release",
        "-p",
        "sealift-cli",
    ]))?;
    Ok(shell::target_dir().join("release/sealift"))
}

/// (Name, reports): each fixture of the parsers' tests alone, all of them merged, and a report above the limits.
fn inputs(scratch: &Path) -> Result<Vec<(String, Vec<PathBuf>)>> {
    let large = scratch.join("large.in.sarif");
    generate::write(
        &large,
        Shape {
            results: OVER_THE_LIMIT,
            seed: 1,
            drift_per_mille: 0,
        },
    )?;
    let mut inputs = vec![("large".to_owned(), vec![large])];
    let mut merged = Vec::new();
    for (name, file) in fixtures()? {
        merged.push(file.clone());
        inputs.push((name, vec![file]));
    }
    inputs.push(("merged".to_owned(), merged));
    Ok(inputs)
}

/// The fixtures that are reports which can be read: those of the scanners' own formats, and SARIF.
fn fixtures() -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    let data = shell::root().join("crates/scan/tests/data");
    for folder in ["native", "sarif"] {
        for entry in fs::read_dir(data.join(folder))? {
            let path = entry?.path();
            let (Some(name), Some(extension)) = (path.file_stem(), path.extension()) else {
                continue;
            };
            if extension == "json" || extension == "sarif" {
                // Both folders have a `grype`.
                files.push((format!("{folder}-{}", name.to_string_lossy()), path));
            }
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(format!("no reports in {}", data.display()).into());
    }
    Ok(files)
}

/// Rules that are off: one fetches every link in a report; one asks for the scanner's web page and version, which some
/// reports do not state and we do not make up.
const RULES_OFF: &str = r#"{
  "SARIF2006.UrisShouldBeReachable.Options": {"RuleEnabled": "Disabled"},
  "SARIF2005.ProvideToolProperties.Options": {"RuleEnabled": "Disabled"}
}"#;

/// Microsoft's validator, with GitHub's rules; an error or a warning is a failure.
fn validate(multitool: &Path, scratch: &Path, sarif: &Path) -> Result {
    let config = scratch.join("multitool.json");
    fs::write(&config, RULES_OFF)?;
    let report = scratch.join("multitool.sarif");
    // A report of an earlier run must not speak for this one.
    if report.exists() {
        fs::remove_file(&report)?;
    }
    let mut validate = shell::command(multitool.join("Sarif.Multitool"));
    validate
        .arg("validate")
        .arg(sarif)
        .arg("--max-file-size-in-kb=1000000")
        .arg("--config")
        .arg(&config)
        .arg("--output")
        .arg(&report);
    // Options that take lists swallow what follows, so the order matters.
    validate.args(["--log", "ForceOverwrite", "--rule-kind", "Sarif;Ghas"]);
    validate.args(["--level", "Error;Warning", "--kind", "Fail"]);
    shell::run(&mut validate)?;
    let problems = problems(&fs::read_to_string(&report)?)?;
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("{} is not clean\n{}", sarif.display(), problems.join("\n")).into())
}

/// The validator's own report is SARIF: what it found, and whether it came to the end.
fn problems(report: &str) -> Result<Vec<String>> {
    // It writes a byte order mark.
    let report: Value = serde_json::from_str(report.trim_start_matches('\u{feff}'))?;
    let mut problems = Vec::new();
    let runs = report["runs"]
        .as_array()
        .ok_or("the validator's report has no runs")?;
    for run in runs {
        for result in run["results"].as_array().into_iter().flatten() {
            let level = result["level"].as_str().unwrap_or("warning");
            let message = &result["message"];
            let arguments = message["arguments"].as_array().into_iter().flatten();
            let words: Vec<&str> = arguments.filter_map(Value::as_str).collect();
            let text = message["text"].as_str().unwrap_or_default();
            problems.push(format!("{level} {}: {text}{}", result["ruleId"], words.join(" ")));
        }
        let invocations = run["invocations"].as_array();
        let successful = invocations
            .into_iter()
            .flatten()
            .all(|invocation| invocation["executionSuccessful"] == true);
        if invocations.is_none() || !successful {
            problems.push("the validator did not come to the end".to_owned());
        }
    }
    problems.truncate(50);
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_and_an_unfinished_run_are_seen() {
        let clean = r#"{"runs":[{"results":[],"invocations":[{"executionSuccessful":true}]}]}"#;
        assert!(problems(clean).expect("it is read").is_empty());
        let error = r#"{"runs":[{"results":[{"ruleId":"SARIF1004","level":"error","message":{"id":"Default",
            "arguments":["runs[0]"]}}],"invocations":[{"executionSuccessful":true}]}]}"#;
        assert_eq!(
            problems(error).expect("it is read"),
            [r#"error "SARIF1004": runs[0]"#]
        );
        let unfinished = r#"{"runs":[{"results":[]}]}"#;
        assert_eq!(problems(unfinished).expect("it is read").len(), 1);
    }
}
