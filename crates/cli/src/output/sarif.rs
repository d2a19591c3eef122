//! SARIF 2.1.0, as `sealift-scan` writes it for GitHub's Security tab.

use std::io::{self, Write};

use sealift_scan::{SarifOptions, to_sarif};
use sealift_types::FindingSet;

use super::Talk;
use super::escape::JsonGuard;

/// Writes the log; says what GitHub's limits cost.
pub(crate) fn findings(
    set: &FindingSet,
    options: &SarifOptions,
    talk: Talk,
    out: &mut dyn Write,
) -> io::Result<()> {
    let sarif = to_sarif(set, options);
    for truncation in &sarif.truncations {
        talk.warning(&truncation.to_string());
    }
    let mut out = JsonGuard::new(out);
    out.write_all(sarif.json.as_bytes())?;
    out.write_all(b"\n")
}
