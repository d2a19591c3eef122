//! The folder that blobs are written to. On purpose a plain one, independent of the crate that it tests.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sealift_types::Digest;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

/// How blobs are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// What everybody uses.
    #[default]
    Sha256,
    /// What the specification allows besides.
    Sha512,
}

/// A blob that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Its digest.
    pub digest: Digest,
    /// Its bytes.
    pub size: u64,
}

impl Blob {
    /// The descriptor that points at it.
    pub fn descriptor(&self, media_type: &str) -> Value {
        json!({"mediaType": media_type, "digest": self.digest.as_str(), "size": self.size})
    }
}

pub(crate) fn digest_of(bytes: &[u8], algorithm: Algorithm) -> Digest {
    use std::fmt::Write as _;
    match algorithm {
        Algorithm::Sha256 => Digest::from_sha256(Sha256::digest(bytes).into()),
        Algorithm::Sha512 => {
            let mut text = String::from("sha512:");
            for byte in Sha512::digest(bytes) {
                write!(text, "{byte:02x}").expect("a string takes everything");
            }
            text.parse().expect("64 bytes are 128 hex digits")
        }
    }
}

/// Where a blob is in a layout.
pub(crate) fn blob_path(root: &Path, digest: &Digest) -> PathBuf {
    root.join("blobs").join(digest.algorithm()).join(digest.hex())
}

pub(crate) fn put(root: &Path, bytes: &[u8], algorithm: Algorithm) -> io::Result<Blob> {
    let digest = digest_of(bytes, algorithm);
    let path = blob_path(root, &digest);
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    fs::write(path, bytes)?;
    Ok(Blob {
        digest,
        size: bytes.len() as u64,
    })
}

pub(crate) fn put_json(root: &Path, value: &Value, algorithm: Algorithm) -> io::Result<Blob> {
    put(root, value.to_string().as_bytes(), algorithm)
}

/// Creates what a layout needs besides blobs, where it is missing.
pub(crate) fn prepare(root: &Path) -> io::Result<()> {
    fs::create_dir_all(root.join("blobs").join("sha256"))?;
    for (name, text) in [
        ("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#),
        ("index.json", r#"{"schemaVersion":2,"manifests":[]}"#),
    ] {
        let path = root.join(name);
        if !path.exists() {
            fs::write(path, text)?;
        }
    }
    Ok(())
}

/// Appends an entry to `index.json`.
pub(crate) fn list(root: &Path, entry: Value) -> io::Result<()> {
    let path = root.join("index.json");
    let mut index: Value = serde_json::from_slice(&fs::read(&path)?)?;
    match index["manifests"].as_array_mut() {
        Some(entries) => entries.push(entry),
        None => index["manifests"] = json!([entry]),
    }
    fs::write(path, index.to_string())
}
