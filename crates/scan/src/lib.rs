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

pub use baseline::{Comparison, compare};
pub use fingerprint::Fingerprint;
pub use merge::merge;
pub use read::{ReadOptions, Sink};
