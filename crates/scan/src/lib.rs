#![doc = include_str!("../README.md")]

mod accept;
mod baseline;
mod collect;
mod component;
mod detect;
mod error;
mod fingerprint;
mod ids;
mod input;
mod merge;
mod names;
mod native;
mod order;
mod purl_type;
mod read;
mod sarif;
mod sarif_out;
mod summary;
mod symbols;

pub use baseline::{Comparison, compare};
pub use error::{Error, Place};
pub use fingerprint::Fingerprint;
pub use merge::merge;
pub use read::{Detail, Input, ReadOptions, Sink, parse, parse_reader, read};
pub use sarif_out::{Accepted, Limit, SarifOptions, SarifOutput, SarifRuns, Truncation, to_sarif};
pub use summary::{ReportSummary, SeverityCounts, Summarizer, Summary, summarize};
