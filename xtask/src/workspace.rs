//! The workspace as `cargo metadata` describes it.

use serde_json::Value;

use crate::{Result, shell};

/// A member of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Features other than `default`, sorted.
    pub(crate) features: Vec<String>,
    /// Whether it may go to a package registry.
    pub(crate) published: bool,
    /// The oldest compiler that it promises to build with.
    pub(crate) rust_version: String,
    /// What a registry asks for and the manifest does not state.
    pub(crate) missing: Vec<&'static str>,
}

/// What a registry shows of a package. Cargo itself only warns where some of it is missing.
const METADATA: &[&str] = &[
    "categories",
    "description",
    "documentation",
    "keywords",
    "license",
    "readme",
    "repository",
];

/// The members, sorted by name.
pub(crate) fn members() -> Result<Vec<Member>> {
    let text = shell::capture(&mut shell::cargo(["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text)?;
    let mut members: Vec<Member> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .map(member)
        .collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

fn member(package: &Value) -> Member {
    let features = package["features"].as_object();
    let empty = |key: &str| match &package[key] {
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => true,
    };
    Member {
        name: package["name"].as_str().unwrap_or_default().to_owned(),
        features: features
            .into_iter()
            .flat_map(|features| features.keys())
            .filter(|feature| *feature != "default")
            .cloned()
            .collect(),
        // `publish = false` is an empty list of registries.
        published: package["publish"].as_array().is_none_or(|list| !list.is_empty()),
        rust_version: package["rust_version"].as_str().unwrap_or_default().to_owned(),
        missing: METADATA.iter().copied().filter(|key| empty(key)).collect(),
    }
}
