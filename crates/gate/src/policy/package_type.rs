//! The purl types that a scope may name.
//!
//! A type that no scanner writes would switch a rule off in silence, so only those of the package-url specification
//! (`purl-types-index.json`) and the few that scanners add are accepted.

use serde::{Deserialize, Deserializer};

use super::error::nearest;

/// The specification's types, then what Trivy, Grype and Snyk write besides.
const TYPES: &[&str] = &[
    "alpm",
    "apk",
    "bazel",
    "bitbucket",
    "bitnami",
    "brew",
    "cargo",
    "clojars",
    "cocoapods",
    "composer",
    "conan",
    "conda",
    "cpan",
    "cran",
    "deb",
    "docker",
    "elm",
    "gem",
    "generic",
    "github",
    "githubactions",
    "gitlab",
    "golang",
    "hackage",
    "hex",
    "huggingface",
    "julia",
    "luarocks",
    "maven",
    "mlflow",
    "npm",
    "nuget",
    "oci",
    "opam",
    "otp",
    "pub",
    "pypi",
    "qpkg",
    "rpm",
    "swid",
    "swift",
    "vscode-extension",
    "wordpress",
    "yocto",
    // Not in the index.
    "android",
    "bitnami-helm",
    "carthage",
    "chef",
    "dart",
    "ebuild",
    "gradle",
    "helm",
    "k8s",
    "lua",
    "nix",
    "terraform",
    "unmanaged",
];

/// Words that people write for a type.
const WORDS: &[(&str, &str)] = &[
    ("alpine", "apk"),
    ("arch", "alpm"),
    ("centos", "rpm"),
    ("crates", "cargo"),
    ("debian", "deb"),
    ("dotnet", "nuget"),
    ("dpkg", "deb"),
    ("fedora", "rpm"),
    ("go", "golang"),
    ("gomod", "golang"),
    ("java", "maven"),
    ("javascript", "npm"),
    ("node", "npm"),
    ("php", "composer"),
    ("pip", "pypi"),
    ("python", "pypi"),
    ("redhat", "rpm"),
    ("ruby", "gem"),
    ("rust", "cargo"),
    ("ubuntu", "deb"),
];

/// A type in lower case, as scanners and purls write it.
struct PackageType(String);

impl<'de> Deserialize<'de> for PackageType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?.to_ascii_lowercase();
        if TYPES.contains(&text.as_str()) {
            return Ok(Self(text));
        }
        let word = WORDS.iter().find(|(word, _)| *word == text);
        let meant = word
            .map(|(_, meant)| *meant)
            .or_else(|| nearest(&text, TYPES.iter().copied()));
        let shown: String = text.chars().take(64).collect();
        Err(serde::de::Error::custom(match meant {
            Some(meant) => format!("`{shown}` is no package type; did you mean `{meant}`?"),
            None => format!("`{shown}` is no package type; write a purl type: deb, rpm, apk, npm, pypi"),
        }))
    }
}

/// A scope's types.
pub(super) fn read_all<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let types = Vec::<PackageType>::deserialize(deserializer)?;
    Ok(types.into_iter().map(|package_type| package_type.0).collect())
}
