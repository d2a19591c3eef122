//! Which way the arrows between crates point (ARCHITECTURE.md), held by the dependency tree itself.

use std::collections::BTreeSet;

use crate::{Result, shell, workspace};

/// Crates that take bytes and values and return values.
pub(crate) const PURE: &[&str] = &["sealift-types", "sealift-scan", "sealift-gate"];

/// Crates that reach for the network or bring a runtime. No pure crate may meet one, with any feature.
const EFFECTS: &[&str] = &[
    "async-std",
    "curl",
    "h2",
    "hyper",
    "isahc",
    "mio",
    "native-tls",
    "openssl",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "ureq",
];

/// Which of our crates each of our crates may use. A crate that is not named here is the command, an example or a
/// chore, and composes.
const ALLOWED: &[(&str, &[&str])] = &[
    ("sealift-types", &[]),
    ("sealift-scan", &["sealift-types"]),
    ("sealift-gate", &["sealift-types"]),
    ("sealift-oci", &["sealift-types"]),
    ("sealift-testkit", &["sealift-types"]),
];

/// The gate is embedded by others, so it stays small: crates in its tree without features, itself included.
const GATE_CRATES_BELOW: usize = 25;

/// Prints the counts and fails where an arrow points the wrong way.
pub(crate) fn run() -> Result {
    for (crate_name, _) in ALLOWED {
        let small = tree(crate_name, &["-e", "normal", "--no-default-features"])?;
        let all = tree(crate_name, &["-e", "normal,build", "--all-features"])?;
        println!(
            "{crate_name}: {} crates without features, {} with all",
            small.len(),
            all.len()
        );
    }
    let wrong = check()?;
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

/// Every arrow that points the wrong way, as a sentence.
pub(crate) fn check() -> Result<Vec<String>> {
    let ours: BTreeSet<String> = workspace::members()?
        .into_iter()
        .map(|member| member.name)
        .collect();
    let mut wrong = Vec::new();
    for (crate_name, allowed) in ALLOWED {
        let names = tree(crate_name, &["-e", "normal,build", "--all-features"])?;
        wrong.extend(broken(crate_name, &names, &ours, allowed));
    }
    let gate = tree("sealift-gate", &["-e", "normal", "--no-default-features"])?;
    if gate.len() >= GATE_CRATES_BELOW {
        wrong.push(format!(
            "sealift-gate has {} crates without features, and must stay below {GATE_CRATES_BELOW}: {}",
            gate.len(),
            gate.into_iter().collect::<Vec<_>>().join(", ")
        ));
    }
    Ok(wrong)
}

fn broken(
    crate_name: &str,
    names: &BTreeSet<String>,
    ours: &BTreeSet<String>,
    allowed: &[&str],
) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in names {
        if PURE.contains(&crate_name) && EFFECTS.contains(&name.as_str()) {
            wrong.push(format!(
                "{crate_name} is pure, and its tree has `{name}`: the caller does I/O"
            ));
        }
        if ours.contains(name) && name != crate_name && !allowed.contains(&name.as_str()) {
            wrong.push(format!(
                "{crate_name} must not know `{name}`: crates on one line meet in the command"
            ));
        }
    }
    wrong
}

/// The names in a crate's tree, itself included.
fn tree(crate_name: &str, arguments: &[&str]) -> Result<BTreeSet<String>> {
    let mut cargo = shell::cargo([
        "tree", "--locked", "--prefix", "none", "--format", "{p}", "-p", crate_name,
    ]);
    let text = shell::capture(cargo.args(arguments))?;
    Ok(names(&text))
}

fn names(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn arrows_point_from_effects_to_pure() {
        assert_eq!(check().expect("cargo tree runs"), Vec::<String>::new());
    }

    #[test]
    fn a_runtime_in_a_pure_crate_is_named() {
        let names = names("sealift-scan v0.1.0 (/x)\nserde v1.0.0\ntokio v1.0.0 (*)\n");
        let wrong = broken("sealift-scan", &names, &set(&["sealift-scan"]), &[]);
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].contains("`tokio`"));
    }

    #[test]
    fn a_sibling_is_named_and_the_shared_model_is_not() {
        let names = set(&["sealift-gate", "sealift-scan", "sealift-types"]);
        let wrong = broken("sealift-gate", &names, &names, &["sealift-types"]);
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].contains("`sealift-scan`"));
    }
}
