//! Real reports against themselves: merged once more and compared with themselves, they stay what they are.

use std::path::{Path, PathBuf};

use sealift_scan::{ReadOptions, compare, merge, parse};

/// The corpus, or `None` (with a line that says so) where it is missing.
fn corpus() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    #[expect(clippy::disallowed_methods, reason = "the corpus is outside the repository")]
    let folder =
        PathBuf::from(std::env::var("SEALIFT_CORPUS").unwrap_or_else(|_| default.to_owned())).join("scan");
    if folder.is_dir() {
        return Some(folder);
    }
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: no corpus at {}", folder.display());
    }
    None
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn real_reports_are_unchanged_against_themselves() {
    let Some(folder) = corpus() else {
        return;
    };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let mut read = 0;
    for path in paths {
        #[expect(clippy::disallowed_methods, reason = "the corpus is outside the repository")]
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let Ok(set) = parse(&bytes, &ReadOptions::default()) else {
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
        assert_eq!(rows, reported, "rows of {}", path.display());

        let merged = merge([set.clone()]);
        let after: u64 = merged
            .findings
            .iter()
            .flat_map(|f| &f.statements)
            .map(|s| u64::from(s.rows))
            .sum();
        assert!(after >= rows, "rows of {} merged", path.display());
        assert!(
            merge([merged.clone(), set.clone()]) == merged,
            "{} merged again",
            path.display()
        );

        let mut again = merged.clone();
        let comparison = compare(&merged, &mut again);
        let outcome = (comparison.new, comparison.unchanged, comparison.fixed.len());
        assert_eq!(outcome, (0, merged.findings.len(), 0), "{}", path.display());
    }
    assert!(read > 100, "only {read} reports could be read");
}
