//! Fuzzing on the stable toolchain: the targets of `fuzz/` are built with the coverage instrumentation that
//! libFuzzer reads. `cargo fuzz` runs the same targets, and adds sanitizers on nightly; the crates forbid `unsafe`,
//! so what is looked for is panics, hangs and memory, which need none.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use crate::{Result, shell};

/// What rustc needs to instrument edges and comparisons for libFuzzer; the same set as cargo-fuzz's, without a
/// sanitizer.
const INSTRUMENT: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Coverflow-checks";

/// Flags of their own and a target named explicitly, so that build scripts and macros are not instrumented.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// The largest input made. Reports are long lists; a finding is some hundred bytes.
const MAX_BYTES: u32 = 16_384;

/// A memory ceiling that no input of that size may reach.
const MAX_MIB: u32 = 1_024;

/// Longest time for one input, in seconds; a slow shared machine needs some slack.
const MAX_SECONDS: u32 = 10;

/// The chore: `[TARGET…] [--seconds N]`.
pub(crate) fn run(arguments: &[String]) -> Result {
    let mut seconds: u64 = 10;
    let mut chosen = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => {
                let value = words.next().ok_or("--seconds needs a number")?;
                seconds = value
                    .parse()
                    .map_err(|_| format!("--seconds {value}: not a whole number"))?;
            }
            name if !name.starts_with('-') => chosen.push(name.to_owned()),
            other => return Err(format!("fuzz does not take `{other}`").into()),
        }
    }
    let all = targets()?;
    if let Some(unknown) = chosen.iter().find(|name| !all.contains(name)) {
        return Err(format!("no target is called `{unknown}`; there are {}", all.join(", ")).into());
    }
    let chosen = if chosen.is_empty() { all } else { chosen };
    build()?;
    let waiting = Mutex::new(chosen.iter());
    let failures = Mutex::new(Vec::new());
    let next = || waiting.lock().ok()?.next();
    std::thread::scope(|scope| {
        // A target takes one core, and time is what they are bounded by.
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(target) = next() {
                    if let (Err(error), Ok(mut failures)) = (fuzz(target, seconds), failures.lock()) {
                        failures.push(error.to_string());
                    }
                }
            });
        }
    });
    let failures = failures.into_inner()?;
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures.join("\n").into())
    }
}

fn home() -> PathBuf {
    shell::root().join("fuzz")
}

/// The targets are the files of `fuzz/fuzz_targets`.
fn targets() -> Result<Vec<String>> {
    let mut names: Vec<String> = fs::read_dir(home().join("fuzz_targets"))?
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn build() -> Result {
    let mut cargo = shell::cargo(["build", "--locked", "--release", "--bins", "--target", TRIPLE]);
    cargo.arg("--manifest-path").arg(home().join("Cargo.toml"));
    cargo.arg("--target-dir").arg(build_dir());
    shell::run(cargo.env("RUSTFLAGS", INSTRUMENT))
}

fn build_dir() -> PathBuf {
    shell::target_dir().join("fuzz")
}

/// Seeds first, then whatever earlier runs found; new inputs go to `fuzz/corpus`, crashes to `fuzz/artifacts`.
fn fuzz(target: &str, seconds: u64) -> Result {
    let corpus = home().join("corpus").join(target);
    let artifacts = home().join("artifacts").join(target);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    let mut program = shell::command(build_dir().join(TRIPLE).join("release").join(target));
    program
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={MAX_BYTES}"))
        .arg(format!("-rss_limit_mb={MAX_MIB}"))
        .arg(format!("-timeout={MAX_SECONDS}"))
        .args(["-print_final_stats=1", "-verbosity=0", "-len_control=0"])
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-dict={}", home().join("words.dict").display()))
        .arg(&corpus)
        .args(seeds()?);
    println!("fuzzing {target} for {seconds} s");
    let output = program.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{target} failed; the input is in fuzz/artifacts/{target}\n{said}").into());
    }
    // One call for all, since other targets print at the same time.
    let figures: Vec<String> = said
        .lines()
        .filter_map(|line| line.strip_prefix("stat::"))
        .map(|figure| figure.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    println!("{target}: {}", figures.join(", "));
    Ok(())
}

/// The fixtures of the crates' tests are the seeds of every target: a policy is as good a wrong report as any.
/// libFuzzer looks into the folders below by itself.
fn seeds() -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(shell::root().join("crates"))? {
        let data = entry?.path().join("tests/data");
        if data.is_dir() {
            folders.push(data);
        }
    }
    Ok(folders)
}
