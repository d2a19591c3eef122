//! The baseline: whether it counts, and what it excuses.

use std::collections::HashSet;

use sealift_types::{BaselineState, Digest, Finding};

use crate::context::Context;
use crate::evidence;
use crate::facts::{BaselineFacts, Facts};
use crate::report::{BaselineReport, Report};

/// The facts' baseline, examined once for all rules.
pub(crate) struct Baseline<'a> {
    facts: Option<&'a BaselineFacts>,
    /// Why it does not count.
    refused: Option<String>,
}

impl<'a> Baseline<'a> {
    pub(crate) fn of(facts: &'a Facts) -> Self {
        let baseline = facts.baseline.as_ref();
        Self {
            facts: baseline,
            refused: baseline.and_then(|baseline| refused(baseline, facts)),
        }
    }

    /// Whether the finding is excused where only new ones count. Without a baseline that counts, none is.
    pub(crate) fn has(&self, finding: &Finding) -> bool {
        self.facts.is_some() && self.refused.is_none() && finding.baseline == Some(BaselineState::Unchanged)
    }

    /// Why every finding counts as new, where that is so.
    pub(crate) fn why_all_are_new(&self) -> Option<String> {
        match (self.facts, &self.refused) {
            (None, _) => Some("there is no baseline, so every finding counts as new".to_owned()),
            (Some(_), Some(because)) => Some(format!("{because}, so every finding counts as new")),
            (Some(_), None) => None,
        }
    }

    pub(crate) fn report(&self, context: &Context<'_>, not_counted: usize) -> Option<BaselineReport> {
        let facts = self.facts?;
        let image = context.facts.image.as_ref();
        let same_image = facts
            .sources
            .iter()
            .find(|source| evidence::is_about(&source.subject, image));
        let because = match (&self.refused, same_image) {
            (Some(because), _) => because.clone(),
            (None, Some(source)) => format!("{} of the baseline is about this very image", source.source),
            (None, None) => String::new(),
        };
        let unchanged = context
            .findings()
            .iter()
            .filter(|finding| finding.baseline == Some(BaselineState::Unchanged));
        Some(BaselineReport {
            source: facts.source.clone(),
            digest: facts.digest.clone(),
            sources: facts.sources.iter().take(Report::MAX_ITEMS).cloned().collect(),
            accepted: self.refused.is_none(),
            because,
            unchanged: unchanged.count() as u64,
            not_counted: not_counted as u64,
            fixed: facts.fixed,
        })
    }
}

/// A report that is compared with itself has nothing new, whatever it holds.
fn refused(baseline: &BaselineFacts, facts: &Facts) -> Option<String> {
    let judged: HashSet<&Digest> = facts
        .findings
        .reports
        .iter()
        .filter_map(|report| report.digest.as_ref())
        .collect();
    let whole = std::iter::once((&baseline.source, &baseline.digest));
    let parts = baseline.sources.iter().map(|part| (&part.source, &part.digest));
    whole
        .chain(parts)
        .find(|(_, digest)| digest.as_ref().is_some_and(|digest| judged.contains(digest)))
        .map(|(source, _)| format!("{source} is a baseline and a report that is judged"))
}
