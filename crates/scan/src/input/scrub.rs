//! Valid UTF-8 and whole escapes out of damaged ones.

use std::io::{self, Read};

use super::{BUFFER, Shared};

/// Replaces invalid UTF-8 and lone surrogate escapes, block by block.
pub(super) struct Scrub<R> {
    inner: R,
    notes: Shared,
    /// Mended bytes that wait to be taken, then the unfinished end of the block.
    block: Vec<u8>,
    given: usize,
    ready: usize,
    done: bool,
}

impl<R: Read> Scrub<R> {
    pub(super) fn new(inner: R, notes: Shared) -> Self {
        Self {
            inner,
            notes,
            block: Vec::new(),
            given: 0,
            ready: 0,
            done: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.block.drain(..self.ready);
        (self.given, self.ready) = (0, 0);
        while self.ready == 0 && !self.done {
            let wanted = (BUFFER / 4) as u64;
            self.done = (&mut self.inner).take(wanted).read_to_end(&mut self.block)? == 0;
            let (escapes, end) = mend_escapes(&mut self.block, self.done);
            self.notes.borrow_mut().lone_surrogates += escapes;
            self.ready = self.mend_utf8(end);
        }
        Ok(())
    }

    /// Mends the block up to `end` and gives the length of what is ready, in the block as it is then.
    fn mend_utf8(&mut self, end: usize) -> usize {
        let Err(error) = std::str::from_utf8(&self.block[..end]) else {
            return end;
        };
        if error.error_len().is_none() && !self.done {
            return error.valid_up_to();
        }
        let mut mended = Vec::with_capacity(end + 64);
        let mut rest = 0;
        for chunk in self.block[..end].utf8_chunks() {
            mended.extend_from_slice(chunk.valid().as_bytes());
            rest += chunk.valid().len();
            let invalid = chunk.invalid();
            let at_end = rest + invalid.len() == end;
            if invalid.is_empty() || (at_end && !self.done && is_start(invalid)) {
                break;
            }
            mended.extend_from_slice("\u{fffd}".as_bytes());
            rest += invalid.len();
            self.notes.borrow_mut().invalid_utf8 += 1;
        }
        let ready = mended.len();
        mended.extend_from_slice(&self.block[rest..]);
        self.block = mended;
        ready
    }
}

/// Whether the bytes may be the start of a character whose rest is in the next block.
fn is_start(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

impl<R: Read> Read for Scrub<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready {
            self.fill()?;
        }
        let read = buffer.len().min(self.ready - self.given);
        buffer[..read].copy_from_slice(&self.block[self.given..self.given + read]);
        self.given += read;
        Ok(read)
    }
}

/// Writes `\ufffd` over each lone surrogate escape. Gives how many there were, and how far the block is settled:
/// unless it is the `last`, an escape that its end cuts waits for the next block.
fn mend_escapes(block: &mut [u8], last: bool) -> (u64, usize) {
    let mut mended = 0;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &block[at..]) {
        let escape = at + found;
        let left = block.len() - escape;
        match block.get(escape + 1) {
            Some(b'u') => {}
            Some(_) => {
                at = escape + 2;
                continue;
            }
            None if last => break,
            None => return (mended, escape),
        }
        let half = unit(&block[escape..]);
        let is_high = half.is_some_and(|unit| (0xd800..0xdc00).contains(&unit));
        if !last && (left < 6 || (is_high && left < 12)) {
            return (mended, escape);
        }
        let is_low = |unit: Option<u16>| unit.is_some_and(|unit| (0xdc00..0xe000).contains(&unit));
        if is_high && is_low(unit(&block[escape + 6..])) {
            at = escape + 12;
        } else {
            if is_high || is_low(half) {
                block[escape..escape + 6].copy_from_slice(b"\\ufffd");
                mended += 1;
            }
            at = escape + 2;
        }
    }
    (mended, block.len())
}

/// The code unit of the `\uXXXX` that the bytes begin with.
fn unit(bytes: &[u8]) -> Option<u16> {
    let hex = bytes.get(2..6).filter(|_| bytes.starts_with(b"\\u"))?;
    let hex = std::str::from_utf8(hex).ok()?;
    u16::from_str_radix(hex, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::super::Notes;
    use super::*;

    /// Gives one byte at a time: every sequence is cut everywhere.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = buffer.len().min(self.0.len()).min(1);
            buffer[..read].copy_from_slice(&self.0[..read]);
            self.0 = &self.0[read..];
            Ok(read)
        }
    }

    #[test]
    fn blocks_cut_sequences_anywhere() {
        let text = format!(
            "{}é𝄞\\ud83d\\ude00\\\\{}",
            "x".repeat(BUFFER / 4 - 3),
            "y".repeat(40)
        );
        for cut in 0..30 {
            let text = format!("{}{text}", "z".repeat(cut));
            let mut out = String::new();
            Scrub::new(Drip(text.as_bytes()), Notes::shared(false))
                .read_to_string(&mut out)
                .unwrap();
            assert!(out == text, "cut {cut}");
        }
    }
}
