//! What the gate judges: everything that was collected about one image.
//!
//! Every part that may not have been collected is an `Option`: `None` is "nobody looked", an empty list is "looked
//! and found nothing". Rules treat the first as missing evidence.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sealift_types::{Digest, FindingSet, Platform, Report, Subject};
use serde::{Deserialize, Deserializer, Serialize};

use crate::exceptions::Exception;
use crate::feeds::{EpssFeed, KevFeed};

/// The facts about one image. Build it with `Facts { findings, ..Facts::default() }`: it gains fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The shape of these facts: [`Facts::SCHEMA_VERSION`], also where it is left out.
    #[serde(default = "schema_version", deserialize_with = "known_schema_version")]
    pub schema_version: u32,
    /// The image, where one is known. Without it no report can be shown to be about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageFacts>,
    /// Findings and the reports that they come from. A scanner without a report here has not been run.
    #[serde(default)]
    pub findings: FindingSet,
    /// Reports that were handed in and could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<UnreadableReport>,
    /// What the findings were compared with. Without it every finding counts as new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineFacts>,
    /// Scores of the Exploit Prediction Scoring System.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epss: Option<EpssFeed>,
    /// CISA's catalogue of known exploited vulnerabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kev: Option<KevFeed>,
    /// Verified (or at least examined) attestations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestations: Option<Vec<Attestation>>,
    /// Components of the image with their licences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<Vec<Component>>,
    /// Results of tests of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<Vec<TestResult>>,
    /// A search for secrets in the image's layers, apart from what scanners report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<SecretsFacts>,
    /// Exceptions from outside the policy: imported ignore files and VEX documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            schema_version: Self::SCHEMA_VERSION,
            image: None,
            findings: FindingSet::default(),
            unreadable: Vec::new(),
            baseline: None,
            epss: None,
            kev: None,
            attestations: None,
            components: None,
            tests: None,
            secrets: None,
            exceptions: Vec::new(),
        }
    }
}

fn schema_version() -> u32 {
    Facts::SCHEMA_VERSION
}

fn known_schema_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        Facts::SCHEMA_VERSION => Ok(Facts::SCHEMA_VERSION),
        other => Err(serde::de::Error::custom(format!(
            "facts of schema version {other} are not known; this version of Sealift reads {}",
            Facts::SCHEMA_VERSION
        ))),
    }
}

impl Facts {
    /// The number in `schema_version`; the shape only grows within it.
    pub const SCHEMA_VERSION: u32 = 1;

    /// Findings about the image of this digest, and nothing else collected.
    pub fn about(digest: Digest, findings: FindingSet) -> Self {
        Self {
            image: Some(ImageFacts {
                digest: Some(digest),
                ..ImageFacts::default()
            }),
            findings,
            ..Self::default()
        }
    }
}

/// The image under judgement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageFacts {
    /// Its name as the caller wrote it, tag included: `docker.io/me/app:1.2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The digest of its index, or of its manifest where there is no index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The name of its base image, where known, for the advice to rebuild.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_name: Option<String>,
    /// Its platforms, where the image was inspected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<PlatformFacts>,
}

/// One platform of the image. Each property is absent where it was not collected.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformFacts {
    /// The platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The digest of its manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The digest of its config: the image id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<Digest>,
    /// Its layers, lowest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerFacts>,
    /// How many of the lowest layers come from the base image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_layers: Option<u32>,
    /// Compressed size of config and layers, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// When it was built, as its config says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// The user it runs as, as its config says; an empty text is the default, which is root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
}

/// A layer by both its names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerFacts {
    /// The digest of the compressed blob.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The digest of the uncompressed content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff_id: Option<Digest>,
}

/// A report that was handed in and could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnreadableReport {
    /// Where it was to be read from.
    pub source: String,
    /// The scanner, where the caller knows which one it should have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanner: Option<String>,
    /// Why it could not be read.
    pub error: String,
}

/// What the findings were compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineFacts {
    /// Where the earlier set was read from.
    pub source: String,
    /// The digest of its bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The reports that make up the earlier set. A baseline with a report that is judged too excuses nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<BaselineSource>,
    /// Findings of the earlier set that are gone.
    #[serde(default)]
    pub fixed: u64,
}

/// A report of the earlier set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineSource {
    /// Where it was read from.
    pub source: String,
    /// The digest of its bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The scanner's name in policies.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scanner: String,
    /// When the scan ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// What it says that it is about.
    #[serde(default)]
    pub subject: Subject,
}

impl From<&Report> for BaselineSource {
    fn from(report: &Report) -> Self {
        Self {
            source: report.source.clone(),
            digest: report.digest.clone(),
            scanner: report.scanner.clone(),
            created: report.created,
            subject: report.subject.clone(),
        }
    }
}

/// One statement that someone made about a digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The in-toto predicate type: `https://spdx.dev/Document`.
    pub predicate_type: String,
    /// The digests that it is about.
    pub subjects: Vec<Digest>,
    /// What checking its signature came to.
    pub verification: Verification,
    /// Who signed it, where verified: a certificate identity or a key's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// Who vouches for the signer, where verified: the OIDC issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The builder's id, of a provenance statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builder: Option<String>,
    /// The repository that was built, of a provenance statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Where it was found: a digest in the registry, a file.
    pub source: String,
}

/// What checking a signature came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verification {
    /// There is no signature, or nobody checked it.
    #[default]
    Unverified,
    /// The signature holds and the signer is known.
    Verified,
    /// The signature does not hold.
    Failed,
}

/// A component of the image, as an SBOM states it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its package URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
    /// SPDX licence expressions, all of which apply; empty where the document states none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<String>,
}

/// The result of one test of the image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestResult {
    /// The test's name.
    pub name: String,
    /// The platform it ran on, where it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The digest of the image it ran against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// How it ended.
    pub status: TestStatus,
    /// A line on the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How a test ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TestStatus {
    /// It did what was expected.
    Passed,
    /// It did not.
    #[default]
    Failed,
    /// It did not run.
    Skipped,
}

/// What a search for secrets found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretsFacts {
    /// The digest of the image that was searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// What was found; never the secret itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<SecretFound>,
}

/// A place that holds a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretFound {
    /// The detector's id: `aws-access-key-id`.
    pub id: String,
    /// The file in the image.
    pub path: String,
    /// The line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}
