//! Native reports that are damaged: every value of every fixture replaced by every other type, and every cut.

use sealift_scan::{ReadOptions, parse};
use sealift_types::FindingSet;
use serde_json::{Value, json};

const FIXTURES: [&str; 7] = [
    include_str!("../data/native/trivy-v2.json"),
    include_str!("../data/native/trivy-v1.json"),
    include_str!("../data/native/grype.json"),
    include_str!("../data/native/snyk-container.json"),
    include_str!("../data/native/snyk-iac.json"),
    include_str!("../data/native/osv.json"),
    include_str!("../data/native/gitlab.json"),
];

#[test]
fn a_value_of_another_type_loses_no_row_in_silence() {
    let (mut tried, mut refused) = (0, 0);
    for fixture in FIXTURES {
        let document: Value = serde_json::from_str(fixture).unwrap();
        let rows = rows(&parse(fixture.as_bytes(), &ReadOptions::default()).unwrap());
        let mut pointers = Vec::new();
        gather(&document, String::new(), &mut pointers);
        for pointer in pointers {
            let original = document.pointer(&pointer).unwrap();
            for odd in [
                json!(null),
                json!(7),
                json!("x"),
                json!([]),
                json!({}),
                json!([[1]]),
                json!(true),
            ] {
                let mut damaged = document.clone();
                *damaged.pointer_mut(&pointer).unwrap() = odd.clone();
                tried += 1;
                let Ok(set) = parse(damaged.to_string().as_bytes(), &ReadOptions::default()) else {
                    refused += 1;
                    continue;
                };
                for report in &set.reports {
                    assert!(report.accounting.is_balanced(), "{pointer} {odd}");
                }
                // Rows may go with an array or object that holds none, and with nothing else.
                let empties = matches!(&odd, Value::Null | Value::Array(_) | Value::Object(_));
                let is_container = original.is_array() || original.is_object();
                if !(is_container && empties) {
                    assert_eq!(self::rows(&set), rows, "{pointer} {odd}");
                }
            }
        }
    }
    assert!(
        tried > 1000 && refused > 0 && refused < tried / 2,
        "{refused} of {tried}"
    );
}

#[test]
fn a_cut_report_is_an_error() {
    for fixture in FIXTURES {
        let end = fixture.trim_end().len();
        for cut in (1..end).step_by(7) {
            let Some(start) = fixture.get(..cut) else { continue };
            assert!(
                parse(start.as_bytes(), &ReadOptions::default()).is_err(),
                "cut at {cut}"
            );
        }
    }
}

fn rows(set: &FindingSet) -> u64 {
    set.reports.iter().map(|report| report.accounting.read).sum()
}

/// Pointers of all values below `value`.
fn gather(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                gather(value, format!("{pointer}/{key}"), pointers);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                gather(value, format!("{pointer}/{index}"), pointers);
            }
        }
        _ => {}
    }
    if !pointer.is_empty() {
        pointers.push(pointer);
    }
}
