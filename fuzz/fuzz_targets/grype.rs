//! Inside Grype's matches.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let after =
        r#"],"source":{"type":"image","target":{}},"descriptor":{"name":"grype","version":"0.100.0"}}"#;
    sealift_fuzz::parse_inside(r#"{"matches":["#, bytes, after);
});
