//! What an image is described as.

use sealift_oci::{Error, ImageKind, ImageName, PlatformKind, inspect};
use sealift_testkit::{Dialect, ImageBuilder, PlatformBuilder, corrupt};
use serde_json::json;

use crate::support::builder;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn name(root: &std::path::Path, tag: &str) -> ImageName {
    ImageName::new(root, Some(tag.parse().unwrap()), None).unwrap()
}

#[test]
fn an_image_for_two_platforms_is_described() {
    for (dialect, media_type) in [
        (Dialect::Oci, "application/vnd.oci.image.index.v1+json"),
        (
            Dialect::Docker,
            "application/vnd.docker.distribution.manifest.list.v2+json",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let built = builder("1")
            .dialect(dialect)
            .attestations()
            .write(dir.path(), &["v1", "latest"])
            .unwrap();
        let referrer = built
            .write_referrer(dir.path(), "application/spdx+json", b"{}")
            .unwrap();
        builder("2").write(dir.path(), &["v2"]).unwrap();
        let info = inspect(&name(dir.path(), "v1")).unwrap();
        assert_eq!(info.digest, built.digest);
        assert_eq!(info.kind, ImageKind::Index);
        assert_eq!(info.media_type, media_type);
        assert_eq!(info.tags, ["latest", "v1"]);
        assert_eq!(info.annotations["org.opencontainers.image.version"], "1");
        assert!(info.warnings.is_empty(), "{:?}", info.warnings);
        assert_eq!(info.platforms.len(), 2);
        for (platform, built) in info.platforms.iter().zip(&built.platforms) {
            assert_eq!(platform.platform.as_ref(), Some(&built.platform));
            assert_eq!(platform.digest, built.digest);
            assert_eq!(platform.image_id, built.image_id);
            assert_eq!(platform.labels["org.opencontainers.image.version"], "1");
            assert_eq!(platform.user.as_deref(), Some("65532"));
            assert_eq!(platform.entrypoint, ["/usr/bin/app"]);
            assert_eq!(platform.created.unwrap().to_string(), "2026-01-01T00:00:00Z");
            let layers: Vec<_> = platform
                .layers
                .iter()
                .map(|layer| (&layer.digest, layer.diff_id.as_ref(), layer.created_by.as_deref()))
                .collect();
            assert_eq!(
                layers,
                [
                    (&built.layers[0], Some(&built.diff_ids[0]), Some("COPY base")),
                    (&built.layers[1], Some(&built.diff_ids[1]), Some("COPY app")),
                ]
            );
        }
        assert_eq!(info.attestations.len(), 2);
        assert_eq!(
            info.attestations[0].subject.as_ref(),
            Some(&built.platforms[0].digest)
        );
        assert_eq!(
            info.attestations[0].predicate_types,
            ["https://spdx.dev/Document"]
        );
        assert_eq!(info.referrers.len(), 1);
        assert_eq!(info.referrers[0].digest, referrer);
        assert_eq!(
            info.referrers[0].artifact_type.as_deref(),
            Some("application/spdx+json")
        );
    }
}

#[test]
fn the_json_has_the_fields_that_are_documented() {
    let dir = tempfile::tempdir().unwrap();
    builder("1").write(dir.path(), &["v1"]).unwrap();
    let info = serde_json::to_value(inspect(&name(dir.path(), "v1")).unwrap()).unwrap();
    let keys =
        |value: &serde_json::Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(
        keys(&info),
        [
            "annotations",
            "attestations",
            "digest",
            "kind",
            "media_type",
            "name",
            "platforms",
            "referrers",
            "schema_version",
            "size_bytes",
            "tags",
            "warnings"
        ]
    );
    assert_eq!(info["kind"], "index");
    assert_eq!(info["platforms"][1]["platform"], "linux/arm64");
    assert_eq!(
        keys(&info["platforms"][0]["layers"][0]),
        ["created_by", "diff_id", "digest", "media_type", "size_bytes"]
    );
}

#[test]
fn a_manifest_without_an_index_has_its_configs_platform() {
    let dir = tempfile::tempdir().unwrap();
    let built = ImageBuilder::new()
        .platform(PlatformBuilder::new("linux/arm64/v8"))
        .write_manifest(dir.path(), &["v1"])
        .unwrap();
    let info = inspect(&name(dir.path(), "v1")).unwrap();
    assert_eq!(info.kind, ImageKind::Image);
    assert_eq!(info.platforms[0].digest, built.digest);
    assert_eq!(
        info.platforms[0].platform.as_ref().unwrap().to_string(),
        "linux/arm64/v8"
    );
    assert_eq!(info.platforms[0].user, None);
}

#[test]
fn sizes_count_a_shared_layer_once() {
    let dir = tempfile::tempdir().unwrap();
    builder("1").write(dir.path(), &["v1"]).unwrap();
    let info = inspect(&name(dir.path(), "v1")).unwrap();
    let stored: u64 = crate::support::tree(&dir.path().join("blobs"))
        .values()
        .map(|bytes| bytes.len() as u64)
        .sum();
    assert_eq!(info.size_bytes, stored);
    let base = info.platforms[0].layers[0].size_bytes;
    let index = info.size_bytes + base
        - info
            .platforms
            .iter()
            .map(|platform| platform.size_bytes)
            .sum::<u64>();
    assert!(index < 2000, "the rest is the index itself: {index}");
}

#[test]
fn oddities_are_warnings() {
    let dir = tempfile::tempdir().unwrap();
    let built = builder("1").write(dir.path(), &[]).unwrap();
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let size = |digest| {
        std::fs::metadata(corrupt::blob_path(dir.path(), digest))
            .unwrap()
            .len()
    };
    let platform = &built.platforms[0];
    let document = json!({"schemaVersion": 2, "manifests": [
        {"mediaType": manifest, "digest": platform.digest, "size": size(&platform.digest),
            "platform": {"os": "linux", "architecture": "s390x"}},
        {"mediaType": "text/plain", "digest": platform.image_id, "size": size(&platform.image_id)},
    ]});
    corrupt::write_document(
        dir.path(),
        "application/vnd.oci.image.index.v1+json",
        &document,
        "odd",
    )
    .unwrap();
    let info = inspect(&name(dir.path(), "odd")).unwrap();
    assert_eq!(info.warnings.len(), 2, "{:?}", info.warnings);
    assert!(info.warnings[0].contains("linux/s390x, its config says linux/amd64"));
    assert!(info.warnings[1].contains("text/plain"));
}

#[test]
fn what_nobody_can_read_is_listed_for_the_gate() {
    let dir = tempfile::tempdir().unwrap();
    let built = builder("1").write(dir.path(), &[]).unwrap();
    let entry = |position: usize, media_type: &str| {
        let digest = &built.platforms[position].digest;
        let size = std::fs::metadata(corrupt::blob_path(dir.path(), digest))
            .unwrap()
            .len();
        json!({"mediaType": media_type, "digest": digest, "size": size,
            "platform": {"os": "linux", "architecture": "amd64"}})
    };
    let mut without_platform = entry(1, "application/vnd.acme.v2+json");
    without_platform.as_object_mut().unwrap().remove("platform");
    let document = json!({"schemaVersion": 2, "manifests": [
        entry(0, MANIFEST), entry(1, "application/vnd.acme+json"), without_platform,
    ]});
    corrupt::write_document(dir.path(), INDEX, &document, "v1").unwrap();
    let info = inspect(&name(dir.path(), "v1")).unwrap();
    let seen: Vec<_> = info
        .platforms
        .iter()
        .map(|platform| (platform.kind, platform.platform.is_some(), &platform.digest))
        .collect();
    let (good, odd) = (&built.platforms[0].digest, &built.platforms[1].digest);
    // It has no platform: a report about linux/amd64 is about the other one.
    assert_eq!(
        seen,
        [
            (PlatformKind::Image, true, good),
            (PlatformKind::Unknown, false, odd),
            (PlatformKind::Unknown, false, odd)
        ]
    );
    assert!(
        info.warnings[0].contains("is listed for linux/amd64 and"),
        "{:?}",
        info.warnings
    );
    assert_eq!(
        serde_json::to_value(&info).unwrap()["platforms"][1]["kind"],
        "unknown"
    );
}

#[test]
fn keys_that_other_tools_read_in_another_way_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = json!({"os": "linux", "architecture": "amd64", "config": {"User": "app", "user": "root"}});
    let config = corrupt::write_document(dir.path(), "x/y", &config, "config").unwrap();
    let document = json!({"schemaVersion": 2, "layers": [],
        "config": config.descriptor("application/vnd.oci.image.config.v1+json")});
    corrupt::write_document(dir.path(), MANIFEST, &document, "v1").unwrap();
    let error = inspect(&name(dir.path(), "v1")).unwrap_err();
    assert!(
        matches!(error, Error::Document { .. }) && error.is_corrupt(),
        "{error}"
    );
}

