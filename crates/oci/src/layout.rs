//! A folder in OCI layout: opened, listed, read with every byte verified.
//!
//! Source: image-spec v1.1 `image-layout.md`. Writing is in `write.rs`, `copy.rs` and `index_file.rs`.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use sealift_types::Digest;

use crate::descriptor::Descriptor;
use crate::document::Document;
use crate::error::Error;
use crate::hash::{Hasher, digest_of};
use crate::index_file::IndexFile;
use crate::keys;
use crate::limits::{MAX_INDEX_JSON_BYTES, MAX_LAYOUT_FILE_BYTES, MAX_MANIFEST_BYTES};
use crate::media_type::{self, Role};
use crate::tag::{Tag, TagReport};
use crate::write;

/// A folder in OCI layout. A handle: it holds the path, reads when asked, and keeps nothing open.
///
/// Links inside the folder are not followed, sizes are checked before bytes are hashed, and bytes are hashed before
/// they are used.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

/// One entry of `index.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// What the entry points at.
    pub descriptor: Descriptor,
    /// Its name, `org.opencontainers.image.ref.name`: a [`Tag`] as far as Sealift writes it, untrusted text otherwise.
    pub name: Option<String>,
}

impl Layout {
    /// The layout in folder `root`.
    ///
    /// # Errors
    /// The folder is missing or no OCI layout of version 1.0.0.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, Error> {
        let layout = Self { root: root.into() };
        layout.check_version()?;
        Ok(layout)
    }

    /// The layout in folder `root`, which may be missing or empty: it is created by the first write, not here.
    /// Reading from it before gives [`Error::Empty`] or [`Error::NoSuchTag`].
    ///
    /// # Errors
    /// The folder has other content than a layout of version 1.0.0.
    pub fn open_or_new(root: impl Into<PathBuf>) -> Result<Self, Error> {
        let layout = Self { root: root.into() };
        match fs::symlink_metadata(layout.root.join("oci-layout")) {
            Ok(_) => layout.check_version()?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                write::check_can_become_layout(&layout.root)?;
            }
            Err(error) => return Err(Error::io("read", layout.root.join("oci-layout"))(error)),
        }
        Ok(layout)
    }

    /// A new layout without images in folder `root`, or the one that is there.
    ///
    /// # Errors
    /// The folder has other content, or cannot be written.
    pub fn create(root: impl Into<PathBuf>) -> Result<Self, Error> {
        let layout = Self::open_or_new(root)?;
        write::Writer::lock(&layout)?;
        Ok(layout)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Whether the folder is a layout already, as against one that the first write creates.
    pub fn exists(&self) -> bool {
        self.root.join("index.json").exists()
    }

    /// The entries of `index.json`, in their order.
    ///
    /// # Errors
    /// `index.json` is missing, malformed, too large or a link.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        Ok(IndexFile::load(self)?.entries().cloned().collect())
    }

    /// The named entries, sorted by name.
    ///
    /// # Errors
    /// As [`Layout::entries`].
    pub fn tags(&self) -> Result<Vec<(String, Descriptor)>, Error> {
        let mut tags: Vec<(String, Descriptor)> = self
            .entries()?
            .into_iter()
            .filter_map(|entry| Some((entry.name?, entry.descriptor)))
            .collect();
        tags.sort_by(|a, b| (&a.0, &a.1.digest).cmp(&(&b.0, &b.1.digest)));
        Ok(tags)
    }

    /// The image that a tag, a digest or both name; with neither, the only one there is.
    ///
    /// A digest may also be of a manifest inside an index. Its blob is read and verified then.
    ///
    /// # Errors
    /// Nothing has that name; a tag that several images have; a tag that is not at the digest; several images and
    /// neither tag nor digest.
    pub fn resolve(&self, tag: Option<&Tag>, digest: Option<&Digest>) -> Result<Descriptor, Error> {
        let index = IndexFile::load(self)?;
        match (tag, digest) {
            (Some(tag), expected) => {
                let found = index.resolve_tag(tag.as_str())?.ok_or_else(|| Error::NoSuchTag {
                    path: self.root.clone(),
                    tag: tag.to_string(),
                    tags: index.some_names(),
                })?;
                match expected {
                    Some(expected) if *expected != found.digest => Err(Error::TagElsewhere {
                        tag: tag.to_string(),
                        expected: expected.clone(),
                        found: found.digest,
                    }),
                    _ => Ok(found),
                }
            }
            (None, Some(digest)) => match index.find(digest) {
                Some(descriptor) => Ok(descriptor),
                None => self.describe(digest),
            },
            (None, None) => index.only(&self.root),
        }
    }

    /// The descriptor of a manifest or index that `index.json` does not list.
    fn describe(&self, digest: &Digest) -> Result<Descriptor, Error> {
        let (_, size) = self.open_blob(digest)?;
        let bytes = self.read(digest, size, MAX_MANIFEST_BYTES)?;
        let media_type = Document::sniff(&bytes, digest.as_str())?;
        Document::parse(&bytes, &media_type, digest.as_str())?;
        Ok(Descriptor::new(media_type, digest.clone(), size))
    }

    /// The bytes of a manifest or index, verified.
    ///
    /// # Errors
    /// As [`Layout::read_blob`]; the limit is 4 MiB.
    pub fn read_manifest(&self, descriptor: &Descriptor) -> Result<Vec<u8>, Error> {
        self.read(&descriptor.digest, descriptor.size, MAX_MANIFEST_BYTES)
    }

    /// A manifest or index, verified and parsed.
    ///
    /// # Errors
    /// As [`Layout::read_manifest`] and [`Document::parse`].
    pub fn read_document(&self, descriptor: &Descriptor) -> Result<Document, Error> {
        if media_type::role(&descriptor.media_type) == Role::Blob {
            return Err(Error::Document {
                what: descriptor.digest.to_string(),
                reason: "is neither a manifest nor an index",
            });
        }
        Document::parse(
            &self.read_manifest(descriptor)?,
            &descriptor.media_type,
            descriptor.digest.as_str(),
        )
    }

    /// The bytes of a blob of at most `max_bytes`, verified.
    ///
    /// # Errors
    /// The blob is missing, a link, larger than `max_bytes`, of another size than the descriptor's, or does not hash
    /// to its digest.
    pub fn read_blob(&self, descriptor: &Descriptor, max_bytes: u64) -> Result<Vec<u8>, Error> {
        self.read(&descriptor.digest, descriptor.size, max_bytes)
    }

    /// Gives `descriptor` these tags, all in one rename of `index.json`.
    ///
    /// Every other entry and every unknown field keeps its bytes. An image that loses a tag stays listed without it,
    /// so it can be found by digest and rolled back to. Where all tags are there already, nothing is written.
    ///
    /// # Errors
    /// The image is not complete and verified in this layout (manifests by digest, blobs by size: [`crate::copy`]
    /// verifies their bytes); the layout cannot be written; another process keeps it locked.
    pub fn tag(&self, descriptor: &Descriptor, tags: &[Tag]) -> Result<TagReport, Error> {
        write::tag(self, descriptor, tags)
    }

    fn read(&self, digest: &Digest, size: u64, limit: u64) -> Result<Vec<u8>, Error> {
        let (file, found) = self.open_blob(digest)?;
        if found != size {
            return Err(Error::SizeMismatch {
                digest: digest.clone(),
                expected: size,
                found,
            });
        }
        let bytes = read_bounded(file, found, limit, &self.blob_path(digest))?;
        let found = digest_of(&bytes, digest);
        if found == *digest {
            Ok(bytes)
        } else {
            Err(Error::DigestMismatch {
                path: self.blob_path(digest),
                expected: digest.clone(),
                found,
            })
        }
    }

    /// Hashes a blob that is there; `None` where it is absent. `true` where size and digest are right.
    pub(crate) fn verify_blob(&self, descriptor: &Descriptor, check: Check) -> Result<Option<bool>, Error> {
        let (mut file, size) = match self.open_blob(&descriptor.digest) {
            Ok(opened) => opened,
            Err(Error::NoSuchBlob { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        if size != descriptor.size {
            return Ok(Some(false));
        }
        if check == Check::Size {
            return Ok(Some(true));
        }
        let mut hasher = Hasher::like(&descriptor.digest);
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(Some(hasher.finish() == descriptor.digest)),
                Ok(count) => hasher.update(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("read", self.blob_path(&descriptor.digest))(error)),
            }
        }
    }

    /// A digest has only letters of an algorithm and hex digits, so this path cannot leave the layout.
    pub(crate) fn blob_path(&self, digest: &Digest) -> PathBuf {
        let mut path = self.root.join("blobs");
        path.push(digest.algorithm());
        path.push(digest.hex());
        path
    }

    /// An open blob and its size in bytes.
    pub(crate) fn open_blob(&self, digest: &Digest) -> Result<(File, u64), Error> {
        let path = self.blob_path(digest);
        let missing = || Error::NoSuchBlob {
            path: self.root.clone(),
            digest: digest.clone(),
        };
        let blobs = self.root.join("blobs");
        for folder in [blobs.as_path(), &blobs.join(digest.algorithm())] {
            match fs::symlink_metadata(folder) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(_) => {
                    return Err(Error::NotRegular {
                        path: folder.to_path_buf(),
                        expected: "folder",
                    });
                }
                Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing()),
                Err(error) => return Err(Error::io("read", folder)(error)),
            }
        }
        open_regular(&path)?.ok_or_else(missing)
    }

    pub(crate) fn load_index_json(&self) -> Result<Option<Vec<u8>>, Error> {
        let path = self.root.join("index.json");
        match open_regular(&path)? {
            Some((file, size)) => read_bounded(file, size, MAX_INDEX_JSON_BYTES, &path).map(Some),
            None => Ok(None),
        }
    }

    fn check_version(&self) -> Result<(), Error> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct LayoutFile {
            image_layout_version: String,
        }
        let path = self.root.join("oci-layout");
        let Some((file, size)) = open_regular(&path)? else {
            let metadata = fs::metadata(&self.root).map_err(Error::io("open", &self.root))?;
            return Err(Error::NotALayout {
                path: self.root.clone(),
                reason: if metadata.is_dir() {
                    "it has no oci-layout file"
                } else {
                    "it is not a folder; an archive has to be unpacked first"
                },
            });
        };
        let bytes = read_bounded(file, size, MAX_LAYOUT_FILE_BYTES, &path)?;
        let parsed: LayoutFile = keys::parse(&bytes, keys::LAYOUT_FILE, &path.display().to_string())?;
        if parsed.image_layout_version == "1.0.0" {
            Ok(())
        } else {
            Err(Error::LayoutVersion {
                path: self.root.clone(),
                found: parsed.image_layout_version,
            })
        }
    }
}

