//! The parts of a SARIF result that are read, in the spellings of all versions since 1.0.0.
//!
//! Source: SARIF 2.1.0 §3.27 (result), §3.11 (message), §3.28 (location), §3.35 (suppression), §3.52 (reference);
//! for 1.0.0 and the 2.0.0 drafts, the files that `microsoft/sarif-sdk` keeps of them.

use std::borrow::Cow;

use sealift_types::Statement;
use serde::de::{IgnoredAny, MapAccess};

use crate::accept::{Capped, Fields, Int, Object, Text};

type Str<'de> = Option<Cow<'de, str>>;

/// A result.
#[derive(Debug, Default)]
pub(super) struct Row<'de> {
    pub(super) rule_id: Str<'de>,
    pub(super) rule_index: Option<i64>,
    pub(super) rule: Reference<'de>,
    pub(super) level: Str<'de>,
    pub(super) kind: Str<'de>,
    pub(super) message: Message<'de>,
    pub(super) baseline: Str<'de>,
    pub(super) locations: Capped<Object<Location<'de>>, { Statement::MAX_LOCATIONS }>,
    pub(super) suppressions: Capped<Object<Suppression<'de>>, 8>,
    /// 2.0.0's word for suppressions.
    pub(super) suppression_states: Capped<Text<'de>, 8>,
    pub(super) fix: Str<'de>,
    pub(super) properties: Properties<'de>,
    /// Some key came twice.
    pub(super) repeated: bool,
}

impl Row<'_> {
    /// Roughly the memory it holds, for the bound on rows that wait for their rules.
    pub(super) fn size(&self) -> usize {
        let locations: usize = self
            .locations
            .items
            .iter()
            .filter_map(|location| location.0.as_ref())
            .map(|location| 96 + location.uri.as_deref().map_or(0, str::len))
            .sum();
        size_of::<Self>() + self.message.text.as_deref().map_or(0, str::len) + locations
    }
}

impl<'de> Fields<'de> for Row<'de> {
    const KEYS: &'static [&'static str] = &[
        "ruleId",
        "ruleIndex",
        "level",
        "message",
        "locations",
        "kind",
        "rule",
        "baselineState",
        "suppressions",
        "fixes",
        "properties",
        "suppressionStates",
        "ruleKey",
        "ruleMessageId",
        "formattedRuleMessage",
    ];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "ruleId" => self.rule_id = map.next_value::<Text>()?.0.filter(|id| !id.trim().is_empty()),
            "ruleIndex" => self.rule_index = map.next_value::<Int>()?.0,
            "level" => self.level = map.next_value::<Text>()?.0,
            "message" | "formattedRuleMessage" => self.message.merge(map.next_value()?),
            "locations" => self.locations = map.next_value()?,
            "kind" => self.kind = map.next_value::<Text>()?.0,
            "rule" => self.rule = map.next_value::<Object<_>>()?.0.unwrap_or_default(),
            "baselineState" => self.baseline = map.next_value::<Text>()?.0,
            "suppressions" => self.suppressions = map.next_value()?,
            "suppressionStates" => self.suppression_states = map.next_value()?,
            "fixes" => {
                let fixes: Capped<Object<Described>, 1> = map.next_value()?;
                let first = fixes.items.into_iter().next().and_then(|fix| fix.0);
                self.fix = first.and_then(|fix| fix.description.text);
            }
            "properties" => self.properties = map.next_value::<Object<_>>()?.0.unwrap_or_default(),
            // 1.0.0: `ruleId` is unique in the result, `ruleKey` in the table of rules.
            "ruleKey" => self.rule.id = map.next_value::<Text>()?.0,
            "ruleMessageId" => self.message.id = map.next_value::<Text>()?.0,
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn repeated(&mut self) {
        self.repeated = true;
    }
}

/// A reference to a rule, §3.52.
#[derive(Debug, Default)]
pub(super) struct Reference<'de> {
    pub(super) id: Str<'de>,
    pub(super) index: Option<i64>,
    pub(super) component: Component<'de>,
}

impl<'de> Fields<'de> for Reference<'de> {
    const KEYS: &'static [&'static str] = &["id", "index", "toolComponent"];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "id" => self.id = map.next_value::<Text>()?.0,
            "index" => self.index = map.next_value::<Int>()?.0,
            _ => self.component = map.next_value::<Object<_>>()?.0.unwrap_or_default(),
        }
        Ok(())
    }
}

