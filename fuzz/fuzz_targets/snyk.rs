//! Inside Snyk's list of vulnerabilities, of one project and of several.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let project = r#"{"ok":false,"packageManager":"deb","projectName":"app","vulnerabilities":["#;
    sealift_fuzz::parse_inside(project, bytes, "]}");
    sealift_fuzz::parse_inside(&format!("[{project}"), bytes, "]}]");
});
