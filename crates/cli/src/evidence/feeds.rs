//! Feeds: EPSS and KEV.

use std::io::Read as _;
use std::path::Path;

use sealift_gate::{FeedError, MAX_FEED_BYTES};

use crate::error::Error;
use crate::files;

/// Reads a feed, gzipped or not.
pub(super) fn read<T>(path: &Path, parse: impl FnOnce(&[u8]) -> Result<T, FeedError>) -> Result<T, Error> {
    let bytes = decompress(path, files::read_limited(path, MAX_FEED_BYTES as u64)?)?;
    parse(&bytes).map_err(|source| Error::Input {
        path: path.to_owned(),
        expected: "a feed",
        help: source.help().to_owned(),
        source: source.into(),
    })
}

/// Feeds are published gzipped.
fn decompress(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut text = Vec::new();
    // One byte over the limit is enough for the feed's parser to refuse it.
    flate2::read::MultiGzDecoder::new(bytes.as_slice())
        .take(MAX_FEED_BYTES as u64 + 1)
        .read_to_end(&mut text)
        .map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
    Ok(text)
}
