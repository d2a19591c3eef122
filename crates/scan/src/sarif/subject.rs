//! What a run says that it is about, and when it ran.

use std::borrow::Cow;

use jiff::Timestamp;
use sealift_types::{Digest, Report};
use serde::de::{IgnoredAny, MapAccess};

use crate::accept::{Capped, Fields, Int, Object, Text, cut};

type Str<'de> = Option<Cow<'de, str>>;

/// Trivy's `run.properties`.
#[derive(Debug, Default)]
pub(super) struct RunProperties<'de> {
    image_name: Str<'de>,
    image_id: Str<'de>,
    repo_tags: Vec<Text<'de>>,
    repo_digests: Vec<Text<'de>>,
}

impl<'de> Fields<'de> for RunProperties<'de> {
    const KEYS: &'static [&'static str] = &["imageName", "imageID", "repoTags", "repoDigests"];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "imageName" => self.image_name = map.next_value::<Text>()?.0,
            "imageID" => self.image_id = map.next_value::<Text>()?.0,
            "repoTags" => self.repo_tags = map.next_value::<Capped<_, 64>>()?.items,
            _ => self.repo_digests = map.next_value::<Capped<_, 64>>()?.items,
        }
        Ok(())
    }
}

impl RunProperties<'_> {
    pub(super) fn apply(self, report: &mut Report) {
        let tag = self.repo_tags.iter().find_map(|tag| tag.0.as_deref());
        let name = self.image_name.as_deref().or(tag);
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            report.subject.name = Some(cut(name, 1024).to_owned());
        }
        let digests = self.repo_digests.iter().filter_map(|name| name.0.as_deref());
        for digest in digests.filter_map(digest_of) {
            if !report.subject.digests.contains(&digest) {
                report.subject.digests.push(digest);
            }
        }
        report.subject.image_id = self.image_id.as_deref().and_then(|id| id.parse().ok());
    }
}

/// The digest in `name@sha256:…`.
fn digest_of(name: &str) -> Option<Digest> {
    name.rsplit_once('@')
        .map_or(name, |(_, digest)| digest)
        .parse()
        .ok()
}

/// An invocation of the tool, §3.20.
#[derive(Debug, Default)]
pub(super) struct Invocation {
    end: Option<Timestamp>,
    failed: bool,
    exit_code: Option<i64>,
    /// Whether the tool notes an error of its own.
    has_error: bool,
}

impl<'de> Fields<'de> for Invocation {
    const KEYS: &'static [&'static str] = &[
        "endTimeUtc",
        "endTime",
        "startTimeUtc",
        "startTime",
        "executionSuccessful",
        "exitCode",
        "toolExecutionNotifications",
        "toolNotifications",
    ];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "executionSuccessful" => self.failed = map.next_value::<Flag>()?.0 == Some(false),
            "exitCode" => self.exit_code = map.next_value::<Int>()?.0,
            "toolExecutionNotifications" | "toolNotifications" => {
                let notes: Capped<Object<Notification>, 64> = map.next_value()?;
                let is_error =
                    |note: &Object<Notification>| note.0.as_ref().is_some_and(|note| note.is_error);
                // More notes than are looked at are no good sign either.
                self.has_error |= notes.total > 64 || notes.items.iter().any(is_error);
            }
            "endTimeUtc" | "endTime" => self.end = time(&map.next_value()?).or(self.end),
            _ => self.end = self.end.or(time(&map.next_value()?)),
        }
        Ok(())
    }
}

impl Invocation {
    /// Whether the tool stopped with an error of its own: that it failed may then be said by nothing else.
    fn broke_off(&self) -> bool {
        self.has_error && self.exit_code.is_some_and(|code| code != 0)
    }
}

/// A notification of the tool, §3.58: whether it is an error.
#[derive(Debug, Default)]
struct Notification {
    is_error: bool,
}

