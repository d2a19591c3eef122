//! Ignore files of other tools and VEX documents.

use std::path::Path;

use sealift_gate::Exception;
use sealift_gate::exceptions::import::{ImportOptions, MAX_IMPORT_BYTES, import};
use sealift_types::Digest;
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::files;
use crate::output::Talk;

/// Refused entries of one file that are said one by one.
const MAX_REFUSED: usize = 20;

/// Reads the exceptions of one file; says which entries were refused.
pub(super) fn read(path: &Path, talk: Talk) -> Result<Vec<Exception>, Error> {
    let bytes = files::read_limited(path, MAX_IMPORT_BYTES as u64)?;
    let mut options = ImportOptions::default();
    options.file = Some(path.display().to_string());
    options.digest = Some(Digest::from_sha256(Sha256::digest(&bytes).into()));
    let imported = import(&bytes, &options).map_err(|source| Error::Input {
        path: path.to_owned(),
        expected: "a file of exceptions",
        help: source.help().to_owned(),
        source: source.into(),
    })?;
    for refused in imported.refused.iter().take(MAX_REFUSED) {
        talk.warning(&format!(
            "{}: refused {refused}; {}",
            path.display(),
            refused.help
        ));
    }
    if imported.refused.len() > MAX_REFUSED {
        let more = imported.refused.len() - MAX_REFUSED;
        talk.warning(&format!("{}: {more} more entries were refused", path.display()));
    }
    Ok(imported.exceptions)
}
