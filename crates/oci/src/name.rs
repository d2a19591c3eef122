//! Names of images: `oci:PATH[:TAG][@DIGEST]`.
//!
//! The path may hold any character. A digest is what follows the last `@` if it starts like one. A tag is what
//! follows the last `:` after the last `/`. So a path whose last folder has a colon is written with a slash at its
//! end: `oci:./a:b/` has no tag, `oci:./a:b/:v1` has the tag `v1`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sealift_types::Digest;

use crate::error::Error;
use crate::tag::Tag;

const SCHEME: &str = "oci:";

/// The name of an image in a folder with OCI layout.
///
/// ```
/// use sealift_oci::ImageName;
///
/// let name: ImageName = "oci:./layout:v1".parse()?;
/// assert_eq!(name.path(), std::path::Path::new("./layout"));
/// assert_eq!(name.tag().map(|tag| tag.as_str()), Some("v1"));
/// assert_eq!(name.to_string(), "oci:./layout:v1");
/// # Ok::<(), sealift_oci::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    path: PathBuf,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

impl ImageName {
    /// A name from its parts.
    ///
    /// # Errors
    /// A path that is empty or not UTF-8: it could not be printed as a name.
    pub fn new(path: impl Into<PathBuf>, tag: Option<Tag>, digest: Option<Digest>) -> Result<Self, Error> {
        let path = path.into();
        match path.to_str() {
            None => Err(Error::Name {
                text: path.display().to_string(),
                reason: "the path is not UTF-8",
            }),
            Some("") => Err(Error::Name {
                text: SCHEME.to_owned(),
                reason: "the path is empty",
            }),
            Some(_) => Ok(Self { path, tag, digest }),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tag, where one is named.
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest, where one is named.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same image by its digest alone: what a name is turned into once its tag was resolved.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self {
            path: self.path.clone(),
            tag: None,
            digest: Some(digest),
        }
    }
}

impl FromStr for ImageName {
    type Err = Error;

    /// # Errors
    /// [`Error::UnsupportedName`] for anything that does not start with `oci:`; [`Error::Name`], [`Error::Tag`]
    /// for a mistake behind it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(rest) = text.strip_prefix(SCHEME) else {
            return Err(Error::UnsupportedName {
                text: text.to_owned(),
            });
        };
        let wrong = |reason| Error::Name {
            text: text.to_owned(),
            reason,
        };
        if rest.contains('\0') {
            return Err(wrong("it holds a NUL character"));
        }
        let (rest, digest) = match rest.rsplit_once('@') {
            Some((before, after))
                if !after.contains('/') && (after.starts_with("sha256:") || after.starts_with("sha512:")) =>
            {
                let digest = after.parse().map_err(|_| {
                    wrong("what follows '@' is not a digest: sha256 with 64 or sha512 with 128 lower-case hex digits")
                })?;
                (before, Some(digest))
            }
            _ => (rest, None),
        };
        let last = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (path, tag) = match rest[last..].rfind(':') {
            Some(colon) => (
                &rest[..last + colon],
                Some(rest[last + colon + 1..].parse::<Tag>()?),
            ),
            None => (rest, None),
        };
        if path.is_empty() {
            return Err(wrong("the path is empty"));
        }
        Self::new(path, tag, digest)
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.to_str().expect("new() takes only UTF-8");
        write!(f, "{SCHEME}{path}")?;
        let last = path.rsplit('/').next().unwrap_or(path);
        if last.contains(':') {
            f.write_str("/")?;
        }
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn check(text: &str, path: &str, tag: Option<&str>, digest: Option<&str>) {
        let name: ImageName = text.parse().unwrap();
        assert_eq!(name.path(), Path::new(path), "{text}");
        assert_eq!(name.tag().map(Tag::as_str), tag, "{text}");
        assert_eq!(name.digest().map(Digest::as_str), digest, "{text}");
        assert_eq!(name.to_string(), text);
    }

    #[test]
    fn splits_path_tag_and_digest() {
        check("oci:layout", "layout", None, None);
        check("oci:./layout:v1", "./layout", Some("v1"), None);
        check("oci:/a/b", "/a/b", None, None);
        check(&format!("oci:./l:v1@{DIGEST}"), "./l", Some("v1"), Some(DIGEST));
        check(&format!("oci:./l@{DIGEST}"), "./l", None, Some(DIGEST));
    }

    #[test]
    fn a_path_may_hold_colons_and_at_signs() {
        check("oci:./a:b/c", "./a:b/c", None, None);
        check("oci:./a:b/", "./a:b/", None, None);
        check("oci:./a:b/:v1", "./a:b/", Some("v1"), None);
        check("oci:./me@host/l:v1", "./me@host/l", Some("v1"), None);
        check("oci:./me@home", "./me@home", None, None);
    }

    #[test]
    fn what_is_no_folder_is_refused_with_its_text() {
        for text in [
            "docker.io/library/python:3.11",
            "docker://x",
            "./layout",
            "oci-archive:x.tar",
            "",
        ] {
            let error = text.parse::<ImageName>().unwrap_err();
            assert!(matches!(error, Error::UnsupportedName { .. }), "{text}");
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
            assert!(error.is_usage());
        }
        for text in [
            "oci:",
            "oci::v1",
            "oci:x:",
            "oci:x:-",
            "oci:x@sha256:00",
            "oci:x\0y",
        ] {
            assert!(text.parse::<ImageName>().unwrap_err().is_usage(), "{text}");
        }
    }
}
