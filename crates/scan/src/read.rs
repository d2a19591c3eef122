//! Reading a report: bytes in, rows out.

mod rest;
mod text;

use std::io::{self, Read};

use sealift_types::{Digest, Finding, FindingSet, Kind, Report, Warning};

use self::rest::Rest;
use self::text::{Position, Slice, Stream, Text};
use crate::collect::Collector;
use crate::detect::{self, Detected, Format, Undetected};
use crate::error::{Error, Place};
use crate::ids::is_vulnerability;
use crate::input::{self, Notes};
use crate::{native, sarif};

/// How a report is read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// The name of the input for messages and for [`Report::source`]; a file's path, or `-`.
    pub source: String,
    /// Whether to hash the bytes into [`Report::digest`]. Default: true. A summary needs no digest.
    pub digest: bool,
    /// The largest input, in bytes after decompression. Default: 1 GiB. Reports in the wild stay below 5 MB.
    pub max_bytes: u64,
    /// How much of a finding is kept. Default: all of it.
    pub detail: Detail,
}

/// How much of a finding is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// Everything that the report states.
    #[default]
    Full,
    /// What counting, gating and merging need: titles, descriptions and links may be left out.
    Keys,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            source: "-".to_owned(),
            digest: true,
            max_bytes: 1 << 30,
            detail: Detail::Full,
        }
    }
}

/// Takes the rows of a report as they are read.
///
/// The findings of a run come first, one for each row (`rows` is 1, `report` is 0); the run's [`Report`] closes
/// them. A file with several runs repeats this. Findings that Sealift wrote and reads back keep their statements.
pub trait Sink {
    /// One row.
    fn finding(&mut self, finding: Finding);
    /// The end of a run, with what the run says of itself and where its rows went.
    fn report(&mut self, report: Report);
}

/// What was read through, whatever it held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Input {
    /// Bytes, before decompression.
    pub bytes: u64,
    /// The digest of those bytes, where [`ReadOptions::digest`] asked for it.
    pub digest: Option<Digest>,
}

/// Reads a report that is in memory, and folds its rows into findings.
///
/// The format is recognised by content. What can be recovered from is a warning on the last report of the file;
/// `docs/formats.md` lists the codes.
///
/// # Errors
/// Every error means that findings may be missing: see [`Error`].
///
/// # Examples
/// ```
/// use sealift_scan::{ReadOptions, parse};
///
/// let log = br#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Trivy"}},"results":[]}]}"#;
/// let set = parse(log, &ReadOptions::default())?;
/// assert_eq!((set.reports[0].scanner.as_str(), set.findings.len()), ("trivy", 0));
/// # Ok::<(), sealift_scan::Error>(())
/// ```
pub fn parse(bytes: &[u8], options: &ReadOptions) -> Result<FindingSet, Error> {
    // An escape of half a character stops the parser; the reader's path mends it.
    if may_have_surrogates(bytes) {
        return parse_reader(bytes, options);
    }
    let notes = Notes::shared(options.digest);
    let Some(text) = input::plain_utf8(bytes, &notes) else {
        return parse_reader(bytes, options);
    };
    if bytes.len() as u64 > options.max_bytes {
        return Err(Error::TooLarge {
            input: options.source.clone(),
            what: "its text",
            limit: options.max_bytes,
        });
    }
    notes.borrow_mut().update(bytes);
    let mut notes = notes.borrow_mut();
    let mut collector = Collector::default();
    let mut hold = Hold::new(&mut collector);
    hold.warnings = notes.warnings();
    read_documents(&mut Slice::new(text), options, &mut hold)?;
    hold.finish();
    Ok(with_digest(collector.finish(), notes.digest().as_ref()))
}

/// Reads a report from a reader, and folds its rows into findings; like [`parse`], without the file in memory.
///
/// # Errors
/// Those of [`parse`], and [`Error::Io`].
pub fn parse_reader<R: Read>(reader: R, options: &ReadOptions) -> Result<FindingSet, Error> {
    let mut collector = Collector::default();
    let input = read(reader, options, &mut collector)?;
    Ok(with_digest(collector.finish(), input.digest.as_ref()))
}

