//! What can go wrong with a layout, as facts; the cause stays in `source`.

use std::path::PathBuf;

use sealift_types::Digest;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an image or a layout could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text names an image somewhere this version cannot go.
    #[error(
        "registries are not supported yet in this version: {text:?}; a folder in OCI layout is named oci:./folder:tag"
    )]
    UnsupportedName {
        /// What was given.
        text: String,
    },
    /// The text starts with `oci:` and is no image name.
    #[error("{text:?} is not an image name: {reason}")]
    Name {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The text is not a tag.
    #[error(
        "{text:?} is not a tag: a tag has 1 to 128 letters, digits, '_', '.' and '-', and starts with none of the last two"
    )]
    Tag {
        /// What was given.
        text: String,
    },
    /// The operating system refused something.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `create`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder is not an OCI image layout.
    #[error("{} is not an OCI image layout: {reason}", path.display())]
    NotALayout {
        /// The folder.
        path: PathBuf,
        /// What is missing or in the way.
        reason: &'static str,
    },
    /// The layout has a version that is not known here.
    #[error("{} has image layout version {found:?}, known is 1.0.0", path.display())]
    LayoutVersion {
        /// The folder.
        path: PathBuf,
        /// What its `oci-layout` file says.
        found: String,
    },
    /// Something in the layout is not a plain file or folder. Links are not followed: they could lead out of it.
    #[error("{} is not a regular {expected}; links in a layout are not followed", path.display())]
    NotRegular {
        /// The place.
        path: PathBuf,
        /// `file` or `folder`.
        expected: &'static str,
    },
    /// A JSON document is malformed.
    #[error("cannot parse {what}")]
    Json {
        /// Which document.
        what: String,
        /// Where and why.
        source: Cause,
    },
    /// A document is well-formed JSON and still no manifest.
    #[error("{what} {reason}")]
    Document {
        /// Which document.
        what: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A document is larger than what is read.
    #[error("{what} has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// Which document.
        what: String,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// An image nests deeper than what is followed.
    #[error("{digest} nests indexes deeper than {limit} levels")]
    TooDeep {
        /// The index that is too deep.
        digest: Digest,
        /// The limit.
        limit: usize,
    },
    /// An image has more parts than what is followed.
    #[error("{digest} has more than {limit} {what}")]
    TooMany {
        /// The image.
        digest: Digest,
        /// What it has too many of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// An image has more bytes of manifests and configs, together, than are read.
    #[error("the manifests and configs of {digest} have more than the {limit} bytes that are read")]
    TooManyBytes {
        /// The image.
        digest: Digest,
        /// The limit in bytes.
        limit: u64,
    },
    /// The layout has no such tag.
    #[error("{} has no tag {tag:?}; {}", path.display(), has_tags(tags))]
    NoSuchTag {
        /// The layout.
        path: PathBuf,
        /// The tag that was asked for.
        tag: String,
        /// Some of the tags that are there, at most ten.
        tags: Vec<String>,
    },
    /// A blob is not in the layout.
    #[error("{digest} is not in {}", path.display())]
    NoSuchBlob {
        /// The layout.
        path: PathBuf,
        /// The digest that was asked for.
        digest: Digest,
    },
    /// The layout has several images and the name does not say which.
    #[error("{} has {count} images; name one by tag or digest; {}", path.display(), has_tags(tags))]
    SeveralImages {
        /// The layout.
        path: PathBuf,
        /// How many different digests `index.json` lists.
        count: usize,
        /// Some of its tags, at most ten.
        tags: Vec<String>,
    },
    /// The layout has no image.
    #[error("{} has no image", path.display())]
    Empty {
        /// The layout.
        path: PathBuf,
    },
    /// `index.json` gives one tag to several images.
    #[error("tag {tag:?} is ambiguous: index.json gives it to {first} and to {second}")]
    AmbiguousTag {
        /// The tag.
        tag: String,
        /// One image.
        first: Digest,
        /// Another one.
        second: Digest,
    },
    /// A name with a tag and a digest, and the tag is elsewhere.
    #[error("tag {tag:?} is at {found}, not at {expected}")]
    TagElsewhere {
        /// The tag.
        tag: String,
        /// The digest of the name.
        expected: Digest,
        /// Where the tag is.
        found: Digest,
    },
    /// Bytes do not hash to their name.
    #[error("digest mismatch in {}: expected {expected}, found {found}", path.display())]
    DigestMismatch {
        /// The file.
        path: PathBuf,
        /// What it should hash to.
        expected: Digest,
        /// What it hashes to.
        found: Digest,
    },
    /// A blob has another size than its descriptor says.
    #[error("{digest} should have {expected} bytes and has {found}")]
    SizeMismatch {
        /// The blob.
        digest: Digest,
        /// Bytes in the descriptor.
        expected: u64,
        /// Bytes found, or stated by another descriptor of the same image.
        found: u64,
    },
    /// Another program is writing to the same layout.
    #[error("{} is being written by another process since {seconds} s", path.display())]
    Locked {
        /// The layout.
        path: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
}

impl Error {
    /// Whether the layout, tag or blob that was asked for is clearly absent, as against unreadable or wrong.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::NoSuchTag { .. } | Self::NoSuchBlob { .. } | Self::Empty { .. } => true,
            Self::Io { source, .. } => source.kind() == std::io::ErrorKind::NotFound,
            _ => false,
        }
    }

    /// Whether the name that was given is the mistake: a command answers with wrong usage.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnsupportedName { .. } | Self::Name { .. } | Self::Tag { .. } | Self::SeveralImages { .. }
        )
    }

    /// Whether content contradicts its digest, size or another statement about it: damaged or tampered with.
    pub fn is_corrupt(&self) -> bool {
        matches!(
            self,
            Self::DigestMismatch { .. }
                | Self::SizeMismatch { .. }
                | Self::Document { .. }
                | Self::Json { .. }
        )
    }

    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn json(what: impl Into<String>) -> impl FnOnce(serde_json::Error) -> Self {
        let what = what.into();
        move |source| Self::Json {
            what,
            source: source.into(),
        }
    }
}

fn has_tags(tags: &[String]) -> String {
    if tags.is_empty() {
        return "it has no tags".to_owned();
    }
    let list: Vec<String> = tags.iter().map(|tag| format!("{tag:?}")).collect();
    format!("its tags: {}", list.join(", "))
}
