//! What can go wrong in the command, with the exit code and the remedy.

use std::io;
use std::path::PathBuf;

use sealift_cli::exit_codes;
use sealift_types::Digest;

/// An error of the command. Causes stay in `source` and are printed once, by [`crate::output::Talk::error`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no report was named")]
    NoReports,
    #[error("cannot read {}", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot write to standard output")]
    Stdout { source: io::Error },
    #[error(transparent)]
    Report(#[from] sealift_scan::Error),
    #[error("{failed} of {total} reports could not be read{}", if failed < total { "; the rest is reported" } else { "" })]
    SomeReports { failed: usize, total: usize },
    #[error("{mistake}")]
    Toml {
        path: PathBuf,
        text: String,
        mistake: sealift_gate::PolicyError,
    },
    #[error("cannot read {} as {expected}", .path.display())]
    Input {
        path: PathBuf,
        expected: &'static str,
        help: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error(transparent)]
    Image(#[from] sealift_oci::Error),
    #[error("{image} is {found}, not {expected}")]
    OtherDigest {
        image: String,
        expected: Digest,
        found: Digest,
    },
    #[error("{} has the rule {rule:?} in Rego, which this build cannot judge", .path.display())]
    NoRego { path: PathBuf, rule: String },
    #[error("the layers are not known, so the base image's cannot be told from the own ones")]
    NoLayers,
    #[error("--base-layers is {count}, and the image has {found} layers")]
    BaseLayers { count: u32, found: usize },
    #[error("{target} does not hold what was sent: tag {tag} is at {found}, not at {expected}")]
    NotShipped {
        target: String,
        tag: String,
        expected: Digest,
        found: Digest,
    },
    #[error("{target} was shipped as {digest}, but that could not be said")]
    Unsaid {
        target: String,
        digest: Digest,
        source: Box<Error>,
    },
    #[error("{text:?} names no tag to ship to")]
    NoTag { text: String },
    #[error("{text:?} names a digest; the target is named by tags, the digest is the source's")]
    TargetDigest { text: String },
    #[error("there is no rule {text:?}")]
    NoRule {
        text: String,
        nearest: Option<&'static str>,
    },
    #[error("{} has no test case", .path.display())]
    NoTests { path: PathBuf },
    #[error("{failed} of {total} test cases failed")]
    FailedTests { failed: usize, total: usize },
    #[error("{command} cannot print {format}")]
    Format {
        command: &'static str,
        format: &'static str,
    },
    #[error("{option} reads standard input, and so does {other}")]
    StdinTwice {
        option: &'static str,
        other: &'static str,
    },
}

impl Error {
    /// The code that the process ends with.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::NoReports | Self::NoTests { .. } => exit_codes::NOTHING_TO_DO,
            Self::StdinTwice { .. }
            | Self::NoRego { .. }
            | Self::NoLayers
            | Self::BaseLayers { .. }
            | Self::Toml { .. }
            | Self::NoTag { .. }
            | Self::TargetDigest { .. }
            | Self::Format { .. }
            | Self::NoRule { .. } => exit_codes::USAGE,
            Self::Image(error) if error.is_usage() => exit_codes::USAGE,
            Self::Image(error) if error.is_corrupt() => exit_codes::NOT_VERIFIED,
            Self::Image(sealift_oci::Error::TagElsewhere { .. })
            | Self::OtherDigest { .. }
            | Self::NotShipped { .. } => exit_codes::NOT_VERIFIED,
            _ => exit_codes::FAILED,
        }
    }

    /// What the user can do about it.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::NoReports => Some(
                "name the scanners' report files, or `-` for standard input: sealift scan trivy.json grype.json"
                    .to_owned(),
            ),
            Self::Read { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => Some("check the path; did the scanner's step run before this one?".to_owned()),
                io::ErrorKind::PermissionDenied => Some("make the file readable for this user".to_owned()),
                io::ErrorKind::IsADirectory => Some("name the files in it, not the folder".to_owned()),
                _ => None,
            },
            Self::Report(source) => Some(source.help().to_owned()),
            Self::Toml { mistake, .. } => mistake.help.clone(),
            Self::Input { help, .. } => Some(help.clone()),
            Self::NoTag { .. } => Some("write the tag into the target, oci:./registry:1.4.2, or add --tag".to_owned()),
            Self::TargetDigest { .. } => Some("write oci:PATH:TAG".to_owned()),
            Self::NoRule { nearest, .. } => Some(match nearest {
                Some(nearest) => format!("did you mean `{nearest}`? `sealift gate explain` lists all rules"),
                None => "`sealift gate explain` lists all rules".to_owned(),
            }),
            Self::NoTests { .. } => Some("a test case is a file `*.test.toml`; see `sealift gate test --help`".to_owned()),
            Self::Format { .. } => Some("choose --format text or json".to_owned()),
            Self::Image(sealift_oci::Error::TagElsewhere { .. }) | Self::OtherDigest { .. } => {
                Some("the image was rebuilt or the tag moved; judge the digest that was scanned".to_owned())
            }
            Self::NoRego { .. } => Some(
                "build the command with Rego: cargo install --locked --path crates/cli --features rego; or take the rule out".to_owned(),
            ),
            Self::NoLayers => Some("name the image by its layout: --image oci:PATH[:TAG]".to_owned()),
            Self::BaseLayers { .. } => Some("count the layers that `sealift inspect` lists".to_owned()),
            Self::NotShipped { .. } => Some("another writer moved the tag meanwhile; look at it, then ship again".to_owned()),
            Self::StdinTwice { .. } => Some("use `-` for one of them only".to_owned()),
            _ => None,
        }
    }

    /// The place in a file that the user wrote, drawn; untrusted text in it is escaped.
    pub(crate) fn snippet(&self) -> Option<String> {
        match self {
            Self::Toml { path, text, mistake } => Some(crate::output::snippet::draw(path, text, mistake)),
            _ => None,
        }
    }

    /// Whether the reader of our output went away, as `head` does: nothing to complain about.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Stdout { source } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// The error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(each) = cause {
        let said = each.to_string();
        // Some libraries repeat their cause in their own text.
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = each.source();
    }
    text
}
