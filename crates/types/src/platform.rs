//! The platform an image runs on.
//!
//! Source: OCI image-spec v1.1, `image-index.md`, property `platform`; text form as Docker and containerd write
//! it: `os/architecture[/variant]`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `os/architecture[/variant]`, for example `linux/arm64/v8`. Written in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

impl Platform {
    /// A platform from its parts; each is one path segment in the text form.
    ///
    /// # Errors
    /// A part that is empty or holds anything but ASCII letters, digits, `.`, `_` and `-`.
    pub fn new(os: &str, architecture: &str, variant: Option<&str>) -> Result<Self, PlatformError> {
        for part in [Some(os), Some(architecture), variant].into_iter().flatten() {
            let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
            if part.is_empty() || part.len() > 64 || !part.bytes().all(word) {
                return Err(PlatformError);
            }
        }
        Ok(Self {
            os: os.to_ascii_lowercase(),
            architecture: architecture.to_ascii_lowercase(),
            variant: variant.map(str::to_ascii_lowercase),
        })
    }

    /// The operating system, Go's `GOOS`: `linux`, `windows`.
    pub fn os(&self) -> &str {
        &self.os
    }

    /// The CPU architecture, Go's `GOARCH`: `amd64`, `arm64`.
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// The CPU variant: `v8` in `linux/arm64/v8`.
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// Whether both mean the same machine: a missing variant of `arm64` is `v8` (containerd's normalisation).
    pub fn matches(&self, other: &Self) -> bool {
        let variant = |p: &Self| match (p.architecture.as_str(), p.variant.as_deref()) {
            ("arm64", None) => Some("v8".to_owned()),
            ("arm", None) => Some("v7".to_owned()),
            (_, variant) => variant.map(str::to_owned),
        };
        self.os == other.os && self.architecture == other.architecture && variant(self) == variant(other)
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('/');
        let (os, architecture) = (
            parts.next().ok_or(PlatformError)?,
            parts.next().ok_or(PlatformError)?,
        );
        let variant = parts.next();
        if parts.next().is_some() {
            return Err(PlatformError);
        }
        Self::new(os, architecture, variant)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant
            .iter()
            .try_for_each(|variant| write!(f, "/{variant}"))
    }
}

impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is not `os/architecture[/variant]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a platform reads os/architecture[/variant], for example linux/arm64")]
pub struct PlatformError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_the_same_text() {
        for text in ["linux/amd64", "linux/arm64/v8", "windows/amd64"] {
            assert_eq!(text.parse::<Platform>().unwrap().to_string(), text);
        }
        for text in ["", "linux", "linux/", "a/b/c/d", "linux/amd 64"] {
            assert_eq!(text.parse::<Platform>(), Err(PlatformError), "{text}");
        }
    }

    #[test]
    fn arm64_without_a_variant_is_v8() {
        let platform = |text: &str| text.parse::<Platform>().unwrap();
        assert!(platform("linux/arm64").matches(&platform("linux/arm64/v8")));
        assert!(!platform("linux/arm/v6").matches(&platform("linux/arm")));
        assert!(!platform("linux/amd64").matches(&platform("linux/arm64")));
    }
}
