//! Rules over the image itself: size, age, labels, user.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Judge, Judgement};
use crate::context::Context;
use crate::facts::PlatformFacts;
use crate::glob::NameGlob;
use crate::units::{ByteSize, Period, is_future};

/// Options of `image-size`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageSize {
    /// How large each platform may be, compressed. Default: 1 GiB.
    pub max: ByteSize,
}

impl Default for ImageSize {
    fn default() -> Self {
        Self {
            max: ByteSize::from_bytes(1 << 30),
        }
    }
}

impl Judge for ImageSize {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        each_platform(context, judgement, |platform, name, judgement| {
            match platform.size_bytes {
                None => judgement.missing(format!("the size of {name} is not known")),
                Some(bytes) if bytes > self.max.as_bytes() => {
                    let message = format!("{name} has {bytes} bytes, more than {}", self.max);
                    judgement.against(message, Some(name.to_owned()));
                }
                Some(_) => {}
            }
        });
        judgement
            .remedy("make the image smaller: fewer packages, no build tools and caches in the last stage");
    }
}

/// Options of `image-age`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageAge {
    /// How long ago each platform may have been built. Default: 30 days. An image that says it was built in 1970 is
    /// a reproducible build without a date: missing evidence, as is a date in the future.
    pub max_age: Period,
}

impl Default for ImageAge {
    fn default() -> Self {
        Self {
            max_age: Period::days(30),
        }
    }
}

impl Judge for ImageAge {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        each_platform(context, judgement, |platform, name, judgement| {
            match platform.created.filter(|created| created.as_second() > 0) {
                None => judgement.missing(format!("{name} does not say when it was built")),
                Some(created) if is_future(created, context.now) => {
                    judgement.missing(format!(
                        "{name} says that it was built at {created}, which is in the future"
                    ));
                }
                Some(created) if self.max_age.has_passed(created, context.now) => {
                    let message = format!("{name} was built at {created}, more than {} ago", self.max_age);
                    judgement.against(message, Some(name.to_owned()));
                }
                Some(_) => {}
            }
        });
        judgement
            .remedy_when_missing("hand in the image itself, built with the date of the build in its config");
        judgement.remedy("build the image again, on a current base image");
    }
}

/// Options of `image-labels`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageLabels {
    /// Labels that each platform must have, with any text that is not blank.
    pub required: Vec<String>,
    /// Labels that each platform must have, with a value that fits: `*` stands for any characters.
    pub values: BTreeMap<String, NameGlob>,
    /// Labels that no platform may have.
    pub forbidden: Vec<NameGlob>,
}

impl Judge for ImageLabels {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        each_platform(context, judgement, |platform, name, judgement| {
            let Some(labels) = &platform.labels else {
                judgement.missing(format!("the labels of {name} are not known"));
                return;
            };
            for label in &self.required {
                if labels.get(label).is_none_or(|value| value.trim().is_empty()) {
                    judgement.against(format!("{name} has no label {label}"), Some(label.clone()));
                }
            }
            for (label, glob) in &self.values {
                match labels.get(label) {
                    None => judgement.against(format!("{name} has no label {label}"), Some(label.clone())),
                    Some(value) if !glob.matches(value) => {
                        let value: String = value.chars().take(80).collect();
                        let message = format!("{name}: label {label} is `{value}`, not `{glob}`");
                        judgement.against(message, Some(label.clone()));
                    }
                    Some(_) => {}
                }
            }
            for label in labels.keys() {
                if self.forbidden.iter().any(|glob| glob.matches(label)) {
                    let label: String = label.chars().take(80).collect();
                    judgement.against(format!("{name} has the label {label}"), Some(label));
                }
            }
        });
        judgement.remedy("set the labels when the image is built");
    }
}

/// Options of `non-root-user`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct NonRootUser {
    /// Users that are fine besides, for an image that starts as root and drops it. Default: none.
    pub allow: Vec<String>,
}

impl Judge for NonRootUser {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        each_platform(context, judgement, |platform, name, judgement| {
            match &platform.user {
                None => judgement.missing(format!("the user of {name} is not known")),
                Some(user) if is_root(user) && !self.allow.contains(user) => {
                    let shown = if user.is_empty() {
                        "root (no user is set)"
                    } else {
                        "root"
                    };
                    judgement.against(format!("{name} runs as {shown}"), Some(name.to_owned()));
                }
                Some(_) => {}
            }
        });
        judgement.remedy("set USER to a user that is not root, by number");
    }
}

/// `user[:group]` by name or number; nothing is root (OCI image-spec v1.1, `config.md`, `User`).
fn is_root(user: &str) -> bool {
    let user = user.split(':').next().unwrap_or(user).trim();
    user.is_empty() || user == "root" || user.parse::<i64>() == Ok(0)
}

fn each_platform(
    context: &Context<'_>,
    judgement: &mut Judgement,
    mut judge: impl FnMut(&PlatformFacts, &str, &mut Judgement),
) {
    let image = context.facts.image.as_ref();
    let platforms = image.map_or(&[][..], |image| &image.platforms);
    judgement.remedy_when_missing("hand in the image itself, so that it can be looked at");
    if platforms.is_empty() {
        judgement.missing("the image itself was not looked at");
    }
    for platform in platforms {
        let name = platform
            .platform
            .as_ref()
            .map_or_else(|| "the image".to_owned(), ToString::to_string);
        judge(platform, &name, judgement);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_by_any_name() {
        for user in ["", "root", "0", "0:0", "root:root", "00", "+0", ":1000", " "] {
            assert!(is_root(user), "{user}");
        }
        for user in ["1000", "vscode", "1000:0", "rooty"] {
            assert!(!is_root(user), "{user}");
        }
    }
}
