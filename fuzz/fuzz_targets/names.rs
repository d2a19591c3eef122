//! Names that people type: what is read is printed and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealift_oci::ImageName;
use sealift_types::{Digest, Platform, Severity};

fuzz_target!(|text: &str| {
    if let Ok(name) = text.parse::<ImageName>() {
        let printed = name.to_string();
        assert_eq!(
            printed.parse::<ImageName>().expect("what is printed is a name"),
            name,
            "{printed}"
        );
    }
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.as_str().parse::<Digest>().as_ref(), Ok(&digest));
    }
    if let Ok(platform) = text.parse::<Platform>() {
        assert_eq!(platform.to_string().parse::<Platform>().as_ref(), Ok(&platform));
    }
    if let Ok(severity) = text.parse::<Severity>() {
        assert_eq!(severity.to_string().parse::<Severity>().as_ref(), Ok(&severity));
    }
});
