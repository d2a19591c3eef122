//! What programs around the `sealift` command may rely on: its exit codes.
//!
//! The command itself is a binary; the work is done by the library crates (`sealift-scan`, `sealift-gate`,
//! `sealift-oci`), which a Rust program embeds instead of calling the command.

pub mod exit_codes;
