//! `sealift inspect`.

use crate::support::Sandbox;

#[test]
fn an_image_of_two_platforms() {
    let sandbox = Sandbox::new();
    let built = sandbox.image(&[]);
    let text = sandbox.run(["inspect", "oci:source:app"]).expect(0).stdout;
    for said in [
        built.digest.as_str(),
        "linux/amd64",
        "linux/arm64",
        "user       app",
        "COPY app",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let json = sandbox
        .run(["inspect", "--format", "json", "oci:source:app"])
        .expect(0)
        .json();
    assert_eq!(json["digest"], built.digest.as_str());
    assert_eq!(json["platforms"].as_array().unwrap().len(), 2);
    let markdown = sandbox
        .run(["inspect", "--format", "markdown", "oci:source"])
        .expect(0)
        .stdout;
    assert!(markdown.contains("| linux/arm64 |"), "{markdown}");
}

#[test]
fn what_is_not_there() {
    let sandbox = Sandbox::new();
    sandbox.image(&[]);
    for name in ["oci:nowhere", "oci:source:other"] {
        let ran = sandbox.run(["inspect", name]).expect(1);
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    }
}
