//! Ignore files and VEX documents, by content and under each name that is known.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealift_gate::exceptions::import::{ImportOptions, import};

fuzz_target!(|bytes: &[u8]| {
    for name in [
        None,
        Some(".trivyignore"),
        Some(".trivyignore.yaml"),
        Some(".grype.yaml"),
        Some(".snyk"),
        Some("vex.json"),
    ] {
        let mut options = ImportOptions::default();
        options.file = name.map(str::to_owned);
        if let Err(error) = import(bytes, &options) {
            assert!(!error.help().is_empty());
        }
    }
});
