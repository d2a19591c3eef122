//! What four scanners say about one image, in their exact shapes.
//!
//! Each function takes the image and its flaws and gives the text of a report: Trivy's and Grype's JSON, Snyk's
//! container JSON, Docker Scout's SARIF. The shapes carry the quirks of the real ones: Trivy moves a version's epoch
//! into the package URL's qualifiers, Grype puts the GHSA first, Snyk has ids of its own and several rows for one
//! flaw, Scout names Debian's source package and no image. Text only: tests of every crate can read it.

use sealift_types::{Digest, Platform, Severity};
use serde_json::{Value, json};

/// The image that was scanned.
#[derive(Debug, Clone)]
pub struct ScannedImage {
    /// Its repository, `docker.io/acme/app`.
    pub repository: String,
    /// Its tag.
    pub tag: String,
    /// The digest it was pulled by.
    pub digest: Digest,
    /// The digest of the scanned platform's config.
    pub image_id: Digest,
    /// The scanned platform.
    pub platform: Platform,
    /// Diff ids, lowest first. Flaws are in the last one.
    pub diff_ids: Vec<Digest>,
    /// When it was scanned, RFC 3339. The scanners' databases are as old as that day.
    pub scanned: String,
}

/// A flaw in a package of the image.
#[derive(Debug, Clone)]
pub struct Flaw {
    /// The CVE.
    pub cve: String,
    /// GitHub's advisory, for language packages.
    pub ghsa: Option<String>,
    /// Where the package comes from.
    pub ecosystem: Ecosystem,
    /// The package as it is installed.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version that fixes it.
    pub fixed: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// When it was published, RFC 3339.
    pub published: String,
    /// What it is.
    pub title: String,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ecosystem {
    /// Debian 12, built from this source package.
    Debian {
        /// The source package.
        source: String,
    },
    /// npm.
    Npm,
    /// The Python Package Index.
    Pypi,
}

impl Flaw {
    fn purl_type(&self) -> &'static str {
        match self.ecosystem {
            Ecosystem::Debian { .. } => "deb/debian",
            Ecosystem::Npm => "npm",
            Ecosystem::Pypi => "pypi",
        }
    }

    fn purl_name(&self, name: &str) -> String {
        match self.ecosystem {
            Ecosystem::Pypi => name.to_ascii_lowercase(),
            _ => name.replace('@', "%40"),
        }
    }

    fn label(&self) -> String {
        self.severity.as_str().to_ascii_uppercase()
    }

    fn score(&self) -> f64 {
        match self.severity {
            Severity::Critical => 9.8,
            Severity::High => 7.5,
            Severity::Medium => 5.5,
            Severity::Low => 3.1,
            _ => 0.0,
        }
    }

    fn source(&self) -> Option<&str> {
        match &self.ecosystem {
            Ecosystem::Debian { source } => Some(source),
            _ => None,
        }
    }
}

