//! CVE ids as numbers, so that hundreds of thousands are small and found fast.

use std::fmt;

/// A CVE id: the year in the high bits, the sequence number in the low ones. Ordered as CVEs are numbered.
///
/// Source: CVE record format, `cveId`: `^CVE-[0-9]{4}-[0-9]{4,19}$`. Sequence numbers above 14 digits are not
/// read: none is near that.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cve(u64);

const NUMBER_BITS: u32 = 47;

impl Cve {
    /// Reads an id in any case. A number padded to more than four digits is no id of the list.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (prefix, rest) = text.split_at_checked(4)?;
        let (year, number) = rest.split_once('-')?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let padded = number.len() > 4 && number.starts_with('0');
        if !prefix.eq_ignore_ascii_case("CVE-")
            || year.len() != 4
            || !(4..=14).contains(&number.len())
            || padded
            || !digits(year)
            || !digits(number)
        {
            return None;
        }
        let (year, number): (u64, u64) = (year.parse().ok()?, number.parse().ok()?);
        Some(Self(year << NUMBER_BITS | number))
    }
}

impl fmt::Display for Cve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, number) = (self.0 >> NUMBER_BITS, self.0 & ((1 << NUMBER_BITS) - 1));
        write!(f, "CVE-{year:04}-{number:04}")
    }
}

impl fmt::Debug for Cve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_read_in_any_case_and_printed_as_listed() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                Cve::parse(text).map(|cve| cve.to_string()).as_deref(),
                expected,
                "{text}"
            );
        };
        check("CVE-2020-0601", Some("CVE-2020-0601"));
        check("cve-1999-1234567", Some("CVE-1999-1234567"));
        check("CVE-2024-99999999999999", Some("CVE-2024-99999999999999"));
        for wrong in [
            "",
            "CVE",
            "CVE-",
            "CVE-20-1234",
            "CVE-2020-601",
            "CVE-2020-00601",
            "GHSA-2020-0601",
        ] {
            check(wrong, None);
        }
        check("CVE-2020-123456789012345", None);
        check("CVE-2020-+601", None);
        check("é€-2020-0601", None);
    }

    proptest! {
        #[test]
        fn what_is_read_is_printed(year in 0u16..=9999, number in 0u64..=99_999_999_999_999) {
            let text = format!("CVE-{year:04}-{number:04}");
            prop_assert_eq!(Cve::parse(&text).unwrap().to_string(), text);
        }
    }
}
