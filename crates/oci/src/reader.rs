//! Reading the documents of one image, with a limit on all of them together.

use sealift_types::Digest;

use crate::descriptor::Descriptor;
use crate::document::{Config, Document};
use crate::error::Error;
use crate::layout::Layout;
use crate::limits::{MAX_DOCUMENT_BYTES, MAX_MANIFEST_BYTES};

/// Counts the bytes of manifests, indexes and configs that are read for an image. One document may be named thousands
/// of times, each time under another platform or next to others: what it costs is bounded here, in time and memory.
pub(crate) struct Reader<'a> {
    layout: &'a Layout,
    image: Digest,
    left: u64,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(layout: &'a Layout, image: &Digest) -> Self {
        Self {
            layout,
            image: image.clone(),
            left: MAX_DOCUMENT_BYTES,
        }
    }

    pub(crate) fn document(&mut self, descriptor: &Descriptor) -> Result<Document, Error> {
        self.take(descriptor)?;
        self.layout.read_document(descriptor)
    }

    pub(crate) fn config(&mut self, descriptor: &Descriptor) -> Result<Config, Error> {
        self.take(descriptor)?;
        let bytes = self.layout.read_blob(descriptor, MAX_MANIFEST_BYTES)?;
        Config::parse(&bytes, descriptor.digest.as_str())
    }

    /// Before the reading, so that what fails counts as well. No document is read beyond its own limit, whatever size
    /// its descriptor states.
    fn take(&mut self, descriptor: &Descriptor) -> Result<(), Error> {
        self.left = self
            .left
            .checked_sub(descriptor.size.min(MAX_MANIFEST_BYTES))
            .ok_or_else(|| Error::TooManyBytes {
                digest: self.image.clone(),
                limit: MAX_DOCUMENT_BYTES,
            })?;
        Ok(())
    }
}
