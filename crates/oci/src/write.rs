//! Writing into a layout: one writer at a time, temporary files, renames.
//!
//! A file appears under its own name only when it is complete and on disk. Killed at any point, a writer leaves at
//! most files named `.sealift-<process>-<number>.tmp` in the layout's root, which the next writer removes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::descriptor::Descriptor;
use crate::document::Document;
use crate::error::Error;
use crate::graph;
use crate::index_file::{EMPTY, IndexFile};
use crate::layout::{Check, Layout};
use crate::limits::LOCK_WAIT;
use crate::tag::{Tag, TagMove, TagReport};

const PREFIX: &str = ".sealift-";
const SUFFIX: &str = ".tmp";
const LAYOUT_FILE: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// The right to write into a layout, until dropped or until the process ends.
///
/// The lock is an advisory one on the `oci-layout` file, which no tool replaces: nothing is left behind, and a
/// killed process loses it. Other tools (skopeo, umoci) do not ask for it; their writes are seen, not kept out.
pub(crate) struct Writer<'a> {
    layout: &'a Layout,
    _lock: File,
}

impl<'a> Writer<'a> {
    /// Creates what is missing of the layout, waits for other writers and removes what dead ones left.
    pub(crate) fn lock(layout: &'a Layout) -> Result<Self, Error> {
        let root = layout.path();
        let path = root.join("oci-layout");
        if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            check_can_become_layout(root)?;
            fs::create_dir_all(root).map_err(Error::io("create", root))?;
            create_layout_file(root, &path)?;
        }
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(Error::io("write", &path))?;
        wait_for(&lock, root)?;
        let writer = Self { layout, _lock: lock };
        let blobs = root.join("blobs");
        let folders = [&blobs, &blobs.join("sha256")];
        // Nothing is written before it is known that all of it stays inside.
        for folder in folders {
            is_folder(folder)?;
        }
        remove_leftovers(root)?;
        for folder in folders {
            create_folder(folder)?;
        }
        if layout.load_index_json()?.is_none() {
            writer.replace(&root.join("index.json"), EMPTY.as_bytes())?;
        }
        Ok(writer)
    }

    /// A new temporary file in the layout.
    pub(crate) fn temp(&self) -> Result<Temp, Error> {
        Temp::create(self.layout.path())
    }

    /// Replaces a file in one step.
    pub(crate) fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let mut temp = self.temp()?;
        temp.write(bytes)?;
        temp.persist(path)?;
        sync_folder(self.layout.path())
    }
}

/// Refuses a folder with other content: what is in it is not ours to mix with.
pub(crate) fn check_can_become_layout(root: &Path) -> Result<(), Error> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(Error::NotALayout {
                path: root.to_path_buf(),
                reason: "it is not a folder",
            });
        }
        Err(error) => return Err(Error::io("read", root)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(Error::io("read", root))?;
        if !is_leftover(&entry) {
            return Err(Error::NotALayout {
                path: root.to_path_buf(),
                reason: "it has other content and no oci-layout file",
            });
        }
    }
    Ok(())
}

pub(crate) fn tag(layout: &Layout, descriptor: &Descriptor, tags: &[Tag]) -> Result<TagReport, Error> {
    if !layout.exists() {
        return Err(Error::NoSuchBlob {
            path: layout.path().to_path_buf(),
            digest: descriptor.digest.clone(),
        });
    }
    let writer = Writer::lock(layout)?;
    check_complete(layout, descriptor)?;
    let artifact_type = match layout.read_document(descriptor)? {
        Document::Index(index) => index.artifact_type,
        Document::Manifest(manifest) => manifest.artifact_type,
    };
    // What else the descriptor says (annotations, a platform) is covered by no digest: it stays where it was.
    let mut descriptor = Descriptor::new(
        descriptor.media_type.clone(),
        descriptor.digest.clone(),
        descriptor.size,
    );
    descriptor.artifact_type = artifact_type;
    let index = IndexFile::load(layout)?;
    let mut unique: Vec<Tag> = Vec::with_capacity(tags.len());
    for tag in tags {
        if !unique.contains(tag) {
            unique.push(tag.clone());
        }
    }
    let moves = unique
        .iter()
        .map(|tag| TagMove {
            tag: tag.clone(),
            before: index
                .resolve_tag(tag.as_str())
                .ok()
                .flatten()
                .map(|before| before.digest),
            after: descriptor.digest.clone(),
        })
        .collect();
    if let Some(text) = index.with_tags(&descriptor, &unique)? {
        writer.replace(&layout.path().join("index.json"), text.as_bytes())?;
    }
    Ok(TagReport { moves })
}

