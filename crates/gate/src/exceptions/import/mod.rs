//! Exceptions from other tools' files: ignore files of Trivy, Grype and Snyk, and VEX documents.
//!
//! An entry that [`Exception`] cannot express exactly may become narrower, never broader: it is refused with a
//! diagnostic that says why. So is an entry that names no flaw. What was refused excuses nothing, and the caller
//! shows it.
//!
//! An id means the flaw, whichever scanner reports it and under whichever alias. What a format has no place for
//! (an owner in all of them, an end in Grype's) stays absent; the policy decides whether such an exception counts.

mod csaf;
mod cyclonedx;
mod detect;
#[cfg(feature = "yaml")]
mod grype;
mod json;
mod openvex;
mod scope;
#[cfg(feature = "yaml")]
mod snyk;
mod trivyignore;
#[cfg(feature = "yaml")]
mod trivyignore_yaml;
mod vex;
#[cfg(feature = "yaml")]
mod yaml;

use std::fmt;

use jiff::Timestamp;
use sealift_types::Digest;

use super::{Exception, ExceptionKind, ExceptionOrigin};
use crate::feeds::timestamp;
use detect::Format;

/// The most bytes that a file may have: 32 MiB, several times the largest vendors' CSAF documents.
pub const MAX_IMPORT_BYTES: usize = 32 << 20;

/// The most statements about one flaw and one product that a document may have.
const MAX_ENTRIES: usize = 100_000;

/// How to read a file of exceptions.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ImportOptions {
    /// The file's name as the caller knows it, for the exceptions' origin. Where the content leaves the format
    /// open (an empty file), the name decides. Default: none.
    pub file: Option<String>,
    /// The digest of the bytes, for the exceptions' origin. Default: none.
    pub digest: Option<Digest>,
    /// Serial numbers (`urn:uuid:…`) of SBOMs that the caller knows to describe the image under judgement. A
    /// CycloneDX statement that links into another SBOM cannot be tied to the image, so it is refused.
    /// Default: none.
    pub boms: Vec<String>,
}

/// What a file of exceptions came to.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Imported {
    /// The format it was recognised as.
    pub kind: ExceptionKind,
    /// The exceptions, in the file's order.
    pub exceptions: Vec<Exception>,
    /// What was refused, in the file's order. These excuse nothing.
    pub refused: Vec<RefusedEntry>,
}

/// One entry of a file that was refused: it excuses nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedEntry {
    /// The line, from 1, where the format has lines.
    pub line: Option<u32>,
    /// The entry: `CVE-2026-0001`, `statements[3]`. Text from the file, not escaped.
    pub entry: String,
    /// Why, in one sentence fragment.
    pub message: String,
    /// The remedy.
    pub help: &'static str,
}

impl fmt::Display for RefusedEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{:?}: {}", self.entry, self.message)
    }
}

/// Why a file of exceptions cannot be read at all. Each has a remedy in [`ImportError::help`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// More than [`MAX_IMPORT_BYTES`].
    #[error("the file has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// Bytes given.
        size: usize,
        /// Bytes read at most.
        limit: usize,
    },
    /// More statements than are read.
    #[error("the document has more than {limit} statements")]
    TooMany {
        /// Statements read at most.
        limit: usize,
    },
    /// The bytes are not UTF-8 text.
    #[error("line {line}: not UTF-8 text")]
    NotText {
        /// Line of the first byte that is not, from 1.
        line: u32,
    },
    /// None of the formats.
    #[error("not a file of exceptions that is known")]
    Unknown,
    /// A format in YAML, and the crate was built without it.
    #[error("the file is in YAML, which this program was built without")]
    YamlDisabled,
    /// The text is not the format's YAML.
    #[error("line {line}: {problem}")]
    Yaml {
        /// Line, from 1.
        line: u32,
        /// What is wrong there.
        problem: String,
    },
    /// The text is not the format's JSON.
    #[error("not the JSON of this format: {problem}")]
    Json {
        /// What is wrong, with line and column where known.
        problem: String,
    },
    /// A document that its author has not finished.
    #[error("the document's status is `{status}`")]
    Draft {
        /// The status as written.
        status: String,
    },
}

impl ImportError {
    /// One line with the remedy.
    pub fn help(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } | Self::TooMany { .. } => "split the document by product",
            Self::NotText { .. } => "save the file as UTF-8",
            Self::Unknown => {
                "give .trivyignore, .trivyignore.yaml, .grype.yaml, .snyk, or OpenVEX, CSAF or CycloneDX VEX as JSON"
            }
            Self::YamlDisabled => "build with the feature `yaml`, or write the entries into the policy",
            Self::Yaml { .. } => "correct the file at this line",
            Self::Json { .. } => "check the document against its format's schema",
            Self::Draft { .. } => "use the document once its status is `final` or `interim`",
        }
    }
}

