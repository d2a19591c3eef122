//! Rules over exceptions: over, soon over, not needed.

use serde::{Deserialize, Serialize};

use super::{Judge, Judgement};
use crate::context::Context;
use crate::exceptions::ExceptionKind;
use crate::report::ExceptionStatus;

/// Options of `exception-expired`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExceptionExpired {
    /// Formats that are looked at. Default: all.
    pub kinds: Vec<ExceptionKind>,
}

impl Judge for ExceptionExpired {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        list(context, &self.kinds, ExceptionStatus::Expired, judgement);
        judgement.remedy("fix what the exception was for and remove it, or decide anew with a later end");
    }
}

/// Options of `exception-expiring`. How soon is the policy's `[exceptions] warn_before`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExceptionExpiring {
    /// Formats that are looked at. Default: all.
    pub kinds: Vec<ExceptionKind>,
}

impl Judge for ExceptionExpiring {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        list(context, &self.kinds, ExceptionStatus::Expiring, judgement);
        judgement.remedy("fix what the exception is for before it ends");
    }
}

/// Options of `exception-unused`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExceptionUnused {
    /// Formats that are looked at. Default: all but VEX, whose documents speak of more than one image.
    pub kinds: Vec<ExceptionKind>,
}

impl Default for ExceptionUnused {
    fn default() -> Self {
        use ExceptionKind::{Grype, Policy, Snyk, Trivyignore};
        Self {
            kinds: vec![Policy, Trivyignore, Grype, Snyk],
        }
    }
}

impl Judge for ExceptionUnused {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        list(context, &self.kinds, ExceptionStatus::Unused, judgement);
        judgement.remedy("remove the exceptions that nothing needs");
    }
}

fn list(context: &Context<'_>, kinds: &[ExceptionKind], status: ExceptionStatus, judgement: &mut Judgement) {
    for (exception, because, findings) in context.exceptions.with_status(status) {
        let origin = &exception.origin;
        if !kinds.is_empty() && !kinds.contains(&origin.kind) {
            continue;
        }
        let ids: Vec<&str> = exception.ids.iter().take(3).map(String::as_str).collect();
        let more = if exception.ids.len() > 3 { ", …" } else { "" };
        let owner = exception.owner.as_deref().unwrap_or("nobody");
        let place = match (&origin.file, origin.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            (Some(file), None) => file.clone(),
            (None, Some(line)) => format!("policy:{line}"),
            (None, None) => "policy".to_owned(),
        };
        let needed = match (status, findings) {
            (ExceptionStatus::Expired, 0) => ", and nothing needs it",
            (ExceptionStatus::Expired, _) => ", and findings need it",
            _ => "",
        };
        let message = format!("{}{more} (owner {owner}): {because}{needed}", ids.join(", "));
        judgement.against(message, Some(place));
    }
}
