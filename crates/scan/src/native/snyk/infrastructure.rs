//! A misconfiguration that `snyk iac test` found.

use sealift_types::{Finding, Kind, Location, Statement, Suppression};
use serde::Deserialize;

use super::super::lax::{Flag, Label, Lax, List, Number, Text};
use super::super::run::statement;
use super::super::text::{clamp, links, set_severity};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names of the format")]
pub(super) struct Issue {
    id: Text,
    public_id: Text,
    title: Text,
    severity: Label,
    line_number: Number,
    issue: Text,
    iac_description: Lax<IacDescription>,
    msg: Text,
    documentation: Text,
    references: List<Text>,
    is_ignored: Flag,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct IacDescription {
    issue: Text,
}

impl Issue {
    /// The finding; its location's path is the project's file, which the caller knows.
    pub(super) fn understand(self) -> Result<Finding, &'static str> {
        // `id` was a number before 1.600, `publicId` the name.
        let id = self.public_id.0.or(self.id.0).ok_or("an issue without id")?;
        let mut statement = Statement {
            locations: vec![Location {
                line: self.line_number.line(),
                ..Location::default()
            }],
            locations_total: 1,
            suppression: (self.is_ignored.0 == Some(true)).then(Suppression::default),
            ..statement(&id)
        };
        set_severity(&mut statement, self.severity.0);
        let description = self.issue.0.or(self.iac_description.0.issue.0).or(self.msg.0);
        Ok(Finding {
            kind: Kind::Misconfiguration,
            id,
            title: self.title.0.map(clamp),
            description: description.map(clamp),
            links: links(self.documentation.0.into_iter().chain(self.references.texts())),
            statements: vec![statement],
            ..Finding::default()
        })
    }
}
