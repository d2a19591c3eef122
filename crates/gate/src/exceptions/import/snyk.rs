//! `.snyk`: the entries under `ignore`.
//!
//! Source: snyk/policy, `lib/match.ts` and `go/dotsnyk/policy.go`; <https://docs.snyk.io/manage-risk/policies/the-.snyk-file>.
//! An entry names paths through the dependencies. A finding does not tell by which path a package came in, so of
//! paths only `*` and `* > package@version` can be said here.

use sealift_types::{FixState, Kind};

use super::trivyignore_yaml::text;
use super::yaml::Node;
use super::{Import, Refusal, check_id, check_time, prose, scope};
use crate::exceptions::{Exception, PackageScope};

pub(super) fn read(root: &Node, import: &mut Import<'_>) {
    for (key, value) in root.map() {
        let name = key.text().unwrap_or_default();
        let empty = value.is_null()
            || value.list().is_some_and(<[_]>::is_empty)
            || value.is_map() && value.map().is_empty();
        match name {
            _ if empty => {}
            "ignore" if value.is_map() => ignores(value, import),
            "ignore" => import.refuse(
                Some(value.line),
                name,
                Refusal::new("not a map of ids", "write `SNYK-…:` and below it `- '*':`"),
            ),
            "patch" => import.refuse(
                Some(key.line),
                name,
                Refusal::new(
                    "patches are no exceptions: a scan shows whether the flaw is gone",
                    "write an exception for each flaw that is patched",
                ),
            ),
            "exclude" => import.refuse(
                Some(key.line),
                name,
                Refusal::new(
                    "excludes paths without naming a flaw",
                    "scope a rule of the policy by path",
                ),
            ),
            "failThreshold" => import.refuse(
                Some(key.line),
                name,
                Refusal::new(
                    "a threshold is no exception",
                    "set the severity in the policy's rule",
                ),
            ),
            _ => {}
        }
    }
}

fn ignores(map: &Node, import: &mut Import<'_>) {
    for (key, entries) in map.map() {
        let id = key.text().unwrap_or_default();
        let Some(entries) = entries.list() else {
            // Versions before 1.0 had the reason right below the id.
            if !entries.is_null() {
                let refusal = Refusal::new(
                    "an old form of entry",
                    "write `- '*':` below the id and the reason below that",
                );
                import.refuse(Some(key.line), id, refusal);
            }
            continue;
        };
        for entry in entries {
            if !entry.is_map() && !entry.is_null() {
                let refusal = Refusal::new(
                    "an entry without a path",
                    "write `- '*':` with the reason below it",
                );
                import.refuse(Some(entry.line), id, refusal);
            }
            for (path, rule) in entry.map() {
                match exception(id, path.text().unwrap_or_default(), rule) {
                    Ok(exception) => import.accept(Some(path.line), exception),
                    Err(refusal) => import.refuse(Some(path.line), id, refusal),
                }
            }
        }
    }
}

fn exception(id: &str, path: &str, rule: &Node) -> Result<Exception, Refusal> {
    if !rule.is_map() && !rule.is_null() {
        return Err(Refusal::new(
            "settings that are no map",
            "write `reason:` and `expires:` below the path",
        ));
    }
    let mut exception = Exception {
        ids: vec![check_id(id)?],
        kinds: vec![Kind::Vulnerability, Kind::License, Kind::Misconfiguration],
        packages: package(path)?.into_iter().collect(),
        ..Exception::default()
    };
    for (key, value) in rule.map() {
        match key.text().unwrap_or_default() {
            "reason" => exception.reason = text(rule, "reason")?.and_then(prose),
            "expires" => {
                if let Some(day) = text(rule, "expires")? {
                    exception.expires = Some(check_time("expires", day)?);
                }
            }
            "ignoredBy" => {
                let name = value.text_of("name").or_else(|| value.text_of("email"));
                exception.owner = name.and_then(prose);
            }
            "owner" => exception.owner = text(rule, "owner")?.and_then(prose),
            "disregardIfFixable" => match text(rule, "disregardIfFixable")? {
                None | Some("false") => {}
                // It ends with the first fix; where nothing is stated there may be one.
                Some("true") => {
                    exception.fix_states = vec![
                        FixState::NotFixed,
                        FixState::WontFix,
                        FixState::Deferred,
                        FixState::UnderInvestigation,
                    ];
                }
                Some(_) => {
                    return Err(Refusal::new(
                        "`disregardIfFixable` is neither true nor false",
                        "write true or false",
                    ));
                }
            },
            "created" | "reasonType" | "source" => {}
            other => {
                return Err(Refusal::new(
                    format!(
                        "an unknown setting: {:?}",
                        other.chars().take(40).collect::<String>()
                    ),
                    "use reason, expires and created",
                ));
            }
        }
    }
    Ok(exception)
}

/// The package that a path is about; `None` for all.
fn package(path: &str) -> Result<Option<PackageScope>, Refusal> {
    let refusal = || {
        Refusal::new(
            "a path through the dependencies cannot be told from a finding",
            "use '*', or '* > package@version' for one package however it came in",
        )
    };
    let mut parts = path.split(" > ").map(str::trim);
    let (first, second, third) = (parts.next(), parts.next(), parts.next());
    let package = match (first, second, third) {
        (Some("*"), None, None) => return Ok(None),
        (Some("*"), Some(package), None) if !package.is_empty() && package != "*" => package,
        _ => return Err(refusal()),
    };
    let (name, version) = match package.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() => (name, Some(version)),
        _ => (package, None),
    };
    let version = match version {
        None | Some("*") => None,
        // `2.x`, `^1.0` and the like are semver ranges. Distributions' versions hold `+`, `~` and `:`.
        Some(version) if is_exact(version) => Some(scope::literal(version)?),
        Some(_) => {
            return Err(Refusal::new(
                "a range of versions cannot be expressed",
                "write one entry for each version",
            ));
        }
    };
    Ok(Some(PackageScope {
        name: Some(scope::literal(name)?),
        version,
        ..PackageScope::default()
    }))
}

fn is_exact(version: &str) -> bool {
    let parts = || version.split(['.', '-', '+', ':', '~']);
    version.starts_with(|c: char| c.is_ascii_digit())
        && !version.contains([' ', '^', '<', '>', '=', '|', '*'])
        && !parts().any(|part| part.eq_ignore_ascii_case("x"))
        // `1` and `1.2` are ranges to semver.
        && version.split('.').count() >= 3
}
