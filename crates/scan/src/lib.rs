#![doc = include_str!("../README.md")]

mod ids;
mod read;

pub use read::{ReadOptions, Sink};
