//! The package a finding is about.

use serde::{Deserialize, Serialize};

/// A package as a scanner names it. Nothing here is normalised: comparing packages of two scanners is
/// `sealift-scan`'s work.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Package {
    /// Package URL as the scanner wrote it (purl-spec); absent in Trivy's SARIF and in Snyk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
    /// purl type (`deb`, `rpm`, `apk`, `npm`, `pypi`, `golang`, `maven`, …), stated or derived from what the
    /// report says of the package's class.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub package_type: Option<String>,
    /// Name as the scanner prints it, namespace included: `@babel/traverse`, `org.apache.logging.log4j:log4j-core`.
    pub name: String,
    /// Installed version as the scanner prints it, percent-decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The source package that a distribution built this one from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourcePackage>,
}

impl Package {
    /// A package of this name and nothing else.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}

/// The source package of a distribution's binary package: `openssl` for `libssl3`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourcePackage {
    /// Source package name.
    pub name: String,
    /// Source package version where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl SourcePackage {
    /// A source package of this name, with its version where stated.
    pub fn new(name: impl Into<String>, version: Option<String>) -> Self {
        Self {
            name: name.into(),
            version,
        }
    }
}
