//! `rego`: a rule of one's own, for what the other rules cannot say.
//!
//! The options are read under every feature; without the feature `rego` such a rule counts as missing evidence, so a
//! build that cannot judge it never passes it.

use serde::{Deserialize, Serialize};

use super::{Judge, Judgement};
use crate::context::Context;

/// Options of `rego`. Exactly one of `module` and `file` is given.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rego {
    /// The module's text, `package sealift` with the rules `deny` and `warn`.
    pub module: Option<String>,
    /// A file that holds it; whoever reads the policy fills `module` from it.
    pub file: Option<String>,
    /// How long it may run. Default: 1,000 ms. A module that takes longer is missing evidence.
    pub time_limit_ms: u32,
    /// How many bytes its input and its answers may have. Default: 512 MiB.
    pub max_bytes: u64,
}

impl Default for Rego {
    fn default() -> Self {
        Self {
            module: None,
            file: None,
            time_limit_ms: 1_000,
            max_bytes: 512 << 20,
        }
    }
}

#[cfg(not(feature = "rego"))]
impl Judge for Rego {
    fn judge(&self, _: &Context<'_>, judgement: &mut Judgement) {
        judgement.missing("this build cannot judge Rego");
        judgement.remedy("use a build with the feature `rego`");
    }
}

#[cfg(feature = "rego")]
impl Judge for Rego {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        crate::rego::judge(self, context, judgement);
        judgement.remedy("do what the module's messages say");
    }
}
