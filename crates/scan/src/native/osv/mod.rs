//! osv-scanner's JSON, versions 1 and 2.
//!
//! Source: google/osv-scanner `pkg/models/results.go`; OSV schema 1.7. The rows are the vulnerabilities of each
//! package; `groups` say which of them are one flaw. `experimental_analysis` of a group can say that the code is
//! not called, which is no suppression. Licence violations are rows too.

mod vulnerability;

use sealift_types::{Finding, Kind, Location, Package, Report, SourcePackage};
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess};
use serde::{Deserialize, Deserializer};

use self::vulnerability::{Group, Groups, Vulnerability};
use super::lax::{Lax, List, Text};
use super::run::{Run, statement};
use super::visit::{EachObject, Elements, Fields, Held, Object};
use crate::purl_type::purl_type;
use crate::read::{Context, Sink};

/// Reads one osv-scanner report.
///
/// # Errors
/// The JSON's own errors; `results` absent or no array; a vulnerability without an id.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    context: &Context<'_>,
    sink: &mut dyn Sink,
) -> Result<(), D::Error> {
    let mut document = Document {
        has_results: false,
        results: Results {
            path: None,
            packages: Packages {
                run: Run::new(context, "osv-scanner", sink),
                path: None,
                result_index: 0,
                package_index: 0,
                package: PackageRows::default(),
            },
            early: Vec::new(),
            is_empty: true,
        },
    };
    Object(&mut document).deserialize(deserializer)?;
    if !document.has_results {
        return Err(D::Error::custom("an osv-scanner report without results"));
    }
    let is_empty = document.results.is_empty;
    let mut run = document.results.packages.run;
    if is_empty {
        run.nothing_scanned("/results is empty");
    }
    run.report.tool = Some("osv-scanner".to_owned());
    run.close(Report::default());
    Ok(())
}

struct Document<'a> {
    has_results: bool,
    results: Results<'a>,
}

impl<'de> Fields<'de> for Document<'_> {
    const WHAT: &'static str = "an osv-scanner report";
    const ROWS: &'static [&'static str] = &["results"];

    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "results" => {
                self.has_results = true;
                map.next_value_seed(EachObject(&mut self.results))
            }
            "image_metadata" => {
                let image = map.next_value::<Lax<ImageMetadata>>()?.0;
                self.results.packages.run.report.subject.distro = image.os.0;
                self.results.packages.run.report.subject.layers = image
                    .layers
                    .0
                    .into_iter()
                    .filter_map(|Lax(layer)| layer.diff_id.as_deref()?.parse().ok())
                    .collect();
                Ok(())
            }
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ImageMetadata {
    os: Text,
    #[serde(rename = "layer_metadata")]
    layers: List<Lax<LayerMetadata>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LayerMetadata {
    diff_id: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Source {
    path: Text,
}

/// `results[]`: one for each source file.
struct Results<'a> {
    path: Option<String>,
    packages: Packages<'a>,
    /// Packages that came before their source; of one result only.
    early: Vec<PackageRows>,
    /// Whether there was no result.
    is_empty: bool,
}

impl<'de> Fields<'de> for Results<'_> {
    const WHAT: &'static str = "a result of osv-scanner";
    const ROWS: &'static [&'static str] = &["packages"];

    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            // The first releases wrote the names of Go's fields.
            "source" | "packageSource" => {
                self.path = map.next_value::<Lax<Source>>()?.0.path.0;
                self.packages.path.clone_from(&self.path);
            }
            "packages" if self.path.is_some() => {
                map.next_value_seed(EachObject(&mut self.packages))?;
            }
            "packages" => self.early.extend(
                map.next_value::<Held<Option<PackageRows>>>()?
                    .0
                    .into_iter()
                    .flatten(),
            ),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl Elements<'_> for Results<'_> {
    fn begin(&mut self, index: usize) {
        self.path = None;
        self.packages.path = None;
        self.packages.result_index = index;
    }

    fn end(&mut self) -> Result<(), String> {
        self.is_empty = false;
        for (index, package) in std::mem::take(&mut self.early).into_iter().enumerate() {
            let pointer = format!("/results/{}/packages/{index}", self.packages.result_index);
            package.emit(&mut self.packages.run, self.path.as_deref(), &pointer)?;
        }
        Ok(())
    }
}

