//! What sort of thing a finding is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a scanner found. Only `Vulnerability` counts for vulnerability rules; the others keep their own rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// A known flaw in a package.
    #[default]
    Vulnerability,
    /// A configuration that breaks a rule (Dockerfile, Terraform, Kubernetes).
    Misconfiguration,
    /// A credential in a file.
    Secret,
    /// A licence that a policy of the scanner names.
    License,
    /// A result of a code analyser, or of any tool that is none of the above.
    Code,
}

impl Kind {
    /// The kebab-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vulnerability => "vulnerability",
            Self::Misconfiguration => "misconfiguration",
            Self::Secret => "secret",
            Self::License => "license",
            Self::Code => "code",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
