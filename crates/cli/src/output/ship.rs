//! What was shipped, in every format.

use std::io::{self, Write};

use sealift_gate::{Report, Verdict};
use sealift_types::Digest;

use super::escape::{line, markdown_code};
use super::gate;
use super::gate::text::Detail;
use super::json_v1::{SCHEMA_VERSION, pretty};
use super::progress::size;
use super::style::Style;
use super::{Layout, github};
use crate::error::Error;

/// An attempt to ship, decided.
pub(crate) struct Outcome {
    pub(crate) source: String,
    pub(crate) target: String,
    /// The digest that the source was resolved to, once.
    pub(crate) digest: Digest,
    /// Tags asked for.
    pub(crate) tags: Vec<String>,
    pub(crate) dry_run: bool,
    /// What was written; `None` where the gate denied or nothing was to follow.
    pub(crate) shipped: Option<Shipped>,
}

/// What was written to the target.
#[derive(serde::Serialize)]
pub(crate) struct Shipped {
    /// Manifests and blobs written.
    pub(crate) copied: u64,
    /// Those that the target had.
    pub(crate) present: u64,
    /// Those that the target had damaged.
    pub(crate) repaired: u64,
    /// Layers that must not be distributed.
    pub(crate) absent: u64,
    pub(crate) copied_bytes: u64,
    pub(crate) total_bytes: u64,
    pub(crate) tags: Vec<TagMoved>,
}

/// Where a tag was and is.
#[derive(serde::Serialize)]
pub(crate) struct TagMoved {
    pub(crate) tag: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<Digest>,
    pub(crate) after: Digest,
}

impl Outcome {
    /// The last line.
    fn headline(&self, verdict: Verdict) -> String {
        let tags = self.tags.join(", ");
        match &self.shipped {
            Some(shipped) => format!(
                "shipped {} to {} as {tags}: {} copied ({} of {}), {} there already",
                self.digest,
                self.target,
                shipped.copied,
                size(shipped.copied_bytes),
                size(shipped.total_bytes),
                shipped.present
            ),
            None if verdict == Verdict::Deny => format!("not shipped: {} was left as it was", self.target),
            None => format!("dry run: {} would go to {} as {tags}", self.digest, self.target),
        }
    }
}

/// Writes the verdict, then what followed.
pub(crate) fn text(
    outcome: &Outcome,
    report: &Report,
    detail: Detail,
    layout: Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    gate::text::report(report, detail, layout, out)?;
    let style = if outcome.shipped.is_some() {
        Style::Good
    } else {
        Style::Bad
    };
    writeln!(
        out,
        "{}",
        layout
            .paint
            .apply(&line(&outcome.headline(report.verdict)), style)
    )?;
    for moved in outcome.shipped.iter().flat_map(|shipped| &shipped.tags) {
        match &moved.before {
            Some(before) if *before == moved.after => {
                writeln!(out, "  {}: was there already", line(&moved.tag))?;
            }
            Some(before) => writeln!(out, "  {}: moved from {before}", line(&moved.tag))?,
            None => writeln!(out, "  {}: new", line(&moved.tag))?,
        }
    }
    Ok(())
}

/// Writes the result with the gate's whole report.
pub(crate) fn json(outcome: &Outcome, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    #[derive(serde::Serialize)]
    struct ShipV1<'a> {
        schema_version: u32,
        verdict: Verdict,
        source: &'a str,
        target: &'a str,
        digest: &'a Digest,
        tags: &'a [String],
        dry_run: bool,
        shipped: Option<&'a Shipped>,
        gate: &'a Report,
    }
    let document = ShipV1 {
        schema_version: SCHEMA_VERSION,
        verdict: report.verdict,
        source: &outcome.source,
        target: &outcome.target,
        digest: &outcome.digest,
        tags: &outcome.tags,
        dry_run: outcome.dry_run,
        shipped: outcome.shipped.as_ref(),
        gate: report,
    };
    pretty(&document, out)
}

/// Writes the result, then the verdict.
pub(crate) fn markdown(outcome: &Outcome, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n", markdown_code(&outcome.headline(report.verdict)))?;
    gate::markdown::report(report, outcome.dry_run, out)
}

/// Writes annotations, the job summary and the outputs of the gate, and `shipped`, `target`, `tags`.
pub(crate) fn github(outcome: &Outcome, report: &Report, out: &mut dyn Write) -> Result<(), Error> {
    gate::github::report(report, outcome.dry_run, out)?;
    github::job_summary(|text| writeln!(text, "\n{}", markdown_code(&outcome.headline(report.verdict))))?;
    github::outputs(&[
        ("shipped", outcome.shipped.is_some().to_string()),
        ("target", outcome.target.clone()),
        ("tags", outcome.tags.join(",")),
    ])
}
