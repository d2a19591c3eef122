//! Exceptions: findings that a policy tolerates for a while, and why.
//!
//! An exception names ids (any alias of the flaw), a scope, a reason, an owner and an end. Importers fill the same
//! type from other tools' ignore files and from VEX; what those lack stays absent here, and the policy decides
//! whether such an exception counts.

mod apply;
pub mod import;
pub(crate) mod purl;

use jiff::Timestamp;
use sealift_types::{Digest, FixState, Kind};
use serde::{Deserialize, Serialize};

use crate::glob::{NameGlob, PathGlob};

pub(crate) use apply::Exceptions;

/// One exception. It applies to a finding when an id fits and every part of the scope that is stated fits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Ids of the flaw, any alias; compared without regard to case. An exception without an id applies to nothing.
    pub ids: Vec<String>,
    /// Kinds of findings; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Kind>,
    /// Packages, of which one must fit; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageScope>,
    /// Images, of which one must fit; empty means all. An image scope never fits where the facts name no image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageScope>,
    /// Paths: every location of the finding must fit one of them; empty means all. A path scope never fits a
    /// finding without locations, nor one whose locations were too many to keep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathGlob>,
    /// Fix states: every scanner's must be one of them; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fix_states: Vec<FixState>,
    /// Scanners: the exception applies to a finding that only these state; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scanners: Vec<String>,
    /// Why it is tolerated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When it ends; from this moment on it does not apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Where it comes from.
    #[serde(default)]
    pub origin: ExceptionOrigin,
    /// What a VEX document says, where it comes from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vex: Option<VexStatement>,
}

/// Where an exception was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionOrigin {
    /// The format.
    pub kind: ExceptionKind,
    /// The file, as the caller names it; absent for the policy itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, from 1, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The digest of the file's bytes, where the caller computed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// The format that an exception was written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ExceptionKind {
    /// The policy's own `[[exception]]`.
    #[default]
    Policy,
    /// `.trivyignore` and `.trivyignore.yaml`.
    Trivyignore,
    /// `.grype.yaml`.
    Grype,
    /// `.snyk`.
    Snyk,
    /// An OpenVEX document.
    Openvex,
    /// A CSAF document with the VEX profile.
    Csaf,
    /// A CycloneDX document with vulnerabilities.
    Cyclonedx,
}

impl ExceptionKind {
    /// Whether this is a VEX format, whose statements count by author and justification.
    pub fn is_vex(self) -> bool {
        matches!(self, Self::Openvex | Self::Csaf | Self::Cyclonedx)
    }

    /// The kebab-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Trivyignore => "trivyignore",
            Self::Grype => "grype",
            Self::Snyk => "snyk",
            Self::Openvex => "openvex",
            Self::Csaf => "csaf",
            Self::Cyclonedx => "cyclonedx",
        }
    }
}

/// Packages that an exception is about. What is absent is not asked; what is stated must fit, and a finding that
/// lacks it does not fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageScope {
    /// The package's name as scanners print it: `openssl`, `@babel/traverse`, `org.apache:log4j-core`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<NameGlob>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<NameGlob>,
    /// Its purl type: `deb`, `npm`, `pypi`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub package_type: Option<String>,
    /// A package URL, with or without version and qualifiers. Qualifiers that it states must be on the finding's
    /// purl too. Where the finding has no purl, its type, name and version are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
}

/// Images that an exception is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageScope {
    /// The image's name, compared with and without its tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<NameGlob>,
    /// The digest of the index or of a platform's manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// What a VEX document states of a flaw in a product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VexStatement {
    /// The status.
    pub status: VexStatus,
    /// Why a product is not affected, in the format's own word: `vulnerable_code_not_present`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// More about it in prose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// Who says so, as the document states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
}

/// A VEX status. Only `NotAffected` (with a justification) and `Fixed` excuse a finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum VexStatus {
    /// The product has the flaw's code but not the flaw.
    NotAffected,
    /// The product has the flaw.
    Affected,
    /// The product has a remedy for it.
    Fixed,
    /// Nobody knows yet.
    #[default]
    UnderInvestigation,
}
