//! A content digest as the OCI image specification writes it.
//!
//! Source: OCI image-spec v1.1, `descriptor.md`, section "Digests". Only the two registered algorithms are
//! accepted, with their exact lengths in lower-case hex: an unknown algorithm cannot be verified, so it is
//! refused at the edge.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A digest, `sha256:<64 hex>` or `sha512:<128 hex>`, lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(Box<str>);

impl Digest {
    /// The algorithm before the colon: `sha256` or `sha512`.
    pub fn algorithm(&self) -> &str {
        self.0.split_once(':').map_or("", |(algorithm, _)| algorithm)
    }

    /// The lower-case hex after the colon.
    pub fn hex(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, hex)| hex)
    }

    /// The first twelve hex digits, for people.
    pub fn short(&self) -> &str {
        &self.hex()[..12]
    }

    /// The whole digest, `algorithm:hex`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digest of 32 bytes that SHA-256 gave.
    pub fn from_sha256(bytes: [u8; 32]) -> Self {
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in bytes {
            for nibble in [byte >> 4, byte & 0xf] {
                text.push(char::from_digit(u32::from(nibble), 16).expect("a nibble is below 16"));
            }
        }
        Self(text.into())
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (algorithm, hex) = text.split_once(':').ok_or(DigestError::NoAlgorithm)?;
        let expected = match algorithm {
            "sha256" => 64,
            "sha512" => 128,
            _ => return Err(DigestError::UnknownAlgorithm),
        };
        if hex.len() != expected {
            return Err(DigestError::Length {
                expected,
                found: hex.len(),
            });
        }
        if !hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(DigestError::NotHex);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a text is not a [`Digest`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// There is no `algorithm:` before the hex.
    #[error("a digest reads sha256:<64 hex digits>; the algorithm is missing")]
    NoAlgorithm,
    /// The algorithm is not registered, or not in lower case.
    #[error("the digest algorithm is not one of sha256, sha512")]
    UnknownAlgorithm,
    /// The hex part is too short or too long.
    #[error("a digest of this algorithm has {expected} hex digits, not {found}")]
    Length {
        /// Digits that the algorithm gives.
        expected: usize,
        /// Bytes that were there.
        found: usize,
    },
    /// A character is not lower-case hex.
    #[error("a digest has lower-case hex digits only")]
    NotHex,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_the_same_text() {
        let text = format!("sha256:{}", "ab".repeat(32));
        let digest: Digest = text.parse().unwrap();
        assert_eq!(digest.to_string(), text);
        assert_eq!(digest.short(), "abababababab");
        assert_eq!(Digest::from_sha256([0xab; 32]), digest);
    }

    #[test]
    fn refuses_what_cannot_be_verified() {
        let check = |text: &str, error: DigestError| assert_eq!(text.parse::<Digest>(), Err(error), "{text}");
        check("latest", DigestError::NoAlgorithm);
        check("md5:00", DigestError::UnknownAlgorithm);
        check("SHA256:00", DigestError::UnknownAlgorithm);
        check(
            "sha256:00",
            DigestError::Length {
                expected: 64,
                found: 2,
            },
        );
        check(&format!("sha256:{}", "AB".repeat(32)), DigestError::NotHex);
        check(&format!("sha256:{}", "é".repeat(32)), DigestError::NotHex);
    }
}
