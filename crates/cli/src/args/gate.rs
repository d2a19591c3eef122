//! `sealift gate` and its own commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sealift_types::Digest;

use super::{EvidenceArgs, ImageArgs, OutputArgs, SarifArgs};

/// Judge an image by policy and evidence.
///
/// Gives a verdict (pass, warn or deny), every reason for it, and the way out. Missing or unreadable evidence denies.
/// Without a policy the built-in one holds: Trivy denies on high and critical, Snyk warns, SBOM and provenance are
/// required. Files named `test` or `explain` are written `./test`, `./explain`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  sealift gate trivy.json snyk.json --policy policy.toml --image oci:./build:app
  sealift gate trivy.json --image docker.io/acme/app:1.2 --digest sha256:…
  sealift gate trivy.json --baseline last-release.json --epss epss.csv.gz --kev kev.json
  sealift gate trivy.json --as-of 2026-01-31T00:00:00Z --dry-run
  sealift gate test ./policy-tests
  sealift gate explain severity-threshold

Exit codes: 0 passed (warnings included), 10 denied, 2 the policy is wrong, 1 something failed."
)]
pub(crate) struct GateArgs {
    #[command(subcommand)]
    pub(crate) command: Option<GateCommand>,

    /// Scanner reports to judge by; `-` is standard input.
    #[arg(
        value_name = "FILE",
        env = "SEALIFT_REPORTS",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub(crate) reports: Vec<PathBuf>,

    /// The image: a folder in OCI layout (oci:PATH[:TAG][@DIGEST]), or a name to match exceptions by.
    #[arg(long, env = "SEALIFT_IMAGE", hide_env_values = true, help_heading = "Image")]
    pub(crate) image: Option<String>,
    /// The digest that the reports must be about.
    #[arg(long, env = "SEALIFT_DIGEST", hide_env_values = true, help_heading = "Image")]
    pub(crate) digest: Option<Digest>,
    #[command(flatten)]
    pub(crate) about: ImageArgs,

    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,

    /// Write what was judged to this file, for `sealift gate test`.
    #[arg(
        long,
        value_name = "FILE",
        env = "SEALIFT_SAVE_FACTS",
        hide_env_values = true,
        help_heading = "Output"
    )]
    pub(crate) save_facts: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    #[command(flatten)]
    pub(crate) sarif: SarifArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GateCommand {
    Test(GateTestArgs),
    Explain(GateExplainArgs),
}

/// Run the test cases of a policy.
///
/// A case is a file `*.test.toml` with `as_of`, `facts` (inline or a JSON file) and `expect`. It names its policy, or
/// the folder's `policy.toml` is judged.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift gate trivy.json --save-facts policy/high.json --dry-run
  sealift gate test ./policy")]
pub(crate) struct GateTestArgs {
    /// The folder with the cases; folders in it are searched too.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// Explain a rule, or list all rules.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift gate explain
  sealift gate explain severity-threshold")]
pub(crate) struct GateExplainArgs {
    /// The rule's id.
    #[arg(value_name = "RULE")]
    pub(crate) rule: Option<String>,
}
