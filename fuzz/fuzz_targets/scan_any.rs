//! Any bytes as a report: decoding, recovery, detection, then whichever reader fits.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    sealift_fuzz::parse_inside("", bytes, "");
});
