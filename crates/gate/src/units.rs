//! Lengths of time and sizes as a policy writes them.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time, `14d`, `36h`, `2w` or `90m`: one number and one unit, so that it reads one way only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    seconds: u64,
}

impl Period {
    /// This many days of 24 hours.
    pub fn days(days: u32) -> Self {
        Self {
            seconds: u64::from(days) * 86_400,
        }
    }

    /// This many hours.
    pub fn hours(hours: u32) -> Self {
        Self {
            seconds: u64::from(hours) * 3_600,
        }
    }

    /// This many minutes.
    pub const fn minutes(minutes: u32) -> Self {
        Self {
            seconds: minutes as u64 * 60,
        }
    }

    /// In seconds.
    pub fn as_seconds(self) -> u64 {
        self.seconds
    }

    /// Whether more than this has gone by from `then` to `now`. A `then` in the future has not.
    pub fn has_passed(self, then: Timestamp, now: Timestamp) -> bool {
        now.duration_since(then) > SignedDuration::from_secs(i64::try_from(self.seconds).unwrap_or(i64::MAX))
    }
}

/// How far a clock may be ahead before a date in the future is a mistake.
const CLOCK_SKEW: Period = Period::minutes(10);

/// Whether the date lies ahead of `now` by more than clocks differ. Such a date is nobody's knowledge: it says neither
/// how old something is nor when a grace began.
pub(crate) fn is_future(date: Timestamp, now: Timestamp) -> bool {
    CLOCK_SKEW.has_passed(now, date)
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unit = match text.as_bytes().last() {
            Some(b'w') => 604_800,
            Some(b'd') => 86_400,
            Some(b'h') => 3_600,
            Some(b'm') => 60,
            _ => return Err(PeriodError),
        };
        let number: u32 = digits(&text[..text.len() - 1]).ok_or(PeriodError)?;
        Ok(Self {
            seconds: u64::from(number) * unit,
        })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self.seconds {
            s if s % 86_400 == 0 => (s / 86_400, 'd'),
            s if s % 3_600 == 0 => (s / 3_600, 'h'),
            s => (s / 60, 'm'),
        };
        write!(f, "{number}{unit}")
    }
}

/// The text is not a [`Period`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a length of time is a whole number and a unit: \"14d\", \"36h\", \"2w\", \"90m\"")]
pub struct PeriodError;

/// A size in bytes, `500MB`, `1GiB`, `1048576`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize {
    bytes: u64,
}

impl ByteSize {
    /// This many bytes.
    pub fn from_bytes(bytes: u64) -> Self {
        Self { bytes }
    }

    /// In bytes.
    pub fn as_bytes(self) -> u64 {
        self.bytes
    }
}

impl FromStr for ByteSize {
    type Err = ByteSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let number: u64 = digits(&text[..at]).ok_or(ByteSizeError)?;
        let unit: u64 = match text[at..].trim_start() {
            "" | "B" => 1,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(ByteSizeError),
        };
        number
            .checked_mul(unit)
            .map(Self::from_bytes)
            .ok_or(ByteSizeError)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 6] = [
            (1 << 30, "GiB"),
            (1_000_000_000, "GB"),
            (1 << 20, "MiB"),
            (1_000_000, "MB"),
            (1 << 10, "KiB"),
            (1_000, "kB"),
        ];
        let exact = UNITS
            .iter()
            .find(|(unit, _)| self.bytes != 0 && self.bytes.is_multiple_of(*unit));
        match exact {
            Some((unit, name)) => write!(f, "{}{name}", self.bytes / unit),
            None => write!(f, "{}B", self.bytes),
        }
    }
}

/// The text is not a [`ByteSize`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a size is a whole number and a unit: \"500MB\", \"1GiB\"")]
pub struct ByteSizeError;

fn digits<T: FromStr>(text: &str) -> Option<T> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(Period);
as_text!(ByteSize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods() {
        let check = |text: &str, seconds| assert_eq!(text.parse().map(Period::as_seconds), seconds, "{text}");
        check("14d", Ok(14 * 86_400));
        check("2w", Ok(14 * 86_400));
        check("36h", Ok(36 * 3_600));
        check("90m", Ok(5_400));
        for text in ["", "d", "14", "-1d", "1.5d", "14 d", "99999999999d", "1é"] {
            check(text, Err(PeriodError));
        }
        assert_eq!("48h".parse::<Period>().unwrap().to_string(), "2d");
    }

    #[test]
    fn sizes() {
        let check = |text: &str, bytes| assert_eq!(text.parse().map(ByteSize::as_bytes), bytes, "{text}");
        check("1GiB", Ok(1 << 30));
        check("500 MB", Ok(500_000_000));
        check("12", Ok(12));
        for text in ["", "GB", "1gb", "1.5GB", "99999999999999GiB", "1é"] {
            check(text, Err(ByteSizeError));
        }
        assert_eq!(ByteSize::from_bytes(3_000_000).to_string(), "3MB");
    }

    #[test]
    fn a_period_passes_when_more_time_went_by() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let then = at("2026-01-01T00:00:00Z");
        assert!(!Period::days(1).has_passed(then, at("2026-01-02T00:00:00Z")));
        assert!(Period::days(1).has_passed(then, at("2026-01-02T00:00:01Z")));
        assert!(!Period::days(1).has_passed(then, at("2025-01-01T00:00:00Z")));
        assert!(Period::days(1).has_passed(Timestamp::MIN, Timestamp::MAX));
    }
}
