//! Normalised components as numbers, so that grouping a hundred thousand of them copies few texts.

use std::collections::HashMap;

use sealift_types::{Finding, Kind};

use crate::component::{Component, source_version};

/// A text as a number; equal texts have equal numbers. 0 is the empty text.
pub(crate) type Symbol = u32;

/// A [`Component`] in symbols.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    pub(crate) package_type: Symbol,
    pub(crate) name: Symbol,
    pub(crate) loose_name: Symbol,
    pub(crate) version: Symbol,
    /// The version as a source package would have it.
    pub(crate) source_version: Symbol,
    /// Name and version of the source package.
    pub(crate) source: Option<(Symbol, Symbol)>,
    /// See [`Component::is_complete`].
    pub(crate) is_complete: bool,
    /// See [`Component::is_distribution`].
    pub(crate) is_distribution: bool,
    /// A vulnerability whose scanners all mean a source package by it; see [`Component::names_source`].
    pub(crate) names_source: bool,
}

/// The texts behind the symbols.
#[derive(Default)]
pub(crate) struct Symbols {
    texts: Vec<Box<str>>,
    index: HashMap<Box<str>, Symbol>,
}

impl Symbols {
    /// What `finding` is about; `scanner` names the scanner of a report.
    pub(crate) fn identity<'a>(&mut self, finding: &Finding, scanner: impl Fn(u32) -> &'a str) -> Identity {
        let component = Component::of_finding(finding);
        let source = component.source.as_ref();
        let version = self.symbol(&component.version);
        let source_version = match source_version(&component.version) {
            same if same.len() == component.version.len() => version,
            other => self.symbol(other),
        };
        let name = self.symbol(&component.name);
        Identity {
            package_type: self.symbol(&component.package_type),
            name,
            loose_name: if component.loose_name == component.name {
                name
            } else {
                self.symbol(&component.loose_name)
            },
            version,
            source_version,
            source: source.map(|source| (self.symbol(&source.name), self.symbol(&source.version))),
            is_complete: component.is_complete(),
            is_distribution: component.is_distribution(),
            names_source: finding.kind == Kind::Vulnerability
                && finding
                    .statements
                    .iter()
                    .all(|statement| component.names_source(scanner(statement.report))),
        }
    }

    /// The number of `text`.
    pub(crate) fn symbol(&mut self, text: &str) -> Symbol {
        if text.is_empty() {
            return 0;
        }
        if let Some(&symbol) = self.index.get(text) {
            return symbol;
        }
        self.texts.push(text.into());
        let symbol = Symbol::try_from(self.texts.len()).unwrap_or(Symbol::MAX);
        self.index.insert(text.into(), symbol);
        symbol
    }

    /// The number of `text`, if it has one.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        self.index.get(text).copied()
    }

    /// The text of a number.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        match symbol {
            0 => "",
            _ => &self.texts[symbol as usize - 1],
        }
    }
}
