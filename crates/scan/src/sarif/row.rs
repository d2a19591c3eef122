//! A SARIF result as a finding.

use std::borrow::Cow;

use jiff::Timestamp;
use sealift_types::{
    Digest, Finding, Kind, Location, Rating, Severity, SeverityOrigin, Statement, Suppression,
    SuppressionStatus,
};

use super::rule::Rule;
use super::rulebook::{Found, Rules};
use super::scanner::Scanner;
use super::tally::Tally;
use super::tools::{self, Draft, Input};
use super::wire::{self, Row};
use crate::accept::{Text, cut};
use crate::ids::Ids;

/// Bytes kept of a title, a description or an id.
const MAX_TEXT: usize = 1024;

/// Reads the results of one run.
pub(super) struct Reader<'a> {
    pub(super) scanner: Scanner,
    pub(super) rules: &'a Rules,
    /// Whether titles, descriptions and links are kept.
    pub(super) texts: bool,
    pub(super) tally: &'a mut Tally,
}

impl<'a> Reader<'a> {
    /// The finding of a result, or the reason why it is none.
    pub(super) fn read(&mut self, row: &Row<'_>) -> Result<Finding, &'static str> {
        if let Some(reason) = not_reported(row) {
            return Err(reason);
        }
        if row.repeated {
            self.tally.add("duplicate-keys");
        }
        let (rule, found) = self.rule(row);
        match found {
            Found::Yes => {}
            Found::BadIndex => self.tally.add("rule-index-invalid"),
            Found::Conflict => self.tally.add("rule-index-conflict"),
        }
        let text = self.message(row, rule);
        let stated = row.rule_id.as_deref().or(row.rule.id.as_deref()).map(str::trim);
        let by_index = rule.map(|rule| rule.id.as_ref()).filter(|id| !id.is_empty());
        let id = stated.or(by_index).unwrap_or_else(|| {
            self.tally.add("rule-id-absent");
            let line = text.lines().map(str::trim).find(|line| !line.is_empty());
            cut(line.unwrap_or("unknown"), 128)
        });
        let input = Input {
            row,
            rule,
            id: cut(id, MAX_TEXT),
            text: &text,
        };
        let draft = tools::read(self.scanner, &input, self.tally);
        Ok(self.finding(row, rule, draft))
    }

    fn rule(&self, row: &Row<'_>) -> (Option<&'a Rule>, Found) {
        // `rule.id` is the more exact one where both stand (1.0.0's `ruleKey`, hierarchical ids).
        let id = row.rule_id.as_deref().or(row.rule.id.as_deref()).map(str::trim);
        let index = row.rule_index.or(row.rule.index);
        let component = (row.rule.component.index, row.rule.component.name.as_deref());
        let (rule, found) = self.rules.find(id, index, component);
        match (rule, row.rule.id.as_deref()) {
            (None, Some(key)) if Some(key) != id => (self.rules.find(Some(key), None, component).0, found),
            _ => (rule, found),
        }
    }

    /// The message's text, or the rule's message of its id, with the arguments filled in (§3.11.5, §3.11.7).
    fn message<'m>(&mut self, row: &'m Row<'_>, rule: Option<&'m Rule>) -> Cow<'m, str> {
        let message = &row.message;
        let template = match (message.text.as_deref(), message.id.as_deref()) {
            (Some(text), _) => text,
            (None, Some(id)) => {
                let stated = rule.and_then(|rule| {
                    let found = rule.messages.iter().find(|(known, _)| **known == *id)?;
                    Some(found.1.as_ref())
                });
                stated.unwrap_or_else(|| {
                    self.tally.add("message-unknown");
                    ""
                })
            }
            (None, None) => "",
        };
        if message.arguments.is_empty() {
            Cow::Borrowed(template)
        } else {
            Cow::Owned(fill(template, &message.arguments))
        }
    }

    fn finding(&mut self, row: &Row<'_>, rule: Option<&Rule>, draft: Draft<'_>) -> Finding {
        let locations = self.locations(row, &draft);
        let mut ratings = draft.ratings;
        let score = self.score(row, rule);
        if let Some(score) = score {
            ratings.insert(
                0,
                Rating {
                    source: "security-severity".to_owned(),
                    score: Some(score),
                    ..Rating::default()
                },
            );
        }
        let own_score = score.filter(|_| !draft.score_is_shared);
        let (severity, severity_from, severity_label) =
            self.severity(row, rule, draft.label.as_deref(), own_score);
        let ids = if draft.kind == Kind::Vulnerability {
            Ids::sort(&draft.id, &draft.aliases)
        } else {
            Ids {
                id: draft.id.clone().into_owned(),
                ..Ids::default()
            }
        };
        let kept = |text: Option<&str>| {
            text.filter(|text| self.texts && !text.is_empty())
                .map(|text| cut(text, MAX_TEXT).to_owned())
        };
        let statement = Statement {
            id: draft.id.into_owned(),
            severity,
            severity_label,
            severity_from,
            ratings,
            fix: draft.fix,
            locations,
            locations_total: u32::try_from(row.locations.total).unwrap_or(u32::MAX),
            rows: 1,
            epss: draft.epss,
            suppression: suppression(row),
            ..Statement::default()
        };
        Finding {
            kind: draft.kind,
            id: ids.id,
            aliases: ids.aliases,
            related: ids.related,
            package: draft.package,
            title: kept(draft.title),
            description: kept(draft.description),
            links: kept(draft.link).into_iter().collect(),
            statements: vec![statement],
            ..Finding::default()
        }
    }

    /// The scanner's label, else the worse of its score and the level that it states, else the default level
    /// (§3.27.10).
    fn severity(
        &mut self,
        row: &Row<'_>,
        rule: Option<&Rule>,
        label: Option<&str>,
        score: Option<f64>,
    ) -> (Severity, SeverityOrigin, Option<String>) {
        let stated = row.level.as_deref().filter(|level| !level.is_empty());
        let by_label = |label: &str| {
            let severity = Severity::from_label(label)?;
            let word = (!label.eq_ignore_ascii_case(severity.as_str())).then(|| cut(label, 64).to_owned());
            Some((severity, SeverityOrigin::Label, word))
        };
        let is_level =
            |level: &str| matches!(level, "error" | "warning" | "note" | "none" | "default" | "open");
        if stated.is_some_and(|level| !is_level(level)) {
            self.tally.add("level-unknown");
        }
        if let Some(found) = label.and_then(by_label) {
            return found;
        }
        let foreign = label.map(str::trim).filter(|label| !label.is_empty());
        if foreign.is_some() {
            self.tally.add("severity-not-understood");
        }
        let foreign = foreign.map(|label| cut(label, 64).to_owned());
        // A level that is a severity's word is a label in the wrong place.
        if let Some(found) = stated.filter(|level| !is_level(level)).and_then(by_label) {
            return found;
        }
        // 0.0 stands for "no score" as often as for "harmless".
        let score = score.filter(|&score| score > 0.0).map(Severity::from_score);
        let level = stated
            .filter(|level| is_level(level) && *level != "default")
            .or_else(|| rule.and_then(|rule| rule.level.as_deref()));
        let (by_level, origin) = match level.unwrap_or("warning") {
            "error" => (Severity::High, SeverityOrigin::Level),
            "note" => (Severity::Low, SeverityOrigin::Level),
            "none" => (Severity::Unknown, SeverityOrigin::Absent),
            _ => (Severity::Medium, SeverityOrigin::Level),
        };
        let Some(score) = score else {
            return (by_level, origin, foreign);
        };
        // osv-scanner writes the same level for every result.
        if level.is_some() && by_level > score && self.scanner != Scanner::Osv {
            self.tally.add("severity-disagrees");
            return (by_level, origin, foreign);
        }
        (score, SeverityOrigin::Score, foreign)
    }

    /// `security-severity`: a text that must be a number from 0 to 10. Snyk writes `"null"` and `"undefined"`.
    fn score(&mut self, row: &Row<'_>, rule: Option<&Rule>) -> Option<f64> {
        let properties = rule.and_then(|rule| rule.properties.as_deref());
        let text = row
            .properties
            .score
            .as_deref()
            .or_else(|| properties?.score.as_deref())?;
        let score = text
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|score| (0.0..=10.0).contains(score));
        if score.is_none() {
            self.tally.add("security-severity-invalid");
        }
        score
    }

    fn locations(&mut self, row: &Row<'_>, draft: &Draft<'_>) -> Vec<Location> {
        if row.locations.total > Statement::MAX_LOCATIONS as u64 {
            self.tally.add("locations-truncated");
        }
        let mut locations: Vec<Location> = row
            .locations
            .items
            .iter()
            .filter_map(|location| self.location(location.0.as_ref()?))
            .collect();
        self.tally.add_many(
            "location-without-path",
            row.locations.items.len().saturating_sub(locations.len()) as u64,
        );
        if let (true, Some(place)) = (locations.is_empty(), &draft.place) {
            locations.push(Location {
                path: place.clone(),
                ..Location::default()
            });
        }
        locations
    }

    fn location(&self, stated: &wire::Location<'_>) -> Option<Location> {
        let (mut path, mut layer) = (stated.uri.as_deref(), None);
        if let (Scanner::Grype, Some(logical)) = (self.scanner, stated.logical.as_deref())
            && let Some((found, inner)) = grype_layer(logical)
        {
            layer = found;
            path = Some(inner);
        }
        let path = path
            .or(stated.logical.as_deref())
            .filter(|path| !path.is_empty())?;
        Some(Location {
            path: cut(path, 4096).to_owned(),
            line: stated.line,
            layer,
        })
    }
}

