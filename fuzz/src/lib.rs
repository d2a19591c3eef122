//! What holds for every report that can be read, whatever its format.

use sealift_scan::ReadOptions;
use sealift_types::FindingSet;

/// Reads a report in both ways, with a small limit, so that an input that unpacks to much is refused rather than slow.
pub fn parse(bytes: &[u8]) -> Option<FindingSet> {
    let mut options = ReadOptions::default();
    options.max_bytes = 4 << 20;
    options.digest = false;
    let whole = sealift_scan::parse(bytes, &options).ok();
    let streamed = sealift_scan::parse_reader(bytes, &options).ok();
    assert_eq!(
        whole.clone().map(without_escapes),
        streamed.map(without_escapes),
        "read whole and streamed, it is not the same"
    );
    whole
}

/// The stream mends every escape that names half a character, the whole text only where one stops the parser: not in
/// a text that nobody reads. So what is said of them may differ, and nothing else.
fn without_escapes(mut set: FindingSet) -> FindingSet {
    for report in &mut set.reports {
        report.warnings.retain(|warning| warning.code != "lone-surrogate");
    }
    set
}

/// Reads a report made of fixed text around the input, so that the fuzzer starts inside a format.
pub fn parse_inside(before: &str, input: &[u8], after: &str) {
    let mut bytes = before.as_bytes().to_vec();
    bytes.extend_from_slice(input);
    bytes.extend_from_slice(after.as_bytes());
    if let Some(set) = parse(&bytes) {
        check(&set);
    }
}

/// No row is lost, no finding stands without a statement, and our own JSON reads back as the same set.
pub fn check(set: &FindingSet) {
    let mut rows = vec![0_u64; set.reports.len()];
    for finding in &set.findings {
        assert!(
            !finding.statements.is_empty(),
            "a finding without a statement: {finding:?}"
        );
        for statement in &finding.statements {
            assert!(statement.rows >= 1);
            rows[statement.report as usize] += u64::from(statement.rows);
        }
    }
    for (report, rows) in set.reports.iter().zip(rows) {
        assert!(report.accounting.is_balanced(), "{report:?}");
        assert_eq!(report.accounting.reported, rows, "{report:?}");
        assert!(!report.scanner.is_empty() && !report.format.is_empty());
    }
}