impl<'de> Fields<'de> for Notification {
    const KEYS: &'static [&'static str] = &["level"];

    fn field<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.is_error = map.next_value::<Text>()?.0.as_deref() == Some("error");
        Ok(())
    }
}

/// `true` or `false`; anything else is absent.
struct Flag(Option<bool>);

impl<'de> serde::Deserialize<'de> for Flag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Either {
            Flag(bool),
            Other(IgnoredAny),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::Flag(flag) => Some(flag),
            Either::Other(_) => None,
        }))
    }
}

fn time(text: &Text<'_>) -> Option<Timestamp> {
    text.0.as_deref()?.parse().ok()
}

/// The last end is when the scan ran; a tool that says it failed is warned of.
///
/// Gives whether the tool stopped with an error, which counts as a failure where there are no results.
pub(super) fn apply_invocations(invocations: &[Object<Invocation>], report: &mut Report) -> bool {
    let stated = || invocations.iter().filter_map(|invocation| invocation.0.as_ref());
    report.created = stated()
        .filter_map(|invocation| invocation.end)
        .max()
        .or(report.created);
    if stated().any(|invocation| invocation.failed) {
        report.warnings.push(sealift_types::Warning::new(
            "execution-failed",
            "the tool says that its run was not successful (executionSuccessful is false)",
        ));
        return false;
    }
    stated().any(Invocation::broke_off)
}

/// `automationDetails`, §3.17: Snyk's id is `Snyk/<product>/<project>[/<index>]/<time>`.
#[derive(Debug, Default)]
pub(super) struct Automation<'de> {
    id: Str<'de>,
}

impl<'de> Fields<'de> for Automation<'de> {
    const KEYS: &'static [&'static str] = &["id"];

    fn field<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.id = map.next_value::<Text>()?.0;
        Ok(())
    }
}

impl Automation<'_> {
    pub(super) fn project(&self) -> Option<String> {
        let (product, rest) = self.id.as_deref()?.strip_prefix("Snyk/")?.split_once('/')?;
        let (project, _) = rest.rsplit_once('/')?;
        let project = match project.rsplit_once('/') {
            Some((name, index)) if product == "Container" && index.bytes().all(|b| b.is_ascii_digit()) => {
                name
            }
            _ => project,
        };
        let name = project.strip_prefix("docker-image|").unwrap_or(project);
        (!name.is_empty() && !name.bytes().all(|b| b.is_ascii_digit())).then(|| cut(name, 1024).to_owned())
    }

    pub(super) fn time(&self) -> Option<Timestamp> {
        let (_, time) = self.id.as_deref()?.strip_prefix("Snyk/")?.rsplit_once('/')?;
        time.parse().ok()
    }
}

/// References to external property files, §3.15: whether the results are there.
#[derive(Debug, Default)]
pub(super) struct External {
    pub(super) results: bool,
}

impl<'de> Fields<'de> for External {
    const KEYS: &'static [&'static str] = &["results"];

    fn field<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        // An array of references, in the first drafts one object.
        let references = map.next_value::<Capped<IgnoredAny, 1>>()?;
        self.results = references.total > 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_of_snyk() {
        let check = |id: &'static str, project: Option<&str>, time: bool| {
            let automation = Automation { id: Some(id.into()) };
            assert_eq!(automation.project().as_deref(), project, "{id}");
            assert_eq!(automation.time().is_some(), time, "{id}");
        };
        check(
            "Snyk/Container/docker-image|snyk/kubernetes-monitor/0/2025-01-01T00:00:00.000Z",
            Some("snyk/kubernetes-monitor"),
            true,
        );
        check(
            "Snyk/Open Source/org.x:app/2025-11-19T14:07:36.859Z",
            Some("org.x:app"),
            true,
        );
        check("Snyk/Secrets/0/2026-02-03T11:03:16Z", None, true);
        check("acme/trivy/app/linux", None, false);
    }
}
