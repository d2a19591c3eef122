//! One module for each command: arguments to library calls to output.

mod completions;
mod explain;
mod gate;
mod inspect;
mod man;
mod policy_test;
mod scan;
mod ship;

use sealift_cli::exit_codes;
use sealift_gate::Verdict;

use crate::args::{Cli, Command};
use crate::error::Error;
use crate::output::Talk;

/// Runs the command and gives the exit code.
pub(crate) fn run(cli: Cli, talk: Talk) -> Result<u8, Error> {
    match cli.command {
        Command::Scan(args) => scan::run(&args, cli.global.color, talk),
        Command::Gate(args) => gate::run(&args, cli.global.color, talk),
        Command::Ship(args) => ship::run(&args, cli.global.color, talk),
        Command::Inspect(args) => inspect::run(&args, cli.global.color, talk),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

/// The exit code of a verdict once it was printed. A reader that went away (`| head`) changes no verdict, so a closed
/// pipe does not turn a denial into a success.
fn verdict_code(verdict: Verdict, is_dry_run: bool, printed: Result<(), Error>) -> Result<u8, Error> {
    match printed {
        Err(error) if !error.is_closed_pipe() => Err(error),
        _ if verdict == Verdict::Deny && !is_dry_run => Ok(exit_codes::DENIED),
        _ => Ok(exit_codes::DONE),
    }
}
