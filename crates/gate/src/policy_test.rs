//! Test cases of a policy: given facts, expected verdicts. Reading and running are pure; whoever has the files reads
//! them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evaluate::evaluate;
use crate::facts::Facts;
use crate::policy::{Instant, Policy, PolicyError, error_of};
use crate::report::{Report, Verdict};

/// One test case, written in TOML:
///
/// ```toml
/// as_of = 2026-01-31T00:00:00Z
/// facts = "facts.json"
///
/// [expect]
/// verdict = "deny"
/// rules = { trivy-high = "deny", sbom-attested = "pass" }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyTest {
    /// A line on what is tested.
    pub description: Option<String>,
    /// The policy's file, relative to the case; absent for the folder's `policy.toml`.
    pub policy: Option<String>,
    /// The time that is judged by.
    pub as_of: Timestamp,
    /// The facts.
    pub facts: FactsSource,
    /// What is expected.
    pub expect: Expectation,
}

/// Where the facts of a test case are.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FactsSource {
    /// In the case itself.
    Inline(Box<Facts>),
    /// In a JSON file, relative to the case.
    File(String),
}

/// What a test case expects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The verdict of the whole.
    pub verdict: Verdict,
    /// Verdicts of rules by their names; rules that are not named may have any.
    #[serde(default)]
    pub rules: BTreeMap<String, Verdict>,
}

/// What a test case came to.
#[derive(Debug, Clone, PartialEq)]
pub struct TestOutcome {
    /// What differs from what was expected, one sentence each; empty where nothing does.
    pub failures: Vec<String>,
    /// The gate's report, to see why.
    pub report: Report,
}

impl TestOutcome {
    /// Whether everything was as expected.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    policy: Option<String>,
    as_of: Instant,
    facts: toml::Value,
    expect: Expectation,
}

impl PolicyTest {
    /// Reads a test case from TOML.
    ///
    /// # Errors
    /// [`PolicyError`], with the place, for the first mistake.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let written: Written = toml::from_str(text).map_err(|error| error_of(&error))?;
        let facts = match written.facts {
            toml::Value::String(file) => FactsSource::File(file),
            table => {
                let facts = table.try_into::<Facts>().map_err(|error| {
                    let error = error_of(&error);
                    PolicyError::new(error.span, format!("facts: {}", error.message))
                })?;
                FactsSource::Inline(Box::new(facts))
            }
        };
        Ok(Self {
            description: written.description,
            policy: written.policy,
            as_of: written.as_of.0,
            facts,
            expect: written.expect,
        })
    }

    /// Judges `facts` by `policy` and compares with what is expected.
    pub fn run(&self, policy: &Policy, facts: &Facts) -> TestOutcome {
        let report = evaluate(policy, facts, self.as_of);
        let mut failures = Vec::new();
        if report.verdict != self.expect.verdict {
            failures.push(format!(
                "expected {}, found {}",
                self.expect.verdict, report.verdict
            ));
        }
        for (name, expected) in &self.expect.rules {
            match report.rules.iter().find(|rule| rule.name == *name) {
                None => failures.push(format!("{name}: the policy has no such rule")),
                Some(rule) if rule.verdict != *expected => {
                    failures.push(format!("{name}: expected {expected}, found {}", rule.verdict));
                }
                Some(_) => {}
            }
        }
        TestOutcome { failures, report }
    }
}
