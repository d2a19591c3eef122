#![doc = include_str!("../README.md")]

mod baseline;
mod context;
mod evaluate;
mod evidence;
pub mod exceptions;
mod facts;
mod feeds;
mod glob;
mod policy;
mod policy_test;
#[cfg(feature = "rego")]
mod rego;
mod report;
pub mod rules;
mod units;
mod version;
mod way_out;

pub use evaluate::evaluate;
pub use exceptions::{
    Exception, ExceptionKind, ExceptionOrigin, ImageScope, PackageScope, VexStatement, VexStatus,
};
pub use facts::{
    Attestation, BaselineFacts, BaselineSource, Component, Facts, ImageFacts, LayerFacts, PlatformFacts,
    SecretFound, SecretsFacts, TestResult, TestStatus, UnreadableReport, Verification,
};
pub use feeds::{EpssFeed, Feed, FeedError, KevFeed, MAX_FEED_BYTES};
pub use glob::{GlobError, NameGlob, PathGlob};
pub use policy::{
    Action, ExceptionOptions, Layers, Platforms, Policy, PolicyError, Requirement, Rule, Scope, VexOptions,
};
pub use policy_test::{Expectation, FactsSource, PolicyTest, TestOutcome};
pub use report::{
    BaseImageNote, BaselineReport, Evidence, ExceptionReport, ExceptionStatus, FindingTotals, ImageSummary,
    Outcome, Report, RuleReport, SubjectMatch, Unfixable, Upgrade, Verdict, Violation, WayOut,
};
pub use rules::{Check, RuleDoc, RuleId, RuleIdError, explain};
pub use units::{ByteSize, ByteSizeError, Period, PeriodError};
