//! Programs, the image, reports about it, and what is in a layout by an independent reading.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use sealift_testkit::reports::{self, Ecosystem, Flaw, ScannedImage};
use sealift_types::{Digest, Severity};
use serde_json::Value;

/// Runs a program and gives what it printed; any failure is the test's.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed and cannot be run: {error}"));
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        text(&output)
    );
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn text(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The folder that cargo builds into, `…/debug`: this program is in its `deps`.
fn profile_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(2).unwrap().to_path_buf()
}

/// The `sealift` command, built once for each test program.
pub(crate) fn sealift() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(build_sealift)
}

fn build_sealift() -> PathBuf {
    if let Some(path) = std::env::var_os("SEALIFT_BIN") {
        return path.into();
    }
    let target = profile_folder().parent().unwrap().to_path_buf();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "sealift-cli"])
        .current_dir(repository())
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", text(&built));
    target.join("debug/sealift")
}

/// The layout with the real image under the tag `v1`, built where it is missing.
pub(crate) fn real_image() -> PathBuf {
    let cache = std::env::var_os("SEALIFT_E2E_CACHE")
        .map_or_else(|| profile_folder().parent().unwrap().join("e2e"), PathBuf::from);
    fs::create_dir_all(&cache).unwrap();
    // Tests run as several processes; one builds, the others wait.
    let lock = File::create(cache.join("lock")).unwrap();
    lock.lock().unwrap();
    let layout = cache.join("layout");
    if !layout.join("index.json").exists() {
        let script = repository().join("tests/e2e/build-image");
        run(script.to_str().unwrap(), &[cache.to_str().unwrap()]);
    }
    layout
}

/// The digest that a tag has in `index.json`.
pub(crate) fn tag_digest(layout: &Path, tag: &str) -> Option<Digest> {
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).ok()?).unwrap();
    let entries = index["manifests"].as_array()?.clone();
    let named: Vec<Value> = entries
        .into_iter()
        .filter(|entry| entry["annotations"]["org.opencontainers.image.ref.name"] == tag)
        .collect();
    assert!(named.len() <= 1, "{named:?}");
    Some(named.first()?["digest"].as_str()?.parse().unwrap())
}

/// Every digest below `digest`, itself included; fails where one is missing.
pub(crate) fn parts(layout: &Path, digest: &Digest) -> BTreeSet<Digest> {
    let mut parts = BTreeSet::new();
    let mut left = vec![(digest.clone(), true)];
    while let Some((digest, is_manifest)) = left.pop() {
        let path = layout.join("blobs/sha256").join(digest.hex());
        assert!(path.is_file(), "{digest} is missing in {}", layout.display());
        if is_manifest && !parts.contains(&digest) {
            let document: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let mut push = |value: &Value, is_manifest| {
                if let Some(text) = value["digest"].as_str() {
                    left.push((text.parse().unwrap(), is_manifest));
                }
            };
            push(&document["config"], false);
            for (list, is_manifest) in [("layers", false), ("manifests", true)] {
                for entry in document[list].as_array().into_iter().flatten() {
                    push(entry, is_manifest);
                }
            }
        }
        parts.insert(digest);
    }
    parts
}

/// Fails where a blob does not hash to its name, by coreutils' reckoning.
pub(crate) fn verify_blobs(layout: &Path) {
    let folder = layout.join("blobs/sha256");
    let names: Vec<String> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    if names.is_empty() {
        return;
    }
    let output = Command::new("sha256sum")
        .args(&names)
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (hash, name) = line.split_once("  ").unwrap();
        assert_eq!(hash, name, "in {}", folder.display());
    }
}

/// Every file below `root` with the hash of its content, and the folders.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let listed = run("find", &[root.to_str().unwrap(), "-type", "d"]);
    for folder in listed.lines() {
        files.insert(folder.to_owned(), "folder".to_owned());
    }
    let hashed = run(
        "find",
        &[
            root.to_str().unwrap(),
            "-not",
            "-type",
            "d",
            "-exec",
            "sha256sum",
            "{}",
            "+",
        ],
    );
    for line in hashed.lines() {
        let (hash, name) = line.split_once("  ").unwrap();
        files.insert(name.to_owned(), hash.to_owned());
    }
    files
}

/// What four scanners would say about the image `tag` of a layout.
pub(crate) struct Evidence {
    folder: PathBuf,
}

impl Evidence {
    /// Reports about the first platform of the image, with a flaw of this severity in its Node.
    pub(crate) fn write(layout: &Path, tag: &str, severity: Severity, folder: PathBuf) -> Self {
        let digest = tag_digest(layout, tag).unwrap();
        let read = |digest: &str| -> Value {
            let path = layout
                .join("blobs/sha256")
                .join(digest.strip_prefix("sha256:").unwrap());
            serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
        };
        let index = read(digest.as_str());
        let manifest = read(index["manifests"][0]["digest"].as_str().unwrap());
        let image_id = manifest["config"]["digest"].as_str().unwrap();
        let config = read(image_id);
        let image = ScannedImage {
            repository: "docker.io/acme/e2e".to_owned(),
            tag: tag.to_owned(),
            digest,
            image_id: image_id.parse().unwrap(),
            platform: "linux/amd64".parse().unwrap(),
            diff_ids: serde_json::from_value(config["rootfs"]["diff_ids"].clone()).unwrap(),
            scanned: "2026-11-20T10:00:00Z".to_owned(),
        };
        let flaws = [Flaw {
            cve: "CVE-2025-23083".to_owned(),
            ghsa: None,
            ecosystem: Ecosystem::Debian {
                source: "nodejs".to_owned(),
            },
            name: "nodejs".to_owned(),
            version: "18.20.4+dfsg-1~deb12u1".to_owned(),
            fixed: Some("18.20.6+dfsg-1~deb12u1".to_owned()),
            severity,
            published: "2025-01-22T00:00:00Z".to_owned(),
            title: "worker permission bypass".to_owned(),
        }];
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("trivy.json"), reports::trivy(&image, &flaws)).unwrap();
        fs::write(folder.join("grype.json"), reports::grype(&image, &flaws)).unwrap();
        fs::write(folder.join("snyk.json"), reports::snyk(&image, &flaws)).unwrap();
        fs::write(folder.join("scout.sarif"), reports::scout(&flaws)).unwrap();
        Self { folder }
    }

    /// `sealift ship` with this evidence and the quickstart's policy.
    pub(crate) fn ship(&self, source: &str, target: &str) -> Command {
        let mut command = Command::new(sealift());
        command.args(["ship", source, target]);
        command
            .arg("--policy")
            .arg(repository().join("examples/quickstart/quickstart.toml"));
        for report in ["trivy.json", "grype.json", "snyk.json", "scout.sarif"] {
            command.arg("--report").arg(self.folder.join(report));
        }
        command
    }
}
