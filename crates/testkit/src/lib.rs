//! Images and scanner reports for Sealift's own tests and examples, built the same way every time.
//!
//! [`ImageBuilder`] writes small, real images (gzipped tar layers, configs, manifests, an index) into a folder with
//! OCI layout. [`reports`] writes what Trivy, Grype, Snyk and Docker Scout would say about them, in their exact
//! shapes. [`corrupt`] damages a layout the way disks, tools and attackers do. Unpublished.

pub mod corrupt;
mod image;
mod layer;
pub mod reports;
mod store;

pub use image::{BuiltImage, BuiltPlatform, Dialect, ImageBuilder, PlatformBuilder};
pub use layer::File;
pub use store::{Algorithm, Blob};
