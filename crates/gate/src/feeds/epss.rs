//! EPSS: the probability that a flaw is exploited within 30 days.
//!
//! Sources: <https://www.first.org/epss/data_stats> (daily CSV, a comment line `#model_version:…,score_date:…`, then
//! `cve,epss,percentile`) and <https://www.first.org/epss/api> (JSON, figures as texts).

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use sealift_types::Epss;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cve::Cve;
use super::{FeedError, Shape, csv, json_error, text_of, timestamp};

/// The scores of one day, looked up by CVE id. 16 bytes for each flaw.
///
/// Its JSON form is that of FIRST's API: `{"data": [{"cve": "CVE-…", "epss": 0.5, "percentile": 0.9}]}`.
#[derive(Clone, Default, PartialEq)]
pub struct EpssFeed {
    model: Option<String>,
    date: Option<Timestamp>,
    /// Sorted by CVE, each once.
    scores: Vec<Score>,
}

#[derive(Clone, Copy, PartialEq)]
struct Score {
    cve: Cve,
    /// Billionths: the feed has at most nine decimals, and dividing gives the very number that was written.
    epss: u32,
    percentile: u32,
}

const ONE: u32 = 1_000_000_000;

impl EpssFeed {
    /// Reads the feed, CSV or JSON by content.
    ///
    /// # Errors
    /// [`FeedError`] where it is another file, is cut, or has a row that cannot be read.
    pub fn parse(bytes: &[u8]) -> Result<Self, FeedError> {
        let text = text_of(bytes)?;
        let feed = match Shape::of(text)? {
            Shape::EpssCsv => Self::from_csv(text)?,
            Shape::EpssJson => {
                let wire: Wire<'_> = serde_json::from_str(text).map_err(|error| json_error(&error))?;
                let found = wire.data.len() as u64;
                if let Some(stated) = wire.total.filter(|stated| *stated != found) {
                    return Err(FeedError::Incomplete { stated, found });
                }
                Self::from_wire(wire).map_err(|problem| FeedError::Json { problem })?
            }
            Shape::KevCsv | Shape::KevJson => {
                return Err(FeedError::Other {
                    found: "KEV",
                    expected: "EPSS",
                });
            }
        };
        if feed.scores.is_empty() {
            return Err(FeedError::Empty);
        }
        Ok(feed)
    }

    /// The score of a CVE id, in any case; `None` where the feed has none.
    pub fn get(&self, id: &str) -> Option<Epss> {
        let cve = Cve::parse(id)?;
        let at = self.scores.binary_search_by_key(&cve, |score| score.cve).ok()?;
        Some(self.scores[at].to_epss())
    }

    /// When the scores were computed, where the feed says so. The age of the feed counts from here.
    pub fn published(&self) -> Option<Timestamp> {
        self.date
    }

    /// The version of the model, `v2025.03.14`, where the feed says so.
    pub fn model_version(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// How many flaws have a score.
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether no flaw has a score.
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    fn from_csv(text: &str) -> Result<Self, FeedError> {
        let mut feed = Self::default();
        let mut columns: Option<[usize; 3]> = None;
        for (index, line) in text.lines().enumerate() {
            let row = |problem: String| FeedError::Row {
                line: index + 1,
                problem,
            };
            if let Some(comment) = line.strip_prefix('#') {
                feed.read_comment(comment);
                continue;
            }
            if line.trim().is_empty() {
                continue;
            }
            let Some(columns) = columns else {
                columns = Some(header(line).map_err(row)?);
                continue;
            };
            let Some([cve, score, percentile]) = pick(line, columns) else {
                return Err(row(
                    "the row is cut: cve, epss and percentile are needed".to_owned()
                ));
            };
            feed.scores
                .push(Score::read(cve, score, percentile).map_err(row)?);
        }
        if columns.is_none() {
            return Err(FeedError::Empty);
        }
        feed.sort();
        Ok(feed)
    }

    /// `model_version:v2025.03.14,score_date:2026-08-21T12:55:00Z`.
    fn read_comment(&mut self, comment: &str) {
        for part in comment.split(',') {
            match part.split_once(':') {
                Some((key, value)) if key.trim() == "model_version" => {
                    self.model = Some(value.trim().chars().take(64).collect());
                }
                Some((key, value)) if key.trim() == "score_date" => self.date = timestamp(value),
                _ => {}
            }
        }
    }

    fn from_wire(wire: Wire<'_>) -> Result<Self, String> {
        let mut feed = Self {
            model: wire.model_version.map(Cow::into_owned),
            date: wire.score_date.as_deref().and_then(timestamp),
            scores: Vec::with_capacity(wire.data.len()),
        };
        for row in &wire.data {
            let score = Score::read(&row.cve, row.epss.text(), row.percentile.text());
            feed.scores.push(score?);
            // Rows of several days: the oldest decides how old the feed is.
            let date = row.date.as_deref().and_then(timestamp);
            feed.date = match (feed.date, date) {
                (Some(known), Some(date)) => Some(known.min(date)),
                (known, date) => known.or(date),
            };
        }
        feed.sort();
        Ok(feed)
    }

    /// Where a flaw is listed twice, the higher score stays: a gate must not become laxer by a repetition.
    fn sort(&mut self) {
        self.scores
            .sort_unstable_by_key(|row| (row.cve, std::cmp::Reverse((row.epss, row.percentile))));
        self.scores.dedup_by_key(|row| row.cve);
    }
}

impl fmt::Debug for EpssFeed {
    /// Without the scores, which are hundreds of thousands.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EpssFeed")
            .field("model_version", &self.model)
            .field("published", &self.date)
            .field("len", &self.scores.len())
            .finish()
    }
}

