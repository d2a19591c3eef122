//! From TOML to a policy, strictly, with the place of a mistake.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, ValueDeserializer};

use super::error::{PolicyError, nearest};
use super::{Action, Policy, Rule};
use crate::exceptions::{Exception, ExceptionOrigin, ImageScope, PackageScope};
use crate::glob::{NameGlob, PathGlob};
use crate::rules::{Check, RuleId};

/// The largest policy, in bytes; a long one has 20 kB.
const MAX_BYTES: usize = 4 << 20;
/// The keys of a policy.
const KEYS: [&str; 7] = [
    "schema_version",
    "name",
    "description",
    "rule",
    "exception",
    "exceptions",
    "vex",
];

type Entry<'i> = (Spanned<DeString<'i>>, Spanned<DeValue<'i>>);
/// A table's place and its entries.
type Entries<'i> = (Range<usize>, Vec<Entry<'i>>);

pub(super) fn policy(text: &str) -> Result<Policy, PolicyError> {
    if text.len() > MAX_BYTES {
        return Err(PolicyError::new(
            0..0,
            format!("a policy has at most {MAX_BYTES} bytes"),
        ));
    }
    let root = DeTable::parse(text)
        .map_err(|error| error_of(&error))?
        .into_inner();
    let mut policy = Policy {
        name: "policy".to_owned(),
        ..Policy::default()
    };
    let mut version = None;
    for (key, value) in root {
        match key.get_ref().as_ref() {
            "schema_version" => version = Some((value.span(), read::<u32>(value)?)),
            "name" => policy.name = name(value)?,
            "description" => drop(read::<String>(value)?),
            "rule" => policy.rules = rules(value)?,
            "exception" => policy.exceptions = exceptions(text, value)?,
            "exceptions" => policy.exception_options = read(value)?,
            "vex" => policy.vex = read(value)?,
            other => return Err(unknown_key(key.span(), other, &KEYS)),
        }
    }
    match version {
        None => Err(PolicyError::new(0..0, "the policy has no schema_version")
            .with_help("write `schema_version = 1` as its first line")),
        Some((span, version)) if version != Policy::SCHEMA_VERSION => Err(PolicyError::new(
            span,
            format!("schema version {version} is not known"),
        )
        .with_help("this version of Sealift reads `schema_version = 1`")),
        Some(_) if policy.rules.is_empty() => Err(PolicyError::new(0..0, "the policy has no rules")
            .with_help("a policy without rules would pass everything; write at least one `[[rule]]`")),
        Some(_) => Ok(policy),
    }
}

