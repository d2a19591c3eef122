//! Why a report cannot be read.
//!
//! Every error means that findings may be missing, so none of them may pass a gate.

use std::io;

/// A report that cannot be read. The text is about this layer; [`Error::help`] has the way out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Reading the bytes failed.
    #[error("cannot read {input}")]
    Io {
        /// The input as the caller named it.
        input: String,
        /// The cause.
        source: io::Error,
    },
    /// There is nothing in it, or only white space, or `null`.
    #[error("{input} is empty")]
    Empty {
        /// The input as the caller named it.
        input: String,
    },
    /// It is larger than [`ReadOptions::max_bytes`](crate::ReadOptions::max_bytes), or must be held in memory and
    /// is too large for that.
    #[error("{input} is too large: {what} exceeds {limit} bytes")]
    TooLarge {
        /// The input as the caller named it.
        input: String,
        /// What was measured.
        what: &'static str,
        /// The limit in bytes.
        limit: u64,
    },
    /// No JSON begins in its first part.
    #[error("{input} holds no JSON report")]
    NotJson {
        /// The input as the caller named it.
        input: String,
    },
    /// It is JSON, but no report that we know.
    #[error("{input} is not a report of a known format (its keys: {})", .keys.join(", "))]
    Unrecognised {
        /// The input as the caller named it.
        input: String,
        /// The first keys of its top level, at most 12.
        keys: Vec<String>,
    },
    /// It is a version of a known format that is not read.
    #[error("{input} is {format} version {version:?}, which is not read")]
    Unsupported {
        /// The input as the caller named it.
        input: String,
        /// The format.
        format: &'static str,
        /// The version that it states.
        version: String,
    },
    /// It ends in the middle.
    #[error("{input} ends too early{}", at(",", *place))]
    Truncated {
        /// The input as the caller named it.
        input: String,
        /// Where in the text, if known.
        place: Option<Place>,
    },
    /// It is not valid JSON.
    #[error("{input} is not valid JSON{}: {reason}", at("", *place))]
    Syntax {
        /// The input as the caller named it.
        input: String,
        /// Where in the text, if known.
        place: Option<Place>,
        /// What the parser says.
        reason: String,
    },
    /// It is JSON of a known format with a part of the wrong shape, so rows cannot be told.
    #[error("{input} has the wrong shape{}: {reason}", at("", *place))]
    Shape {
        /// The input as the caller named it.
        input: String,
        /// Where in the text, if known.
        place: Option<Place>,
        /// What was expected.
        reason: String,
    },
    /// A SARIF log without a run: no scanner ran.
    #[error("{input} holds no runs: no scanner has run")]
    NoRuns {
        /// The input as the caller named it.
        input: String,
    },
    /// A SARIF log whose results are in other files (SARIF §3.14.2, §3.15).
    #[error("{input} keeps its results in an external property file")]
    ExternalResults {
        /// The input as the caller named it.
        input: String,
    },
    /// A second document follows that is no report we know.
    #[error("{input} holds a second document that is no report{}", at(",", *place))]
    SecondDocument {
        /// The input as the caller named it.
        input: String,
        /// Where it begins, if known.
        place: Option<Place>,
    },
}

impl Error {
    /// One sentence with the way out.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check that the file exists and can be read",
            Self::Empty { .. } => {
                "the scanner wrote nothing: check its exit code, and write the report with its own --output option"
            }
            Self::TooLarge { .. } => "split the report, or raise the limit if you trust where it comes from",
            Self::NotJson { .. } => "write the report as JSON or SARIF; tables and XML are not read",
            Self::Unrecognised { .. } => {
                "read are SARIF and the JSON of Trivy, Grype, Snyk, osv-scanner, GitLab container scanning and Sealift"
            }
            Self::Unsupported { .. } => "write the report as SARIF 2.1.0",
            Self::Truncated { .. } => "the scanner or the upload was cut off: run it again",
            Self::Syntax { .. } => {
                "the file was damaged or is not the scanner's own output: run the scanner again"
            }
            Self::Shape { .. } => {
                "the file was changed or written by a tool that breaks its format: run it again"
            }
            Self::NoRuns { .. } => {
                "a log without runs does not say that nothing was found: run the scanner again"
            }
            Self::ExternalResults { .. } => "let the tool write its results into the same file",
            Self::SecondDocument { .. } => "give each report its own file",
        }
    }

    /// The input, as the caller named it.
    pub fn input(&self) -> &str {
        match self {
            Self::Io { input, .. }
            | Self::Empty { input }
            | Self::TooLarge { input, .. }
            | Self::NotJson { input }
            | Self::Unrecognised { input, .. }
            | Self::Unsupported { input, .. }
            | Self::Truncated { input, .. }
            | Self::Syntax { input, .. }
            | Self::Shape { input, .. }
            | Self::NoRuns { input }
            | Self::ExternalResults { input }
            | Self::SecondDocument { input, .. } => input,
        }
    }

    /// A short permanent word for the kind of error, in kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::Empty { .. } => "empty",
            Self::TooLarge { .. } => "too-large",
            Self::NotJson { .. } => "not-json",
            Self::Unrecognised { .. } => "unrecognised",
            Self::Unsupported { .. } => "unsupported",
            Self::Truncated { .. } => "truncated",
            Self::Syntax { .. } => "syntax",
            Self::Shape { .. } => "shape",
            Self::NoRuns { .. } => "no-runs",
            Self::ExternalResults { .. } => "external-results",
            Self::SecondDocument { .. } => "second-document",
        }
    }

    /// The error of this input that stopped the JSON parser.
    pub(crate) fn from_json(input: &str, error: serde_json::Error) -> Self {
        let input = input.to_owned();
        let place = Place::new(error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Io => Self::from_io(input, io::Error::from(error)),
            serde_json::error::Category::Eof => Self::Truncated { input, place },
            category => {
                let mut reason = error.to_string();
                if let Some(place) = reason.rfind(" at line ") {
                    reason.truncate(place);
                }
                if category == serde_json::error::Category::Data {
                    Self::Shape { input, place, reason }
                } else {
                    Self::Syntax { input, place, reason }
                }
            }
        }
    }

    /// The error of this input that a reader gave; limits travel through `io::Error`.
    pub(crate) fn from_io(input: String, source: io::Error) -> Self {
        match source
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<OverLimit>())
        {
            Some(&OverLimit { what, limit }) => Self::TooLarge { input, what, limit },
            None if source.kind() == io::ErrorKind::UnexpectedEof => Self::Truncated { input, place: None },
            None => Self::Io { input, source },
        }
    }
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1. In a stream it may be that of the next byte.
    pub column: usize,
}

impl Place {
    /// `None` where no line is known.
    pub(crate) fn new(line: usize, column: usize) -> Option<Self> {
        (line > 0).then_some(Self {
            line,
            column: column.max(1),
        })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

fn at(comma: &str, place: Option<Place>) -> String {
    place.map_or_else(String::new, |place| format!("{comma} at {place}"))
}

/// A limit that was met while reading.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{what} exceeds {limit} bytes")]
pub(crate) struct OverLimit {
    pub(crate) what: &'static str,
    pub(crate) limit: u64,
}
