//! `license`: which licences components may have.

use sealift_types::{Kind, Severity};
use serde::{Deserialize, Serialize};

use super::spdx::{Judged, judge};
use super::{Judge, Judgement};
use crate::context::Context;
use crate::facts::Component;
use crate::glob::NameGlob;
use crate::policy::Scope;
use crate::report::Violation;

/// Options of `license`. At least one of `allow`, `deny` and `severity` makes sense.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct License {
    /// Licences that are fine, by SPDX id; `*` stands for any characters. Default: empty, which allows all that
    /// `deny` does not name.
    pub allow: Vec<NameGlob>,
    /// Licences that are not, even where `allow` names them.
    pub deny: Vec<NameGlob>,
    /// What a component without a licence, or with text that is no SPDX expression, is. Default: refused.
    pub unlicensed: Unlicensed,
    /// Components by name that are not looked at.
    pub except_packages: Vec<NameGlob>,
    /// Besides the components: licence findings of scanners from this severity on. Default: none.
    pub severity: Option<Severity>,
    /// Whose licence findings are looked at, where `severity` is given. Default: all scanners, at least one.
    pub scanners: Vec<String>,
}

/// What a component without a licence is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unlicensed {
    /// Against the image.
    #[default]
    Refuse,
    /// Fine.
    Allow,
}

impl License {
    fn component(&self, component: &Component, judgement: &mut Judgement) {
        if self
            .except_packages
            .iter()
            .any(|glob| glob.matches(&component.name))
        {
            return;
        }
        let refuse_unlicensed = self.unlicensed == Unlicensed::Refuse;
        let mut why = Vec::new();
        if component.licenses.is_empty() && refuse_unlicensed {
            why.push("states no licence".to_owned());
        }
        for expression in &component.licenses {
            let unstated = matches!(expression.trim(), "" | "NOASSERTION" | "NONE");
            if unstated {
                if refuse_unlicensed {
                    why.push("states no licence".to_owned());
                }
                continue;
            }
            match judge(expression, &self.allow, &self.deny) {
                Judged::Refused(licenses) => why.push(licenses.join(", ")),
                Judged::Unreadable if refuse_unlicensed => {
                    let start: String = expression.chars().take(80).collect();
                    why.push(format!("`{start}` is no SPDX expression"));
                }
                Judged::Fine | Judged::Unreadable => {}
            }
        }
        if why.is_empty() {
            return;
        }
        let version = component.version.as_deref().unwrap_or_default();
        judgement.violation(Violation {
            message: format!("{} {version}: {}", component.name, why.join("; ")),
            kind: Some(Kind::License),
            package: Some(component.name.clone()),
            installed: component.version.clone(),
            ..Violation::default()
        });
    }
}

impl Judge for License {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        let lists = !(self.allow.is_empty() && self.deny.is_empty());
        if lists || self.severity.is_none() {
            match &context.facts.components {
                None => judgement.missing("no components with licences were handed in (an SBOM gives them)"),
                Some(components) => {
                    let mut sorted: Vec<&Component> = components.iter().collect();
                    sorted
                        .sort_by(|a, b| (&a.name, &a.version, &a.purl).cmp(&(&b.name, &b.version, &b.purl)));
                    for component in sorted {
                        self.component(component, judgement);
                    }
                }
            }
        }
        if let Some(least) = self.severity {
            let selection = judgement.need_scanners(context, &self.scanners);
            let scope = Scope {
                except_packages: self.except_packages.clone(),
                ..Scope::default()
            };
            for (index, finding) in context.findings().iter().enumerate() {
                let Some(view) = selection.view(finding).filter(|_| finding.kind == Kind::License) else {
                    continue;
                };
                let severity = view.severity(least);
                if severity >= least && judgement.in_scope(context, &scope, finding) {
                    judgement.hit(context, index, severity, None);
                }
            }
        }
        judgement.remedy_when_missing(
            "hand in an SBOM of this image with its components' licences, and the reports that are missing",
        );
        judgement.remedy("replace the components named, or allow their licences in the policy");
    }
}
