//! Inside GitLab's list of vulnerabilities.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let before = r#"{"version":"15.0.7","scan":{"scanner":{"id":"trivy","name":"Trivy"},"type":"container_scanning"},"vulnerabilities":["#;
    sealift_fuzz::parse_inside(before, bytes, "]}");
});
