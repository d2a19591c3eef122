//! `sealift inspect`.

use clap::Args;

use super::OutputArgs;

/// Show an image: digest, platforms, layers, sizes, labels, referrers.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift inspect oci:./build:app
  sealift inspect --format json oci:./build@sha256:…")]
pub(crate) struct InspectArgs {
    /// The image: oci:PATH[:TAG][@DIGEST].
    #[arg(env = "SEALIFT_IMAGE", hide_env_values = true)]
    pub(crate) image: String,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
