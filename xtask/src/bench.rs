//! Sealift beside its peers on the same input in one run: `PyPI`'s sarif-tools and npm's SARIF Multitool.
//!
//! Nobody else on the machine is assumed, only that all see the same load: each figure is the median of several
//! runs, the peers run between ours, and the page says how busy the machine was. What Sealift finds is held against
//! what the generator put in: a wrong count is a failure, a missed goal is shown.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::generate::{self, Shape, Written};
use crate::machine::Machine;
use crate::measure::{self, Sample};
use crate::{Result, bench_gate, interop, shell, tools};

struct Options {
    megabytes: u64,
    repeat: usize,
    /// Whether to compile first; without, what the last release build left is measured.
    build: bool,
    /// Whether the table replaces the one in `docs/benchmarks.md`.
    save: bool,
}

/// The chore: `[--mb N] [--repeat N] [--no-build] [--save]`.
pub(crate) fn run(arguments: &[String]) -> Result {
    let options = options(arguments)?;
    let bench = Bench::prepare(&options)?;
    let machine = Machine::now()?;
    let rows = bench.rows()?;
    let gate = bench_gate::run()?;
    let mut table = render(&options, bench.truth, &rows);
    table.push_str(&gate);
    let _ = writeln!(table, "\n{}", machine.until_now()?);
    println!("\n{table}");
    if options.save {
        save(&table)?;
    }
    Ok(())
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options {
        megabytes: 100,
        repeat: 3,
        build: true,
        save: false,
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut number = || -> Result<u64> {
            let value = words.next().ok_or_else(|| format!("{word} needs a number"))?;
            Ok(value
                .parse()
                .map_err(|_| format!("{word} {value}: not a whole number"))?)
        };
        match word.as_str() {
            "--mb" => options.megabytes = number()?,
            "--repeat" => options.repeat = usize::try_from(number()?)?,
            "--no-build" => options.build = false,
            "--save" => options.save = true,
            other => return Err(format!("bench does not take `{other}`").into()),
        }
    }
    Ok(options)
}

/// The programs, the input, and what is true of it.
struct Bench {
    repeat: usize,
    scratch: PathBuf,
    sealift: PathBuf,
    sarif_tools: PathBuf,
    multitool: PathBuf,
    old: PathBuf,
    new: PathBuf,
    small: PathBuf,
    truth: Written,
}

/// One line of the table.
struct Row {
    what: &'static str,
    who: &'static str,
    sample: Sample,
    /// What was found, where it can be right or wrong.
    note: String,
    goal: Option<Goal>,
}

/// What Sealift should stay within on 100 MB, and on an idle machine.
#[derive(Clone, Copy)]
struct Goal {
    seconds: f64,
    mib: u64,
}

impl Goal {
    /// A shared machine's wall clock measures the neighbours too. An idle one takes no longer than the processor time:
    /// as long with one report, and less with two, which are read at the same time.
    fn show(self, sample: Sample) -> String {
        let memory = sample.peak_bytes <= self.mib << 20;
        let met = match (
            sample.wall.as_secs_f64() <= self.seconds,
            sample.cpu.as_secs_f64() <= self.seconds,
        ) {
            _ if !memory => "missed",
            (true, _) => "met",
            (false, true) => "met in CPU time",
            (false, false) => "missed",
        };
        format!("{} s, {} MiB: {met}", self.seconds, self.mib)
    }
}

const START: Goal = Goal {
    seconds: 0.03,
    mib: 32,
};
const SUMMARY: Goal = Goal {
    seconds: 0.5,
    mib: 160,
};
/// 150 MB/s.
const LOW_MEMORY: Goal = Goal {
    seconds: 0.667,
    mib: 32,
};
const MERGE: Goal = Goal {
    seconds: 1.5,
    mib: 350,
};
const DIFFERENCE: Goal = Goal {
    seconds: 1.0,
    mib: 350,
};

