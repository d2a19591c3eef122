//! What was read from where, and a set of findings with the reports they come from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Digest, Finding, Platform};

/// Findings, and the reports whose statements they hold. The unit that parsers give, merging joins, a baseline
/// compares and the gate judges; its JSON is a report that Sealift reads again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingSet {
    /// The reports, in a stable order: by scanner, then content digest, then run.
    pub reports: Vec<Report>,
    /// The findings, worst first, then by id, package and version.
    pub findings: Vec<Finding>,
}

/// One scanner run over one subject, without its findings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Where it was read from, as the caller named it.
    pub source: String,
    /// Which of several runs in the file, from 0.
    #[serde(default)]
    pub run: u32,
    /// Digest of the file's bytes as read, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The format it was recognised as: `trivy-json-v2`, `grype-json`, `sarif-2.1.0`, …
    pub format: String,
    /// The scanner's permanent name in policies: `trivy`, `grype`, `snyk`, `docker-scout`, `osv-scanner`, or the
    /// tool's own name in kebab-case.
    pub scanner: String,
    /// The tool as it names itself: `Trivy Vulnerability Scanner`, `Snyk Container`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When the scan ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When the vulnerability database it used was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Timestamp>,
    /// What was scanned.
    pub subject: Subject,
    /// Where every row of the file went.
    pub accounting: Accounting,
    /// What was odd and recovered from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// What a report says that it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The name that was scanned: an image reference, a folder, a lock file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Digests of the manifest or index as the report states them (repo digests, manifest digest).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<Digest>,
    /// The digest of the image's config, which is the image id (Trivy's `ImageID`, Grype's `imageID`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<Digest>,
    /// Diff ids or layer digests of the scanned image, in order, where stated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<Digest>,
    /// The platform that was scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The base image, where stated (Snyk's `docker.baseImage`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_image: Option<String>,
    /// The operating system, `debian 12`, where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distro: Option<String>,
}

/// Rows in, rows out: `read == reported + Σ explained.count`, always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounting {
    /// Rows (results, matches, vulnerabilities, misconfigurations, …) in the file for this run.
    pub read: u64,
    /// Rows that became findings or joined one as another occurrence (Σ `statement.rows`).
    pub reported: u64,
    /// Rows that did not, by reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explained: Vec<Explanation>,
}

impl Accounting {
    /// Counts one row that is not reported, under its reason.
    pub fn explain(&mut self, reason: &str) {
        match self
            .explained
            .iter_mut()
            .find(|explanation| explanation.reason == reason)
        {
            Some(explanation) => explanation.count += 1,
            None => self.explained.push(Explanation {
                reason: reason.to_owned(),
                count: 1,
            }),
        }
    }

    /// Whether every row is accounted for.
    pub fn is_balanced(&self) -> bool {
        self.read
            == self.reported
                + self
                    .explained
                    .iter()
                    .map(|explanation| explanation.count)
                    .sum::<u64>()
    }
}

/// Why rows of a report are not among the findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// A short fixed phrase: `passed check`, `absent in baseline`.
    pub reason: String,
    /// Rows.
    pub count: u64,
}

/// Something odd in a report that did not stop it from being read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// A permanent kebab-case code: `trailing-text`, `utf16`, `concatenated-logs`.
    pub code: String,
    /// One sentence with the place.
    pub message: String,
}

impl Warning {
    /// A warning of this code.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }
}
