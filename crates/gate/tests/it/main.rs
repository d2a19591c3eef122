//! The gate's public behaviour.

mod build;
mod evaluate;
mod exceptions;
mod feeds;
mod import;
mod policy;
mod policy_test;
mod properties;
