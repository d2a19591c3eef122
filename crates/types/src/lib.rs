#![doc = include_str!("../README.md")]

mod digest;
mod finding;
mod kind;
mod package;
mod platform;
mod report;
mod severity;
mod vulnerability_id;

pub use digest::{Digest, DigestError};
pub use finding::{
    BaselineState, Epss, Finding, Fix, FixState, Kev, Location, MatchTier, Rating, Stated, Statement,
    Suppression, SuppressionStatus,
};
pub use kind::Kind;
pub use package::{Package, SourcePackage};
pub use platform::{Platform, PlatformError};
pub use report::{Accounting, Explanation, FindingSet, Report, Subject, Warning};
pub use severity::{Severity, SeverityError, SeverityOrigin};
pub use vulnerability_id::{is_cve, is_erratum};
