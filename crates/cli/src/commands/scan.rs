//! `sealift scan`: reports in, one list of findings out.

use sealift_cli::exit_codes;
use sealift_types::{BaselineState, Explanation, Finding, FindingSet, Kind};

use crate::args::{ColorChoice, FilterArgs, Format, ScanArgs};
use crate::counts::Counts;
use crate::error::Error;
use crate::files::is_stdin;
use crate::output::scan_view::{Compared, ScanView, SummaryView, scanner_of};
use crate::output::{self, Layout, Talk, github, json_v1, junit, markdown, sarif, text};
use crate::reports::{self, Load, Loaded, ReportCounts};

pub(crate) fn run(args: &ScanArgs, color: ColorChoice, talk: Talk) -> Result<u8, Error> {
    if args.reports.is_empty() {
        return Err(Error::NoReports);
    }
    check_stdin(args)?;
    let failed = if args.summary {
        summary(args, color, talk)?
    } else {
        findings(args, color, talk)?
    };
    if failed == 0 {
        return Ok(exit_codes::DONE);
    }
    Err(Error::SomeReports {
        failed,
        total: args.reports.len(),
    })
}

fn check_stdin(args: &ScanArgs) -> Result<(), Error> {
    let count = |paths: &[std::path::PathBuf]| paths.iter().filter(|path| is_stdin(path)).count();
    match (count(&args.reports), count(&args.baseline)) {
        (0 | 1, 0) | (0, 1) => Ok(()),
        (0, _) => Err(Error::StdinTwice {
            option: "--baseline",
            other: "--baseline",
        }),
        (_, 0) => Err(Error::StdinTwice {
            option: "FILE",
            other: "FILE",
        }),
        _ => Err(Error::StdinTwice {
            option: "FILE",
            other: "--baseline",
        }),
    }
}

/// The number of files that could not be read.
fn findings(args: &ScanArgs, color: ColorChoice, talk: Talk) -> Result<usize, Error> {
    let load = Load::full(&args.limits);
    let (loaded, baseline) = reports::load(&args.reports, &args.baseline, load, talk)?;
    let view = view(loaded, baseline, &args.filter);
    let failed = view.unreadable.len();
    // Nothing was read: an empty list would look like a clean one.
    if failed == args.reports.len() && args.output.format != Format::Json {
        return Ok(failed);
    }
    let file = args.output.output.as_deref();
    match args.output.format {
        Format::Text => output::write(file, |out| text::scan(&view, Layout::new(color, file), out))?,
        Format::Json => output::write(file, |out| json_v1::scan(&view, out))?,
        Format::Markdown => output::write(file, |out| markdown::scan(&view, out))?,
        Format::Junit => output::write(file, |out| junit::scan(&view, out))?,
        Format::Sarif => {
            let options = sarif::options(&args.sarif, args.name.image_name.as_deref(), &view.set, None);
            output::write(file, |out| sarif::findings(&view.set, &options, talk, out))?;
        }
        Format::Github => output::write_fallible(file, |out| github::scan(&view, out))?,
    }
    // The process ends now; taking a large set apart piece by piece would only delay that.
    std::mem::forget(view);
    Ok(failed)
}

fn view(loaded: Loaded, baseline: Option<FindingSet>, filter: &FilterArgs) -> ScanView {
    let counts = ReportCounts::of(&loaded.sets);
    let mut set = sealift_scan::merge(loaded.sets);
    let report_counts = counts.in_order_of(&set.reports);
    let mut comparison = baseline.map(|baseline| {
        let outcome = sealift_scan::compare(&baseline, &mut set);
        Compared {
            new: 0,
            unchanged: 0,
            fixed: outcome.fixed,
            reports: baseline.reports,
        }
    });
    let hidden = apply(filter, &mut set, &mut comparison);
    if let Some(compared) = &mut comparison {
        for finding in &set.findings {
            match finding.baseline {
                Some(BaselineState::Unchanged) => compared.unchanged += 1,
                _ => compared.new += 1,
            }
        }
    }
    ScanView {
        merged: Counts::of_merged(&set),
        set,
        report_counts,
        hidden,
        comparison,
        unreadable: loaded.unreadable,
    }
}

