//! One project: its rows, and what it says of itself.

use sealift_types::{Finding, Report, Subject};
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};

use super::super::lax::{Flag, Lax, Text};
use super::super::run::Run;
use super::super::text::{clamp, digests};
use super::super::visit::{Each, EachObject, Elements, Fields, Object};
use super::infrastructure::Issue;
use super::vulnerability::Vulnerability;

/// Reads projects, one after the other.
pub(super) struct Project<'a> {
    run: Run<'a>,
    /// What each run starts from.
    fresh: Report,
    pub(super) is_array: bool,
    index: usize,
    facts: Facts,
    /// Misconfigurations wait for the project's file name; there are few of them in a project.
    issues: Vec<Finding>,
}

#[derive(Default)]
struct Facts {
    ok: Flag,
    error: Option<String>,
    has_rows: bool,
    is_infrastructure: bool,
    docker: Option<Docker>,
    path: Text,
    target_file: Text,
    display_target_file: Text,
    project_name: Text,
    platform: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Docker {
    base_image: Text,
    image_id: Text,
}

impl<'a> Project<'a> {
    pub(super) fn new(run: Run<'a>, fresh: Report) -> Self {
        Self {
            run,
            fresh,
            is_array: false,
            index: 0,
            facts: Facts::default(),
            issues: Vec::new(),
        }
    }

    fn pointer(&self, rest: &str) -> String {
        if self.is_array {
            format!("/{}{rest}", self.index)
        } else {
            rest.to_owned()
        }
    }
}

/// Passes the rows of an array on; those that a policy took out with why it did.
fn vulnerabilities<'de, A: MapAccess<'de>>(
    map: &mut A,
    run: &mut Run<'_>,
    pointer: &str,
    filtered: bool,
) -> Result<(), A::Error> {
    map.next_value_seed(Each::new(pointer, |row: Lax<Vulnerability>| {
        run.finding(row.0.understand(filtered)?);
        Ok(())
    }))
    .map(drop)
}

impl<'de> Fields<'de> for Project<'_> {
    const WHAT: &'static str = "a Snyk result";
    const ROWS: &'static [&'static str] = &[
        "vulnerabilities",
        "applications",
        "filtered",
        "infrastructureAsCodeIssues",
        "error",
    ];

    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "vulnerabilities" => {
                self.facts.has_rows = true;
                let pointer = self.pointer("/vulnerabilities");
                vulnerabilities(map, &mut self.run, &pointer, false)?;
            }
            "applications" => {
                let pointer = self.pointer("/applications");
                map.next_value_seed(EachObject(&mut Applications {
                    run: &mut self.run,
                    pointer,
                    index: 0,
                    error: None,
                }))?;
            }
            "filtered" => {
                let pointer = self.pointer("/filtered");
                filtered(map, &mut self.run, pointer)?;
            }
            "infrastructureAsCodeIssues" => {
                self.facts.has_rows = true;
                self.facts.is_infrastructure = true;
                let pointer = self.pointer("/infrastructureAsCodeIssues");
                let issues = &mut self.issues;
                map.next_value_seed(Each::new(&pointer, |row: Lax<Issue>| {
                    issues.push(row.0.understand()?);
                    Ok(())
                }))?;
            }
            "ok" => self.facts.ok = map.next_value()?,
            "error" => self.facts.error = error_of(map)?,
            "docker" => self.facts.docker = Some(map.next_value::<Lax<Docker>>()?.0),
            "path" => self.facts.path = map.next_value()?,
            "targetFile" => self.facts.target_file = map.next_value()?,
            "displayTargetFile" => self.facts.display_target_file = map.next_value()?,
            "projectName" => self.facts.project_name = map.next_value()?,
            "platform" => self.facts.platform = map.next_value()?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl Elements<'_> for Project<'_> {
    fn begin(&mut self, index: usize) {
        self.index = index;
        self.facts = Facts::default();
    }

    fn end(&mut self) -> Result<(), String> {
        let facts = std::mem::take(&mut self.facts);
        let pointer = self.pointer("");
        if let Some(error) = facts.error {
            return Err(format!("{pointer}/error: Snyk could not test: {error}"));
        }
        if !facts.has_rows {
            return Err(format!("{pointer}/vulnerabilities: absent from a Snyk result"));
        }
        let file = facts.target_file.0.or(facts.display_target_file.0);
        for mut finding in std::mem::take(&mut self.issues) {
            if let (Some(location), Some(file)) = (finding.statements[0].locations.first_mut(), &file) {
                location.path.clone_from(file);
            }
            self.run.finding(finding);
        }
        let tool = match (&facts.docker, facts.is_infrastructure) {
            (Some(_), _) => "Snyk Container",
            (None, true) => "Snyk IaC",
            (None, false) => "Snyk Open Source",
        };
        if facts.ok.0 == Some(false) && self.run.report.accounting.read == 0 {
            self.run.warn(
                "failed-without-rows",
                format!("{pointer}/ok: Snyk says that the test did not pass, but lists nothing"),
            );
        }
        let report = &mut self.run.report;
        report.tool = Some(tool.to_owned());
        report.run = u32::try_from(self.index).unwrap_or(u32::MAX);
        let docker = facts.docker.unwrap_or_default();
        // A container's path is the image; a project's is the folder, and its file says more.
        let name = if tool == "Snyk Container" {
            facts.path.0.or(facts.project_name.0)
        } else {
            file.or(facts.path.0).or(facts.project_name.0)
        };
        report.subject = Subject {
            digests: digests(name.as_deref()),
            image_id: docker.image_id.as_deref().and_then(|id| id.parse().ok()),
            platform: facts
                .platform
                .as_deref()
                .and_then(|platform| platform.parse().ok()),
            base_image: docker.base_image.0,
            name,
            ..Subject::default()
        };
        self.run.close(self.fresh.clone());
        Ok(())
    }
}

