//! CycloneDX 1.4 to 1.6 with vulnerabilities: VEX on its own, or inside an SBOM.
//!
//! Source: <https://cyclonedx.org/docs/1.6/json/#vulnerabilities>, `analysis` and `affects`; BOM-Link,
//! <https://cyclonedx.org/capabilities/bomlink/>. A document is about the product of its `metadata.component`: where that
//! is an image, so is the scope; where it is something else, the product cannot be compared with the image.

use std::collections::HashMap;

use serde::Deserialize;

use super::openvex::target;
use super::vex::{Budget, Key, Scope, Statement, Target, Tie, finish, is_erratum};
use super::{Import, ImportError, Refusal, is_id, json, prose, scope};
use crate::exceptions::{ImageScope, VexStatement, VexStatus};
use crate::feeds::timestamp;

pub(super) fn read(text: &str, import: &mut Import<'_>) -> Result<(), ImportError> {
    let bom: Bom = json::parse(text)?;
    let author = bom.metadata.author();
    let released = bom.metadata.timestamp.as_deref().and_then(timestamp);
    let resolver = Resolver::new(&bom, &import.options.boms);
    let mut statements = Vec::new();
    let mut budget = Budget::new();
    for (index, vulnerability) in bom.vulnerabilities.iter().enumerate() {
        // Without an analysis it is a finding of an SBOM, not a statement about it.
        let Some(analysis) = &vulnerability.analysis else {
            continue;
        };
        let versions = vulnerability
            .affects
            .iter()
            .map(|affects| 1 + affects.versions.len());
        budget.take(versions.sum())?;
        let place = format!("vulnerabilities[{index}]");
        match statement(place.clone(), vulnerability, analysis, &resolver) {
            Ok(mut statement) => {
                statement.vex.author.clone_from(&author);
                statement.vex.timestamp = statement.vex.timestamp.or(released);
                statements.push(statement);
            }
            Err(refusal) => import.refuse(None, &place, refusal),
        }
    }
    finish(&statements, Tie::Doubt, import)
}

fn statement(
    place: String,
    vulnerability: &Vulnerability,
    analysis: &Analysis,
    resolver: &Resolver<'_>,
) -> Result<Statement, Refusal> {
    let aliases = vulnerability
        .references
        .iter()
        .filter_map(|reference| reference.id.as_deref());
    let ids: Vec<String> = vulnerability
        .id
        .as_deref()
        .into_iter()
        .chain(aliases.filter(|id| !is_erratum(id)))
        .map(str::trim)
        .filter(|id| is_id(id))
        .map(str::to_owned)
        .collect();
    if ids.is_empty() {
        return Err(Refusal::new("names no flaw", "give the vulnerability an `id`"));
    }
    let state = analysis.state.as_deref().unwrap_or("");
    let status = match state {
        "not_affected" | "false_positive" => VexStatus::NotAffected,
        "resolved" | "resolved_with_pedigree" => VexStatus::Fixed,
        "exploitable" => VexStatus::Affected,
        "in_triage" => VexStatus::UnderInvestigation,
        _ => {
            return Err(Refusal::new(
                "its analysis has no state of CycloneDX's",
                "use not_affected, false_positive, resolved, exploitable or in_triage",
            ));
        }
    };
    let mut targets: Vec<Target> = vulnerability
        .affects
        .iter()
        .flat_map(|affects| resolver.affected(affects, status))
        .collect();
    if targets.is_empty() {
        targets.push(Target {
            image: None,
            package: None,
            scope: Err(Refusal::new(
                "affects nothing, so it would hold for every image",
                "name the component in `affects`",
            )),
        });
    }
    // A false positive says why by its state.
    let stated = analysis.justification.as_deref().and_then(prose);
    let justification = stated.or_else(|| (state == "false_positive").then(|| state.to_owned()));
    let responses = analysis.response.join(", ");
    let updated = analysis
        .last_updated
        .as_deref()
        .or(vulnerability.updated.as_deref());
    Ok(Statement {
        place,
        ids,
        vex: VexStatement {
            status,
            justification,
            statement: analysis
                .detail
                .as_deref()
                .and_then(prose)
                .or_else(|| prose(&responses)),
            author: None,
            timestamp: updated.and_then(timestamp),
        },
        targets,
    })
}

/// What the references of a document stand for.
struct Resolver<'a> {
    components: HashMap<&'a str, &'a Component>,
    product: Product,
    root: Option<&'a Component>,
    serial: Option<String>,
    vouched: Vec<String>,
}

/// What a document as a whole is about.
enum Product {
    /// It does not say, or the caller knows that it is the image under judgement.
    Open,
    Images(Key, Vec<ImageScope>),
    Other(Refusal),
}