/// Takes out what the filters do not let through; the rows are accounted for in their reports.
fn apply(filter: &FilterArgs, set: &mut FindingSet, comparison: &mut Option<Compared>) -> u64 {
    let before = set.findings.len();
    let FindingSet { reports, findings } = set;
    let mut left_out = vec![0_u64; reports.len()];
    findings.retain(|finding| {
        let keep = lets_through(filter, finding, reports);
        if !keep {
            for statement in &finding.statements {
                if let Some(rows) = left_out.get_mut(statement.report as usize) {
                    *rows += u64::from(statement.rows);
                }
            }
        }
        keep
    });
    for (report, rows) in reports.iter_mut().zip(left_out).filter(|(_, rows)| *rows > 0) {
        // A row can stand behind several findings of a merged set: it is not taken out twice.
        let rows = rows.min(report.accounting.reported);
        report.accounting.reported -= rows;
        report.accounting.explained.push(Explanation {
            reason: "left out by a filter".to_owned(),
            count: rows,
        });
    }
    if let Some(compared) = comparison {
        let Compared { fixed, reports, .. } = compared;
        fixed.retain(|finding| lets_through(filter, finding, reports));
    }
    (before - findings.len()) as u64
}

fn lets_through(filter: &FilterArgs, finding: &Finding, reports: &[sealift_types::Report]) -> bool {
    filter
        .min_severity
        .is_none_or(|least| finding.worst_severity() >= least)
        && (!filter.fixable || finding.is_fixable())
        && (filter.kind.is_empty() || filter.kind.iter().any(|&kind| Kind::from(kind) == finding.kind))
        && (filter.scanner.is_empty()
            || finding.statements.iter().any(|statement| {
                filter
                    .scanner
                    .iter()
                    .any(|name| name == scanner_of(statement, reports))
            }))
}

/// The number of files that could not be read.
fn summary(args: &ScanArgs, color: ColorChoice, talk: Talk) -> Result<usize, Error> {
    let view = if args.low_memory {
        streamed(args, talk)
    } else {
        let (loaded, _) = reports::load(&args.reports, &[], Load::counts(&args.limits), talk)?;
        let view = view(loaded, None, &args.filter);
        SummaryView {
            // Nothing was read: zeros would look like a clean report.
            merged: (!view.set.reports.is_empty()).then_some(view.merged),
            reports: view.set.reports.into_iter().zip(view.report_counts).collect(),
            unreadable: view.unreadable,
        }
    };
    let file = args.output.output.as_deref();
    match args.output.format {
        Format::Text => output::write(file, |out| text::summary(&view, Layout::new(color, file), out))?,
        Format::Json => output::write(file, |out| json_v1::summary(&view, out))?,
        Format::Markdown => output::write(file, |out| markdown::summary(&view, out))?,
        Format::Sarif | Format::Github | Format::Junit => {
            return Err(Error::Format {
                command: "scan --summary",
                format: args.output.format.as_str(),
            });
        }
    }
    Ok(view.unreadable.len())
}

/// Counts without keeping findings, so nothing can be merged: one report alone is merged by itself.
fn streamed(args: &ScanArgs, talk: Talk) -> SummaryView {
    let mut view = SummaryView {
        reports: Vec::new(),
        merged: None,
        unreadable: Vec::new(),
    };
    for path in &args.reports {
        match reports::stream_counts(path, Load::counts(&args.limits), talk) {
            Ok(summary) => view.reports.extend(summary.reports.into_iter().map(|each| {
                reports::say_warnings(&each.report, talk);
                let counts = Counts::from(&each);
                (each.report, counts)
            })),
            Err(error) => view.unreadable.push(reports::unreadable(path, &error, talk)),
        }
    }
    if let [(_, counts)] = view.reports.as_slice() {
        view.merged = Some(counts.clone());
    }
    view
}
