//! Names of images as registries know them: `docker.io/acme/app:1.2`.

use std::collections::HashSet;

use sealift_gate::ImageFacts;
use sealift_types::{Digest, FindingSet, Report};

/// No registry takes longer names.
const MAX_LENGTH: usize = 255 + 1 + 128 + 1 + 7 + 128;

/// A name from the command line.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    if text.starts_with("oci:") {
        return Err(
            "this is a place, which changes from machine to machine; write what the image is called in a \
                    registry"
                .to_owned(),
        );
    }
    if is_name(text) {
        Ok(text.to_owned())
    } else {
        Err("write it as in a registry: docker.io/acme/app, with a tag or a digest if need be".to_owned())
    }
}

/// Whether this is what an image is called: no path of a machine, no archive, no layout.
pub(crate) fn is_name(text: &str) -> bool {
    let repository = without_tag(text);
    let is_segment = |segment: &str| {
        segment.starts_with(|c: char| c.is_ascii_alphanumeric())
            && segment
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    let (host, rest) = match repository.split_once('/') {
        Some((host, rest)) => (Some(host), rest),
        None => (None, repository),
    };
    // A port is the only colon that is left.
    let is_host = |host: &str| match host.split_once(':') {
        Some((host, port)) => {
            is_segment(host) && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
        }
        None => is_segment(host),
    };
    let is_archive = [".tar", ".tgz", ".tar.gz"]
        .iter()
        .any(|end| repository.ends_with(end));
    text.len() <= MAX_LENGTH
        && !is_archive
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-/:@".contains(c))
        && host.is_none_or(is_host)
        && rest.split('/').all(is_segment)
}

/// The name without tag and digest.
fn without_tag(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or(name);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

/// The digest in `docker.io/acme/app:1.2@sha256:…`.
pub(crate) fn digest_in(name: &str) -> Option<Digest> {
    name.rsplit_once('@')?.1.parse().ok()
}

/// The name, without its tag, that all reports give to this image. Only reports that name a digest of the image are
/// asked: exceptions are matched by name, and a report about another image must not choose them.
pub(crate) fn agreed(set: &FindingSet, image: &ImageFacts) -> Option<String> {
    let digests: HashSet<&Digest> = image
        .platforms
        .iter()
        .flat_map(|platform| [&platform.digest, &platform.image_id])
        .chain([&image.digest])
        .flatten()
        .collect();
    let is_about = |report: &&Report| {
        let subject = &report.subject;
        subject
            .digests
            .iter()
            .chain(&subject.image_id)
            .any(|digest| digests.contains(digest))
    };
    one_name(set.reports.iter().filter(is_about))
}

/// The name, without its tag, that all reports agree on, whatever they are about.
pub(crate) fn stated(set: &FindingSet) -> Option<String> {
    one_name(set.reports.iter())
}

fn one_name<'a>(reports: impl Iterator<Item = &'a Report>) -> Option<String> {
    let mut names = reports
        .filter_map(|report| report.subject.name.as_deref())
        // Trivy names a target `alpine:3.18 (alpine 3.18.0)`.
        .map(|name| name.split(' ').next().unwrap_or(name));
    let first = names.next().filter(|name| is_name(name)).map(without_tag)?;
    names
        .all(|name| is_name(name) && without_tag(name) == first)
        .then(|| first.to_owned())
}

/// The first of a layout's own names that is an image's: a mere tag is none.
pub(crate) fn annotated(names: &[String]) -> Option<String> {
    names
        .iter()
        .find(|name| name.contains('/') && is_name(name))
        .map(|name| without_tag(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_places() {
        for name in [
            "app",
            "acme/app",
            "docker.io/acme/app:1.2",
            "localhost:5000/acme/app:1",
            "ghcr.io/acme/app@sha256:00",
        ] {
            assert!(parse(name).is_ok(), "{name}");
        }
        for place in [
            "",
            ".",
            "./layout",
            "/tmp/layout",
            "oci:layout:app",
            "docker-archive:/tmp/a",
            "build/app.tar",
            "a//b",
            "a/../b",
            "a b",
            "alpine:3.18 (alpine 3.18.0)",
            "C:\\image",
        ] {
            assert!(parse(place).is_err(), "{place}");
        }
    }

    #[test]
    fn tags_name_no_image() {
        assert_eq!(annotated(&["app".to_owned(), "latest".to_owned()]), None);
        let names = ["1.2".to_owned(), "registry.example/app:1.2".to_owned()];
        assert_eq!(annotated(&names).as_deref(), Some("registry.example/app"));
    }
}
