//! `tests-passed`: the image did what its tests expect.

use sealift_types::Platform;
use serde::{Deserialize, Serialize};

use super::{Judge, Judgement};
use crate::context::Context;
use crate::facts::{TestResult, TestStatus};
use crate::glob::NameGlob;
use crate::policy::Platforms;

/// Options of `tests-passed`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TestsPassed {
    /// Tests that must have run, by name. Default: none in particular, but at least one.
    pub required: Vec<NameGlob>,
    /// Whether one platform is enough or each must have passed. Default: every.
    pub platforms: Platforms,
}

impl Default for TestsPassed {
    fn default() -> Self {
        Self {
            required: Vec::new(),
            platforms: Platforms::Every,
        }
    }
}

impl Judge for TestsPassed {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        judgement.remedy_when_missing("hand in results of the tests, on every platform of this image");
        judgement.remedy("run the tests on every platform of this image until they pass");
        let Some(tests) = &context.facts.tests else {
            judgement.missing("no results of tests were handed in");
            return;
        };
        let mut passed = Vec::new();
        for test in tests {
            if let Some(subject) = &test.subject
                && !super::attested::is_of_image(context, subject)
            {
                judgement.missing(format!(
                    "test {} ran against {subject}, which is not this image",
                    test.name
                ));
                continue;
            }
            let on = test
                .platform
                .as_ref()
                .map_or_else(String::new, |platform| format!(" on {platform}"));
            match test.status {
                TestStatus::Passed => passed.push(test),
                TestStatus::Failed => {
                    let why = test
                        .message
                        .as_deref()
                        .map_or_else(String::new, |why| format!(": {why}"));
                    judgement.against(format!("{}{on} failed{why}", test.name), Some(test.name.clone()));
                }
                TestStatus::Skipped => judgement.note(format!("{}{on} was skipped", test.name)),
            }
        }
        self.need(&passed, context, judgement);
    }
}

impl TestsPassed {
    fn need(&self, passed: &[&TestResult], context: &Context<'_>, judgement: &mut Judgement) {
        let platforms: Vec<&Platform> = match self.platforms {
            Platforms::Any => Vec::new(),
            Platforms::Every => {
                let image = context.facts.image.iter();
                image
                    .flat_map(|image| &image.platforms)
                    .filter_map(|facts| facts.platform.as_ref())
                    .collect()
            }
        };
        let any = NameGlob::new("*").into_iter().collect::<Vec<_>>();
        let required = if self.required.is_empty() {
            &any
        } else {
            &self.required
        };
        for glob in required {
            let what = if self.required.is_empty() {
                "any test".to_owned()
            } else {
                format!("`{glob}`")
            };
            let mut named = passed.iter().filter(|test| glob.matches(&test.name)).peekable();
            if named.peek().is_none() {
                judgement.missing(format!("{what} has not passed"));
                continue;
            }
            let named: Vec<_> = named.collect();
            for platform in &platforms {
                let ran = |test: &&&TestResult| test.platform.as_ref().is_some_and(|p| p.matches(platform));
                // A result without a platform is of the only one there is.
                let only = platforms.len() == 1 && named.iter().any(|test| test.platform.is_none());
                if !only && !named.iter().any(ran) {
                    judgement.missing(format!("{what} has not passed on {platform}"));
                }
            }
        }
    }
}