/// Reads a report as a stream: the memory is that of its rules in short form, not of the file.
///
/// [`Report::digest`] stays empty, since it is known only at the end; it is in what is returned.
///
/// # Errors
/// Those of [`parse`], and [`Error::Io`]. What the sink was given until then must be dropped.
pub fn read<R: Read>(mut reader: R, options: &ReadOptions, sink: &mut dyn Sink) -> Result<Input, Error> {
    let io_error = |error: io::Error| Error::from_io(options.source.clone(), error);
    let notes = Notes::shared(options.digest);
    let mut hold = Hold::new(sink);
    {
        let text = input::text(&mut reader, &notes, options.max_bytes).map_err(io_error)?;
        let mut stream = Stream::new(text);
        read_documents(&mut stream, options, &mut hold)?;
        // What follows the last document is decoded too: its damage is told as in a text in memory.
        io::copy(&mut stream, &mut io::sink()).map_err(io_error)?;
    }
    input::drain(&mut reader, &notes).map_err(io_error)?;
    let mut notes = notes.borrow_mut();
    hold.warnings.splice(0..0, notes.warnings());
    hold.finish();
    let input = Input {
        bytes: notes.bytes,
        digest: notes.digest(),
    };
    Ok(input)
}

/// Whether a `\u` escape may name half a character: all of them begin with D.
fn may_have_surrogates(bytes: &[u8]) -> bool {
    [b"\\ud", b"\\uD"]
        .iter()
        .any(|escape| memchr::memmem::find(bytes, *escape).is_some())
}

/// Names the file in the reports that were read from it. A set of ours that is read back keeps the digests of the
/// reports it was made from; one written without digests takes that of the file.
fn with_digest(mut set: FindingSet, digest: Option<&Digest>) -> FindingSet {
    for report in set.reports.iter_mut().filter(|report| report.digest.is_none()) {
        report.digest = digest.cloned();
    }
    set
}

/// Reads every document of a text.
fn read_documents<T: Text>(text: &mut T, options: &ReadOptions, hold: &mut Hold<'_>) -> Result<(), Error> {
    let io_error = |error: io::Error| Error::from_io(options.source.clone(), error);
    let Detected { start, mut format } =
        detect::detect(text.window().map_err(io_error)?).map_err(|reason| undetected(reason, options))?;
    hold.skip(&text.window().map_err(io_error)?[..start]);
    text.skip(start);
    loop {
        let document = Document {
            options,
            start: text.position(),
        };
        text.read(&document, &format, hold)?;
        match rest::rest(text).map_err(io_error)? {
            Rest::Nothing => return Ok(()),
            Rest::Report { format: next, text } => {
                hold.warn(
                    "concatenated-logs",
                    "the file holds several reports; all were read",
                );
                if text {
                    hold.leading_text();
                }
                format = next;
            }
            Rest::Document(Position { line, column }) => {
                return Err(Error::SecondDocument {
                    input: options.source.clone(),
                    place: Place::new(line + 1, column + 1),
                });
            }
            Rest::Text => {
                hold.trailing_text();
                return Ok(());
            }
        }
    }
}

fn undetected(reason: Undetected, options: &ReadOptions) -> Error {
    let input = options.source.clone();
    match reason {
        Undetected::Empty => Error::Empty { input },
        Undetected::NotJson => Error::NotJson { input },
        Undetected::Unknown { keys } => Error::Unrecognised { input, keys },
    }
}

/// One document of a file.
struct Document<'a> {
    options: &'a ReadOptions,
    /// Where it begins.
    start: Position,
}

