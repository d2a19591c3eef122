//! Patterns for names and paths, matched in linear time.
//!
//! Own code, since the gate runs on text from outside and the usual crates bring a regex engine. `*` stands for any
//! run of characters, `\` makes the next character literal, and nothing else is special: no `?`, no classes, no
//! braces. A path pattern knows `**` as a whole segment besides.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest pattern, in bytes; more is a mistake.
const MAX_PATTERN_BYTES: usize = 1024;

/// A pattern over a name (a package, an image, an identity): `*` stands for any run of characters, `/` included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameGlob {
    text: Box<str>,
    pieces: Box<[Box<str>]>,
}

impl NameGlob {
    /// A pattern from its text.
    ///
    /// # Errors
    /// An empty text, one of more than 1,024 bytes, or a `\` at the end.
    pub fn new(text: &str) -> Result<Self, GlobError> {
        if text.is_empty() {
            return Err(GlobError::Empty);
        }
        Self::segment(text)
    }

    /// A pattern that matches this text only, whatever characters it holds. Importers use it, so that a name from
    /// outside never becomes a pattern.
    ///
    /// # Errors
    /// An empty text, or one that is too long.
    pub fn literal(text: &str) -> Result<Self, GlobError> {
        Self::new(&text.replace('\\', "\\\\").replace('*', "\\*"))
    }

    /// Whether the whole of `name` fits, in time linear to its length.
    pub fn matches(&self, name: &str) -> bool {
        let (Some(first), Some(last)) = (self.pieces.first(), self.pieces.last()) else {
            return name.is_empty();
        };
        if self.pieces.len() == 1 {
            return name == &**first;
        }
        let Some(rest) = name.strip_prefix(&**first) else {
            return false;
        };
        let Some(mut rest) = rest.strip_suffix(&**last) else {
            return false;
        };
        // Leftmost is as good as any place: whatever follows has at least as much text left.
        for piece in &self.pieces[1..self.pieces.len() - 1] {
            match rest.find(&**piece) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
        true
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The one text that matches, where there is no `*`.
    pub fn as_literal(&self) -> Option<&str> {
        match &*self.pieces {
            [only] => Some(only),
            _ => None,
        }
    }

    fn segment(text: &str) -> Result<Self, GlobError> {
        if text.len() > MAX_PATTERN_BYTES {
            return Err(GlobError::TooLong);
        }
        let mut pieces = vec![String::new()];
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let literal = match c {
                '*' => {
                    pieces.push(String::new());
                    continue;
                }
                '\\' => chars.next().ok_or(GlobError::DanglingEscape)?,
                other => other,
            };
            if let Some(piece) = pieces.last_mut() {
                piece.push(literal);
            }
        }
        Ok(Self {
            text: text.into(),
            pieces: pieces.into_iter().map(Into::into).collect(),
        })
    }
}

/// A pattern over a path: `*` stays within a segment, `**` as a whole segment stands for any number of them.
/// A leading `/` is not significant, since some scanners print it and some don't.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathGlob {
    text: Box<str>,
    /// Runs of segments between `**`.
    runs: Box<[Box<[NameGlob]>]>,
}

impl PathGlob {
    /// A pattern from its text.
    ///
    /// # Errors
    /// As for [`NameGlob::new`], and a `**` that is only a part of a segment.
    pub fn new(text: &str) -> Result<Self, GlobError> {
        if text.len() > MAX_PATTERN_BYTES {
            return Err(GlobError::TooLong);
        }
        let path = text.strip_prefix('/').unwrap_or(text);
        if path.is_empty() {
            return Err(GlobError::Empty);
        }
        let mut runs = vec![Vec::new()];
        for segment in path.split('/') {
            if segment == "**" {
                runs.push(Vec::new());
            } else if segment.contains("**") {
                return Err(GlobError::PartialDoubleStar);
            } else if let Some(run) = runs.last_mut() {
                run.push(NameGlob::segment(segment)?);
            }
        }
        Ok(Self {
            text: text.into(),
            runs: runs.into_iter().map(Into::into).collect(),
        })
    }

    /// A pattern that matches this path only, whatever characters it holds.
    ///
    /// # Errors
    /// An empty path, or one that is too long.
    pub fn literal(path: &str) -> Result<Self, GlobError> {
        Self::new(&path.replace('\\', "\\\\").replace('*', "\\*"))
    }