#[test]
fn two_manifests_for_one_platform_are_both_listed() {
    let dir = tempfile::tempdir().unwrap();
    let platforms = |os: &str| {
        let platform = |name: &str, user| PlatformBuilder::new(&format!("{os}/{name}")).user(user);
        ImageBuilder::new()
            .platform(platform("arm64", "root"))
            .platform(platform("arm64/v8", "app"))
            .write(dir.path(), &[os])
            .unwrap();
        inspect(&name(dir.path(), os)).unwrap()
    };
    let info = platforms("linux");
    assert_eq!(info.platforms.len(), 2);
    assert_eq!(info.warnings.len(), 1, "{:?}", info.warnings);
    assert!(
        info.warnings[0].contains("two manifests for linux/arm64/v8"),
        "{:?}",
        info.warnings
    );
    // One for each version of the system, which the entry names.
    assert!(platforms("windows").warnings.is_empty());
}

/// An index of nearly the largest size that is read.
fn large_index(root: &std::path::Path, number: usize, entries: &[serde_json::Value]) -> serde_json::Value {
    let padding = "x".repeat((4 << 20) - 2000);
    let document = json!({"schemaVersion": 2, "manifests": entries,
        "annotations": {"padding": padding, "number": number.to_string()}});
    corrupt::write_document(root, INDEX, &document, &format!("large{number}"))
        .unwrap()
        .descriptor(INDEX)
}

