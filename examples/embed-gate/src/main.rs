//! Gates an image without the command: `embed-gate IMAGE-DIGEST REPORT…`.

use std::process::ExitCode;

use sealift_gate::{Facts, Policy, Verdict, evaluate};
use sealift_scan::{ReadOptions, merge, parse};

const POLICY: &str = r#"
schema_version = 1
rule = [
    { id = "severity-threshold", severity = "high", fixable_only = true },
    { id = "report-subject", cannot_tell = "warn" },
]
"#;

#[expect(clippy::print_stdout, reason = "a program may print")]
fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let digest = arguments.next().ok_or("which image?")?.parse()?;
    let mut sets = Vec::new();
    for path in arguments {
        sets.push(parse(&std::fs::read(&path)?, &ReadOptions::default())?);
    }
    let facts = Facts::about(digest, merge(sets));
    let report = evaluate(&Policy::parse(POLICY)?, &facts, jiff::Timestamp::now());
    println!("{}", report.verdict);
    for rule in report.denials() {
        println!("{}: {}", rule.name, rule.remedy.as_deref().unwrap_or_default());
    }
    for upgrade in &report.way_out.upgrades {
        println!("upgrade {} to {}", upgrade.package, upgrade.to);
    }
    Ok(match report.verdict {
        Verdict::Deny => ExitCode::FAILURE,
        Verdict::Pass | Verdict::Warn => ExitCode::SUCCESS,
    })
}
