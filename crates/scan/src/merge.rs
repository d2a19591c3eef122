//! Several sets of findings in, one out: one finding for each flaw of each component in each version.
//!
//! Merging takes the sets apart into single statements, each as its scanner made it, and groups them anew. So the
//! result depends only on the statements, not on who was merged first: merging is associative, commutative and
//! idempotent. `docs/identity.md` has the rules.

mod cluster;
mod join;
mod source;
mod take_apart;

use sealift_types::{Finding, FindingSet};

use crate::order;
use crate::symbols::{Identity, Symbols};

/// Merges sets of findings into one, in the order that [`FindingSet`] documents.
///
/// - Findings are joined that state the same flaw (by canonical id, or by aliases that any of the sets states) of
///   the same component in the same version; [`MatchTier`](sealift_types::MatchTier) says how each statement came
///   to its finding. Findings of other kinds are joined within one scanner only, by id and place.
/// - Every statement is kept as it is: severities and fixes are never merged. Two reports of one scanner give two
///   statements.
/// - A report that is there twice (by digest and run, or by being equal) is kept once, with its statements once.
/// - Title, description and package of a finding are those of the statement that says most; what the others say is
///   in [`Statement::stated`](sealift_types::Statement::stated) and
///   [`Statement::package`](sealift_types::Statement::package).
/// - [`Finding::baseline`] is cleared: compare after merging.
///
/// Memory and time grow linearly with the statements, apart from sorting.
pub fn merge(sets: impl IntoIterator<Item = FindingSet>) -> FindingSet {
    let mut symbols = Symbols::default();
    let (reports, atoms) = take_apart::take_apart(sets, &mut symbols);
    let mut grouping = cluster::group(&atoms, &reports, &mut symbols);
    source::attach(&mut grouping.clusters, &atoms, &mut symbols);
    let mut findings = join::join(grouping, atoms, &reports);
    order::sort_findings(&mut findings);
    FindingSet { reports, findings }
}

/// One statement as its scanner made it: a finding with that statement alone.
struct Atom {
    finding: Finding,
    identity: Identity,
}

impl Atom {
    fn report(&self) -> u32 {
        self.finding.statements[0].report
    }
}

/// Statements of one flaw in one component.
struct Cluster {
    /// Number of the flaw, equal for all clusters of it.
    flaw: u32,
    members: Vec<Member>,
}

#[derive(Clone, Copy)]
struct Member {
    /// Index into the atoms.
    atom: u32,
    /// Whether it came here by its source package.
    by_source: bool,
}
