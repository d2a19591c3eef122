//! The command as its users run it: the real binary, a clean environment, files in a folder of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod baseline;
mod corpus;
mod exit_codes;
mod gate;
mod github;
mod help;
mod hostile;
mod inspect;
mod scan;
mod schemas;
mod ship;
mod support;
mod verdict_code;
