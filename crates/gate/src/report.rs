//! What the gate answers: the verdict, every reason for it, and the way out.
//!
//! Lists are sorted and bounded; wherever a list is bounded, a total says how many there were. The same policy,
//! facts and time give the same bytes.

use jiff::Timestamp;
use sealift_types::{Digest, FixState, Kind, Platform, Severity};
use serde::{Deserialize, Serialize};

use crate::exceptions::ExceptionOrigin;
use crate::facts::BaselineSource;
use crate::policy::Action;
use crate::rules::RuleId;

/// The gate's answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The shape of this report; it only grows within one number.
    pub schema_version: u32,
    /// The worst verdict of all rules.
    pub verdict: Verdict,
    /// The policy's name.
    pub policy: String,
    /// The time that was judged by.
    pub as_of: Timestamp,
    /// The image, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageSummary>,
    /// Findings judged: all, and those with an exception in force.
    pub findings: FindingTotals,
    /// What the findings were compared with, where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineReport>,
    /// One for each rule of the policy, in the policy's order; implied rules come last.
    pub rules: Vec<RuleReport>,
    /// Every scanner report that was handed in, in the order of the finding set.
    pub evidence: Vec<Evidence>,
    /// Exceptions that were applied or need attention, in the policy's order, imported ones after.
    pub exceptions: Vec<ExceptionReport>,
    /// Exceptions that were considered.
    pub exceptions_total: u64,
    /// What would make it pass.
    pub way_out: WayOut,
}

impl Report {
    /// The number in `schema_version`.
    pub const SCHEMA_VERSION: u32 = 1;
    /// Violations kept for each rule; `violations_total` counts them all.
    pub const MAX_VIOLATIONS: usize = 1_000;
    /// Items kept in each other list.
    pub const MAX_ITEMS: usize = 1_000;

    /// Rules that deny, in order.
    pub fn denials(&self) -> impl Iterator<Item = &RuleReport> {
        self.rules.iter().filter(|rule| rule.verdict == Verdict::Deny)
    }

    /// Rules that warn, in order.
    pub fn warnings(&self) -> impl Iterator<Item = &RuleReport> {
        self.rules.iter().filter(|rule| rule.verdict == Verdict::Warn)
    }
}

/// Pass, warn or deny; the worst is greatest. A warning lets the image pass. Closed on purpose: whoever acts on a
/// verdict must be able to handle all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing against it.
    #[default]
    Pass,
    /// It may ship; someone should look.
    Warn,
    /// It may not ship.
    Deny,
}

impl Verdict {
    /// The lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The image that was judged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSummary {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Its platforms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Platform>,
}

/// How many findings there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingTotals {
    /// All findings of all kinds.
    pub total: u64,
    /// Findings with an exception in force.
    pub excepted: u64,
}

/// What the findings were compared with, and what that excuses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineReport {
    /// Where the earlier set was read from.
    pub source: String,
    /// The digest of its bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The reports that make it up; at most [`Report::MAX_ITEMS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<BaselineSource>,
    /// Whether it counts; where it does not, every finding is new.
    pub accepted: bool,
    /// What there is to know of it, in one sentence; empty where there is nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// Findings that it has too.
    pub unchanged: u64,
    /// Findings that some rule did not count since they are not new.
    pub not_counted: u64,
    /// Findings of the earlier set that are gone.
    pub fixed: u64,
}

/// What one rule came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleReport {
    /// The rule.
    pub id: RuleId,
    /// The name of this use of the rule; the same as the id unless the policy names it.
    pub name: String,
    /// What the policy wants when the rule is violated.
    pub action: Action,
    /// What happened.
    pub outcome: Outcome,
    /// What that means for the image.
    pub verdict: Verdict,
    /// Scanner reports that it judged by: indexes into [`Report::evidence`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<u32>,
    /// What is against the image, worst first; at most [`Report::MAX_VIOLATIONS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// Violations, listed or not.
    pub violations_total: u64,
    /// What would be against it but for an exception, worst first; at most [`Report::MAX_VIOLATIONS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excepted: Vec<Violation>,
    /// Excepted violations, listed or not.
    pub excepted_total: u64,
    /// Evidence that the rule needs and does not have, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Evidence of which nobody can tell whether it is what the rule needs, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unclear: Vec<String>,
    /// What else there is to know, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What would make this rule pass; absent where it passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// What happened to a rule, the worst of what did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// The evidence is there and nothing is against the image.
    #[default]
    Satisfied,
    /// There is evidence, but nobody can tell whether it is about this image.
    Unclear,
    /// The evidence is missing.
    Missing,
    /// Something is against the image.
    Violated,
}

impl Outcome {
    /// The kebab-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::Unclear => "unclear",
            Self::Missing => "missing",
            Self::Violated => "violated",
        }
    }
}

