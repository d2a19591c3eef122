//! `sealift`: gate a built container image on its evidence, then ship exactly those bytes.
//!
//! Reads arguments, calls the library crates, renders what they return. Decisions are made in `sealift-scan`,
//! `sealift-gate` and `sealift-oci`; here is only what they must not do: files, the clock, the environment, printing.

mod args;
mod commands;
mod counts;
mod error;
mod evidence;
mod files;
mod image_name;
mod output;
mod reports;

use std::process::ExitCode;

use clap::FromArgMatches as _;

use crate::args::Cli;
use crate::output::Talk;

fn main() -> ExitCode {
    let matches = match args::command().try_get_matches() {
        Ok(matches) => matches,
        // Help and version are errors to clap.
        Err(error) => {
            let code = error.exit_code();
            output::usage(&error);
            return ExitCode::from(u8::try_from(code).unwrap_or(sealift_cli::exit_codes::USAGE));
        }
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => {
            output::usage(&error);
            return ExitCode::from(sealift_cli::exit_codes::USAGE);
        }
    };
    let talk = Talk::new(&cli.global);
    match commands::run(cli, talk) {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.is_closed_pipe() => ExitCode::from(sealift_cli::exit_codes::DONE),
        Err(error) => {
            talk.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