/// `results[].packages[]`: one package is held at a time.
struct Packages<'a> {
    run: Run<'a>,
    path: Option<String>,
    result_index: usize,
    package_index: usize,
    package: PackageRows,
}

impl<'de> Fields<'de> for Packages<'_> {
    const WHAT: &'static str = "a package of osv-scanner";
    const ROWS: &'static [&'static str] = &["vulnerabilities", "license_violations"];

    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        self.package.field(key, map)
    }
}

impl Elements<'_> for Packages<'_> {
    fn begin(&mut self, index: usize) {
        self.package_index = index;
    }

    fn end(&mut self) -> Result<(), String> {
        let pointer = format!("/results/{}/packages/{}", self.result_index, self.package_index);
        std::mem::take(&mut self.package).emit(&mut self.run, self.path.as_deref(), &pointer)
    }
}

#[derive(Default)]
struct PackageRows {
    package: Lax<StatedPackage>,
    vulnerabilities: Held<Lax<Vulnerability>>,
    groups: List<Lax<Group>>,
    license_violations: Held<Text>,
}

impl<'de> Fields<'de> for PackageRows {
    const WHAT: &'static str = <Packages<'_> as Fields<'de>>::WHAT;
    const ROWS: &'static [&'static str] = <Packages<'_> as Fields<'de>>::ROWS;

    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "package" | "Package" => self.package = map.next_value()?,
            "vulnerabilities" => self.vulnerabilities = map.next_value()?,
            "groups" => self.groups = map.next_value()?,
            "license_violations" => self.license_violations = map.next_value()?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for PackageRows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut rows = Self::default();
        Object(&mut rows).deserialize(deserializer)?;
        Ok(rows)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StatedPackage {
    name: Text,
    version: Text,
    ecosystem: Text,
    os_package_name: Text,
    commit: Text,
}

impl PackageRows {
    fn emit(self, run: &mut Run<'_>, path: Option<&str>, pointer: &str) -> Result<(), String> {
        let stated = self.package.0;
        let ecosystem = stated.ecosystem.0.unwrap_or_default();
        let name = stated.name.0;
        // In images a finding is about the source package; the binary's name stands beside it.
        let binary = stated
            .os_package_name
            .0
            .filter(|binary| Some(binary) != name.as_ref());
        let package = match (name, binary) {
            (Some(source), Some(binary)) => Some(Package {
                source: Some(SourcePackage::new(source, stated.version.0.clone())),
                ..Package::named(binary)
            }),
            (name, binary) => name.or(binary).map(Package::named),
        };
        let package = package.map(|package| Package {
            package_type: purl_type(&ecosystem).map(ToOwned::to_owned),
            version: stated.version.0.or(stated.commit.0),
            ..package
        });
        let groups = Groups::new(&self.groups.0);
        for (index, Lax(vulnerability)) in self.vulnerabilities.0.into_iter().enumerate() {
            let mut finding = vulnerability
                .understand(package.as_ref(), &ecosystem, &groups)
                .map_err(|reason| format!("{pointer}/vulnerabilities/{index}: {reason}"))?;
            place(&mut finding, path);
            run.finding(finding);
        }
        for (index, license) in self.license_violations.0.into_iter().enumerate() {
            let license = license
                .0
                .ok_or_else(|| format!("{pointer}/license_violations/{index}: no license"))?;
            let mut finding = Finding {
                kind: Kind::License,
                id: license.clone(),
                package: package.clone(),
                statements: vec![statement(&license)],
                ..Finding::default()
            };
            place(&mut finding, path);
            run.finding(finding);
        }
        Ok(())
    }
}

fn place(finding: &mut Finding, path: Option<&str>) {
    if let Some(path) = path {
        let statement = &mut finding.statements[0];
        statement.locations_total = 1;
        statement.locations = vec![Location {
            path: path.to_owned(),
            ..Location::default()
        }];
    }
}
