//! What can be typed.
//!
//! Every flag that a pipeline may want to set has an environment variable; one that is set but empty counts as not
//! set, since that is what an unset input of a workflow gives.

mod evidence;
mod gate;
mod image;
mod inspect;
mod output;
mod scan;
mod ship;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, Resettable, TypedValueParser as _};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

pub(crate) use self::evidence::EvidenceArgs;
pub(crate) use self::gate::{GateArgs, GateCommand, GateExplainArgs, GateTestArgs};
pub(crate) use self::image::{ImageArgs, NameArgs, SarifArgs};
pub(crate) use self::inspect::InspectArgs;
pub(crate) use self::output::{Format, LimitArgs, OutputArgs};
pub(crate) use self::scan::{FilterArgs, ScanArgs};
pub(crate) use self::ship::ShipArgs;

/// The tree of commands with everything set up.
pub(crate) fn command() -> clap::Command {
    let command = Cli::command()
        .mut_subcommand("ship", |command| without_formats(command, &[Format::Sarif]))
        .mut_subcommand("inspect", |command| {
            without_formats(command, &[Format::Sarif, Format::Github, Format::Junit])
        });
    without_empty_variables(command)
}

/// Takes the formats that a command has no output for from those that it lists and accepts.
fn without_formats(command: clap::Command, left_out: &'static [Format]) -> clap::Command {
    let values = Format::value_variants()
        .iter()
        .filter(|format| !left_out.contains(format))
        .filter_map(Format::to_possible_value);
    let parser = PossibleValuesParser::new(values).try_map(|word| Format::from_str(&word, false));
    command.mut_arg("format", |arg| arg.value_parser(parser))
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    command
        .mut_args(|arg| {
            let is_empty = arg
                .get_env()
                .and_then(std::env::var_os)
                .is_some_and(|value| value.is_empty());
            if is_empty { arg.env(Resettable::Reset) } else { arg }
        })
        .mut_subcommands(without_empty_variables)
}

/// Gate a built container image on its evidence, then ship exactly those bytes.
#[derive(Debug, Parser)]
#[command(
    name = "sealift",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  sealift scan trivy.json grype.json snyk.json
  sealift gate trivy.json --policy policy.toml --image oci:./build:app
  sealift ship oci:./build:app oci:./registry:1.4.2 --report trivy.json --policy policy.toml
  sealift inspect oci:./build:app

Exit codes: 0 done or passed, 1 failed, 2 wrong usage, 3 nothing to work on, 10 denied, 11 proof did not verify."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Display")]
pub(crate) struct GlobalArgs {
    /// When to use colour; `NO_COLOR` also turns it off.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        env = "SEALIFT_COLOR",
        hide_env_values = true,
        value_name = "WHEN"
    )]
    pub(crate) color: ColorChoice,
    /// Print no warnings, notes or progress.
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        env = "SEALIFT_QUIET",
        hide_env_values = true
    )]
    pub(crate) quiet: bool,
    /// Print more about what is read and done.
    #[arg(short, long, global = true, env = "SEALIFT_VERBOSE", hide_env_values = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal only.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Scan(ScanArgs),
    Gate(GateArgs),
    Ship(ShipArgs),
    Inspect(InspectArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Print the completion script of a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift completions bash > ~/.local/share/bash-completion/completions/sealift
  sealift completions fish > ~/.config/fish/completions/sealift.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Print the manual page, or write one for each command into a folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift man | man -l -
  sealift man --output ./man")]
pub(crate) struct ManArgs {
    /// Write sealift.1, sealift-scan.1, … into this folder.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}
