//! Docker Scout, as in its real files 0.24 to 1.18.
//!
//! Rules are merged per CVE while results are per package, so all but the score is read from the message's table.

use std::borrow::Cow;

use sealift_types::{Epss, Kind, Rating, Severity};

use super::super::facts::versions;
use super::super::tally::Tally;
use super::{Draft, Input, fix, package_of_purl};

pub(super) fn read<'a>(input: &Input<'a>, tally: &mut Tally) -> Draft<'a> {
    let mut table = Table::default();
    for line in input.text.lines().take(32) {
        if let Some((key, value)) = line.split_once(" : ") {
            table.set(key.trim(), value.trim());
        }
    }
    if table.repeated {
        tally.add("ambiguous-message");
    }
    let properties = input.rule.and_then(|rule| rule.properties.as_deref());
    let purls = properties.map_or(&[][..], |properties| &properties.purls);
    let purl = table.package.or(match purls {
        [only] => Some(only.as_ref()),
        _ => None,
    });
    let mut ratings = Vec::new();
    if let Some(properties) = properties
        && (properties.severity.is_some() || properties.vector.is_some())
    {
        ratings.push(Rating {
            source: "cvss".to_owned(),
            severity: properties.severity.as_deref().and_then(Severity::from_label),
            score: None,
            vector: properties.vector.as_deref().map(ToOwned::to_owned),
        });
    }
    let label = table
        .severity
        .or(properties.and_then(|properties| properties.severity.as_deref()));
    Draft {
        kind: Kind::Vulnerability,
        id: Cow::Borrowed(input.id),
        package: purl.and_then(package_of_purl),
        label: label.map(ToOwned::to_owned),
        title: input.short(),
        description: input.full(),
        fix: fix(table.fixed.map(|fixed| {
            if fixed.is_empty() || fixed.eq_ignore_ascii_case("not fixed") {
                Vec::new()
            } else {
                versions(fixed)
            }
        })),
        ratings,
        epss: table
            .epss
            .map(|score| Epss::new(score, table.percentile.unwrap_or(0.0))),
        ..Draft::default()
    }
}

#[derive(Default)]
struct Table<'a> {
    severity: Option<&'a str>,
    package: Option<&'a str>,
    fixed: Option<&'a str>,
    epss: Option<f64>,
    percentile: Option<f64>,
    repeated: bool,
}

impl<'a> Table<'a> {
    fn set(&mut self, key: &str, value: &'a str) {
        let slot = match key {
            "Severity" => {
                self.repeated |= self.severity.is_some();
                let worse = |known| Severity::from_label(value) > Severity::from_label(known);
                if self.severity.is_none_or(worse) {
                    self.severity = Some(value);
                }
                return;
            }
            "EPSS Score" => {
                self.epss = share(value);
                return;
            }
            "EPSS Percentile" => {
                self.percentile = share(value);
                return;
            }
            "Package" => &mut self.package,
            "Fixed version" => &mut self.fixed,
            _ => return,
        };
        self.repeated |= slot.is_some();
        *slot = Some(value);
    }
}

/// A share of one: `0.045`, `4.5%`, `14th percentile`.
fn share(text: &str) -> Option<f64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let share = if text[end..].trim().is_empty() {
        number
    } else {
        number / 100.0
    };
    (0.0..=1.0).contains(&share).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_in_all_spellings() {
        assert_eq!(share("0.00045"), Some(0.00045));
        assert_eq!(share("4.5%"), Some(0.045));
        assert_eq!(share("14th percentile"), Some(0.14));
        assert_eq!(share("n/a"), None);
        assert_eq!(share("7"), None);
    }
}
