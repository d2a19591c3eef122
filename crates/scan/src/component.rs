//! One normalised name for a component, so that the words of different scanners compare equal.
//!
//! Sources: purl-spec (`PURL-SPECIFICATION.rst`, `PURL-TYPES.rst`), PEP 503 for `PyPI` names, Go's module reference for
//! major version suffixes, Debian policy 5.6.12 for epochs. The rules and their reasons stand in `docs/identity.md`.
//! Nothing here fails: text that is no package URL is a name like any other.

use std::borrow::Cow;

use sealift_types::{Finding, Kind, Package};

/// Scanners whose rows name a distribution's source package, not the binary packages that are installed.
const SOURCE_NAMING: [&str; 2] = ["docker-scout", "osv-scanner"];

/// A component in one version, normalised.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Component {
    /// purl type; empty where none is stated.
    pub(crate) package_type: String,
    /// Namespace and name, joined by `/`, in lower case. Without the distribution for packages of one.
    pub(crate) name: String,
    /// The name as far as a scanner that states no type would write it too.
    pub(crate) loose_name: String,
    /// Version without epoch and `v`; empty where none is stated.
    pub(crate) version: String,
    /// Source package of a distribution's package, where stated.
    pub(crate) source: Option<Source>,
}

/// A source package, normalised; the version is the binary package's where none is stated.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) version: String,
}

impl Component {
    /// What `finding` is about: the package of a vulnerability or a licence; the place of everything else.
    pub(crate) fn of_finding(finding: &Finding) -> Self {
        if let (Some(package), Kind::Vulnerability | Kind::License) = (&finding.package, finding.kind) {
            return Self::of(package);
        }
        let place = finding.statements.first().and_then(|s| s.locations.first());
        place.map_or_else(Self::default, |place| Self::place(&place.path, place.line))
    }

    /// The component that `package` names.
    pub(crate) fn of(package: &Package) -> Self {
        let purl = package.purl.as_deref().and_then(Purl::parse);
        let package_type = purl
            .as_ref()
            .map(|purl| purl.package_type.as_str())
            .or(package.package_type.as_deref())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let distribution = is_distribution(&package_type);
        let mut source_in_name = None;
        let name = match &purl {
            Some(purl) if distribution => purl.name.to_lowercase(),
            Some(purl) => join(&purl.namespace, &purl.name),
            None if distribution => {
                // Snyk writes `source/binary`.
                let (source, binary) = match package.name.rsplit_once('/') {
                    Some((source, binary)) if !binary.is_empty() => (Some(source), binary),
                    _ => (None, package.name.as_str()),
                };
                source_in_name = source.map(str::to_lowercase);
                binary.to_lowercase()
            }
            // Maven's `group:artifact` reads `group/artifact` in a purl.
            None if package_type == "maven" => package.name.replacen(':', "/", 1).to_lowercase(),
            None => package.name.to_lowercase(),
        };
        let name = match package_type.as_str() {
            "pypi" => pep503(&name),
            "golang" => without_major_suffix(&name).to_owned(),
            _ => name,
        };
        let stated_version = package
            .version
            .as_deref()
            .filter(|version| !version.is_empty())
            .or(purl.as_ref().and_then(|purl| purl.version.as_deref()))
            .unwrap_or_default();
        let version = normal_version(&package_type, stated_version).to_owned();
        let source = Source::of(package, purl.as_ref(), source_in_name, &version).filter(|_| distribution);
        Self {
            loose_name: loose_name(&package_type, &name),
            package_type,
            name,
            version,
            source,
        }
    }