/// Reads a file of exceptions in whichever format it is.
///
/// # Errors
/// [`ImportError`] where the whole file cannot be read. Entries that cannot be used are in [`Imported::refused`] instead.
pub fn import(bytes: &[u8], options: &ImportOptions) -> Result<Imported, ImportError> {
    let text = text_of(bytes)?;
    let format = detect::format(text, options.file.as_deref())?;
    let mut import = Import::new(format.kind(), options);
    match format {
        Format::Trivyignore => trivyignore::read(text, &mut import),
        #[cfg(feature = "yaml")]
        Format::TrivyignoreYaml => trivyignore_yaml::read(&yaml::parse(text)?, &mut import),
        #[cfg(feature = "yaml")]
        Format::Grype => grype::read(&yaml::parse(text)?, &mut import),
        #[cfg(feature = "yaml")]
        Format::Snyk => snyk::read(&yaml::parse(text)?, &mut import),
        #[cfg(not(feature = "yaml"))]
        Format::TrivyignoreYaml | Format::Grype | Format::Snyk => return Err(ImportError::YamlDisabled),
        Format::Openvex => openvex::read(text, &mut import)?,
        Format::Csaf => csaf::read(text, &mut import)?,
        Format::Cyclonedx => cyclonedx::read(text, &mut import)?,
    }
    Ok(import.imported)
}

/// An import under way.
struct Import<'a> {
    options: &'a ImportOptions,
    imported: Imported,
}

impl<'a> Import<'a> {
    fn new(kind: ExceptionKind, options: &'a ImportOptions) -> Self {
        Self {
            options,
            imported: Imported {
                kind,
                ..Imported::default()
            },
        }
    }

    /// Takes an exception in, with its origin.
    fn accept(&mut self, line: Option<u32>, exception: Exception) {
        self.imported.exceptions.push(Exception {
            origin: ExceptionOrigin {
                kind: self.imported.kind,
                file: self.options.file.clone(),
                line,
                digest: self.options.digest.clone(),
            },
            ..exception
        });
    }

    fn refuse(&mut self, line: Option<u32>, entry: &str, Refusal { message, help }: Refusal) {
        self.imported.refused.push(RefusedEntry {
            line,
            entry: entry.chars().take(200).collect(),
            message,
            help,
        });
    }
}

/// Why an entry is not used, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    message: String,
    help: &'static str,
}

impl Refusal {
    fn new(message: impl Into<String>, help: &'static str) -> Self {
        Self {
            message: message.into(),
            help,
        }
    }
}

/// The bytes as text without a byte order mark, within the limit.
fn text_of(bytes: &[u8]) -> Result<&str, ImportError> {
    if bytes.len() > MAX_IMPORT_BYTES {
        return Err(ImportError::TooLarge {
            size: bytes.len(),
            limit: MAX_IMPORT_BYTES,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let lines = bytes[..error.valid_up_to()].split(|b| *b == b'\n').count();
        ImportError::NotText {
            line: u32::try_from(lines).unwrap_or(u32::MAX),
        }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// A text for people, trimmed and bounded; `None` where nothing is left.
fn prose(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(1024).collect())
}

/// Whether a text can be the id of a flaw: `CVE-2026-0001`, `snyk:lic:npm:x:GPL-3.0`, `GPL-2.0+`. One word of a sane
/// length, without a wildcard.
fn is_id(text: &str) -> bool {
    (2..=128).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !text.ends_with(':')
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'+' | b'/' | b'@'))
}

fn check_id(text: &str) -> Result<String, Refusal> {
    let id = text.trim();
    if id.is_empty() {
        Err(Refusal::new(
            "names no flaw",
            "name the flaw's id; an exception for every flaw is too broad",
        ))
    } else if is_id(id) {
        Ok(id.to_owned())
    } else {
        Err(Refusal::new(
            "not the id of a flaw",
            "write one id, without blanks or wildcards",
        ))
    }
}

fn check_time(name: &str, text: &str) -> Result<Timestamp, Refusal> {
    timestamp(text).ok_or_else(|| {
        Refusal::new(
            format!(
                "{name} is not a day or a time: {:?}",
                text.chars().take(40).collect::<String>()
            ),
            "write the day as 2026-12-31",
        )
    })
}
