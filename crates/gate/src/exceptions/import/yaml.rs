//! YAML as ignore files need it: scalars, lists and maps, each with its line.
//!
//! Built on the events of `saphyr-parser`. Anchors and aliases are refused: no ignore file needs them, and with them
//! a few lines stand for billions. Depth is bounded, keys are unique, and a file holds one document.

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::ImportError;

/// The deepest nesting: Snyk's files have four levels.
const MAX_DEPTH: usize = 32;

/// A value with the line that it begins on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) line: u32,
    pub(super) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// `~`, `null`, or nothing.
    Null,
    /// Text, number or anything else that is one word or quoted.
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.map()
            .iter()
            .find(|(name, _)| name.text() == Some(key))
            .map(|(_, value)| value)
    }

    /// The text of a key; `None` where it is absent or no text.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    pub(super) fn list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries; none where it is no map.
    pub(super) fn map(&self) -> &[(Node, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }
}

/// A collection whose end has not been read.
struct Open {
    line: u32,
    is_map: bool,
    /// Items of a list; keys and values by turns of a map.
    items: Vec<Node>,
    keys: HashSet<String>,
}

/// Reads one document; an empty text is null.
pub(super) fn parse(text: &str) -> Result<Node, ImportError> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            // Not its own rendering, which repeats the place in another form.
            failure(error.marker().line(), error.info())
        })?;
        let at = span.start.line();
        let line = u32::try_from(at).unwrap_or(u32::MAX);
        let done = match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(failure(at, "a second document; only one is read"));
                }
                continue;
            }
            Event::Alias(_) => return Err(failure(at, "an alias; write the value out")),
            Event::Scalar(text, style, anchor, tag) => {
                refuse_anchor(at, anchor)?;
                if tag.is_some_and(|tag| !tag.is_yaml_core_schema()) {
                    return Err(failure(at, "a tag that is not read"));
                }
                let plain = style == ScalarStyle::Plain;
                let value = match text.as_ref() {
                    "" | "~" | "null" | "Null" | "NULL" if plain => Value::Null,
                    text => Value::Text(text.to_owned()),
                };
                Node { line, value }
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                refuse_anchor(at, anchor)?;
                if open.len() >= MAX_DEPTH {
                    return Err(failure(at, "nested too deeply"));
                }
                open.push(Open {
                    line,
                    is_map: matches!(event, Event::MappingStart(..)),
                    items: Vec::new(),
                    keys: HashSet::new(),
                });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(collection) => collection.close(),
                None => continue,
            },
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.push(done)?,
            None => root = Some(done),
        }
    }
    Ok(root.unwrap_or(Node {
        line: 1,
        value: Value::Null,
    }))
}

impl Open {
    fn push(&mut self, node: Node) -> Result<(), ImportError> {
        if self.is_map && self.items.len().is_multiple_of(2) {
            let line = node.line as usize;
            let Some(key) = node.text() else {
                return Err(failure(line, "a key that is no text"));
            };
            if !self.keys.insert(key.to_owned()) {
                return Err(failure(line, "a key that stands there twice"));
            }
        }
        self.items.push(node);
        Ok(())
    }

    fn close(self) -> Node {
        let value = if self.is_map {
            let mut items = self.items.into_iter();
            let mut entries = Vec::new();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                entries.push((key, value));
            }
            Value::Map(entries)
        } else {
            Value::List(self.items)
        };
        Node {
            line: self.line,
            value,
        }
    }
}

fn refuse_anchor(line: usize, anchor: usize) -> Result<(), ImportError> {
    match anchor {
        0 => Ok(()),
        _ => Err(failure(line, "an anchor; write the value out where it is used")),
    }
}

fn failure(line: usize, problem: &str) -> ImportError {
    ImportError::Yaml {
        line: u32::try_from(line).unwrap_or(u32::MAX).max(1),
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_lines() {
        let node = parse("# comment\na:\n  - x: 1\n    'y': ~\n  - \"null\"\nb: 2026-01-02\n").unwrap();
        let list = node.get("a").unwrap().list().unwrap();
        assert_eq!(list[0].text_of("x"), Some("1"));
        assert_eq!(list[0].line, 3);
        assert!(list[0].get("y").unwrap().is_null());
        assert_eq!(list[1].text(), Some("null"));
        assert_eq!(node.text_of("b"), Some("2026-01-02"));
        assert_eq!(node.get("b").unwrap().line, 6);
        assert!(parse("").unwrap().is_null());
    }

    #[test]
    fn what_is_not_read_names_its_line() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parse(text).unwrap_err().to_string(), expected, "{text}");
        };
        check(
            "a: &x 1\nb: *x\n",
            "line 1: an anchor; write the value out where it is used",
        );
        check("a: 1\n---\nb: 1\n", "line 2: a second document; only one is read");
        check("a: 1\nb: 2\na: 3\n", "line 3: a key that stands there twice");
        check("? [a]\n: 1\n", "line 1: a key that is no text");
        check("a: !ruby/object x\n", "line 1: a tag that is not read");
        assert!(parse("a: [\n").is_err());
        assert!(parse("a:\n\t- x\n").is_err());
        assert!(parse(&"[".repeat(10_000)).is_err());
        assert!(parse(&"- ".repeat(10_000)).is_err());
        assert!(parse(&"{a: ".repeat(10_000)).is_err());
    }
}
