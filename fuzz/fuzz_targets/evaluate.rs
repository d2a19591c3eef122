//! Facts of any kind under a policy that has every sort of rule: an answer for every input, and nothing new makes a
//! denial pass.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealift_gate::{Facts, Policy, Verdict, evaluate};

fuzz_target!(|bytes: &[u8]| {
    let Ok(facts) = serde_json::from_slice::<Facts>(bytes) else {
        return;
    };
    let now = "2026-01-01T00:00:00Z".parse().expect("a time");
    let policy = Policy::builtin();
    let report = evaluate(&policy, &facts, now);
    assert_eq!(
        evaluate(&policy, &facts, now),
        report,
        "the same input, another report"
    );
    serde_json::to_string(&report).expect("a report is JSON");
    if report.verdict == Verdict::Deny {
        let mut worse = facts;
        worse
            .findings
            .findings
            .extend(worse.findings.findings.first().cloned());
        assert_eq!(
            evaluate(&policy, &worse, now).verdict,
            Verdict::Deny,
            "a finding more, and it passes"
        );
    }
});
