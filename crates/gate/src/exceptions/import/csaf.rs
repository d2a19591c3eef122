//! CSAF 2.0 and 2.1 documents, the VEX profile and advisories alike.
//!
//! Source: OASIS CSAF 2.0, §3.2.2 (product tree), §3.2.3 (vulnerabilities), profile 5 "VEX". A product is resolved to
//! the package URLs of the tree, a relationship to a package in an image. A product that is named by CPE, by a range
//! of versions or as a part of something that is no image cannot be compared with findings, so it is refused.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::openvex::target;
use super::vex::{Budget, Key, Scope, Statement, Target, Tie, finish, is_erratum};
use super::{Import, ImportError, Refusal, is_id, json, prose, scope};
use crate::exceptions::{VexStatement, VexStatus};
use crate::feeds::timestamp;

/// How many products a product may be made of.
const MAX_PARTS: usize = 64;

pub(super) fn read(text: &str, import: &mut Import<'_>) -> Result<(), ImportError> {
    let csaf: Csaf = json::parse(text)?;
    if let Some(status) = csaf
        .document
        .tracking
        .status
        .as_deref()
        .filter(|status| *status == "draft")
    {
        return Err(ImportError::Draft {
            status: status.to_owned(),
        });
    }
    let tree = Tree::new(&csaf.product_tree);
    let mut statements = Vec::new();
    let mut budget = Budget::new();
    for (index, vulnerability) in csaf.vulnerabilities.iter().enumerate() {
        let place = format!("vulnerabilities[{index}]");
        match vulnerability.ids() {
            Ok(ids) => {
                for (vex, targets) in vulnerability.statements(&csaf.document, &tree, &mut budget)? {
                    statements.push(Statement {
                        place: place.clone(),
                        ids: ids.clone(),
                        vex,
                        targets,
                    });
                }
            }
            Err(refusal) => import.refuse(None, &place, refusal),
        }
    }
    finish(&statements, Tie::Doubt, import)
}

impl Vulnerability {
    fn ids(&self) -> Result<Vec<String>, Refusal> {
        let others = self.ids.iter().filter_map(|id| id.text.clone());
        let ids: Vec<String> = match self.cve.as_deref().map(str::trim).filter(|cve| is_id(cve)) {
            // Bug numbers and errata stand among the other ids.
            Some(cve) => std::iter::once(cve.to_owned())
                .chain(others.filter(|id| id.starts_with("GHSA-") && is_id(id)))
                .collect(),
            None => others
                .filter(|id| {
                    is_id(id)
                        && id.contains('-')
                        && !is_erratum(id)
                        && id.starts_with(|c: char| c.is_ascii_alphabetic())
                })
                .collect(),
        };
        if ids.is_empty() {
            return Err(Refusal::new("names no flaw", "give the vulnerability a `cve`"));
        }
        Ok(ids)
    }

    /// What is said of which products: those with one justification and text together.
    fn statements(
        &self,
        document: &Document,
        tree: &Tree<'_>,
        budget: &mut Budget,
    ) -> Result<Vec<(VexStatement, Vec<Target>)>, ImportError> {
        let status = &self.product_status;
        let lists = [
            (VexStatus::NotAffected, vec![&status.known_not_affected]),
            (VexStatus::Fixed, vec![&status.fixed, &status.first_fixed]),
            (
                VexStatus::Affected,
                vec![
                    &status.known_affected,
                    &status.first_affected,
                    &status.last_affected,
                ],
            ),
            (VexStatus::UnderInvestigation, vec![&status.under_investigation]),
        ];
        let said = VexStatement {
            author: document.publisher.name.as_deref().and_then(prose),
            timestamp: document
                .tracking
                .current_release_date
                .as_deref()
                .and_then(timestamp),
            ..VexStatement::default()
        };
        let flags = Index::new(&self.flags);
        let impacts = Index::new(self.threats.iter().filter(|threat| threat.category == "impact"));
        let mut statements: Vec<(VexStatement, Vec<Target>)> = Vec::new();
        for (status, lists) in lists {
            let mut known: HashMap<(Option<String>, Option<String>), usize> = HashMap::new();
            let mut seen = HashSet::new();
            for product in lists
                .into_iter()
                .flatten()
                .filter(|product| seen.insert(product.as_str()))
            {
                let why = if status == VexStatus::NotAffected {
                    (
                        flags.of(product, tree).and_then(|flag| prose(&flag.label)),
                        impacts
                            .of(product, tree)
                            .and_then(|threat| prose(&threat.details)),
                    )
                } else {
                    (None, None)
                };
                let at = *known.entry(why.clone()).or_insert_with(|| {
                    let vex = VexStatement {
                        status,
                        justification: why.0,
                        statement: why.1,
                        ..said.clone()
                    };
                    statements.push((vex, Vec::new()));
                    statements.len() - 1
                });
                let targets = tree.targets(product);
                budget.take(targets.len())?;
                statements[at].1.extend(targets);
            }
        }
        Ok(statements)
    }
}