#[test]
fn a_document_that_is_named_many_times_is_read_once() {
    let dir = tempfile::tempdir().unwrap();
    let built = builder("1").write(dir.path(), &["v1"]).unwrap();
    let entry = json!({"mediaType": INDEX, "digest": built.digest, "size": built.size});
    let large = large_index(dir.path(), 0, &[entry]);
    let document = json!({"schemaVersion": 2, "manifests": vec![large.clone(); 20_000]});
    corrupt::write_document(dir.path(), INDEX, &document, "many").unwrap();
    let info = inspect(&name(dir.path(), "many")).unwrap();
    assert_eq!(
        (info.platforms.len(), info.warnings.len()),
        (2, 0),
        "{:?}",
        info.warnings
    );
    corrupt::edit_index(dir.path(), |index| {
        index["manifests"]
            .as_array_mut()
            .unwrap()
            .extend(vec![large; 9000]);
    })
    .unwrap();
    let info = inspect(&name(dir.path(), "v1")).unwrap();
    assert!(info.warnings.is_empty(), "{:?}", info.warnings);
}

#[test]
fn documents_are_bounded_together() {
    let dir = tempfile::tempdir().unwrap();
    builder("1").write(dir.path(), &["v1"]).unwrap();
    let large: Vec<_> = (0..17)
        .map(|number| large_index(dir.path(), number, &[]))
        .collect();
    let document = json!({"schemaVersion": 2, "manifests": large});
    corrupt::write_document(dir.path(), INDEX, &document, "many").unwrap();
    let error = inspect(&name(dir.path(), "many")).unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooManyBytes {
                limit: 67_108_864,
                ..
            }
        ),
        "{error}"
    );
    // A layout may hold that much besides the image.
    let info = inspect(&name(dir.path(), "v1")).unwrap();
    assert_eq!(info.warnings.len(), 1, "{:?}", info.warnings);
    assert!(
        info.warnings[0].contains("referrers among the rest are not shown"),
        "{:?}",
        info.warnings
    );
}