/// Grype's logical location, `image@sha256:<layer>:/path`: the layer is missing for some sources.
fn grype_layer(logical: &str) -> Option<(Option<Digest>, &str)> {
    let at = logical.find(":/")?;
    let (head, path) = (&logical[..at], &logical[at + 1..]);
    let (_, layer) = head.rsplit_once('@')?;
    Some((layer.parse().ok(), path))
}

/// Why a result is no finding: it is a check that passed, or a result of an earlier run.
fn not_reported(row: &Row<'_>) -> Option<&'static str> {
    // 1.0.0 had these as levels.
    for word in [row.kind.as_deref(), row.level.as_deref()].into_iter().flatten() {
        match word {
            "pass" => return Some("passed check"),
            "notApplicable" => return Some("check does not apply"),
            "informational" => return Some("informational"),
            _ => {}
        }
    }
    (row.baseline.as_deref() == Some("absent")).then_some("absent in baseline")
}

/// One suppression that is not accepted leaves the result in force (§3.27.23).
fn suppression(row: &Row<'_>) -> Option<Suppression> {
    let all = row.suppressions.items.iter().filter_map(|item| item.0.as_ref());
    let status = |stated: Option<&str>| match stated {
        Some("rejected") => SuppressionStatus::Rejected,
        Some("underReview") => SuppressionStatus::UnderReview,
        _ => SuppressionStatus::Accepted,
    };
    let rank = |stated: Option<&str>| match status(stated) {
        SuppressionStatus::Rejected => 2,
        SuppressionStatus::UnderReview => 1,
        _ => 0,
    };
    let Some(decisive) = all.max_by_key(|item| rank(item.status.as_deref())) else {
        let older = row
            .suppression_states
            .items
            .iter()
            .find_map(|state| state.0.as_deref());
        return older
            .filter(|state| state.starts_with("suppressed"))
            .map(|_| Suppression::default());
    };
    let text = |text: &Option<Cow<'_, str>>| {
        text.as_deref()
            .filter(|text| !text.is_empty())
            .map(|text| cut(text, MAX_TEXT).to_owned())
    };
    Some(Suppression {
        status: status(decisive.status.as_deref()),
        justification: text(&decisive.justification),
        author: text(&decisive.author),
        expires: decisive
            .expires
            .as_deref()
            .and_then(|text| text.parse::<Timestamp>().ok()),
    })
}