impl Document<'_> {
    /// Reads a document of this format.
    fn read<'de, R: serde_json::de::Read<'de>>(
        &self,
        format: &Format,
        json: &mut serde_json::Deserializer<R>,
        hold: &mut Hold<'_>,
    ) -> Result<(), Error> {
        let context = |format| Context {
            options: self.options,
            format,
        };
        let result = match format {
            Format::Sarif { version } => return self.read_sarif(version.as_deref(), json, hold),
            Format::TrivyV1 => native::trivy::read(json, &context("trivy-json-v1"), hold),
            Format::TrivyV2 => native::trivy::read(json, &context("trivy-json-v2"), hold),
            Format::Grype => native::grype::read(json, &context("grype-json"), hold),
            Format::Snyk => native::snyk::read(json, &context("snyk-json"), hold),
            Format::Osv => native::osv::read(json, &context("osv-json"), hold),
            Format::GitLab => native::gitlab::read(json, &context("gitlab-container-scanning"), hold),
            Format::Sealift => native::sealift::read(json, &context("sealift-json"), hold),
        };
        result.map_err(|error| self.error(error))
    }

    fn read_sarif<'de, R: serde_json::de::Read<'de>>(
        &self,
        stated: Option<&str>,
        json: &mut serde_json::Deserializer<R>,
        hold: &mut Hold<'_>,
    ) -> Result<(), Error> {
        let unsupported = |version: &str| Error::Unsupported {
            input: self.options.source.clone(),
            format: "SARIF",
            version: crate::accept::cut(version, 64).to_owned(),
        };
        let context = Context {
            options: self.options,
            format: sarif::format(stated).ok_or_else(|| unsupported(stated.unwrap_or_default()))?,
        };
        let mut log = sarif::Log::default();
        sarif::read(json, &context, hold, &mut log).map_err(|error| self.error(error))?;
        // The version may stand after the runs.
        let version = log.version.as_deref();
        let format = sarif::format(version).ok_or_else(|| unsupported(version.unwrap_or_default()))?;
        let input = self.options.source.clone();
        if log.external {
            return Err(Error::ExternalResults { input });
        }
        if log.runs.unwrap_or(0) == 0 {
            return Err(Error::NoRuns { input });
        }
        if let Some(report) = &mut hold.pending {
            format.clone_into(&mut report.format);
        }
        match version {
            None => hold.warn(
                "version-missing",
                "the log states no SARIF version; it was read as 2.1.0",
            ),
            Some("2.1") => hold.warn(
                "version-invalid",
                "the log's version is 2.1; it was read as 2.1.0",
            ),
            Some(_) => {}
        }
        if log.repeated {
            hold.warn(
                "duplicate-keys",
                "the log has a key twice; runs of both were read",
            );
        }
        Ok(())
    }

    /// The error, with its line in the file.
    fn error(&self, error: serde_json::Error) -> Error {
        let mut error = Error::from_json(&self.options.source, error);
        if let Error::Truncated { place, .. } | Error::Syntax { place, .. } | Error::Shape { place, .. } =
            &mut error
            && let Some(place) = place
        {
            if place.line == 1 {
                place.column += self.start.column;
            }
            place.line += self.start.line;
        }
        error
    }
}

/// Passes rows on, and keeps the last report back until the end: some warnings are known only there.
struct Hold<'a> {
    sink: &'a mut dyn Sink,
    pending: Option<Report>,
    warnings: Vec<Warning>,
    events: u64,
}

impl<'a> Hold<'a> {
    fn new(sink: &'a mut dyn Sink) -> Self {
        Self {
            sink,
            pending: None,
            warnings: Vec::new(),
            events: 0,
        }
    }

    fn warn(&mut self, code: &str, message: &str) {
        if self.warnings.iter().all(|warning| warning.code != code) {
            self.warnings.push(Warning::new(code, message));
        }
    }

    fn leading_text(&mut self) {
        self.warn("leading-text", "text stands before the report; it was ignored");
    }

    fn trailing_text(&mut self) {
        self.warn("trailing-text", "text follows the report; it was ignored");
    }

    /// Text before the first document.
    fn skip(&mut self, text: &[u8]) {
        if !text.trim_ascii().is_empty() {
            self.leading_text();
        }
    }

    fn flush(&mut self) {
        if let Some(report) = self.pending.take() {
            self.sink.report(report);
        }
    }

    fn finish(mut self) {
        if let Some(report) = &mut self.pending {
            report.warnings.append(&mut self.warnings);
        }
        self.flush();
    }
}

impl Sink for Hold<'_> {
    fn finding(&mut self, mut finding: Finding) {
        self.flush();
        // The rules for vulnerabilities must meet every one, whatever a report files it under.
        if finding.kind != Kind::Vulnerability && finding.ids().any(is_vulnerability) {
            finding.kind = Kind::Vulnerability;
        }
        self.events += 1;
        self.sink.finding(finding);
    }

    fn report(&mut self, report: Report) {
        self.flush();
        self.events += 1;
        self.pending = Some(report);
    }
}

/// What a format's reader knows before it starts.
pub(crate) struct Context<'a> {
    pub(crate) options: &'a ReadOptions,
    pub(crate) format: &'static str,
}

impl Context<'_> {
    /// A report with the parts that do not come from its text.
    pub(crate) fn report(&self) -> Report {
        Report {
            source: self.options.source.clone(),
            format: self.format.to_owned(),
            ..Report::default()
        }
    }
}
