//! Rules over the reports themselves: that they are there, readable, young, and about this image.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sealift_types::{Digest, Platform};
use serde::{Deserialize, Serialize};

use super::judgement::why_missing;
use super::{Judge, Judgement};
use crate::context::Context;
use crate::facts::PlatformFacts;
use crate::policy::{Action, Platforms};
use crate::report::{Evidence, SubjectMatch};
use crate::units::{Period, is_future};

/// Options of `scanner-required`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScannerRequired {
    /// Scanners that must have a report that can be used. Default: none; then one of any scanner is enough.
    pub scanners: Vec<String>,
    /// Whether one platform is enough or each needs a report. Default: any.
    pub platforms: Platforms,
    /// Formats that a report must have one of, whole or without the version at their end: `trivy-json` stands for
    /// `trivy-json-v2`. Default: any. In SARIF any tool may call itself Trivy.
    pub formats: Vec<String>,
}

/// Notes each manifest of the image that no usable report of the scanner is about. A platform's name does not do: two
/// manifests may bear the same one, and a registry hands out either.
fn platforms_without(
    context: &Context<'_>,
    required: &ScannerRequired,
    scanner: Option<&str>,
    judgement: &mut Judgement,
) {
    let platforms = platforms(context);
    if platforms.is_empty() {
        judgement.missing("the image's platforms are not known, so nobody can tell whether each was scanned");
    }
    for (index, facts) in platforms.iter().enumerate() {
        let covered = required.usable(context, scanner).any(|evidence| {
            let fits = || match (&evidence.platform, &facts.platform) {
                (Some(about), Some(platform)) => about.matches(platform),
                _ => true,
            };
            // With one platform there is nothing to confuse it with.
            evidence
                .manifests
                .iter()
                .any(|manifest| *manifest as usize == index)
                || platforms.len() == 1 && fits()
        });
        if !covered {
            let whose = scanner.unwrap_or("any scanner");
            let name = manifest_name(facts, platforms);
            judgement.missing(format!("there is no report of `{whose}` about {name}"));
        }
    }
}

fn platforms<'a>(context: &Context<'a>) -> &'a [PlatformFacts] {
    context
        .facts
        .image
        .as_ref()
        .map_or(&[][..], |image| &image.platforms)
}

/// The platform, with the manifest's digest where the name alone is ambiguous.
fn manifest_name(facts: &PlatformFacts, all: &[PlatformFacts]) -> String {
    let name = facts
        .platform
        .as_ref()
        .map_or_else(|| "a manifest without a platform".to_owned(), ToString::to_string);
    let same = all.iter().filter(|other| other.platform == facts.platform);
    match &facts.digest {
        Some(digest) if facts.platform.is_none() || same.count() > 1 => format!("{name} ({digest})"),
        _ => name,
    }
}

/// What is odd about the image's manifests: which of two a runtime takes for one platform, nobody can tell.
fn note_ambiguous_platforms(context: &Context<'_>, judgement: &mut Judgement) {
    let mut manifests: BTreeMap<&Platform, BTreeSet<Option<&Digest>>> = BTreeMap::new();
    let mut unnamed = 0_u64;
    let image = platforms(context);
    for facts in image {
        match &facts.platform {
            Some(platform) => drop(
                manifests
                    .entry(platform)
                    .or_default()
                    .insert(facts.digest.as_ref()),
            ),
            None => unnamed += u64::from(image.len() > 1),
        }
    }
    for (platform, digests) in manifests.into_iter().filter(|(_, digests)| digests.len() > 1) {
        judgement.note(format!(
            "the image has {} manifests for {platform}, and a runtime may take any of them",
            digests.len()
        ));
    }
    if unnamed > 0 {
        judgement.note(format!("{unnamed} manifest(s) of the image state no platform"));
    }
}

impl ScannerRequired {
    fn usable<'c>(
        &'c self,
        context: &'c Context<'_>,
        scanner: Option<&'c str>,
    ) -> impl Iterator<Item = &'c Evidence> {
        usable(context, scanner).filter(|evidence| self.has_format(evidence))
    }

    fn has_format(&self, evidence: &Evidence) -> bool {
        let fits = |format: &String| {
            // `trivy-json` stands for all its versions, and not for `trivy-jsonl`.
            evidence
                .format
                .strip_prefix(format.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        self.formats.is_empty() || self.formats.iter().any(fits)
    }
}

impl Judge for ScannerRequired {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        note_evidence(context, &self.scanners, judgement);
        let named: Vec<Option<&str>> = match &*self.scanners {
            [] => vec![None],
            scanners => scanners.iter().map(|scanner| Some(scanner.as_str())).collect(),
        };
        for scanner in named {
            if self.usable(context, scanner).next().is_some() {
                if self.platforms == Platforms::Every {
                    platforms_without(context, self, scanner, judgement);
                }
            } else if let Some(other) = usable(context, scanner).next() {
                let whose = scanner.unwrap_or("any scanner");
                judgement.missing(format!(
                    "there is no report of `{whose}` in the format {}: {} is `{}`",
                    self.formats.join(" or "),
                    other.source,
                    other.format
                ));
            } else {
                judgement.missing(why_missing(context, scanner));
            }
        }
        note_ambiguous_platforms(context, judgement);
        judgement.remedy("run the missing scans on this image and hand in their reports");
    }
}

