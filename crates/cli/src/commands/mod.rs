//! One module for each command: arguments to library calls to output.

mod completions;
mod evidence;
mod explain;
mod gate;
mod inspect;
mod man;
mod policy_test;
mod scan;
mod ship;

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
