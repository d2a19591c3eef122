//! SARIF 2.1.0, as `sealift-scan` writes it for GitHub's Security tab.

use std::collections::HashSet;
use std::io::{self, Write};

use sealift_gate::{ExceptionReport, Report};
use sealift_scan::{Accepted, SarifOptions, SarifRuns, to_sarif};
use sealift_types::FindingSet;

use super::Talk;
use super::escape::JsonGuard;
use crate::args::SarifArgs;
use crate::image_name;

/// What alerts are filed under: the name `asked` for, else the one that the reports agree on, else what the image is
/// known as. Never where the image lies: that differs from machine to machine, and alerts would close and open.
pub(crate) fn options(
    args: &SarifArgs,
    asked: Option<&str>,
    set: &FindingSet,
    known: Option<&str>,
) -> SarifOptions {
    let mut options = SarifOptions::default();
    options.image = asked
        .map(str::to_owned)
        .or_else(|| image_name::stated(set))
        .or_else(|| known.filter(|name| image_name::is_name(name)).map(str::to_owned));
    options.artifact = args.artifact.as_ref().map(|path| path.display().to_string());
    if args.merged_runs {
        options.runs = SarifRuns::Merged;
    }
    options
}

/// The findings that an exception of the policy keeps from counting, and which one.
pub(crate) fn accepted(report: &Report) -> Vec<Accepted> {
    let mut seen = HashSet::new();
    let excepted = report.rules.iter().flat_map(|rule| &rule.excepted);
    excepted
        .filter_map(|violation| {
            let finding = violation.finding? as usize;
            seen.insert((finding, violation.exception)).then(|| {
                let exception = violation
                    .exception
                    .and_then(|index| report.exceptions.get(index as usize));
                Accepted {
                    finding,
                    justification: exception.map_or_else(|| "an exception".to_owned(), justification),
                }
            })
        })
        .collect()
}

/// `exception of policy by platform-team until 2026-12-31T00:00:00Z: not reachable`.
fn justification(exception: &ExceptionReport) -> String {
    let mut text = format!("exception of {}", exception.origin.kind.as_str());
    if let Some(owner) = &exception.owner {
        text.push_str(" by ");
        text.push_str(owner);
    }
    if let Some(expires) = exception.expires {
        text.push_str(" until ");
        text.push_str(&expires.to_string());
    }
    if let Some(reason) = &exception.reason {
        text.push_str(": ");
        text.push_str(reason);
    }
    text
}

/// Writes the log; says what GitHub's limits cost.
pub(crate) fn findings(
    set: &FindingSet,
    options: &SarifOptions,
    talk: Talk,
    out: &mut dyn Write,
) -> io::Result<()> {
    let sarif = to_sarif(set, options);
    for truncation in &sarif.truncations {
        talk.warning(&truncation.to_string());
    }
    let mut out = JsonGuard::new(out);
    out.write_all(sarif.json.as_bytes())?;
    out.write_all(b"\n")
}
