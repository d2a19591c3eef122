//! Tags: all at once, last, and nobody else's bytes change.

use std::fs;
use std::path::Path;

use sealift_oci::{Layout, Tag};
use sealift_testkit::corrupt;

use crate::support::{builder, descriptor, open, resolve, tag, tree};

fn tags(words: &[&str]) -> Vec<Tag> {
    words.iter().map(|word| tag(word)).collect()
}

fn index(root: &Path) -> String {
    fs::read_to_string(root.join("index.json")).unwrap()
}

#[test]
fn all_tags_of_a_call_move_in_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let first = builder("1").write(dir.path(), &["v1", "latest"]).unwrap();
    let second = builder("2").write(dir.path(), &[]).unwrap();
    let layout = open(dir.path());
    let report = layout
        .tag(&descriptor(&second), &tags(&["v2", "latest", "latest"]))
        .unwrap();
    let moves: Vec<_> = report
        .moves
        .iter()
        .map(|step| (step.tag.as_str(), step.before.as_ref(), step.is_changed()))
        .collect();
    assert_eq!(moves, [("v2", None, true), ("latest", Some(&first.digest), true)]);
    assert_eq!(resolve(dir.path(), "v1").digest, first.digest);
    assert_eq!(resolve(dir.path(), "v2").digest, second.digest);
    assert_eq!(resolve(dir.path(), "latest").digest, second.digest);
    let before = tree(dir.path());
    let report = layout
        .tag(&descriptor(&second), &tags(&["latest", "v2"]))
        .unwrap();
    assert!(!report.is_changed());
    assert_eq!(tree(dir.path()), before, "what is done is not written again");
}

#[test]
fn an_image_that_loses_its_last_tag_stays_listed_once() {
    let dir = tempfile::tempdir().unwrap();
    let first = builder("1").write(dir.path(), &["latest"]).unwrap();
    let second = builder("2").write(dir.path(), &["edge"]).unwrap();
    let layout = open(dir.path());
    for _ in 0..5 {
        for built in [&second, &first] {
            layout.tag(&descriptor(built), &tags(&["latest"])).unwrap();
            assert_eq!(resolve(dir.path(), "latest").digest, built.digest);
            let listed = layout.entries().unwrap();
            assert!(listed.iter().any(|entry| entry.descriptor.digest == first.digest));
            assert!(listed.len() <= 3, "the list does not grow: {listed:?}");
        }
    }
}

#[test]
fn other_entries_and_unknown_fields_keep_their_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let built = builder("1").write(dir.path(), &[]).unwrap();
    let other = format!("sha256:{}", "a".repeat(64));
    // Odd spacing, order, escapes, numbers that a parser would write in another way, and an unknown media type.
    let entry = format!(
        "{{ \"size\" : 7,\t\"digest\":\"{other}\", \"mediaType\":\"text\\/plain\", \"x-float\": 1.50e+2,\n  \
         \"annotations\": {{\"b\":\"\\u00e9\", \"a\":\"1\"}} }}"
    );
    let named = format!(
        "{{\"mediaType\":\"x/y\",\"digest\":\"{other}\",\"size\":7,\"x\":[ 1 ],\
         \"annotations\":{{\"keep\":\"\\u0041\",\"org.opencontainers.image.ref.name\":\"v1\"}}}}"
    );
    let text = format!(
        "{{\n \"x-first\" : [1 , 2.0],\n \"manifests\" : [\n  {entry} ,\n  {named}\n ],\n \"schemaVersion\":2, \"x\":{{}}\n}}\n"
    );
    fs::write(dir.path().join("index.json"), &text).unwrap();
    let layout = open(dir.path());
    layout.tag(&descriptor(&built), &tags(&["v0"])).unwrap();
    let added = index(dir.path());
    let (before, after) = text.split_at(text.find(&named).unwrap() + named.len());
    assert!(added.starts_with(before), "{added}");
    assert!(added.ends_with(after), "{added}");

    layout.tag(&descriptor(&built), &tags(&["v1"])).unwrap();
    let moved = index(dir.path());
    // The entry has a twin with the same digest, so without its name it is not needed.
    assert!(moved.contains(&entry), "{moved}");
    assert!(!moved.contains(&named), "{moved}");
    assert!(moved.ends_with(after), "{moved}");
    assert_eq!(resolve(dir.path(), "v1").digest, built.digest);
}

