//! Which version fixes a row, and which package that is a version of.

use sealift_types::{Fix, FixState};

use super::super::lax::{Flag, List, Text};

/// The fix of a package `name`. `nearest` is the least upgrade from the installed version, `fixed_in` all that fix
/// it; both absent, the last step of a possible upgrade path says it, where that step is the package itself and not
/// something that brings it in.
pub(super) fn fix(
    name: Option<&str>,
    nearest: Option<String>,
    fixed_in: Option<List<Text>>,
    is_upgradable: Flag,
    upgrade_path: &List<Text>,
) -> Fix {
    let is_stated = fixed_in.is_some();
    let mut versions: Vec<String> = nearest.into_iter().collect();
    for version in fixed_in.unwrap_or_default().texts() {
        if versions.len() < 64 && !versions.contains(&version) {
            versions.push(version);
        }
    }
    if versions.is_empty() && is_upgradable.0 == Some(true) {
        let last = upgrade_path.0.last().and_then(Text::as_deref);
        versions.extend(
            last.and_then(|step| step.rsplit_once('@'))
                .filter(|(package, _)| Some(*package) == name)
                .map(|(_, version)| version.to_owned()),
        );
    }
    let state = match (versions.is_empty(), is_stated) {
        (false, _) => FixState::Fixed,
        (true, true) => FixState::NotFixed,
        (true, false) => FixState::Unknown,
    };
    Fix {
        state,
        versions,
        available: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&str]) -> List<Text> {
        List(words.iter().map(|word| Text(Some((*word).to_owned()))).collect())
    }

    #[test]
    fn the_nearest_fix_comes_first() {
        let fix = fix(
            Some("a"),
            Some("2.1".to_owned()),
            Some(texts(&["1.9", "2.1"])),
            Flag(None),
            &texts(&[]),
        );
        assert_eq!(
            (fix.state, fix.versions),
            (FixState::Fixed, vec!["2.1".to_owned(), "1.9".to_owned()])
        );
    }

    #[test]
    fn an_upgrade_of_another_package_is_no_fixed_version() {
        let path = texts(&["false", "parent@3.0"]);
        assert_eq!(
            fix(Some("a"), None, Some(texts(&[])), Flag(Some(true)), &path).state,
            FixState::NotFixed
        );
        let path = texts(&["false", "@scope/a@3.0"]);
        let fix = fix(Some("@scope/a"), None, None, Flag(Some(true)), &path);
        assert_eq!(fix.versions, ["3.0"]);
    }

    #[test]
    fn nothing_stated_is_unknown() {
        assert_eq!(
            fix(None, None, None, Flag(None), &texts(&[])).state,
            FixState::Unknown
        );
    }
}
