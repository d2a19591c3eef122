//! Scanner reports as evidence: whether they hold results, and whether they are about this image.

use sealift_types::{Digest, Platform, Report as ScanReport};

use crate::facts::{Facts, ImageFacts};
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
    let subject = compare(report, image);
    Evidence {
        source: report.source.clone(),
        run: report.run,
        scanner: report.scanner.clone(),
        version: report.version.clone(),
        digest: report.digest.clone(),
        created: report.created,
        database: report.database,
        platform: subject.platform.or_else(|| report.subject.platform.clone()),
        subject: subject.answer,
        because: subject.because,
        has_results: !report
            .warnings
            .iter()
            .any(|warning| PROVES_NOTHING.contains(&warning.code.as_str())),
        findings,
    }
}

struct Compared {
    answer: SubjectMatch,
    because: String,
    platform: Option<Platform>,
}

/// Any identity that both sides state and that is equal makes the report one about this image: a registry gives
/// one image several digests (index, manifest), and an image id or a full list of layers is the same content.
fn compare(report: &ScanReport, image: Option<&ImageFacts>) -> Compared {
    let subject = &report.subject;
    let in_name = subject
        .name
        .as_deref()
        .and_then(|name| name.rsplit_once('@')?.1.parse().ok());
    let digests: Vec<&Digest> = subject.digests.iter().chain(in_name.as_ref()).collect();
    let cannot_tell = |because: &str| Compared {
        answer: SubjectMatch::CannotTell,
        because: because.to_owned(),
        platform: None,
    };
    let this = |because: String, platform: Option<&Platform>| Compared {
        answer: SubjectMatch::ThisImage,
        because,
        platform: platform.cloned(),
    };
    let Some(image) = image else {
        return cannot_tell("the image to judge is not known");
    };
    for platform in &image.platforms {
        // Docker's containerd store shows a manifest's digest as the image id, so both are looked for in both.
        let own = [&platform.digest, &platform.image_id];
        let is_own = |digest: &Digest| own.iter().any(|own| own.as_ref() == Some(digest));
        if let Some(digest) = digests
            .iter()
            .copied()
            .chain(&subject.image_id)
            .find(|digest| is_own(digest))
        {
            let because = format!("{digest} is one of the image's");
            return this(because, platform.platform.as_ref());
        }
        let diff_ids = platform.layers.iter().map(|layer| layer.diff_id.as_ref());
        if !subject.layers.is_empty() && diff_ids.eq(subject.layers.iter().map(Some)) {
            return this(
                "its layers are the image's".to_owned(),
                platform.platform.as_ref(),
            );
        }
    }
    let mut stated = digests.iter().copied().chain(&subject.image_id).peekable();
    if stated.peek().is_none() {
        return cannot_tell("the report states no digest");
    }
    if let Some(digest) = stated.find(|digest| image.digest.as_ref() == Some(*digest)) {
        return this(format!("{digest} is the image's"), None);
    }
    let ids_known = image.platforms.iter().any(|platform| platform.image_id.is_some());
    let image_id_comparable = subject.image_id.is_some() && ids_known;
    let digest_comparable = !digests.is_empty()
        && (image.digest.is_some() || image.platforms.iter().any(|platform| platform.digest.is_some()));
    if !(image_id_comparable || digest_comparable) {
        return cannot_tell("the report and the image state no digest of the same sort");
    }
    let other = digests.first().copied().or(subject.image_id.as_ref());
    Compared {
        answer: SubjectMatch::OtherImage,
        because: other.map_or_else(String::new, |digest| format!("it is about {digest}")),
        platform: None,
    }
}

#[cfg(test)]
mod tests {
    use sealift_types::Subject;

    use super::*;
    use crate::facts::PlatformFacts;

    fn digest(fill: char) -> Digest {
        format!("sha256:{}", fill.to_string().repeat(64)).parse().unwrap()
    }

    fn check(subject: Subject, expected: SubjectMatch) {
        let image = ImageFacts {
            digest: Some(digest('a')),
            platforms: vec![PlatformFacts {
                digest: Some(digest('b')),
                image_id: Some(digest('c')),
                ..PlatformFacts::default()
            }],
            ..ImageFacts::default()
        };
        let report = ScanReport {
            subject,
            ..ScanReport::default()
        };
        assert_eq!(compare(&report, Some(&image)).answer, expected, "{report:?}");
        assert_eq!(compare(&report, None).answer, SubjectMatch::CannotTell);
    }

    #[test]
    fn one_equal_identity_is_enough() {
        for fill in ['a', 'b', 'c'] {
            let by_digest = Subject {
                digests: vec![digest('f'), digest(fill)],
                ..Subject::default()
            };
            check(by_digest, SubjectMatch::ThisImage);
            let by_id = Subject {
                digests: vec![digest('f')],
                image_id: Some(digest(fill)),
                ..Subject::default()
            };
            check(by_id, SubjectMatch::ThisImage);
        }
        let by_name = Subject {
            name: Some(format!("me/app@{}", digest('a'))),
            ..Subject::default()
        };
        check(by_name, SubjectMatch::ThisImage);
    }

    #[test]
    fn another_digest_is_another_image() {
        let other = Subject {
            digests: vec![digest('f')],
            ..Subject::default()
        };
        check(other, SubjectMatch::OtherImage);
        let other = Subject {
            image_id: Some(digest('f')),
            ..Subject::default()
        };
        check(other, SubjectMatch::OtherImage);
    }

    #[test]
    fn a_name_alone_does_not_tell() {
        let named = Subject {
            name: Some("me/app:latest".to_owned()),
            ..Subject::default()
        };
        check(named, SubjectMatch::CannotTell);
    }
}
