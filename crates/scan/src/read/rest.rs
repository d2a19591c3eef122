//! What follows a report in its file: another report, text, or the stale end of a longer file that was overwritten.
//!
//! A second report that is not seen is the worst that can happen here, so it is looked for wherever it may begin,
//! and what might be one is refused. Only two things are stepped over: text that holds nothing like JSON, and an end
//! that closes more than it opens.

use std::io;

use super::text::{Position, Text};
use crate::detect::{self, Format, WINDOW};

/// Values that do not end within the window; each is looked at for as long as the window is.
const MAX_OPEN: u32 = 256;

/// What follows a report.
pub(super) enum Rest {
    /// Another report begins here; whether text stands before it.
    Report { format: Format, text: bool },
    /// A document that is no report we know.
    Document(Position),
    /// Text.
    Text,
    /// White space.
    Nothing,
}

/// Steps to the next report, or to the end.
pub(super) fn rest<T: Text>(text: &mut T) -> io::Result<Rest> {
    let mut passed = Passed::default();
    let mut document = None;
    let mut open = 0;
    text.skip_blank()?;
    loop {
        let window = text.window()?;
        if window.is_empty() {
            break;
        }
        let is_last = window.len() < WINDOW;
        let count = detect::next_value(window, is_last).unwrap_or(window.len());
        if count > 0 {
            if is_in_another_encoding(&window[..count]) {
                return Ok(Rest::Document(document.unwrap_or_else(|| text.position())));
            }
            passed.pass(&window[..count]);
            text.skip(count);
            continue;
        }
        let (format, end) = detect::value(window);
        if let Some(format) = format {
            // Within a document that is not known it would be read in part.
            if let (Some(place), true) = (document, open > 0) {
                return Ok(Rest::Document(place));
            }
            return Ok(Rest::Report {
                format,
                text: passed.last.is_some() || document.is_some(),
            });
        }
        let count = end.unwrap_or(1);
        if end.is_some() {
            passed.last = Some(window[count - 1]);
        } else {
            passed.pass(&window[..count]);
            open += 1;
        }
        let here = text.position();
        document.get_or_insert(here);
        if open > MAX_OPEN {
            break;
        }
        text.skip(count);
    }
    Ok(match document {
        Some(place) if open > MAX_OPEN || !passed.is_stale_end() => Rest::Document(place),
        None if passed.last.is_none() => Rest::Nothing,
        _ => Rest::Text,
    })
}

/// Text that was stepped over. Strings are not told apart: a stale end may begin within one.
#[derive(Default)]
struct Passed {
    opened: u64,
    closed: u64,
    /// The last byte that is no white space.
    last: Option<u8>,
}

impl Passed {
    fn pass(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'{' | b'[' => self.opened += 1,
                b'}' | b']' => self.closed += 1,
                _ => {}
            }
        }
        self.last = bytes.trim_ascii_end().last().copied().or(self.last);
    }

    /// Whether it reads like the end of a longer file: it closes what began before.
    fn is_stale_end(&self) -> bool {
        self.closed > self.opened && matches!(self.last, Some(b'}' | b']'))
    }
}

/// Whether the text holds JSON once its characters are taken for pairs of bytes: UTF-8 that was added to a file in
/// UTF-16.
fn is_in_another_encoding(text: &[u8]) -> bool {
    if text.is_ascii() {
        return false;
    }
    let text = String::from_utf8_lossy(text);
    [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes]
        .into_iter()
        .any(|order| {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(order).collect();
            detect::next_value(&bytes, true).is_some()
        })
}
