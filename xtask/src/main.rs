//! Repository chores, each one command: `cargo xtask help` lists them.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore talks to its terminal"
)]

use std::env;
use std::process::ExitCode;

mod arrows;
mod bench;
mod bench_gate;
mod ci;
mod fuzz;
mod generate;
mod interop;
mod machine;
mod measure;
mod random;
mod shell;
mod tools;
mod workspace;

/// What every chore returns: an error is one line for a person.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const HELP: &str = "\
Repository chores.

  cargo xtask ci [STAGE…]            Pass all tests; install what they need. --list names the stages
  cargo xtask arrows                 Print each pure crate's dependency count; fail on a wrong arrow
  cargo xtask fuzz [TARGET…]         Fuzz; --seconds N for each target (default 10)
  cargo xtask interop                Validate the SARIF that we write with other people's tools
  cargo xtask bench                  Compare with sarif-tools and sarif-multitool; --mb, --repeat, --no-build, --save
  cargo xtask generate OUT.sarif     Write a Trivy-shaped report; --mb N | --results N, --drift P, --seed N
";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let chore = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let done = match chore.as_str() {
        "ci" => ci::run(&rest),
        "arrows" => arrows::run(),
        "fuzz" => fuzz::run(&rest),
        "interop" => interop::run(),
        "bench" => bench::run(&rest),
        "generate" => generate::run(&rest),
        "" | "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("no chore is called `{other}`; `cargo xtask help` lists them").into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
