//! Inside Trivy's results, version 2 and 1.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let before = r#"{"SchemaVersion":2,"ArtifactName":"app","ArtifactType":"container_image","Results":[{"Target":"app","Class":"os-pkgs","Type":"debian","Vulnerabilities":["#;
    sealift_fuzz::parse_inside(before, bytes, "]}]}");
    sealift_fuzz::parse_inside(
        r#"[{"Target":"app","Type":"debian","Vulnerabilities":["#,
        bytes,
        "]}]",
    );
});
