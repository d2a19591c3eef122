//! Damage to a layout, the way disks, tools and attackers do it. Each function breaks one thing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sealift_types::Digest;
use serde_json::{Value, json};

use crate::store::{self, Algorithm, Blob};

/// Where a blob is.
pub fn blob_path(root: &Path, digest: &Digest) -> PathBuf {
    store::blob_path(root, digest)
}

/// Flips the lowest bit of a blob's middle byte: same size, other content.
///
/// # Errors
/// The blob cannot be read or written.
pub fn flip_bit(root: &Path, digest: &Digest) -> io::Result<()> {
    let path = store::blob_path(root, digest);
    let mut bytes = fs::read(&path)?;
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    fs::write(path, bytes)
}

/// Cuts a blob in half, as a full disk does.
///
/// # Errors
/// The blob cannot be read or written.
pub fn truncate(root: &Path, digest: &Digest) -> io::Result<()> {
    let path = store::blob_path(root, digest);
    let bytes = fs::read(&path)?;
    fs::write(path, &bytes[..bytes.len() / 2])
}

/// Removes a blob.
///
/// # Errors
/// The blob cannot be removed.
pub fn remove(root: &Path, digest: &Digest) -> io::Result<()> {
    fs::remove_file(store::blob_path(root, digest))
}

/// Moves a blob out of the layout and leaves a link to it.
///
/// # Errors
/// The blob cannot be moved.
#[cfg(unix)]
pub fn link_out(root: &Path, digest: &Digest, outside: &Path) -> io::Result<()> {
    let path = store::blob_path(root, digest);
    fs::rename(&path, outside)?;
    std::os::unix::fs::symlink(outside, path)
}

/// Edits `index.json`.
///
/// # Errors
/// It cannot be read or written.
pub fn edit_index(root: &Path, edit: impl FnOnce(&mut Value)) -> io::Result<()> {
    let path = root.join("index.json");
    let mut index: Value = serde_json::from_slice(&fs::read(&path)?)?;
    edit(&mut index);
    fs::write(path, index.to_string())
}

/// Lists an image once more, under a tag that another image may have.
///
/// # Errors
/// `index.json` cannot be read or written.
pub fn list_again(root: &Path, media_type: &str, digest: &Digest, size: u64, tag: &str) -> io::Result<()> {
    let blob = Blob {
        digest: digest.clone(),
        size,
    };
    let mut entry = blob.descriptor(media_type);
    entry["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
    store::list(root, entry)
}

/// Writes any document as a blob and lists it, whatever it says.
///
/// # Errors
/// The folder cannot be written.
pub fn write_document(root: &Path, media_type: &str, document: &Value, tag: &str) -> io::Result<Blob> {
    store::prepare(root)?;
    let blob = store::put_json(root, document, Algorithm::Sha256)?;
    list_again(root, media_type, &blob.digest, blob.size, tag)?;
    Ok(blob)
}

/// Two indexes that point at each other, under the tag `cycle`. Their names are no hashes of their content: real
/// ones cannot exist.
///
/// # Errors
/// The folder cannot be written.
pub fn write_cycle(root: &Path) -> io::Result<()> {
    let media_type = "application/vnd.oci.image.index.v1+json";
    let names: Vec<Digest> = [b"a", b"b"]
        .map(|text| store::digest_of(text, Algorithm::Sha256))
        .to_vec();
    store::prepare(root)?;
    let mut size = 0;
    for (own, other) in [(0, 1), (1, 0)] {
        // Both texts have one length, so the sizes they state can be right.
        let text = |size: u64| {
            format!(
                r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"{media_type}","digest":"{}","size":{size}}}]}}"#,
                names[other]
            )
        };
        size = text(100).len() as u64;
        let path = store::blob_path(root, &names[own]);
        fs::write(path, text(size))?;
    }
    list_again(root, media_type, &names[0], size, "cycle")
}
