//! Opening, listing, resolving, reading.

use std::fs;

use sealift_oci::{Descriptor, Document, Error, Layout};
use sealift_testkit::{Algorithm, Dialect, corrupt};
use sealift_types::Digest;
use serde_json::json;

use crate::support::{builder, open, resolve, tag};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

#[test]
fn names_resolve_to_the_digest_that_was_built() {
    let dir = tempfile::tempdir().unwrap();
    let built = builder("1").write(dir.path(), &["v1", "latest"]).unwrap();
    let layout = open(dir.path());
    let is_built = |found: Result<Descriptor, Error>| {
        let found = found.unwrap();
        assert_eq!(
            (found.digest, found.size, found.media_type),
            (built.digest.clone(), built.size, built.media_type.clone())
        );
    };
    is_built(layout.resolve(Some(&tag("v1")), None));
    is_built(layout.resolve(None, Some(&built.digest)));
    is_built(layout.resolve(Some(&tag("latest")), Some(&built.digest)));
    is_built(layout.resolve(None, None));
    let names: Vec<String> = layout.tags().unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["latest", "v1"]);
}

#[test]
fn a_digest_inside_an_index_resolves() {
    for dialect in [Dialect::Oci, Dialect::Docker] {
        let dir = tempfile::tempdir().unwrap();
        let built = builder("1").dialect(dialect).write(dir.path(), &["v1"]).unwrap();
        let layout = open(dir.path());
        let found = layout.resolve(None, Some(&built.platforms[1].digest)).unwrap();
        assert!(matches!(
            layout.read_document(&found).unwrap(),
            Document::Manifest(_)
        ));
        // A layer is no image.
        let layer = layout.resolve(None, Some(&built.platforms[1].layers[0]));
        assert!(matches!(layer, Err(Error::Json { .. })), "{layer:?}");
    }
}