fn rules(value: Spanned<DeValue<'_>>) -> Result<Vec<Rule>, PolicyError> {
    let mut rules = Vec::new();
    let mut names = HashSet::new();
    for table in tables(value, "[[rule]]")? {
        let (rule, span) = rule(table)?;
        if !names.insert(rule.name.clone()) {
            return Err(
                PolicyError::new(span, format!("two rules are named `{}`", rule.name))
                    .with_help("give each use of a rule its own `name`"),
            );
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// A rule, and the place of what gives it its name.
fn rule(table: Entries<'_>) -> Result<(Rule, Range<usize>), PolicyError> {
    let (span, entries) = table;
    let (mut id, mut own_name, mut action, mut when_missing) = (None, None, None, None);
    let mut options = DeTable::new();
    for (key, value) in entries {
        let at = value.span();
        match key.get_ref().as_ref() {
            "id" => id = Some((at, read::<String>(value)?)),
            "name" => own_name = Some((at, name(value)?)),
            "action" => action = Some((at, read::<Action>(value)?)),
            "when_missing" => when_missing = Some(read::<Action>(value)?),
            _ => drop(options.insert(key, value)),
        }
    }
    let Some((id_at, id)) = id else {
        return Err(PolicyError::new(span, "the rule has no id")
            .with_help("write `id = \"severity-threshold\"` or another rule's id"));
    };
    let id: RuleId = id.parse().map_err(|error: crate::rules::RuleIdError| {
        let help = if let Some(nearest) = error.nearest {
            format!("did you mean `{nearest}`?")
        } else {
            let all: Vec<&str> = RuleId::ALL.iter().map(|id| id.as_str()).collect();
            format!("the rules are {}", all.join(", "))
        };
        PolicyError::new(id_at.clone(), format!("there is no rule `{id}`")).with_help(help)
    })?;
    if let Some((at, Action::Deny)) = &action
        && !id.may_deny()
    {
        return Err(PolicyError::new(at.clone(), format!("`{id}` can warn or report, not deny"))
            .with_help("a denial would end when a finding is added or an exception removed; write `action = \"warn\"`"));
    }
    let default_action = if id.may_deny() { Action::Deny } else { Action::Warn };
    let check_value = Spanned::new(span, DeValue::Table(options));
    let check = Check::deserialize(id, ValueDeserializer::from(check_value)).map_err(|error| {
        let error = error_of(&error);
        let help = error.help.clone();
        PolicyError {
            help: help.or_else(|| Some(format!("`sealift gate explain {id}` lists the options"))),
            ..error
        }
    })?;
    check_values(&check, &id_at)?;
    let (name_at, name) = own_name.unwrap_or((id_at, id.as_str().to_owned()));
    let rule = Rule {
        name,
        action: action.map_or(default_action, |(_, action)| action),
        when_missing,
        check,
    };
    Ok((rule, name_at))
}

/// Values that have the right type and make no sense.
fn check_values(check: &Check, at: &Range<usize>) -> Result<(), PolicyError> {
    let mistake = match check {
        Check::ExploitPrediction(options) => {
            let out_of_range = |value: Option<f64>| value.is_some_and(|value| !(0.0..=1.0).contains(&value));
            (out_of_range(options.score) || out_of_range(options.percentile)).then_some((
                "`score` and `percentile` are between 0 and 1",
                "write 0.1 for 10 percent",
            ))
        }
        Check::License(options) => {
            let empty = options.allow.is_empty() && options.deny.is_empty() && options.severity.is_none();
            empty.then_some((
                "the rule allows every licence",
                "write `allow`, `deny` or `severity`",
            ))
        }
        Check::ImageLabels(options) => {
            let empty =
                options.required.is_empty() && options.values.is_empty() && options.forbidden.is_empty();
            empty.then_some((
                "the rule asks for no label",
                "write `required`, `values` or `forbidden`",
            ))
        }
        Check::Rego(options) => (options.module.is_some() == options.file.is_some())
            .then_some(("the rule needs a module", "write either `module` or `file`")),
        Check::FindingCount(options) => options
            .kinds
            .is_empty()
            .then_some(("the rule counts nothing", "leave `kinds` out, or name a kind")),
        _ => None,
    };
    match mistake {
        Some((message, help)) => Err(PolicyError::new(at.clone(), message).with_help(help)),
        None => Ok(()),
    }
}

/// `[[exception]]`, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenException {
    #[serde(default)]
    id: Option<Spanned<String>>,
    #[serde(default)]
    ids: Vec<Spanned<String>>,
    #[serde(default)]
    package: Option<NameGlob>,
    #[serde(default)]
    version: Option<NameGlob>,
    #[serde(rename = "type", default)]
    package_type: Option<String>,
    #[serde(default)]
    purl: Option<Spanned<String>>,
    #[serde(default)]
    image: Option<NameGlob>,
    #[serde(default)]
    digest: Option<sealift_types::Digest>,
    #[serde(default)]
    paths: Vec<PathGlob>,
    #[serde(default)]
    scanners: Vec<String>,
    #[serde(default)]
    reason: Option<Spanned<String>>,
    #[serde(default)]
    owner: Option<Spanned<String>>,
    #[serde(default)]
    expires: Option<Instant>,
}

fn exceptions(text: &str, value: Spanned<DeValue<'_>>) -> Result<Vec<Exception>, PolicyError> {
    let mut exceptions = Vec::new();
    for (span, entries) in tables(value, "[[exception]]")? {
        let table = Spanned::new(span.clone(), DeValue::Table(entries.into_iter().collect()));
        exceptions.push(exception(text, span, read(table)?)?);
    }
    Ok(exceptions)
}

fn exception(text: &str, span: Range<usize>, written: WrittenException) -> Result<Exception, PolicyError> {
    let help = "every exception says why it is there, who answers for it and when it ends: \
                `reason = \"…\"`, `owner = \"…\"`, `expires = 2026-12-31`";
    let stated = |field: Option<Spanned<String>>, name: &str| match field {
        None => Err(PolicyError::new(span.clone(), format!("the exception has no {name}")).with_help(help)),
        Some(text) if text.get_ref().trim().is_empty() => {
            Err(PolicyError::new(text.span(), format!("the {name} is empty")).with_help(help))
        }
        Some(text) => Ok(text.into_inner()),
    };
    let reason = stated(written.reason, "reason")?;
    let owner = stated(written.owner, "owner")?;
    let Some(Instant(expires)) = written.expires else {
        return Err(PolicyError::new(span, "the exception has no expires").with_help(help));
    };
    let ids: Vec<Spanned<String>> = written.id.into_iter().chain(written.ids).collect();
    if let Some(empty) = ids.iter().find(|id| id.get_ref().trim().is_empty()) {
        return Err(PolicyError::new(empty.span(), "the id is empty"));
    }
    if ids.is_empty() {
        return Err(PolicyError::new(span, "the exception names no id")
            .with_help("write `id = \"CVE-2024-1234\"`; any alias of the flaw will do"));
    }
    if let Some(purl) = &written.purl
        && crate::exceptions::purl::Purl::parse(purl.get_ref()).is_none()
    {
        return Err(PolicyError::new(purl.span(), "this is no package URL")
            .with_help("a package URL reads `pkg:type/namespace/name@version`"));
    }
    let package = PackageScope {
        name: written.package,
        version: written.version,
        package_type: written.package_type,
        purl: written.purl.map(Spanned::into_inner),
    };
    let image = ImageScope {
        name: written.image,
        digest: written.digest,
    };
    let line = text.get(..span.start).unwrap_or(text).matches('\n').count() + 1;
    Ok(Exception {
        ids: ids.into_iter().map(Spanned::into_inner).collect(),
        packages: Some(package)
            .filter(|scope| *scope != PackageScope::default())
            .into_iter()
            .collect(),
        images: Some(image)
            .filter(|scope| *scope != ImageScope::default())
            .into_iter()
            .collect(),
        paths: written.paths,
        scanners: written.scanners,
        reason: Some(reason),
        owner: Some(owner),
        expires: Some(expires),
        origin: ExceptionOrigin {
            line: u32::try_from(line).ok(),
            ..ExceptionOrigin::default()
        },
        ..Exception::default()
    })
}

fn tables<'i>(value: Spanned<DeValue<'i>>, what: &str) -> Result<Vec<Entries<'i>>, PolicyError> {
    let span = value.span();
    let wrong = |span| {
        PolicyError::new(span, "a list of tables is expected here")
            .with_help(format!("write `{what}` above each"))
    };
    let DeValue::Array(array) = value.into_inner() else {
        return Err(wrong(span));
    };
    array
        .into_iter()
        .map(|item| {
            let span = item.span();
            match item.into_inner() {
                DeValue::Table(table) => Ok((span, table.into_iter().collect())),
                _ => Err(wrong(span)),
            }
        })
        .collect()
}

