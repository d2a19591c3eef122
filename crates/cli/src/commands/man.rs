//! `sealift man`.

use clap_mangen::Man;
use sealift_cli::exit_codes;

use crate::args::{self, ManArgs};
use crate::error::Error;
use crate::output;

pub(crate) fn run(args: &ManArgs) -> Result<u8, Error> {
    let command = args::command();
    let Some(folder) = &args.output else {
        output::write(None, |out| Man::new(command).render(out))?;
        return Ok(exit_codes::DONE);
    };
    std::fs::create_dir_all(folder).map_err(|source| Error::Write {
        path: folder.clone(),
        source,
    })?;
    clap_mangen::generate_to(command, folder).map_err(|source| Error::Write {
        path: folder.clone(),
        source,
    })?;
    Ok(exit_codes::DONE)
}
