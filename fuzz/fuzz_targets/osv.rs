//! Inside osv-scanner's results.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let before = r#"{"results":[{"source":{"path":"Cargo.lock","type":"lockfile"},"packages":["#;
    sealift_fuzz::parse_inside(before, bytes, "]}]}");
});
