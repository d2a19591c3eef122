//! Debian, Python and Node, for two platforms.

use std::fs;

use sealift_testkit::{File, ImageBuilder, PlatformBuilder};
use sealift_types::Severity;

use crate::support::{Evidence, parts, real_image, run, tag_digest, text, tree, verify_blobs};

#[test]
fn a_real_image_ships_with_its_digest() {
    let dir = tempfile::tempdir().unwrap();
    let source = real_image();
    let target = dir.path().join("target");
    let (from, to) = (
        format!("oci:{}:v1", source.display()),
        format!("oci:{}:latest", target.display()),
    );
    let evidence = Evidence::write(&source, "v1", Severity::Low, dir.path().join("reports"));
    let output = evidence.ship(&from, &to).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));

    // skopeo finds the same bytes under the tag.
    let raw = |name: &str| run("skopeo", &["inspect", "--raw", name]);
    assert_eq!(raw(&from), raw(&to));
    let digest = tag_digest(&source, "v1").unwrap();
    assert_eq!(tag_digest(&target, "latest").as_ref(), Some(&digest));
    verify_blobs(&target);
    assert_eq!(parts(&source, &digest), parts(&target, &digest));
    assert_eq!(
        fs::read_dir(target.join("blobs/sha256")).unwrap().count(),
        parts(&target, &digest).len(),
        "nothing but the image"
    );

    // skopeo, umoci and podman read the result, every platform.
    for architecture in ["amd64", "arm64"] {
        let copied = format!("oci:{}:x", dir.path().join(architecture).display());
        run(
            "skopeo",
            &["--override-arch", architecture, "copy", "-q", &to, &copied],
        );
    }
    let listed = run("umoci", &["ls", "--layout", target.to_str().unwrap()]);
    assert_eq!(listed.trim(), "latest");
    let storage = dir.path().join("podman");
    let podman = |arguments: &[&str]| {
        let (root, run_root) = (storage.join("root"), storage.join("run"));
        // podman makes a repository name of the path, which must be lower case: a relative one is.
        let mut all = vec![
            "-C",
            dir.path().to_str().unwrap(),
            "podman",
            "--root",
            root.to_str().unwrap(),
            "--runroot",
            run_root.to_str().unwrap(),
            "--storage-driver",
            "vfs",
        ];
        all.extend(arguments);
        run("env", &all)
    };
    let image_id = podman(&["pull", "-q", "--arch", "amd64", "oci:target:latest"]);
    let user = podman(&["image", "inspect", "--format", "{{.User}}", image_id.trim()]);
    assert_eq!(user.trim(), "65532");

    // Again: nothing is left to do, and nothing is touched.
    let before = tree(&target);
    let output = evidence.ship(&from, &to).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(tree(&target), before);
}

#[test]
fn a_denied_image_leaves_the_target_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let source = real_image();
    let target = dir.path().join("target");
    let earlier = ImageBuilder::new()
        .platform(PlatformBuilder::new("linux/amd64").layer("COPY", [File::new("app", "old")]))
        .write(&target, &["latest"])
        .unwrap();
    let before = tree(&target);
    let (from, to) = (
        format!("oci:{}:v1", source.display()),
        format!("oci:{}:latest", target.display()),
    );
    let evidence = Evidence::write(&source, "v1", Severity::Critical, dir.path().join("denied"));
    let output = evidence.ship(&from, &to).output().unwrap();
    assert_eq!(output.status.code(), Some(10), "{}", text(&output));
    assert!(text(&output).contains("CVE-2025-23083"), "{}", text(&output));
    assert_eq!(tree(&target), before);

    // Clean reports about another image are no evidence for this one.
    let evidence = Evidence::write(&target, "latest", Severity::Low, dir.path().join("other"));
    let output = evidence.ship(&from, &to).output().unwrap();
    assert_eq!(output.status.code(), Some(10), "{}", text(&output));
    assert_eq!(tree(&target), before);

    // A target that is not there yet is not created.
    let absent = dir.path().join("absent");
    let output = evidence
        .ship(&from, &format!("oci:{}:latest", absent.display()))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(10), "{}", text(&output));
    assert!(!absent.exists());

    // The same image passes with clean evidence; the earlier one can still be had by its digest.
    let evidence = Evidence::write(&source, "v1", Severity::Low, dir.path().join("clean"));
    let output = evidence.ship(&from, &to).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(tag_digest(&target, "latest"), tag_digest(&source, "v1"));
    assert_eq!(parts(&target, &earlier.digest).len(), 4);
}

#[test]
fn other_tools_and_sealift_write_to_one_layout() {
    let dir = tempfile::tempdir().unwrap();
    let source = real_image();
    let target = dir.path().join("target");
    let layout = target.to_str().unwrap();
    run("umoci", &["init", "--layout", layout]);
    run("umoci", &["new", "--image", &format!("{layout}:empty")]);
    let empty = tag_digest(&target, "empty").unwrap();
    let from = format!("oci:{}:v1", source.display());
    let evidence = Evidence::write(&source, "v1", Severity::Low, dir.path().join("reports"));
    let output = evidence
        .ship(&from, &format!("oci:{layout}:v1"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    run(
        "skopeo",
        &[
            "copy",
            "-q",
            &format!("oci:{layout}:v1"),
            &format!("oci:{layout}:one"),
        ],
    );
    run("umoci", &["gc", "--layout", layout]);
    let output = evidence
        .ship(&from, &format!("oci:{layout}:v2"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(tag_digest(&target, "empty"), Some(empty));
    assert!(tag_digest(&target, "one").is_some());
    let digest = tag_digest(&source, "v1");
    assert_eq!(tag_digest(&target, "v1"), digest);
    assert_eq!(tag_digest(&target, "v2"), digest);
    verify_blobs(&target);
}
