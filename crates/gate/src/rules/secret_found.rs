//! `secret-found`: no secrets in the image.

use sealift_types::{Kind, Severity};
use serde::{Deserialize, Serialize};

use super::{Judge, Judgement};
use crate::context::Context;
use crate::policy::Scope;
use crate::report::Violation;

/// Options of `secret-found`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SecretFoundRule {
    /// Scanners whose reports prove that somebody looked; each must have one. Default: none; then a search of the
    /// image's layers must have been handed in. (A report does not say whether it looked for secrets.)
    pub scanners: Vec<String>,
    /// Paths that are left out, for test keys. Default: none.
    pub scope: Scope,
}

impl Judge for SecretFoundRule {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        let secrets = context.facts.secrets.as_ref();
        if !self.scanners.is_empty() {
            judgement.need_scanners(context, &self.scanners);
        } else if secrets.is_none() {
            judgement.missing("nobody searched the image's layers for secrets");
        }
        if let Some(subject) = secrets.and_then(|secrets| secrets.subject.as_ref())
            && !super::attested::is_of_image(context, subject)
        {
            judgement.missing(format!(
                "the search for secrets was of {subject}, which is not this image"
            ));
        }
        // Secrets of any scanner count, whoever had to look.
        for (index, finding) in context.findings().iter().enumerate() {
            if finding.kind == Kind::Secret && judgement.in_scope(context, &self.scope, finding) {
                judgement.hit(context, index, finding.worst_severity(), None);
            }
        }
        for secret in secrets.into_iter().flat_map(|secrets| &secrets.found) {
            let path = |globs: &[crate::glob::PathGlob]| globs.iter().any(|glob| glob.matches(&secret.path));
            let known = !secret.path.is_empty();
            if known
                && (path(&self.scope.except_paths)
                    || !(self.scope.paths.is_empty() || path(&self.scope.paths)))
            {
                continue;
            }
            let place = match secret.line {
                Some(line) => format!("{}:{line}", secret.path),
                None => secret.path.clone(),
            };
            judgement.violation(Violation {
                message: format!("{} in {place}", secret.id),
                id: Some(secret.id.clone()),
                kind: Some(Kind::Secret),
                severity: Some(Severity::Critical),
                place: Some(place),
                ..Violation::default()
            });
        }
        judgement
            .remedy_when_missing("search this image's layers for secrets, and hand in what the search found");
        judgement.remedy("revoke each secret first, then build without it: a later layer does not remove it");
    }
}
