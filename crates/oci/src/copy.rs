//! Copying an image between layouts, by digest and byte for byte.

use std::io::{ErrorKind, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::descriptor::Descriptor;
use crate::error::Error;
use crate::graph::{self, Node};
use crate::hash::Hasher;
use crate::layout::{BUFFER_BYTES, Check, Layout};
use crate::write::{Writer, create_folder, sync_folder};

/// How an image is copied.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub struct CopyOptions<'a> {
    /// What is done about blobs that the target has. Default: [`Present::Verify`].
    pub present: Present,
    /// Called after every part of a blob, from several threads. Default: nobody.
    pub progress: Option<&'a (dyn Fn(CopyProgress) + Sync)>,
}

/// What is done about a blob that the target has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Present {
    /// Hash it, and replace it where it is damaged. The default: a tag vouches for these bytes, and hashing a gigabyte
    /// takes about a second.
    #[default]
    Verify,
    /// Look at its size only. For targets that nobody else writes to.
    TrustSize,
}

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyProgress {
    /// Bytes done: copied or found in the target.
    pub done_bytes: u64,
    /// Bytes of the whole image.
    pub total_bytes: u64,
}

/// What a copy did. Every part of the image is counted once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CopyReport {
    /// Manifests and blobs that were written because the target did not have them.
    pub copied: u64,
    /// Those that the target had.
    pub present: u64,
    /// Those that the target had damaged, written again.
    pub repaired: u64,
    /// Layers that the source does not have because they must not be distributed.
    pub absent: u64,
    /// Bytes that were written.
    pub copied_bytes: u64,
    /// Bytes of the whole image.
    pub total_bytes: u64,
}

/// Copies an image with every manifest, config and layer below `descriptor`; see [`copy_with`].
///
/// # Errors
/// As [`copy_with`].
pub fn copy(source: &Layout, descriptor: &Descriptor, target: &Layout) -> Result<CopyReport, Error> {
    copy_with(source, descriptor, target, CopyOptions::default())
}

/// Copies an image with every manifest, config and layer below `descriptor`, all platforms.
///
/// Bytes are never re-encoded: each blob is hashed while it is copied, and appears in the target under its digest
/// only when size and digest are right and it is on disk. Children come before the manifests that point at them. It
/// can be run again after any interruption. Nothing is tagged: that is [`Layout::tag`]'s work.
///
/// Referrers of the image are not part of it and are not copied.
///
/// # Errors
/// A part of the image is missing in the source, or does not have its size and digest; a manifest is malformed; the
/// image nests too deep; the target cannot be written or is locked. All manifests are read before the target is
/// touched.
pub fn copy_with(
    source: &Layout,
    descriptor: &Descriptor,
    target: &Layout,
    options: CopyOptions<'_>,
) -> Result<CopyReport, Error> {
    let nodes = graph::walk(source, descriptor)?;
    let total_bytes = nodes
        .iter()
        .fold(0, |sum: u64, node| sum.saturating_add(node.descriptor.size));
    let writer = Writer::lock(target)?;
    let job = Job {
        source,
        target,
        writer: &writer,
        options,
        total_bytes,
        done_bytes: AtomicU64::new(0),
    };
    let (manifests, blobs): (Vec<Node>, Vec<Node>) = nodes.into_iter().partition(|node| node.is_manifest);
    let mut report = job.copy_blobs(&blobs)?;
    sync_folders(target)?;
    for manifest in &manifests {
        report.count(&job.copy_one(manifest)?, &manifest.descriptor);
    }
    sync_folders(target)?;
    report.total_bytes = total_bytes;
    Ok(report)
}

enum Outcome {
    Copied,
    Present,
    Repaired,
    Absent,
}

struct Job<'a> {
    source: &'a Layout,
    target: &'a Layout,
    writer: &'a Writer<'a>,
    options: CopyOptions<'a>,
    total_bytes: u64,
    done_bytes: AtomicU64,
}

