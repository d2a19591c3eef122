//! Package URLs, as far as an exception's scope needs them (purl-spec, "Rules for each purl component").

use std::borrow::Cow;

use sealift_types::Package;

/// A package URL in its parts, percent-decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Purl {
    pub(crate) package_type: String,
    /// Namespace and name with `/` between; lower case where the type says so.
    pub(crate) path: String,
    pub(crate) version: Option<String>,
    pub(crate) qualifiers: Vec<(String, String)>,
}

impl Purl {
    /// The parts of `text`; `None` where it is no package URL.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix("pkg:")?.trim_start_matches('/');
        let rest = rest.split('#').next().unwrap_or(rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (package_type, path) = rest.split_once('/')?;
        // A scope's `@` is written `%40`, but is seen unescaped: a version never holds a slash.
        let (path, version) = match path.rsplit_once('@') {
            Some((path, version)) if !path.is_empty() && !version.contains('/') => {
                (path, Some(decode(version)?))
            }
            _ => (path, None),
        };
        let path = decode(path.trim_matches('/'))?;
        if package_type.is_empty() || path.is_empty() {
            return None;
        }
        let package_type = package_type.to_ascii_lowercase();
        let qualifiers = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| Some((key.to_ascii_lowercase(), decode(value)?.into_owned())))
            .collect::<Option<Vec<_>>>()?;
        Some(Self {
            path: normalised(&package_type, &path),
            package_type,
            version: version.filter(|version| !version.is_empty()).map(Cow::into_owned),
            qualifiers,
        })
    }

    /// Whether `package` is what this URL names. Where the package has a purl, that is compared, with the
    /// qualifiers that this URL states; else type, name and version are, and qualifiers cannot be told, so a URL
    /// with any does not fit.
    pub(crate) fn fits(&self, package: &Package) -> bool {
        let Some(other) = package.purl.as_deref().and_then(Purl::parse) else {
            return self.fits_by_name(package);
        };
        let mut qualifiers = self.qualifiers.iter().filter(|(key, _)| key != "epoch");
        self.package_type == other.package_type
            && self.path == other.path
            && self.version_fits(other.version.as_deref(), &other.qualifiers)
            && qualifiers.all(|qualifier| other.qualifiers.contains(qualifier))
    }

    fn fits_by_name(&self, package: &Package) -> bool {
        let package_type = self.package_type.as_str();
        let name = match package_type {
            "maven" => normalised(package_type, &package.name.replace(':', "/")),
            _ => normalised(package_type, &package.name),
        };
        // Scanners print a distribution's packages without the distribution.
        let is_distribution = matches!(package_type, "deb" | "rpm" | "apk");
        let last = self.path.rsplit_once('/').map(|(_, last)| last);
        package.package_type.as_deref() == Some(package_type)
            && (name == self.path || is_distribution && last == Some(name.as_str()))
            && self.version_fits(package.version.as_deref(), &[])
            && self.qualifiers.iter().all(|(key, _)| key == "epoch")
    }

    /// A version fits with its epoch before a colon or in the qualifier `epoch`.
    fn version_fits(&self, version: Option<&str>, qualifiers: &[(String, String)]) -> bool {
        let Some(own) = &self.version else {
            return true;
        };
        let whole = |version: &str, qualifiers: &[(String, String)]| {
            let epoch = qualifiers
                .iter()
                .find(|(key, _)| key == "epoch")
                .map(|(_, epoch)| epoch);
            match epoch {
                Some(epoch) if !version.contains(':') => format!("{epoch}:{version}"),
                _ => version.to_owned(),
            }
        };
        let plain = |version: String| version.strip_prefix("0:").map_or(version.clone(), str::to_owned);
        version
            .is_some_and(|version| plain(whole(own, &self.qualifiers)) == plain(whole(version, qualifiers)))
    }
}

/// `PyPI` names fold case, `_` and `.` (PEP 503); the others named here fold case.
fn normalised(package_type: &str, path: &str) -> String {
    match package_type {
        "pypi" => {
            let mut name = String::with_capacity(path.len());
            for c in path.to_lowercase().chars() {
                let c = if matches!(c, '_' | '.') { '-' } else { c };
                if !(c == '-' && name.ends_with('-')) {
                    name.push(c);
                }
            }
            name
        }
        "deb" | "apk" | "github" | "bitbucket" | "composer" | "golang" | "nuget" | "hex" | "oci"
        | "docker" => path.to_lowercase(),
        _ => path.to_owned(),
    }
}

/// Percent-decoded text; `None` where that is not UTF-8 or an escape is cut.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut nibble = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (nibble()?, nibble()?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(purl: Option<&str>, package_type: &str, name: &str, version: &str) -> Package {
        Package {
            purl: purl.map(str::to_owned),
            package_type: Some(package_type.to_owned()),
            version: Some(version.to_owned()),
            ..Package::named(name)
        }
    }

    #[test]
    fn with_a_purl_on_both_sides() {
        let check = |exception: &str, finding: &str, expected| {
            let package = package(Some(finding), "x", "x", "x");
            assert_eq!(
                Purl::parse(exception).unwrap().fits(&package),
                expected,
                "{exception} {finding}"
            );
        };
        check(
            "pkg:npm/%40babel/traverse",
            "pkg:npm/%40babel/traverse@7.1.0",
            true,
        );
        check(
            "pkg:npm/@babel/traverse@7.1.0",
            "pkg:npm/%40babel/traverse@7.1.0",
            true,
        );
        check("pkg:npm/traverse", "pkg:npm/%40babel/traverse@7.1.0", false);
        check(
            "pkg:deb/debian/curl@7.88",
            "pkg:deb/debian/curl@7.88?arch=amd64",
            true,
        );
        check(
            "pkg:deb/debian/curl?arch=arm64",
            "pkg:deb/debian/curl@7.88?arch=amd64",
            false,
        );
        check("pkg:deb/debian/curl@7.88", "pkg:deb/debian/curl@7.89", false);
        check(
            "pkg:rpm/redhat/bash@1%3A4.4",
            "pkg:rpm/redhat/bash@4.4?epoch=1",
            true,
        );
        check("pkg:pypi/Zope.Interface", "pkg:pypi/zope-interface@5", true);
    }

    #[test]
    fn a_finding_without_a_purl() {
        let check = |exception: &str, package: &Package, expected| {
            assert_eq!(
                Purl::parse(exception).unwrap().fits(package),
                expected,
                "{exception} {package:?}"
            );
        };
        check(
            "pkg:deb/debian/curl@7.88",
            &package(None, "deb", "curl", "7.88"),
            true,
        );
        check(
            "pkg:deb/debian/curl?arch=amd64",
            &package(None, "deb", "curl", "7.88"),
            false,
        );
        check(
            "pkg:maven/org.apache/log4j",
            &package(None, "maven", "org.apache:log4j", "2"),
            true,
        );
        check("pkg:npm/curl", &package(None, "deb", "curl", "7.88"), false);
    }

    #[test]
    fn what_is_no_purl() {
        for text in [
            "",
            "curl",
            "pkg:",
            "pkg:npm",
            "pkg:npm/",
            "pkg:npm/%zz",
            "pkg:npm/%4",
        ] {
            assert_eq!(Purl::parse(text), None, "{text}");
        }
    }
}
