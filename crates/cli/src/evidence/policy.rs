//! Policies, and other TOML that people write.

use std::path::Path;

use sealift_gate::{Policy, PolicyError, RuleId};

use crate::error::Error;
use crate::files;

/// A policy is written by hand; this is a thousand times a long one.
const MAX_POLICY_BYTES: u64 = 4 << 20;

/// A module is written by hand too.
const MAX_MODULE_BYTES: u64 = 1 << 20;

/// Reads the policy, or takes the built-in one.
pub(crate) fn policy(path: Option<&Path>) -> Result<Policy, Error> {
    match path {
        Some(path) => read_policy(path),
        None => Ok(Policy::builtin()),
    }
}

/// Reads a policy with the Rego modules that it names by file, relative to it.
pub(crate) fn read_policy(path: &Path) -> Result<Policy, Error> {
    let text = read_text(path, MAX_POLICY_BYTES)?;
    let mut policy = parse_toml(path, text, Policy::parse)?;
    if !cfg!(feature = "rego")
        && let Some(rule) = policy.rules.iter().find(|rule| rule.id() == RuleId::Rego)
    {
        return Err(Error::NoRego {
            path: path.to_owned(),
            rule: rule.name.clone(),
        });
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    policy.load_modules(|module| {
        let module = folder.join(module);
        // `-` would read what is meant for a report, and a device has no end.
        if !module.is_file() {
            return Err(Error::Read {
                path: module,
                source: std::io::ErrorKind::NotFound.into(),
            });
        }
        read_text(&module, MAX_MODULE_BYTES)
    })?;
    Ok(policy)
}

/// Parses a TOML file; a mistake keeps the text it is in.
pub(crate) fn parse_toml<T>(
    path: &Path,
    text: String,
    parse: impl FnOnce(&str) -> Result<T, PolicyError>,
) -> Result<T, Error> {
    parse(&text).map_err(|mistake| Error::Toml {
        path: path.to_owned(),
        text,
        mistake,
    })
}

/// Reads a text file that a person wrote.
pub(crate) fn read_text(path: &Path, max_bytes: u64) -> Result<String, Error> {
    String::from_utf8(files::read_limited(path, max_bytes)?).map_err(|error| Error::Input {
        path: path.to_owned(),
        expected: "text",
        help: "save the file as UTF-8".to_owned(),
        source: error.utf8_error().into(),
    })
}
