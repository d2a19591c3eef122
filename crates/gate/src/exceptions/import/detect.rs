//! Which format a file of exceptions has: by content, and by name where the content leaves it open.

use super::{ImportError, json};
use crate::exceptions::ExceptionKind;

/// A format of exceptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Trivyignore,
    TrivyignoreYaml,
    Grype,
    Snyk,
    Openvex,
    Csaf,
    Cyclonedx,
}

impl Format {
    pub(super) fn kind(self) -> ExceptionKind {
        match self {
            Self::Trivyignore | Self::TrivyignoreYaml => ExceptionKind::Trivyignore,
            Self::Grype => ExceptionKind::Grype,
            Self::Snyk => ExceptionKind::Snyk,
            Self::Openvex => ExceptionKind::Openvex,
            Self::Csaf => ExceptionKind::Csaf,
            Self::Cyclonedx => ExceptionKind::Cyclonedx,
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        let file = name.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
        let yaml = matches!(file.rsplit('.').next(), Some("yaml" | "yml"));
        Some(match file.as_str() {
            _ if file.contains("trivyignore") && yaml => Self::TrivyignoreYaml,
            _ if file.contains("trivyignore") => Self::Trivyignore,
            _ if file.contains("grype") && yaml => Self::Grype,
            _ if file.rsplit('.').next() == Some("snyk") => Self::Snyk,
            _ => return None,
        })
    }
}

pub(super) fn format(text: &str, name: Option<&str>) -> Result<Format, ImportError> {
    if text.trim_start().starts_with('{') {
        return json::detect(text);
    }
    let named = name.and_then(Format::by_name);
    let lines = || text.lines().filter(|line| !is_blank(line));
    let Some(first) = lines().next() else {
        // Nothing but comments: no exceptions, in whichever format.
        return Ok(named.unwrap_or(Format::Trivyignore));
    };
    // A key at the left margin makes it YAML. Ids hold colons (`snyk:lic:…`), never one before a blank.
    let keys: Vec<&str> = lines().filter_map(top_key).collect();
    let has = |key: &str| keys.contains(&key);
    if keys.is_empty() && !first.starts_with("---") {
        return Ok(match named {
            Some(named) => named,
            None if looks_like_ids(lines()) => Format::Trivyignore,
            None => return Err(ImportError::Unknown),
        });
    }
    if ["vulnerabilities", "misconfigurations", "secrets", "licenses"]
        .into_iter()
        .any(has)
    {
        return Ok(Format::TrivyignoreYaml);
    }
    if has("patch") || has("exclude") || has("language-settings") || has("failThreshold") {
        return Ok(Format::Snyk);
    }
    if has("ignore") {
        // Snyk's is a map of ids and its files state a `version`; Grype's is a list.
        let after = text.lines().skip_while(|line| top_key(line) != Some("ignore"));
        let entry = after
            .skip(1)
            .find(|line| !is_blank(line))
            .unwrap_or("")
            .trim_start();
        return Ok(match entry {
            _ if has("version") => Format::Snyk,
            _ if entry.starts_with('-') => Format::Grype,
            _ => named.unwrap_or(Format::Snyk),
        });
    }
    named.ok_or(ImportError::Unknown)
}

/// The key of a line that begins a key at the left margin.
fn top_key(line: &str) -> Option<&str> {
    let (key, rest) = line.split_once(':')?;
    let word = |key: &str| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let key = key.trim_matches(['"', '\'']);
    (word(key) && (rest.is_empty() || rest.starts_with([' ', '\t', '\r']))).then_some(key)
}

fn is_blank(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// Each line begins with one word that can be an id and holds a digit or a dash: prose is no list of ids.
fn looks_like_ids<'a>(mut lines: impl Iterator<Item = &'a str>) -> bool {
    lines.all(|line| {
        let word = line.split_whitespace().next().unwrap_or("");
        super::is_id(word)
            && word
                .bytes()
                .any(|b| b.is_ascii_digit() || matches!(b, b'-' | b'_'))
    })
}
