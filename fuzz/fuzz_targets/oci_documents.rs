//! Documents of an image layout.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealift_oci::{Config, Document};

fuzz_target!(|bytes: &[u8]| {
    for media_type in [
        "",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ] {
        if let Ok(document) = Document::parse(bytes, media_type, "input") {
            let _ = (document.subject(), document.annotations());
        }
    }
    let _ = Config::parse(bytes, "input");
});
