//! Oddities of a run, counted: a log may have a hundred thousand results with the same one.

use std::collections::BTreeMap;

use sealift_types::Warning;

/// Each code with the sentence that follows its count.
const MESSAGES: &[(&str, &str)] = &[
    (
        "ambiguous-message",
        "results repeat a line of their message; the worst severity is taken",
    ),
    ("duplicate-keys", "results have a key twice; the last one counts"),
    (
        "duplicate-rule-ids",
        "rules have the id of an earlier rule; the first counts where no index tells",
    ),
    (
        "level-unknown",
        "results have a level that SARIF does not know; it is not used",
    ),
    (
        "location-without-path",
        "locations name no file; they are counted, not kept",
    ),
    (
        "locations-truncated",
        "results have more than 100 locations; the first 100 are kept, all are counted",
    ),
    (
        "message-unknown",
        "results have a message by an id that no rule has",
    ),
    (
        "rule-id-absent",
        "results name no rule; their message stands in for its id",
    ),
    (
        "rule-index-conflict",
        "results have an index of a rule with another id; the id counts",
    ),
    (
        "rule-index-invalid",
        "results have an index that no rule has; the id counts",
    ),
    (
        "rule-of-another-version",
        "results have a rule about another version of the package; its fix is not taken",
    ),
    (
        "security-severity-invalid",
        "results have a security-severity that is no score from 0 to 10; it is not used",
    ),
    (
        "severity-disagrees",
        "results have a level that is worse than their security-severity; the level counts",
    ),
    (
        "severity-not-understood",
        "results have a severity that is not known; their score or level counts",
    ),
];

/// Counts by code.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    /// One more of `code`, which has its message in the table.
    pub(super) fn add(&mut self, code: &'static str) {
        self.add_many(code, 1);
    }

    pub(super) fn add_many(&mut self, code: &'static str, count: u64) {
        if count > 0 {
            *self.0.entry(code).or_default() += count;
        }
    }

    /// A warning for each code, in the order of the codes.
    pub(super) fn warnings(&self) -> impl Iterator<Item = Warning> + '_ {
        self.0.iter().map(|(code, count)| {
            let message = MESSAGES
                .iter()
                .find(|(known, _)| known == code)
                .map_or(*code, |(_, message)| message);
            Warning::new(*code, format!("{count} {message}"))
        })
    }
}