impl<'a> Resolver<'a> {
    fn new(bom: &'a Bom, vouched: &[String]) -> Self {
        let mut components = HashMap::new();
        let root = bom.metadata.component.as_ref();
        // Their depth is that of the JSON, which is bounded.
        let mut open: Vec<&Component> = root.into_iter().chain(&bom.components).collect();
        while let Some(component) = open.pop() {
            if let Some(id) = component.bom_ref.as_deref() {
                components.entry(id).or_insert(component);
            }
            open.extend(&component.components);
        }
        let vouched: Vec<String> = vouched.iter().map(|serial| serial_of(serial)).collect();
        let serial = bom.serial_number.as_deref().map(serial_of);
        let is_vouched = serial.as_ref().is_some_and(|serial| vouched.contains(serial));
        let product = match root {
            None => Product::Open,
            Some(_) if is_vouched => Product::Open,
            Some(root) => product(root),
        };
        Self {
            components,
            product,
            root,
            serial,
            vouched,
        }
    }

    fn affected(&self, affects: &Affects, status: VexStatus) -> Vec<Target> {
        let base = self.reference(&affects.reference);
        let stated = base.package.as_ref().or(base.image.as_ref());
        // A component of one version is what the analysis is about, whatever else the list of versions says.
        if affects.versions.is_empty() || stated.is_some_and(|key| key.version.is_some()) {
            return vec![base];
        }
        let excuses = matches!(status, VexStatus::NotAffected | VexStatus::Fixed);
        let one = |version: &Version| {
            let mut target = base.clone();
            let stated = version.status.as_deref().unwrap_or("affected");
            let fits = if excuses {
                stated == "unaffected"
            } else {
                stated != "unaffected"
            };
            let Some(exact) = version.version.as_deref().filter(|_| fits) else {
                target.scope = Err(Refusal::new(
                    "a range of versions, or versions that are affected, cannot be excused",
                    "list each version that is unaffected",
                ));
                return target;
            };
            if let Some(key) = &mut target.package {
                key.version = Some(exact.to_owned());
            }
            if let Ok(scope) = &mut target.scope {
                match (&mut scope.package, scope::literal(exact)) {
                    (Some(package), Ok(exact)) => package.version = Some(exact),
                    (None, Ok(_)) => {
                        target.scope = Err(Refusal::new(
                            "versions of an image",
                            "name the image by its digest",
                        ));
                    }
                    (_, Err(refusal)) => target.scope = Err(refusal),
                }
            }
            target
        };
        affects.versions.iter().map(one).collect()
    }

    /// What a `ref` stands for: a component of this document, a BOM-Link, or a package URL.
    fn reference(&self, text: &str) -> Target {
        if let Some(component) = self.components.get(text) {
            return self.component(component);
        }
        if let Some(link) = text.strip_prefix("urn:cdx:") {
            let (bom, fragment) = link.split_once('#').unwrap_or((link, ""));
            let serial = bom.split('/').next().unwrap_or("").to_ascii_lowercase();
            let fragment = decode(fragment);
            if Some(&serial) == self.serial.as_ref() {
                return match self.components.get(fragment.as_str()) {
                    Some(component) => self.component(component),
                    None => self.within(self::target(&fragment).0),
                };
            }
            if self.vouched.contains(&serial) {
                return self::target(&fragment).0;
            }
            let refusal = Refusal::new(
                "links into another SBOM, which cannot be tied to the image",
                "say which SBOMs are the image's, or name the component by package URL",
            );
            return Target::refused(text, refusal);
        }
        self.within(self::target(text).0)
    }

    fn component(&self, component: &Component) -> Target {
        let is_root = self.root.is_some_and(|root| std::ptr::eq(root, component));
        if is_root && let Product::Images(key, images) = &self.product {
            return Target {
                image: Some(key.clone()),
                package: None,
                scope: Ok(Scope {
                    images: images.clone(),
                    package: None,
                }),
            };
        }
        let name = component.name.as_deref().unwrap_or("");
        let Some(purl) = component.purl.as_deref() else {
            let refusal = Refusal::new(
                format!(
                    "a component without a package URL: {:?}",
                    name.chars().take(80).collect::<String>()
                ),
                "give the component a `purl`",
            );
            let mut target = Target::refused(name, refusal);
            if let (Some(key), Some(version)) = (&mut target.package, &component.version) {
                key.version = Some(version.clone());
            }
            return target;
        };
        let (mut target, is_image) = self::target(purl);
        let has_version = target.package.as_ref().is_some_and(|key| key.version.is_some());
        if let (false, false, Some(version)) = (is_image, has_version, &component.version) {
            if let Some(key) = &mut target.package {
                key.version = Some(version.clone());
            }
            if let Ok(scope) = &mut target.scope
                && let Some(package) = &mut scope.package
            {
                match scope::literal(version) {
                    Ok(version) => package.version = Some(version),
                    Err(refusal) => target.scope = Err(refusal),
                }
            }
        }
        if is_root { target } else { self.within(target) }
    }

