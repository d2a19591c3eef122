//! What an image is judged by, for `gate` and `ship`.

use std::path::PathBuf;

use clap::Args;

use super::LimitArgs;

/// What an image is judged by, beside the scanners' reports.
#[derive(Debug, Args)]
#[command(next_help_heading = "Evidence")]
pub(crate) struct EvidenceArgs {
    /// The policy, TOML. Without it the built-in one holds.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "SEALIFT_POLICY",
        hide_env_values = true
    )]
    pub(crate) policy: Option<PathBuf>,
    /// An earlier report or result, for rules about new findings. Several are merged first.
    #[arg(
        long,
        value_name = "FILE",
        env = "SEALIFT_BASELINE",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub(crate) baseline: Vec<PathBuf>,
    /// A VEX document: OpenVEX, CSAF or CycloneDX.
    #[arg(
        long,
        value_name = "FILE",
        env = "SEALIFT_VEX",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub(crate) vex: Vec<PathBuf>,
    /// An ignore file: .trivyignore, .trivyignore.yaml, .grype.yaml or .snyk.
    #[arg(
        long,
        value_name = "FILE",
        env = "SEALIFT_IGNORE_FILE",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub(crate) ignore_file: Vec<PathBuf>,
    /// EPSS scores as FIRST publishes them, CSV or JSON, gzip or not.
    #[arg(long, value_name = "FILE", env = "SEALIFT_EPSS", hide_env_values = true)]
    pub(crate) epss: Option<PathBuf>,
    /// CISA's catalogue of known exploited vulnerabilities, JSON or CSV, gzip or not.
    #[arg(long, value_name = "FILE", env = "SEALIFT_KEV", hide_env_values = true)]
    pub(crate) kev: Option<PathBuf>,
    /// Judge as of this time instead of now: 2026-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME", env = "SEALIFT_AS_OF", hide_env_values = true)]
    pub(crate) as_of: Option<jiff::Timestamp>,
    /// Judge and say so, but let nothing follow from it: exit with 0, ship nothing.
    #[arg(long, env = "SEALIFT_DRY_RUN", hide_env_values = true)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}
