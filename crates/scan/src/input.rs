//! From the bytes of a file to JSON text: gzip, byte order marks, UTF-16, damaged UTF-8 and escapes.
//!
//! All repairs keep every row. What was repaired is a [`Warning`] on each report of the file; codes are listed in
//! `docs/formats.md`. Everything works on a stream, so the memory is that of a few buffers.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use sealift_types::{Digest, Warning};
use sha2::{Digest as _, Sha256};

use crate::error::OverLimit;

mod scrub;
mod utf16;

/// Bytes that a layer takes at a time.
pub(crate) const BUFFER: usize = 1 << 20;

/// What the layers learn while they are read through.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    hasher: Option<Sha256>,
    /// Bytes of the input so far, before decompression.
    pub(crate) bytes: u64,
    gzip: bool,
    bom: bool,
    utf16: Option<&'static str>,
    /// Sequences that were no UTF-8.
    pub(crate) invalid_utf8: u64,
    /// `\u` escapes that name half a character.
    pub(crate) lone_surrogates: u64,
}

/// Notes shared by the layers of one input.
pub(crate) type Shared = Rc<RefCell<Notes>>;

impl Notes {
    pub(crate) fn shared(digest: bool) -> Shared {
        Rc::new(RefCell::new(Self {
            hasher: digest.then(Sha256::new),
            ..Self::default()
        }))
    }

    /// The digest of the bytes so far.
    pub(crate) fn digest(&mut self) -> Option<Digest> {
        let hash = self.hasher.take()?.finalize();
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&hash);
        Some(Digest::from_sha256(bytes))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
    }

    /// What was repaired.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if self.gzip {
            warnings.push(Warning::new("gzip", "the file is gzipped; it was decompressed"));
        }
        if let Some(order) = self.utf16 {
            warnings.push(Warning::new(
                "utf16",
                format!("the file is UTF-16, {order}; it was converted"),
            ));
        }
        if self.bom {
            warnings.push(Warning::new(
                "byte-order-mark",
                "the file begins with a byte order mark; it was skipped",
            ));
        }
        if self.invalid_utf8 > 0 {
            warnings.push(Warning::new(
                "invalid-utf8",
                format!(
                    "{} places are not UTF-8; U+FFFD stands in for them",
                    self.invalid_utf8
                ),
            ));
        }
        if self.lone_surrogates > 0 {
            warnings.push(Warning::new(
                "lone-surrogate",
                format!(
                    "{} escapes name half a character; U+FFFD stands in for them",
                    self.lone_surrogates
                ),
            ));
        }
        warnings
    }
}

/// Whether `bytes` are plain text that needs none of the layers: UTF-8, with or without a byte order mark.
pub(crate) fn plain_utf8<'a>(bytes: &'a [u8], notes: &Shared) -> Option<&'a str> {
    if is_gzip(bytes) || utf16::order(bytes).is_some() {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    Some(match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            notes.borrow_mut().bom = true;
            rest
        }
        None => text,
    })
}

/// The text of an input as a stream of valid UTF-8, at most `max_bytes` long.
///
/// # Errors
/// Of the inner reader; [`OverLimit`] in an `io::Error`.
pub(crate) fn text<'r, R: Read + 'r>(
    raw: R,
    notes: &Shared,
    max_bytes: u64,
) -> io::Result<Box<dyn Read + 'r>> {
    let hashed = Hashed {
        inner: raw,
        notes: Rc::clone(notes),
    };
    let (start, hashed) = peek(hashed, 2)?;
    let plain: Box<dyn Read + 'r> = if is_gzip(&start) {
        notes.borrow_mut().gzip = true;
        Box::new(MultiGzDecoder::new(io::Cursor::new(start).chain(hashed)))
    } else {
        Box::new(io::Cursor::new(start).chain(hashed))
    };
    let limited = Limited {
        inner: plain,
        left: max_bytes,
        limit: max_bytes,
    };
    let (start, limited) = peek(limited, 8)?;
    let order = utf16::order(&start);
    let bom = if start.starts_with(b"\xef\xbb\xbf") {
        notes.borrow_mut().bom = true;
        3
    } else {
        0
    };
    let mut rest = io::Cursor::new(start).chain(limited);
    if let Some(order) = order {
        let mut mark = vec![0; order.mark];
        rest.read_exact(&mut mark)?;
        notes.borrow_mut().utf16 = Some(order.name());
        let decoded = utf16::Transcoder::new(rest, order.big_endian);
        return Ok(Box::new(scrub::Scrub::new(decoded, Rc::clone(notes))));
    }
    let mut mark = vec![0; bom];
    rest.read_exact(&mut mark)?;
    Ok(Box::new(scrub::Scrub::new(rest, Rc::clone(notes))))
}

