//! One finding, and what each scanner says of it.
//!
//! A report of one scanner gives findings with one [`Statement`] each. Merging joins the statements of several
//! reports under one finding; nothing that a scanner said is replaced by what another said.
//!
//! All structs here implement [`Default`]; write `..Default::default()`, since they gain fields.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Digest, Kind, Package, Severity, SeverityOrigin};

/// One flaw in one component, with everything that was said of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What sort of finding this is.
    pub kind: Kind,
    /// The canonical id: the CVE where one is known, else the GHSA, else the scanner's own id.
    pub id: String,
    /// Other ids of the same flaw, sorted, without `id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Ids that cover this flaw among others, or that this id covers: errata (DSA, RHSA, USN, …), and the CVEs of
    /// an advisory that bundles several. Sorted. They are many-to-many, so they never join findings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// The package, as the scanner that identifies it best names it. Absent for code and secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// A line for people; at most 1,024 characters are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A paragraph for people; at most 1,024 characters are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Pages about it, in the order stated, without repetition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// Against an earlier set, where one was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineState>,
    /// One for each report that states it, sorted by report; never empty.
    pub statements: Vec<Statement>,
}

impl Finding {
    /// The worst severity that any scanner states.
    pub fn worst_severity(&self) -> Severity {
        self.statements
            .iter()
            .map(|statement| statement.severity)
            .max()
            .unwrap_or_default()
    }

    /// Whether any scanner states a version that fixes it.
    pub fn is_fixable(&self) -> bool {
        self.statements
            .iter()
            .any(|statement| statement.fix.is_available())
    }

    /// Every id this finding goes by: canonical, aliases, and each scanner's own.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str())
            .chain(self.aliases.iter().map(String::as_str))
            .chain(self.statements.iter().map(|statement| statement.id.as_str()))
    }
}

/// A finding against an earlier set. A finding of the earlier set that is gone is not in the new set; comparing
/// lists it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineState {
    /// Not in the earlier set.
    New,
    /// In both, whatever its severity or version was then.
    Unchanged,
}

/// What one report says of a finding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// Index into [`FindingSet::reports`](crate::FindingSet::reports).
    pub report: u32,
    /// The id as this scanner prints it.
    pub id: String,
    /// How the statement came to this finding. `Exact` in a report of one scanner.
    #[serde(rename = "match", default)]
    pub matched: MatchTier,
    /// The severity as this scanner states it.
    pub severity: Severity,
    /// The scanner's own word for it, where it is not ours: `Important`, `UNSPECIFIED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity_label: Option<String>,
    /// What `severity` was taken from.
    pub severity_from: SeverityOrigin,
    /// Scores and other parties' severities, as evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ratings: Vec<Rating>,
    /// Whether and where it is fixed.
    pub fix: Fix,
    /// Where in the image; a scanner that lists thousands keeps the first
    /// [`Statement::MAX_LOCATIONS`], and `locations_total` says how many there were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// Locations stated, kept or not.
    #[serde(default)]
    pub locations_total: u32,
    /// How many rows of the report this statement stands for; at least 1.
    pub rows: u32,
    /// The package name as this scanner prints it, where it differs from the finding's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// When the flaw was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// When the record last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// Exploit prediction, where the scanner carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epss: Option<Epss>,
    /// Listing as known exploited, where the scanner carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kev: Option<Kev>,
    /// What the scanner itself was told to ignore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
    /// What this scanner states of the flaw itself, where that is not exactly what the finding says. Merging sets
    /// it, so that a merged set can be taken apart and merged with more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<Box<Stated>>,
}

impl Statement {
    /// Locations kept of one statement: GitHub keeps 100 of a result.
    pub const MAX_LOCATIONS: usize = 100;
}

/// What one scanner states of a flaw, beside [`Statement`]: the fields of [`Finding`] as they were before its report
/// was merged with others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// The canonical id among those that this scanner states.
    pub id: String,
    /// Other ids that it states for the same flaw, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Errata and bundled ids that it states, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
}

/// How sure a merge is that a statement belongs to a finding, surest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MatchTier {
    /// Same id, same component, same version.
    #[default]
    Exact,
    /// Another id of the same flaw, same component, same version.
    Alias,
    /// Same flaw; the component by name and version only, since one side states no package type.
    Name,
    /// Same flaw; this scanner names the source package, another the binary package built from it.
    Source,
}

/// A severity or score by a named party.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// Who says so: `nvd`, `ghsa`, `redhat`, a scanner's `security-severity`.
    pub source: String,
    /// Its label, where it states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// CVSS score, 0.0–10.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// CVSS vector; its prefix gives the version, v2 has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<String>,
}

/// Whether a flaw is fixed in some version of its package.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// The state.
    pub state: FixState,
    /// Versions that fix it, as stated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// When the first of them became available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<Timestamp>,
}

impl Fix {
    /// Whether a version fixes it: the state says so, or a version is stated. This is what "fixable" means
    /// everywhere in Sealift.
    ///
    /// # Examples
    /// ```
    /// use sealift_types::{Fix, FixState};
    ///
    /// let deferred = Fix { state: FixState::Deferred, ..Fix::default() };
    /// assert!(!deferred.is_available());
    /// assert!(Fix { versions: vec!["1.2".into()], ..deferred }.is_available());
    /// ```
    pub fn is_available(&self) -> bool {
        self.state == FixState::Fixed || !self.versions.is_empty()
    }
}

/// A fix's state. The words are Trivy's and Grype's joined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FixState {
    /// Nothing stated.
    #[default]
    Unknown,
    /// A version fixes it.
    Fixed,
    /// Affected, no fix yet.
    NotFixed,
    /// The vendor will not fix it (also Trivy's `end_of_life`).
    WontFix,
    /// The vendor postponed the fix (Trivy's `fix_deferred`).
    Deferred,
    /// The vendor is still looking (Trivy's `under_investigation`).
    UnderInvestigation,
    /// The vendor says it does not apply.
    NotAffected,
}

/// Where a finding was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// A path in the image or the repository, as stated.
    pub path: String,
    /// First line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The layer, by diff id (Trivy, Grype) or by digest, as stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Digest>,
}

/// Exploit Prediction Scoring System, FIRST.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Epss {
    /// Probability of exploitation in the next 30 days, 0–1.
    pub score: f64,
    /// Share of all vulnerabilities with a lower score, 0–1.
    pub percentile: f64,
}

impl Epss {
    /// A score with its percentile, both 0–1.
    pub fn new(score: f64, percentile: f64) -> Self {
        Self { score, percentile }
    }
}

/// A listing in CISA's catalogue of known exploited vulnerabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kev {
    /// Day of the listing, `YYYY-MM-DD`, where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_added: Option<String>,
    /// Day by which federal agencies must act, `YYYY-MM-DD`, where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<String>,
    /// Used in ransomware campaigns, where stated.
    #[serde(default)]
    pub ransomware: bool,
}

/// A suppression that came with the report (SARIF §3.35, Trivy's `ExperimentalModifiedFindings`, Grype's
/// `ignoredMatches`, Snyk's `filtered`). It is shown; only an exception of the policy has an effect in the gate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Suppression {
    /// Whether it is in force.
    pub status: SuppressionStatus,
    /// The reason given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// SARIF §3.35.3; absent there means accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SuppressionStatus {
    /// In force.
    #[default]
    Accepted,
    /// Asked for, not decided.
    UnderReview,
    /// Refused.
    Rejected,
}
