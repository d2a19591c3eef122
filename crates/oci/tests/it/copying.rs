//! Copying: everything, verified, once, and again after an interruption.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use sealift_oci::{CopyOptions, Error, Layout, Present, copy, copy_with};
use sealift_testkit::{Algorithm, Dialect, ImageBuilder, corrupt};
use serde_json::json;

use crate::support::{builder, descriptor, open, resolve, tag, tree};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

type Damage = fn(&std::path::Path, &sealift_types::Digest) -> std::io::Result<()>;

fn copies_whole(builder: &ImageBuilder) {
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("source"), dir.path().join("a/target"));
    let built = builder.write(&source, &["v1"]).unwrap();
    let to = Layout::open_or_new(&target).unwrap();
    assert!(!target.exists(), "nothing is created before the first write");
    let report = copy(&open(&source), &descriptor(&built), &to).unwrap();
    let blobs = |root| {
        let mut files = tree(root);
        files.retain(|name, _| name.starts_with("blobs/"));
        files
    };
    assert_eq!(
        blobs(&source),
        blobs(&target),
        "the same bytes under the same names"
    );
    assert_eq!(report.copied, blobs(&source).len() as u64);
    assert_eq!(
        report.copied_bytes,
        blobs(&source)
            .values()
            .map(|bytes| bytes.len() as u64)
            .sum::<u64>()
    );
    assert!(to.tags().unwrap().is_empty(), "a copy tags nothing");
    assert_eq!(
        tree(&target).len(),
        blobs(&target).len() + 2,
        "no file is left over"
    );

    let before = tree(&target);
    let again = copy(&open(&source), &descriptor(&built), &to).unwrap();
    assert_eq!((again.copied, again.present), (0, report.copied));
    assert_eq!(tree(&target), before);
}

#[test]
fn every_kind_of_image_is_copied_whole() {
    copies_whole(&builder("1"));
    copies_whole(&builder("1").attestations());
    copies_whole(&builder("1").dialect(Dialect::Docker));
    copies_whole(&builder("1").algorithm(Algorithm::Sha512));
    copies_whole(&builder("1").nested(3));
}

#[test]
fn one_platform_can_be_copied_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("source"), dir.path().join("target"));
    let built = builder("1").write(&source, &["v1"]).unwrap();
    let from = open(&source);
    let one = from.resolve(None, Some(&built.platforms[0].digest)).unwrap();
    let report = copy(&from, &one, &Layout::open_or_new(&target).unwrap()).unwrap();
    assert_eq!(report.copied, 4, "manifest, config, two layers");
}

#[test]
fn damage_in_the_source_stops_the_copy() {
    let damages: [(&str, Damage); 3] = [
        ("flipped", corrupt::flip_bit),
        ("truncated", corrupt::truncate),
        ("removed", corrupt::remove),
    ];
    for (name, damage) in damages {
        for part in ["layer", "config", "manifest", "index"] {
            let dir = tempfile::tempdir().unwrap();
            let (source, target) = (dir.path().join("source"), dir.path().join("target"));
            let built = builder("1").write(&source, &["v1"]).unwrap();
            let platform = &built.platforms[1];
            let digest = match part {
                "layer" => &platform.layers[1],
                "config" => &platform.image_id,
                "manifest" => &platform.digest,
                _ => &built.digest,
            };
            damage(&source, digest).unwrap();
            let to = Layout::open_or_new(&target).unwrap();
            let error = copy(&open(&source), &descriptor(&built), &to).unwrap_err();
            assert!(
                error.is_corrupt() || error.is_not_found(),
                "{name} {part}: {error}"
            );
            if matches!(part, "manifest" | "index") {
                assert!(
                    !target.exists(),
                    "{name} {part}: manifests are read before the target is touched"
                );
            } else {
                assert!(
                    !corrupt::blob_path(&target, digest).exists(),
                    "{name} {part}: what is wrong does not get a name"
                );
                assert!(!corrupt::blob_path(&target, &built.digest).exists());
                let error = to.tag(&descriptor(&built), &[tag("v1")]).unwrap_err();
                assert!(error.is_not_found(), "{name} {part}: {error}");
            }
        }
    }
}

