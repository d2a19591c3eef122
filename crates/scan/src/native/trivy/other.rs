//! Misconfigurations, secrets, licences, and findings that Trivy was told to ignore.

use sealift_types::{Finding, Kind, Location, Package, Statement, Suppression, SuppressionStatus};
use serde::Deserialize;
use serde_json::Value;

use super::super::lax::{Label, Lax, List, Number, Text};
use super::super::run::statement;
use super::super::text::{clamp, links, set_severity};
use super::rows::{Outcome, Scope};
use super::vulnerability::{Layer, Vulnerability};
use crate::ids::Ids;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Misconfiguration {
    #[serde(rename = "ID")]
    id: Text,
    #[serde(rename = "AVDID")]
    avd_id: Text,
    #[serde(rename = "Title")]
    title: Text,
    #[serde(rename = "Description")]
    description: Text,
    #[serde(rename = "Message")]
    message: Text,
    #[serde(rename = "Severity")]
    severity: Label,
    #[serde(rename = "Status")]
    status: Text,
    #[serde(rename = "PrimaryURL")]
    url: Text,
    #[serde(rename = "References")]
    references: List<Text>,
    #[serde(rename = "Layer")]
    layer: Lax<Layer>,
    #[serde(rename = "CauseMetadata")]
    cause: Lax<Cause>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cause {
    #[serde(rename = "StartLine")]
    line: Number,
}

impl Misconfiguration {
    pub(super) fn understand(self, scope: &Scope) -> Result<Outcome, &'static str> {
        if self.status.as_deref() == Some("PASS") {
            return Ok(Outcome::Explained("passed check"));
        }
        let id = self
            .id
            .0
            .or_else(|| self.avd_id.0.clone())
            .ok_or("a misconfiguration without ID")?;
        let mut finding = at(
            scope.target.as_deref(),
            self.cause.0.line,
            &self.layer.0,
            Kind::Misconfiguration,
            &id,
            self.severity,
        );
        let ids = Ids::sort(&id, self.avd_id.as_deref());
        (finding.id, finding.aliases) = (ids.id, ids.aliases);
        finding.title = self.title.0.map(clamp);
        // The message is about this place, the description about the check.
        finding.description = self.message.0.or(self.description.0).map(clamp);
        finding.links = links(self.url.0.into_iter().chain(self.references.texts()));
        if self.status.as_deref() == Some("EXCEPTION") {
            finding.statements[0].suppression = Some(Suppression {
                justification: Some("exception in the check's policy".to_owned()),
                ..Suppression::default()
            });
        }
        Ok(Outcome::Finding(Box::new(finding)))
    }
}

/// The text that matched is left out: it may hold the secret.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Secret {
    #[serde(rename = "RuleID")]
    id: Text,
    #[serde(rename = "Category")]
    category: Text,
    #[serde(rename = "Title")]
    title: Text,
    #[serde(rename = "Severity")]
    severity: Label,
    #[serde(rename = "StartLine")]
    line: Number,
    #[serde(rename = "Layer")]
    layer: Lax<Layer>,
}

impl Secret {
    pub(super) fn understand(self, scope: &Scope) -> Result<Outcome, &'static str> {
        let id = self.id.0.or(self.category.0).ok_or("a secret without RuleID")?;
        let mut finding = at(
            scope.target.as_deref(),
            self.line,
            &self.layer.0,
            Kind::Secret,
            &id,
            self.severity,
        );
        finding.title = self.title.0.map(clamp);
        Ok(Outcome::Finding(Box::new(finding)))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct License {
    #[serde(rename = "Name")]
    name: Text,
    #[serde(rename = "Text")]
    text: Text,
    #[serde(rename = "Category")]
    category: Text,
    #[serde(rename = "Severity")]
    severity: Label,
    #[serde(rename = "PkgName")]
    package: Text,
    #[serde(rename = "FilePath")]
    path: Text,
    #[serde(rename = "Link")]
    link: Text,
}

impl License {
    pub(super) fn understand(self, scope: &Scope) -> Result<Outcome, &'static str> {
        // A licence that Trivy could not name stands with its text.
        let id = self
            .name
            .0
            .or(self.text.0)
            .map(clamp)
            .ok_or("a license without Name")?;
        let path = self.path.as_deref().or_else(|| scope.file());
        let mut finding = at(
            path,
            Number::default(),
            &Layer::default(),
            Kind::License,
            &id,
            self.severity,
        );
        finding.title = self.category.0.map(clamp);
        finding.package = self.package.0.map(|name| Package {
            package_type: scope.package_type().map(ToOwned::to_owned),
            ..Package::named(name)
        });
        finding.links = links(self.link.0);
        Ok(Outcome::Finding(Box::new(finding)))
    }
}

/// A finding that an ignore file, a VEX document or a policy took out of the report.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Modified {
    #[serde(rename = "Type")]
    kind: Text,
    #[serde(rename = "Status")]
    status: Text,
    #[serde(rename = "Statement")]
    statement: Text,
    #[serde(rename = "Source")]
    source: Text,
    #[serde(rename = "Finding")]
    finding: Value,
}

impl Modified {
    pub(super) fn understand(self, scope: &Scope) -> Result<Outcome, &'static str> {
        let mut outcome = match self.kind.as_deref() {
            None | Some("vulnerability") => lax::<Vulnerability>(self.finding)?.understand(scope),
            Some("misconfiguration") => lax::<Misconfiguration>(self.finding)?.understand(scope),
            Some("secret") => lax::<Secret>(self.finding)?.understand(scope),
            Some("license") => lax::<License>(self.finding)?.understand(scope),
            Some(_) => Err("a modified finding of an unknown type"),
        }?;
        if let Outcome::Finding(finding) = &mut outcome {
            let status = self.status;
            let said = [status.0.clone(), self.statement.0];
            let justification = said.into_iter().flatten().collect::<Vec<_>>().join(": ");
            finding.statements[0].suppression = Some(Suppression {
                status: match status.as_deref() {
                    Some("affected") => SuppressionStatus::Rejected,
                    Some("under_investigation") => SuppressionStatus::UnderReview,
                    _ => SuppressionStatus::Accepted,
                },
                justification: Some(clamp(justification)).filter(|text| !text.is_empty()),
                author: self.source.0.map(clamp),
                ..Suppression::default()
            });
        }
        Ok(outcome)
    }
}

fn lax<T: Default + for<'de> Deserialize<'de>>(value: Value) -> Result<T, &'static str> {
    match Lax::<T>::deserialize(value) {
        Ok(Lax(row)) => Ok(row),
        Err(_) => Err("a modified finding that cannot be read"),
    }
}

/// A finding at a place, with nothing else said.
fn at(path: Option<&str>, line: Number, layer: &Layer, kind: Kind, id: &str, severity: Label) -> Finding {
    let mut statement = Statement {
        locations: path
            .map(|path| Location {
                path: path.to_owned(),
                line: line.line(),
                layer: layer.id(),
            })
            .into_iter()
            .collect(),
        locations_total: u32::from(path.is_some()),
        ..statement(id)
    };
    set_severity(&mut statement, severity.0);
    Finding {
        kind,
        id: id.to_owned(),
        statements: vec![statement],
        ..Finding::default()
    }
}
