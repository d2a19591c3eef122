//! The gate over every real report that there is. The corpus is not part of the repository; without it nothing is judged
//! here, and that is said.

use std::path::{Path, PathBuf};

use crate::support::{NOW, Sandbox};

/// Any scanner's report that cannot be read denies, and so does one that is missing.
const POLICY: &str = r#"
schema_version = 1

[[rule]]
id = "severity-threshold"
severity = "critical"

[[rule]]
id = "scanner-required"
scanners = ["trivy"]
"#;

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn every_report_is_judged_or_refused() {
    let folder = std::env::var_os("SEALIFT_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    let mut files = Vec::new();
    find(&folder.join("scan"), &mut files);
    if files.is_empty() {
        eprintln!("skipped: no corpus in {}", folder.display());
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.write("policy.toml", POLICY);
    let (mut passed, mut refused) = (0, 0);
    for file in &files {
        let name = file.display();
        let ran = sandbox.run([
            "gate".as_ref(),
            file.as_os_str(),
            "--policy".as_ref(),
            "policy.toml".as_ref(),
            "--as-of".as_ref(),
            NOW.as_ref(),
            "--format".as_ref(),
            "json".as_ref(),
        ]);
        assert!(matches!(ran.code, 0 | 10), "{name}: {}\n{}", ran.code, ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{name}: {}", ran.stderr);
        let json = ran.json();
        let evidence = json["evidence"].as_array().map_or(0, Vec::len);
        if ran.stderr.starts_with("error: ") || evidence == 0 {
            assert_eq!(ran.code, 10, "{name} was refused and passes: {}", ran.stderr);
            refused += 1;
        }
        passed += usize::from(ran.code == 0);
    }
    // Both happen, or this test would show nothing.
    assert!(
        passed > 0 && refused > 0,
        "{passed} passed, {refused} were refused, of {}",
        files.len()
    );
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_none_or(|extension| extension != "tsv") {
            files.push(path);
        }
    }
    files.sort();
}
