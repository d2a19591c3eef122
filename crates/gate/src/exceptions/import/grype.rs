//! `.grype.yaml`: the rules under `ignore`.
//!
//! Source: anchore/grype, `grype/match/ignore.go` and <https://github.com/anchore/grype#specifying-matches-to-ignore>.
//! A rule holds when all its criteria do. Here each must be expressible, and one must name the flaw.

use sealift_types::{FixState, Kind};

use super::trivyignore_yaml::{path_glob, text};
use super::yaml::Node;
use super::{Import, Refusal, check_id, check_time, prose, scope};
use crate::exceptions::{Exception, PackageScope};
use crate::glob::NameGlob;

/// Settings beside `ignore` that make Grype pass over findings without naming any.
const BROAD: [&str; 3] = ["only-fixed", "only-notfixed", "ignore-wontfix"];

pub(super) fn read(root: &Node, import: &mut Import<'_>) {
    for (key, value) in root.map() {
        let name = key.text().unwrap_or_default();
        let set = value
            .text()
            .is_some_and(|value| !value.is_empty() && value != "false");
        if BROAD.contains(&name) && set || name == "ignore-states" && !value.is_null() {
            let refusal = Refusal::new(
                "passes over findings without naming a flaw",
                "use the policy's rules for findings without a fix",
            );
            import.refuse(Some(key.line), name, refusal);
        }
        if name != "ignore" || value.is_null() {
            continue;
        }
        let Some(rules) = value.list() else {
            let refusal = Refusal::new("not a list", "write each rule as `- vulnerability: CVE-…`");
            import.refuse(Some(value.line), name, refusal);
            continue;
        };
        for rule in rules {
            match exception(rule) {
                Ok(exception) => import.accept(Some(rule.line), exception),
                Err(refusal) => {
                    import.refuse(
                        Some(rule.line),
                        rule.text_of("vulnerability").unwrap_or_default(),
                        refusal,
                    );
                }
            }
        }
    }
}

fn exception(rule: &Node) -> Result<Exception, Refusal> {
    let mut exception = Exception {
        kinds: vec![Kind::Vulnerability],
        ..Exception::default()
    };
    for (key, value) in rule.map() {
        let key = key.text().unwrap_or_default();
        // Grype takes an empty value for no criterion.
        if value.is_null() || value.text() == Some("") {
            continue;
        }
        match key {
            "package" => exception.packages.push(package(value)?),
            // Ids are looked up by every alias in any case.
            "include-aliases" => {}
            "vulnerability" | "reason" | "owner" | "expires" | "fix-state" => {
                let text = text(rule, key)?.unwrap_or_default();
                match key {
                    "vulnerability" => exception.ids = vec![check_id(text)?],
                    "reason" => exception.reason = prose(text),
                    "owner" => exception.owner = prose(text),
                    "expires" => exception.expires = Some(check_time("expires", text)?),
                    _ => exception.fix_states = vec![fix_state(text)?],
                }
            }
            "vex-status" | "vex-justification" => {
                return Err(Refusal::new(
                    "a rule about VEX statements, not about a finding",
                    "give the VEX document itself; the policy's [vex] says whose statements count",
                ));
            }
            "namespace" | "match-type" => {
                return Err(Refusal::new(
                    format!("the criterion `{key}` is Grype's own and cannot be told of other scanners"),
                    "name the package instead",
                ));
            }
            _ => {
                return Err(Refusal::new(
                    format!(
                        "an unknown criterion: {:?}",
                        key.chars().take(40).collect::<String>()
                    ),
                    "use vulnerability, package, fix-state and reason",
                ));
            }
        }
    }
    if exception.ids.is_empty() {
        return Err(Refusal::new(
            "names no flaw",
            "name the flaw in `vulnerability`; an exception for every flaw is too broad",
        ));
    }
    // A location is a path of the finding, not of the package.
    if let Some(location) = rule
        .get("package")
        .map(|package| text(package, "location"))
        .transpose()?
        .flatten()
    {
        exception.paths.push(path_glob(location)?);
    }
    exception
        .packages
        .retain(|package| *package != PackageScope::default());
    Ok(exception)
}