impl Bench {
    fn prepare(options: &Options) -> Result<Self> {
        let scratch = shell::target_dir().join("bench");
        fs::create_dir_all(&scratch)?;
        let sealift = if options.build {
            bench_gate::build()?;
            interop::sealift()?
        } else {
            shell::target_dir().join("release/sealift")
        };
        let shape = Shape {
            results: generate::results_for(options.megabytes),
            seed: 1,
            drift_per_mille: 0,
        };
        let drifted = Shape {
            drift_per_mille: 100,
            ..shape
        };
        let small = Shape {
            results: generate::results_for(2),
            ..shape
        };
        let file = |name: &str| scratch.join(name);
        generate::write(&file("old.sarif"), shape)?;
        let truth = generate::write(&file("new.sarif"), drifted)?;
        generate::write(&file("small.sarif"), small)?;
        Ok(Self {
            repeat: options.repeat,
            sealift,
            sarif_tools: tools::sarif_tools()?,
            multitool: tools::multitool()?.join("Sarif.Multitool"),
            old: file("old.sarif"),
            new: file("new.sarif"),
            small: file("small.sarif"),
            scratch,
            truth,
        })
    }

    fn rows(&self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        self.summaries(&mut rows)?;
        self.merges(&mut rows)?;
        self.diffs(&mut rows)?;
        Ok(rows)
    }

    fn summaries(&self, rows: &mut Vec<Row>) -> Result {
        for (what, file, goal) in [
            ("2 MB, start to exit", &self.small, START),
            ("summary", &self.old, SUMMARY),
        ] {
            let counts = ["scan", "--summary", "--format", "json"];
            let mut ours = self.row(what, "sealift", &self.sealift, &counts, &[file])?;
            // The clock of GNU time ticks in hundredths of a second: too coarse for a rate of the small one.
            if file == &self.old {
                ours.note = speed(file, ours.sample)?;
            }
            ours.goal = Some(goal);
            rows.push(ours);
            rows.push(self.row(what, "sarif-tools", &self.sarif_tools, &["summary"], &[file])?);
            rows.push(self.row(
                what,
                "multitool",
                &self.multitool,
                &["query", "-e", "Level == Error"],
                &[file],
            )?);
        }
        let low = ["scan", "--summary", "--low-memory", "--format", "json"];
        let what = "summary, low memory";
        let mut ours = self.row(what, "sealift", &self.sealift, &low, &[&self.old])?;
        ours.note = speed(&self.old, ours.sample)?;
        ours.goal = Some(LOW_MEMORY);
        rows.push(ours);
        Ok(())
    }

    fn merges(&self, rows: &mut Vec<Row>) -> Result {
        let what = "merge of two";
        let files = [&self.old, &self.new];
        let merged = self.scratch.join("merged.sarif");
        let mut ours = self.row(
            what,
            "sealift",
            &self.sealift,
            &["scan", "--format", "json"],
            &files,
        )?;
        let findings = self.stdout_json()?["findings"].as_array().map_or(0, Vec::len);
        let truth = self.truth.findings + self.truth.drifted;
        if findings != truth {
            return Err(format!("sealift merged to {findings} findings, and there are {truth}").into());
        }
        ours.note = format!("{findings} findings, exact");
        ours.goal = Some(MERGE);
        rows.push(ours);
        let copy = ["copy", "--output", &merged.to_string_lossy()];
        let mut theirs = self.row(what, "sarif-tools", &self.sarif_tools, &copy, &files)?;
        theirs.note = results(&fs::read_to_string(&merged)?)?;
        rows.push(theirs);
        let folder = self.scratch.to_string_lossy();
        // `--log` takes several values, so a flag stands between it and the files.
        let mut merge = vec!["merge", "--log", "ForceOverwrite", "--output-directory", &folder];
        merge.extend(["--output-file", "merged.sarif"]);
        let mut theirs = self.row(what, "multitool", &self.multitool, &merge, &files)?;
        theirs.note = results(&fs::read_to_string(&merged)?)?;
        rows.push(theirs);
        Ok(())
    }

