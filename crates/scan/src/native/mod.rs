//! Readers of the scanners' own JSON.
//!
//! Each reader visits the big arrays of its format element by element, so memory does not grow with the report,
//! and gives one [`Finding`](sealift_types::Finding) for each row. Three rules hold for all of them:
//!
//! - A field of the wrong type counts as absent; it never costs the row ([`lax`]).
//! - A row without an id, and an array that is no array, is an error with its JSON pointer: what cannot be
//!   understood must not look like "no findings".
//! - Every row is counted: it becomes a finding, or it is explained ([`run::Run`]).

pub(crate) mod gitlab;
pub(crate) mod grype;
mod lax;
pub(crate) mod osv;
mod run;
pub(crate) mod sealift;
pub(crate) mod snyk;
mod text;
pub(crate) mod trivy;
mod visit;
