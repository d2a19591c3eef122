//! A policy, and a policy test: read, or refused with the place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealift_gate::{Facts, Policy, PolicyTest, evaluate};

fuzz_target!(|text: &str| {
    let _ = PolicyTest::parse(text);
    if let Ok(policy) = Policy::parse(text) {
        let now = "2026-01-01T00:00:00Z".parse().expect("a time");
        let facts = Facts::default();
        let report = evaluate(&policy, &facts, now);
        assert_eq!(
            evaluate(&policy, &facts, now),
            report,
            "the same input, another report"
        );
    }
});
