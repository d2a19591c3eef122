//! The results of a report, and the rows of each.

use std::collections::HashMap;

use sealift_types::{Finding, SourcePackage};
use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess};

use super::super::lax::{Lax, List, Number, Text};
use super::super::run::Run;
use super::super::visit::{Each, Elements, Fields};
use super::document::explained;
use super::other::{License, Misconfiguration, Modified, Secret};
use super::vulnerability::Vulnerability;
use crate::purl_type::{is_distribution, purl_type};

/// One row of any kind.
pub(super) enum Row {
    Vulnerability(Box<Vulnerability>),
    Misconfiguration(Box<Misconfiguration>),
    Secret(Box<Secret>),
    License(Box<License>),
    Modified(Box<Modified>),
}

/// What a row is, once it is understood.
pub(super) enum Outcome {
    Finding(Box<Finding>),
    Explained(&'static str),
}

/// What the rows of one result have in common.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) target: Text,
    class: Text,
    result_type: Text,
    /// Source packages by package id, where the report lists all packages.
    sources: HashMap<String, SourcePackage>,
}

impl Scope {
    /// Whether what the rows need has been read. Trivy writes it first, and so does a sort by key, as far as
    /// vulnerabilities are concerned.
    fn is_complete(&self) -> bool {
        self.target.is_some() && (self.result_type.is_some() || self.class.is_some())
    }

    /// The purl type of this result's packages.
    pub(super) fn package_type(&self) -> Option<&'static str> {
        self.result_type.as_deref().and_then(purl_type)
    }

    /// The file that the result is about: none where the target is an image or a class of packages.
    pub(super) fn file(&self) -> Option<&str> {
        const AGGREGATES: [&str; 8] = [
            "Node.js",
            "Python",
            "Ruby",
            "Java",
            "Conda",
            "PHP",
            "Rust Binary",
            "Julia",
        ];
        let os = self.class.as_deref() == Some("os-pkgs") || self.package_type().is_some_and(is_distribution);
        self.target
            .as_deref()
            .filter(|target| !os && !AGGREGATES.contains(target))
    }

    /// The source package of the package with this id, or of this name and version.
    pub(super) fn source(
        &self,
        id: Option<&str>,
        name: &str,
        version: Option<&str>,
    ) -> Option<SourcePackage> {
        if self.sources.is_empty() {
            return None;
        }
        id.and_then(|id| self.sources.get(id))
            .or_else(|| self.sources.get(&format!("{name}@{}", version?)))
            .cloned()
    }
}

/// Reads `Results[]`.
pub(super) struct Results<'a> {
    pub(super) run: Run<'a>,
    /// The target of the first result with OS packages.
    pub(super) os_target: Option<String>,
    index: usize,
    scope: Scope,
    /// Rows that came before what they need; of one result only.
    pending: Vec<Row>,
    streamed: bool,
    /// Whether there was no result.
    pub(super) is_empty: bool,
}

impl<'a> Results<'a> {
    pub(super) fn new(run: Run<'a>) -> Self {
        Self {
            run,
            os_target: None,
            index: 0,
            scope: Scope::default(),
            pending: Vec::new(),
            streamed: false,
            is_empty: true,
        }
    }

    fn rows<'de, A, T>(&mut self, key: &str, map: &mut A, row: fn(Box<T>) -> Row) -> Result<(), A::Error>
    where
        A: MapAccess<'de>,
        T: Deserialize<'de> + Default,
    {
        let pointer = format!("/Results/{}/{key}", self.index);
        let complete = self.scope.is_complete();
        self.streamed |= complete;
        map.next_value_seed(Each::new(&pointer, |value: Lax<T>| {
            let row = row(Box::new(value.0));
            if complete {
                emit(row, &self.scope, &mut self.run)
            } else {
                self.pending.push(row);
                Ok(())
            }
        }))
        .map(drop)
    }
}

