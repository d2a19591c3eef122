//! `kill -9` at any point.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sealift_testkit::{File, ImageBuilder, PlatformBuilder};
use sealift_types::{Digest, Severity};

use crate::support::{Evidence, parts, sealift, tag_digest, text, verify_blobs};

const ROUNDS: u32 = 30;

/// Each round kills a run at another point of its way, checks what is there, and runs it again to its end. Every
/// third round kills twice before that. In odd rounds the tag is at an earlier image when it starts.
#[test]
fn a_killed_ship_ends_right_when_it_is_run_again() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    write_image(&source);
    let evidence = Evidence::write(&source, "v1", Severity::Low, dir.path().join("reports"));
    let from = format!("oci:{}:v1", source.display());
    let digest = tag_digest(&source, "v1").unwrap();
    let to = |target: &Path| format!("oci:{}:latest", target.display());

    let target = dir.path().join("measured");
    // Building the command is not part of the time that is measured.
    sealift();
    let start = Instant::now();
    let output = evidence.ship(&from, &to(&target)).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let whole = start.elapsed();
    fs::remove_dir_all(target).unwrap();

    let mut killed = 0;
    for round in 0..ROUNDS {
        let target = dir.path().join("target");
        let earlier = (round % 2 == 1).then(|| write_earlier(&target));
        for attempt in 0..=u32::from(round % 3 == 2) {
            // Spread over the whole way, also a little beyond its end, in steps that do not repeat.
            let share = f64::from((round * 7 + attempt * 3) % ROUNDS) / f64::from(ROUNDS - 2);
            killed += u32::from(kill_after(&evidence, &from, &to(&target), whole.mul_f64(share)));
            check(&target, &digest, earlier.as_ref());
        }
        let output = evidence.ship(&from, &to(&target)).output().unwrap();
        assert!(output.status.success(), "round {round}: {}", text(&output));
        check(&target, &digest, None);
        assert_eq!(
            tag_digest(&target, "latest").as_ref(),
            Some(&digest),
            "round {round}"
        );
        assert!(
            leftovers(&target).is_empty(),
            "round {round}: {:?}",
            leftovers(&target)
        );
        fs::remove_dir_all(&target).unwrap();
    }
    assert!(
        killed >= ROUNDS / 2,
        "only {killed} runs were killed before their end"
    );
}

/// Whether the run was still going when it was killed.
fn kill_after(evidence: &Evidence, from: &str, to: &str, time: Duration) -> bool {
    let mut child = evidence
        .ship(from, to)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

/// Twelve layers of 2 MiB that do not compress: many blobs, so many places to be killed at.
fn write_image(source: &Path) {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut noise = || {
        // xorshift64*, from Marsaglia, "Xorshift RNGs" (2003).
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes()
    };
    let mut platform = PlatformBuilder::new("linux/amd64").user("65532");
    for layer in 0..12 {
        let content: Vec<u8> = (0..(2 << 20) / 8).flat_map(|_| noise()).collect();
        platform = platform.layer("COPY", [File::new(format!("noise{layer}"), content)]);
    }
    ImageBuilder::new()
        .platform(platform)
        .write(source, &["v1"])
        .unwrap();
}

/// Never half a blob under its name, never a tag on an incomplete image, never a tag lost.
fn check(target: &Path, digest: &Digest, earlier: Option<&Digest>) {
    verify_blobs(target);
    match tag_digest(target, "latest") {
        Some(found) => {
            assert!(found == *digest || Some(&found) == earlier, "{found}");
            parts(target, &found);
        }
        None => assert_eq!(earlier, None, "the tag is lost"),
    }
}

fn write_earlier(target: &Path) -> Digest {
    ImageBuilder::new()
        .platform(PlatformBuilder::new("linux/amd64").layer("COPY", [File::new("app", "old")]))
        .write(target, &["latest"])
        .unwrap()
        .digest
}

fn leftovers(target: &Path) -> Vec<String> {
    fs::read_dir(target)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["blobs", "index.json", "oci-layout"].contains(&name.as_str()))
        .collect()
}
