//! Which way the arrows between crates point (ARCHITECTURE.md), held by the dependency tree itself.

use std::collections::BTreeSet;
use std::fs;

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

/// Where the gate's tree is printed for those who consider it.
const GATE_PAGE: &str = "crates/gate/README.md";

/// The page shows one platform's tree, whichever platform compares it.
const PAGE_TRIPLE: &str = "x86_64-unknown-linux-gnu";

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
    wrong.extend(stale(&fs::read_to_string(shell::root().join(GATE_PAGE))?)?);
    Ok(wrong)
}

/// What the gate's page says of its dependencies and is not so: the tree, its count, and what each feature adds.
fn stale(page: &str) -> Result<Vec<String>> {
    let small = page_tree("none", &[])?;
    let mut wrong = Vec::new();
    let drawn = page_tree("indent", &[])?;
    if tree_of(page) != Some(drawn.trim_end()) {
        wrong.push(format!(
            "{GATE_PAGE} shows another tree than `cargo tree`, which prints\n{drawn}"
        ));
    }
    let count = names(&small).len();
    if !page.contains(&format!(" {count} crates, this one included")) {
        wrong.push(format!(
            "{GATE_PAGE} should say ` {count} crates, this one included`"
        ));
    }
    for feature in ["yaml", "rego"] {
        let with = packages(&page_tree("none", &["--features", feature])?).len();
        let added = with - packages(&small).len();
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{feature}` |")));
        if !row.is_some_and(|row| row.ends_with(&format!("| {added} |"))) {
            wrong.push(format!(
                "{GATE_PAGE} should say that `{feature}` adds {added} crates"
            ));
        }
    }
    Ok(wrong)
}

/// The gate's tree as its page prints it, without folders of this machine.
fn page_tree(prefix: &str, features: &[&str]) -> Result<String> {
    let mut cargo = shell::cargo(["tree", "--locked", "-p", "sealift-gate", "-e", "normal"]);
    cargo.args([
        "--no-default-features",
        "--target",
        PAGE_TRIPLE,
        "--prefix",
        prefix,
    ]);
    let text = shell::capture(cargo.args(features))?;
    let folder = format!(" ({}", shell::root().display());
    let lines = text.lines().map(|line| match line.split_once(&folder) {
        Some((before, after)) => {
            let repeated = if after.ends_with("(*)") { " (*)" } else { "" };
            format!("{before}{repeated}\n")
        }
        None => format!("{line}\n"),
    });
    Ok(lines.collect())
}

/// The page's first block of plain text.
fn tree_of(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("```text\n")?;
    Some(rest.split_once("```")?.0.trim_end())
}

/// Name and version of each package: two versions of one crate are built twice.
fn packages(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().take(2).collect();
            words.join(" ")
        })
        .collect()
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
    fn a_page_that_fell_behind_is_named() {
        let page = "| `yaml` | rules | 1 |\n3 crates, this one included\n```text\nsealift-gate v0.0.1\n```\n";
        let wrong = stale(page).expect("cargo tree runs").join("\n");
        for part in ["another tree", "crates, this one", "`yaml` adds", "`rego` adds"] {
            assert!(wrong.contains(part), "{part}: {wrong}");
        }
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
