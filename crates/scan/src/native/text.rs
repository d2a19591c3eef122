//! Reading the small texts in a report's fields: severities, times, image names, digests.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use sealift_types::{Digest, Severity, SeverityOrigin, Statement};

use crate::accept::cut;

/// Characters kept of a title or a description.
const MAX_CHARS: usize = 1024;

/// Bytes kept of a severity's word.
const MAX_LABEL: usize = 64;

/// Links kept of one row; the longest list in real reports has 117.
const MAX_LINKS: usize = 128;

/// At most [`MAX_CHARS`] characters of `text`.
pub(super) fn clamp(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_CHARS) {
        text.truncate(end);
    }
    text
}

/// Links without repetition, in the order stated.
pub(super) fn links(stated: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    for link in stated {
        if links.len() == MAX_LINKS {
            break;
        }
        if !links.contains(&link) {
            links.push(link);
        }
    }
    links
}

/// Sets the severity from the scanner's label. A label that is our word in another case is not kept beside it.
pub(super) fn set_severity(statement: &mut Statement, label: Option<String>) {
    let Some(label) = label else { return };
    statement.severity_from = SeverityOrigin::Label;
    statement.severity = Severity::from_label(&label).unwrap_or_default();
    if !label.eq_ignore_ascii_case(statement.severity.as_str()) {
        statement.severity_label = Some(cut(&label, MAX_LABEL).to_owned());
    }
}

/// A point in time as scanners write it: RFC 3339; without a zone (GitLab), which then is UTC; a day alone, which
/// is its first second in UTC. Go's zero time, year 1, is none.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let time = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| utc(text.parse::<DateTime>().ok()?))
        .or_else(|| utc(text.parse::<Date>().ok()?.into()))?;
    (time.as_second() > YEAR_2).then_some(time)
}

/// The first second of year 2, in seconds since 1970.
const YEAR_2: i64 = -62_104_060_800;

/// The digest in `name@sha256:…`, or `name` itself where it is one.
pub(super) fn digest_of(name: &str) -> Option<Digest> {
    let text = name.rsplit_once('@').map_or(name, |(_, digest)| digest);
    text.parse().ok()
}

/// Digests of the names given, without repetition, in the order stated.
pub(super) fn digests<'t>(names: impl IntoIterator<Item = &'t str>) -> Vec<Digest> {
    let mut digests = Vec::new();
    for digest in names.into_iter().filter_map(digest_of) {
        if !digests.contains(&digest) {
            digests.push(digest);
        }
    }
    digests
}

/// A list of versions in one text, as Trivy and old Grype write them: `1.2.3, 2.0.1`.
pub(super) fn versions(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|version| !version.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_all_scanners() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                timestamp(text).map(|time| time.to_string()).as_deref(),
                expected,
                "{text}"
            );
        };
        check("2026-11-20T10:00:00Z", Some("2026-11-20T10:00:00Z"));
        check("2026-11-20T10:00:00.5+02:00", Some("2026-11-20T08:00:00.5Z"));
        check("2021-08-25T12:20:30", Some("2021-08-25T12:20:30Z"));
        check("2021-08-25", Some("2021-08-25T00:00:00Z"));
        check("0001-01-01T00:00:00Z", None);
        check("yesterday", None);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(clamp("é".repeat(2000)), "é".repeat(1024));
        assert_eq!(clamp("short".to_owned()), "short");
    }

    #[test]
    fn digests_of_names() {
        let hex = "ab".repeat(32);
        let digest = format!("sha256:{hex}");
        assert_eq!(digest_of(&format!("r/app@{digest}")).unwrap().as_str(), digest);
        assert_eq!(digest_of(&digest).unwrap().as_str(), digest);
        assert_eq!(digest_of("app:v1"), None);
        assert_eq!(digests([digest.as_str(), digest.as_str(), "app"]).len(), 1);
    }

    #[test]
    fn only_foreign_labels_are_kept() {
        let check = |label: &str, severity, kept: Option<&str>| {
            let mut statement = Statement::default();
            set_severity(&mut statement, Some(label.to_owned()));
            assert_eq!(
                (statement.severity, statement.severity_label.as_deref()),
                (severity, kept)
            );
            assert_eq!(statement.severity_from, SeverityOrigin::Label);
        };
        check("CRITICAL", Severity::Critical, None);
        check("Important", Severity::High, Some("Important"));
        check("purple", Severity::Unknown, Some("purple"));
    }
}