#[test]
fn an_entry_without_its_name_keeps_its_other_fields() {
    let dir = tempfile::tempdir().unwrap();
    let built = builder("1").write(dir.path(), &[]).unwrap();
    let other = format!("sha256:{}", "a".repeat(64));
    let text = format!(
        "{{\"manifests\":[{{\"mediaType\":\"x/y\",\"x\":[ 1.0 ],\"digest\":\"{other}\",\"size\":7,\
         \"annotations\":{{\"keep\":\"\\u0041\",\"org.opencontainers.image.ref.name\":\"v1\",\
         \"io.containerd.image.name\":\"docker.io/a/b:v1\"}}}}]}}"
    );
    fs::write(dir.path().join("index.json"), text).unwrap();
    open(dir.path()).tag(&descriptor(&built), &tags(&["v1"])).unwrap();
    let kept = format!(
        "{{\"mediaType\":\"x/y\",\"x\":[ 1.0 ],\"digest\":\"{other}\",\"size\":7,\"annotations\":{{\"keep\":\"\\u0041\"}}}}"
    );
    let text = index(dir.path());
    assert!(text.contains(&kept), "{text}");
}

#[test]
fn what_no_digest_covers_does_not_go_along() {
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("source"), dir.path().join("target"));
    let built = builder("1").write(&source, &["v1"]).unwrap();
    let artifact = built
        .write_referrer(&source, "application/spdx+json", b"{}")
        .unwrap();
    corrupt::edit_index(&source, |index| {
        for entry in index["manifests"].as_array_mut().unwrap() {
            entry["platform"] = serde_json::json!({"os": "linux", "architecture": "s390x"});
            entry["artifactType"] = "application/x-lie".into();
            entry["annotations"]["org.opencontainers.image.created"] = "2099-01-01T00:00:00Z".into();
        }
    })
    .unwrap();
    let (from, to) = (open(&source), Layout::open_or_new(&target).unwrap());
    for (digest, name) in [(&built.digest, "image"), (&artifact, "artifact")] {
        let found = from.resolve(None, Some(digest)).unwrap();
        sealift_oci::copy(&from, &found, &to).unwrap();
        to.tag(&found, &tags(&[name])).unwrap();
    }
    let text: serde_json::Value = serde_json::from_str(&index(&target)).unwrap();
    let entry = |digest: &str, size: u64, media_type: &str, name: &str| {
        serde_json::json!({"mediaType": media_type, "digest": digest, "size": size,
            "annotations": {"org.opencontainers.image.ref.name": name}})
    };
    let size = fs::metadata(corrupt::blob_path(&source, &artifact))
        .unwrap()
        .len();
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let mut expected = entry(artifact.as_str(), size, manifest, "artifact");
    // Of the artifact itself, whose digest was verified.
    expected["artifactType"] = "application/spdx+json".into();
    assert_eq!(
        text["manifests"],
        serde_json::json!([
            entry(built.digest.as_str(), built.size, &built.media_type, "image"),
            expected
        ])
    );
}

#[test]
fn an_ambiguous_tag_is_settled_by_moving_it() {
    let dir = tempfile::tempdir().unwrap();
    let first = builder("1").write(dir.path(), &["v1"]).unwrap();
    let second = builder("2").write(dir.path(), &["v1"]).unwrap();
    let layout = open(dir.path());
    assert!(layout.resolve(Some(&tag("v1")), None).is_err());
    layout.tag(&descriptor(&first), &tags(&["v1"])).unwrap();
    assert_eq!(resolve(dir.path(), "v1").digest, first.digest);
    assert_eq!(
        layout.resolve(None, Some(&second.digest)).unwrap().digest,
        second.digest
    );
}

#[test]
fn an_incomplete_image_gets_no_tag() {
    for part in 0..3 {
        let dir = tempfile::tempdir().unwrap();
        let built = builder("1").write(dir.path(), &[]).unwrap();
        let platform = &built.platforms[1];
        let digest = [&platform.layers[1], &platform.image_id, &platform.digest][part];
        corrupt::truncate(dir.path(), digest).unwrap();
        let before = tree(dir.path());
        let layout = open(dir.path());
        assert!(layout.tag(&descriptor(&built), &tags(&["v1"])).is_err());
        corrupt::remove(dir.path(), digest).unwrap();
        let error = layout.tag(&descriptor(&built), &tags(&["v1"])).unwrap_err();
        assert!(error.is_not_found(), "{error}");
        assert_eq!(index(dir.path()).as_bytes(), before["index.json"]);
    }
}

#[test]
fn a_layout_that_does_not_exist_is_not_created_by_a_tag() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    let built = builder("1").write(&source, &[]).unwrap();
    let target = Layout::open_or_new(dir.path().join("target")).unwrap();
    assert!(target.tag(&descriptor(&built), &tags(&["v1"])).is_err());
    assert!(!target.path().exists());
    assert!(target.entries().unwrap().is_empty());
}
