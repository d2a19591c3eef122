//! How bad a finding is, in the words that scanners use.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A severity label. `Unknown` is lowest: a threshold never catches it; a policy that cares says so with its own
/// rule option. `Negligible` is Grype's and Debian's word for what the vendor does not count as a security issue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// No statement, or one that we do not know.
    #[default]
    Unknown,
    /// Not counted as a security issue by the vendor.
    Negligible,
    /// CVSS 0.1–3.9 where a score decides.
    Low,
    /// CVSS 4.0–6.9 where a score decides.
    Medium,
    /// CVSS 7.0–8.9 where a score decides.
    High,
    /// CVSS 9.0–10.0 where a score decides.
    Critical,
}

impl Severity {
    /// All severities, worst first.
    pub const ALL: [Self; 6] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Negligible,
        Self::Unknown,
    ];

    /// The lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Negligible => "negligible",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity that a scanner's or a distribution's word means, in any case: `Important` (Red Hat) is
    /// `High`, `moderate` is `Medium`, `unimportant` (Debian) is `Negligible`. White space and invisible characters
    /// around it do not count. `None` for an unknown word.
    pub fn from_label(label: &str) -> Option<Self> {
        let word = label.trim_matches(is_invisible);
        let is = |names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
        Some(if is(&["critical", "crit"]) {
            Self::Critical
        } else if is(&["high", "important"]) {
            Self::High
        } else if is(&["medium", "moderate"]) {
            Self::Medium
        } else if is(&["low", "minor"]) {
            Self::Low
        } else if is(&[
            "negligible",
            "unimportant",
            "none",
            "info",
            "informational",
            "note",
        ]) {
            Self::Negligible
        } else if is(&[
            "unknown",
            "unspecified",
            "undefined",
            "untriaged",
            "unassigned",
            "not yet assigned",
        ]) {
            Self::Unknown
        } else {
            return None;
        })
    }

    /// The CVSS v3 and v4 qualitative band of a score (CVSS v3.1 §5, v4.0 §6); out of range is `Unknown`, 0.0 is
    /// `Negligible`.
    pub fn from_score(score: f64) -> Self {
        match score {
            s if !(0.0..=10.0).contains(&s) => Self::Unknown,
            s if s < 0.1 => Self::Negligible,
            s if s < 4.0 => Self::Low,
            s if s < 7.0 => Self::Medium,
            s if s < 9.0 => Self::High,
            _ => Self::Critical,
        }
    }
}

/// White space, and characters that have no width of their own.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = SeverityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str().eq_ignore_ascii_case(text))
            .ok_or(SeverityError)
    }
}

/// The word is not one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a severity is one of critical, high, medium, low, negligible, unknown")]
pub struct SeverityError;

/// Where a [`Severity`] was taken from. The scanner's own label comes first; a score or a level decides only
/// where there is no label (labels and scores disagree in up to a third of real findings).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SeverityOrigin {
    /// The scanner's own word.
    Label,
    /// A CVSS or `security-severity` score, by its band.
    Score,
    /// SARIF's `level`: error is high, warning medium, note low.
    Level,
    /// Nothing was stated.
    #[default]
    Absent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_scanners_and_distributions() {
        let check = |label: &str, expected| assert_eq!(Severity::from_label(label), expected, "{label}");
        check("CRITICAL", Some(Severity::Critical));
        check(" Important ", Some(Severity::High));
        check("moderate", Some(Severity::Medium));
        check("unimportant", Some(Severity::Negligible));
        check("UNSPECIFIED", Some(Severity::Unknown));
        check("purple", None);
    }

    #[test]
    fn bands_of_scores() {
        let check = |score, expected| assert_eq!(Severity::from_score(score), expected, "{score}");
        check(0.0, Severity::Negligible);
        check(3.9, Severity::Low);
        check(4.0, Severity::Medium);
        check(8.9, Severity::High);
        check(9.0, Severity::Critical);
        check(11.0, Severity::Unknown);
        check(-1.0, Severity::Unknown);
        check(f64::NAN, Severity::Unknown);
    }
}
