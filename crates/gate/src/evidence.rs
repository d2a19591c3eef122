//! Scanner reports as evidence: whether they hold results, and whether they are about this image.

use sealift_types::{Digest, Report as ScanReport, Subject};

use crate::facts::{Facts, ImageFacts, PlatformFacts};
use crate::report::{Evidence, SubjectMatch};

/// Warnings of a report that proves nothing, however well-formed it is: it holds no results at all, or its scanner
/// says that the run failed.
const PROVES_NOTHING: [&str; 5] = [
    "no-runs",
    "results-absent",
    "null-report",
    "failed-without-rows",
    "execution-failed",
];

/// Every report of the facts, in their order.
pub(crate) fn collect(facts: &Facts) -> Vec<Evidence> {
    let mut findings = vec![0; facts.findings.reports.len()];
    for statement in facts
        .findings
        .findings
        .iter()
        .flat_map(|finding| &finding.statements)
    {
        if let Some(count) = findings.get_mut(statement.report as usize) {
            *count += 1;
        }
    }
    facts
        .findings
        .reports
        .iter()
        .zip(findings)
        .map(|(report, findings)| evidence(report, facts.image.as_ref(), findings))
        .collect()
}

fn evidence(report: &ScanReport, image: Option<&ImageFacts>, findings: u64) -> Evidence {
    let subject = compare(&report.subject, image);
    Evidence {
        source: report.source.clone(),
        run: report.run,
        scanner: report.scanner.clone(),
        format: report.format.clone(),
        version: report.version.clone(),
        digest: report.digest.clone(),
        created: report.created,
        database: report.database,
        platform: subject
            .platforms
            .first()
            .and_then(|index| image?.platforms.get(*index)?.platform.clone())
            .or_else(|| report.subject.platform.clone()),
        manifests: subject
            .platforms
            .iter()
            .filter_map(|index| u32::try_from(*index).ok())
            .collect(),
        subject: subject.answer,
        because: subject.because,
        has_results: !report
            .warnings
            .iter()
            .any(|warning| PROVES_NOTHING.contains(&warning.code.as_str())),
        findings,
    }
}

/// Whether something with this subject is about the image.
pub(crate) fn is_about(subject: &Subject, image: Option<&ImageFacts>) -> bool {
    compare(subject, image).answer == SubjectMatch::ThisImage
}

struct Compared {
    answer: SubjectMatch,
    because: String,
    /// Indexes of the image's platforms that it is about.
    platforms: Vec<usize>,
}

/// Any identity that both sides state and that is equal makes the report one about this image: a registry gives
/// one image several digests (index, manifest), and an image id or a full list of layers is the same content. An
/// image id that is none of the image's outweighs that: a report copies its digests from a registry's answer or a
/// name, its image id is of the content that was scanned.
fn compare(subject: &Subject, image: Option<&ImageFacts>) -> Compared {
    let in_name = subject
        .name
        .as_deref()
        .and_then(|name| name.rsplit_once('@')?.1.parse().ok());
    let digests: Vec<&Digest> = subject.digests.iter().chain(in_name.as_ref()).collect();
    let answer = |answer: SubjectMatch, because: String| Compared {
        answer,
        because,
        platforms: Vec::new(),
    };
    let Some(image) = image else {
        return answer(
            SubjectMatch::CannotTell,
            "the image to judge is not known".to_owned(),
        );
    };
    if let Some(id) = subject.image_id.as_ref().filter(|id| is_foreign(id, image)) {
        let because = format!("its image id is {id}, which is none of the image's");
        return answer(SubjectMatch::OtherImage, because);
    }
    let this = |because: String, platforms: Vec<usize>| Compared {
        answer: SubjectMatch::ThisImage,
        because,
        platforms,
    };
    // The content first: several manifests may share a digest's name or a platform, none an image id.
    if let Some(id) = &subject.image_id {
        let platforms = platforms(image, |facts| is_own(facts, id));
        if !platforms.is_empty() {
            return this(format!("{id} is one of the image's"), platforms);
        }
    }
    let by_digest = platforms(image, |facts| digests.iter().any(|digest| is_own(facts, digest)));
    if let Some(first) = by_digest.first() {
        let first = &image.platforms[*first];
        let digest = digests.iter().find(|digest| is_own(first, digest));
        let because = digest.map_or_else(String::new, |digest| format!("{digest} is one of the image's"));
        // One run scans one manifest. A report that claims several is about one of them, and nobody can tell which.
        let is_one = by_digest
            .iter()
            .all(|index| same_content(first, &image.platforms[*index]));
        let covered = if is_one {
            by_digest
        } else {
            by_name(subject, image)
                .filter(|at| by_digest.contains(at))
                .into_iter()
                .collect()
        };
        return this(because, covered);
    }
    if !subject.layers.is_empty() {
        let by_layers = platforms(image, |facts| {
            let diff_ids = facts.layers.iter().map(|layer| layer.diff_id.as_ref());
            diff_ids.eq(subject.layers.iter().map(Some))
        });
        if !by_layers.is_empty() {
            return this("its layers are the image's".to_owned(), by_layers);
        }
    }
    let mut stated = digests.iter().copied().chain(&subject.image_id).peekable();
    if stated.peek().is_none() {
        return answer(SubjectMatch::CannotTell, "the report states no digest".to_owned());
    }
    if let Some(digest) = stated.find(|digest| image.digest.as_ref() == Some(*digest)) {
        let because = format!("{digest} is the image's");
        return this(because, by_name(subject, image).into_iter().collect());
    }
    let ids_known = image.platforms.iter().any(|platform| platform.image_id.is_some());
    let image_id_comparable = subject.image_id.is_some() && ids_known;
    let digest_comparable = !digests.is_empty()
        && (image.digest.is_some() || image.platforms.iter().any(|platform| platform.digest.is_some()));
    if !(image_id_comparable || digest_comparable) {
        let because = "the report and the image state no digest of the same sort";
        return answer(SubjectMatch::CannotTell, because.to_owned());
    }
    let other = digests.first().copied().or(subject.image_id.as_ref());
    let because = other.map_or_else(String::new, |digest| format!("it is about {digest}"));
    answer(SubjectMatch::OtherImage, because)
}