fn name(value: Spanned<DeValue<'_>>) -> Result<String, PolicyError> {
    let span = value.span();
    let text: String = read(value)?;
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ' | '/');
    if text.trim().is_empty() || text.len() > 100 || !text.chars().all(fine) {
        return Err(PolicyError::new(
            span,
            "a name has 1 to 100 letters, digits, spaces and -_./",
        ));
    }
    Ok(text)
}

fn read<T: DeserializeOwned>(value: Spanned<DeValue<'_>>) -> Result<T, PolicyError> {
    let span = value.span();
    T::deserialize(ValueDeserializer::from(value)).map_err(|error| {
        let error = error_of(&error);
        let is_nowhere = error.span == (0..0);
        PolicyError {
            span: if is_nowhere { span } else { error.span.clone() },
            ..error
        }
    })
}

fn unknown_key(span: Range<usize>, key: &str, known: &[&str]) -> PolicyError {
    let help = match nearest(key, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("the keys are {}", known.join(", ")),
    };
    PolicyError::new(span, format!("there is no key `{key}`")).with_help(help)
}

/// The TOML crate's error with its place, and a suggestion where serde lists what it expected.
pub(crate) fn error_of(error: &toml::de::Error) -> PolicyError {
    let span = error.span().unwrap_or(0..0);
    let message = error.message();
    // "unknown field `a`, expected one of `b`, `c`": serde's words, stable since 1.0.
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") || message.starts_with("unknown variant") {
        let word = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        let help = match nearest(word, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("one of {} is expected", known.join(", ")),
        };
        let what = if message.starts_with("unknown field") {
            "key"
        } else {
            "value"
        };
        return PolicyError::new(span, format!("there is no {what} `{word}` here")).with_help(help);
    }
    PolicyError::new(span, message.trim())
}

/// A moment, as a TOML date (its beginning, in UTC), a TOML date-time with an offset, or either as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl Instant {
    fn parse(text: &str) -> Option<Self> {
        // The last day of the calendar begins after the last moment that jiff holds; it means "never".
        let midnight = |date: Date| {
            date.to_zoned(TimeZone::UTC)
                .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
        };
        // jiff reads a date out of a date-time without an offset; that would be a guess at the offset.
        let timestamp = text.parse::<Timestamp>().ok();
        let date = || {
            let plain = text.len() == 10 && text.parse::<DateTime>().is_ok();
            plain.then(|| text.parse::<Date>().ok().map(midnight)).flatten()
        };
        timestamp.or_else(date).map(Self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Moment;

        impl<'de> Visitor<'de> for Moment {
            type Value = Instant;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date or a time with its offset: 2026-12-31, 2026-12-31T12:00:00Z")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Instant, E> {
                Instant::parse(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }

            // The TOML crate hands out its dates as a map with one private key.
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Instant, A::Error> {
                let date = map.next_entry::<String, String>()?.map(|(_, value)| value);
                match date.as_deref().and_then(Instant::parse) {
                    Some(instant) => Ok(instant),
                    None => Err(match &date {
                        Some(date) => A::Error::invalid_value(serde::de::Unexpected::Str(date), &self),
                        None => A::Error::invalid_type(serde::de::Unexpected::Map, &self),
                    }),
                }
            }
        }

        deserializer.deserialize_any(Moment)
    }
}
