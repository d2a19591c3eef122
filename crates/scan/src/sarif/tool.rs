//! The tool of a run (SARIF §3.18, §3.19), with its rules.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use sealift_types::Kind;

use super::rule::Keep;
use super::rulebook::{Rulebook, Rules, Table};
use super::scanner::Scanner;
use crate::accept::{ExactKey, Text, cut};

/// What a tool says of itself.
#[derive(Debug, Default)]
pub(super) struct Tool {
    pub(super) name: Option<String>,
    pub(super) full_name: Option<String>,
    pub(super) version: Option<String>,
    /// Whether the rules came with it, so that results can be read as they come.
    pub(super) is_complete: bool,
}

impl Tool {
    pub(super) fn scanner(&self) -> Scanner {
        self.name
            .as_deref()
            .map_or(Scanner::Other(Kind::Code), Scanner::of)
    }
}

/// Reads `tool`; its rules go to `rules`.
pub(super) struct ToolSeed<'a> {
    pub(super) rules: &'a mut Rules,
    /// Bytes kept of a text.
    pub(super) text: usize,
}

const KEYS: &[&str] = &[
    "driver",
    "extensions",
    "name",
    "fullName",
    "version",
    "semanticVersion",
];

const KEYS_EXACT: ExactKey = ExactKey {
    known: KEYS,
    exact: &["driver", "extensions"],
};

impl<'de> DeserializeSeed<'de> for ToolSeed<'_> {
    type Value = Tool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ToolSeed<'_> {
    type Value = Tool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tool")
    }

    fn visit_unit<E>(self) -> Result<Tool, E> {
        Ok(Tool::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tool, A::Error> {
        let mut tool = Tool::default();
        let mut semantic = None;
        while let Some(key) = map.next_key_seed(KEYS_EXACT)? {
            match key.map(|index| KEYS[index]) {
                Some("driver") => {
                    let component = map.next_value_seed(ComponentSeed {
                        text: self.text,
                        name: None,
                    })?;
                    self.rules.set_driver(component.book);
                    tool = component.tool;
                    tool.is_complete = true;
                }
                Some("extensions") => map.next_value_seed(Extensions {
                    rules: self.rules,
                    text: self.text,
                    name: tool.name.as_deref(),
                })?,
                // 1.0.0 and the first drafts of 2.0.0 have no driver.
                Some("name") => tool.name = text(map.next_value()?).or(tool.name),
                Some("fullName") => tool.full_name = text(map.next_value()?),
                Some("version") => tool.version = text(map.next_value()?),
                Some("semanticVersion") => semantic = text(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        tool.version = tool.version.or(semantic);
        Ok(tool)
    }
}

fn text(text: Text<'_>) -> Option<String> {
    text.0
        .map(|text| cut(text.trim(), 256).to_owned())
        .filter(|text| !text.is_empty())
}

/// Reads one tool component.
struct ComponentSeed<'a> {
    text: usize,
    /// The driver's name where this is an extension.
    name: Option<&'a str>,
}

#[derive(Default)]
struct Component {
    tool: Tool,
    book: Rulebook,
}

const COMPONENT_KEYS: &[&str] = &[
    "name",
    "fullName",
    "version",
    "semanticVersion",
    "rules",
    "ruleDescriptors",
];

const COMPONENT_KEYS_EXACT: ExactKey = ExactKey {
    known: COMPONENT_KEYS,
    exact: &["rules", "ruleDescriptors"],
};

impl<'de> DeserializeSeed<'de> for ComponentSeed<'_> {
    type Value = Component;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Component, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ComponentSeed<'_> {
    type Value = Component;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tool component")
    }

    fn visit_unit<E>(self) -> Result<Component, E> {
        Ok(Component::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Component, A::Error> {
        let mut component = Component::default();
        let mut semantic = None;
        while let Some(key) = map.next_key_seed(COMPONENT_KEYS_EXACT)? {
            let tool = &mut component.tool;
            match key.map(|index| COMPONENT_KEYS[index]) {
                Some("name") => tool.name = text(map.next_value()?),
                Some("fullName") => tool.full_name = text(map.next_value()?),
                Some("version") => tool.version = text(map.next_value()?),
                Some("semanticVersion") => semantic = text(map.next_value()?),
                Some("rules" | "ruleDescriptors") => {
                    let keep = Keep {
                        text: self.text,
                        scanner: self.name.or(tool.name.as_deref()).map(Scanner::of),
                    };
                    map.next_value_seed(Table(&mut component.book, keep))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        component.tool.version = component.tool.version.or(semantic);
        component.book.name = component.tool.name.as_deref().map(Box::from);
        Ok(component)
    }
}

/// Reads the extensions; `null` is none.
struct Extensions<'a> {
    rules: &'a mut Rules,
    text: usize,
    name: Option<&'a str>,
}

impl<'de> DeserializeSeed<'de> for Extensions<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Extensions<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tool extensions")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(component) = seq.next_element_seed(ComponentSeed {
            text: self.text,
            name: self.name,
        })? {
            self.rules.add_extension(component.book);
        }
        Ok(())
    }
}