/// Fills `{0}` with the first argument; `{{` and `}}` stand for braces. The result is bounded.
fn fill(template: &str, arguments: &[Text<'_>]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(brace) = rest.find(['{', '}']) {
        out.push_str(&rest[..brace]);
        let tail = &rest[brace..];
        let placeholder = tail[1..]
            .split_once('}')
            .and_then(|(number, after)| Some((arguments.get(number.parse::<usize>().ok()?)?, after)));
        if tail.starts_with("{{") || tail.starts_with("}}") {
            out.push_str(&tail[..1]);
            rest = &tail[2..];
        } else if let (true, Some((argument, after))) = (tail.starts_with('{'), placeholder) {
            out.push_str(argument.0.as_deref().unwrap_or_default());
            rest = after;
        } else {
            out.push_str(&tail[..1]);
            rest = &tail[1..];
        }
        if out.len() > 64 << 10 {
            return out;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_fill_their_places() {
        let arguments = [Text(Some("a".into())), Text(Some("{1}".into()))];
        let check = |template: &str, expected: &str| assert_eq!(fill(template, &arguments), expected);
        check("pkg {0} ver {1} {{x}}", "pkg a ver {1} {x}");
        check("{2} {x} } {", "{2} {x} } {");
        check("none", "none");
    }

    #[test]
    fn layers_of_grype() {
        let hex = "ab".repeat(32);
        let logical = format!("app@sha256:{hex}:/usr/lib/x");
        let (layer, path) = grype_layer(&logical).unwrap();
        assert_eq!((layer.unwrap().hex(), path), (hex.as_str(), "/usr/lib/x"));
        assert_eq!(grype_layer("user-input@:/f"), Some((None, "/f")));
        assert_eq!(grype_layer("dockerfile"), None);
    }
}
