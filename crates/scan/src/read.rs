//! Reading a report: bytes in, rows out.

use sealift_types::{Digest, Finding, Report};

/// How a report is read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// The name of the input for messages and for [`Report::source`]; a file's path, or `-`.
    pub source: String,
    /// Whether to hash the bytes into [`Report::digest`]. Default: true. A summary needs no digest.
    pub digest: bool,
    /// The largest input, in bytes after decompression. Default: 1 GiB. Reports in the wild stay below 5 MB.
    pub max_bytes: u64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            source: "-".to_owned(),
            digest: true,
            max_bytes: 1 << 30,
        }
    }
}

/// Takes the rows of a report as they are read.
///
/// The findings of a run come first, one for each row (`rows` is 1, `report` is 0); the run's [`Report`] closes
/// them. A file with several runs repeats this.
pub trait Sink {
    /// One row.
    fn finding(&mut self, finding: Finding);
    /// The end of a run, with what the run says of itself and where its rows went.
    fn report(&mut self, report: Report);
}

/// What a format's reader knows before it starts.
pub(crate) struct Context<'a> {
    pub(crate) options: &'a ReadOptions,
    pub(crate) format: &'static str,
    pub(crate) digest: Option<Digest>,
}

impl Context<'_> {
    /// A report with the parts that do not come from its text.
    pub(crate) fn report(&self) -> Report {
        Report {
            source: self.options.source.clone(),
            digest: self.digest.clone(),
            format: self.format.to_owned(),
            ..Report::default()
        }
    }
}
