//! The rules: their ids, their options, and how each judges.

mod attested;
mod doc;
mod exception_rules;
mod exploited;
mod finding_rules;
mod image;
pub(crate) mod judgement;
mod license;
mod rego;
mod reports;
mod secret_found;
mod spdx;
mod tests_passed;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::context::Context;

pub use attested::{ProvenanceVerified, SbomAttested};
pub use doc::{RuleDoc, explain};
pub use exception_rules::{ExceptionExpired, ExceptionExpiring, ExceptionUnused};
pub use exploited::{ExploitPrediction, KnownExploited};
pub use finding_rules::{
    CodeFinding, CountOf, FindingCount, Misconfiguration, SeverityThreshold, UnknownSeverity,
};
pub use image::{ImageAge, ImageLabels, ImageSize, NonRootUser};
pub use license::{License, Unlicensed};
pub use rego::Rego;
pub use reports::{DatabaseAge, ReportAge, ReportReadable, ReportSubject, ScannerRequired};
pub use secret_found::SecretFoundRule;
pub use tests_passed::TestsPassed;

pub(crate) use judgement::Judgement;

/// What a rule does with the facts.
trait Judge {
    /// Looks at the facts and notes what it sees; what follows from it is the policy's business.
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement);
}

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident($options:ty) = $id:literal,)*) => {
        /// The permanent id of a rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum RuleId {
            $($(#[$doc])* #[serde(rename = $id)] $variant,)*
        }

        impl RuleId {
            /// All rules, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The kebab-case id.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }

            /// The page about it, in Markdown.
            fn page(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../../docs/rules/", $id, ".md")),)*
                }
            }
        }

        /// A rule with its options.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Check {
            $($(#[$doc])* $variant($options),)*
        }

        impl Check {
            /// The rule's id.
            pub fn id(&self) -> RuleId {
                match self {
                    $(Self::$variant(_) => RuleId::$variant,)*
                }
            }

            /// The rule `id` with the options of a TOML table.
            pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(
                id: RuleId,
                deserializer: D,
            ) -> Result<Self, D::Error> {
                match id {
                    $(RuleId::$variant => Deserialize::deserialize(deserializer).map(Self::$variant),)*
                }
            }

            pub(crate) fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
                match self {
                    $(Self::$variant(options) => Judge::judge(options, context, judgement),)*
                }
            }
        }
    };
}

rules! {
    /// Vulnerabilities from a severity on.
    SeverityThreshold(SeverityThreshold) = "severity-threshold",
    /// Vulnerabilities that are likely to be exploited, by EPSS.
    ExploitPrediction(ExploitPrediction) = "exploit-prediction",
    /// Vulnerabilities that are exploited, by CISA's catalogue.
    KnownExploited(KnownExploited) = "known-exploited",
    /// More findings than tolerated.
    FindingCount(FindingCount) = "finding-count",
    /// Misconfigurations from a severity on.
    Misconfiguration(Misconfiguration) = "misconfiguration",
    /// Results of code analysers from a severity on.
    CodeFinding(CodeFinding) = "code-finding",
    /// Secrets in the image.
    SecretFound(SecretFoundRule) = "secret-found",
    /// Licences of components.
    License(License) = "license",
    /// Scanners that must have been run.
    ScannerRequired(ScannerRequired) = "scanner-required",
    /// Reports that must have been readable.
    ReportReadable(ReportReadable) = "report-readable",
    /// Reports that must be about this image.
    ReportSubject(ReportSubject) = "report-subject",
    /// How old a report may be.
    ReportAge(ReportAge) = "report-age",
    /// How old a scanner's database may be.
    DatabaseAge(DatabaseAge) = "database-age",
    /// How large the image may be.
    ImageSize(ImageSize) = "image-size",
    /// How old the image may be.
    ImageAge(ImageAge) = "image-age",
    /// Labels that the image must have.
    ImageLabels(ImageLabels) = "image-labels",
    /// The user that the image runs as.
    NonRootUser(NonRootUser) = "non-root-user",
    /// Tests that must have passed.
    TestsPassed(TestsPassed) = "tests-passed",
    /// An SBOM must be attested.
    SbomAttested(SbomAttested) = "sbom-attested",
    /// Provenance must be attested and verified.
    ProvenanceVerified(ProvenanceVerified) = "provenance-verified",
    /// Exceptions that are over.
    ExceptionExpired(ExceptionExpired) = "exception-expired",
    /// Exceptions that end soon.
    ExceptionExpiring(ExceptionExpiring) = "exception-expiring",
    /// Exceptions that nothing needs.
    ExceptionUnused(ExceptionUnused) = "exception-unused",
    /// A rule of one's own, in Rego.
    Rego(Rego) = "rego",
}

impl RuleId {
    /// Whether the policy may make it deny. Two rules may only warn: adding a finding can make an exception needed,
    /// and removing an exception makes the policy stricter, so a denial for either would turn into a pass by what
    /// should never help.
    pub fn may_deny(self) -> bool {
        !matches!(self, Self::ExceptionExpiring | Self::ExceptionUnused)
    }
}

impl RuleId {
    /// Whether the rule cannot be satisfied without evidence about the image. The others look at what there is: a
    /// policy of them alone would pass an image that nobody looked at. Of a `rego` rule nobody can tell.
    pub(crate) fn needs_evidence(self) -> bool {
        !matches!(
            self,
            Self::ReportReadable
                | Self::ReportSubject
                | Self::ExceptionExpired
                | Self::ExceptionExpiring
                | Self::ExceptionUnused
                | Self::Rego
        )
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for RuleId {
    type Err = RuleIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|id| id.as_str() == text)
            .ok_or_else(|| RuleIdError {
                nearest: crate::policy::nearest(text, Self::ALL.iter().map(|id| id.as_str())),
            })
    }
}

/// There is no rule of this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleIdError {
    /// The id that was probably meant.
    pub nearest: Option<&'static str>,
}

impl std::error::Error for RuleIdError {}

impl fmt::Display for RuleIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no rule of this id")?;
        match self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}