/// Options of `report-readable`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportReadable {
    /// Whose reports are looked at. Default: all. A report whose scanner is not known is always looked at.
    pub scanners: Vec<String>,
}

impl Judge for ReportReadable {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        note_evidence(context, &self.scanners, judgement);
        for report in &context.facts.unreadable {
            let known = report.scanner.as_ref();
            if self.scanners.is_empty() || known.is_none_or(|scanner| self.scanners.contains(scanner)) {
                let message = format!("{}: {}", report.source, report.error);
                judgement.against(message, Some(report.source.clone()));
            }
        }
        judgement
            .remedy("run the scan again and hand in the whole report; a cut or empty file proves nothing");
    }
}

/// Options of `report-subject`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportSubject {
    /// Whose reports are looked at. Default: all.
    pub scanners: Vec<String>,
    /// What follows where nobody can tell which image a report is about. Default: the rule's action.
    pub cannot_tell: Option<Action>,
}

impl Judge for ReportSubject {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        note_evidence(context, &self.scanners, judgement);
        for evidence in selected(context, &self.scanners) {
            let (source, because) = (&evidence.source, &evidence.because);
            match evidence.subject {
                SubjectMatch::ThisImage => {}
                SubjectMatch::OtherImage => {
                    judgement.against(
                        format!("{source} is not about this image: {because}"),
                        Some(source.clone()),
                    );
                }
                SubjectMatch::CannotTell => judgement.unclear(
                    format!("nobody can tell which image {source} is about: {because}"),
                    self.cannot_tell,
                ),
            }
        }
        let unknown_image = context.facts.image.is_none();
        judgement.remedy(if unknown_image {
            "say which image is judged, by its digest or by the image itself"
        } else {
            "scan this image by its digest, in a format that states the digest (the scanner's own JSON does), and \
             hand in that report"
        });
    }
}

/// Options of `report-age`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportAge {
    /// How old a report may be. Default: a day. One that does not say when it was made is missing evidence.
    pub max_age: Period,
    /// Whose reports are looked at. Default: all.
    pub scanners: Vec<String>,
}

impl Default for ReportAge {
    fn default() -> Self {
        Self {
            max_age: Period::days(1),
            scanners: Vec::new(),
        }
    }
}

impl Judge for ReportAge {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        let made = |evidence: &Evidence| evidence.created;
        age(context, &self.scanners, self.max_age, "report", made, judgement);
        judgement.remedy("scan again and hand in the new reports");
    }
}

/// Options of `database-age`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseAge {
    /// How old the database was allowed to be when it is judged. Default: two days. A report that does not say is
    /// missing evidence.
    pub max_age: Period,
    /// Whose reports are looked at. Default: all.
    pub scanners: Vec<String>,
}

impl Default for DatabaseAge {
    fn default() -> Self {
        Self {
            max_age: Period::days(2),
            scanners: Vec::new(),
        }
    }
}

impl Judge for DatabaseAge {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        let built = |evidence: &Evidence| evidence.database;
        age(
            context,
            &self.scanners,
            self.max_age,
            "database",
            built,
            judgement,
        );
        judgement.remedy("update the scanner's database, scan again and hand in the new reports");
    }
}

fn age(
    context: &Context<'_>,
    scanners: &[String],
    max_age: Period,
    what: &str,
    date: impl Fn(&Evidence) -> Option<Timestamp>,
    judgement: &mut Judgement,
) {
    judgement.need_scanners(context, scanners);
    for evidence in selected(context, scanners) {
        let source = &evidence.source;
        match date(evidence) {
            None => judgement.missing(format!("{source} does not say when its {what} was made")),
            Some(date) if is_future(date, context.now) => {
                let message = format!("{source}: its {what} is of {date}, which is in the future");
                judgement.against(message, Some(source.clone()));
            }
            Some(date) if max_age.has_passed(date, context.now) => {
                let message = format!("{source}: its {what} is of {date}, older than {max_age}");
                judgement.against(message, Some(source.clone()));
            }
            Some(_) => {}
        }
    }
}

fn note_evidence(context: &Context<'_>, scanners: &[String], judgement: &mut Judgement) {
    for (index, evidence) in context.evidence.iter().enumerate() {
        if scanners.is_empty() || scanners.contains(&evidence.scanner) {
            judgement.uses(index);
        }
    }
}

fn selected<'c>(context: &'c Context<'_>, scanners: &[String]) -> impl Iterator<Item = &'c Evidence> {
    context
        .evidence
        .iter()
        .filter(move |evidence| scanners.is_empty() || scanners.contains(&evidence.scanner))
}

fn usable<'c>(context: &'c Context<'_>, scanner: Option<&str>) -> impl Iterator<Item = &'c Evidence> {
    context.evidence.iter().filter(move |evidence| {
        evidence.is_usable() && scanner.is_none_or(|scanner| evidence.scanner == scanner)
    })
}