/// A reference to a tool component, §3.54.
#[derive(Debug, Default)]
pub(super) struct Component<'de> {
    pub(super) name: Str<'de>,
    pub(super) index: Option<i64>,
}

impl<'de> Fields<'de> for Component<'de> {
    const KEYS: &'static [&'static str] = &["name", "index"];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "name" => self.name = map.next_value::<Text>()?.0,
            _ => self.index = map.next_value::<Int>()?.0,
        }
        Ok(())
    }
}

/// A message, §3.11; a plain string in 1.0.0.
#[derive(Debug, Default)]
pub(super) struct Message<'de> {
    pub(super) text: Str<'de>,
    pub(super) id: Str<'de>,
    pub(super) arguments: Vec<Text<'de>>,
}

impl Message<'_> {
    fn merge(&mut self, other: Self) {
        self.text = self.text.take().or(other.text);
        self.id = self.id.take().or(other.id);
        if self.arguments.is_empty() {
            self.arguments = other.arguments;
        }
    }
}

impl<'de> serde::Deserialize<'de> for Message<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let TextOr(text, object) = TextOr::<MessageObject>::deserialize(deserializer)?;
        let message = object.map(|object| object.0).unwrap_or_default();
        Ok(Self {
            text: text.or(message.text),
            ..message
        })
    }
}

#[derive(Debug, Default)]
struct MessageObject<'de>(Message<'de>);

impl<'de> Fields<'de> for MessageObject<'de> {
    const KEYS: &'static [&'static str] = &["text", "id", "arguments", "messageId", "formatId"];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "text" => self.0.text = map.next_value::<Text>()?.0,
            "arguments" => self.0.arguments = map.next_value::<Capped<Text, 32>>()?.items,
            _ => self.0.id = map.next_value::<Text>()?.0,
        }
        Ok(())
    }
}

/// A string where older versions write one, or an object.
pub(super) struct TextOr<'de, T>(pub(super) Str<'de>, pub(super) Option<T>);

impl<'de, T: Fields<'de>> serde::Deserialize<'de> for TextOr<'de, T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(std::marker::PhantomData<T>);
        impl<'de, T: Fields<'de>> serde::de::Visitor<'de> for Either<T> {
            type Value = TextOr<'de, T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text or an object")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(TextOr(Some(Cow::Borrowed(text)), None))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextOr(Some(Cow::Owned(text.to_owned())), None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(TextOr(None, None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(TextOr(None, None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(TextOr(None, None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(TextOr(None, None))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(TextOr(None, None))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(TextOr(None, None))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let object = Object::<T>::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(TextOr(None, object.0))
            }
        }
        use serde::Deserialize as _;
        deserializer.deserialize_any(Either(std::marker::PhantomData))
    }
}

/// An object with a description: a fix, an exception.
#[derive(Debug, Default)]
struct Described<'de> {
    description: Message<'de>,
}

impl<'de> Fields<'de> for Described<'de> {
    const KEYS: &'static [&'static str] = &["description"];

    fn field<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.description = map.next_value()?;
        Ok(())
    }
}

/// A location: physical, else logical.
#[derive(Debug, Default)]
pub(super) struct Location<'de> {
    pub(super) uri: Str<'de>,
    pub(super) line: Option<u32>,
    /// `fullyQualifiedName`, else `name`, of the first logical location.
    pub(super) logical: Str<'de>,
}

impl<'de> Fields<'de> for Location<'de> {
    const KEYS: &'static [&'static str] = &[
        "physicalLocation",
        "logicalLocations",
        "logicalLocation",
        "fullyQualifiedLogicalName",
        "resultFile",
        "analysisTarget",
    ];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "physicalLocation" | "resultFile" => {
                let physical = map.next_value::<Object<Physical>>()?.0.unwrap_or_default();
                (self.uri, self.line) = (physical.uri, physical.line);
            }
            // 1.0.0: the file that was analysed, where the result is in no file of its own.
            "analysisTarget" => {
                let physical = map.next_value::<Object<Physical>>()?.0.unwrap_or_default();
                if self.uri.is_none() {
                    (self.uri, self.line) = (physical.uri, physical.line);
                }
            }
            "logicalLocations" => {
                let logical: Capped<Object<Logical>, 1> = map.next_value()?;
                let first = logical.items.into_iter().next().and_then(|item| item.0);
                self.logical = first.and_then(|logical| logical.full.or(logical.name));
            }
            "logicalLocation" => {
                let logical = map.next_value::<Object<Logical>>()?.0.unwrap_or_default();
                self.logical = logical.full.or(logical.name);
            }
            _ => self.logical = map.next_value::<Text>()?.0,
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Logical<'de> {
    full: Str<'de>,
    name: Str<'de>,
}