#[test]
fn damage_in_the_target_is_repaired() {
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("source"), dir.path().join("target"));
    let built = builder("1").write(&source, &["v1"]).unwrap();
    let to = Layout::open_or_new(&target).unwrap();
    copy(&open(&source), &descriptor(&built), &to).unwrap();
    let whole = tree(&target);
    let options = |present| {
        let mut options = CopyOptions::default();
        options.present = present;
        options
    };
    corrupt::flip_bit(&target, &built.platforms[0].layers[0]).unwrap();
    corrupt::truncate(&target, &built.platforms[0].layers[1]).unwrap();
    let trusting = copy_with(
        &open(&source),
        &descriptor(&built),
        &to,
        options(Present::TrustSize),
    )
    .unwrap();
    assert_eq!(trusting.repaired, 1, "a wrong size is always seen");
    let report = copy_with(&open(&source), &descriptor(&built), &to, options(Present::Verify)).unwrap();
    assert_eq!((report.copied, report.repaired), (0, 1));
    assert_eq!(tree(&target), whole);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_links_of_the_target() {
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("source"), dir.path().join("target"));
    let built = builder("1").write(&source, &["v1"]).unwrap();
    let to = Layout::create(&target).unwrap();
    let victim = dir.path().join("victim");
    fs::write(&victim, "mine").unwrap();
    let layer = &built.platforms[0].layers[0];
    std::os::unix::fs::symlink(&victim, corrupt::blob_path(&target, layer)).unwrap();
    let error = copy(&open(&source), &descriptor(&built), &to).unwrap_err();
    assert!(matches!(error, Error::NotRegular { .. }), "{error}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
}

#[test]
fn what_a_killed_writer_left_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("source"), dir.path().join("target"));
    let built = builder("1").write(&source, &["v1"]).unwrap();
    // Killed before it had an oci-layout file, and again in the middle of a blob.
    for _ in 0..2 {
        fs::create_dir_all(&target).unwrap();
        fs::write(target.join(".sealift-1-0.tmp"), "half a bl").unwrap();
        let to = Layout::open_or_new(&target).unwrap();
        copy(&open(&source), &descriptor(&built), &to).unwrap();
        assert!(!target.join(".sealift-1-0.tmp").exists());
    }
    // Killed between oci-layout and index.json.
    fs::remove_file(target.join("index.json")).unwrap();
    let to = Layout::open_or_new(&target).unwrap();
    copy(&open(&source), &descriptor(&built), &to).unwrap();
    to.tag(&descriptor(&built), &[tag("v1")]).unwrap();
    assert_eq!(resolve(&target, "v1").digest, built.digest);
}

#[test]
fn what_is_only_named_like_a_leftover_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("source"), dir.path().join("target"));
    let built = builder("1").write(&source, &["v1"]).unwrap();
    Layout::create(&target).unwrap();
    let own = [
        ".sealift-policy.toml",
        ".sealift-1-0",
        ".sealift-1-x.tmp",
        ".sealift--1.tmp",
    ];
    for name in own {
        fs::write(target.join(name), "mine").unwrap();
    }
    let folders = [".sealift-cache", ".sealift-1-0.tmp"];
    for name in folders {
        fs::create_dir(target.join(name)).unwrap();
    }
    copy(&open(&source), &descriptor(&built), &open(&target)).unwrap();
    for name in own {
        assert_eq!(fs::read_to_string(target.join(name)).unwrap(), "mine", "{name}");
    }
    for name in folders {
        assert!(target.join(name).is_dir(), "{name}");
    }
    // And no folder becomes a layout for the likes of it.
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join(".sealift-policy.toml"), "").unwrap();
    assert!(Layout::open_or_new(&other).is_err());
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_linked_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (source, outside) = (dir.path().join("source"), dir.path().join("outside"));
    let built = builder("1").write(&source, &["v1"]).unwrap();
    for linked in ["blobs", "blobs/sha256"] {
        let target = dir.path().join(linked.replace('/', "-"));
        let link = target.join(linked);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        fs::create_dir_all(&outside).unwrap();
        fs::write(target.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        std::os::unix::fs::symlink(&outside, &link).unwrap();
        let to = Layout::open_or_new(&target).unwrap();
        let error = copy(&open(&source), &descriptor(&built), &to).unwrap_err();
        assert!(matches!(error, Error::NotRegular { .. }), "{error}");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "{linked}");
        assert!(!target.join("index.json").exists(), "{linked}");
    }
}

#[test]
fn a_folder_with_other_content_does_not_become_a_layout() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.tex"), "").unwrap();
    let error = Layout::open_or_new(dir.path()).unwrap_err();
    assert!(error.to_string().contains("other content"), "{error}");
    let file = dir.path().join("thesis.tex");
    assert!(Layout::open_or_new(file).is_err());
}

#[test]
fn indexes_nest_eight_levels_and_not_more() {
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("source"), dir.path().join("target"));
    // Layers are a level of their own below manifests.
    let fits = builder("1").nested(6).write(&source, &["fits"]).unwrap();
    let deep = builder("1").nested(7).write(&source, &["deep"]).unwrap();
    let to = Layout::open_or_new(&target).unwrap();
    copy(&open(&source), &descriptor(&fits), &to).unwrap();
    let error = copy(&open(&source), &descriptor(&deep), &to).unwrap_err();
    assert!(matches!(error, Error::TooDeep { limit: 8, .. }), "{error}");
}

