//! Colour, which only ever repeats what the words say.

use std::fmt;

use sealift_types::Severity;

/// What a text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Heading,
    Dim,
    Good,
    Warning,
    Bad,
    Severity(Severity),
}

impl Style {
    /// The parameters of "select graphic rendition" (ECMA-48 §8.3.117), from the eight basic colours so that a
    /// terminal's own theme decides.
    fn parameters(self) -> &'static str {
        match self {
            Self::Plain | Self::Severity(Severity::Low) => "",
            Self::Heading => "1",
            Self::Dim | Self::Severity(Severity::Negligible | Severity::Unknown) => "2",
            Self::Good => "1;32",
            Self::Warning | Self::Severity(Severity::Medium) => "33",
            Self::Bad | Self::Severity(Severity::Critical) => "1;31",
            Self::Severity(Severity::High) => "31",
        }
    }
}

/// Whether to colour at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    color: bool,
}

impl Paint {
    pub(crate) fn new(color: bool) -> Self {
        Self { color }
    }

    /// The text, to be printed in this style.
    pub(crate) fn apply(self, text: &str, style: Style) -> impl fmt::Display {
        let parameters = if self.color { style.parameters() } else { "" };
        Painted { text, parameters }
    }
}

struct Painted<'a> {
    text: &'a str,
    parameters: &'static str,
}

impl fmt::Display for Painted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parameters.is_empty() || self.text.is_empty() {
            f.write_str(self.text)
        } else {
            write!(f, "\u{1b}[{}m{}\u{1b}[0m", self.parameters, self.text)
        }
    }
}
