//! What is said about the image that is judged, and about the one that alerts are filed under.

use std::path::PathBuf;

use clap::Args;

use crate::image_name;

/// What the image is called, and what it was built on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Image")]
pub(crate) struct ImageArgs {
    #[command(flatten)]
    pub(crate) name: NameArgs,
    /// The image that it was built on, oci:PATH[:TAG][@DIGEST]: tells its layers from the own ones.
    #[arg(
        long,
        value_name = "IMAGE",
        env = "SEALIFT_BASE_IMAGE",
        hide_env_values = true,
        conflicts_with = "base_layers"
    )]
    pub(crate) base_image: Option<String>,
    /// How many of the lowest layers are the base image's, on every platform.
    #[arg(long, value_name = "N", env = "SEALIFT_BASE_LAYERS", hide_env_values = true)]
    pub(crate) base_layers: Option<u32>,
}

/// The name of an image that is wherever it is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Image")]
pub(crate) struct NameArgs {
    /// The image's name, docker.io/acme/app: for exceptions, and for alerts in SARIF. Default: the name that the
    /// reports agree on.
    #[arg(
        long,
        value_name = "NAME",
        value_parser = image_name::parse,
        env = "SEALIFT_IMAGE_NAME",
        hide_env_values = true
    )]
    pub(crate) image_name: Option<String>,
}

/// How alerts are filed, with `--format sarif`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Alerts (--format sarif)")]
pub(crate) struct SarifArgs {
    /// The file that alerts on packages point to, in the repository: the Dockerfile. Default: the image's name.
    #[arg(long, value_name = "PATH", env = "SEALIFT_ARTIFACT", hide_env_values = true)]
    pub(crate) artifact: Option<PathBuf>,
    /// One alert for each merged finding, by Sealift, instead of one for each scanner that states it.
    #[arg(long, env = "SEALIFT_MERGED_RUNS", hide_env_values = true)]
    pub(crate) merged_runs: bool,
}