/// How much of a blob is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    Size,
    Digest,
}

/// Large enough that reading costs little beside hashing, small enough for a cache.
pub(crate) const BUFFER_BYTES: usize = 256 << 10;

/// Opens a regular file; `None` where it is absent. A link, a folder or a device is an error, also when it took the
/// file's place between the look and the opening.
fn open_regular(path: &Path) -> Result<Option<(File, u64)>, Error> {
    let odd = || Error::NotRegular {
        path: path.to_path_buf(),
        expected: "file",
    };
    let looked_at = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        // A missing folder and a file in a folder's place both mean that there is nothing of that name.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    if !looked_at.is_file() {
        return Err(odd());
    }
    let file = File::open(path).map_err(Error::io("read", path))?;
    let opened = file.metadata().map_err(Error::io("read", path))?;
    if !is_same_file(&looked_at, &opened) {
        return Err(odd());
    }
    Ok(Some((file, opened.len())))
}

#[cfg(unix)]
fn is_same_file(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    b.is_file() && (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same_file(_: &fs::Metadata, b: &fs::Metadata) -> bool {
    b.is_file()
}

fn read_bounded(file: File, size: u64, limit: u64, path: &Path) -> Result<Vec<u8>, Error> {
    let too_large = |size| Error::TooLarge {
        what: path.display().to_string(),
        size,
        limit,
    };
    if size > limit {
        return Err(too_large(size));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    // The file may grow while it is read.
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io("read", path))?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}
