//! `sealift gate test`: the test cases of a policy.

use std::fs;
use std::path::{Path, PathBuf};

use sealift_cli::exit_codes;
use sealift_gate::{Facts, FactsSource, PolicyTest};

use crate::args::{ColorChoice, GateTestArgs};
use crate::error::Error;
use crate::evidence;
use crate::files;
use crate::output::policy_test::Case;
use crate::output::{self, Layout, Talk};

/// A case is written by hand, with its facts at most.
const MAX_CASE_BYTES: u64 = 64 << 20;
/// Folders below each other: more is a loop of links.
const MAX_DEPTH: usize = 16;

pub(crate) fn run(args: &GateTestArgs, color: ColorChoice, talk: Talk) -> Result<u8, Error> {
    let mut paths = Vec::new();
    find(&args.folder, MAX_DEPTH, &mut paths)?;
    paths.sort();
    if paths.is_empty() {
        return Err(Error::NoTests {
            path: args.folder.clone(),
        });
    }
    let mut cases = Vec::with_capacity(paths.len());
    for path in &paths {
        talk.detail(&format!("running {}", path.display()));
        cases.push(run_case(path, &args.folder)?);
    }
    output::write(None, |out| {
        output::policy_test::cases(&cases, Layout::new(color, None), out)
    })?;
    let failed = cases.iter().filter(|case| !case.outcome.passed()).count();
    match failed {
        0 => Ok(exit_codes::DONE),
        failed => Err(Error::FailedTests {
            failed,
            total: cases.len(),
        }),
    }
}

fn find(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), Error> {
    let read = |source| Error::Read {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.is_dir() {
            if depth > 0 {
                find(&path, depth - 1, paths)?;
            }
        } else if path.to_string_lossy().ends_with(".test.toml") {
            paths.push(path);
        }
    }
    Ok(())
}

fn run_case(path: &Path, root: &Path) -> Result<Case, Error> {
    let written = evidence::read_text(path, MAX_CASE_BYTES)?;
    let test = evidence::parse_toml(path, written, PolicyTest::parse)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let policy_path = match &test.policy {
        Some(policy) => folder.join(policy),
        None => beside_or_above(folder, root),
    };
    let policy = evidence::read_policy(&policy_path)?;
    let outcome = match &test.facts {
        FactsSource::Inline(facts) => test.run(&policy, facts),
        FactsSource::File(file) => test.run(&policy, &read_facts(&folder.join(file))?),
        _ => test.run(&policy, &Facts::default()),
    };
    Ok(Case {
        path: path.to_owned(),
        description: test.description,
        outcome,
    })
}

/// `policy.toml` beside the case, or in a folder above it up to the one that was named.
fn beside_or_above(folder: &Path, root: &Path) -> PathBuf {
    folder
        .ancestors()
        .take_while(|each| each.starts_with(root))
        .map(|each| each.join("policy.toml"))
        .find(|path| path.is_file())
        .unwrap_or_else(|| folder.join("policy.toml"))
}

fn read_facts(path: &Path) -> Result<Facts, Error> {
    let bytes = files::read_limited(path, MAX_CASE_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Input {
        path: path.to_owned(),
        expected: "facts",
        help: "write them with `sealift gate … --save-facts FILE`".to_owned(),
        source: source.into(),
    })
}
