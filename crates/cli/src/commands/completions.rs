//! `sealift completions`.

use sealift_cli::exit_codes;

use crate::args::{self, CompletionsArgs};
use crate::error::Error;
use crate::output;

pub(crate) fn run(args: &CompletionsArgs) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "sealift", &mut script);
    output::write(None, |out| out.write_all(&script))?;
    Ok(exit_codes::DONE)
}