    /// A place instead of a package: what a secret, a misconfiguration or a code finding is about.
    fn place(path: &str, line: Option<u32>) -> Self {
        Self {
            name: path.to_owned(),
            version: line.map(|line| line.to_string()).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Whether it names a package fully. Without a type it does not; nor does a Java archive whose group is only
    /// its own name again, which is what Syft writes where it finds no group.
    pub(crate) fn is_complete(&self) -> bool {
        match self.package_type.as_str() {
            "" => false,
            "maven" => self
                .name
                .rsplit_once('/')
                .is_some_and(|(group, artifact)| group != artifact),
            _ => true,
        }
    }

    /// Whether `scanner` means a source package by it, which stands for every binary package built from it.
    pub(crate) fn names_source(&self, scanner: &str) -> bool {
        self.is_distribution() && self.source.is_none() && SOURCE_NAMING.contains(&scanner)
    }

    /// Whether a distribution built it, so that it has a source package.
    pub(crate) fn is_distribution(&self) -> bool {
        is_distribution(&self.package_type)
    }
}

impl Source {
    fn of(
        package: &Package,
        purl: Option<&Purl>,
        in_name: Option<String>,
        binary_version: &str,
    ) -> Option<Self> {
        let (name, version) = if let Some(source) = &package.source {
            (source.name.clone(), source.version.clone())
        } else if let Some(upstream) = purl.and_then(|purl| purl.upstream.as_deref()) {
            // Grype: `upstream=openssl` or `upstream=openssl@1.1.1n-0`.
            match upstream.split_once('@') {
                Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
                None => (upstream.to_owned(), None),
            }
        } else {
            (in_name?, None)
        };
        if name.is_empty() {
            return None;
        }
        let version = version.filter(|version| !version.is_empty());
        let version = version
            .as_deref()
            .map_or(binary_version, |version| normal_version("deb", version));
        Some(Self {
            name: name.to_lowercase(),
            version: source_version(version).to_owned(),
        })
    }
}

/// Types whose packages a distribution builds from source packages.
fn is_distribution(package_type: &str) -> bool {
    matches!(package_type, "deb" | "rpm" | "apk" | "alpm")
}

/// The version of the source package: a rebuild of the same source (Debian's `+b1`) does not change it.
pub(crate) fn source_version(version: &str) -> &str {
    match version.rsplit_once("+b") {
        Some((rest, build)) if !build.is_empty() && build.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => version,
    }
}

fn join(namespace: &str, name: &str) -> String {
    if namespace.is_empty() {
        name.to_lowercase()
    } else {
        format!("{namespace}/{name}").to_lowercase()
    }
}

/// PEP 503: runs of `-`, `_` and `.` are one `-`.
fn pep503(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut separated = false;
    for c in name.chars() {
        let separator = matches!(c, '-' | '_' | '.');
        if !separator {
            normal.push(c);
        } else if !separated {
            normal.push('-');
        }
        separated = separator;
    }
    normal
}

/// `github.com/docker/docker/v20` is `github.com/docker/docker`: the version repeats the major.
fn without_major_suffix(name: &str) -> &str {
    match name.rsplit_once("/v") {
        Some((module, major)) if !major.is_empty() && major.bytes().all(|b| b.is_ascii_digit()) => module,
        _ => name,
    }
}

fn loose_name(package_type: &str, name: &str) -> String {
    let name = match package_type {
        "maven" => name.rsplit('/').next().unwrap_or(name),
        "" => name.rsplit(':').next().unwrap_or(name),
        _ => name,
    };
    pep503(without_major_suffix(name))
}

fn normal_version<'a>(package_type: &str, version: &'a str) -> &'a str {
    let version = version.trim();
    let digit = |text: &str| text.bytes().next().is_some_and(|b| b.is_ascii_digit());
    if (is_distribution(package_type) || package_type.is_empty())
        && let Some((epoch, rest)) = version.split_once(':')
        && !epoch.is_empty()
        && epoch.bytes().all(|b| b.is_ascii_digit())
    {
        return rest;
    }
    if is_distribution(package_type) {
        return version;
    }
    let bare = version
        .strip_prefix("go")
        .filter(|_| package_type == "golang")
        .or_else(|| version.strip_prefix(['v', 'V']))
        .filter(|bare| digit(bare))
        .unwrap_or(version);
    bare.strip_suffix("+incompatible").unwrap_or(bare)
}

/// The parts of a package URL that identity needs.
struct Purl {
    package_type: String,
    namespace: String,
    name: String,
    version: Option<String>,
    upstream: Option<String>,
}

impl Purl {
    /// Reads what scanners write, which is a little wider than the specification: an unencoded `@` in a scope, a
    /// `//` after the scheme. `None` where there is no type or no name.
    fn parse(text: &str) -> Option<Self> {
        let scheme = text.get(..4)?;
        if !scheme.eq_ignore_ascii_case("pkg:") {
            return None;
        }
        let rest = text[4..].trim_start_matches('/');
        let rest = rest.split('#').next().unwrap_or(rest);
        let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        let (package_type, path) = rest.split_once('/')?;
        let (path, version) = match path.rsplit_once('@') {
            // The `@` of an unencoded scope: `pkg:npm/@babel/traverse`.
            Some((_, tail)) if tail.contains('/') => (path, None),
            Some((path, version)) if !path.is_empty() => (path, Some(version)),
            _ => (path, None),
        };
        let path = path.trim_matches('/');
        let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
        if package_type.is_empty() || name.is_empty() {
            return None;
        }
        let upstream = qualifiers
            .split('&')
            .find_map(|pair| pair.strip_prefix("upstream="))
            .map(|value| decode(value).into_owned());
        Some(Self {
            package_type: package_type.to_ascii_lowercase(),
            namespace: decode(namespace).into_owned(),
            name: decode(name).into_owned(),
            version: version.map(|version| decode(version).into_owned()),
            upstream,
        })
    }
}