    fn diffs(&self, rows: &mut Vec<Row>) -> Result {
        let what = "difference of two";
        let baseline = [
            "scan",
            "--format",
            "json",
            "--baseline",
            &self.old.to_string_lossy(),
        ];
        let mut ours = self.row(what, "sealift", &self.sealift, &baseline, &[&self.new])?;
        ours.note = comparison(&self.stdout_json()?, self.truth)?;
        ours.goal = Some(DIFFERENCE);
        rows.push(ours);
        let difference = self.scratch.join("difference.json");
        let diff = ["diff", "--output", &difference.to_string_lossy()];
        let mut theirs = self.row(
            what,
            "sarif-tools",
            &self.sarif_tools,
            &diff,
            &[&self.old, &self.new],
        )?;
        theirs.note = sarif_tools_difference(&fs::read_to_string(&difference)?)?;
        rows.push(theirs);
        let matched = self.scratch.join("matched.sarif");
        let old = self.old.to_string_lossy();
        let out = matched.to_string_lossy();
        let mut forward = vec!["match-results-forward", "--log", "ForceOverwrite"];
        forward.extend(["--previous", &old, "--output-file-path", &out]);
        let mut theirs = self.row(what, "multitool", &self.multitool, &forward, &[&self.new])?;
        theirs.note = multitool_difference(&fs::read_to_string(&matched)?)?;
        rows.push(theirs);
        Ok(())
    }

    fn row(
        &self,
        what: &'static str,
        who: &'static str,
        program: &Path,
        arguments: &[&str],
        files: &[&PathBuf],
    ) -> Result<Row> {
        let build = || {
            let mut command = Command::new(program);
            command.args(arguments).args(files);
            command
        };
        let (sample, _) = measure::median(self.repeat, &[0], &self.scratch, build)?;
        println!("{what}, {who}: {}", figures(sample));
        Ok(Row {
            what,
            who,
            sample,
            note: String::new(),
            goal: None,
        })
    }

    /// What the last measured command printed.
    fn stdout_json(&self) -> Result<Value> {
        Ok(serde_json::from_str(&fs::read_to_string(
            self.scratch.join("stdout"),
        )?)?)
    }
}

/// The counts of Sealift, which must be those that the generator put in.
fn comparison(output: &Value, truth: Written) -> Result<String> {
    // What is fixed is listed, since the current report does not have it.
    let count = |state: &str| {
        let counted = &output["comparison"][state];
        counted
            .as_u64()
            .or_else(|| Some(counted.as_array()?.len() as u64))
    };
    let drifted = truth.drifted as u64;
    let (new, fixed) = (count("new"), count("fixed"));
    if (new, fixed) != (Some(drifted), Some(drifted)) {
        return Err(format!(
            "sealift counted {new:?} new and {fixed:?} fixed, and there are {drifted} of each"
        )
        .into());
    }
    Ok(format!("{drifted} new, {drifted} fixed, exact"))
}

/// Bytes read in a second of processor time.
fn speed(file: &Path, sample: Sample) -> Result<String> {
    #[expect(clippy::cast_precision_loss, reason = "a rate of three digits")]
    let megabytes = fs::metadata(file)?.len() as f64 / 1e6;
    Ok(format!(
        "{:.0} MB per second of CPU",
        megabytes / sample.cpu.as_secs_f64().max(0.001)
    ))
}

/// sarif-tools counts by type of issue.
fn sarif_tools_difference(text: &str) -> Result<String> {
    let difference: Value = serde_json::from_str(text)?;
    let count = |sign: &str| difference["all"][sign].as_i64().map(i64::abs);
    match (count("+"), count("-")) {
        (Some(new), Some(fixed)) => Ok(format!("{new} new, {fixed} fixed")),
        _ => Err("sarif-tools wrote no counts".into()),
    }
}

/// The Multitool writes a baseline state on each result.
fn multitool_difference(text: &str) -> Result<String> {
    let states = each_result(text, |result| result["baselineState"].as_str().map(str::to_owned))?;
    let count = |wanted: &str| states.iter().flatten().filter(|state| *state == wanted).count();
    Ok(format!(
        "{} new, {} fixed, {} updated",
        count("new"),
        count("absent"),
        count("updated")
    ))
}

