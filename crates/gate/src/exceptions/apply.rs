//! Which exception, if any, applies to which finding.

use std::collections::HashMap;

use jiff::Timestamp;
use sealift_types::{Finding, Package};

use super::{Exception, ImageScope, PackageScope, VexStatus};
use crate::exceptions::purl::Purl;
use crate::facts::{Facts, ImageFacts};
use crate::policy::{Policy, Requirement};
use crate::report::{ExceptionReport, ExceptionStatus, Report};
use crate::units::{Period, is_future};

/// The exceptions of the policy and the facts, applied to all findings.
pub(crate) struct Exceptions<'a> {
    all: Vec<Prepared<'a>>,
    /// For each finding the exception in force, by index; empty where there are no exceptions.
    by_finding: Vec<Option<u32>>,
    /// For each exception its index in the report, where it is listed there.
    reported: Vec<Option<u32>>,
    pub(crate) reports: Vec<ExceptionReport>,
    pub(crate) total: u64,
}

/// An exception in force for a finding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Applied {
    /// Its index in the report's list, where it is listed.
    pub(crate) reported: Option<u32>,
}

struct Prepared<'a> {
    exception: &'a Exception,
    status: ExceptionStatus,
    because: String,
    image_fits: bool,
    purls: Vec<Option<Purl>>,
    findings: u64,
    /// Findings that it would except, had each scanner that states them stated one of its ids.
    by_others_alias: u64,
}

impl Prepared<'_> {
    fn in_force(&self) -> bool {
        matches!(
            self.status,
            ExceptionStatus::Applied | ExceptionStatus::Expiring | ExceptionStatus::Unused
        )
    }
}

impl<'a> Exceptions<'a> {
    pub(crate) fn apply(policy: &'a Policy, facts: &'a Facts, now: Timestamp) -> Self {
        let mut all: Vec<_> = policy
            .exceptions
            .iter()
            .chain(&facts.exceptions)
            .map(|exception| prepare(exception, policy, facts.image.as_ref(), now))
            .collect();
        let by_finding = if all.is_empty() {
            Vec::new()
        } else {
            match_findings(&mut all, facts)
        };
        settle(&mut all, policy.exception_options.warn_before, now);
        let mut this = Self {
            total: all.len() as u64,
            all,
            by_finding,
            reported: Vec::new(),
            reports: Vec::new(),
        };
        this.list();
        this
    }

    /// The exception in force for this finding.
    pub(crate) fn of(&self, finding: usize) -> Option<Applied> {
        let index = (*self.by_finding.get(finding)?)?;
        Some(Applied {
            reported: self.reported.get(index as usize).copied().flatten(),
        })
    }

    /// Findings with an exception in force.
    pub(crate) fn excepted(&self) -> u64 {
        self.by_finding.iter().flatten().count() as u64
    }

    /// Every exception with this status, listed or not.
    pub(crate) fn with_status(
        &self,
        status: ExceptionStatus,
    ) -> impl Iterator<Item = (&'a Exception, &str, u64)> {
        self.all
            .iter()
            .filter(move |prepared| prepared.status == status)
            .map(|prepared| (prepared.exception, prepared.because.as_str(), prepared.findings))
    }

    /// A VEX document may hold thousands of statements about other packages: those are counted, not listed.
    fn list(&mut self) {
        for prepared in &self.all {
            let idle = prepared.findings == 0 && prepared.exception.origin.kind.is_vex();
            if idle || self.reports.len() >= Report::MAX_ITEMS {
                self.reported.push(None);
                continue;
            }
            let exception = prepared.exception;
            self.reported.push(u32::try_from(self.reports.len()).ok());
            self.reports.push(ExceptionReport {
                ids: exception.ids.clone(),
                origin: exception.origin.clone(),
                status: prepared.status,
                because: prepared.because.clone(),
                reason: exception.reason.clone().or_else(|| vex_reason(exception)),
                owner: exception
                    .owner
                    .clone()
                    .or_else(|| exception.vex.as_ref()?.author.clone()),
                expires: exception.expires,
                findings: prepared.findings,
            });
        }
    }
}