/// `error` is a text, or an object with a `message`.
fn error_of<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<String>, A::Error> {
    let value: serde_json::Value = map.next_value()?;
    Ok(match value {
        serde_json::Value::Null | serde_json::Value::Bool(false) => None,
        serde_json::Value::String(text) => Some(clamp(text)),
        value => Some(clamp(
            match value.get("message").and_then(serde_json::Value::as_str) {
                Some(message) => message.to_owned(),
                None => value.to_string(),
            },
        )),
    })
}

/// `filtered`: rows that a `.snyk` policy took out.
fn filtered<'de, A: MapAccess<'de>>(map: &mut A, run: &mut Run<'_>, pointer: String) -> Result<(), A::Error> {
    struct Filtered<'f, 'a> {
        run: &'f mut Run<'a>,
        pointer: String,
    }

    impl<'de> Fields<'de> for Filtered<'_, '_> {
        const WHAT: &'static str = "the filtered rows of a Snyk result";
        const ROWS: &'static [&'static str] = &["ignore", "patch"];

        fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
            let pointer = format!("{}/{key}", self.pointer);
            match key {
                "ignore" | "patch" => vulnerabilities(map, self.run, &pointer, true),
                _ => map.next_value::<IgnoredAny>().map(drop),
            }
        }
    }

    map.next_value_seed(Object(&mut Filtered { run, pointer }))
}

/// `applications[]`: the projects that Snyk found in an image. Their rows belong to the image's run.
struct Applications<'p, 'a> {
    run: &'p mut Run<'a>,
    pointer: String,
    index: usize,
    error: Option<String>,
}

impl<'de> Fields<'de> for Applications<'_, '_> {
    const WHAT: &'static str = "an application of a Snyk result";
    const ROWS: &'static [&'static str] = &["vulnerabilities", "filtered", "error"];

    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "vulnerabilities" => {
                let pointer = format!("{}/{}/vulnerabilities", self.pointer, self.index);
                vulnerabilities(map, self.run, &pointer, false)
            }
            "filtered" => {
                let pointer = format!("{}/{}/filtered", self.pointer, self.index);
                filtered(map, self.run, pointer)
            }
            "error" => {
                self.error = error_of(map)?;
                Ok(())
            }
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

impl Elements<'_> for Applications<'_, '_> {
    fn begin(&mut self, index: usize) {
        self.index = index;
    }

    fn end(&mut self) -> Result<(), String> {
        match self.error.take() {
            Some(error) => Err(format!(
                "{}/{}/error: Snyk could not test: {error}",
                self.pointer, self.index
            )),
            None => Ok(()),
        }
    }
}
