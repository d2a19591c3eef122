//! GitHub code scanning's limits, and what was cut to keep them.
//!
//! Source: GitHub Docs, "SARIF support for code scanning", sections "SARIF result limits" and "Supported SARIF
//! output file properties". A file over a hard limit is rejected whole, so nothing here is left to chance.

use serde::Serialize;

/// Runs in one file.
pub(crate) const MAX_RUNS: usize = 20;
/// Results in one run, and rules: a run has no rule without a result, so this holds both limits. GitHub shows the first [`SHOWN_RESULTS`] by severity.
pub(crate) const MAX_RESULTS: usize = 25_000;
/// Results of a run that GitHub shows.
pub(crate) const SHOWN_RESULTS: usize = 5_000;
/// Locations of a result that we write. GitHub takes 1,000, keeps 100 and shows the first.
pub(crate) const MAX_LOCATIONS: usize = 10;
/// Characters of a tool's or rule's name.
pub(crate) const MAX_NAME: usize = 255;
/// Characters of a rule's short and full description.
pub(crate) const MAX_DESCRIPTION: usize = 1_024;
/// Bytes of the file, gzip-compressed.
pub(crate) const MAX_GZIP_BYTES: usize = 10 * 1_000 * 1_000;

/// What was left out of a SARIF log, and which limit asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Truncation {
    /// The limit.
    pub limit: Limit,
    /// The largest count, or number of characters or bytes, that the limit allows.
    pub allowed: usize,
    /// Items, or texts, that were left out or shortened.
    pub dropped: usize,
}

/// A limit of GitHub code scanning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Limit {
    /// Runs in a file: the least severe runs are left out.
    Runs,
    /// Results in a run: the least severe results are left out.
    Results,
    /// Results in a run that GitHub shows; the others are in the file but not shown.
    ShownResults,
    /// Locations of a result.
    Locations,
    /// Length of a name.
    Name,
    /// Length of a description.
    Description,
    /// Compressed size of the file: the least severe results are left out.
    FileSize,
}

impl std::fmt::Display for Truncation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { allowed, dropped, .. } = self;
        match self.limit {
            Limit::Runs => write!(f, "{dropped} runs left out: GitHub takes {allowed} in a file"),
            Limit::Results => write!(
                f,
                "{dropped} results left out, least severe first: GitHub takes {allowed} in a run"
            ),
            Limit::ShownResults => {
                write!(
                    f,
                    "{dropped} results are in the file but not shown: GitHub shows the {allowed} most severe of a run"
                )
            }
            Limit::Locations => write!(
                f,
                "{dropped} further locations left out: {allowed} of each result are written"
            ),
            Limit::Name => write!(f, "{dropped} names shortened to {allowed} characters"),
            Limit::Description => write!(f, "{dropped} descriptions shortened to {allowed} characters"),
            Limit::FileSize => write!(
                f,
                "{dropped} results left out, least severe first: GitHub takes {} MB after gzip",
                allowed / 1_000_000
            ),
        }
    }
}

/// Adds up truncations, one entry for each limit.
#[derive(Debug, Default)]
pub(crate) struct Truncations(Vec<Truncation>);

impl Truncations {
    pub(crate) fn add(&mut self, limit: Limit, allowed: usize, dropped: usize) {
        if dropped == 0 {
            return;
        }
        match self.0.iter_mut().find(|truncation| truncation.limit == limit) {
            Some(truncation) => truncation.dropped += dropped,
            None => self.0.push(Truncation {
                limit,
                allowed,
                dropped,
            }),
        }
    }

    pub(crate) fn into_sorted(mut self) -> Vec<Truncation> {
        self.0.sort_by_key(|truncation| truncation.limit);
        self.0
    }
}
