//! `sealift`.
fn main() {}
