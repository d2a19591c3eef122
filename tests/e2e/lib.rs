//! End-to-end tests; see `tests/`. `cargo nextest run -p sealift-e2e --features external-tools` runs them.
