//! OpenVEX, versions 0.0.1 to 0.2.0.
//!
//! Source: <https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>. A product is an image or a package; a
//! subcomponent is a package in an image. A package in another package cannot be told from the same package
//! elsewhere in the image, so such a statement is refused.

use serde::Deserialize;

use super::vex::{Budget, Key, Scope, Statement, Target, Tie, finish, is_erratum};
use super::{Import, ImportError, Refusal, is_id, json, prose, scope};
use crate::exceptions::{VexStatement, VexStatus};
use crate::feeds::timestamp;

pub(super) fn read(text: &str, import: &mut Import<'_>) -> Result<(), ImportError> {
    let document: Document = json::parse(text)?;
    let mut statements = Vec::with_capacity(document.statements.len());
    let mut budget = Budget::new();
    for (index, wire) in document.statements.iter().enumerate() {
        let place = format!("statements[{index}]");
        // Subcomponents beside the products are each product's.
        budget.take(1 + wire.products.len() * (1 + wire.subcomponents.len()))?;
        let own = wire.products.iter().map(|product| product.parts().1.len());
        budget.take(own.sum())?;
        match statement(place.clone(), wire, &document) {
            Ok(statement) => statements.push(statement),
            Err(refusal) => import.refuse(None, &place, refusal),
        }
    }
    finish(&statements, Tie::Order, import)
}

fn statement(place: String, wire: &WireStatement, document: &Document) -> Result<Statement, Refusal> {
    let ids = match &wire.vulnerability {
        Some(Vulnerability::Text(id)) => vec![id.clone()],
        Some(Vulnerability::Object { name, id, aliases }) => {
            let name = name.as_ref().or(id.as_ref()).cloned().unwrap_or_default();
            let aliases = aliases.iter().filter(|alias| !is_erratum(alias)).cloned();
            std::iter::once(name).chain(aliases).collect()
        }
        None => Vec::new(),
    };
    let mut ids: Vec<String> = ids
        .iter()
        .map(|id| id.trim().to_owned())
        .filter(|id| is_id(id))
        .collect();
    ids.dedup();
    if ids.is_empty() {
        return Err(Refusal::new(
            "names no flaw",
            "give the statement's vulnerability a name",
        ));
    }
    let status = match wire.status.as_deref() {
        Some("not_affected") => VexStatus::NotAffected,
        Some("affected") => VexStatus::Affected,
        Some("fixed") => VexStatus::Fixed,
        Some("under_investigation") => VexStatus::UnderInvestigation,
        _ => {
            return Err(Refusal::new(
                "its status is none of OpenVEX's",
                "use not_affected, affected, fixed or under_investigation",
            ));
        }
    };
    let mut targets = Vec::new();
    for product in &wire.products {
        let (id, parts) = product.parts();
        // Up to 0.0.x the subcomponents stand beside the products.
        let parts: Vec<&Component> = parts.iter().chain(&wire.subcomponents).collect();
        targets.extend(product_targets(id, &parts));
    }
    if targets.is_empty() {
        let refusal = Refusal::new(
            "names no product, so it would hold for every image",
            "name the image or the package in `products`",
        );
        targets.push(Target {
            image: None,
            package: None,
            scope: Err(refusal),
        });
    }
    let last = |times: [&Option<String>; 2]| {
        times
            .into_iter()
            .flatten()
            .filter_map(|text| timestamp(text))
            .max()
    };
    let statement = [&wire.impact_statement, &wire.action_statement, &wire.status_notes];
    Ok(Statement {
        place,
        ids,
        vex: VexStatement {
            status,
            justification: wire.justification.as_deref().and_then(prose),
            statement: statement.into_iter().flatten().find_map(|text| prose(text)),
            author: document.author.as_deref().and_then(prose),
            timestamp: last([&wire.timestamp, &wire.last_updated])
                .or_else(|| last([&document.timestamp, &None])),
        },
        targets,
    })
}