/// One thing against the image. Only what fits is set: a vulnerability has a package, a size has not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// One line for people, without markup. It may hold text from reports: escape it for where it is shown.
    pub message: String,
    /// Index of the finding in the set that was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<u32>,
    /// The finding's canonical id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The finding's kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The severity that the rule judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Its installed version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed: Option<String>,
    /// Versions that fix it, as stated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<String>,
    /// The scanners that state it, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scanners: Vec<String>,
    /// A place: a path, a platform, a label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The exception that applies: an index into [`Report::exceptions`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<u32>,
}

/// A scanner report as evidence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where it was read from.
    pub source: String,
    /// Which of several runs in the file.
    pub run: u32,
    /// The scanner's name in policies.
    pub scanner: String,
    /// The format it was recognised as: `trivy-json-v2`. A format that a scanner alone writes is harder to mistake
    /// than SARIF, in which any tool may be named.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The digest of the report's bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// When the scan ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When its database was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Timestamp>,
    /// The platform that it is about, stated or found by its digests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The image's manifests that it is about: indexes into the platforms of the facts. Empty where nobody can tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manifests: Vec<u32>,
    /// Whether it is about the image under judgement.
    pub subject: SubjectMatch,
    /// Why: which digest fits or does not.
    pub because: String,
    /// Whether it holds the results of a run that did not fail; one that does not proves nothing.
    pub has_results: bool,
    /// Findings that it states.
    pub findings: u64,
}

impl Evidence {
    /// Whether a rule may rely on it: it has results, and it is not about another image.
    pub fn is_usable(&self) -> bool {
        self.has_results && self.subject != SubjectMatch::OtherImage
    }
}

/// Whether a report is about the image under judgement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SubjectMatch {
    /// A digest that it states is one of the image's.
    ThisImage,
    /// It states no digest that could be compared, or the image's are not known.
    #[default]
    CannotTell,
    /// It states digests, and none is the image's.
    OtherImage,
}

/// What became of an exception.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExceptionReport {
    /// Its ids.
    pub ids: Vec<String>,
    /// Where it was written.
    pub origin: ExceptionOrigin,
    /// What became of it.
    pub status: ExceptionStatus,
    /// Why, in one sentence.
    pub because: String,
    /// Its reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Findings that it excepts, or would except were it in force.
    pub findings: u64,
}

/// What became of an exception.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ExceptionStatus {
    /// In force, and it applies to a finding.
    #[default]
    Applied,
    /// In force and it applies, but it ends soon.
    Expiring,
    /// In force, and nothing needs it.
    Unused,
    /// Over; not applied.
    Expired,
    /// It lacks what the policy requires; not applied.
    Incomplete,
    /// A VEX statement whose author the policy does not trust; not applied.
    Untrusted,
    /// A VEX statement whose status excuses nothing; not applied.
    NotExcusing,
}

/// What would make it pass.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WayOut {
    /// Packages to upgrade, those that close the most first; at most [`Report::MAX_ITEMS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upgrades: Vec<Upgrade>,
    /// Upgrades, listed or not.
    pub upgrades_total: u64,
    /// Findings that come from the base image, where layers tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_image: Option<BaseImageNote>,
    /// Violating findings that no version fixes, worst first; at most [`Report::MAX_ITEMS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfixable: Vec<Unfixable>,
    /// Unfixable findings, listed or not.
    pub unfixable_total: u64,
    /// What else must happen, one sentence each: the remedies of rules that no upgrade helps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<String>,
}

/// A package upgrade that closes findings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Upgrade {
    /// The package.
    pub package: String,
    /// Its purl type.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub package_type: Option<String>,
    /// The installed version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed: Option<String>,
    /// The lowest stated version that closes them all, by the ordering of its ecosystem.
    pub to: String,
    /// Whether `to` is certain: false where no stated version is above the installed one.
    pub certain: bool,
    /// Ids that it closes, sorted; at most [`Upgrade::MAX_IDS`].
    pub closes: Vec<String>,
    /// Findings that it closes.
    pub closes_total: u64,
    /// The worst severity that it closes.
    pub severity: Severity,
    /// Whether the package comes from the base image, where layers tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_base_image: Option<bool>,
}

impl Upgrade {
    /// Ids kept for each upgrade.
    pub const MAX_IDS: usize = 50;
}

/// What a rebuild on a newer base image would be about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseImageNote {
    /// The base image's name, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Violating findings in its layers.
    pub findings: u64,
    /// How many of them a version fixes.
    pub fixable: u64,
    /// One sentence of advice.
    pub advice: String,
}

/// A violating finding that no version fixes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfixable {
    /// The finding's id.
    pub id: String,
    /// The package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The installed version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed: Option<String>,
    /// The worst severity stated.
    pub severity: Severity,
    /// What is said of a fix.
    pub state: FixState,
}