impl<'de> Fields<'de> for Results<'_> {
    const WHAT: &'static str = "a result of Trivy";
    const ROWS: &'static [&'static str] = &[
        "Vulnerabilities",
        "Misconfigurations",
        "Secrets",
        "Licenses",
        "ExperimentalModifiedFindings",
    ];

    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "Target" => self.scope.target = map.next_value()?,
            "Class" => self.scope.class = map.next_value()?,
            "Type" => self.scope.result_type = map.next_value()?,
            "Packages" => {
                if self.streamed {
                    self.run.warn(
                        "packages-after-rows",
                        format!(
                            "/Results/{}: packages follow the rows; source packages are not known",
                            self.index
                        ),
                    );
                }
                map.next_value_seed(Packages(&mut self.scope.sources))?;
            }
            "Vulnerabilities" => self.rows(key, map, Row::Vulnerability)?,
            "Misconfigurations" => self.rows(key, map, Row::Misconfiguration)?,
            "Secrets" => self.rows(key, map, Row::Secret)?,
            "Licenses" => self.rows(key, map, Row::License)?,
            "ExperimentalModifiedFindings" => self.rows(key, map, Row::Modified)?,
            "CustomResources" => {
                let pointer = format!("/Results/{}/{key}", self.index);
                explained(map, &mut self.run, &pointer, "custom resource")?;
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl Elements<'_> for Results<'_> {
    fn begin(&mut self, index: usize) {
        self.index = index;
        self.scope = Scope::default();
        self.streamed = false;
    }

    fn end(&mut self) -> Result<(), String> {
        self.is_empty = false;
        for row in std::mem::take(&mut self.pending) {
            emit(row, &self.scope, &mut self.run)
                .map_err(|reason| format!("/Results/{}: {reason}", self.index))?;
        }
        if self.os_target.is_none() && self.scope.file().is_none() {
            let os = self.scope.package_type().is_none_or(is_distribution);
            self.os_target = self.scope.target.0.take().filter(|_| os);
        }
        Ok(())
    }
}

fn emit(row: Row, scope: &Scope, run: &mut Run<'_>) -> Result<(), &'static str> {
    let outcome = match row {
        Row::Vulnerability(row) => row.understand(scope),
        Row::Misconfiguration(row) => row.understand(scope),
        Row::Secret(row) => row.understand(scope),
        Row::License(row) => row.understand(scope),
        Row::Modified(row) => row.understand(scope),
    }?;
    match outcome {
        Outcome::Finding(finding) => run.finding(*finding),
        Outcome::Explained(reason) => run.explain(reason),
    }
    Ok(())
}

/// `Packages[]`, of which only the source packages are kept.
struct Packages<'s>(&'s mut HashMap<String, SourcePackage>);

impl<'de> DeserializeSeed<'de> for Packages<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // Packages are no rows: where the list is odd, only the sources are missing.
        let packages: List<Lax<ListedPackage>> = Deserialize::deserialize(deserializer)?;
        for Lax(package) in packages.0 {
            let (Some(name), Some(source)) = (package.name.as_deref(), package.source_name.0) else {
                continue;
            };
            let version = full_version(
                package.source_epoch,
                package.source_version.0,
                package.source_release.0,
            );
            let id = match (package.id.0, package.version.0) {
                (Some(id), _) => id,
                (None, Some(version)) => format!("{name}@{version}"),
                (None, None) => continue,
            };
            self.0.insert(id, SourcePackage::new(source, version));
        }
        Ok(())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListedPackage {
    #[serde(rename = "ID")]
    id: Text,
    #[serde(rename = "Name")]
    name: Text,
    #[serde(rename = "Version")]
    version: Text,
    #[serde(rename = "SrcName")]
    source_name: Text,
    #[serde(rename = "SrcVersion")]
    source_version: Text,
    #[serde(rename = "SrcRelease")]
    source_release: Text,
    #[serde(rename = "SrcEpoch")]
    source_epoch: Number,
}

/// `epoch:version-release` of the parts that are there.
fn full_version(epoch: Number, version: Option<String>, release: Option<String>) -> Option<String> {
    let mut full = version?;
    if let Some(release) = release {
        full = format!("{full}-{release}");
    }
    Some(match epoch.0 {
        Some(epoch) if epoch > 0.0 => format!("{epoch}:{full}"),
        _ => full,
    })
}
