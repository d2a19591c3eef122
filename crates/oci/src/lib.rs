#![doc = include_str!("../README.md")]

mod copy;
mod descriptor;
mod document;
mod error;
mod graph;
mod hash;
mod index_file;
mod info;
mod inspect;
mod keys;
mod layout;
mod limits;
mod media_type;
mod name;
mod reader;
mod tag;
mod write;

pub use copy::{CopyOptions, CopyProgress, CopyReport, Present, copy, copy_with};
pub use descriptor::Descriptor;
pub use document::{Config, Document, HistoryEntry, Index, Manifest};
pub use error::Error;
pub use info::{AttestationInfo, ImageInfo, ImageKind, LayerInfo, PlatformInfo, PlatformKind, ReferrerInfo};
pub use inspect::{inspect, inspect_digest};
pub use layout::{Entry, Layout};
pub use name::ImageName;
pub use tag::{Tag, TagMove, TagReport};
