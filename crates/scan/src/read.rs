//! Reading a report: bytes in, rows out.

use std::borrow::Cow;
use std::io::{self, BufReader, Read};

use sealift_types::{Digest, Finding, FindingSet, Report, Warning};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::collect::Collector;
use crate::detect::{self, Detected, Format, Undetected};
use crate::error::Error;
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
    let mut collector = Collector::default();
    let collected = parse_into(bytes, options, &mut collector);
    match collected {
        Ok(()) => Ok(collector.finish()),
        // Half a character in an escape stops the parser. Mending needs a copy of the text, so only then.
        Err(error @ Error::Syntax { .. }) => {
            let mut mended = bytes.to_vec();
            let (escapes, _) = input::mend_escapes(&mut mended, true);
            if escapes == 0 {
                return Err(error);
            }
            // The repair goes through the reader's path, which counts it and hashes the bytes as they are.
            parse_reader(bytes, options)
        }
        Err(error) => Err(error),
    }
}

/// Reads a report from a reader, and folds its rows into findings; like [`parse`], without the file in memory.
///
/// # Errors
/// Those of [`parse`], and [`Error::Io`].
pub fn parse_reader<R: Read>(reader: R, options: &ReadOptions) -> Result<FindingSet, Error> {
    let mut collector = Collector::default();
    let input = read(reader, options, &mut collector)?;
    let mut set = collector.finish();
    for report in &mut set.reports {
        // A set of ours that is read back keeps the digests of the reports it was made from.
        if report.digest.is_none() {
            report.digest.clone_from(&input.digest);
        }
    }
    Ok(set)
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
        let (start, rest) = input::peek(text, detect::WINDOW).map_err(io_error)?;
        let detected = detect::detect(&start).map_err(|reason| undetected(reason, options))?;
        let lines = hold.skip(&start[..detected.start]);
        let mut start = io::Cursor::new(start);
        start.set_position(detected.start as u64);
        let buffered = BufReader::with_capacity(input::BUFFER, start.chain(rest));
        let mut json = serde_json::Deserializer::from_reader(buffered);
        let document = Document {
            options,
            digest: None,
            lines,
        };
        document.read(&detected.format, &mut json, &mut hold)?;
        document.read_rest(&detected.format, &mut json, &mut hold)?;
    }
    input::drain(&mut reader, &notes).map_err(io_error)?;
    let mut notes = notes.borrow_mut();
    hold.warnings.splice(0..0, notes.warnings());
    hold.finish();
    Ok(Input {
        bytes: notes.bytes,
        digest: notes.digest(),
    })
}

fn parse_into(bytes: &[u8], options: &ReadOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    if bytes.len() as u64 > options.max_bytes {
        return Err(Error::TooLarge {
            input: options.source.clone(),
            what: "the file",
            limit: options.max_bytes,
        });
    }
    let notes = Notes::shared(options.digest);
    let text = if let Some(text) = input::plain_utf8(bytes, &notes) {
        notes.borrow_mut().update(bytes);
        Cow::Borrowed(text.as_bytes())
    } else {
        let mut text = Vec::new();
        input::text(bytes, &notes, options.max_bytes)
            .and_then(|mut reader| reader.read_to_end(&mut text))
            .map_err(|error| Error::from_io(options.source.clone(), error))?;
        Cow::Owned(text)
    };
    let mut notes = notes.borrow_mut();
    let digest = notes.digest();
    let mut hold = Hold::new(sink);
    hold.warnings = notes.warnings();
    read_text(&text, options, digest.as_ref(), &mut hold)?;
    hold.finish();
    Ok(())
}

