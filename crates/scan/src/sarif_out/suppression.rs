//! What a result is suppressed by: the scanner's own word, and the exceptions of the policy.

use std::collections::HashMap;

use sealift_types::{Statement, Suppression, SuppressionStatus};

use super::Accepted;
use super::text::name;
use super::wire::SuppressionObject;

/// What the policy accepts, by the finding's index.
pub(super) struct Acceptances<'a>(HashMap<usize, Vec<&'a str>>);

impl<'a> Acceptances<'a> {
    pub(super) fn new(accepted: &'a [Accepted]) -> Self {
        let mut by_finding: HashMap<usize, Vec<&str>> = HashMap::new();
        for Accepted {
            finding,
            justification,
        } in accepted
        {
            by_finding.entry(*finding).or_default().push(justification);
        }
        Self(by_finding)
    }

    /// The suppressions of one result, each once.
    ///
    /// A result counts as suppressed only where none of its suppressions is under review or rejected (§3.27.23), so
    /// that a scanner's undecided one would undo what the policy accepts; it is left out then.
    pub(super) fn suppressions(&self, finding: usize, statement: &Statement) -> Vec<SuppressionObject> {
        let accepted = self.0.get(&finding);
        let own = statement
            .suppression
            .iter()
            .map(own)
            .filter(|own| accepted.is_none() || own.status == ACCEPTED);
        let mut suppressions: Vec<_> = own.collect();
        for justification in accepted.into_iter().flatten() {
            let object = object(ACCEPTED, Some(justification));
            if !suppressions.contains(&object) {
                suppressions.push(object);
            }
        }
        suppressions
    }
}

const ACCEPTED: &str = "accepted";

fn own(suppression: &Suppression) -> SuppressionObject {
    let status = match suppression.status {
        SuppressionStatus::UnderReview => "underReview",
        SuppressionStatus::Rejected => "rejected",
        _ => ACCEPTED,
    };
    object(status, suppression.justification.as_deref())
}

fn object(status: &'static str, justification: Option<&str>) -> SuppressionObject {
    SuppressionObject {
        kind: "external",
        status,
        justification: justification.filter(|text| !text.trim().is_empty()).map(name),
    }
}
