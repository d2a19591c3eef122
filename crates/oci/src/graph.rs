//! Everything that an image is made of, children before parents.

use std::collections::HashMap;

use sealift_types::Digest;

use crate::descriptor::Descriptor;
use crate::document::Document;
use crate::error::Error;
use crate::layout::Layout;
use crate::limits::{MAX_DEPTH, MAX_NODES};
use crate::media_type::{self, Role};
use crate::reader::Reader;

/// One part of an image.
pub(crate) struct Node {
    pub(crate) descriptor: Descriptor,
    /// Whether this is a manifest or index.
    pub(crate) is_manifest: bool,
    /// Whether its bytes may be absent: they must not be distributed.
    pub(crate) may_be_absent: bool,
}

enum Step {
    Enter(Descriptor, usize, bool),
    Leave(Node),
}

/// Reads and verifies every manifest below `root`, and lists each part once: a blob or manifest comes before all
/// that point at it, `root` comes last.
///
/// The walk has no recursion and visits a digest once, so neither depth nor a shared part can blow it up. A cycle
/// would need a document that holds its own hash: it ends as a digest mismatch. A `subject` is not followed: it
/// points from a referrer to what it is about, not to a part.
pub(crate) fn walk(layout: &Layout, root: &Descriptor) -> Result<Vec<Node>, Error> {
    let mut reader = Reader::new(layout, &root.digest);
    let mut nodes = Vec::new();
    let mut seen: HashMap<(Digest, bool), u64> = HashMap::new();
    let mut steps = vec![Step::Enter(root.clone(), 0, false)];
    while let Some(step) = steps.pop() {
        let (descriptor, depth, may_be_absent) = match step {
            Step::Leave(node) => {
                nodes.push(node);
                continue;
            }
            Step::Enter(descriptor, depth, may_be_absent) => (descriptor, depth, may_be_absent),
        };
        let role = media_type::role(&descriptor.media_type);
        let is_manifest = matches!(role, Role::Index | Role::Manifest | Role::Obsolete);
        check_size(&seen, &descriptor)?;
        if seen
            .insert((descriptor.digest.clone(), is_manifest), descriptor.size)
            .is_some()
        {
            continue;
        }
        if seen.len() > MAX_NODES {
            return Err(Error::TooMany {
                digest: root.digest.clone(),
                what: "manifests and blobs",
                limit: MAX_NODES,
            });
        }
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep {
                digest: descriptor.digest,
                limit: MAX_DEPTH,
            });
        }
        // What is named itself has to be an image; a part of an unknown type is carried along.
        let children = if is_manifest || depth == 0 {
            children(reader.document(&descriptor)?)
        } else {
            Vec::new()
        };
        steps.push(Step::Leave(Node {
            descriptor,
            is_manifest,
            may_be_absent,
        }));
        for (child, may_be_absent) in children.into_iter().rev() {
            steps.push(Step::Enter(child, depth + 1, may_be_absent));
        }
    }
    Ok(nodes)
}

/// Two descriptors of one digest cannot have two sizes.
fn check_size(seen: &HashMap<(Digest, bool), u64>, descriptor: &Descriptor) -> Result<(), Error> {
    for is_manifest in [false, true] {
        match seen.get(&(descriptor.digest.clone(), is_manifest)) {
            Some(size) if *size != descriptor.size => {
                return Err(Error::SizeMismatch {
                    digest: descriptor.digest.clone(),
                    expected: *size,
                    found: descriptor.size,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

fn children(document: Document) -> Vec<(Descriptor, bool)> {
    match document {
        Document::Index(index) => index.manifests.into_iter().map(|child| (child, false)).collect(),
        Document::Manifest(manifest) => std::iter::once((manifest.config, false))
            .chain(manifest.layers.into_iter().map(|layer| {
                let may_be_absent = media_type::is_non_distributable(&layer.media_type);
                (layer, may_be_absent)
            }))
            .collect(),
    }
}
