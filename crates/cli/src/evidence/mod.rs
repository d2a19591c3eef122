//! From files to the facts that the gate judges.

mod exceptions;
mod feeds;
mod image;
mod policy;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sealift_gate::{BaselineFacts, BaselineSource, EpssFeed, Facts, KevFeed, UnreadableReport};

pub(crate) use self::image::Image;
pub(crate) use self::policy::{parse_toml, policy, read_policy, read_text};

use crate::args::EvidenceArgs;
use crate::error::Error;
use crate::files::is_stdin;
use crate::output::Talk;
use crate::reports::{self, Load};

/// The time that is judged by.
pub(crate) fn now(args: &EvidenceArgs) -> Timestamp {
    args.as_of.unwrap_or_else(|| {
        let now = Timestamp::now();
        // Nobody reads nanoseconds, and --as-of repeats what was printed.
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    })
}

/// Reads everything that the arguments name. A report that cannot be read becomes a fact, which denies; any other file
/// that cannot be read is an error, since nobody could say what it would have changed.
pub(crate) fn facts(
    image: Option<Image>,
    report_paths: &[PathBuf],
    args: &EvidenceArgs,
    talk: Talk,
) -> Result<Facts, Error> {
    check_stdin(report_paths, args)?;
    let load = Load::full(&args.limits);
    let (epss, kev) = (
        args.epss
            .as_deref()
            .map(|path| feeds::read(path, EpssFeed::parse))
            .transpose()?,
        args.kev
            .as_deref()
            .map(|path| feeds::read(path, KevFeed::parse))
            .transpose()?,
    );
    let mut imported = Vec::new();
    for path in args.ignore_file.iter().chain(&args.vex) {
        imported.extend(exceptions::read(path, talk)?);
    }
    let (loaded, baseline) = reports::load(report_paths, &args.baseline, load, talk)?;
    let mut findings = sealift_scan::merge(loaded.sets);
    let baseline = baseline.map(|earlier| {
        let comparison = sealift_scan::compare(&earlier, &mut findings);
        let sources: Vec<String> = args
            .baseline
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        BaselineFacts {
            source: sources.join(", "),
            digest: match earlier.reports.as_slice() {
                [only] => only.digest.clone(),
                _ => None,
            },
            sources: earlier
                .reports
                .iter()
                .map(|report| BaselineSource {
                    source: report.source.clone(),
                    digest: report.digest.clone(),
                    scanner: report.scanner.clone(),
                    created: report.created,
                    subject: report.subject.clone(),
                })
                .collect(),
            fixed: comparison.fixed.len() as u64,
        }
    });
    let unreadable = loaded
        .unreadable
        .into_iter()
        .map(|each| UnreadableReport {
            source: each.source,
            error: each.error,
            ..UnreadableReport::default()
        })
        .collect();
    let image = image.map(|image| image.named_by(&findings));
    Ok(Facts {
        image,
        findings,
        unreadable,
        baseline,
        epss,
        kev,
        exceptions: imported,
        ..Facts::default()
    })
}

fn check_stdin(report_paths: &[PathBuf], args: &EvidenceArgs) -> Result<(), Error> {
    let named: [(&'static str, Vec<&Path>); 7] = [
        ("the report", report_paths.iter().map(PathBuf::as_path).collect()),
        ("--policy", args.policy.iter().map(PathBuf::as_path).collect()),
        ("--baseline", args.baseline.iter().map(PathBuf::as_path).collect()),
        ("--vex", args.vex.iter().map(PathBuf::as_path).collect()),
        (
            "--ignore-file",
            args.ignore_file.iter().map(PathBuf::as_path).collect(),
        ),
        ("--epss", args.epss.iter().map(PathBuf::as_path).collect()),
        ("--kev", args.kev.iter().map(PathBuf::as_path).collect()),
    ];
    let mut readers = named
        .iter()
        .flat_map(|(option, paths)| paths.iter().filter(|path| is_stdin(path)).map(|_| *option));
    match (readers.next(), readers.next()) {
        (Some(other), Some(option)) => Err(Error::StdinTwice { option, other }),
        _ => Ok(()),
    }
}
