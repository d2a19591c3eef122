//! Points in time as feeds and exception files write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Reads RFC 3339 in its common spellings; a time without a zone and a bare day are UTC, a day from its start.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // Bounded: no spelling of a time is longer.
    if text.len() > 64 {
        return None;
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    if text.len() == 10 {
        return utc(text
            .parse::<Date>()
            .ok()?
            .to_datetime(jiff::civil::Time::midnight()));
    }
    // A suffix that was not read as an offset must not be dropped.
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':' | b'.' | b'T' | b' '));
    (plain && text.len() >= 16).then(|| text.parse::<DateTime>().ok().and_then(utc))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_time() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                timestamp(text).map(|time| time.to_string()).as_deref(),
                expected,
                "{text}"
            );
        };
        check("2026-08-21T12:00:00Z", Some("2026-08-21T12:00:00Z"));
        check("2026-08-21T12:00:00+0000", Some("2026-08-21T12:00:00Z"));
        check("2026-08-21T14:00:00+02:00", Some("2026-08-21T12:00:00Z"));
        check("2026-08-21T12:00:00", Some("2026-08-21T12:00:00Z"));
        check("2026-08-21 12:00:00", Some("2026-08-21T12:00:00Z"));
        check("2026-08-21", Some("2026-08-21T00:00:00Z"));
        check("2026-02-30", None);
        check("20260821", None);
        check("yesterday", None);
        check("", None);
    }
}