/// Percent-decodes; what is no valid escape or no UTF-8 stays as it is.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let nibble = |offset: usize| {
            let digit = char::from(*bytes.get(at + offset)?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        match (bytes[at], nibble(1), nibble(2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high << 4 | low);
                at += 3;
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sealift_types::SourcePackage;

    use super::*;

    fn purl(text: &str) -> Component {
        Component::of(&Package {
            purl: Some(text.to_owned()),
            ..Package::named("ignored")
        })
    }

    fn named(package_type: &str, name: &str, version: &str) -> Component {
        Component::of(&Package {
            package_type: (!package_type.is_empty()).then(|| package_type.to_owned()),
            version: Some(version.to_owned()),
            ..Package::named(name)
        })
    }

    #[track_caller]
    fn check(component: &Component, package_type: &str, name: &str, version: &str) {
        assert_eq!(
            (
                component.package_type.as_str(),
                component.name.as_str(),
                component.version.as_str()
            ),
            (package_type, name, version)
        );
    }

    #[test]
    fn packages_of_distributions() {
        for text in [
            "pkg:deb/debian/login@1%3A4.13-2?arch=amd64&upstream=shadow",
            "pkg:deb/debian/login@4.13-2?arch=amd64&distro=debian-12&epoch=1",
            "pkg:deb/ubuntu/LOGIN@1:4.13-2",
        ] {
            check(&purl(text), "deb", "login", "4.13-2");
        }
        let snyk = named("deb", "shadow/login", "1:4.13-2+b1");
        check(&snyk, "deb", "login", "4.13-2+b1");
        assert_eq!(
            snyk.source.unwrap(),
            Source {
                name: "shadow".to_owned(),
                version: "4.13-2".to_owned()
            }
        );
        check(&named("rpm", "bash", "0:5.1-2.el9"), "rpm", "bash", "5.1-2.el9");
        let stated = Component::of(&Package {
            package_type: Some("deb".to_owned()),
            version: Some("2:1.02.185-2".to_owned()),
            source: Some(SourcePackage::new("lvm2", Some("2.03.16-2".to_owned()))),
            ..Package::named("dmsetup")
        });
        assert_eq!(stated.source.unwrap().version, "2.03.16-2");
        let grype = purl("pkg:deb/debian/dmsetup@2%3A1.02?upstream=lvm2%402.03");
        assert_eq!(grype.source.unwrap().version, "2.03");
    }

    #[test]
    fn packages_of_languages() {
        let pairs = [
            (
                "pkg:pypi/ruamel_yaml.clib@0.2",
                named("pypi", "Ruamel.Yaml--CLIB", "0.2"),
            ),
            (
                "pkg:npm/%40babel/traverse@7.1.0",
                named("npm", "@babel/traverse", "7.1.0"),
            ),
            (
                "pkg:npm/@babel/traverse@7.1.0",
                named("npm", "@babel/traverse", "v7.1.0"),
            ),
            ("pkg:maven/org.a/b@1", named("maven", "org.a:b", "1")),
            ("pkg:maven/org.a/b@1", named("maven", "org.a/b", "1")),
            (
                "pkg:golang/github.com/docker/docker@20.1.0",
                named("golang", "github.com/Docker/docker/v20", "v20.1.0+incompatible"),
            ),
            ("pkg:golang/stdlib@1.20.1", named("golang", "stdlib", "go1.20.1")),
            (
                "pkg:nuget/Newtonsoft.Json@9",
                named("nuget", "newtonsoft.json", "9"),
            ),
            (
                "pkg:composer/symfony/yaml@v5.1",
                named("composer", "symfony/yaml", "5.1"),
            ),
            ("pkg:gem/rack@1", named("gem", "rack", "1")),
        ];
        for (text, expected) in pairs {
            assert_eq!(purl(text), expected, "{text}");
        }
    }

    #[test]
    fn without_a_type_the_loose_name_decides() {
        let pairs = [
            (named("", "PyYAML", "1"), named("pypi", "pyyaml", "1")),
            (named("", "Ruamel_yaml", "1"), named("pypi", "ruamel.yaml", "1")),
            (named("", "org.a:b", "1"), named("maven", "org.a:b", "1")),
            (named("", "login", "1:4.13"), named("deb", "login", "4.13")),
            (
                named("", "golang.org/x/net", "v0.1.0"),
                named("golang", "golang.org/x/net", "0.1.0"),
            ),
        ];
        for (untyped, typed) in pairs {
            assert_eq!(untyped.loose_name, typed.loose_name);
            assert_eq!(untyped.version, typed.version);
            assert!(!untyped.is_complete() && typed.is_complete());
        }
        assert!(!named("maven", "b/b", "1").is_complete());
        assert_eq!(
            named("maven", "b/b", "1").loose_name,
            named("maven", "g/b", "1").loose_name
        );
    }

    #[test]
    fn what_is_no_purl_is_a_name() {
        for text in [
            "",
            "pkg:",
            "pkg:npm",
            "pkg:npm/",
            "pkg:/x",
            "npm/x",
            "pkg:npm/@1",
            "päg:npm/x",
        ] {
            let component = Component::of(&Package {
                purl: Some(text.to_owned()),
                ..Package::named("Name")
            });
            assert!(
                component.name == "name" || component.name == "@1",
                "{text}: {component:?}"
            );
        }
        check(&purl("pkg:npm/a%zz%@1%2"), "npm", "a%zz%", "1%2");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn never_panics(text in "(pkg:)?[a-z%@/?#:&=+.v0-9é-]{0,40}", name in ".{0,12}", kind in "deb|golang|maven|pypi|") {
            let component = Component::of(&Package {
                purl: Some(text.clone()),
                package_type: Some(kind),
                version: Some(text),
                ..Package::named(name)
            });
            prop_assert_eq!(component.clone(), component);
        }
    }
}
