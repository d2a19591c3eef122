//! What a package URL scopes an exception to: a package, or an image.
//!
//! Source: package-url/purl-spec, `PURL-SPECIFICATION.rst`; the types `oci` and `docker` in `PURL-TYPES.rst`.

use sealift_types::Digest;

use super::Refusal;
use crate::exceptions::purl::Purl;
use crate::exceptions::{ImageScope, PackageScope};
use crate::glob::{GlobError, NameGlob};

/// A package URL that can be compared with a finding's in every part that it states.
///
/// A part that comparing would pass over (a subpath, half a qualifier) makes the scope broader, so it is refused.
pub(super) fn purl(text: &str) -> Result<Purl, Refusal> {
    const HELP: &str = "write pkg:type/namespace/name@version";
    let text = text.trim();
    let query = text.split_once('?').map_or("", |(_, query)| query);
    if text.len() > 2048 || text.chars().any(char::is_control) {
        return Err(Refusal::new(
            "its package URL is too long or holds control characters",
            HELP,
        ));
    }
    if text.contains('#') {
        return Err(Refusal::new(
            "a part of a package (a subpath) cannot be told from the package",
            "name the package without the subpath, if all of it is meant",
        ));
    }
    if query
        .split('&')
        .any(|pair| !pair.is_empty() && !pair.contains('='))
    {
        return Err(Refusal::new(
            "its package URL has a qualifier without a value",
            HELP,
        ));
    }
    let shown = || {
        format!(
            "not a package URL: {:?}",
            text.chars().take(80).collect::<String>()
        )
    };
    Purl::parse(text).ok_or_else(|| Refusal::new(shown(), HELP))
}

/// The package that a package URL names. An image is none.
pub(super) fn package(text: &str) -> Result<PackageScope, Refusal> {
    if is_image(&purl(text)?) {
        return Err(Refusal::new(
            "names an image where a package is meant",
            "name the package inside the image",
        ));
    }
    Ok(PackageScope {
        purl: Some(text.trim().to_owned()),
        ..PackageScope::default()
    })
}

/// A name or version as it stands, however it looks.
pub(super) fn literal(text: &str) -> Result<NameGlob, Refusal> {
    NameGlob::literal(text).map_err(|error| match error {
        GlobError::Empty => Refusal::new("an empty name or version", "leave the key out, or fill it in"),
        _ => Refusal::new("a name or version of more than 1,024 bytes", "check the file"),
    })
}

pub(super) fn is_image(purl: &Purl) -> bool {
    matches!(purl.package_type.as_str(), "oci" | "docker")
}

/// The images that an `oci` or `docker` package URL names, one scope for each spelling of the name.
pub(super) fn images(purl: &Purl) -> Result<Vec<ImageScope>, Refusal> {
    let qualifier = |key: &str| {
        let found = purl.qualifiers.iter().find(|(name, _)| name == key);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    };
    let version = purl.version.as_deref();
    let digest: Option<Digest> = version.and_then(|version| version.parse().ok());
    let tag = match version {
        // A digest says which image it is, whatever its tag and platform.
        Some(_) if digest.is_some() => None,
        // An oci URL's version is a digest; a docker URL's may be a tag.
        Some(version) if purl.package_type == "oci" || version.contains(':') => {
            return Err(Refusal::new(
                format!(
                    "the image's version is no digest: {:?}",
                    version.chars().take(80).collect::<String>()
                ),
                "name the image by its digest: pkg:oci/app@sha256%3A<64 hex digits>",
            ));
        }
        Some(version) => Some(version),
        None => qualifier("tag"),
    };
    if digest.is_none() && (qualifier("arch").is_some() || qualifier("os").is_some()) {
        return Err(Refusal::new(
            "names one platform of an image without its digest",
            "name the platform's manifest by its digest",
        ));
    }
    let tagged = |name: &str| tag.map_or_else(|| name.to_owned(), |tag| format!("{name}:{tag}"));
    let name = purl.path.as_str();
    let globs = match (qualifier("repository_url"), purl.package_type.as_str()) {
        (Some(repository), "oci") => spellings(repository),
        (registry, "docker") => spellings(&format!("{}/{name}", registry.unwrap_or("docker.io"))),
        _ if digest.is_some() => return Ok(vec![ImageScope { name: None, digest }]),
        _ => {
            // The last part of any repository.
            let last = literal(&tagged(name))?;
            let any = NameGlob::new(&format!("*/{}", last.as_str()))
                .map_err(|_| Refusal::new("the image's name is too long", "name the image by its digest"))?;
            return Ok([last, any]
                .map(|name| ImageScope {
                    name: Some(name),
                    digest: None,
                })
                .into());
        }
    };
    let scope = |name: &String| {
        Ok(ImageScope {
            name: Some(literal(&tagged(name))?),
            digest: digest.clone(),
        })
    };
    globs.iter().map(scope).collect()
}

