//! Real reports against themselves: merged once more and compared with themselves, they stay what they are.

use sealift_scan::{ReadOptions, compare, merge, parse};

use crate::corpus::corpus;

/// What is refused: broken files, SARIF without results of its own, and one with a wrong shape.
const REFUSED: [&str; 7] = [
    "3516a169", "84f97130", "ac6cdb07", "b11f9322", "b91ae24b", "d03776e1", "d5836640",
];

#[test]
fn real_reports_are_unchanged_against_themselves() {
    let Some(files) = corpus() else {
        return;
    };
    let mut refused = Vec::new();
    let mut read = 0;
    for file in files {
        let name = file.name;
        let Ok(set) = parse(&file.bytes, &ReadOptions::default()) else {
            refused.push(name.split(['/', '-']).nth(1).unwrap_or_default().to_owned());
            continue;
        };
        read += 1;
        let rows: u64 = set
            .findings
            .iter()
            .flat_map(|f| &f.statements)
            .map(|s| u64::from(s.rows))
            .sum();
        let reported: u64 = set.reports.iter().map(|report| report.accounting.reported).sum();
        assert_eq!(rows, reported, "rows of {name}");

        let merged = merge([set.clone()]);
        let after: u64 = merged
            .findings
            .iter()
            .flat_map(|f| &f.statements)
            .map(|s| u64::from(s.rows))
            .sum();
        assert!(after >= rows, "rows of {name} merged");
        assert!(
            merge([merged.clone(), set.clone()]) == merged,
            "{name} merged again"
        );

        let mut again = merged.clone();
        let comparison = compare(&merged, &mut again);
        let outcome = (comparison.new, comparison.unchanged, comparison.fixed.len());
        assert_eq!(outcome, (0, merged.findings.len(), 0), "{name}");
    }
    assert!(read > 100, "only {read} reports could be read");
    refused.sort();
    assert_eq!(refused, REFUSED);
}