impl Job<'_> {
    /// Blobs do not point at each other, so they go side by side: one core hashes about a gigabyte a second.
    fn copy_blobs(&self, blobs: &[Node]) -> Result<CopyReport, Error> {
        let threads = std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(8)
            .min(blobs.len().max(1));
        let state = Mutex::new((blobs.iter(), CopyReport::default(), None));
        let lock = || state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let next = {
                            let mut state = lock();
                            if state.2.is_some() { None } else { state.0.next() }
                        };
                        let Some(node) = next else { return };
                        match self.copy_one(node) {
                            Ok(outcome) => lock().1.count(&outcome, &node.descriptor),
                            Err(error) => lock().2 = Some(error),
                        }
                    }
                });
            }
        });
        let (_, report, error) = state
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        error.map_or(Ok(report), Err)
    }

    fn copy_one(&self, node: &Node) -> Result<Outcome, Error> {
        let descriptor = &node.descriptor;
        let check = match self.options.present {
            Present::Verify => Check::Digest,
            Present::TrustSize => Check::Size,
        };
        let found = self.target.verify_blob(descriptor, check)?;
        if found == Some(true) {
            self.advance(descriptor.size);
            return Ok(Outcome::Present);
        }
        match self.transfer(descriptor) {
            Ok(()) if found.is_some() => Ok(Outcome::Repaired),
            Ok(()) => Ok(Outcome::Copied),
            Err(Error::NoSuchBlob { .. }) if node.may_be_absent => {
                self.advance(descriptor.size);
                Ok(Outcome::Absent)
            }
            Err(error) => Err(error),
        }
    }

    fn transfer(&self, descriptor: &Descriptor) -> Result<(), Error> {
        let (mut file, size) = self.source.open_blob(&descriptor.digest)?;
        let wrong_size = |found| Error::SizeMismatch {
            digest: descriptor.digest.clone(),
            expected: descriptor.size,
            found,
        };
        if size != descriptor.size {
            return Err(wrong_size(size));
        }
        let mut temp = self.writer.temp()?;
        let mut hasher = Hasher::like(&descriptor.digest);
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut count: u64 = 0;
        loop {
            let read = match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(Error::io("read", self.source.blob_path(&descriptor.digest))(
                        error,
                    ));
                }
            };
            count += read as u64;
            if count > size {
                return Err(wrong_size(count));
            }
            hasher.update(&buffer[..read]);
            temp.write(&buffer[..read])?;
            self.advance(read as u64);
        }
        if count != size {
            return Err(wrong_size(count));
        }
        let found = hasher.finish();
        if found != descriptor.digest {
            return Err(Error::DigestMismatch {
                path: self.source.blob_path(&descriptor.digest),
                expected: descriptor.digest.clone(),
                found,
            });
        }
        let path = self.target.blob_path(&descriptor.digest);
        if descriptor.digest.algorithm() != "sha256" {
            let folder = path.parent().unwrap_or(&path);
            create_folder(folder)?;
        }
        temp.persist(&path)
    }

    fn advance(&self, bytes: u64) {
        let before = self.done_bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Some(progress) = self.options.progress {
            progress(CopyProgress {
                done_bytes: before + bytes,
                total_bytes: self.total_bytes,
            });
        }
    }
}

impl CopyReport {
    fn count(&mut self, outcome: &Outcome, descriptor: &Descriptor) {
        match outcome {
            Outcome::Copied => self.copied += 1,
            Outcome::Present => self.present += 1,
            Outcome::Repaired => self.repaired += 1,
            Outcome::Absent => self.absent += 1,
        }
        if matches!(outcome, Outcome::Copied | Outcome::Repaired) {
            self.copied_bytes += descriptor.size;
        }
    }
}

fn sync_folders(target: &Layout) -> Result<(), Error> {
    for algorithm in ["sha256", "sha512"] {
        let folder = target.path().join("blobs").join(algorithm);
        if folder.is_dir() {
            sync_folder(&folder)?;
        }
    }
    Ok(())
}