fn product_targets(product: Option<&str>, parts: &[&Component]) -> Vec<Target> {
    let Some(product) = product else {
        let refusal = Refusal::new("a product has no id", "give it an `@id`, a package URL");
        return vec![Target::refused("", refusal)];
    };
    let (target, is_image) = target(product);
    if parts.is_empty() {
        return vec![target];
    }
    let with_part = |part: &&Component| {
        let id = part.parts().0.unwrap_or_default();
        let (inner, inner_is_image) = self::target(id);
        let scope = match (&target.scope, inner.scope) {
            (Ok(outer), Ok(inner)) if is_image && !inner_is_image => Ok(Scope {
                images: outer.images.clone(),
                package: inner.package,
            }),
            (Ok(_), Ok(_)) => Err(Refusal::new(
                "a package inside another package cannot be told from the same package elsewhere in the image",
                "name the image as the product and the package as its subcomponent",
            )),
            (Err(refusal), _) => Err(refusal.clone()),
            (_, Err(refusal)) => Err(refusal),
        };
        Target {
            image: target.image.clone().or_else(|| target.package.clone()),
            package: inner.package.or(inner.image),
            scope,
        }
    };
    parts.iter().map(with_part).collect()
}

/// What an id names: a package URL, or an image by its reference with a digest. The second value is whether it is
/// an image.
pub(super) fn target(id: &str) -> (Target, bool) {
    match scope::purl(id) {
        Ok(purl) => {
            let key = Some(Key {
                name: format!("{}/{}", purl.package_type, purl.path),
                version: purl.version.clone(),
            });
            let is_image = scope::is_image(&purl);
            let target = if is_image {
                Target {
                    image: key,
                    package: None,
                    scope: scope::images(&purl).map(|images| Scope {
                        images,
                        package: None,
                    }),
                }
            } else {
                Target {
                    image: None,
                    package: key,
                    scope: scope::package(id).map(|package| Scope {
                        images: Vec::new(),
                        package: Some(package),
                    }),
                }
            };
            (target, is_image)
        }
        Err(_) if !id.starts_with("pkg:") && id.contains("@sha256:") && !id.contains("://") => {
            let target = Target {
                image: Some(Key {
                    name: id.to_owned(),
                    version: None,
                }),
                package: None,
                scope: scope::image_reference(id).map(|images| Scope {
                    images,
                    package: None,
                }),
            };
            (target, true)
        }
        Err(refusal) if id.starts_with("pkg:") => (Target::refused(id, refusal), false),
        Err(_) => {
            let refusal = Refusal::new(
                format!(
                    "a product that is neither a package URL nor an image with its digest: {:?}",
                    id.chars().take(80).collect::<String>()
                ),
                "name it by package URL: pkg:oci/app@sha256%3A… for an image",
            );
            (Target::refused(id, refusal), false)
        }
    }
}

#[derive(Deserialize)]
struct Document {
    author: Option<String>,
    timestamp: Option<String>,
    #[serde(default)]
    statements: Vec<WireStatement>,
}

#[derive(Deserialize)]
struct WireStatement {
    vulnerability: Option<Vulnerability>,
    #[serde(default)]
    products: Vec<Component>,
    #[serde(default)]
    subcomponents: Vec<Component>,
    status: Option<String>,
    justification: Option<String>,
    impact_statement: Option<String>,
    action_statement: Option<String>,
    status_notes: Option<String>,
    timestamp: Option<String>,
    last_updated: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Vulnerability {
    Text(String),
    Object {
        name: Option<String>,
        #[serde(rename = "@id")]
        id: Option<String>,
        #[serde(default)]
        aliases: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Component {
    Text(String),
    Object {
        #[serde(rename = "@id")]
        id: Option<String>,
        identifiers: Option<Identifiers>,
        #[serde(default)]
        subcomponents: Vec<Component>,
    },
}

#[derive(Deserialize)]
struct Identifiers {
    purl: Option<String>,
}

impl Component {
    /// The id to compare by, and the parts. A package URL is the best of several identifiers.
    fn parts(&self) -> (Option<&str>, &[Component]) {
        match self {
            Self::Text(id) => (Some(id.trim()), &[]),
            Self::Object {
                id,
                identifiers,
                subcomponents,
            } => {
                let purl = identifiers
                    .as_ref()
                    .and_then(|identifiers| identifiers.purl.as_deref());
                let id = match id.as_deref() {
                    Some(id) if id.trim().starts_with("pkg:") => Some(id),
                    id => purl.or(id),
                };
                (id.map(str::trim), subcomponents)
            }
        }
    }
}
