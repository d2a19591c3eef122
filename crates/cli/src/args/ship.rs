//! `sealift ship`.

use std::path::PathBuf;

use clap::Args;

use super::{EvidenceArgs, ImageArgs, OutputArgs};

/// Gate an image, then copy it by digest and tag it.
///
/// The source is resolved to a digest once; that digest is judged, copied byte for byte with all its platforms, and
/// tagged last. Where the gate denies, the target is left as it was. Running it again finishes what was interrupted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift ship oci:./build:app oci:./registry:1.4.2 --report trivy.json --policy policy.toml
  sealift ship oci:./build:app oci:./registry:1.4.2 --tag 1.4 --tag latest --report trivy.json
  sealift ship oci:./build:app oci:./registry:1.4.2 --report trivy.json --dry-run

Exit codes: 0 shipped (warnings included), 10 denied and nothing written, 11 bytes did not verify, 1 failed.")]
pub(crate) struct ShipArgs {
    /// The image: oci:PATH[:TAG][@DIGEST].
    #[arg(env = "SEALIFT_SOURCE", hide_env_values = true)]
    pub(crate) source: String,
    /// Where it goes: oci:PATH[:TAG]. The folder is created where it does not exist.
    #[arg(env = "SEALIFT_TARGET", hide_env_values = true)]
    pub(crate) target: String,
    /// A further tag; all tags move at once.
    #[arg(
        short,
        long,
        value_name = "TAG",
        env = "SEALIFT_TAGS",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub(crate) tag: Vec<String>,
    /// A scanner report to judge by, once for each; `-` is standard input.
    #[arg(
        short,
        long = "report",
        value_name = "FILE",
        env = "SEALIFT_REPORTS",
        hide_env_values = true,
        value_delimiter = '\n',
        help_heading = "Evidence"
    )]
    pub(crate) reports: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) about: ImageArgs,

    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