impl Serialize for EpssFeed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Out<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            model_version: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            score_date: Option<Timestamp>,
            data: Vec<OutRow>,
        }
        #[derive(Serialize)]
        struct OutRow {
            cve: String,
            epss: f64,
            percentile: f64,
        }
        let row = |score: &Score| OutRow {
            cve: score.cve.to_string(),
            epss: score.to_epss().score,
            percentile: score.to_epss().percentile,
        };
        Out {
            model_version: self.model_version(),
            score_date: self.date,
            data: self.scores.iter().map(row).collect(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EpssFeed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Self::from_wire(wire).map_err(serde::de::Error::custom)
    }
}

impl Score {
    fn read(cve: &str, score: &str, percentile: &str) -> Result<Self, String> {
        let share = |name: &str, text: &str| {
            billionths(text).ok_or_else(|| format!("{name} is not a number from 0 to 1: {}", shown(text)))
        };
        Ok(Self {
            cve: Cve::parse(cve).ok_or_else(|| format!("not a CVE id: {}", shown(cve)))?,
            epss: share("epss", score)?,
            percentile: share("percentile", percentile)?,
        })
    }

    fn to_epss(self) -> Epss {
        let share = |billionths: u32| f64::from(billionths) / f64::from(ONE);
        Epss::new(share(self.epss), share(self.percentile))
    }
}

/// The fields of three columns.
fn pick(line: &str, columns: [usize; 3]) -> Option<[&str; 3]> {
    // The published order, three hundred thousand times.
    if columns == [0, 1, 2] {
        let (cve, rest) = line.split_once(',')?;
        let (score, rest) = rest.split_once(',')?;
        let percentile = rest.split(',').next().unwrap_or(rest);
        return Some([cve, score, percentile].map(csv::bare));
    }
    let field = |column| line.split(',').nth(column).map(csv::bare);
    Some([field(columns[0])?, field(columns[1])?, field(columns[2])?])
}

/// Columns of cve, epss and percentile.
fn header(line: &str) -> Result<[usize; 3], String> {
    let column = |name: &str| {
        line.split(',')
            .position(|column| csv::bare(column) == name)
            .ok_or_else(|| format!("the header has no column `{name}`"))
    };
    Ok([column("cve")?, column("epss")?, column("percentile")?])
}

/// A decimal from 0 to 1 in billionths.
fn billionths(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if matches!(whole, "0" | "1") && decimals.len() <= 9 && decimals.bytes().all(|b| b.is_ascii_digit()) {
        let fraction = decimals
            .bytes()
            .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        let power = u32::try_from(9 - decimals.len()).ok()?;
        let value = u32::from(whole == "1") * ONE + fraction * 10u32.pow(power);
        return (value <= ONE).then_some(value);
    }
    // `4.2e-05`, and more decimals than are published.
    let value: f64 = text.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 1 in billionths fits"
    )]
    (0.0..=1.0)
        .contains(&value)
        .then(|| (value * f64::from(ONE)).round() as u32)
}

/// A value for an error text: short and without control characters.
pub(super) fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(40).collect::<String>())
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow, default)]
    model_version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    score_date: Option<Cow<'a, str>>,
    #[serde(default)]
    total: Option<u64>,
    #[serde(borrow)]
    data: Vec<WireRow<'a>>,
}

#[derive(Deserialize)]
struct WireRow<'a> {
    #[serde(borrow)]
    cve: Cow<'a, str>,
    epss: Share,
    percentile: Share,
    #[serde(borrow, default)]
    date: Option<Cow<'a, str>>,
}

/// FIRST writes figures as texts; our own JSON and others' copies as numbers.
struct Share(String);

impl Share {
    fn text(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Number(f64),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::Text(text) => text,
            Either::Number(number) => number.to_string(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_the_numbers_that_were_written() {
        let check = |text: &str, expected: Option<f64>| {
            assert_eq!(billionths(text).map(|n| f64::from(n) / 1e9), expected, "{text}");
        };
        for text in [
            "0",
            "1",
            "0.00042",
            "0.975",
            "1.000000000",
            "0.999999999",
            "0.30000",
        ] {
            check(text, Some(text.parse().unwrap()));
        }
        check("9e-05", Some(0.00009));
        for wrong in ["", "1.1", "-0.1", "NaN", "inf", "0,5", "2", "0.x"] {
            check(wrong, None);
        }
    }
}
