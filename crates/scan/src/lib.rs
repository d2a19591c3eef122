#![doc = include_str!("../README.md")]

mod collect;
mod ids;
mod order;
mod read;

pub use read::{ReadOptions, Sink};