/// Trivy's JSON, schema version 2.
pub fn trivy(image: &ScannedImage, flaws: &[Flaw]) -> String {
    let layer = image.diff_ids.last().map(Digest::as_str);
    let row = |flaw: &Flaw| {
        let (epoch, bare) = flaw
            .version
            .split_once(':')
            .map_or((None, flaw.version.as_str()), |(epoch, bare)| (Some(epoch), bare));
        let qualifiers = match (&flaw.ecosystem, epoch) {
            (Ecosystem::Debian { .. }, None) => "?arch=amd64&distro=debian-12".to_owned(),
            (Ecosystem::Debian { .. }, Some(epoch)) => {
                format!("?arch=amd64&distro=debian-12&epoch={epoch}")
            }
            _ => String::new(),
        };
        let purl = format!(
            "pkg:{}/{}@{}{qualifiers}",
            flaw.purl_type(),
            flaw.purl_name(&flaw.name),
            percent_encode(bare)
        );
        let mut row = json!({
            "VulnerabilityID": flaw.cve,
            "PkgID": format!("{}@{}", flaw.name, flaw.version),
            "PkgName": flaw.name,
            "PkgIdentifier": {"PURL": purl},
            "InstalledVersion": flaw.version,
            "Status": if flaw.fixed.is_some() { "fixed" } else { "affected" },
            "Layer": {"DiffID": layer},
            "SeveritySource": if flaw.source().is_some() { "debian" } else { "ghsa" },
            "Title": flaw.title,
            "Severity": flaw.label(),
            "CVSS": {"nvd": {"V3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "V3Score": flaw.score()}},
            "PublishedDate": flaw.published,
        });
        if let Some(fixed) = &flaw.fixed {
            row["FixedVersion"] = fixed.as_str().into();
        }
        if let Some(ghsa) = &flaw.ghsa {
            row["VendorIDs"] = json!([ghsa]);
        }
        row
    };
    let name = format!("{}:{}", image.repository, image.tag);
    let results: Vec<Value> = [
        ("os-pkgs", "debian", format!("{name} (debian 12)"), "deb/debian"),
        ("lang-pkgs", "node-pkg", "Node.js".to_owned(), "npm"),
        ("lang-pkgs", "python-pkg", "Python".to_owned(), "pypi"),
    ]
    .into_iter()
    .filter_map(|(class, kind, target, purl_type)| {
        let rows: Vec<Value> = flaws
            .iter()
            .filter(|flaw| flaw.purl_type() == purl_type)
            .map(row)
            .collect();
        // Trivy lists the operating system also when it is clean.
        if rows.is_empty() {
            return (class == "os-pkgs").then(|| json!({"Target": target, "Class": class, "Type": kind}));
        }
        Some(json!({"Target": target, "Class": class, "Type": kind, "Vulnerabilities": rows}))
    })
    .collect();
    pretty(&json!({
        "SchemaVersion": 2,
        "CreatedAt": image.scanned,
        "ArtifactName": name,
        "ArtifactType": "container_image",
        "Metadata": {
            "OS": {"Family": "debian", "Name": "12"},
            "ImageID": image.image_id.as_str(),
            "DiffIDs": image.diff_ids,
            "RepoTags": [name],
            "RepoDigests": [format!("{}@{}", image.repository, image.digest)],
            "ImageConfig": {"architecture": image.platform.architecture(), "os": image.platform.os()},
        },
        "Results": results,
    }))
}

/// Grype's JSON.
pub fn grype(image: &ScannedImage, flaws: &[Flaw]) -> String {
    let layer = image.diff_ids.last().map(Digest::as_str);
    let matches: Vec<Value> = flaws
        .iter()
        .map(|flaw| {
            let id = flaw.ghsa.as_ref().unwrap_or(&flaw.cve);
            let (namespace, kind) = match flaw.ecosystem {
                Ecosystem::Debian { .. } => ("debian:distro:debian:12", "deb"),
                Ecosystem::Npm => ("github:language:javascript", "npm"),
                Ecosystem::Pypi => ("github:language:python", "python"),
            };
            let qualifiers = flaw.source().map_or(String::new(), |source| {
                format!("?arch=amd64&distro=debian-12&upstream={}", percent_encode(source))
            });
            let related = if flaw.ghsa.is_some() {
                json!([{"id": flaw.cve, "severity": capitalised(flaw.severity), "namespace": "nvd:cpe"}])
            } else {
                json!([])
            };
            json!({
                "vulnerability": {
                    "id": id,
                    "dataSource": format!("https://example.test/{id}"),
                    "namespace": namespace,
                    "severity": capitalised(flaw.severity),
                    "fix": {
                        "versions": flaw.fixed.iter().collect::<Vec<_>>(),
                        "state": if flaw.fixed.is_some() { "fixed" } else { "not-fixed" },
                    },
                    "cvss": [],
                    "advisories": [],
                },
                "relatedVulnerabilities": related,
                "matchDetails": [{"type": "exact-direct-match", "matcher": "stock-matcher"}],
                "artifact": {
                    "name": flaw.name,
                    "version": flaw.version,
                    "type": kind,
                    "locations": [{"path": "/var/lib/dpkg/status", "layerID": layer}],
                    "purl": format!(
                        "pkg:{}/{}@{}{qualifiers}",
                        flaw.purl_type(),
                        flaw.purl_name(&flaw.name),
                        percent_encode(&flaw.version)
                    ),
                    "upstreams": flaw.source().map(|source| json!({"name": source})).into_iter().collect::<Vec<_>>(),
                },
            })
        })
        .collect();
    let name = format!("{}:{}", image.repository, image.tag);
    pretty(&json!({
        "matches": matches,
        "source": {
            "type": "image",
            "target": {
                "userInput": name,
                "imageID": image.image_id.as_str(),
                "manifestDigest": image.digest.as_str(),
                "tags": [name],
                "repoDigests": [format!("{}@{}", image.repository, image.digest)],
                "architecture": image.platform.architecture(),
                "os": image.platform.os(),
            },
        },
        "distro": {"name": "debian", "version": "12"},
        "descriptor": {
            "name": "grype",
            "version": "0.112.0",
            "timestamp": image.scanned,
            "db": {"status": {"built": image.scanned, "valid": true}},
        },
    }))
}

/// Snyk's JSON of `snyk container test`, run on the image by its digest.
pub fn snyk(image: &ScannedImage, flaws: &[Flaw]) -> String {
    let by_digest = format!("{}@{}", image.repository, image.digest);
    let rows: Vec<Value> = flaws
        .iter()
        .enumerate()
        .flat_map(|(number, flaw)| {
            let name = flaw
                .source()
                .map_or(flaw.name.clone(), |source| format!("{source}/{}", flaw.name));
            let (manager, word) = match flaw.ecosystem {
                Ecosystem::Debian { .. } => ("debian:12", "DEBIAN12"),
                Ecosystem::Npm => ("npm", "JS"),
                Ecosystem::Pypi => ("pip", "PYTHON"),
            };
            let id = format!(
                "SNYK-{word}-{}-{}",
                flaw.name.to_ascii_uppercase().replace(['@', '/', '.'], ""),
                1_000_000 + number
            );
            let path = by_digest.clone();
            // Every third flaw is reached on two paths: two rows, one finding.
            (0..=usize::from(number % 3 == 2)).map(move |way| {
                json!({
                    "id": id,
                    "title": flaw.title,
                    "severity": flaw.severity.as_str(),
                    "cvssScore": flaw.score(),
                    "identifiers": {"CVE": [flaw.cve], "GHSA": flaw.ghsa.iter().collect::<Vec<_>>(), "CWE": []},
                    "packageName": name,
                    "name": name,
                    "version": flaw.version,
                    "packageManager": manager,
                    "nearestFixedInVersion": flaw.fixed,
                    "fixedIn": flaw.fixed.iter().collect::<Vec<_>>(),
                    "from": [
                        format!("docker-image|{path}"),
                        format!("way{way}"),
                        format!("{name}@{}", flaw.version),
                    ],
                    "publicationTime": flaw.published,
                    "isUpgradable": flaw.fixed.is_some(),
                })
            })
        })
        .collect();
    pretty(&json!({
        "vulnerabilities": rows,
        "ok": flaws.is_empty(),
        "dependencyCount": 400,
        "packageManager": "deb",
        "projectName": format!("docker-image|{}", image.repository),
        "path": by_digest,
        "uniqueCount": flaws.len(),
        "docker": {"baseImage": "debian:12"},
        "platform": image.platform.to_string(),
    }))
}

/// Docker Scout's SARIF. It does not say which image it is about, as the real one does not.
pub fn scout(flaws: &[Flaw]) -> String {
    let mut rules: Vec<Value> = Vec::new();
    let mut results: Vec<Value> = Vec::new();
    for flaw in flaws {
        let (name, qualifiers) = match &flaw.ecosystem {
            Ecosystem::Debian { source } => (
                source.as_str(),
                "?os_distro=bookworm&os_name=debian&os_version=12",
            ),
            _ => (flaw.name.as_str(), ""),
        };
        let purl = format!(
            "pkg:{}/{}@{}{qualifiers}",
            flaw.purl_type(),
            flaw.purl_name(name),
            percent_encode(&flaw.version)
        );
        let fixed = flaw.fixed.as_deref().unwrap_or("not fixed");
        let range = flaw
            .fixed
            .as_ref()
            .map_or(">=0".to_owned(), |fixed| format!("<{fixed}"));
        let position = rules.iter().position(|rule| rule["id"] == flaw.cve.as_str());
        let position = position.unwrap_or_else(|| {
            rules.push(json!({
                "id": flaw.cve,
                "name": "OsPackageVulnerability",
                "shortDescription": {"text": flaw.cve},
                "helpUri": format!("https://example.test/{}", flaw.cve),
                "help": {"text": flaw.title, "markdown": format!("> {}\n", flaw.title)},
                "properties": {
                    "affected_version": range,
                    "cvssV3_severity": flaw.label(),
                    "fixed_version": fixed,
                    "purls": [],
                    "security-severity": format!("{:.1}", flaw.score()),
                    "tags": [flaw.label()],
                },
            }));
            rules.len() - 1
        });
        if let Some(purls) = rules[position]["properties"]["purls"].as_array_mut() {
            purls.push(purl.clone().into());
        }
        let text: String = [
            ("Vulnerability", flaw.cve.as_str()),
            ("Severity", &flaw.label()),
            ("Package", &purl),
            ("Affected range", &range),
            ("Fixed version", fixed),
        ]
        .iter()
        .map(|(key, value)| format!("  {key:<14} : {value}  \n"))
        .collect::<Vec<_>>()
        .concat();
        results.push(json!({
            "ruleId": flaw.cve,
            "ruleIndex": position,
            "kind": "fail",
            "level": if flaw.severity >= Severity::High { "error" } else { "warning" },
            "message": {"text": text},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "/var/lib/dpkg/status"}}}],
        }));
    }
    pretty(&json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{
            "tool": {"driver": {
                "fullName": "Docker Scout",
                "informationUri": "https://docker.com/products/docker-scout",
                "name": "docker scout",
                "version": "1.18.2",
                "rules": rules,
            }},
            "results": results,
        }],
    }))
}

fn capitalised(severity: Severity) -> String {
    let word = severity.as_str();
    word[..1].to_ascii_uppercase() + &word[1..]
}

/// Percent-encoding as the package URL specification wants it for a version.
fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a string takes everything");
        }
    }
    encoded
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
