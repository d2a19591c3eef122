//! `sealift gate explain`.

use sealift_cli::exit_codes;
use sealift_gate::rules::RuleIdError;
use sealift_gate::{RuleId, explain};

use crate::args::{ColorChoice, GateExplainArgs};
use crate::error::Error;
use crate::output::{self, Layout};

pub(crate) fn run(args: &GateExplainArgs, color: ColorChoice) -> Result<u8, Error> {
    let layout = Layout::new(color, None);
    match &args.rule {
        Some(text) => {
            let rule: RuleId = text.parse().map_err(|error: RuleIdError| Error::NoRule {
                text: text.clone(),
                nearest: error.nearest,
            })?;
            output::write(None, |out| output::rules::page(explain(rule), out))?;
        }
        None => output::write(None, |out| output::rules::list(layout, out))?,
    }
    Ok(exit_codes::DONE)
}
