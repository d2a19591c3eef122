//! What the topics share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sealift_oci::{Descriptor, Layout, Tag};
use sealift_testkit::{BuiltImage, File, ImageBuilder, PlatformBuilder};

/// An image for two platforms that share their lowest layer. `version` makes it another one.
pub(crate) fn builder(version: &str) -> ImageBuilder {
    let platform = |name: &str| {
        PlatformBuilder::new(name)
            .layer("COPY base", [File::new("etc/os-release", "ID=debian\n")])
            .layer(
                "COPY app",
                [File::executable(
                    "usr/bin/app",
                    format!("#!/bin/sh\necho {name} {version}\n"),
                )],
            )
            .label("org.opencontainers.image.version", version)
            .entrypoint(&["/usr/bin/app"])
            .user("65532")
    };
    ImageBuilder::new()
        .platform(platform("linux/amd64"))
        .platform(platform("linux/arm64"))
        .annotation("org.opencontainers.image.version", version)
}

pub(crate) fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

pub(crate) fn open(root: &Path) -> Layout {
    Layout::open(root).unwrap()
}

pub(crate) fn resolve(root: &Path, name: &str) -> Descriptor {
    open(root).resolve(Some(&tag(name)), None).unwrap()
}

pub(crate) fn descriptor(built: &BuiltImage) -> Descriptor {
    Descriptor::new(built.media_type.clone(), built.digest.clone(), built.size)
}

/// Every file below `root` with its content: what "byte for byte" means.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut left = vec![root.to_path_buf()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}
