//! What the VEX formats have in common: statements about a flaw in a product, of which later ones override earlier.
//!
//! A statement that excuses is dropped where one that does not is at least as new and about the same, or about
//! something that cannot be told apart from it. In doubt nothing is excused.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
pub(super) use sealift_types::is_erratum;

use super::{Import, ImportError, MAX_ENTRIES, Refusal};
use crate::exceptions::{Exception, ImageScope, PackageScope, VexStatement, VexStatus};

/// One statement: a flaw, a status, and what it is about.
pub(super) struct Statement {
    /// Where it stands: `statements[3]`.
    pub(super) place: String,
    pub(super) ids: Vec<String>,
    pub(super) vex: VexStatement,
    pub(super) targets: Vec<Target>,
}

/// One thing that a statement is about: an image, a package in an image, or a package wherever it is.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) image: Option<Key>,
    pub(super) package: Option<Key>,
    /// The scope of an exception, or why there is none.
    pub(super) scope: Result<Scope, Refusal>,
}

#[derive(Clone)]
pub(super) struct Scope {
    pub(super) images: Vec<ImageScope>,
    pub(super) package: Option<PackageScope>,
}

/// What two statements are compared by. A missing version stands for all versions.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) version: Option<String>,
}

/// Counts what a document's statements are about, so that lists of lists stay bounded.
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { left: MAX_ENTRIES }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<(), ImportError> {
        match self.left.checked_sub(count) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(ImportError::TooMany { limit: MAX_ENTRIES }),
        }
    }
}

/// Which of two statements of the same time counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    /// The one further down (OpenVEX, section "VEX documents": a sequence of statements).
    Order,
    /// The one that excuses nothing.
    Doubt,
}

impl Target {
    pub(super) fn refused(name: &str, refusal: Refusal) -> Self {
        Self {
            image: None,
            package: Some(Key {
                name: name.to_owned(),
                version: None,
            }),
            scope: Err(refusal),
        }
    }
}

impl VexStatus {
    fn excuses(self) -> bool {
        matches!(self, Self::NotAffected | Self::Fixed)
    }
}

/// Turns statements into exceptions.
///
/// # Errors
/// [`ImportError::TooMany`].
pub(super) fn finish(
    statements: &[Statement],
    ties: Tie,
    import: &mut Import<'_>,
) -> Result<(), ImportError> {
    let total: usize = statements
        .iter()
        .map(|statement| statement.targets.len().max(1) * statement.ids.len().max(1))
        .sum();
    if total > MAX_ENTRIES {
        return Err(ImportError::TooMany { limit: MAX_ENTRIES });
    }
    let mut withdrawals = Withdrawals::default();
    for (order, statement) in statements.iter().enumerate() {
        if !statement.vex.status.excuses() {
            withdrawals.add(order, statement);
        }
    }
    for (order, statement) in statements.iter().enumerate() {
        one(order, statement, ties, &mut withdrawals, import);
    }
    Ok(())
}

fn one(
    order: usize,
    statement: &Statement,
    ties: Tie,
    withdrawals: &mut Withdrawals,
    import: &mut Import<'_>,
) {
    let excuses = statement.vex.status.excuses();
    // One exception for each set of images: its packages together.
    let mut scopes: Vec<(Vec<ImageScope>, Option<Vec<PackageScope>>)> = Vec::new();
    let mut refusals: BTreeMap<(String, &'static str), usize> = BTreeMap::new();
    for target in &statement.targets {
        let stamp = (statement.vex.timestamp, order);
        let withdrawn = excuses
            && statement
                .ids
                .iter()
                .any(|id| withdrawals.is_withdrawn(id, target, stamp, ties));
        let scope = match &target.scope {
            Ok(_) if withdrawn => Err(Refusal::new(
                "another statement of the document, as new or newer, does not excuse it",
                "ask the author which of the two holds",
            )),
            scope => scope.clone(),
        };
        match scope {
            Ok(Scope { images, package }) => match (package, scopes.last_mut()) {
                (Some(package), Some((last, Some(packages)))) if *last == images => packages.push(package),
                (package, _) => scopes.push((images, package.map(|package| vec![package]))),
            },
            // What excuses nothing is not missed.
            Err(_) if !excuses => {}
            Err(Refusal { message, help }) => *refusals.entry((message, help)).or_default() += 1,
        }
    }
    for (images, packages) in scopes {
        import.accept(
            None,
            Exception {
                ids: statement.ids.clone(),
                kinds: vec![sealift_types::Kind::Vulnerability],
                packages: packages.unwrap_or_default(),
                images,
                reason: statement.vex.statement.clone(),
                vex: Some(statement.vex.clone()),
                ..Exception::default()
            },
        );
    }
    let id = statement.ids.first().map_or("", String::as_str);
    for ((mut message, help), count) in refusals {
        if count > 1 {
            message = format!("{message} ({count} products)");
        }
        import.refuse(
            None,
            &format!("{} {id}", statement.place),
            Refusal { message, help },
        );
    }
}

/// The newest statements that excuse nothing, by what they are about.
#[derive(Default)]
struct Withdrawals {
    names: HashMap<String, u32>,
    newest: HashMap<[u32; 5], (Timestamp, usize)>,
}

/// Stands for a part that is not stated.
const NONE: u32 = 0;
/// Stands for whatever a part is.
const ANY: u32 = 1;

impl Withdrawals {
    fn add(&mut self, order: usize, statement: &Statement) {
        // Without a time it may be the newest.
        let stamp = (statement.vex.timestamp.unwrap_or(Timestamp::MAX), order);
        for id in &statement.ids {
            for target in &statement.targets {
                let key = self.key(id, target);
                // Under every combination of its parts and "any", so that a statement that leaves parts out finds it.
                for mask in 0..16usize {
                    let mut at = key;
                    for part in 0..4 {
                        if mask & (1 << part) != 0 {
                            at[part + 1] = ANY;
                        }
                    }
                    let newest = self.newest.entry(at).or_insert(stamp);
                    *newest = stamp.max(*newest);
                }
            }
        }
    }

    fn is_withdrawn(
        &mut self,
        id: &str,
        target: &Target,
        (time, order): (Option<Timestamp>, usize),
        ties: Tie,
    ) -> bool {
        if self.newest.is_empty() {
            return false;
        }
        let key = self.key(id, target);
        let time = time.unwrap_or(Timestamp::MIN);
        // A part meets the same part and one that leaves it out; a part left out meets any.
        (0..16usize).any(|mask| {
            let mut at = key;
            for part in 0..4 {
                let slot = &mut at[part + 1];
                match (*slot == NONE, mask & (1 << part) != 0) {
                    (true, _) => *slot = ANY,
                    (false, true) => *slot = NONE,
                    (false, false) => {}
                }
            }
            self.newest.get(&at).is_some_and(|(newest, at)| {
                *newest > time || *newest == time && (ties == Tie::Doubt || *at > order)
            })
        })
    }

    fn key(&mut self, id: &str, target: &Target) -> [u32; 5] {
        let name = |key: &Option<Key>| key.as_ref().map(|key| key.name.to_ascii_lowercase());
        let version = |key: &Option<Key>| key.as_ref().and_then(|key| key.version.clone());
        let parts = [
            Some(id.to_ascii_uppercase()),
            name(&target.image),
            version(&target.image),
            name(&target.package),
            version(&target.package),
        ];
        parts.map(|part| {
            let Some(part) = part else {
                return NONE;
            };
            let next = u32::try_from(self.names.len() + 2).unwrap_or(u32::MAX);
            *self.names.entry(part).or_insert(next)
        })
    }
}
