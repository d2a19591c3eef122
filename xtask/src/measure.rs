//! Time and memory of a program, by GNU time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Result, shell, tools};

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) wall: Duration,
    /// User and system time of the program and its children.
    pub(crate) cpu: Duration,
    /// Peak resident set.
    pub(crate) peak_bytes: u64,
}

/// The median of several runs, of each figure by itself. The command is built anew for each; `accepted` lists exit codes that
/// mean success.
pub(crate) fn median(
    repeat: usize,
    accepted: &[i32],
    scratch: &Path,
    build: impl Fn() -> Command,
) -> Result<(Sample, PathBuf)> {
    tools::system(&[("time", "time")])?;
    let stdout = scratch.join("stdout");
    let mut samples = (0..repeat.max(1))
        .map(|_| once(&build(), accepted, scratch, &stdout))
        .collect::<Result<Vec<_>>>()?;
    let middle = samples.len() / 2;
    let mut median = samples[middle];
    samples.sort_by_key(|sample| sample.wall);
    median.wall = samples[middle].wall;
    samples.sort_by_key(|sample| sample.cpu);
    median.cpu = samples[middle].cpu;
    samples.sort_by_key(|sample| sample.peak_bytes);
    median.peak_bytes = samples[middle].peak_bytes;
    Ok((median, stdout))
}

fn once(inner: &Command, accepted: &[i32], scratch: &Path, stdout: &Path) -> Result<Sample> {
    let figures = scratch.join("time");
    let stderr = scratch.join("stderr");
    let mut command = shell::command("time");
    command
        .args(["--quiet", "--format=%U %S %M", "--output"])
        .arg(&figures)
        .arg(inner.get_program())
        .args(inner.get_args())
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(stdout)?)
        .stderr(std::fs::File::create(&stderr)?);
    let start = Instant::now();
    let status = command.status()?;
    let wall = start.elapsed();
    if !status.code().is_some_and(|code| accepted.contains(&code)) {
        let said = std::fs::read_to_string(&stderr).unwrap_or_default();
        return Err(format!("{inner:?} ended with {status}\n{said}").into());
    }
    let text = std::fs::read_to_string(&figures)?;
    let numbers: Vec<f64> = text
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let [user, system, kib] = numbers[..] else {
        return Err(format!("GNU time printed `{}`", text.trim()).into());
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of KiB, printed as a whole number"
    )]
    let peak_bytes = kib as u64 * 1024;
    Ok(Sample {
        wall,
        cpu: Duration::from_secs_f64(user + system),
        peak_bytes,
    })
}
