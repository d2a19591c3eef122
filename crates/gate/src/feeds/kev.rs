//! KEV: flaws known to be exploited, as the U.S. agency CISA lists them.
//!
//! Source: <https://www.cisa.gov/known-exploited-vulnerabilities-catalog>, its JSON with its schema
//! `known_exploited_vulnerabilities_schema.json`, and the same list as CSV.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use sealift_types::Kev;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cve::Cve;
use super::epss::shown;
use super::{FeedError, Shape, csv, json_error, text_of, timestamp};

/// The catalogue, looked up by CVE id.
///
/// Its JSON form is CISA's: `{"vulnerabilities": [{"cveID": "CVE-…", "dateAdded": "2026-01-31"}]}`.
#[derive(Clone, Default, PartialEq)]
pub struct KevFeed {
    version: Option<String>,
    released: Option<Timestamp>,
    /// Sorted by CVE, each once.
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    cve: Cve,
    added: Option<Date>,
    due: Option<Date>,
    ransomware: bool,
}

impl KevFeed {
    /// Reads the catalogue, JSON or CSV by content.
    ///
    /// # Errors
    /// [`FeedError`] where it is another file, is cut, or has an entry that cannot be read.
    pub fn parse(bytes: &[u8]) -> Result<Self, FeedError> {
        let text = text_of(bytes)?;
        let feed = match Shape::of(text)? {
            Shape::KevCsv => Self::from_csv(text)?,
            Shape::KevJson => {
                let wire: Wire<'_> = serde_json::from_str(text).map_err(|error| json_error(&error))?;
                let found = wire.vulnerabilities.len() as u64;
                if let Some(stated) = wire.count.filter(|stated| *stated != found) {
                    return Err(FeedError::Incomplete { stated, found });
                }
                Self::from_wire(&wire).map_err(|problem| FeedError::Json { problem })?
            }
            Shape::EpssCsv | Shape::EpssJson => {
                return Err(FeedError::Other {
                    found: "EPSS",
                    expected: "KEV",
                });
            }
        };
        if feed.entries.is_empty() {
            return Err(FeedError::Empty);
        }
        Ok(feed)
    }

    /// The listing of a CVE id, in any case; `None` where it is not listed.
    pub fn get(&self, id: &str) -> Option<Kev> {
        let cve = Cve::parse(id)?;
        let at = self.entries.binary_search_by_key(&cve, |entry| entry.cve).ok()?;
        Some(self.entries[at].to_kev())
    }

    /// When the catalogue was released. The CSV does not say: there it is the day of its newest entry, which makes
    /// a catalogue look older than it is, never newer.
    pub fn published(&self) -> Option<Timestamp> {
        self.released.or_else(|| {
            let newest = self.entries.iter().filter_map(|entry| entry.added).max()?;
            timestamp(&newest.to_string())
        })
    }

    /// The catalogue's own version, `2026.08.21`, where it says so.
    pub fn catalog_version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// How many flaws are listed.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no flaw is listed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn from_csv(text: &str) -> Result<Self, FeedError> {
        let mut records = csv::Records::new(text);
        let mut fields = Vec::new();
        records.next(&mut fields)?;
        let column = |name: &str| fields.iter().position(|field| field.trim() == name);
        let missing = |name: &str| FeedError::Row {
            line: 1,
            problem: format!("the header has no column `{name}`"),
        };
        let cve = column("cveID").ok_or_else(|| missing("cveID"))?;
        let added = column("dateAdded").ok_or_else(|| missing("dateAdded"))?;
        // Older copies have neither of the two.
        let (due, ransomware) = (column("dueDate"), column("knownRansomwareCampaignUse"));
        let width = fields.len();