/// Reads every document of a text.
fn read_text(
    text: &[u8],
    options: &ReadOptions,
    digest: Option<&Digest>,
    hold: &mut Hold<'_>,
) -> Result<(), Error> {
    let mut rest = text;
    let mut lines = 0;
    let mut next = Some(detect::detect(rest).map_err(|reason| undetected(reason, options))?);
    while let Some(Detected { start, format }) = next.take() {
        lines += hold.skip(&rest[..start]);
        rest = &rest[start..];
        let document = Document {
            options,
            digest: digest.cloned(),
            lines,
        };
        // Checked to be UTF-8 as a whole, which is cheaper than string by string.
        let valid = std::str::from_utf8(rest).map_err(|_| Error::NotJson {
            input: options.source.clone(),
        })?;
        let mut json = serde_json::Deserializer::from_str(valid);
        document.read(&format, &mut json, hold)?;
        if json.end().is_ok() {
            return Ok(());
        }
        let read = json.into_iter::<IgnoredAny>().byte_offset();
        lines += memchr::memchr_iter(b'\n', &rest[..read]).count();
        rest = &rest[read..];
        let blank = rest.len() - rest.trim_ascii_start().len();
        match detect::detect(rest) {
            Ok(second) if second.start == blank => {
                hold.warn(
                    "concatenated-logs",
                    "the file holds several reports; all were read",
                );
                next = Some(second);
            }
            _ if serde_json::from_slice::<IgnoredAny>(rest).is_ok() => {
                return Err(Error::SecondDocument {
                    input: options.source.clone(),
                    line: lines + 1,
                    column: 1,
                });
            }
            _ => hold.trailing_text(),
        }
    }
    Ok(())
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
    digest: Option<Digest>,
    /// Lines of the file before it.
    lines: usize,
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
            digest: self.digest.clone(),
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
            digest: self.digest.clone(),
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

    /// After the document: nothing, more logs, or text. A stream cannot be looked ahead in far enough to recognise
    /// another format, so a second document of one is an error.
    fn read_rest<'de, R: serde_json::de::Read<'de>>(
        &self,
        format: &Format,
        json: &mut serde_json::Deserializer<R>,
        hold: &mut Hold<'_>,
    ) -> Result<(), Error> {
        loop {
            match json.end() {
                Ok(()) => return Ok(()),
                Err(error) if error.is_io() => return Err(self.error(error)),
                Err(_) => {}
            }
            let rows = hold.events;
            let mut log = sarif::Log::default();
            let second = if matches!(format, Format::Sarif { .. }) {
                let context = Context {
                    options: self.options,
                    format: "sarif-2.1.0",
                    digest: self.digest.clone(),
                };
                sarif::read(&mut *json, &context, hold, &mut log)
            } else {
                IgnoredAny::deserialize(&mut *json).map(|_| ())
            };
            match second {
                Ok(()) if log.runs.is_some() => {
                    hold.warn(
                        "concatenated-logs",
                        "the file holds several reports; all were read",
                    );
                    if log.external {
                        return Err(Error::ExternalResults {
                            input: self.options.source.clone(),
                        });
                    }
                }
                Err(error) if error.is_io() || hold.events > rows || log.has_runs => {
                    return Err(self.error(error));
                }
                // A whole value and nothing after it is a document, not the stale end of an overwritten file.
                Ok(()) if json.end().is_ok() => {
                    return Err(Error::SecondDocument {
                        input: self.options.source.clone(),
                        line: 0,
                        column: 0,
                    });
                }
                _ => {
                    hold.trailing_text();
                    return Ok(());
                }
            }
        }
    }

    /// The error, with its line in the file.
    fn error(&self, error: serde_json::Error) -> Error {
        let mut error = Error::from_json(&self.options.source, error);
        if let Error::Truncated { line, .. } | Error::Syntax { line, .. } | Error::Shape { line, .. } =
            &mut error
        {
            *line += self.lines;
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

    fn trailing_text(&mut self) {
        self.warn("trailing-text", "text follows the report; it was ignored");
    }

    /// Steps over text before a document, and gives the number of its lines.
    fn skip(&mut self, text: &[u8]) -> usize {
        if !text.trim_ascii().is_empty() {
            self.warn("leading-text", "text stands before the report; it was ignored");
        }
        memchr::memchr_iter(b'\n', text).count()
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
    fn finding(&mut self, finding: Finding) {
        self.flush();
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
    pub(crate) digest: Option<Digest>,
}

impl Context<'_> {
    /// A report with the parts that do not come from its text.
    pub(crate) fn report(&self) -> Report {
        Report {
            source: self.options.source.clone(),
            digest: self.digest.clone(),
            format: self.format.to_owned(),
            ..Report::default()
        }
    }
}
