//! The public API of `sealift-scan`, one module for each topic.

mod baseline;
mod merge;
mod same_image;
mod sarif_out;
