//! One normalised name for a component, so that the words of different scanners compare equal.
//!
//! Sources: purl-spec (`PURL-SPECIFICATION.rst`, `PURL-TYPES.rst`), PEP 503 for `PyPI` names, Go's module reference for
//! major version suffixes, Debian policy 5.6.12 for epochs. The rules and their reasons stand in `docs/identity.md`.
//! Nothing here fails: text that is no package URL is a name like any other.

use std::borrow::Cow;

use sealift_types::{Finding, Kind, Package};

/// Scanners whose rows name a distribution's source package, not the binary packages that are installed.
const SOURCE_NAMING: [&str; 2] = ["docker-scout", "osv-scanner"];

/// A component in one version, normalised. Text that is normal already is borrowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Component<'a> {
    /// purl type; empty where none is stated.
    pub(crate) package_type: Cow<'a, str>,
    /// Namespace and name, joined by `/`, in lower case. Without the distribution for packages of one.
    pub(crate) name: Cow<'a, str>,
    /// The name as far as a scanner that states no type would write it too.
    pub(crate) loose_name: Cow<'a, str>,
    /// Version without epoch and `v`; empty where none is stated.
    pub(crate) version: Cow<'a, str>,
    /// Source package of a distribution's package, where stated.
    pub(crate) source: Option<Source<'a>>,
}

/// A source package, normalised; the version is the binary package's where none is stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) version: Cow<'a, str>,
}

impl<'a> Component<'a> {
    /// What `finding` is about: the package of a vulnerability or a licence; the place of everything else.
    pub(crate) fn of_finding(finding: &'a Finding) -> Self {
        if let (Some(package), Kind::Vulnerability | Kind::License) = (&finding.package, finding.kind) {
            return Self::of(package);
        }
        let Some(place) = finding.statements.first().and_then(|s| s.locations.first()) else {
            return Self::default();
        };
        Self {
            name: Cow::Borrowed(&place.path),
            version: place.line.map(|line| line.to_string().into()).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The component that `package` names.
    pub(crate) fn of(package: &'a Package) -> Self {
        let purl = package.purl.as_deref().and_then(Purl::parse);
        let stated_type = purl.as_ref().map(|purl| purl.package_type);
        let package_type = lower(
            stated_type
                .or(package.package_type.as_deref())
                .unwrap_or_default()
                .into(),
        );
        let distribution = is_distribution(&package_type);
        let mut source_in_name = None;
        let name = match &purl {
            Some(purl) if distribution => purl.name(),
            Some(purl) => decode(purl.path),
            None if distribution => {
                // Snyk writes `source/binary`.
                match package.name.rsplit_once('/') {
                    Some((source, binary)) if !binary.is_empty() => {
                        source_in_name = Some(source);
                        Cow::Borrowed(binary)
                    }
                    _ => Cow::Borrowed(package.name.as_str()),
                }
            }
            // Maven's `group:artifact` reads `group/artifact` in a purl.
            None if package_type == "maven" => package.name.replacen(':', "/", 1).into(),
            None => Cow::Borrowed(package.name.as_str()),
        };
        let name = match package_type.as_ref() {
            "pypi" => map(&lower(name), pep503),
            "golang" => map(&lower(name), |name| without_major_suffix(name).into()),
            _ => lower(name),
        };
        let stated_version = match package.version.as_deref() {
            Some(version) if !version.is_empty() => Cow::Borrowed(version),
            _ => purl
                .as_ref()
                .and_then(|purl| purl.version)
                .map(decode)
                .unwrap_or_default(),
        };
        let version = map(&stated_version, |version| {
            normal_version(&package_type, version).into()
        });
        let source = distribution
            .then(|| Source::of(package, purl.as_ref(), source_in_name, &version))
            .flatten();
        Self {
            loose_name: map(&name, |name| loose_name(&package_type, name)),
            package_type,
            name,
            version,
            source,
        }
    }

    /// Whether it names a package fully. Without a type it does not; nor does a Java archive whose group is only
    /// its own name again, which is what Syft writes where it finds no group.
    pub(crate) fn is_complete(&self) -> bool {
        match self.package_type.as_ref() {
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

impl<'a> Source<'a> {
    fn of(
        package: &'a Package,
        purl: Option<&Purl<'a>>,
        in_name: Option<&'a str>,
        binary_version: &Cow<'a, str>,
    ) -> Option<Self> {
        let (name, version) = if let Some(source) = &package.source {
            let version = source.version.as_deref().map(Cow::Borrowed);
            (Cow::Borrowed(source.name.as_str()), version)
        } else if let Some(upstream) = purl.and_then(|purl| purl.upstream) {
            // Grype: `upstream=openssl` or `upstream=openssl@1.1.1n-0`.
            let upstream = decode(upstream);
            let part = |at: usize| {
                map(&upstream, |text| {
                    text.splitn(2, '@').nth(at).unwrap_or_default().into()
                })
            };
            (part(0), Some(part(1)))
        } else {
            (Cow::Borrowed(in_name?), None)
        };
        if name.is_empty() {
            return None;
        }
        let version = version.filter(|version| !version.is_empty());
        let version = version.map_or_else(
            || binary_version.clone(),
            |version| map(&version, |version| normal_version("deb", version).into()),
        );
        Some(Self {
            name: lower(name),
            version: map(&version, |version| source_version(version).into()),
        })
    }
}

/// Changes the text, without a copy where a part of borrowed text is left.
fn map<'a>(text: &Cow<'a, str>, change: impl for<'t> Fn(&'t str) -> Cow<'t, str>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => change(text),
        Cow::Owned(text) => Cow::Owned(change(text).into_owned()),
    }
}

fn lower(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        return text;
    }
    Cow::Owned(text.to_lowercase())
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

/// PEP 503: runs of `-`, `_` and `.` are one `-`.
fn pep503(name: &str) -> Cow<'_, str> {
    if !name.contains(['_', '.']) && !name.contains("--") {
        return Cow::Borrowed(name);
    }
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
    Cow::Owned(normal)
}

/// `github.com/docker/docker/v20` is `github.com/docker/docker`: the version repeats the major.
fn without_major_suffix(name: &str) -> &str {
    match name.rsplit_once("/v") {
        Some((module, major)) if !major.is_empty() && major.bytes().all(|b| b.is_ascii_digit()) => module,
        _ => name,
    }
}

fn loose_name<'a>(package_type: &str, name: &'a str) -> Cow<'a, str> {
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

