//! A folder with images and reports, and the command run in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sealift_testkit::reports::{self, Ecosystem, Flaw, ScannedImage};
use sealift_testkit::{BuiltImage, File, ImageBuilder, PlatformBuilder};
use sealift_types::Severity;
use serde_json::Value;

/// A time after everything in the fixtures.
pub(crate) const NOW: &str = "2026-02-01T00:00:00Z";

/// A folder that goes away with the test.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// Fails with everything that was printed unless the code is this one.
    #[track_caller]
    pub(crate) fn expect(self, code: u8) -> Self {
        assert_eq!(self.code, i32::from(code), "{}\n{}", self.stdout, self.stderr);
        self
    }
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Sets a variable for all runs that follow; there are no others.
    pub(crate) fn set(&mut self, name: &str, value: impl AsRef<Path>) -> &mut Self {
        self.environment
            .push((name.to_owned(), value.as_ref().display().to_string()));
        self
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ran {
        self.run_with_input(arguments, "")
    }

    pub(crate) fn run_with_input<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        input: &str,
    ) -> Ran {
        use std::io::Write as _;
        let mut child = Command::new(env!("CARGO_BIN_EXE_sealift"))
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Writes an image of two platforms as `oci:source:app`, with reports of Trivy and Grype about it.
    pub(crate) fn image(&self, flaws: &[Flaw]) -> BuiltImage {
        let platform = |name: &str| {
            PlatformBuilder::new(name)
                .layer("ADD base", [File::new("etc/os-release", "ID=debian\n")])
                .layer(
                    "COPY app",
                    [File::executable("usr/bin/app", "#!/bin/sh\necho app\n")],
                )
                .label("org.opencontainers.image.title", "app")
                .user("app")
        };
        let built = ImageBuilder::new()
            .platform(platform("linux/amd64"))
            .platform(platform("linux/arm64"))
            .write(&self.path("source"), &["app"])
            .unwrap();
        let scanned = scanned(&built);
        self.write("trivy.json", reports::trivy(&scanned, flaws));
        self.write("grype.json", reports::grype(&scanned, flaws));
        built
    }

    /// Every file below a folder with its bytes; empty where there is no folder.
    pub(crate) fn tree(&self, name: &str) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
            let Ok(entries) = std::fs::read_dir(folder) else {
                return;
            };
            for entry in entries {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                } else {
                    found.push((path.clone(), std::fs::read(path).unwrap()));
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.path(name), &mut found);
        found.sort();
        found
    }
}

/// What the scanners were told to scan.
pub(crate) fn scanned(built: &BuiltImage) -> ScannedImage {
    let platform = &built.platforms[0];
    ScannedImage {
        repository: "docker.io/acme/app".to_owned(),
        tag: "1.4.0".to_owned(),
        digest: built.digest.clone(),
        image_id: platform.image_id.clone(),
        platform: platform.platform.clone(),
        diff_ids: platform.diff_ids.clone(),
        scanned: "2026-01-31T10:00:00Z".to_owned(),
    }
}

/// A flaw in openssl that a version fixes.
pub(crate) fn fixed(severity: Severity) -> Flaw {
    Flaw {
        cve: "CVE-2026-1001".to_owned(),
        ghsa: None,
        ecosystem: Ecosystem::Debian {
            source: "openssl".to_owned(),
        },
        name: "libssl3".to_owned(),
        version: "3.0.1-1".to_owned(),
        fixed: Some("3.0.2-1".to_owned()),
        severity,
        published: "2026-01-01T00:00:00Z".to_owned(),
        title: "openssl: a made-up flaw".to_owned(),
    }
}

/// A flaw in an npm package that no version fixes.
pub(crate) fn unfixed(severity: Severity) -> Flaw {
    Flaw {
        cve: "CVE-2026-1002".to_owned(),
        ghsa: Some("GHSA-aaaa-bbbb-cccc".to_owned()),
        ecosystem: Ecosystem::Npm,
        name: "left-pad".to_owned(),
        version: "1.0.0".to_owned(),
        fixed: None,
        severity,
        published: "2026-01-01T00:00:00Z".to_owned(),
        title: "left-pad: a made-up flaw".to_owned(),
    }
}

/// A policy that needs no attestations: Trivy denies from high on, and its report must be about the image.
pub(crate) const POLICY: &str = r#"
schema_version = 1
name = "test"

[[rule]]
id = "severity-threshold"
severity = "high"
scanners = ["trivy"]

[[rule]]
id = "scanner-required"
scanners = ["trivy"]

[[rule]]
id = "report-readable"

[[rule]]
id = "report-subject"
scanners = ["trivy"]
"#;
