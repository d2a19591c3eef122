//! GitHub workflows: annotations on standard output, the job summary, the step's outputs.
//!
//! Source: docs.github.com, "Workflow commands for GitHub Actions".

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Write};
use std::path::PathBuf;

use sealift_types::{Finding, Severity};

use super::escape::{clip, command_data, command_property, line};
use super::markdown;
use super::scan_view::{self, ScanView, plural};
use crate::error::Error;

/// GitHub shows ten annotations of each level for a step and drops the rest without a word.
const MAX_ANNOTATIONS: usize = 10;

/// What an annotation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotation {
    pub(crate) level: Level,
    pub(crate) title: String,
    pub(crate) message: String,
}

/// The level of an annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }

    /// Critical and high are errors, medium is a warning, the rest is counted.
    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Error,
            Severity::Medium => Self::Warning,
            Severity::Low | Severity::Negligible | Severity::Unknown => Self::Notice,
        }
    }
}

/// Annotations, job summary and outputs of a scan.
pub(crate) fn scan(view: &ScanView, out: &mut dyn Write) -> Result<(), Error> {
    let annotated = view
        .set
        .findings
        .iter()
        .filter(|finding| Level::of(finding.worst_severity()) != Level::Notice);
    let unreadable = view.unreadable.iter().map(|each| Annotation {
        level: Level::Error,
        title: format!("cannot read {}", each.source),
        message: each.error.clone(),
    });
    annotate(
        unreadable.chain(annotated.map(|finding| annotation(finding, view))),
        &super::text::headline(view),
        out,
    )
    .map_err(|source| Error::Stdout { source })?;
    job_summary(|text| markdown::scan(view, text))?;
    outputs(&scan_outputs(view))
}

fn annotation(finding: &Finding, view: &ScanView) -> Annotation {
    let fix = match scan_view::fix(finding) {
        fix if fix.is_empty() => String::new(),
        fix => format!(". Fixed in: {fix}"),
    };
    Annotation {
        level: Level::of(finding.worst_severity()),
        title: format!("{} in {}", finding.id, scan_view::component(finding)),
        message: format!(
            "{}{fix}. {}",
            scan_view::said_by(finding, &view.set.reports),
            finding.title.as_deref().unwrap_or_default()
        ),
    }
}

/// Writes at most ten errors and ten warnings, in their order, and one notice with the rest and the headline.
pub(crate) fn annotate(
    annotations: impl Iterator<Item = Annotation>,
    headline: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (mut errors, mut warnings) = (0, 0);
    for each in annotations {
        let count = match each.level {
            Level::Error => &mut errors,
            Level::Warning | Level::Notice => &mut warnings,
        };
        *count += 1;
        if *count <= MAX_ANNOTATIONS {
            writeln!(
                out,
                "::{} title={}::{}",
                each.level.as_str(),
                command_property(clip(&each.title)),
                command_data(clip(&each.message))
            )?;
        }
    }
    let mut rest = headline.to_owned();
    for (count, name) in [(errors, "error"), (warnings, "warning")] {
        if count > MAX_ANNOTATIONS {
            let _ = write!(
                rest,
                ". {} not annotated",
                plural((count - MAX_ANNOTATIONS) as u64, &format!("more {name}"))
            );
        }
    }
    writeln!(out, "::notice title=sealift::{}", command_data(&rest))
}

fn scan_outputs(view: &ScanView) -> Vec<(&'static str, String)> {
    let total = view.merged.grand_total();
    let mut outputs = vec![("findings", total.unique.to_string())];
    for severity in Severity::ALL {
        let unique: u64 = view
            .merged
            .kinds()
            .map(|kind| view.merged.get(kind, severity).unique)
            .sum();
        outputs.push((severity.as_str(), unique.to_string()));
    }
    outputs.push(("fixable", total.fixable.to_string()));
    outputs.push(("hidden", view.hidden.to_string()));
    outputs.push(("unreadable", view.unreadable.len().to_string()));
    if let Some(compared) = &view.comparison {
        outputs.push(("new", compared.new.to_string()));
        outputs.push(("unchanged", compared.unchanged.to_string()));
        outputs.push(("fixed", compared.fixed.len().to_string()));
    }
    outputs
}

/// Appends to `$GITHUB_STEP_SUMMARY`, where there is one.
pub(crate) fn job_summary(render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    append("GITHUB_STEP_SUMMARY", |file| {
        let mut text = Vec::new();
        render(&mut text)?;
        let end = (0..=text.len().min(markdown::MAX_BYTES))
            .rev()
            .find(|&at| at == text.len() || text[at] & 0xc0 != 0x80);
        text.truncate(end.unwrap_or_default());
        file.write_all(&text)
    })
}

/// Appends to `$GITHUB_OUTPUT`, where there is one, in the form with a delimiter that nobody can guess: a value from
/// outside cannot end itself and begin another.
pub(crate) fn outputs(values: &[(&'static str, String)]) -> Result<(), Error> {
    append("GITHUB_OUTPUT", |file| {
        let mut text = String::new();
        for (name, value) in values {
            let value = line(value);
            let delimiter = delimiter(&value);
            let _ = write!(text, "{name}<<{delimiter}\n{value}\n{delimiter}\n");
        }
        file.write_all(text.as_bytes())
    })
}

/// The standard library seeds its hash maps from the system's random source.
fn delimiter(value: &str) -> String {
    loop {
        let random = || RandomState::new().build_hasher().finish();
        let delimiter = format!("sealift_{:016x}{:016x}", random(), random());
        if !value.contains(&delimiter) {
            return delimiter;
        }
    }
}

fn append(variable: &str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    let Some(path) = std::env::var_os(variable)
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
    else {
        return Ok(());
    };
    let append = || {
        let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
        write(&mut file)
    };
    append().map_err(|source| Error::Write {
        path: path.clone(),
        source,
    })
}