/// The image that a reference names: `ghcr.io/me/app:1.2`, `…@sha256:…`.
pub(super) fn image_reference(text: &str) -> Result<Vec<ImageScope>, Refusal> {
    let (name, digest) = match text.trim().split_once('@') {
        Some((name, digest)) => {
            let digest: Digest = digest.parse().map_err(|_| {
                Refusal::new(
                    "the image's digest cannot be read",
                    "write sha256:<64 hex digits>",
                )
            })?;
            (name, Some(digest))
        }
        None => (text.trim(), None),
    };
    if digest.is_some() {
        return Ok(vec![ImageScope { name: None, digest }]);
    }
    let scope = |name: &String| {
        Ok(ImageScope {
            name: Some(literal(name)?),
            digest: None,
        })
    };
    spellings(name).iter().map(scope).collect()
}

/// A repository's name as people spell it: Docker Hub's has several spellings.
fn spellings(repository: &str) -> Vec<String> {
    let repository = repository.trim_start_matches("https://").trim_matches('/');
    let hub = ["index.docker.io/", "registry-1.docker.io/", "docker.io/"];
    let path = hub.iter().find_map(|host| repository.strip_prefix(host));
    let has_host = repository.split('/').next().is_some_and(|first| {
        repository.contains('/') && (first.contains(['.', ':']) || first == "localhost")
    });
    let path = match path {
        Some(path) => path,
        None if !has_host => repository,
        None => return vec![repository.to_owned()],
    };
    let full = if path.contains('/') {
        path.to_owned()
    } else {
        format!("library/{path}")
    };
    let mut names = vec![
        format!("docker.io/{full}"),
        format!("index.docker.io/{full}"),
        full.clone(),
    ];
    if let Some(short) = full.strip_prefix("library/") {
        names.push(format!("docker.io/{short}"));
        names.push(short.to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(scopes: Result<Vec<ImageScope>, Refusal>) -> Vec<String> {
        let one = |scope: &ImageScope| {
            let name = scope.name.as_ref().map_or("-", |name| name.as_str());
            format!("{name} {}", if scope.digest.is_some() { "digest" } else { "any" })
        };
        scopes.unwrap_or_default().iter().map(one).collect()
    }

    #[test]
    fn images_of_a_package_url() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(shown(images(&purl(text).unwrap())), expected, "{text}");
        };
        let escaped = digest.replace(':', "%3A");
        check(&format!("pkg:oci/app@{digest}"), &["- digest"]);
        check(
            &format!("pkg:oci/app@{escaped}?repository_url=ghcr.io/me/app&arch=amd64&tag=1"),
            &["ghcr.io/me/app digest"],
        );
        check(
            "pkg:oci/app?repository_url=ghcr.io/me/app&tag=1",
            &["ghcr.io/me/app:1 any"],
        );
        check("pkg:oci/app", &["app any", "*/app any"]);
        check("pkg:oci/app?arch=amd64", &[]);
        check("pkg:oci/app@1.0", &[]);
        check(
            "pkg:docker/me/app@1.0?repository_url=gcr.io",
            &["gcr.io/me/app:1.0 any"],
        );
        check(
            "pkg:oci/debian?repository_url=docker.io/library/debian",
            &[
                "docker.io/library/debian any",
                "index.docker.io/library/debian any",
                "library/debian any",
                "docker.io/debian any",
                "debian any",
            ],
        );
    }

    #[test]
    fn a_part_that_is_not_compared_is_refused() {
        let refused = |text: &str| assert!(purl(text).is_err(), "{text}");
        refused("pkg:golang/a/b@v1#sub");
        refused("pkg:npm/a?x");
        refused("pkg:npm");
        refused("cpe:2.3:a:b:c");
        refused("pkg:npm/a\u{7}");
        assert!(package("pkg:oci/app").is_err());
        assert!(package("pkg:deb/debian/curl@7?arch=amd64").is_ok());
    }
}
