#![doc = include_str!("../README.md")]

mod baseline;
mod collect;
mod component;
mod fingerprint;
mod ids;
mod merge;
mod names;
mod order;
mod read;
mod sarif_out;
mod symbols;

pub use baseline::{Comparison, compare};
pub use fingerprint::Fingerprint;
pub use merge::merge;
pub use read::{ReadOptions, Sink};
pub use sarif_out::{Limit, SarifOptions, SarifOutput, SarifRuns, Truncation, to_sarif};
