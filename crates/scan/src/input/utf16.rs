//! UTF-16, as `PowerShell`'s `>` writes it, to UTF-8.

use std::io::{self, Read};

/// How a text is UTF-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) big_endian: bool,
    /// Bytes of the byte order mark, 0 where there is none.
    pub(super) mark: usize,
}

impl Order {
    pub(super) fn name(self) -> &'static str {
        if self.big_endian {
            "big endian"
        } else {
            "little endian"
        }
    }
}

/// The order of a text that begins like this. Without a mark, a JSON text's first two characters are ASCII, so
/// every second byte is zero (RFC 4627 §3).
pub(super) fn order(start: &[u8]) -> Option<Order> {
    match start {
        [0xff, 0xfe, ..] => Some(Order {
            big_endian: false,
            mark: 2,
        }),
        [0xfe, 0xff, ..] => Some(Order {
            big_endian: true,
            mark: 2,
        }),
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => Some(Order {
            big_endian: false,
            mark: 0,
        }),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => Some(Order {
            big_endian: true,
            mark: 0,
        }),
        _ => None,
    }
}

/// Reads UTF-16 and gives UTF-8; what is no character becomes U+FFFD.
pub(super) struct Transcoder<R> {
    inner: R,
    big_endian: bool,
    input: Vec<u8>,
    high: Option<u16>,
    output: Vec<u8>,
    given: usize,
    done: bool,
}

impl<R: Read> Transcoder<R> {
    pub(super) fn new(inner: R, big_endian: bool) -> Self {
        Self {
            inner,
            big_endian,
            input: Vec::new(),
            high: None,
            output: Vec::new(),
            given: 0,
            done: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        const STEP: u64 = 64 << 10;
        self.output.clear();
        self.given = 0;
        while self.output.is_empty() && !self.done {
            let read = (&mut self.inner).take(STEP).read_to_end(&mut self.input)?;
            self.done = read == 0;
            let whole = self.input.len() & !1;
            let mut text = String::with_capacity(whole);
            let units = self.input[..whole].chunks_exact(2).map(|pair| {
                let pair = [pair[0], pair[1]];
                if self.big_endian {
                    u16::from_be_bytes(pair)
                } else {
                    u16::from_le_bytes(pair)
                }
            });
            for unit in units {
                let mut decoded = char::decode_utf16(self.high.take().into_iter().chain([unit]));
                // A high half at the end waits for the other one.
                if (0xd800..0xdc00).contains(&unit) {
                    if let (Some(Err(_)), true) = (decoded.next(), decoded.next().is_some()) {
                        text.push(char::REPLACEMENT_CHARACTER);
                    }
                    self.high = Some(unit);
                    continue;
                }
                text.extend(decoded.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
            }
            self.input.drain(..whole);
            if self.done && (self.high.take().is_some() || !self.input.is_empty()) {
                text.push(char::REPLACEMENT_CHARACTER);
            }
            self.output.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.output.len() {
            self.fill()?;
        }
        let read = buffer.len().min(self.output.len() - self.given);
        buffer[..read].copy_from_slice(&self.output[self.given..self.given + read]);
        self.given += read;
        Ok(read)
    }
}
