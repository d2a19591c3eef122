//! `sealift scan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use sealift_types::{Kind, Severity};

use super::{LimitArgs, NameArgs, OutputArgs, SarifArgs};

/// Read scanner reports into one list of findings.
///
/// Reads Trivy, Grype, Snyk, Docker Scout, osv-scanner, GitLab and any SARIF 2.1.0, recognised by content. Findings of
/// several reports are merged: one for each vulnerability, component and version, with what every scanner says of it.
/// Findings never make this command fail; `sealift gate` decides.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift scan trivy.json grype.json
  sealift scan --summary --format json *.sarif
  sealift scan --min-severity high --fixable trivy.json
  sealift scan --baseline last-release.json trivy.json
  sealift scan --format sarif --artifact Dockerfile --output merged.sarif trivy.json snyk.json
  trivy image --format json app | sealift scan -")]
pub(crate) struct ScanArgs {
    /// Reports to read; `-` is standard input.
    #[arg(
        value_name = "FILE",
        env = "SEALIFT_REPORTS",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub(crate) reports: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// Print counts by severity instead of findings.
    #[arg(long, env = "SEALIFT_SUMMARY", hide_env_values = true)]
    pub(crate) summary: bool,
    /// Read in a stream: memory does not grow with the report. Several reports are counted one by one, not merged.
    #[arg(
        long,
        requires = "summary",
        conflicts_with_all = ["min_severity", "fixable", "kind", "scanner"],
        env = "SEALIFT_LOW_MEMORY",
        hide_env_values = true
    )]
    pub(crate) low_memory: bool,

    /// Compare with this earlier report or result: new, unchanged, fixed. Several are merged first.
    #[arg(
        long,
        value_name = "FILE",
        env = "SEALIFT_BASELINE",
        hide_env_values = true,
        value_delimiter = '\n',
        conflicts_with = "summary",
        help_heading = "Comparison"
    )]
    pub(crate) baseline: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    #[command(flatten)]
    pub(crate) name: NameArgs,

    #[command(flatten)]
    pub(crate) sarif: SarifArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// Which findings are shown. What is left out is counted and said.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Show findings that a scanner rates at least so: critical, high, medium, low, negligible, unknown.
    #[arg(
        long,
        value_name = "SEVERITY",
        env = "SEALIFT_MIN_SEVERITY",
        hide_env_values = true
    )]
    pub(crate) min_severity: Option<Severity>,
    /// Show findings that some version fixes.
    #[arg(long, env = "SEALIFT_FIXABLE", hide_env_values = true)]
    pub(crate) fixable: bool,
    /// Show these kinds only.
    #[arg(
        long,
        value_name = "KIND",
        value_enum,
        value_delimiter = ',',
        env = "SEALIFT_KIND",
        hide_env_values = true
    )]
    pub(crate) kind: Vec<KindName>,
    /// Show findings that one of these scanners states: trivy, grype, snyk, docker-scout, …
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        env = "SEALIFT_SCANNER",
        hide_env_values = true
    )]
    pub(crate) scanner: Vec<String>,
}

/// [`Kind`] as a flag's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindName {
    Vulnerability,
    Misconfiguration,
    Secret,
    License,
    Code,
}

impl From<KindName> for Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Vulnerability => Self::Vulnerability,
            KindName::Misconfiguration => Self::Misconfiguration,
            KindName::Secret => Self::Secret,
            KindName::License => Self::License,
            KindName::Code => Self::Code,
        }
    }
}
