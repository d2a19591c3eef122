//! The gate's public behaviour.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests read the repository's schemas and examples, say what they skip, and stop at a surprise"
)]

mod build;
mod documents;
mod evaluate;
mod exceptions;
mod feeds;
mod import;
mod policy;
mod policy_test;
mod properties;
mod rego;
mod schema;
