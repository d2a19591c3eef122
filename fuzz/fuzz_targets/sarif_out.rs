//! Whatever is read can be written for GitHub.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(set) = sealift_fuzz::parse(bytes) {
        let output = sealift_scan::to_sarif(&set, &sealift_scan::SarifOptions::default());
        let again = sealift_fuzz::parse(output.json.as_bytes()).expect("we read what we write");
        sealift_fuzz::check(&again);
    }
});
