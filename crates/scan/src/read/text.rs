//! A text that is read document by document, in memory or as a stream. Both are walked by the same code, so that a
//! report means the same however it comes.

use std::io::{self, Read};

use serde::de::IgnoredAny;

use super::{Document, Hold};
use crate::detect::{Format, WINDOW};
use crate::error::Error;
use crate::input::BUFFER;

/// Bytes that the parser of a stream takes at a time.
const CHUNK: usize = 16 << 10;

/// Where something stands in a text, both from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    /// Bytes since the start of the line.
    pub(super) column: usize,
}

impl Position {
    fn pass(&mut self, bytes: &[u8]) {
        match memchr::memrchr(b'\n', bytes) {
            Some(last) => {
                self.line += memchr::memchr_iter(b'\n', &bytes[..=last]).count();
                self.column = bytes.len() - last - 1;
            }
            None => self.column += bytes.len(),
        }
    }
}

/// What is left of a text, always valid UTF-8.
pub(super) trait Text {
    /// The next part, as much as detection may look at; empty at the end.
    fn window(&mut self) -> io::Result<&[u8]>;

    /// Steps over bytes of the window.
    fn skip(&mut self, count: usize);

    fn position(&mut self) -> Position;

    /// Reads a document that begins here, and steps behind it.
    fn read(&mut self, document: &Document<'_>, format: &Format, hold: &mut Hold<'_>) -> Result<(), Error>;

    /// Steps over white space.
    fn skip_blank(&mut self) -> io::Result<()> {
        loop {
            let window = self.window()?;
            let blank = window.len() - window.trim_ascii_start().len();
            if blank == 0 {
                return Ok(());
            }
            self.skip(blank);
        }
    }
}

/// A text in memory.
pub(super) struct Slice<'a> {
    text: &'a str,
    at: usize,
    position: Position,
}

impl<'a> Slice<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            position: Position::default(),
        }
    }
}

impl Text for Slice<'_> {
    fn window(&mut self) -> io::Result<&[u8]> {
        let rest = &self.text.as_bytes()[self.at..];
        Ok(&rest[..rest.len().min(WINDOW)])
    }

    fn skip(&mut self, count: usize) {
        let end = self.at + count;
        self.position.pass(&self.text.as_bytes()[self.at..end]);
        self.at = end;
    }

    fn position(&mut self) -> Position {
        self.position
    }

    fn read(&mut self, document: &Document<'_>, format: &Format, hold: &mut Hold<'_>) -> Result<(), Error> {
        let mut json = serde_json::Deserializer::from_str(&self.text[self.at..]);
        document.read(format, &mut json, hold)?;
        let read = json.into_iter::<IgnoredAny>().byte_offset();
        self.skip(read);
        Ok(())
    }
}

/// A text that is read as it comes, through one buffer.
pub(super) struct Stream<R> {
    inner: R,
    buffer: Vec<u8>,
    at: usize,
    /// How far of the buffer `position` is.
    passed: usize,
    position: Position,
    /// Bytes taken before the buffer.
    before: usize,
    done: bool,
}

impl<R: Read> Stream<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            buffer: Vec::with_capacity(BUFFER),
            at: 0,
            passed: 0,
            position: Position::default(),
            before: 0,
            done: false,
        }
    }

    /// Fills the buffer behind what is not taken yet.
    fn fill(&mut self) -> io::Result<()> {
        self.pass();
        self.buffer.drain(..self.at);
        self.before += self.at;
        (self.at, self.passed) = (0, 0);
        let wanted = BUFFER - self.buffer.len();
        let read = (&mut self.inner)
            .take(wanted as u64)
            .read_to_end(&mut self.buffer)?;
        self.done = read < wanted;
        Ok(())
    }

    fn pass(&mut self) {
        self.position.pass(&self.buffer[self.passed..self.at]);
        self.passed = self.at;
    }

    fn taken(&self) -> usize {
        self.before + self.at
    }
}

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.buffer.len() {
            if self.done {
                return Ok(0);
            }
            self.fill()?;
        }
        let rest = &self.buffer[self.at..];
        let count = out.len().min(rest.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

impl<R: Read> Text for Stream<R> {
    fn window(&mut self) -> io::Result<&[u8]> {
        if self.buffer.len() - self.at < WINDOW && !self.done {
            self.fill()?;
        }
        let rest = &self.buffer[self.at..];
        Ok(&rest[..rest.len().min(WINDOW)])
    }

    fn skip(&mut self, count: usize) {
        self.at += count;
    }

    fn position(&mut self) -> Position {
        self.pass();
        self.position
    }

    fn read(&mut self, document: &Document<'_>, format: &Format, hold: &mut Hold<'_>) -> Result<(), Error> {
        let start = self.taken();
        // The parser takes byte by byte, for which the standard library has a short way through its own buffer only.
        let chunks = io::BufReader::with_capacity(CHUNK, &mut *self);
        let mut json = serde_json::Deserializer::from_reader(chunks);
        let outcome = document.read(format, &mut json, hold);
        let read = json.into_iter::<IgnoredAny>().byte_offset();
        // What was taken ahead of the parser is of the last chunk, which is still in the buffer.
        let ahead = (self.taken() - start).saturating_sub(read).min(self.at);
        self.at -= ahead;
        outcome
    }
}
