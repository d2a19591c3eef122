//! GitLab's security report, container scanning first, versions 2 to 15.
//!
//! Source: gitlab-org/security-products/security-report-schemas, `container-scanning-report-format.json`. The
//! rows are `vulnerabilities`. The report names the scanner that GitLab ran, which decides the report's scanner;
//! the image stands in each row. Reports of other types (dependency scanning, secret detection, SAST) have the
//! same envelope and are read too.

mod vulnerability;

use sealift_types::Report;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess};
use serde::{Deserialize, Deserializer};

use self::vulnerability::{Place, Vulnerability};
use super::lax::{Lax, Text};
use super::run::Run;
use super::text::{digests, timestamp};
use super::visit::{Each, Fields, Object};
use crate::read::{Context, Sink};

/// Reads one GitLab report.
///
/// # Errors
/// The JSON's own errors; `vulnerabilities` absent or no array; a row without any identifier; a scan whose status
/// is `failure`.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    context: &Context<'_>,
    sink: &mut dyn Sink,
) -> Result<(), D::Error> {
    let mut document = Document {
        run: Run::new(context, "gitlab", sink),
        has_rows: false,
        place: None,
    };
    Object(&mut document).deserialize(deserializer)?;
    if !document.has_rows {
        return Err(D::Error::custom("a GitLab report without vulnerabilities"));
    }
    document.subject();
    document.run.close(Report::default());
    Ok(())
}

struct Document<'a> {
    run: Run<'a>,
    has_rows: bool,
    /// The image and operating system of the first row that names them.
    place: Option<Place>,
}

impl Document<'_> {
    fn subject(&mut self) {
        let Some(place) = self.place.take() else { return };
        let subject = &mut self.run.report.subject;
        subject.digests = digests(place.image.as_deref());
        subject.distro = place.os.map(|os| os.replacen(':', " ", 1));
        subject.name = place.image;
    }
}

impl<'de> Fields<'de> for Document<'_> {
    const WHAT: &'static str = "a GitLab security report";
    const ROWS: &'static [&'static str] = &["vulnerabilities", "scan"];

    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "vulnerabilities" => {
                self.has_rows = true;
                let (run, first) = (&mut self.run, &mut self.place);
                map.next_value_seed(Each::new("/vulnerabilities", |row: Lax<Vulnerability>| {
                    let (finding, place) = row.0.understand()?;
                    match first {
                        None if place.image.is_some() => *first = Some(place),
                        Some(first) if place.image.is_some() && place.image != first.image => run.warn(
                            "several-images",
                            "the rows name several images; the first is taken as the subject",
                        ),
                        _ => {}
                    }
                    run.finding(finding);
                    Ok(())
                }))?;
            }
            "scan" => {
                let scan = map.next_value::<Lax<Scan>>()?.0;
                if scan.status.as_deref() == Some("failure") {
                    return Err(A::Error::custom("the report says that its scan failed"));
                }
                let scanner = scan.scanner.0;
                let report = &mut self.run.report;
                if let Some(id @ ("trivy" | "grype")) = scanner.id.as_deref() {
                    id.clone_into(&mut report.scanner);
                }
                report.tool = scanner.name.0.or(scanner.id.0);
                report.version = scanner.version.0;
                report.created = scan.start_time.as_deref().and_then(timestamp);
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scan {
    scanner: Lax<Scanner>,
    start_time: Text,
    status: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scanner {
    id: Text,
    name: Text,
    version: Text,
}