#[test]
fn a_manifest_that_is_listed_for_many_platforms_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let config = json!({"os": "linux", "padding": "x".repeat((4 << 20) - 2000)});
    let config = corrupt::write_document(dir.path(), "x/y", &config, "config").unwrap();
    let manifest = json!({"schemaVersion": 2, "layers": [],
        "config": config.descriptor("application/vnd.oci.image.config.v1+json")});
    let manifest = corrupt::write_document(dir.path(), MANIFEST, &manifest, "manifest").unwrap();
    let entries: Vec<_> = (0..17)
        .map(|number| {
            let mut entry = manifest.descriptor(MANIFEST);
            entry["platform"] = json!({"os": "linux", "architecture": format!("a{number}")});
            entry
        })
        .collect();
    let document = json!({"schemaVersion": 2, "manifests": entries});
    corrupt::write_document(dir.path(), INDEX, &document, "v1").unwrap();
    let error = inspect(&name(dir.path(), "v1")).unwrap_err();
    assert!(matches!(error, Error::TooManyBytes { .. }), "{error}");
}

#[test]
fn an_artifact_is_not_taken_for_an_image() {
    let dir = tempfile::tempdir().unwrap();
    let built = builder("1").write(dir.path(), &["v1"]).unwrap();
    let referrer = built
        .write_referrer(dir.path(), "application/spdx+json", b"{}")
        .unwrap();
    let info = inspect(&ImageName::new(dir.path(), None, Some(referrer)).unwrap()).unwrap();
    assert_eq!(info.kind, ImageKind::Artifact);
    assert_eq!(info.artifact_type.as_deref(), Some("application/spdx+json"));
    assert_eq!(info.platforms[0].platform, None);
}

#[test]
fn an_annotation_does_not_hide_a_platform() {
    let dir = tempfile::tempdir().unwrap();
    let built = builder("1").write(dir.path(), &[]).unwrap();
    let digest = &built.platforms[0].digest;
    let size = std::fs::metadata(corrupt::blob_path(dir.path(), digest))
        .unwrap()
        .len();
    let entry = json!({"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": size,
        "platform": {"os": "linux", "architecture": "amd64"},
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"}});
    let index = "application/vnd.oci.image.index.v1+json";
    let document = json!({"schemaVersion": 2, "manifests": [entry.clone()]});
    corrupt::write_document(dir.path(), index, &document, "hidden").unwrap();
    let info = inspect(&name(dir.path(), "hidden")).unwrap();
    assert_eq!((info.platforms.len(), info.attestations.len()), (1, 0));

    // The same entry again says nothing new; for another platform it does.
    let document = json!({"schemaVersion": 2, "manifests": vec![entry.clone(); 101]});
    corrupt::write_document(dir.path(), index, &document, "again").unwrap();
    assert_eq!(inspect(&name(dir.path(), "again")).unwrap().platforms.len(), 1);
    let entries: Vec<_> = (0..101)
        .map(|number| {
            let mut entry = entry.clone();
            entry["platform"]["variant"] = format!("v{number}").into();
            entry
        })
        .collect();
    let document = json!({"schemaVersion": 2, "manifests": entries});
    corrupt::write_document(dir.path(), index, &document, "many").unwrap();
    let error = inspect(&name(dir.path(), "many")).unwrap_err();
    assert!(error.to_string().contains("more than 100 platforms"), "{error}");
}
