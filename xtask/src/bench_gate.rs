//! The gate's own measurement (`crates/gate/examples/evaluate.rs`) as rows of the benchmark's page.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use crate::{Result, shell};

/// Findings to judge, the policy, and the milliseconds that this should take at most.
const GOALS: &[(&str, &str, Option<u64>)] = &[
    ("25000", "built-in policy", Some(20)),
    ("25000", "a rule that denies each", None),
    ("1000000", "built-in policy", Some(800)),
    ("1000000", "a rule that denies each", None),
    ("25000", "a module in Rego that looks at each", Some(250)),
];

/// Compiles it, so that the compiler is not running when something is measured. With Rego: the rules are the same code
/// with it and without.
pub(crate) fn build() -> Result {
    shell::run(&mut shell::cargo([
        "build",
        "--locked",
        "--release",
        "-p",
        "sealift-gate",
        "--example",
        "evaluate",
        "--features",
        "rego",
    ]))
}

/// Runs it.
pub(crate) fn run() -> Result<String> {
    let program = shell::target_dir().join("release/examples/evaluate");
    let text = shell::capture(&mut Command::new(program))?;
    println!("{text}");
    table(&text)
}

/// The example prints a row for each number of findings (number, built-in, each denied), then `number time with Rego`.
fn table(text: &str) -> Result<String> {
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let cell = |findings: &str, policy: &str| {
        let rego = policy.contains("Rego");
        let row = rows
            .iter()
            .find(|row| row.first() == Some(&findings) && row.contains(&"Rego") == rego)?;
        row.get(if policy.starts_with("built-in") || rego {
            1
        } else {
            2
        })
        .copied()
    };
    let mut table = "\n| the gate judges | by | processor time | goal |\n|---:|---|---:|---|\n".to_owned();
    for (findings, policy, limit) in GOALS {
        let printed = cell(findings, policy)
            .ok_or_else(|| format!("`evaluate` printed nothing for {findings}, {policy}:\n{text}"))?;
        let took = duration(printed).ok_or_else(|| format!("`evaluate` printed the time `{printed}`"))?;
        let goal = limit.map_or_else(String::new, |limit| {
            let met = if took <= Duration::from_millis(limit) {
                "met"
            } else {
                "missed"
            };
            format!("{limit} ms: {met}")
        });
        let _ = writeln!(
            table,
            "| {findings} findings | {policy} | {:.1} ms | {goal} |",
            took.as_secs_f64() * 1e3
        );
    }
    Ok(table)
}

/// A duration as `{:?}` prints it.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    let number: f64 = text[..unit].parse().ok()?;
    let seconds = match &text[unit..] {
        "s" => number,
        "ms" => number / 1e3,
        "µs" => number / 1e6,
        _ => return None,
    };
    Some(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_example_prints_becomes_rows() {
        let printed = "  findings  built-in  every one denied\n     25000   8.5ms   21.0ms\n   1000000   1.2s   2.5s\n     \
                       25000   180.12ms with Rego\n";
        let table = table(printed).expect("all rows are there");
        assert!(
            table.contains("| 25000 findings | built-in policy | 8.5 ms | 20 ms: met |"),
            "{table}"
        );
        assert!(
            table.contains("| 1000000 findings | a rule that denies each | 2500.0 ms |  |"),
            "{table}"
        );
        assert!(
            table.contains("looks at each | 180.1 ms | 250 ms: met |"),
            "{table}"
        );
        assert!(super::table("").is_err());
    }
}
