//! The rules of a run, and which of them a result means.

use std::collections::HashMap;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::rule::{Keep, Rule, RuleSeed};
use crate::accept::Key;

/// Tool components searched for a rule that a result names without its component. GitHub takes 100 extensions;
/// without a bound, a log of nothing but extensions and results would take quadratic time.
const MAX_SEARCHED: usize = 256;

/// The rules of a run: the driver's, then each extension's.
#[derive(Debug, Default)]
pub(super) struct Rules {
    components: Vec<Rulebook>,
}

/// The rules of one tool component.
#[derive(Debug, Default)]
pub(super) struct Rulebook {
    pub(super) name: Option<Box<str>>,
    pub(super) rules: Vec<Rule>,
    by_id: HashMap<Box<str>, u32>,
    repeated: u64,
}

impl Rulebook {
    pub(super) fn add(&mut self, rule: Rule) {
        let index = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        if !rule.id.is_empty() {
            let first = *self.by_id.entry(rule.id.clone()).or_insert(index);
            self.repeated += u64::from(first != index);
        }
        self.rules.push(rule);
    }
}

/// How a result came to its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Yes,
    /// The index names no rule; the id decided.
    BadIndex,
    /// The index names a rule of another id; the id decided.
    Conflict,
}

impl Rules {
    pub(super) fn set_driver(&mut self, book: Rulebook) {
        if self.components.is_empty() {
            self.components.push(book);
        } else if self.components[0].rules.is_empty() {
            self.components[0] = book;
        }
    }

    pub(super) fn add_extension(&mut self, book: Rulebook) {
        if self.components.is_empty() {
            self.components.push(Rulebook::default());
        }
        self.components.push(book);
    }

    /// Rules whose id an earlier rule of the same component has.
    pub(super) fn repeated(&self) -> u64 {
        self.components.iter().map(|book| book.repeated).sum()
    }

    /// The rule of a result, §3.27.5–3.27.7: by index where it agrees with the id; the id wins. `component` is the
    /// index of an extension, or its name.
    pub(super) fn find(
        &self,
        id: Option<&str>,
        index: Option<i64>,
        component: (Option<i64>, Option<&str>),
    ) -> (Option<&Rule>, Found) {
        let book = match component {
            (Some(extension), _) if extension >= 0 => usize::try_from(extension)
                .ok()
                .and_then(|extension| self.components.get(extension.saturating_add(1))),
            (_, Some(name)) => self
                .components
                .iter()
                .take(MAX_SEARCHED)
                .find(|book| book.name.as_deref() == Some(name)),
            _ => None,
        };
        let main = book.or_else(|| self.components.first());
        let mut found = Found::Yes;
        // -1 is the schema's default and means "none" (§3.27.6).
        if let Some(index) = index.filter(|&index| index != -1) {
            let rule = usize::try_from(index)
                .ok()
                .and_then(|index| main.and_then(|book| book.rules.get(index)));
            match (rule, id) {
                (Some(rule), None) => return (Some(rule), Found::Yes),
                (Some(rule), Some(id)) if *rule.id == *id || is_below(id, &rule.id) => {
                    return (Some(rule), Found::Yes);
                }
                (Some(_), Some(_)) => found = Found::Conflict,
                (None, _) => found = Found::BadIndex,
            }
        }
        let Some(id) = id else { return (None, found) };
        let rule = main
            .and_then(|book| book.by_id.get(id).map(|&index| &book.rules[index as usize]))
            .or_else(|| {
                self.components
                    .iter()
                    .take(MAX_SEARCHED)
                    .find_map(|book| book.by_id.get(id).map(|&index| &book.rules[index as usize]))
            })
            .or_else(|| {
                let (parent, _) = id.rsplit_once('/')?;
                main.and_then(|book| book.by_id.get(parent).map(|&index| &book.rules[index as usize]))
            });
        (rule, found)
    }
}

/// Hierarchical ids, §3.27.5: `CA1000/1` belongs to the rule `CA1000`.
fn is_below(id: &str, rule: &str) -> bool {
    !rule.is_empty() && id.strip_prefix(rule).is_some_and(|rest| rest.starts_with('/'))
}

/// Reads a table of rules into a book: an array (2.1.0), or an object by key (1.0.0, 2.0.0). `null` is empty.
pub(super) struct Table<'a>(pub(super) &'a mut Rulebook, pub(super) Keep);

impl<'de> DeserializeSeed<'de> for Table<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Table<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("rules")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(rule) = seq.next_element_seed(RuleSeed(self.1))? {
            self.0.add(rule);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let mut rule = map.next_value_seed(RuleSeed(self.1))?;
            if rule.id.is_empty() {
                rule.id = key.into();
            }
            self.0.add(rule);
        }
        Ok(())
    }
}

/// `resources.rules` of the 2.0.0 drafts.
pub(super) struct Resources<'a>(pub(super) &'a mut Rulebook, pub(super) Keep);

impl<'de> DeserializeSeed<'de> for Resources<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Resources<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("resources")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Key(&["rules"]))? {
            if key.is_some() {
                map.next_value_seed(Table(self.0, self.1))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}
