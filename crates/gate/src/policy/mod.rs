//! A policy: which rules, with which thresholds, and what follows when one is violated.
//!
//! Written in TOML (`docs/policy.md`, `schemas/policy.schema.json`). Reading is strict: a key that is not known is
//! a mistake with its place, since a misspelt threshold is a gate that stands open.

mod error;
mod package_type;
mod parse;

use sealift_types::Severity;
use serde::{Deserialize, Serialize};

use crate::exceptions::{Exception, ExceptionKind};
use crate::glob::{NameGlob, PathGlob};
use crate::rules::{Check, ReportReadable, ReportSubject, RuleId, ScannerRequired};
use crate::units::Period;

pub use error::PolicyError;
pub(crate) use error::nearest;
pub(crate) use parse::{Instant, error_of};

/// A policy, ready to judge by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy {
    /// Its name, for reports. Default: `policy`.
    pub name: String,
    /// The rules, in the order written.
    pub rules: Vec<Rule>,
    /// Exceptions written in the policy itself.
    pub exceptions: Vec<Exception>,
    /// How exceptions are treated.
    pub exception_options: ExceptionOptions,
    /// How VEX documents are treated.
    pub vex: VexOptions,
}

impl Policy {
    /// The number in `schema_version`.
    pub const SCHEMA_VERSION: u32 = 1;

    /// The text of the built-in policy, to start one's own from.
    pub const BUILTIN: &str = include_str!("builtin.toml");

    /// Reads a policy from TOML.
    ///
    /// # Errors
    /// [`PolicyError`], with the place and the remedy, for the first mistake: TOML syntax, an unknown key or rule, a
    /// value of the wrong type or out of range, two uses of a rule with one name, an exception without reason,
    /// owner or end.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        parse::policy(text)
    }

    /// The policy that holds where none is given: Trivy denies from high on and must be about this image, Snyk
    /// warns from high on and may be missing, Docker Scout is reported, SBOM and provenance must be attested.
    pub fn builtin() -> Self {
        Self::parse(Self::BUILTIN).expect("a test reads the built-in policy")
    }

    /// Fills in the modules that `rego` rules name by file, each read by `load` from the path as it is written.
    ///
    /// # Errors
    /// The first error of `load`. A module that is not filled in is missing evidence when it is judged.
    pub fn load_modules<E>(&mut self, mut load: impl FnMut(&str) -> Result<String, E>) -> Result<(), E> {
        for rule in &mut self.rules {
            if let Check::Rego(options) = &mut rule.check
                && let Some(file) = options.file.as_deref().filter(|_| options.module.is_none())
            {
                options.module = Some(load(file)?);
            }
        }
        Ok(())
    }

    /// The rules that are judged: those written, then those that hold unless the policy writes them itself, since
    /// without them a report that cannot be read or is about another image would pass in silence. So would no report
    /// at all, where no written rule asks for evidence.
    pub(crate) fn rules_in_force(&self) -> impl Iterator<Item = std::borrow::Cow<'_, Rule>> {
        use std::borrow::Cow;
        let written = |id| self.rules.iter().any(|rule| rule.check.id() == id);
        let asks = self.rules.iter().any(|rule| rule.id().needs_evidence());
        let required = (!asks).then(|| Rule::new(Check::ScannerRequired(ScannerRequired::default())));
        let implied = [
            Rule::new(Check::ReportReadable(ReportReadable::default())),
            Rule::new(Check::ReportSubject(ReportSubject {
                cannot_tell: Some(Action::Report),
                ..ReportSubject::default()
            })),
        ];
        let implied: Vec<_> = implied
            .into_iter()
            .chain(required)
            .filter(|rule| !written(rule.check.id()))
            .collect();
        self.rules
            .iter()
            .map(Cow::Borrowed)
            .chain(implied.into_iter().map(Cow::Owned))
    }
}

/// One use of a rule. A rule may be used several times under different names.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The name of this use, unique in the policy. Default: the rule's id.
    pub name: String,
    /// What follows when it is violated. Default: deny.
    pub action: Action,
    /// What follows when the evidence that it needs is missing. Default: the same as `action`.
    pub when_missing: Option<Action>,
    /// The rule and its options.
    pub check: Check,
}

impl Rule {
    /// The rule under its own id, denying.
    pub fn new(check: Check) -> Self {
        Self {
            name: check.id().as_str().to_owned(),
            action: Action::Deny,
            when_missing: None,
            check,
        }
    }

    /// The rule's id.
    pub fn id(&self) -> RuleId {
        self.check.id()
    }
}

/// What follows when a rule is violated; the strictest is greatest. Closed on purpose, like [`crate::Verdict`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is listed, and the verdict stays.
    Report,
    /// The verdict is at least a warning.
    Warn,
    /// The verdict is a denial.
    #[default]
    Deny,
}

impl Action {
    /// The lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// Which findings a rule looks at. What cannot be told counts: a finding without a location is in every path and
/// layer, one without a package type is of every type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// Packages by name; empty means all, those without a package included.
    pub packages: Vec<NameGlob>,
    /// Packages by name that the rule leaves out.
    pub except_packages: Vec<NameGlob>,
    /// purl types in lower case: `deb`, `npm`; empty means all. A policy that names one that does not exist is refused.
    #[serde(deserialize_with = "package_type::read_all")]
    pub types: Vec<String>,
    /// Paths, of which one location must fit; empty means all.
    pub paths: Vec<PathGlob>,
    /// Paths that the rule leaves out: a finding all of whose locations fit is not looked at.
    pub except_paths: Vec<PathGlob>,
    /// Layers. Default: any.
    pub layers: Layers,
}

/// Whose layers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Layers {
    /// All of them.
    #[default]
    Any,
    /// Those of the base image.
    Base,
    /// Those above the base image.
    Own,
}

/// What a rule asks of an image with several platforms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Platforms {
    /// One platform is enough.
    #[default]
    Any,
    /// Each platform of the image.
    Every,
}

/// `[exceptions]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExceptionOptions {
    /// How long before its end an exception is reported. Default: 14 days, a sprint.
    pub warn_before: Period,
    /// What an imported exception must have to count. Default: all three. The policy's own always need all three;
    /// VEX statements need an author that `[vex]` trusts instead.
    pub require: Vec<Requirement>,
    /// Formats that are accepted from outside. Default: all.
    pub accept: Vec<ExceptionKind>,
}

impl Default for ExceptionOptions {
    fn default() -> Self {
        Self {
            warn_before: Period::days(14),
            require: Requirement::ALL.to_vec(),
            accept: vec![
                ExceptionKind::Policy,
                ExceptionKind::Trivyignore,
                ExceptionKind::Grype,
                ExceptionKind::Snyk,
                ExceptionKind::Openvex,
                ExceptionKind::Csaf,
                ExceptionKind::Cyclonedx,
            ],
        }
    }
}

/// Something that an exception must state. Closed on purpose: one more would refuse exceptions that count today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// Why.
    Reason,
    /// Who answers for it.
    Owner,
    /// Until when.
    Expires,
}

impl Requirement {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Reason, Self::Owner, Self::Expires];

    /// The lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::Owner => "owner",
            Self::Expires => "expires",
        }
    }
}

/// `[vex]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct VexOptions {
    /// Authors whose statements count, as the documents name them. Default: none. The name is the document's own
    /// claim: hand in only documents whose origin is known.
    pub authors: Vec<NameGlob>,
}

/// The severity that rules judge by unless the policy says otherwise.
pub(crate) const DEFAULT_SEVERITY: Severity = Severity::High;