/// Reads what is left, so that the digest covers the whole file.
pub(crate) fn drain<R: Read>(raw: R, notes: &Shared) -> io::Result<()> {
    let mut rest = Hashed {
        inner: raw,
        notes: Rc::clone(notes),
    };
    io::copy(&mut rest, &mut io::sink()).map(|_| ())
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The first bytes, at most `wanted`, and the reader after them.
pub(crate) fn peek<R: Read>(mut reader: R, wanted: usize) -> io::Result<(Vec<u8>, R)> {
    let mut start = Vec::with_capacity(wanted);
    reader.by_ref().take(wanted as u64).read_to_end(&mut start)?;
    Ok((start, reader))
}

/// Hashes and counts what passes.
struct Hashed<R> {
    inner: R,
    notes: Shared,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.notes.borrow_mut().update(&buffer[..read]);
        Ok(read)
    }
}

/// Stops with [`OverLimit`]: a decompressed file can be a thousand times as large as it looks.
struct Limited<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => {
                return Err(io::Error::other(OverLimit {
                    what: "its text",
                    limit: self.limit,
                }));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn decode(bytes: &[u8]) -> (String, Vec<String>) {
        let notes = Notes::shared(true);
        let mut out = String::new();
        text(bytes, &notes, 1 << 20)
            .unwrap()
            .read_to_string(&mut out)
            .unwrap();
        let codes = notes.borrow().warnings().into_iter().map(|w| w.code).collect();
        (out, codes)
    }

    fn check(bytes: &[u8], text: &str, codes: &[&str]) {
        let (found, found_codes) = decode(bytes);
        assert_eq!(
            (found.as_str(), found_codes),
            (text, codes.iter().map(ToString::to_string).collect())
        );
    }

    #[test]
    fn encodings_come_out_as_utf8() {
        let wide = |order: fn(u16) -> [u8; 2]| {
            "{\"é\":\"𝄞\"}"
                .encode_utf16()
                .flat_map(order)
                .collect::<Vec<u8>>()
        };
        let (little, big) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
        check("{}".as_bytes(), "{}", &[]);
        check("\u{feff}{}".as_bytes(), "{}", &["byte-order-mark"]);
        check(&little, "{\"é\":\"𝄞\"}", &["utf16"]);
        check(&big, "{\"é\":\"𝄞\"}", &["utf16"]);
        check(
            &[b"\xff\xfe".to_vec(), little].concat(),
            "{\"é\":\"𝄞\"}",
            &["utf16"],
        );
        check(&[b"\xfe\xff".to_vec(), big].concat(), "{\"é\":\"𝄞\"}", &["utf16"]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all("\u{feff}{\"a\":1}".as_bytes()).unwrap();
        check(&gzip.finish().unwrap(), "{\"a\":1}", &["gzip", "byte-order-mark"]);
    }

    #[test]
    fn damage_is_mended_and_told() {
        check(b"[\"a\xff\xfeb\"]", "[\"a\u{fffd}\u{fffd}b\"]", &["invalid-utf8"]);
        check(br#"["\ud83dx"]"#, r#"["\ufffdx"]"#, &["lone-surrogate"]);
        check(
            br#"["\\ud83dx \ud83d\ude00"]"#,
            r#"["\\ud83dx \ud83d\ude00"]"#,
            &[],
        );
    }

    #[test]
    fn a_small_file_cannot_grow_without_bound() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&vec![b' '; 2 << 20]).unwrap();
        let bomb = gzip.finish().unwrap();
        let error = io::copy(
            &mut text(&bomb[..], &Notes::shared(false), 1 << 20).unwrap(),
            &mut io::sink(),
        )
        .unwrap_err();
        assert!(error.get_ref().unwrap().is::<OverLimit>());
    }
}