fn vex_reason(exception: &Exception) -> Option<String> {
    let vex = exception.vex.as_ref()?;
    vex.justification.clone().or_else(|| vex.statement.clone())
}

/// Whether the exception counts at all, before any finding is looked at. `Unused` stands for "in force" until a
/// finding needs it.
fn prepare<'a>(
    exception: &'a Exception,
    policy: &Policy,
    image: Option<&ImageFacts>,
    now: Timestamp,
) -> Prepared<'a> {
    let (status, because) = standing(exception, policy, now);
    Prepared {
        exception,
        status,
        because,
        image_fits: exception.images.is_empty()
            || exception.images.iter().any(|scope| image_fits(scope, image)),
        purls: exception
            .packages
            .iter()
            .map(|scope| scope.purl.as_deref().and_then(Purl::parse))
            .collect(),
        findings: 0,
        by_others_alias: 0,
    }
}

fn standing(exception: &Exception, policy: &Policy, now: Timestamp) -> (ExceptionStatus, String) {
    let kind = exception.origin.kind;
    if let Some(expires) = exception.expires.filter(|expires| *expires <= now) {
        return (ExceptionStatus::Expired, format!("it ended at {expires}"));
    }
    if !policy.exception_options.accept.contains(&kind) && kind != super::ExceptionKind::Policy {
        let because = format!("the policy does not accept exceptions from {}", kind.as_str());
        return (ExceptionStatus::Untrusted, because);
    }
    if let Some(vex) = &exception.vex {
        let trusted = vex
            .author
            .as_deref()
            .is_some_and(|author| policy.vex.authors.iter().any(|glob| glob.matches(author)));
        if let Some(said) = vex.timestamp.filter(|said| is_future(*said, now)) {
            let because = format!("it is of {said}, which is in the future");
            return (ExceptionStatus::Untrusted, because);
        }
        return match vex.status {
            VexStatus::Affected | VexStatus::UnderInvestigation => (
                ExceptionStatus::NotExcusing,
                "its status excuses nothing".to_owned(),
            ),
            _ if !trusted => (
                ExceptionStatus::Untrusted,
                "the policy's [vex] authors do not name its author".to_owned(),
            ),
            VexStatus::NotAffected if is_blank(vex.justification.as_deref()) => (
                ExceptionStatus::Incomplete,
                "a not_affected statement needs a justification".to_owned(),
            ),
            VexStatus::NotAffected | VexStatus::Fixed => (ExceptionStatus::Unused, String::new()),
        };
    }
    if kind.is_vex() {
        return (ExceptionStatus::Incomplete, "it has no VEX statement".to_owned());
    }
    let required: &[Requirement] = match kind {
        super::ExceptionKind::Policy => &Requirement::ALL,
        _ => &policy.exception_options.require,
    };
    let lacks = |requirement: &Requirement| match requirement {
        Requirement::Reason => is_blank(exception.reason.as_deref()),
        Requirement::Owner => is_blank(exception.owner.as_deref()),
        Requirement::Expires => exception.expires.is_none(),
    };
    let lacking: Vec<&str> = required.iter().filter(|r| lacks(r)).map(|r| r.as_str()).collect();
    if lacking.is_empty() {
        (ExceptionStatus::Unused, String::new())
    } else {
        (
            ExceptionStatus::Incomplete,
            format!("it lacks {}", lacking.join(", ")),
        )
    }
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

/// For each finding the exception in force, the one that lasts longest first; one that is not in force only counts
/// what it would have excepted.
fn match_findings(all: &mut [Prepared<'_>], facts: &Facts) -> Vec<Option<u32>> {
    let mut by_id: HashMap<String, Vec<u32>> = HashMap::new();
    for (index, prepared) in all.iter().enumerate() {
        for id in &prepared.exception.ids {
            let indexes = by_id.entry(id.trim().to_ascii_uppercase()).or_default();
            indexes.push(u32::try_from(index).unwrap_or(u32::MAX));
        }
    }
    let lasting = |index: u32| {
        let prepared = &all[index as usize];
        let expires = prepared.exception.expires.unwrap_or(Timestamp::MAX);
        (!prepared.in_force(), std::cmp::Reverse(expires), index)
    };
    for indexes in by_id.values_mut() {
        indexes.sort_by_key(|index| lasting(*index));
        indexes.dedup();
    }
    let filter = Filter::of(by_id.keys());
    let mut candidates = Vec::new();
    let findings = &facts.findings;
    findings
        .findings
        .iter()
        .map(|finding| {
            candidates.clear();
            for id in finding.ids() {
                if filter.may_hold(id) {
                    candidates.extend(by_id.get(&id.to_ascii_uppercase()).into_iter().flatten().copied());
                }
            }
            if candidates.is_empty() {
                return None;
            }
            candidates.sort_by_key(|index| {
                let prepared = &all[*index as usize];
                let expires = prepared.exception.expires.unwrap_or(Timestamp::MAX);
                (!prepared.in_force(), std::cmp::Reverse(expires), *index)
            });
            candidates.dedup();
            let scanner = |report: u32| findings.reports.get(report as usize).map(|r| r.scanner.as_str());
            let found = candidates.iter().copied().find(|index| {
                let prepared = &mut all[*index as usize];
                let applies = applies(prepared, finding, scanner);
                let known = applies && is_known_to_all(prepared.exception, finding);
                prepared.by_others_alias += u64::from(applies && !known);
                known
            })?;
            all[found as usize].findings += 1;
            all[found as usize].in_force().then_some(found)
        })
        .collect()
}

/// Whether an id may be among some ids, for the many that are not: a million findings ask for each of their ids.
struct Filter(Vec<u64>);

impl Filter {
    const BITS: usize = 1 << 16;

    fn of<'i>(ids: impl Iterator<Item = &'i String>) -> Self {
        let mut words = vec![0; Self::BITS / 64];
        for id in ids {
            let bit = Self::bit(id);
            words[bit / 64] |= 1_u64 << (bit % 64);
        }
        Self(words)
    }

    fn may_hold(&self, id: &str) -> bool {
        let bit = Self::bit(id);
        self.0[bit / 64] & (1_u64 << (bit % 64)) != 0
    }

    /// From the length and the last eight bytes without their case: what differs between ids is their end.
    fn bit(id: &str) -> usize {
        let bytes = id.as_bytes();
        let mut end = [0_u8; 8];
        let kept = bytes.len().min(end.len());
        end[..kept].copy_from_slice(&bytes[bytes.len() - kept..]);
        // 0x20 is the difference between the cases of an ASCII letter.
        let folded = (u64::from_le_bytes(end) | 0x2020_2020_2020_2020) ^ bytes.len() as u64;
        let bit = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        usize::try_from(bit).unwrap_or_default() % Self::BITS
    }
}

fn settle(all: &mut [Prepared<'_>], warn_before: Period, now: Timestamp) {
    for prepared in all {
        if !prepared.in_force() {
            continue;
        }
        let soon = prepared
            .exception
            .expires
            .filter(|expires| !warn_before.has_passed(now, *expires));
        (prepared.status, prepared.because) = match (prepared.findings, soon) {
            (0, _) if prepared.by_others_alias > 0 => (
                ExceptionStatus::Unused,
                format!(
                    "{} finding(s) have its id by one scanner's word only; name the id that each scanner states",
                    prepared.by_others_alias
                ),
            ),
            (0, _) => (
                ExceptionStatus::Unused,
                "no finding needs it, or another exception lasts longer".to_owned(),
            ),
            (_, Some(expires)) => (ExceptionStatus::Expiring, format!("it ends at {expires}")),
            (count, None) => (ExceptionStatus::Applied, format!("it excepts {count} finding(s)")),
        };
    }
}

/// Whether each scanner that states the finding states one of the exception's ids for it, as id or alias. What one
/// report claims to be an alias of a flaw must not widen an exception to what other reports state.
fn is_known_to_all(exception: &Exception, finding: &Finding) -> bool {
    let is_named = |id: &str| {
        let mut ids = exception.ids.iter();
        ids.any(|named| named.trim().eq_ignore_ascii_case(id))
    };
    finding.statements.iter().all(|statement| {
        is_named(&statement.id)
            || match &statement.stated {
                Some(stated) => is_named(&stated.id) || stated.aliases.iter().any(|id| is_named(id)),
                None => is_named(&finding.id) || finding.aliases.iter().any(|id| is_named(id)),
            }
    })
}

fn applies<'s>(prepared: &Prepared<'_>, finding: &Finding, scanner: impl Fn(u32) -> Option<&'s str>) -> bool {
    let exception = prepared.exception;
    let all_statements = |fits: &dyn Fn(&sealift_types::Statement) -> bool| {
        !finding.statements.is_empty() && finding.statements.iter().all(fits)
    };
    prepared.image_fits
        && (exception.kinds.is_empty() || exception.kinds.contains(&finding.kind))
        && (exception.packages.is_empty()
            || finding.package.as_ref().is_some_and(|package| {
                let mut scopes = exception.packages.iter().zip(&prepared.purls);
                scopes.any(|(scope, purl)| package_fits(scope, purl.as_ref(), package))
            }))
        && (exception.paths.is_empty()
            || all_statements(&|statement| {
                !statement.locations.is_empty()
                    && statement.locations_total as usize <= statement.locations.len()
                    && statement.locations.iter().all(|location| {
                        !location.path.is_empty()
                            && exception.paths.iter().any(|glob| glob.matches(&location.path))
                    })
            }))
        && (exception.fix_states.is_empty()
            || all_statements(&|statement| exception.fix_states.contains(&statement.fix.state)))
        && (exception.scanners.is_empty()
            || all_statements(&|statement| {
                scanner(statement.report).is_some_and(|name| exception.scanners.iter().any(|s| s == name))
            }))
}

fn package_fits(scope: &PackageScope, purl: Option<&Purl>, package: &Package) -> bool {
    let version = package.version.as_deref();
    let is_type = |t: &String| package.package_type.as_deref() == Some(t.as_str());
    // An unreadable purl fits nothing: an exception never becomes broader by a mistake.
    scope.name.as_ref().is_none_or(|glob| glob.matches(&package.name))
        && scope
            .version
            .as_ref()
            .is_none_or(|glob| version.is_some_and(|v| glob.matches(v)))
        && scope.package_type.as_ref().is_none_or(is_type)
        && (scope.purl.is_none() || purl.is_some_and(|purl| purl.fits(package)))
}

fn image_fits(scope: &ImageScope, image: Option<&ImageFacts>) -> bool {
    let Some(image) = image else {
        return false;
    };
    let name_fits = |glob: &crate::glob::NameGlob| {
        image
            .name
            .as_deref()
            .is_some_and(|name| glob.matches(name) || glob.matches(without_tag(name)))
    };
    let is_digest = |digest: &sealift_types::Digest| {
        image.digest.as_ref() == Some(digest)
            || image
                .platforms
                .iter()
                .any(|platform| platform.digest.as_ref() == Some(digest))
    };
    scope.name.as_ref().is_none_or(name_fits) && scope.digest.as_ref().is_none_or(is_digest)
}

/// `me/app` of `me/app:1.2` and of `me/app@sha256:…`; a port before a slash is no tag.
fn without_tag(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or(name);
    match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => name,
    }
}
