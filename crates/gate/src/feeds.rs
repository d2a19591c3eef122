//! Feeds that say how likely a flaw is exploited: EPSS as FIRST publishes it, KEV as CISA publishes it.
//!
//! Both are recognised by content, CSV or JSON, and read whole or not at all: a feed with a row that cannot be
//! read is no evidence that a flaw is harmless. A feed that was downloaded compressed is decompressed by the
//! caller.

mod csv;
mod cve;
mod epss;
mod kev;
mod time;

pub use epss::EpssFeed;
pub use kev::KevFeed;
pub(crate) use time::timestamp;

/// The most bytes that a feed may have: 64 MiB, six times the EPSS scores of 300,000 flaws.
pub const MAX_FEED_BYTES: usize = 64 << 20;

/// A feed of either sort, by content.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Feed {
    /// Scores of the Exploit Prediction Scoring System.
    Epss(EpssFeed),
    /// The catalogue of known exploited vulnerabilities.
    Kev(KevFeed),
}

impl Feed {
    /// Reads a feed of whichever sort it is.
    ///
    /// # Errors
    /// [`FeedError`] where it is neither, too large, or has a row that cannot be read.
    pub fn parse(bytes: &[u8]) -> Result<Self, FeedError> {
        match Shape::of(text_of(bytes)?)? {
            Shape::EpssCsv | Shape::EpssJson => EpssFeed::parse(bytes).map(Self::Epss),
            Shape::KevCsv | Shape::KevJson => KevFeed::parse(bytes).map(Self::Kev),
        }
    }
}

/// Why a feed cannot be used. Each has a remedy in [`FeedError::help`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// More than [`MAX_FEED_BYTES`].
    #[error("the feed has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// Bytes given.
        size: usize,
        /// Bytes read at most.
        limit: usize,
    },
    /// It begins like a gzip file.
    #[error("the feed is still compressed with gzip")]
    Compressed,
    /// The bytes are not UTF-8 text.
    #[error("line {line}: not UTF-8 text")]
    NotText {
        /// Line of the first byte that is not, from 1.
        line: usize,
    },
    /// Neither EPSS nor KEV by its first lines.
    #[error("neither an EPSS nor a KEV feed")]
    Unknown,
    /// The other feed than the one asked for.
    #[error("this is a feed of {found}, not of {expected}")]
    Other {
        /// What it is.
        found: &'static str,
        /// What was asked for.
        expected: &'static str,
    },
    /// A CSV line that cannot be read.
    #[error("line {line}: {problem}")]
    Row {
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// JSON that cannot be read.
    #[error("not the JSON of this feed: {problem}")]
    Json {
        /// What is wrong, with line and column where it is known.
        problem: String,
    },
    /// Fewer or more entries than the feed itself states.
    #[error("the feed states {stated} entries and holds {found}")]
    Incomplete {
        /// Entries as stated.
        stated: u64,
        /// Entries held.
        found: u64,
    },
    /// A feed without a single entry.
    #[error("the feed holds no entry")]
    Empty,
}

impl FeedError {
    /// One line with the remedy.
    pub fn help(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "give the day's file only, as FIRST and CISA publish it",
            Self::Compressed => "decompress it first: gunzip epss_scores-….csv.gz",
            Self::NotText { .. } | Self::Row { .. } | Self::Json { .. } | Self::Empty => {
                "download the feed again; a damaged feed is not used in part"
            }
            Self::Unknown => {
                "EPSS begins with `#model_version:` or `cve,epss,percentile`, or is JSON with `data`; KEV is JSON with `vulnerabilities`, or CSV with `cveID`"
            }
            Self::Other { .. } => "swap the two feeds",
            Self::Incomplete { .. } => {
                "download the whole feed: one page of the EPSS API is not enough, nor is a file that was cut"
            }
        }
    }
}

/// What the text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    EpssCsv,
    EpssJson,
    KevCsv,
    KevJson,
}

impl Shape {
    /// By the first lines of CSV, or by which array a JSON object has.
    fn of(text: &str) -> Result<Self, FeedError> {
        let start = text.trim_start();
        if start.starts_with('{') {
            // A key's name can stand in a text before the array does, so the object itself is asked.
            let keys: Keys = serde_json::from_str(start).map_err(|error| json_error(&error))?;
            return match (keys.data.is_some(), keys.vulnerabilities.is_some()) {
                (true, false) => Ok(Self::EpssJson),
                (false, true) => Ok(Self::KevJson),
                _ => Err(FeedError::Unknown),
            };
        }
        let header = start.lines().find(|line| !line.starts_with('#')).unwrap_or("");
        let has = |name: &str| header.split(',').any(|column| csv::bare(column) == name);
        if start.starts_with("#model_version") || (has("cve") && has("epss")) {
            Ok(Self::EpssCsv)
        } else if has("cveID") {
            Ok(Self::KevCsv)
        } else {
            Err(FeedError::Unknown)
        }
    }
}

#[derive(serde::Deserialize)]
struct Keys {
    data: Option<serde::de::IgnoredAny>,
    vulnerabilities: Option<serde::de::IgnoredAny>,
}

/// The bytes as text without a byte order mark, within the limit.
fn text_of(bytes: &[u8]) -> Result<&str, FeedError> {
    if bytes.len() > MAX_FEED_BYTES {
        return Err(FeedError::TooLarge {
            size: bytes.len(),
            limit: MAX_FEED_BYTES,
        });
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(FeedError::Compressed);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| FeedError::NotText {
        line: bytes[..error.valid_up_to()].split(|b| *b == b'\n').count(),
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn json_error(error: &serde_json::Error) -> FeedError {
    FeedError::Json {
        problem: error.to_string(),
    }
}