#[test]
fn names_that_do_not_say_which_image_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let first = builder("1").write(dir.path(), &["v1"]).unwrap();
    let second = builder("2").write(dir.path(), &["v2"]).unwrap();
    let layout = open(dir.path());
    let error = layout.resolve(None, None).unwrap_err();
    assert!(error.is_usage());
    assert!(error.to_string().contains(r#"its tags: "v1", "v2""#), "{error}");
    let error = layout.resolve(Some(&tag("v3")), None).unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let error = layout
        .resolve(Some(&tag("v1")), Some(&second.digest))
        .unwrap_err();
    assert!(matches!(error, Error::TagElsewhere { found, .. } if found == first.digest));
    let absent: Digest = format!("sha256:{}", "0".repeat(64)).parse().unwrap();
    assert!(layout.resolve(None, Some(&absent)).unwrap_err().is_not_found());
    corrupt::list_again(dir.path(), INDEX, &second.digest, second.size, "v1").unwrap();
    let error = layout.resolve(Some(&tag("v1")), None).unwrap_err();
    assert!(matches!(error, Error::AmbiguousTag { .. }), "{error}");
    // The same image listed twice under one name is no contradiction.
    corrupt::list_again(dir.path(), INDEX, &second.digest, second.size, "v2").unwrap();
    assert_eq!(
        layout.resolve(Some(&tag("v2")), None).unwrap().digest,
        second.digest
    );
}

#[test]
fn what_is_no_layout_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let check = |expected: &str| {
        let error = Layout::open(dir.path()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
    };
    check("it has no oci-layout file");
    fs::write(dir.path().join("oci-layout"), "{").unwrap();
    check("cannot parse");
    fs::write(dir.path().join("oci-layout"), r#"{"imageLayoutVersion":"2.0.0"}"#).unwrap();
    check(r#"version "2.0.0""#);
    let twice = r#"{"imageLayoutVersion":"1.0.0","imagelayoutversion":"2.0.0"}"#;
    fs::write(dir.path().join("oci-layout"), twice).unwrap();
    check("a known one in another case");
    fs::write(dir.path().join("oci-layout"), " ".repeat(5000)).unwrap();
    check("has 5000 bytes");
    fs::write(dir.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    let layout = open(dir.path());
    assert!(
        layout
            .entries()
            .unwrap_err()
            .to_string()
            .contains("no index.json")
    );
    for (text, expected) in [
        ("", "cannot parse"),
        ("[]", "cannot parse"),
        (r#"{"schemaVersion":2}"#, "cannot parse"),
        (r#"{"manifests":[{}]}"#, "cannot parse"),
        (r#"{"manifests":[],"manifests":[]}"#, "cannot parse"),
        ("\u{feff}{}", "cannot parse"),
        (
            r#"{"manifests":[],"Manifests":[]}"#,
            "a known one in another case",
        ),
        (
            r#"{"manifests":[{"digest":"x","annotationS":{}}]}"#,
            "a known one in another case",
        ),
    ] {
        fs::write(dir.path().join("index.json"), text).unwrap();
        let error = layout.entries().unwrap_err();
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
    // Go writes a list that nobody made as null.
    fs::write(
        dir.path().join("index.json"),
        r#"{"schemaVersion":2,"manifests":null}"#,
    )
    .unwrap();
    assert!(layout.entries().unwrap().is_empty());
    assert!(matches!(layout.resolve(None, None), Err(Error::Empty { .. })));
    assert!(
        Layout::open(dir.path().join("absent"))
            .unwrap_err()
            .is_not_found()
    );
    let file = dir.path().join("index.json");
    assert!(
        Layout::open(file)
            .unwrap_err()
            .to_string()
            .contains("not a folder")
    );
}

#[test]
fn bytes_are_verified_before_they_are_used() {
    let dir = tempfile::tempdir().unwrap();
    let built = builder("1").write(dir.path(), &["v1"]).unwrap();
    let layout = open(dir.path());
    let found = resolve(dir.path(), "v1");
    let mut wrong_size = found.clone();
    wrong_size.size += 1;
    assert!(matches!(
        layout.read_manifest(&wrong_size),
        Err(Error::SizeMismatch { .. })
    ));
    assert!(matches!(
        layout.read_blob(&found, 10),
        Err(Error::TooLarge { limit: 10, .. })
    ));
    corrupt::flip_bit(dir.path(), &built.digest).unwrap();
    let error = layout.read_manifest(&found).unwrap_err();
    assert!(matches!(error, Error::DigestMismatch { .. }) && error.is_corrupt());
    corrupt::truncate(dir.path(), &built.digest).unwrap();
    assert!(matches!(
        layout.read_manifest(&found),
        Err(Error::SizeMismatch { .. })
    ));
    corrupt::remove(dir.path(), &built.digest).unwrap();
    assert!(layout.read_manifest(&found).unwrap_err().is_not_found());
}

#[test]
fn a_manifest_over_four_mebibytes_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let document = json!({"schemaVersion": 2, "manifests": [], "annotations": {"x": "x".repeat(4 << 20)}});
    corrupt::write_document(dir.path(), INDEX, &document, "big").unwrap();
    let error = open(dir.path())
        .read_document(&resolve(dir.path(), "big"))
        .unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { limit: 4_194_304, .. }),
        "{error}"
    );
}

#[test]
fn documents_that_can_be_read_in_two_ways_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let descriptor = json!({"mediaType": "x/y", "digest": format!("sha256:{}", "0".repeat(64)), "size": 1});
    let both = json!({"schemaVersion": 2, "manifests": [], "config": descriptor, "layers": []});
    let cases = [
        (INDEX, both.clone(), "could be a manifest and an index"),
        (manifest, both, "could be a manifest and an index"),
        (
            INDEX,
            json!({"mediaType": manifest, "manifests": []}),
            "mediaType of its own",
        ),
        (
            INDEX,
            json!({"schemaVersion": 1, "manifests": []}),
            "schemaVersion",
        ),
        (INDEX, json!({"schemaVersion": 2}), "no manifests"),
        (
            manifest,
            json!({"schemaVersion": 2, "config": descriptor}),
            "no config or no layers",
        ),
        (
            "application/vnd.docker.distribution.manifest.v1+prettyjws",
            json!({"schemaVersion": 2}),
            "schema 1",
        ),
        ("text/plain", json!({}), "neither a manifest nor an index"),
        (
            manifest,
            json!({"schemaVersion": 2, "config": descriptor, "layers": [], "Layers": [descriptor]}),
            "a known one in another case",
        ),
        (
            INDEX,
            json!({"manifests": [{"mediaType": manifest.to_uppercase(), "digest": descriptor["digest"], "size": 1}]}),
            "a media type that is a known one in another case",
        ),
        (
            manifest,
            json!({"layers": [], "config": {"mediaType": "application/vnd.OCI.image.config.v1+json",
                "digest": descriptor["digest"], "size": 1}}),
            "a media type that is a known one in another case",
        ),
    ];
    for (number, (media_type, document, expected)) in cases.iter().enumerate() {
        let name = format!("case{number}");
        corrupt::write_document(dir.path(), media_type, document, &name).unwrap();
        let error = open(dir.path())
            .read_document(&resolve(dir.path(), &name))
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{document}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("layout");
    let built = builder("1").write(&root, &["v1"]).unwrap();
    let found = resolve(&root, "v1");
    corrupt::link_out(&root, &built.digest, &dir.path().join("outside")).unwrap();
    let is_refused = |result: Result<Vec<u8>, Error>| {
        assert!(matches!(result, Err(Error::NotRegular { .. })), "{result:?}");
    };
    is_refused(open(&root).read_manifest(&found));
    fs::rename(root.join("blobs"), dir.path().join("blobs")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("blobs"), root.join("blobs")).unwrap();
    is_refused(open(&root).read_manifest(&found));
    fs::rename(root.join("index.json"), dir.path().join("index.json")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("index.json"), root.join("index.json")).unwrap();
    assert!(matches!(open(&root).entries(), Err(Error::NotRegular { .. })));
}

#[test]
fn sha512_is_read_like_sha256() {
    let dir = tempfile::tempdir().unwrap();
    let built = builder("1")
        .algorithm(Algorithm::Sha512)
        .write(dir.path(), &["v1"])
        .unwrap();
    let found = resolve(dir.path(), "v1");
    assert_eq!(found.digest, built.digest);
    assert!(found.digest.as_str().starts_with("sha512:"));
    open(dir.path()).read_document(&found).unwrap();
    corrupt::flip_bit(dir.path(), &built.digest).unwrap();
    assert!(open(dir.path()).read_document(&found).unwrap_err().is_corrupt());
}