impl<'de> Fields<'de> for Logical<'de> {
    const KEYS: &'static [&'static str] = &["fullyQualifiedName", "name"];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "name" => self.name = map.next_value::<Text>()?.0,
            _ => self.full = map.next_value::<Text>()?.0,
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Physical<'de> {
    uri: Str<'de>,
    line: Option<u32>,
}

impl<'de> Fields<'de> for Physical<'de> {
    const KEYS: &'static [&'static str] = &["artifactLocation", "fileLocation", "region", "uri"];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "region" => self.line = map.next_value::<Object<Region>>()?.0.unwrap_or_default().line,
            "uri" => self.uri = map.next_value::<Text>()?.0,
            _ => self.uri = map.next_value::<Object<Artifact>>()?.0.unwrap_or_default().uri,
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Artifact<'de> {
    uri: Str<'de>,
}

impl<'de> Fields<'de> for Artifact<'de> {
    const KEYS: &'static [&'static str] = &["uri"];

    fn field<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.uri = map.next_value::<Text>()?.0;
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Region {
    line: Option<u32>,
}

impl<'de> Fields<'de> for Region {
    const KEYS: &'static [&'static str] = &["startLine"];

    fn field<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.line = map.next_value::<Int>()?.line();
        Ok(())
    }
}

/// A suppression, §3.35, with what Snyk adds.
#[derive(Debug, Default)]
pub(super) struct Suppression<'de> {
    pub(super) status: Str<'de>,
    pub(super) justification: Str<'de>,
    pub(super) expires: Str<'de>,
    pub(super) author: Str<'de>,
}

impl<'de> Fields<'de> for Suppression<'de> {
    const KEYS: &'static [&'static str] = &["status", "state", "justification", "properties"];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "justification" => self.justification = map.next_value::<Text>()?.0,
            "properties" => {
                let more = map.next_value::<Object<SnykIgnore>>()?.0.unwrap_or_default();
                (self.expires, self.author) = (more.expires, more.author);
            }
            _ => self.status = map.next_value::<Text>()?.0,
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct SnykIgnore<'de> {
    expires: Str<'de>,
    author: Str<'de>,
}

impl<'de> Fields<'de> for SnykIgnore<'de> {
    const KEYS: &'static [&'static str] = &["expiration", "ignoredBy"];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        if key == "expiration" {
            self.expires = map.next_value::<Text>()?.0;
        } else {
            let TextOr(text, person) = map.next_value::<TextOr<Person>>()?;
            self.author = text.or_else(|| person.and_then(|person| person.name.or(person.email)));
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Person<'de> {
    name: Str<'de>,
    email: Str<'de>,
}

impl<'de> Fields<'de> for Person<'de> {
    const KEYS: &'static [&'static str] = &["name", "email"];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "name" => self.name = map.next_value::<Text>()?.0,
            _ => self.email = map.next_value::<Text>()?.0,
        }
        Ok(())
    }
}

/// What tools add to a result.
#[derive(Debug, Default)]
pub(super) struct Properties<'de> {
    /// `severity`, else `issue_severity`; Snyk's own policy goes before both.
    pub(super) severity: Str<'de>,
    pub(super) score: Str<'de>,
    pub(super) purl: Str<'de>,
}

impl<'de> Fields<'de> for Properties<'de> {
    const KEYS: &'static [&'static str] = &[
        "snykPolicy/v1",
        "severity",
        "issue_severity",
        "security-severity",
        "purl",
    ];

    fn field<A: MapAccess<'de>>(&mut self, key: &'static str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "snykPolicy/v1" => {
                let policy = map.next_value::<Object<Policy>>()?.0.unwrap_or_default();
                self.severity = policy.severity.or_else(|| self.severity.take());
            }
            "security-severity" => self.score = map.next_value::<Text>()?.0,
            "purl" => self.purl = map.next_value::<Text>()?.0,
            _ => {
                let severity = map.next_value::<Text>()?.0;
                self.severity = self.severity.take().or(severity);
            }
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Policy<'de> {
    severity: Str<'de>,
}

impl<'de> Fields<'de> for Policy<'de> {
    const KEYS: &'static [&'static str] = &["severity"];

    fn field<A: MapAccess<'de>>(&mut self, _: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.severity = map.next_value::<Text>()?.0;
        Ok(())
    }
}
