//! Counts the findings of reports: `summary [--stream|--full|--fold] FILE…`.
//!
//! Without a flag a file is read into memory and counted row by row; `--stream` keeps only a buffer of it. Every
//! finding is kept by `--full` from memory, by `--fold` from a buffer. Used to measure the four ways.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example reads files and prints"
)]

use std::error::Error;
use std::fs::File;

use sealift_scan::{Detail, ReadOptions, Summarizer, Summary, parse, parse_reader, read, summarize};

fn main() -> Result<(), Box<dyn Error>> {
    let mut mode = String::new();
    for argument in std::env::args().skip(1) {
        if argument.starts_with("--") {
            mode = argument;
            continue;
        }
        let mut options = ReadOptions::default();
        options.source.clone_from(&argument);
        let summary = match mode.as_str() {
            "--full" => summarize(&parse(&std::fs::read(&argument)?, &options)?),
            "--fold" => summarize(&parse_reader(File::open(&argument)?, &options)?),
            "--stream" => count(File::open(&argument)?, &mut options)?,
            _ => count(&std::fs::read(&argument)?[..], &mut options)?,
        };
        print(&summary);
    }
    Ok(())
}

fn count(reader: impl std::io::Read, options: &mut ReadOptions) -> Result<Summary, sealift_scan::Error> {
    options.digest = false;
    options.detail = Detail::Keys;
    let mut summarizer = Summarizer::default();
    read(reader, options, &mut summarizer)?;
    Ok(summarizer.finish())
}

fn print(summary: &Summary) {
    for entry in &summary.reports {
        let report = &entry.report;
        println!("{} ({}, {})", report.source, report.scanner, report.format);
        for (kind, by_severity) in &entry.counts {
            for (severity, counts) in by_severity {
                println!(
                    "  {kind} {severity}: {} rows, {} findings, {} fixable",
                    counts.rows, counts.findings, counts.fixable
                );
            }
        }
        for warning in &report.warnings {
            println!("  warning {}: {}", warning.code, warning.message);
        }
    }
}
