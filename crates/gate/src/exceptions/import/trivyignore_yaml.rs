//! `.trivyignore.yaml`: ids by sort of finding, with paths, packages, an end and a statement.
//!
//! Source: <https://trivy.dev/latest/docs/configuration/filtering/#trivyignoreyaml>. Trivy passes over keys that it does
//! not know, so `owner` can stand beside the others.

use sealift_types::Kind;

use super::yaml::Node;
use super::{Import, Refusal, check_id, check_time, prose, scope};
use crate::exceptions::Exception;
use crate::glob::PathGlob;

const SECTIONS: [(&str, Kind); 4] = [
    ("vulnerabilities", Kind::Vulnerability),
    ("misconfigurations", Kind::Misconfiguration),
    ("secrets", Kind::Secret),
    ("licenses", Kind::License),
];

pub(super) fn read(root: &Node, import: &mut Import<'_>) {
    for (key, value) in root.map() {
        let name = key.text().unwrap_or_default();
        let Some((_, kind)) = SECTIONS.iter().find(|(section, _)| *section == name) else {
            let refusal = Refusal::new(
                "not a section of this file",
                "use vulnerabilities, misconfigurations, secrets or licenses",
            );
            import.refuse(Some(key.line), name, refusal);
            continue;
        };
        match value.list() {
            Some(entries) => entries.iter().for_each(|node| entry(node, *kind, import)),
            None if value.is_null() => {}
            None => import.refuse(
                Some(value.line),
                name,
                Refusal::new("not a list", "write each entry as `- id: CVE-…`"),
            ),
        }
    }
}

fn entry(node: &Node, kind: Kind, import: &mut Import<'_>) {
    let id = node.text_of("id").unwrap_or_default();
    match exception(node, kind) {
        Ok(exception) => import.accept(Some(node.line), exception),
        Err(refusal) => import.refuse(Some(node.line), id, refusal),
    }
}

fn exception(node: &Node, kind: Kind) -> Result<Exception, Refusal> {
    const KEYS: [&str; 6] = ["id", "paths", "purls", "expired_at", "statement", "owner"];
    if let Some((key, _)) = node
        .map()
        .iter()
        .find(|(key, _)| !key.text().is_some_and(|key| KEYS.contains(&key)))
    {
        // A misspelt `paths` or `expired_at` would make it broader than was meant.
        return Err(Refusal::new(
            format!(
                "an unknown key: {:?}",
                key.text()
                    .unwrap_or_default()
                    .chars()
                    .take(40)
                    .collect::<String>()
            ),
            "use id, paths, purls, expired_at, statement and owner",
        ));
    }
    let mut exception = Exception {
        ids: vec![check_id(text(node, "id")?.unwrap_or_default())?],
        kinds: vec![kind],
        reason: text(node, "statement")?.and_then(prose),
        owner: text(node, "owner")?.and_then(prose),
        ..Exception::default()
    };
    if let Some(day) = text(node, "expired_at")? {
        exception.expires = Some(check_time("expired_at", day)?);
    }
    for path in texts(node, "paths")? {
        exception.paths.push(path_glob(path)?);
    }
    for purl in texts(node, "purls")? {
        if kind != Kind::Vulnerability {
            return Err(Refusal::new("`purls` scope vulnerabilities only", "use `paths`"));
        }
        exception.packages.push(scope::package(purl)?);
    }
    Ok(exception)
}

/// A pattern of doublestar's that ours can say too.
pub(super) fn path_glob(pattern: &str) -> Result<PathGlob, Refusal> {
    if pattern.contains(['?', '[', ']', '{', '}']) {
        return Err(Refusal::new(
            "a path pattern with `?`, `[…]` or `{…}` cannot be expressed",
            "write the paths out, with `*` and `**` only",
        ));
    }
    PathGlob::new(pattern).map_err(|error| Refusal::new(error.to_string(), "correct the path pattern"))
}

/// The text of a key. A list or a map there is not passed over, since that would drop a part of the scope.
pub(super) fn text<'a>(node: &'a Node, key: &str) -> Result<Option<&'a str>, Refusal> {
    match node.get(key) {
        None => Ok(None),
        Some(value) if value.is_null() => Ok(None),
        Some(value) => value.text().map(Some).ok_or_else(|| {
            Refusal::new(
                format!("`{key}` is not a text"),
                "write one value after the colon",
            )
        }),
    }
}

/// The texts of a key's list. A key that is there without any would scope to nothing in one reading and to
/// everything in another.
fn texts<'a>(node: &'a Node, key: &str) -> Result<Vec<&'a str>, Refusal> {
    let refusal = || {
        Refusal::new(
            format!("`{key}` is not a list of texts"),
            "write each one after a dash, or leave the key out",
        )
    };
    let Some(value) = node.get(key) else {
        return Ok(Vec::new());
    };
    let items = value
        .list()
        .filter(|items| !items.is_empty())
        .ok_or_else(refusal)?;
    items.iter().map(|item| item.text().ok_or_else(refusal)).collect()
}
