//! How much is read from a layout before it is refused. A layout is untrusted input like any other.

/// Bytes of one manifest, index or config. The distribution specification asks registries to take manifests of
/// 4 MiB, and containers/image caps configs at the same size.
pub(crate) const MAX_MANIFEST_BYTES: u64 = 4 << 20;

/// Bytes of `index.json`: it is never pushed, and a folder used as a registry collects entries. About 50,000 fit.
pub(crate) const MAX_INDEX_JSON_BYTES: u64 = 16 << 20;

/// Bytes of the `oci-layout` file, whose content is thirty bytes long.
pub(crate) const MAX_LAYOUT_FILE_BYTES: u64 = 4 << 10;

/// Bytes of all manifests, indexes and configs that are read for one image. Large images have some hundred kilobytes.
pub(crate) const MAX_DOCUMENT_BYTES: u64 = 64 << 20;

/// Indexes within indexes. Real images nest once (image index, attestations); nobody was seen beyond two.
pub(crate) const MAX_DEPTH: usize = 8;

/// Manifests and blobs of one image, together. Docker stops at 127 layers a platform.
pub(crate) const MAX_NODES: usize = 100_000;

/// Platforms of one image. The official images have about ten. Beyond, describing is refused rather than cut short: a
/// platform that nobody sees is one that nobody checks.
pub(crate) const MAX_PLATFORMS: usize = 100;

/// Entries of `index.json` that `inspect` opens to find referrers.
pub(crate) const MAX_REFERRER_CANDIDATES: usize = 10_000;

/// How long a writer waits for another one to finish with the same layout.
pub(crate) const LOCK_WAIT: std::time::Duration = std::time::Duration::from_secs(600);
