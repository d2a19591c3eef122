//! The real command on a real image, checked by other people's tools.
//!
//! The image is built once (`build-image`, about a minute) and kept in `SEALIFT_E2E_CACHE`, by default a folder beside
//! the test programs. A missing tool is a failure. `SEALIFT_BIN` names a built `sealift`; otherwise it is built.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test")]

mod killed;
mod quickstart;
mod real_image;
mod support;