        let mut feed = Self::default();
        while let Some(line) = records.next(&mut fields)? {
            if fields.len() != width {
                return Err(FeedError::Row {
                    line,
                    problem: format!("{} fields instead of {width}", fields.len()),
                });
            }
            let at = |column: Option<usize>| column.map(|at| fields[at].as_ref());
            let entry = Entry::read(&fields[cve], at(Some(added)), at(due), at(ransomware));
            feed.entries
                .push(entry.map_err(|problem| FeedError::Row { line, problem })?);
        }
        feed.sort();
        Ok(feed)
    }

    fn from_wire(wire: &Wire<'_>) -> Result<Self, String> {
        let mut feed = Self {
            version: wire.version.as_deref().map(str::to_owned),
            released: wire.released.as_deref().and_then(timestamp),
            entries: Vec::with_capacity(wire.vulnerabilities.len()),
        };
        for row in &wire.vulnerabilities {
            feed.entries.push(Entry::read(
                &row.cve,
                row.added.as_deref(),
                row.due.as_deref(),
                row.ransomware.as_deref(),
            )?);
        }
        feed.sort();
        Ok(feed)
    }

    /// Where a flaw is listed twice, the earlier listing stays, with whichever due date and use is stated.
    fn sort(&mut self) {
        self.entries.sort_unstable();
        self.entries.dedup_by(|later, kept| {
            let same = later.cve == kept.cve;
            if same {
                kept.added = kept.added.or(later.added);
                kept.due = [kept.due, later.due].into_iter().flatten().min();
                kept.ransomware |= later.ransomware;
            }
            same
        });
    }
}

impl fmt::Debug for KevFeed {
    /// Without the entries, which are more than a thousand.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KevFeed")
            .field("catalog_version", &self.version)
            .field("released", &self.released)
            .field("len", &self.entries.len())
            .finish()
    }
}

impl Serialize for KevFeed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = |date: Option<Date>| date.map(|date| Cow::Owned(date.to_string()));
        let row = |entry: &Entry| WireRow {
            cve: Cow::Owned(entry.cve.to_string()),
            added: text(entry.added),
            due: text(entry.due),
            ransomware: Some(Cow::Borrowed(if entry.ransomware { "Known" } else { "Unknown" })),
        };
        Wire {
            version: self.version.as_deref().map(Cow::Borrowed),
            released: self.released.map(|time| Cow::Owned(time.to_string())),
            count: None,
            vulnerabilities: self.entries.iter().map(row).collect(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for KevFeed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Self::from_wire(&wire).map_err(serde::de::Error::custom)
    }
}

impl Entry {
    fn read(
        cve: &str,
        added: Option<&str>,
        due: Option<&str>,
        ransomware: Option<&str>,
    ) -> Result<Self, String> {
        let date = |name: &str, text: Option<&str>| match text.map(str::trim) {
            None | Some("") => Ok(None),
            Some(day) => day
                .parse::<Date>()
                .map(Some)
                .map_err(|_| format!("{name} is not a day: {}", shown(day))),
        };
        Ok(Self {
            cve: Cve::parse(cve.trim()).ok_or_else(|| format!("not a CVE id: {}", shown(cve)))?,
            added: date("dateAdded", added)?,
            due: date("dueDate", due)?,
            ransomware: ransomware.is_some_and(|word| word.trim().eq_ignore_ascii_case("known")),
        })
    }

    fn to_kev(&self) -> Kev {
        Kev {
            date_added: self.added.map(|date| date.to_string()),
            due_date: self.due.map(|date| date.to_string()),
            ransomware: self.ransomware,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    #[serde(
        borrow,
        rename = "catalogVersion",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    version: Option<Cow<'a, str>>,
    #[serde(
        borrow,
        rename = "dateReleased",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    released: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(borrow)]
    vulnerabilities: Vec<WireRow<'a>>,
}

#[derive(Serialize, Deserialize)]
struct WireRow<'a> {
    #[serde(borrow, rename = "cveID")]
    cve: Cow<'a, str>,
    #[serde(
        borrow,
        rename = "dateAdded",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    added: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "dueDate", default, skip_serializing_if = "Option::is_none")]
    due: Option<Cow<'a, str>>,
    #[serde(
        borrow,
        rename = "knownRansomwareCampaignUse",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    ransomware: Option<Cow<'a, str>>,
}