#[test]
fn a_cycle_ends_as_a_digest_mismatch() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    corrupt::write_cycle(&source).unwrap();
    let to = Layout::open_or_new(dir.path().join("target")).unwrap();
    let error = copy(&open(&source), &resolve(&source, "cycle"), &to).unwrap_err();
    assert!(matches!(error, Error::DigestMismatch { .. }), "{error}");
}

#[test]
fn an_index_that_names_one_image_many_times_costs_one_reading() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    let built = builder("1").write(&source, &["v1"]).unwrap();
    // Eight levels with 1,000 entries each would be 10^24 paths.
    let mut entry = json!({"mediaType": INDEX, "digest": built.digest.as_str(), "size": built.size});
    for level in 0..6 {
        let document = json!({"schemaVersion": 2, "manifests": vec![entry.clone(); 1000]});
        let blob = corrupt::write_document(&source, INDEX, &document, &format!("level{level}")).unwrap();
        entry = blob.descriptor(INDEX);
    }
    let to = Layout::open_or_new(dir.path().join("target")).unwrap();
    let report = copy(&open(&source), &resolve(&source, "level5"), &to).unwrap();
    assert_eq!(report.copied, 6 + 1 + 2 * 3 + 1, "the base layer is shared");
}

#[test]
fn contradicting_sizes_of_one_blob_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    let built = builder("1").write(&source, &["v1"]).unwrap();
    let platform = &built.platforms[0];
    let entry = |size: u64| json!({"mediaType": "x/y", "digest": platform.image_id.as_str(), "size": size});
    let document = json!({"schemaVersion": 2, "config": entry(7), "layers": [entry(u64::MAX)]});
    let blob = corrupt::write_document(&source, MANIFEST, &document, "odd").unwrap();
    let to = Layout::open_or_new(dir.path().join("target")).unwrap();
    let error = copy(&open(&source), &resolve(&source, "odd"), &to).unwrap_err();
    assert!(matches!(error, Error::SizeMismatch { .. }), "{error}");
    assert!(!corrupt::blob_path(&dir.path().join("target"), &blob.digest).exists());
}

#[test]
fn a_layer_that_must_not_be_distributed_may_be_absent() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    let built = builder("1").write(&source, &["v1"]).unwrap();
    let absent = format!("sha256:{}", "1".repeat(64));
    let config = json!({"mediaType": "x/y", "digest": built.platforms[0].image_id.as_str(),
        "size": fs::metadata(corrupt::blob_path(&source, &built.platforms[0].image_id)).unwrap().len()});
    let with_layer = |media_type: &str| {
        json!({"schemaVersion": 2, "config": config,
            "layers": [{"mediaType": media_type, "digest": absent, "size": 5}]})
    };
    let foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    corrupt::write_document(&source, MANIFEST, &with_layer(foreign), "windows").unwrap();
    corrupt::write_document(&source, MANIFEST, &with_layer("x/layer"), "broken").unwrap();
    let to = Layout::open_or_new(dir.path().join("target")).unwrap();
    let windows = resolve(&source, "windows");
    assert_eq!(copy(&open(&source), &windows, &to).unwrap().absent, 1);
    to.tag(&windows, &[tag("windows")]).unwrap();
    let error = copy(&open(&source), &resolve(&source, "broken"), &to).unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[test]
fn progress_ends_at_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    let built = builder("1").attestations().write(&source, &["v1"]).unwrap();
    let to = Layout::open_or_new(dir.path().join("target")).unwrap();
    for _ in 0..2 {
        let done = AtomicU64::new(0);
        let seen = |progress: sealift_oci::CopyProgress| {
            done.fetch_max(progress.done_bytes, Ordering::Relaxed);
        };
        let mut options = CopyOptions::default();
        options.progress = Some(&seen);
        let report = copy_with(&open(&source), &descriptor(&built), &to, options).unwrap();
        assert_eq!(done.load(Ordering::Relaxed), report.total_bytes);
    }
}

#[test]
fn two_writers_do_not_disturb_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("target");
    std::thread::scope(|scope| {
        for number in 0..6 {
            let (source, target) = (dir.path().join(format!("source{number}")), &target);
            scope.spawn(move || {
                let built = builder(&number.to_string()).write(&source, &[]).unwrap();
                let to = Layout::open_or_new(target).unwrap();
                copy(&open(&source), &descriptor(&built), &to).unwrap();
                to.tag(&descriptor(&built), &[tag(&format!("v{number}"))])
                    .unwrap();
            });
        }
    });
    let tags = open(&target).tags().unwrap();
    assert_eq!(tags.len(), 6, "no tag is lost");
    for (_, image) in tags {
        sealift_oci::inspect_digest(&open(&target), &image, "x").unwrap();
    }
}
