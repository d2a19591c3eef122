//! Rules of one's own in Rego, judged by the `regorus` crate.
//!
//! The module is `package sealift`; its rules `deny` and `warn` are sets of texts, or of objects with a text `msg` and,
//! where it is about a finding, its index `finding` (so that exceptions apply). The engine is built without clock,
//! network and random numbers; the time is `input.now`. A module that fails, runs too long, or defines neither rule is
//! missing evidence, never a pass.

use std::num::NonZeroU32;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};
use serde::Serialize;

use crate::context::Context;
use crate::facts::Facts;
use crate::report::Violation;
use crate::rules::{Judgement, Rego};

/// Work units between two looks at the clock.
const CHECK_INTERVAL: NonZeroU32 = NonZeroU32::new(1_000).expect("not zero");
/// The longest message that is kept, in characters.
const MAX_MESSAGE: usize = 1_000;

/// What a module sees as `input`. Feeds are left out: they are large, and rules of their own judge by them.
#[derive(Serialize)]
struct Input<'a> {
    /// RFC 3339, in UTC.
    now: String,
    image: &'a Option<crate::facts::ImageFacts>,
    reports: &'a [sealift_types::Report],
    findings: &'a [sealift_types::Finding],
    /// Indexes of findings with an exception in force.
    excepted: Vec<usize>,
    unreadable: &'a [crate::facts::UnreadableReport],
    baseline: &'a Option<crate::facts::BaselineFacts>,
    attestations: &'a Option<Vec<crate::facts::Attestation>>,
    components: &'a Option<Vec<crate::facts::Component>>,
    tests: &'a Option<Vec<crate::facts::TestResult>>,
    secrets: &'a Option<crate::facts::SecretsFacts>,
}

impl<'a> Input<'a> {
    fn new(context: &Context<'a>) -> Self {
        let facts: &'a Facts = context.facts;
        Self {
            now: context.now.to_string(),
            image: &facts.image,
            reports: &facts.findings.reports,
            findings: &facts.findings.findings,
            excepted: (0..facts.findings.findings.len())
                .filter(|index| context.exceptions.of(*index).is_some())
                .collect(),
            unreadable: &facts.unreadable,
            baseline: &facts.baseline,
            attestations: &facts.attestations,
            components: &facts.components,
            tests: &facts.tests,
            secrets: &facts.secrets,
        }
    }
}

pub(crate) fn judge(options: &Rego, context: &Context<'_>, judgement: &mut Judgement) {
    let Some(module) = &options.module else {
        let file = options.file.as_deref().unwrap_or("no file");
        judgement.missing(format!("the module's text was not loaded ({file})"));
        return;
    };
    match run(options, module, context) {
        Ok(package) => take(&package, context, judgement),
        Err(why) => judgement.missing(format!("the module could not be judged: {why}")),
    }
}

fn run(options: &Rego, module: &str, context: &Context<'_>) -> Result<Value, String> {
    let brief = |error: &dyn std::fmt::Display| {
        error
            .to_string()
            .trim()
            .chars()
            .take(MAX_MESSAGE)
            .collect::<String>()
    };
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(true);
    // The engine always brings this one; an extension of the same name stands before it.
    let no_randomness = |_| Err(std::io::Error::other("there is no randomness in a policy").into());
    engine
        .add_extension("rand.intn".to_owned(), 2, Box::new(no_randomness))
        .map_err(|error| brief(&error))?;
    let name = options.file.clone().unwrap_or_else(|| "module.rego".to_owned());
    let package = engine
        .add_policy(name, module.to_owned())
        .map_err(|error| brief(&error))?;
    if package != "data.sealift" {
        return Err(format!("its package is {package}, not data.sealift"));
    }
    let mut json = Limited {
        bytes: Vec::new(),
        max_bytes: usize::try_from(options.max_bytes).unwrap_or(usize::MAX),
    };
    serde_json::to_writer(&mut json, &Input::new(context))
        .map_err(|_| format!("its input has more than {} bytes", options.max_bytes))?;
    let json = String::from_utf8(json.bytes).map_err(|error| brief(&error))?;
    engine.set_input(Value::from_json_str(&json).map_err(|error| brief(&error))?);
    drop(json);
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: Duration::from_millis(options.time_limit_ms.into()),
        check_interval: CHECK_INTERVAL,
    });
    let results = engine
        .eval_query("data.sealift".to_owned(), false)
        .map_err(|error| brief(&error))?;
    let value = results
        .result
        .into_iter()
        .next()
        .and_then(|result| result.expressions.into_iter().next())
        .map(|expression| expression.value);
    value.ok_or_else(|| "it gives no answer".to_owned())
}

fn take(package: &Value, context: &Context<'_>, judgement: &mut Judgement) {
    let (deny, warn) = (&package["deny"], &package["warn"]);
    if *deny == Value::Undefined && *warn == Value::Undefined {
        judgement.missing("the module defines neither `deny` nor `warn`");
        return;
    }
    for (value, is_warning) in [(deny, false), (warn, true)] {
        if *value == Value::Undefined {
            continue;
        }
        let items: Vec<&Value> = match value {
            Value::Set(items) => items.iter().collect(),
            Value::Array(items) => items.iter().collect(),
            _ => {
                judgement.missing("`deny` and `warn` must be sets of texts or objects");
                continue;
            }
        };
        for item in items {
            answer(item, is_warning, context, judgement);
        }
    }
}

fn answer(item: &Value, is_warning: bool, context: &Context<'_>, judgement: &mut Judgement) {
    let text = |value: &Value| {
        value
            .as_string()
            .ok()
            .map(|text| text.chars().take(MAX_MESSAGE).collect::<String>())
    };
    let message = text(item)
        .or_else(|| text(&item["msg"]))
        .unwrap_or_else(|| "(an answer without a text `msg`)".to_owned());
    let finding = item["finding"]
        .as_u64()
        .ok()
        .and_then(|index| usize::try_from(index).ok());
    match finding.and_then(|index| Some((index, context.findings().get(index)?))) {
        Some((index, _)) if is_warning && context.exceptions.of(index).is_some() => {}
        Some((index, finding)) if !is_warning => {
            judgement.hit(context, index, finding.worst_severity(), Some(message));
        }
        _ if is_warning => judgement.warn(message),
        _ => judgement.violation(Violation {
            message,
            ..Violation::default()
        }),
    }
}

/// A writer that refuses more than its limit.
struct Limited {
    bytes: Vec<u8>,
    max_bytes: usize,
}

impl std::io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.max_bytes {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