/// The parts of a package URL that identity needs, still percent-encoded.
struct Purl<'a> {
    package_type: &'a str,
    /// Namespace and name.
    path: &'a str,
    version: Option<&'a str>,
    /// The qualifier in which Syft and Grype name the source package.
    upstream: Option<&'a str>,
}

impl<'a> Purl<'a> {
    /// Reads what scanners write, which is a little wider than the specification: an unencoded `@` in a scope, a
    /// `//` after the scheme. `None` where there is no type or no name.
    fn parse(text: &'a str) -> Option<Self> {
        if !text.get(..4)?.eq_ignore_ascii_case("pkg:") {
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
        if package_type.is_empty() || path.is_empty() {
            return None;
        }
        let upstream = qualifiers
            .split('&')
            .find_map(|pair| pair.strip_prefix("upstream="));
        Some(Self {
            package_type,
            path,
            version,
            upstream,
        })
    }

    /// The name without its namespace.
    fn name(&self) -> Cow<'a, str> {
        decode(self.path.rsplit('/').next().unwrap_or(self.path))
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

    fn purl(text: &str) -> Component<'static> {
        of(Package {
            purl: Some(text.to_owned()),
            ..Package::named("ignored")
        })
    }

    fn of(package: Package) -> Component<'static> {
        Component::of(Box::leak(Box::new(package)))
    }

    fn named(package_type: &str, name: &str, version: &str) -> Component<'static> {
        of(Package {
            package_type: (!package_type.is_empty()).then(|| package_type.to_owned()),
            version: Some(version.to_owned()),
            ..Package::named(name)
        })
    }

    #[track_caller]
    fn check(component: &Component<'_>, package_type: &str, name: &str, version: &str) {
        assert_eq!(
            (
                component.package_type.as_ref(),
                component.name.as_ref(),
                component.version.as_ref()
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
                name: "shadow".into(),
                version: "4.13-2".into()
            }
        );
        check(&named("rpm", "bash", "0:5.1-2.el9"), "rpm", "bash", "5.1-2.el9");
        let stated = of(Package {
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
            let component = of(Package {
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
            let package = Package {
                purl: Some(text.clone()),
                package_type: Some(kind),
                version: Some(text),
                ..Package::named(name)
            };
            let component = Component::of(&package);
            // Normal text is normal: what was normalised once stays as it is.
            prop_assert_eq!(lower(component.name.clone()), component.name);
            prop_assert!(!component.version.starts_with(' '));
        }
    }
}
