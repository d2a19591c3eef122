//! Merges reports, or compares two, and says how long it took.
//!
//! `merge FILE…` merges; `merge --baseline OLD NEW` compares. With `--repeat N` the fastest of N runs is printed. With
//! `--outline` one line for each finding goes to stdout: id, type, name, version, then `scanner/id/severity/fixed`
//! of each statement, to be compared with another tool's answer.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement reads files, the clock, and prints"
)]

use std::error::Error;
use std::time::{Duration, Instant};

use sealift_scan::{ReadOptions, compare, merge, parse};
use sealift_types::{FindingSet, FixState};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut files, mut repeat, mut baseline, mut outline) = (Vec::new(), 1, false, false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--repeat" => repeat = args.next().unwrap_or_default().parse()?,
            "--baseline" => baseline = true,
            "--outline" => outline = true,
            _ => files.push(arg),
        }
    }
    let mut best = Duration::MAX;
    let mut merged = FindingSet::default();
    for _ in 0..repeat {
        let start = Instant::now();
        let mut sets = Vec::new();
        for file in &files {
            let mut options = ReadOptions::default();
            options.source.clone_from(file);
            sets.push(parse(&std::fs::read(file)?, &options)?);
        }
        let parsed = start.elapsed();
        let findings: usize = sets.iter().map(|set| set.findings.len()).sum();
        let start = Instant::now();
        if baseline && sets.len() == 2 {
            let mut new = sets.pop().unwrap_or_default();
            let comparison = compare(&sets[0], &mut new);
            best = best.min(start.elapsed());
            eprintln!(
                "parse {parsed:?}, compare {:?}: {} new, {} unchanged, {} fixed",
                start.elapsed(),
                comparison.new,
                comparison.unchanged,
                comparison.fixed.len()
            );
        } else {
            merged = merge(sets);
            best = best.min(start.elapsed());
            eprintln!(
                "parse {parsed:?}, merge {:?}: {findings} findings into {}",
                start.elapsed(),
                merged.findings.len()
            );
        }
    }
    eprintln!("fastest {best:?}");
    if outline {
        print_outline(&merged);
    }
    Ok(())
}

fn print_outline(merged: &FindingSet) {
    for finding in &merged.findings {
        let package = finding.package.clone().unwrap_or_default();
        let said: Vec<String> = finding
            .statements
            .iter()
            .map(|statement| {
                let scanner = &merged.reports[statement.report as usize].scanner;
                let fixed = statement.fix.state == FixState::Fixed;
                format!("{scanner}/{}/{}/{fixed}", statement.id, statement.severity)
            })
            .collect();
        println!(
            "{}\t{}\t{}\t{}\t{}",
            finding.id,
            package.package_type.unwrap_or_default(),
            package.name,
            package.version.unwrap_or_default(),
            said.join(" ")
        );
    }
}