/// Flags or threats by the products and groups that they name; the first one counts.
struct Index<'a, T> {
    products: HashMap<&'a str, &'a T>,
    groups: HashMap<&'a str, &'a T>,
    /// One that names none is about all.
    all: Option<&'a T>,
}

trait AboutProducts {
    fn products(&self) -> &[String];
    fn groups(&self) -> &[String];
}

impl<'a, T: AboutProducts> Index<'a, T> {
    fn new(items: impl IntoIterator<Item = &'a T>) -> Self {
        let mut index = Self {
            products: HashMap::new(),
            groups: HashMap::new(),
            all: None,
        };
        for item in items {
            for product in item.products() {
                index.products.entry(product).or_insert(item);
            }
            for group in item.groups() {
                index.groups.entry(group).or_insert(item);
            }
            if item.products().is_empty() && item.groups().is_empty() {
                index.all = index.all.or(Some(item));
            }
        }
        index
    }

    fn of(&self, product: &str, tree: &Tree<'_>) -> Option<&'a T> {
        let groups = || {
            tree.groups
                .get(product)?
                .iter()
                .find_map(|group| self.groups.get(group))
        };
        self.products.get(product).or_else(groups).copied().or(self.all)
    }
}

/// The products of a document by their ids.
struct Tree<'a> {
    products: HashMap<&'a str, Product<'a>>,
    relationships: HashMap<&'a str, &'a Relationship>,
    /// The groups that a product is in, at most [`MAX_PARTS`].
    groups: HashMap<&'a str, Vec<&'a str>>,
}

struct Product<'a> {
    purls: Vec<&'a str>,
    /// What the branch above it says: a version, or a range of them.
    branch: Option<(&'a str, &'a str)>,
}

impl<'a> Tree<'a> {
    fn new(wire: &'a ProductTree) -> Self {
        let mut tree = Self {
            products: HashMap::new(),
            relationships: HashMap::new(),
            groups: HashMap::new(),
        };
        for product in &wire.full_product_names {
            tree.add(product, None);
        }
        // Their depth is that of the JSON, which is bounded.
        let mut open: Vec<&Branch> = wire.branches.iter().collect();
        while let Some(branch) = open.pop() {
            if let Some(product) = &branch.product {
                tree.add(product, Some((&branch.category, &branch.name)));
            }
            open.extend(&branch.branches);
        }
        for relationship in &wire.relationships {
            tree.relationships
                .insert(&relationship.full_product_name.product_id, relationship);
        }
        for group in &wire.product_groups {
            for product in &group.product_ids {
                let groups = tree.groups.entry(product).or_default();
                if groups.len() < MAX_PARTS {
                    groups.push(&group.group_id);
                }
            }
        }
        tree
    }

    fn add(&mut self, product: &'a FullProduct, branch: Option<(&'a str, &'a str)>) {
        let helper = product.helper.as_ref();
        let purls = helper.map(|helper| helper.purl.iter().chain(&helper.purls).map(String::as_str));
        let purls = purls.into_iter().flatten().collect();
        self.products
            .insert(&product.product_id, Product { purls, branch });
    }

    /// What a product id stands for; one target for each of its package URLs.
    fn targets(&self, id: &str) -> Vec<Target> {
        let refused = |message: &str, help| vec![Target::refused(id, Refusal::new(message, help))];
        if let Some(product) = self.products.get(id) {
            return product.targets(id);
        }
        let Some(relationship) = self.relationships.get(id) else {
            return refused("a product that is not in the product tree", "check the document");
        };
        let installed = [
            "default_component_of",
            "optional_component_of",
            "installed_on",
            "installed_with",
        ];
        let (Some(inner), Some(outer)) = (
            self.products.get(relationship.product_reference.as_str()),
            self.products.get(relationship.relates_to.as_str()),
        ) else {
            return refused(
                "a relationship between relationships, or with a product that is not in the tree",
                "relate a package to the image directly",
            );
        };
        if !installed.contains(&relationship.category.as_str()) {
            return refused(
                "a relationship that does not say the package is in the image",
                "relate it by default_component_of or installed_on",
            );
        }
        let inner = inner.targets(&relationship.product_reference);
        let outer = outer.targets(&relationship.relates_to);
        if inner.len() * outer.len() > MAX_PARTS {
            return refused(
                "a relationship of too many products",
                "relate one package to one image",
            );
        }
        let pairs = outer
            .iter()
            .flat_map(|outer| inner.iter().map(move |inner| (outer, inner)));
        pairs.map(|(outer, inner)| inside(outer, inner)).collect()
    }
}