/// No tag on an image that lacks a part.
fn check_complete(layout: &Layout, descriptor: &Descriptor) -> Result<(), Error> {
    for node in graph::walk(layout, descriptor)? {
        if node.is_manifest {
            continue;
        }
        match layout.verify_blob(&node.descriptor, Check::Size)? {
            Some(true) => {}
            None if node.may_be_absent => {}
            None => {
                return Err(Error::NoSuchBlob {
                    path: layout.path().to_path_buf(),
                    digest: node.descriptor.digest,
                });
            }
            Some(false) => {
                let (_, found) = layout.open_blob(&node.descriptor.digest)?;
                return Err(Error::SizeMismatch {
                    digest: node.descriptor.digest,
                    expected: node.descriptor.size,
                    found,
                });
            }
        }
    }
    Ok(())
}

/// A temporary file; removed unless it is given its name.
pub(crate) struct Temp {
    path: PathBuf,
    file: File,
    is_persisted: bool,
}

impl Temp {
    fn create(root: &Path) -> Result<Self, Error> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = root.join(format!("{PREFIX}{}-{number}{SUFFIX}", std::process::id()));
            match File::create_new(&path) {
                Ok(file) => {
                    return Ok(Self {
                        path,
                        file,
                        is_persisted: false,
                    });
                }
                // Left by a dead process that had the same id.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io("create", path)(error)),
            }
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(Error::io("write", &self.path))
    }

    /// Puts the content on disk, then gives it its name. The folder's own entry is on disk after [`sync_folder`].
    pub(crate) fn persist(mut self, path: &Path) -> Result<(), Error> {
        self.file.sync_all().map_err(Error::io("write", &self.path))?;
        fs::rename(&self.path, path).map_err(Error::io("create", path))?;
        self.is_persisted = true;
        Ok(())
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if !self.is_persisted {
            // What cannot be removed now is removed by the next writer.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Puts a folder's entries on disk.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::io("write", path))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Creates the `oci-layout` file complete, or finds that another process just did.
fn create_layout_file(root: &Path, path: &Path) -> Result<(), Error> {
    let mut temp = Temp::create(root)?;
    temp.write(LAYOUT_FILE)?;
    temp.file.sync_all().map_err(Error::io("write", &temp.path))?;
    // Unlike a rename, a link does not replace the file that another process holds its lock on.
    match fs::hard_link(&temp.path, path) {
        Ok(()) => Ok(()),
        Err(_) if path.exists() => Ok(()),
        Err(error) => Err(Error::io("create", path)(error)),
    }
}

fn wait_for(lock: &File, root: &Path) -> Result<(), Error> {
    let start = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if start.elapsed() < LOCK_WAIT => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked {
                    path: root.to_path_buf(),
                    seconds: start.elapsed().as_secs(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", root)(error)),
        }
    }
}

fn remove_leftovers(root: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(root).map_err(Error::io("read", root))? {
        let entry = entry.map_err(Error::io("read", root))?;
        if is_leftover(&entry) {
            match fs::remove_file(entry.path()) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Error::io("remove", entry.path())(error));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// A file named as [`Temp::create`] names them, and nothing else: what is like it may be somebody's own.
fn is_leftover(entry: &fs::DirEntry) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = entry.file_name();
    let numbers = name
        .to_str()
        .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('-'));
    numbers.is_some_and(|(process, number)| is_number(process) && is_number(number))
        && entry.file_type().is_ok_and(|kind| kind.is_file())
}

/// Whether a folder is there; a link or a file in its place is an error, as it leads out of the layout.
fn is_folder(path: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(true),
        Ok(_) => Err(Error::NotRegular {
            path: path.to_path_buf(),
            expected: "folder",
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

/// Creates a folder whose parent is one, where it is missing.
pub(crate) fn create_folder(path: &Path) -> Result<(), Error> {
    if is_folder(path)? {
        return Ok(());
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => is_folder(path).map(drop),
        created => created.map_err(Error::io("create", path)),
    }
}
