//! The README's first command.

use std::process::Command;

use crate::support::{repository, tag_digest, text};

#[test]
fn the_quickstart_denies_once_and_ships_once() {
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(repository().join("examples/quickstart/run"))
        .arg(dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let digest = tag_digest(&dir.path().join("target"), "latest");
    assert!(digest.is_some());
    assert_eq!(digest, tag_digest(&dir.path().join("source"), "1.4.1"));
}
