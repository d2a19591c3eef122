//! Which purl type a scanner's word for an ecosystem, a distribution or a package manager means.
//!
//! Sources: Trivy `pkg/fanal/types/const.go` and `pkg/fanal/analyzer/const.go`; Syft `pkg/type.go`; Snyk
//! `packageManager` and the language part of its ids; OSV schema, "Defined Ecosystems"; purl-spec `types/`.

/// The purl type that `word` means, in any case; what follows a colon (`debian:12`, `Debian:12`) and the digits
/// of a release (`DEBIAN11`) do not matter. `None` for a word that is in no table.
pub(crate) fn purl_type(word: &str) -> Option<&'static str> {
    let word = word.split(':').next().unwrap_or_default().trim();
    if word.len() > 32 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let word = match word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
        "" => word.as_str(),
        name => name.trim_end(),
    };
    TYPES
        .iter()
        .find(|(_, words)| words.contains(&word))
        .map(|(purl_type, _)| *purl_type)
}

/// The type that a package URL states: `deb` of `pkg:deb/debian/tar@1`.
pub(crate) fn purl_type_of(purl: &str) -> Option<String> {
    let (purl_type, _) = purl
        .strip_prefix("pkg:")?
        .trim_start_matches('/')
        .split_once('/')?;
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-');
    (!purl_type.is_empty() && purl_type.len() <= 32 && purl_type.bytes().all(word))
        .then(|| purl_type.to_ascii_lowercase())
}

/// Whether packages of this type come from a distribution, so that a binary has a source package.
pub(crate) fn is_distribution(purl_type: &str) -> bool {
    matches!(purl_type, "deb" | "rpm" | "apk" | "alpm")
}

const TYPES: &[(&str, &[&str])] = &[
    ("deb", &["deb", "debian", "ubuntu", "dpkg", "echo", "distroless"]),
    (
        "apk",
        &[
            "apk",
            "apkg",
            "alpine",
            "alpaquita",
            "wolfi",
            "chainguard",
            "minimos",
        ],
    ),
    (
        "rpm",
        &[
            "rpm",
            "redhat",
            "red hat",
            "rhel",
            "centos",
            "rocky",
            "rocky linux",
            "alma",
            "almalinux",
            "fedora",
            "amazon",
            "amzn",
            "amazonlinux",
            "oracle",
            "ol",
            "oraclelinux",
            "suse",
            "sles",
            "sle",
            "opensuse",
            "opensuse-leap",
            "opensuse.leap",
            "opensuse-tumbleweed",
            "opensuse.tumbleweed",
            "suse linux enterprise server",
            "photon",
            "mariner",
            "cbl-mariner",
            "azurelinux",
            "azure linux",
            "openeuler",
        ],
    ),
    ("alpm", &["alpm", "arch", "archlinux"]),
    (
        "npm",
        &[
            "npm",
            "yarn",
            "pnpm",
            "bun",
            "node-pkg",
            "node",
            "nodejs",
            "javascript",
            "js",
        ],
    ),
    (
        "pypi",
        &[
            "pypi",
            "pip",
            "pipenv",
            "poetry",
            "uv",
            "pylock",
            "python-pkg",
            "python",
        ],
    ),
    (
        "maven",
        &[
            "maven",
            "jar",
            "pom",
            "gradle",
            "gradle-lockfile",
            "sbt",
            "sbt-lockfile",
            "java",
            "java-archive",
            "jenkins-plugin",
        ],
    ),
    (
        "golang",
        &[
            "golang",
            "go",
            "gobinary",
            "gomod",
            "gomodules",
            "golangdep",
            "govendor",
            "go-module",
            "dep",
        ],
    ),
    ("gem", &["gem", "rubygems", "ruby", "bundler", "gemspec"]),
    (
        "cargo",
        &[
            "cargo",
            "crates.io",
            "rust",
            "rustbinary",
            "rust-crate",
            "rust-binary",
        ],
    ),
    (
        "composer",
        &["composer", "composer-vendor", "packagist", "php", "php-composer"],
    ),
    (
        "nuget",
        &[
            "nuget",
            "dotnet",
            "dotnet-core",
            "packages-props",
            "nuget-config",
            "paket",
        ],
    ),
    ("conan", &["conan", "conancenter", "cpp"]),
    ("conda", &["conda", "conda-pkg", "conda-environment"]),
    ("cocoapods", &["cocoapods", "pod"]),
    ("swift", &["swift", "swifturl"]),
    ("pub", &["pub", "dart-pub", "dart"]),
    ("hex", &["hex", "mix-lock", "erlang", "elixir", "erlang-otp"]),
    ("cran", &["cran", "r-package"]),
    ("hackage", &["hackage", "haskell"]),
    ("julia", &["julia"]),
    // Files that no package manager installed.
    ("generic", &["generic", "binary", "unmanaged"]),
    ("bitnami", &["bitnami"]),
    (
        "githubactions",
        &["github actions", "github-action", "github-action-workflow"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_all_scanners() {
        let check = |word: &str, expected| assert_eq!(purl_type(word), expected, "{word}");
        check("debian:12", Some("deb"));
        check("DEBIAN11", Some("deb"));
        check("Debian:12", Some("deb"));
        check("Rocky Linux:9", Some("rpm"));
        check("alpine 3.19", Some("apk"));
        check("gobinary", Some("golang"));
        check("node-pkg", Some("npm"));
        check("crates.io", Some("cargo"));
        check("apkg", Some("apk"));
        check("unmanaged", Some("generic"));
        check("", None);
        check("12", None);
        check("é", None);
    }

    #[test]
    fn type_of_a_purl() {
        let check = |purl: &str, expected: Option<&str>| {
            assert_eq!(purl_type_of(purl).as_deref(), expected, "{purl}");
        };
        check("pkg:deb/debian/tar@1", Some("deb"));
        check("pkg:NPM/lodash", Some("npm"));
        check("pkg:deb", None);
        check("pkg:/x/", Some("x"));
        check("deb/x", None);
        check("", None);
    }
}
