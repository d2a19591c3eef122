//! Gating without the command.
fn main() {}
