//! Trivy's JSON: the object of version 2 (0.20 and newer), the array of version 1, and `trivy k8s`.
//!
//! Source: aquasecurity/trivy `pkg/types/report.go`, `pkg/types/finding.go`. The array of version 1 has the same
//! results without metadata; its empty form before 0.9 is the document `null`. `MisconfSummary` and
//! `CustomResources` are no findings.

mod document;
mod metadata;
mod other;
mod rows;
mod vulnerability;

use serde::Deserializer;

use self::document::{Document, Top};
use super::run::Run;
use crate::read::{Context, Sink};

/// Reads one Trivy report.
///
/// # Errors
/// The JSON's own errors; an array that is none; a row without an id.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    context: &Context<'_>,
    sink: &mut dyn Sink,
) -> Result<(), D::Error> {
    let mut document = Document::new(Run::new(context, "trivy", sink));
    deserializer.deserialize_any(Top(&mut document))?;
    document.close();
    Ok(())
}
