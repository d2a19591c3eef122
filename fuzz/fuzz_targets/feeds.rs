//! Scores and catalogues as FIRST and CISA publish them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealift_gate::{EpssFeed, Feed, KevFeed};

fuzz_target!(|bytes: &[u8]| {
    let _ = Feed::parse(bytes);
    if let Ok(feed) = EpssFeed::parse(bytes) {
        assert!(
            feed.get("CVE-2024-0001")
                .is_none_or(|epss| (0.0..=1.0).contains(&epss.score))
        );
    }
    if let Ok(feed) = KevFeed::parse(bytes) {
        let _ = (feed.get("CVE-2024-0001"), feed.published());
    }
});
