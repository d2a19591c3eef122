//! What every command that reads or prints has.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Bounds on what is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// The largest report, in MiB after decompression.
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 1024,
        env = "SEALIFT_MAX_REPORT_SIZE",
        hide_env_values = true
    )]
    pub(crate) max_report_size: u64,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// What to print.
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        env = "SEALIFT_FORMAT",
        hide_env_values = true
    )]
    pub(crate) format: Format,
    /// Write to this file, whole or not at all, instead of standard output.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "SEALIFT_OUTPUT",
        hide_env_values = true
    )]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people at a terminal.
    #[default]
    Text,
    /// One document with `schema_version`.
    Json,
    /// For a job summary or a comment.
    Markdown,
    /// SARIF 2.1.0 within the limits of GitHub's Security tab.
    Sarif,
    /// Annotations, the job summary and the outputs of a GitHub workflow.
    Github,
    #[value(help = "JUnit XML for test reports")]
    Junit,
}

impl Format {
    /// The word on the command line.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Junit => "junit",
        }
    }
}