    /// A package in the product that the document is about.
    fn within(&self, target: Target) -> Target {
        match (&self.product, &target.scope) {
            (Product::Open, _) | (_, Err(_)) => target,
            (Product::Other(refusal), Ok(_)) => Target {
                scope: Err(refusal.clone()),
                ..target
            },
            (Product::Images(key, images), Ok(scope)) if scope.package.is_some() => Target {
                image: Some(key.clone()),
                scope: Ok(Scope {
                    images: images.clone(),
                    package: scope.package.clone(),
                }),
                ..target
            },
            (Product::Images(..), Ok(_)) => Target {
                scope: Err(Refusal::new(
                    "an image inside an image",
                    "make one document for each image",
                )),
                ..target
            },
        }
    }
}

/// What the document is about: an image by its package URL, by the digest that Syft writes as its version, or by
/// name.
fn product(root: &Component) -> Product {
    let key = |name: &str| Key {
        name: name.to_owned(),
        version: root.version.clone(),
    };
    let name = root.name.as_deref().unwrap_or("");
    if let Some(purl) = root.purl.as_deref() {
        let (target, is_image) = target(purl);
        if is_image {
            return match (target.image, target.scope) {
                (Some(key), Ok(scope)) => Product::Images(key, scope.images),
                (_, Err(refusal)) => Product::Other(refusal),
                (None, Ok(_)) => Product::Open,
            };
        }
    }
    if root.kind.as_deref() == Some("container") && !name.is_empty() {
        let digest = root.version.as_deref().and_then(|version| version.parse().ok());
        let images = match digest {
            Some(digest) => Ok(vec![ImageScope {
                name: None,
                digest: Some(digest),
            }]),
            None => scope::image_reference(name),
        };
        return match images {
            Ok(images) => Product::Images(key(name), images),
            Err(refusal) => Product::Other(refusal),
        };
    }
    Product::Other(Refusal::new(
        "the document is about a product that is no image, so it cannot be tied to one",
        "name the image in metadata.component by package URL, or say that the SBOM is the image's",
    ))
}

fn serial_of(serial: &str) -> String {
    let serial = serial.trim().to_ascii_lowercase();
    serial
        .strip_prefix("urn:uuid:")
        .map_or(serial.clone(), str::to_owned)
}

/// Percent-decoding of a link's fragment; what is no escape stays. The package URL in it is decoded once more where
/// it is read.
fn decode(fragment: &str) -> String {
    // Tools write the reference encoded as the standard has it, or plain; plain package URLs begin so.
    if fragment.starts_with("pkg:") {
        return fragment.to_owned();
    }
    let bytes = fragment.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (byte, hex(at + 1), hex(at + 2)) {
            out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| fragment.to_owned())
}

#[derive(Deserialize)]
struct Bom {
    #[serde(rename = "serialNumber")]
    serial_number: Option<String>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    components: Vec<Component>,
    #[serde(default)]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    timestamp: Option<String>,
    authors: Vec<Contact>,
    supplier: Option<Contact>,
    manufacturer: Option<Contact>,
    manufacture: Option<Contact>,
    component: Option<Component>,
}

#[derive(Deserialize)]
struct Contact {
    name: Option<String>,
    email: Option<String>,
}

impl Metadata {
    /// Who says so: the authors, all of them, or the supplier.
    fn author(&self) -> Option<String> {
        let name = |contact: &Contact| contact.name.clone().or_else(|| contact.email.clone());
        let authors: Vec<String> = self.authors.iter().filter_map(name).collect();
        let parties = [&self.supplier, &self.manufacturer, &self.manufacture];
        prose(&authors.join(", ")).or_else(|| prose(&parties.into_iter().flatten().find_map(name)?))
    }
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "bom-ref")]
    bom_ref: Option<String>,
    name: Option<String>,
    version: Option<String>,
    purl: Option<String>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: Option<String>,
    #[serde(default)]
    references: Vec<Reference>,
    updated: Option<String>,
    analysis: Option<Analysis>,
    #[serde(default)]
    affects: Vec<Affects>,
}

#[derive(Deserialize)]
struct Reference {
    id: Option<String>,
}

#[derive(Deserialize)]
struct Analysis {
    state: Option<String>,
    justification: Option<String>,
    #[serde(default)]
    response: Vec<String>,
    detail: Option<String>,
    #[serde(rename = "lastUpdated")]
    last_updated: Option<String>,
}

#[derive(Deserialize)]
struct Affects {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: Option<String>,
    status: Option<String>,
}
