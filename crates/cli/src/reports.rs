//! Reports from files into finding sets.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use sealift_scan::{Detail, ReadOptions, Summarizer, Summary};
use sealift_types::{FindingSet, Report};

use crate::args::LimitArgs;
use crate::counts::Counts;
use crate::error::{self, Error};
use crate::files;
use crate::output::Talk;
use crate::output::progress::Progress;
use crate::output::scan_view::Unreadable;

/// Warnings of one report that are said one by one.
const MAX_WARNINGS: usize = 10;

/// Bytes of reports that are held in memory at one time. A report that does not fit beside those of other threads is
/// read in a stream, which takes twice the time for parsing and no memory for its text.
const MAX_HELD_BYTES: u64 = 128 << 20;

/// What is left of [`MAX_HELD_BYTES`].
struct Held(AtomicU64);

impl Held {
    /// Takes `bytes` where they are left.
    fn take(&self, bytes: u64) -> bool {
        let take = |left: u64| left.checked_sub(bytes);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }

    fn give_back(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What came of reading several reports.
#[derive(Default)]
pub(crate) struct Loaded {
    /// One for each file that could be read, in the order of the files.
    pub(crate) sets: Vec<FindingSet>,
    /// The files that could not.
    pub(crate) unreadable: Vec<Unreadable>,
}

/// How reports are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) max_bytes: u64,
    /// Whether only counts are wanted: no digest, no prose.
    pub(crate) counts_only: bool,
}

impl Load {
    /// Reads everything that a report states.
    pub(crate) fn full(limits: &LimitArgs) -> Self {
        Self {
            max_bytes: limits.max_report_size.saturating_mul(1 << 20),
            counts_only: false,
        }
    }

    /// Reads what can be counted.
    pub(crate) fn counts(limits: &LimitArgs) -> Self {
        Self {
            counts_only: true,
            ..Self::full(limits)
        }
    }

    pub(crate) fn options(self, path: &Path) -> ReadOptions {
        let mut options = ReadOptions::default();
        options.source = path.display().to_string();
        options.digest = !self.counts_only;
        options.max_bytes = self.max_bytes;
        options.detail = if self.counts_only {
            Detail::Keys
        } else {
            Detail::Full
        };
        options
    }
}

/// Reads the reports and the files of a baseline, all side by side. A report that cannot be read is said on standard
/// error and kept by name; a baseline must be readable, and is one set.
pub(crate) fn load(
    paths: &[PathBuf],
    baseline: &[PathBuf],
    load: Load,
    talk: Talk,
) -> Result<(Loaded, Option<FindingSet>), Error> {
    let all: Vec<&Path> = paths.iter().chain(baseline).map(PathBuf::as_path).collect();
    let mut outcomes = read_all(&all, load, talk);
    let earlier = outcomes.split_off(paths.len());
    let earlier = earlier.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut loaded = Loaded::default();
    for (path, outcome) in paths.iter().zip(outcomes) {
        match outcome {
            Ok(set) => {
                for report in &set.reports {
                    say_warnings(report, talk);
                }
                loaded.sets.push(set);
            }
            Err(error) => loaded.unreadable.push(unreadable(path, &error, talk)),
        }
    }
    Ok((
        loaded,
        (!baseline.is_empty()).then(|| sealift_scan::merge(earlier)),
    ))
}

/// Says why a file cannot be read, and keeps it for the output.
pub(crate) fn unreadable(path: &Path, error: &Error, talk: Talk) -> Unreadable {
    talk.error(error);
    Unreadable {
        source: path.display().to_string(),
        error: error::chain(error),
    }
}

/// What each report of a set states, found again after merging has put the reports in another order.
pub(crate) struct ReportCounts(HashMap<Key, Counts>);

/// What tells two reports apart.
type Key = (String, u32, String, String, Option<sealift_types::Digest>);

fn key(report: &Report) -> Key {
    (
        report.source.clone(),
        report.run,
        report.scanner.clone(),
        report.format.clone(),
        report.digest.clone(),
    )
}

impl ReportCounts {
    /// Counts before merging.
    pub(crate) fn of(sets: &[FindingSet]) -> Self {
        Self(
            sets.iter()
                .flat_map(|set| set.reports.iter().map(key).zip(Counts::of_reports(set)))
                .collect(),
        )
    }

    /// In the order of these reports.
    pub(crate) fn in_order_of(&self, reports: &[Report]) -> Vec<Counts> {
        let found = |report: &Report| self.0.get(&key(report)).cloned().unwrap_or_default();
        reports.iter().map(found).collect()
    }
}

fn read_all(paths: &[&Path], load: Load, talk: Talk) -> Vec<Result<FindingSet, Error>> {
    let progress = Progress::start(talk, "reading reports");
    let next = AtomicUsize::new(0);
    let held = Held(AtomicU64::new(MAX_HELD_BYTES));
    let outcomes: Vec<Mutex<Option<Result<FindingSet, Error>>>> =
        paths.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(index) else { break };
            let outcome = read_one(path, load, &held, &progress);
            *outcomes[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        }
    };
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(paths.len());
    if threads <= 1 {
        work();
    } else {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
    }
    outcomes
        .into_iter()
        .map(|outcome| {
            outcome
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner)
                .expect("every path was taken by a thread, and a panicked thread ends the scope")
        })
        .collect()
}

fn read_one(path: &Path, load: Load, held: &Held, progress: &Progress) -> Result<FindingSet, Error> {
    let read = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let mut file = progress.watch(files::open(path).map_err(read)?);
    // A few megabytes of gzip can hold gigabytes, so its size says nothing of what it takes.
    if is_gzip(path) || !held.take(size) {
        return Ok(sealift_scan::parse_reader(file, &load.options(path))?);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(load.max_bytes)).unwrap_or(0) + 1);
    // One byte over the limit is enough for the parser to refuse it by the limit's name.
    let outcome = file
        .by_ref()
        .take(load.max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(read)
        .and_then(|_| Ok(sealift_scan::parse(&bytes, &load.options(path))?));
    drop(bytes);
    held.give_back(size);
    outcome
}

/// Whether a regular file begins as gzip does (RFC 1952 §2.3.1). A pipe is not looked into: its size is unknown
/// anyway.
fn is_gzip(path: &Path) -> bool {
    let mut magic = [0; 2];
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
        && std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut magic).is_ok())
        && magic == [0x1f, 0x8b]
}

/// Counts the rows of one file as they pass, in memory that does not grow with the file.
pub(crate) fn stream_counts(path: &Path, load: Load, talk: Talk) -> Result<Summary, Error> {
    let progress = Progress::start(talk, "reading reports");
    let file = files::open(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let mut summarizer = Summarizer::default();
    sealift_scan::read(progress.watch(file), &load.options(path), &mut summarizer)?;
    Ok(summarizer.finish())
}

/// Says what was odd about a report.
pub(crate) fn say_warnings(report: &Report, talk: Talk) {
    for warning in report.warnings.iter().take(MAX_WARNINGS) {
        talk.warning(&format!(
            "{}: {} [{}]",
            report.source, warning.message, warning.code
        ));
    }
    if report.warnings.len() > MAX_WARNINGS {
        talk.warning(&format!(
            "{}: {} more warnings (in --format json)",
            report.source,
            report.warnings.len() - MAX_WARNINGS
        ));
    }
    talk.detail(&format!(
        "{}: {} by {}, {} rows read, {} reported",
        report.source, report.format, report.scanner, report.accounting.read, report.accounting.reported
    ));
}