    /// Whether the whole of `path` fits. Time grows with the product of the pattern's and the path's segments.
    pub fn matches(&self, path: &str) -> bool {
        let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let fits = |run: &[NameGlob], at: &[&str]| {
            run.len() <= at.len() && run.iter().zip(at).all(|(glob, segment)| glob.matches(segment))
        };
        let (Some(first), Some(last)) = (self.runs.first(), self.runs.last()) else {
            return false;
        };
        if self.runs.len() == 1 {
            return first.len() == segments.len() && fits(first, &segments);
        }
        if first.len() + last.len() > segments.len() || !fits(first, &segments) {
            return false;
        }
        let (middle, end) = segments[first.len()..].split_at(segments.len() - first.len() - last.len());
        if !fits(last, end) {
            return false;
        }
        let mut rest = middle;
        for run in &self.runs[1..self.runs.len() - 1] {
            match (0..=rest.len()).find(|&at| fits(run, &rest[at..])) {
                Some(at) => rest = &rest[at + run.len()..],
                None => return false,
            }
        }
        true
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GlobError {
    /// Nothing there.
    #[error("a pattern cannot be empty; `*` stands for everything")]
    Empty,
    /// More than 1,024 bytes.
    #[error("a pattern has at most {MAX_PATTERN_BYTES} bytes")]
    TooLong,
    /// `\` with nothing after it.
    #[error("the `\\` at the end escapes nothing; write `\\\\` for a backslash")]
    DanglingEscape,
    /// `a**b`.
    #[error("`**` stands alone between slashes: `app/**/lib`")]
    PartialDoubleStar,
}

macro_rules! as_text {
    ($type:ty) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text)
            }
        }

        impl std::str::FromStr for $type {
            type Err = GlobError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.text)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(NameGlob);
as_text!(PathGlob);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names() {
        let check = |glob: &str, name: &str, expected| {
            assert_eq!(
                NameGlob::new(glob).unwrap().matches(name),
                expected,
                "{glob} {name}"
            );
        };
        check("openssl", "openssl", true);
        check("openssl", "openssl-dev", false);
        check("lib*", "libssl3", true);
        check("*", "@babel/traverse", true);
        check("@babel/*", "@babel/traverse", true);
        check("*ssl*", "libssl3", true);
        check("a*a", "a", false);
        check("a*b*c", "axxbyyc", true);
        check("a*bc*bc", "abc", false);
        check("\\*", "*", true);
        check("\\*", "x", false);
    }

    #[test]
    fn paths() {
        let check = |glob: &str, path: &str, expected| {
            assert_eq!(
                PathGlob::new(glob).unwrap().matches(path),
                expected,
                "{glob} {path}"
            );
        };
        check("/app/*", "app/main.py", true);
        check("app/*", "/app/lib/x.py", false);
        check("app/**", "/app/lib/x.py", true);
        check("**/package.json", "a/b/package.json", true);
        check("**/package.json", "package.json", true);
        check("**/node_modules/**/x", "a/node_modules/b/c/x", true);
        check("a/**/b", "a/b", true);
        check("a/**/b", "ab", false);
        check("**", "anything/at/all", true);
    }

    #[test]
    fn mistakes() {
        assert_eq!(NameGlob::new(""), Err(GlobError::Empty));
        assert_eq!(NameGlob::new("a\\"), Err(GlobError::DanglingEscape));
        assert_eq!(PathGlob::new("a/**b"), Err(GlobError::PartialDoubleStar));
        assert_eq!(NameGlob::new(&"a".repeat(2000)), Err(GlobError::TooLong));
    }

    /// The definition, by trying every split.
    fn by_definition(glob: &[u8], name: &[u8]) -> bool {
        match glob.split_first() {
            None => name.is_empty(),
            Some((b'*', rest)) => (0..=name.len()).any(|at| by_definition(rest, &name[at..])),
            Some((c, rest)) => name
                .split_first()
                .is_some_and(|(n, name)| n == c && by_definition(rest, name)),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn matches_what_the_definition_matches(glob in "[ab*]{1,8}", name in "[ab]{0,10}") {
            prop_assert_eq!(
                NameGlob::new(&glob).unwrap().matches(&name),
                by_definition(glob.as_bytes(), name.as_bytes())
            );
        }

        #[test]
        fn a_literal_matches_itself_only(text in "[ab*\\\\]{1,8}", other in "[ab*\\\\]{1,8}") {
            let glob = NameGlob::literal(&text).unwrap();
            prop_assert!(glob.matches(&text));
            prop_assert_eq!(glob.matches(&other), text == other);
        }
    }
}
