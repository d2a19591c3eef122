//! Inside a SARIF run, of a tool that the input may name.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Each scanner's own reading of the texts, chosen by the first byte.
    let (tool, rest) = match bytes.split_first() {
        Some((&first, rest)) => (usize::from(first), rest),
        None => return,
    };
    const TOOLS: &[&str] = &[
        "Trivy",
        "grype",
        "Snyk Container",
        "docker scout",
        "osv-scanner",
        "other",
    ];
    let name = TOOLS[tool % TOOLS.len()];
    let before = format!(
        r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"{name}","rules":[{{"id":"CVE-2024-0001"}}]}}}},"results":[{{"ruleId":"CVE-2024-0001",{}"#,
        if rest.first() == Some(&b'}') {
            r#""level":"error""#
        } else {
            ""
        }
    );
    sealift_fuzz::parse_inside(&before, rest, "}]}]}");
});