fn results(text: &str) -> Result<String> {
    Ok(format!("{} results", each_result(text, |_| ())?.len()))
}

fn each_result<T>(text: &str, of: impl Fn(&Value) -> T) -> Result<Vec<T>> {
    // The Multitool writes a byte order mark.
    let log: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
    let runs = log["runs"].as_array().into_iter().flatten();
    let results = runs.flat_map(|run| run["results"].as_array().into_iter().flatten());
    Ok(results.map(of).collect())
}

fn figures(sample: Sample) -> String {
    format!(
        "{:.2} s, {:.2} s CPU, {} MiB",
        sample.wall.as_secs_f64(),
        sample.cpu.as_secs_f64(),
        sample.peak_bytes.div_ceil(1 << 20)
    )
}

fn render(options: &Options, truth: Written, rows: &[Row]) -> String {
    let mut table = format!(
        "{} MB, {} findings; the second report has 10 % others ({}). Median of {} runs.\n\n\
         | what | who | wall | CPU | peak memory | found | goal |\n|---|---|---:|---:|---:|---|---|\n",
        options.megabytes, truth.findings, truth.drifted, options.repeat
    );
    for row in rows {
        let _ = writeln!(
            table,
            "| {} | {} | {:.3} s | {:.3} s | {} MiB | {} | {} |",
            row.what,
            row.who,
            row.sample.wall.as_secs_f64(),
            row.sample.cpu.as_secs_f64(),
            row.sample.peak_bytes.div_ceil(1 << 20),
            row.note,
            row.goal.map_or_else(String::new, |goal| goal.show(row.sample)),
        );
    }
    table
}

const BEGIN: &str = "<!-- begin: cargo xtask bench --save -->\n";
const END: &str = "<!-- end -->\n";

fn save(table: &str) -> Result {
    let path = shell::root().join("docs/benchmarks.md");
    let page = fs::read_to_string(&path)?;
    let page =
        replaced(&page, table).ok_or_else(|| format!("{} has no place for the table", path.display()))?;
    fs::write(path, page)?;
    Ok(())
}

fn replaced(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_replaced_and_the_text_around_it_stays() {
        let page = format!("a\n{BEGIN}old\n{END}b\n");
        assert_eq!(replaced(&page, "new"), Some(format!("a\n{BEGIN}\nnew\n{END}b\n")));
        assert_eq!(replaced("a", "new"), None);
    }

    #[test]
    fn a_wrong_difference_is_a_failure() {
        let truth = Written {
            findings: 10,
            drifted: 2,
        };
        let output = |new: u64| serde_json::json!({"comparison": {"new": new, "fixed": [1, 2]}});
        assert!(comparison(&output(2), truth).is_ok());
        assert!(comparison(&output(3), truth).is_err());
        assert!(comparison(&serde_json::json!({}), truth).is_err());
    }

    #[test]
    fn a_goal_is_met_in_time_and_memory() {
        let sample = |wall, cpu, mib: u64| Sample {
            wall: std::time::Duration::from_millis(wall),
            cpu: std::time::Duration::from_millis(cpu),
            peak_bytes: mib << 20,
        };
        let goal = Goal {
            seconds: 0.5,
            mib: 100,
        };
        assert!(goal.show(sample(400, 400, 100)).ends_with(": met"));
        assert!(goal.show(sample(900, 400, 100)).ends_with(": met in CPU time"));
        assert!(goal.show(sample(900, 600, 100)).ends_with(": missed"));
        assert!(goal.show(sample(400, 400, 101)).ends_with(": missed"));
    }

    #[test]
    fn states_of_the_multitool_are_counted() {
        let log = r#"{"runs":[{"results":[{"baselineState":"new"},{"baselineState":"absent"},{}]}]}"#;
        assert_eq!(
            multitool_difference(log).expect("it is read"),
            "1 new, 1 fixed, 0 updated"
        );
    }
}