fn package(node: &Node) -> Result<PackageScope, Refusal> {
    if !node.is_map() {
        return Err(Refusal::new(
            "`package` is not a map",
            "write name, version and type below it",
        ));
    }
    let mut package = PackageScope::default();
    for (key, value) in node.map() {
        let key = key.text().unwrap_or_default();
        if value.is_null() || value.text() == Some("") {
            continue;
        }
        let text = text(node, key)?.unwrap_or_default();
        match key {
            "name" => package.name = Some(name(text)?),
            "version" => package.version = Some(scope::literal(text)?),
            "type" => set_type(&mut package, purl_type(text), text)?,
            "language" => set_type(&mut package, language_type(text), text)?,
            "location" => {}
            _ => {
                return Err(Refusal::new(
                    format!(
                        "the criterion `package.{}` cannot be expressed",
                        key.chars().take(40).collect::<String>()
                    ),
                    "use name, version, type and location",
                ));
            }
        }
    }
    Ok(package)
}

fn set_type(package: &mut PackageScope, found: Option<&'static str>, text: &str) -> Result<(), Refusal> {
    let found = found.ok_or_else(|| {
        Refusal::new(
            format!(
                "a package type that cannot be told: {:?}",
                text.chars().take(40).collect::<String>()
            ),
            "leave the type out, or name the package's version",
        )
    })?;
    match package.package_type.replace(found.to_owned()) {
        Some(other) if other != found => Err(Refusal::new(
            "its type and its language contradict each other",
            "keep the type",
        )),
        _ => Ok(()),
    }
}

/// Grype reads the name as a regular expression over the whole name. A name, and `.*` in it, can be said here.
fn name(pattern: &str) -> Result<NameGlob, Refusal> {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('$').unwrap_or(pattern);
    let mut glob = String::with_capacity(pattern.len());
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '.' if rest.peek() == Some(&'*') => {
                rest.next();
                glob.push('*');
            }
            '\\' => match rest.next() {
                Some(escaped) if escaped.is_ascii_punctuation() => {
                    glob.push('\\');
                    glob.push(escaped);
                }
                _ => return Err(regex_refusal()),
            },
            '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => {
                return Err(regex_refusal());
            }
            c => glob.push(c),
        }
    }
    // `.*?` and `.*+` were caught above; a name that is nothing but `.*` is every package.
    NameGlob::new(&glob).map_err(|error| Refusal::new(error.to_string(), "correct `package.name`"))
}

fn regex_refusal() -> Refusal {
    Refusal::new(
        "`package.name` is a regular expression that cannot be expressed",
        "write the name out, or with `.*`; write one rule for each name",
    )
}

fn fix_state(word: &str) -> Result<FixState, Refusal> {
    Ok(match word {
        "fixed" => FixState::Fixed,
        "not-fixed" => FixState::NotFixed,
        "wont-fix" => FixState::WontFix,
        "unknown" => FixState::Unknown,
        _ => {
            return Err(Refusal::new(
                "a fix state that is none of Grype's",
                "use fixed, not-fixed, wont-fix or unknown",
            ));
        }
    })
}

/// Syft's word for a package type as the purl type.
fn purl_type(word: &str) -> Option<&'static str> {
    Some(match word {
        "apk" => "apk",
        "alpm" => "alpm",
        "deb" => "deb",
        "rpm" => "rpm",
        "npm" => "npm",
        "python" => "pypi",
        "go-module" => "golang",
        "java-archive" => "maven",
        "gem" => "gem",
        "rust-crate" => "cargo",
        "dotnet" => "nuget",
        "php-composer" => "composer",
        "dart-pub" => "pub",
        "hex" => "hex",
        "conan" => "conan",
        "swift" => "swift",
        "pod" => "cocoapods",
        "hackage" => "hackage",
        "github-action" => "github",
        _ => return None,
    })
}

fn language_type(word: &str) -> Option<&'static str> {
    Some(match word {
        "python" => "pypi",
        "javascript" => "npm",
        "java" => "maven",
        "go" => "golang",
        "ruby" => "gem",
        "rust" => "cargo",
        "dotnet" => "nuget",
        "php" => "composer",
        "dart" => "pub",
        _ => return None,
    })
}
