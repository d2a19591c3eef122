//! A tag: the name that people pull.

use std::fmt;
use std::str::FromStr;

use sealift_types::Digest;

use crate::error::Error;

/// A tag, `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`. Source: distribution-spec v1.1, "Pulling manifests".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Box<str>);

impl Tag {
    /// The tag's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let mut bytes = text.bytes();
        let valid = text.len() <= 128
            && bytes.next().is_some_and(word)
            && bytes.all(|b| word(b) || matches!(b, b'.' | b'-'));
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(Error::Tag {
                text: text.to_owned(),
            })
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What [`Layout::tag`](crate::Layout::tag) did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagReport {
    /// The tags in the order they were given, each once.
    pub moves: Vec<TagMove>,
}

impl TagReport {
    /// Whether any tag is somewhere else now.
    pub fn is_changed(&self) -> bool {
        self.moves.iter().any(TagMove::is_changed)
    }
}

/// Where one tag was and is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagMove {
    /// The tag.
    pub tag: Tag,
    /// Where it was; `None` for a new tag, and for one that was ambiguous.
    pub before: Option<Digest>,
    /// Where it is.
    pub after: Digest,
}

impl TagMove {
    /// Whether the tag is somewhere else now.
    pub fn is_changed(&self) -> bool {
        self.before.as_ref() != Some(&self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_to_the_distribution_specification() {
        for text in ["latest", "3.11-bookworm", "_x", "V1", &"a".repeat(128)] {
            assert_eq!(text.parse::<Tag>().unwrap().as_str(), text);
        }
        for text in ["", ".a", "-a", "a/b", "a:b", "a b", "é", "a\n", &"a".repeat(129)] {
            assert!(text.parse::<Tag>().is_err(), "{text:?}");
        }
    }
}