/// A package in an image.
fn inside(outer: &Target, inner: &Target) -> Target {
    let scope = match (&outer.scope, &inner.scope) {
        (
            Ok(Scope {
                images,
                package: None,
            }),
            Ok(Scope {
                package: Some(package),
                ..
            }),
        ) if !images.is_empty() => Ok(Scope {
            images: images.clone(),
            package: Some(package.clone()),
        }),
        (Ok(_), Ok(_)) => Err(Refusal::new(
            "a package inside something that is no image cannot be told from the same package elsewhere",
            "relate the package to the image by its pkg:oci URL",
        )),
        (Err(refusal), _) | (_, Err(refusal)) => Err(refusal.clone()),
    };
    Target {
        image: outer.image.clone().or_else(|| outer.package.clone()),
        package: inner.package.clone().or_else(|| inner.image.clone()),
        scope,
    }
}

impl Product<'_> {
    fn targets(&self, id: &str) -> Vec<Target> {
        if self.purls.is_empty() {
            let refusal = Refusal::new(
                "a product without a package URL (a CPE or a name says too little)",
                "add product_identification_helper.purl",
            );
            return vec![Target::refused(id, refusal)];
        }
        let one = |purl: &&str| {
            let (mut target, _) = target(purl);
            let has_version = |key: &Option<Key>| key.as_ref().is_some_and(|key| key.version.is_some());
            if has_version(&target.image) || has_version(&target.package) {
                return target;
            }
            match self.branch {
                Some(("product_version_range", _)) => {
                    target.scope = Err(Refusal::new(
                        "a range of versions cannot be told by a package URL without a version",
                        "list the versions, each with its package URL",
                    ));
                }
                // The tree states the version beside the URL.
                Some(("product_version", version)) => {
                    if let Ok(Scope {
                        package: Some(package),
                        ..
                    }) = &mut target.scope
                    {
                        match scope::literal(version) {
                            Ok(version) => package.version = Some(version),
                            Err(refusal) => target.scope = Err(refusal),
                        }
                    }
                    if let Some(key) = &mut target.package {
                        key.version = Some(version.to_owned());
                    }
                }
                _ => {}
            }
            target
        };
        self.purls.iter().take(MAX_PARTS).map(one).collect()
    }
}

#[derive(Deserialize)]
struct Csaf {
    document: Document,
    #[serde(default)]
    product_tree: ProductTree,
    #[serde(default)]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    publisher: Publisher,
    #[serde(default)]
    tracking: Tracking,
}

#[derive(Deserialize, Default)]
struct Publisher {
    name: Option<String>,
}

#[derive(Deserialize, Default)]
struct Tracking {
    status: Option<String>,
    current_release_date: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ProductTree {
    branches: Vec<Branch>,
    full_product_names: Vec<FullProduct>,
    relationships: Vec<Relationship>,
    product_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    category: String,
    #[serde(default)]
    name: String,
    product: Option<FullProduct>,
    #[serde(default)]
    branches: Vec<Branch>,
}

#[derive(Deserialize)]
struct FullProduct {
    product_id: String,
    #[serde(rename = "product_identification_helper")]
    helper: Option<Helper>,
}

#[derive(Deserialize)]
struct Helper {
    purl: Option<String>,
    /// CSAF 2.1.
    #[serde(default)]
    purls: Vec<String>,
}

#[derive(Deserialize)]
struct Relationship {
    category: String,
    full_product_name: FullProduct,
    product_reference: String,
    #[serde(rename = "relates_to_product_reference")]
    relates_to: String,
}

#[derive(Deserialize)]
struct Group {
    group_id: String,
    product_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Vulnerability {
    cve: Option<String>,
    #[serde(default)]
    ids: Vec<OtherId>,
    #[serde(default)]
    product_status: ProductStatus,
    #[serde(default)]
    flags: Vec<Flag>,
    #[serde(default)]
    threats: Vec<Threat>,
}

#[derive(Deserialize)]
struct OtherId {
    text: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ProductStatus {
    known_not_affected: Vec<String>,
    fixed: Vec<String>,
    first_fixed: Vec<String>,
    known_affected: Vec<String>,
    first_affected: Vec<String>,
    last_affected: Vec<String>,
    under_investigation: Vec<String>,
}

#[derive(Deserialize)]
struct Flag {
    label: String,
    #[serde(default)]
    product_ids: Vec<String>,
    #[serde(default)]
    group_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Threat {
    #[serde(default)]
    category: String,
    #[serde(default)]
    details: String,
    #[serde(default)]
    product_ids: Vec<String>,
    #[serde(default)]
    group_ids: Vec<String>,
}

impl AboutProducts for Flag {
    fn products(&self) -> &[String] {
        &self.product_ids
    }

    fn groups(&self) -> &[String] {
        &self.group_ids
    }
}

impl AboutProducts for Threat {
    fn products(&self) -> &[String] {
        &self.product_ids
    }

    fn groups(&self) -> &[String] {
        &self.group_ids
    }
}
