//! Rules (SARIF §3.49), reduced to what a finding may need of them.
//!
//! A log has about as many rules as results and they hold most of its bytes, so a rule is kept small: texts are
//! cut, tables that only one tool needs are read for that tool alone.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::facts::Facts;
use super::scanner::Scanner;
use super::wire::TextOr;
use crate::accept::{Capped, Fields, Key, Object, Text, cut};

/// A rule.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub(super) id: Box<str>,
    pub(super) name: Option<Box<str>>,
    pub(super) short: Option<Box<str>>,
    pub(super) full: Option<Box<str>>,
    pub(super) uri: Option<Box<str>>,
    pub(super) level: Option<Box<str>>,
    pub(super) tags: Vec<Box<str>>,
    pub(super) properties: Option<Box<Properties>>,
    pub(super) facts: Option<Box<Facts>>,
    /// `deprecatedIds`, which osv-scanner uses for aliases.
    pub(super) deprecated: Vec<Box<str>>,
    pub(super) messages: Vec<(Box<str>, Box<str>)>,
}

/// What tools add to a rule.
#[derive(Debug, Default)]
pub(super) struct Properties {
    /// `security-severity` as written, also where it is no number.
    pub(super) score: Option<Box<str>>,
    pub(super) vector: Option<Box<str>>,
    /// `cvssV3_severity` (Scout), `problem.severity` (Snyk).
    pub(super) severity: Option<Box<str>>,
    pub(super) purls: Vec<Box<str>>,
}

/// How much of a rule's texts is kept, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    pub(super) text: usize,
    pub(super) scanner: Option<Scanner>,
}

impl Keep {
    fn cut(self, text: &str) -> Box<str> {
        cut(text, self.text).into()
    }
}

const KEYS: &[&str] = &[
    "id",
    "name",
    "shortDescription",
    "fullDescription",
    "help",
    "helpUri",
    "defaultConfiguration",
    "properties",
    "deprecatedIds",
    "messageStrings",
    "messageFormats",
    "defaultLevel",
    "configuration",
];

/// Reads one rule.
pub(super) struct RuleSeed(pub(super) Keep);

impl<'de> DeserializeSeed<'de> for RuleSeed {
    type Value = Rule;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rule, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RuleSeed {
    type Value = Rule;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a rule")
    }

    fn visit_unit<E>(self) -> Result<Rule, E> {
        Ok(Rule::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rule, A::Error> {
        let keep = self.0;
        let mut rule = Rule::default();
        while let Some(key) = map.next_key_seed(Key(KEYS))? {
            let Some(key) = key.map(|index| KEYS[index]) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            match key {
                "id" => rule.id = boxed(map.next_value()?).unwrap_or_default(),
                "name" => rule.name = text(map.next_value()?).map(|text| keep.cut(&text)),
                "shortDescription" => rule.short = text(map.next_value()?).map(|text| keep.cut(&text)),
                "fullDescription" => rule.full = text(map.next_value()?).map(|text| keep.cut(&text)),
                "helpUri" => rule.uri = boxed(map.next_value()?),
                "help" => read_help(&mut rule, keep, &mut map)?,
                "defaultConfiguration" | "configuration" => {
                    let level = map.next_value::<Object<Level>>()?.0.and_then(|level| level.0);
                    rule.level = level.or(rule.level.take());
                }
                "defaultLevel" => rule.level = boxed(map.next_value()?),
                "properties" => {
                    let bag = map.next_value::<Object<Bag>>()?.0.unwrap_or_default();
                    rule.tags = bag.tags;
                    rule.properties = Some(Box::new(bag.properties));
                }
                "deprecatedIds" => {
                    let ids: Capped<Text, 64> = map.next_value()?;
                    rule.deprecated = ids.items.into_iter().filter_map(boxed).collect();
                }
                _ => rule.messages = map.next_value_seed(Messages)?,
            }
        }
        // The help may have come before the id.
        if keep.scanner == Some(Scanner::Trivy) && !is_template(&rule.id) {
            rule.facts = None;
        }
        Ok(rule)
    }
}

/// Whether a rule id of Trivy is one of its first versions' templates: `CVE-2019-1/curl`, `[HIGH] CVE-2019-1`.
fn is_template(id: &str) -> bool {
    id.contains(['/', '['])
}

/// The help text, where the tool puts facts into it.
fn read_help<'de, A: MapAccess<'de>>(rule: &mut Rule, keep: Keep, map: &mut A) -> Result<(), A::Error> {
    // Trivy's rules are shared by packages and the last one wins, so its facts are those of some other package;
    // only the templates of its first versions write rules per package.
    let wanted = match keep.scanner {
        Some(Scanner::Trivy) => rule.id.is_empty() || is_template(&rule.id),
        Some(Scanner::Scout | Scanner::Snyk(_) | Scanner::Osv) => false,
        _ => true,
    };
    if !wanted {
        map.next_value::<IgnoredAny>()?;
        return Ok(());
    }
    let TextOr(text, object) = map.next_value::<TextOr<Help>>()?;
    let help = object.unwrap_or_default();
    let facts = match help.text.or(text.map(std::borrow::Cow::into_owned)) {
        Some(text) => Facts::of_lines(&text),
        None => help
            .markdown
            .map_or_else(Facts::default, |table| Facts::of_table(&table)),
    };
    if facts != Facts::default() {
        rule.facts = Some(Box::new(facts));
    }
    Ok(())
}

/// A text, also in older versions' form.
fn text(value: TextOr<'_, Words>) -> Option<String> {
    value
        .0
        .map(std::borrow::Cow::into_owned)
        .or_else(|| value.1.and_then(|words| words.0))
        .filter(|text| !text.is_empty())
}

fn boxed(text: Text<'_>) -> Option<Box<str>> {
    text.0.filter(|text| !text.is_empty()).map(Box::from)
}

/// A multiformat message, §3.12; the text alone.
#[derive(Debug, Default)]
struct Words(Option<String>);

impl<'de> Fields<'de> for Words {
    const KEYS: &'static [&'static str] = &["text"];

    fn field<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.0 = map.next_value::<Text>()?.0.map(std::borrow::Cow::into_owned);
        Ok(())
    }
}