/// Whether an image id is certainly not the image's. Docker's containerd store shows a manifest's or an index's digest
/// as the image id, so it is looked for among those too.
fn is_foreign(id: &Digest, image: &ImageFacts) -> bool {
    let all_known = !image.platforms.is_empty()
        && image
            .platforms
            .iter()
            .all(|facts| facts.image_id.is_some() && facts.digest.is_some());
    all_known && image.digest.as_ref() != Some(id) && !image.platforms.iter().any(|facts| is_own(facts, id))
}

fn is_own(facts: &PlatformFacts, digest: &Digest) -> bool {
    [&facts.digest, &facts.image_id]
        .into_iter()
        .any(|own| own.as_ref() == Some(digest))
}

fn same_content(a: &PlatformFacts, b: &PlatformFacts) -> bool {
    a.digest.is_some() && a.digest == b.digest || a.image_id.is_some() && a.image_id == b.image_id
}

fn platforms(image: &ImageFacts, is_about: impl Fn(&PlatformFacts) -> bool) -> Vec<usize> {
    let platforms = image.platforms.iter().enumerate();
    platforms
        .filter_map(|(index, facts)| is_about(facts).then_some(index))
        .collect()
}

/// The one manifest that a report means by the platform that it states, or the only one there is.
fn by_name(subject: &Subject, image: &ImageFacts) -> Option<usize> {
    let found = match &subject.platform {
        Some(about) => platforms(image, |facts| {
            facts
                .platform
                .as_ref()
                .is_some_and(|platform| platform.matches(about))
        }),
        None => platforms(image, |_| true),
    };
    match *found {
        [only] => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::PlatformFacts;

    fn digest(fill: char) -> Digest {
        format!("sha256:{}", fill.to_string().repeat(64)).parse().unwrap()
    }

    fn check(subject: &Subject, expected: SubjectMatch) {
        let image = ImageFacts {
            digest: Some(digest('a')),
            platforms: vec![PlatformFacts {
                digest: Some(digest('b')),
                image_id: Some(digest('c')),
                ..PlatformFacts::default()
            }],
            ..ImageFacts::default()
        };
        assert_eq!(compare(subject, Some(&image)).answer, expected, "{subject:?}");
        assert_eq!(compare(subject, None).answer, SubjectMatch::CannotTell);
    }

    #[test]
    fn one_equal_identity_is_enough() {
        for fill in ['a', 'b', 'c'] {
            let by_digest = Subject {
                digests: vec![digest('f'), digest(fill)],
                ..Subject::default()
            };
            check(&by_digest, SubjectMatch::ThisImage);
            let by_id = Subject {
                digests: vec![digest('f')],
                image_id: Some(digest(fill)),
                ..Subject::default()
            };
            check(&by_id, SubjectMatch::ThisImage);
        }
        let by_name = Subject {
            name: Some(format!("me/app@{}", digest('a'))),
            ..Subject::default()
        };
        check(&by_name, SubjectMatch::ThisImage);
    }

    #[test]
    fn another_digest_is_another_image() {
        let other = Subject {
            digests: vec![digest('f')],
            ..Subject::default()
        };
        check(&other, SubjectMatch::OtherImage);
        let other = Subject {
            image_id: Some(digest('f')),
            ..Subject::default()
        };
        check(&other, SubjectMatch::OtherImage);
    }

    #[test]
    fn an_image_id_of_another_image_outweighs_an_equal_digest() {
        let contradicting = |fill| Subject {
            digests: vec![digest(fill)],
            image_id: Some(digest('f')),
            ..Subject::default()
        };
        check(&contradicting('a'), SubjectMatch::OtherImage);
        check(&contradicting('b'), SubjectMatch::OtherImage);
    }

    #[test]
    fn a_name_alone_does_not_tell() {
        let named = Subject {
            name: Some("me/app:latest".to_owned()),
            ..Subject::default()
        };
        check(&named, SubjectMatch::CannotTell);
    }
}
