//! The public API of `sealift-scan`, one module for each topic.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod baseline;
mod corpus;
mod edge;
mod forged;
mod identity_corpus;
mod merge;
mod native;
mod native_corpus;
mod native_hostile;
mod same_image;
mod sarif;
mod sarif_fixtures;
mod sarif_out;
mod second_report;
mod stream;
