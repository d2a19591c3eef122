//! A mistake in a policy or a test file, with its place and its remedy.

use std::ops::Range;

/// A mistake in a TOML file that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct PolicyError {
    /// Bytes of the text that the mistake is in; empty where it concerns the whole file.
    pub span: Range<usize>,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What to write instead, where that can be said.
    pub help: Option<String>,
}

impl PolicyError {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Line and column of the mistake in `text`, both from 1, the column in characters.
    pub fn position(&self, text: &str) -> (usize, usize) {
        let before = text.get(..self.span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}

/// The candidate that `word` is most likely a misspelling of: at most a third of its letters differ.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are no misspelling, and the distance takes the product of both lengths.
    if word.len() > 64 {
        return None;
    }
    let word = word.to_ascii_lowercase().replace('_', "-");
    candidates
        .into_iter()
        .map(|candidate| {
            (
                distance(&word, &candidate.to_ascii_lowercase().replace('_', "-")),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= candidate.len().max(word.len()).div_ceil(3))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance over bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings() {
        let words = ["severity", "scanners", "fixable_only", "new_only"];
        let check = |word: &str, expected| assert_eq!(nearest(word, words), expected, "{word}");
        check("severty", Some("severity"));
        check("fixable-only", Some("fixable_only"));
        check("scanner", Some("scanners"));
        check("purple", None);
    }

    #[test]
    fn positions_count_characters() {
        let error = PolicyError::new("ä\nöx = 1".find('x').unwrap()..0, "");
        assert_eq!(error.position("ä\nöx = 1"), (2, 2));
        assert_eq!(PolicyError::new(99..99, "").position("a"), (1, 2));
    }
}