/// The help: the text, and the Markdown where a tool writes nothing else (Prisma Cloud).
#[derive(Debug, Default)]
struct Help {
    text: Option<String>,
    markdown: Option<String>,
}

impl<'de> Fields<'de> for Help {
    const KEYS: &'static [&'static str] = &["text", "markdown"];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        if key == "text" {
            self.text = map
                .next_value::<Text>()?
                .0
                .map(std::borrow::Cow::into_owned)
                .filter(|text| !text.is_empty());
        } else if self.text.is_some() {
            map.next_value::<IgnoredAny>()?;
        } else {
            self.markdown = map.next_value::<Text>()?.0.map(std::borrow::Cow::into_owned);
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Level(Option<Box<str>>);

impl<'de> Fields<'de> for Level {
    const KEYS: &'static [&'static str] = &["level", "defaultLevel"];

    fn field<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.0 = boxed(map.next_value()?);
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Bag {
    tags: Vec<Box<str>>,
    properties: Properties,
}

impl<'de> Fields<'de> for Bag {
    const KEYS: &'static [&'static str] = &[
        "tags",
        "security-severity",
        "cvssV3_severity",
        "cvssV3_vector",
        "cvssv3_vector",
        "purls",
        "purl",
        "problem",
    ];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "tags" => {
                // Which tags matter stands among the first four of every tool.
                let tags: Capped<Text, 6> = map.next_value()?;
                self.tags = tags.items.into_iter().filter_map(boxed).collect();
            }
            "security-severity" => self.properties.score = map.next_value::<Text>()?.0.map(Box::from),
            "cvssV3_severity" => self.properties.severity = boxed(map.next_value()?),
            "purls" | "purl" => {
                let purls: Capped<Text, 64> = map.next_value()?;
                self.properties.purls = purls.items.into_iter().filter_map(boxed).collect();
            }
            "problem" => {
                let problem = map.next_value::<Object<Problem>>()?.0.unwrap_or_default();
                self.properties.severity = problem.0.or(self.properties.severity.take());
            }
            _ => self.properties.vector = boxed(map.next_value()?),
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Problem(Option<Box<str>>);

impl<'de> Fields<'de> for Problem {
    const KEYS: &'static [&'static str] = &["severity"];

    fn field<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.0 = boxed(map.next_value()?);
        Ok(())
    }
}

/// `messageStrings`: the first 32, each cut to 1 KiB.
struct Messages;

impl<'de> DeserializeSeed<'de> for Messages {
    type Value = Vec<(Box<str>, Box<str>)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        struct Strings(Vec<(Box<str>, Box<str>)>);
        impl<'de> Deserialize<'de> for Strings {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map(Messages).map(Self)
            }
        }
        // `null` is no map.
        Ok(Option::<Strings>::deserialize(deserializer)?.map_or_else(Vec::new, |strings| strings.0))
    }
}

impl<'de> Visitor<'de> for Messages {
    type Value = Vec<(Box<str>, Box<str>)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("message strings by id")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut messages = Vec::new();
        while messages.len() < 32 {
            let Some(id) = map.next_key::<String>()? else {
                return Ok(messages);
            };
            if let Some(text) = text(map.next_value()?) {
                messages.push((id.into(), cut(&text, 1024).into()));
            }
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(messages)
    }
}
