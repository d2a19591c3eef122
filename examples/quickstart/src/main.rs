//! Builds what the quickstart ships: two releases of a small image for two platforms, and what four scanners say
//! about each. Same bytes on every machine.
//!
//! usage: `quickstart FOLDER`. Writes `FOLDER/source` (an OCI layout with the tags 1.4.0 and 1.4.1) and the reports
//! `FOLDER/reports/1.4.0/*` and `FOLDER/reports/1.4.1/*`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use sealift_testkit::reports::{self, Ecosystem, Flaw, ScannedImage};
use sealift_testkit::{BuiltImage, File, ImageBuilder, PlatformBuilder};
use sealift_types::Severity;

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        complain("usage: quickstart FOLDER");
        return ExitCode::from(2);
    };
    match build(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("cannot write {}: {error}", folder.display()));
            ExitCode::FAILURE
        }
    }
}

fn build(folder: &Path) -> io::Result<()> {
    let source = folder.join("source");
    let vulnerable = Release {
        version: "1.4.0",
        openssl: "3.0.11-1~deb12u1",
        lodash: "4.17.20",
    };
    let fixed = Release {
        version: "1.4.1",
        openssl: "3.0.16-1~deb12u1",
        lodash: "4.17.21",
    };
    for release in [vulnerable, fixed] {
        let image = release.image().write(&source, &[release.version])?;
        release.write_reports(&image, &folder.join("reports").join(release.version))?;
    }
    Ok(())
}

/// A release of the image, by the packages that differ.
struct Release {
    version: &'static str,
    openssl: &'static str,
    lodash: &'static str,
}

impl Release {
    fn image(&self) -> ImageBuilder {
        let platform = |name: &str, architecture: &str| {
            PlatformBuilder::new(name)
                .layer(
                    "ADD debian-12-minimal",
                    [
                        File::new("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
                        File::new("var/lib/dpkg/status", self.dpkg_status(architecture)),
                    ],
                )
                .layer(
                    "COPY app",
                    [
                        File::new(
                            "app/node_modules/lodash/package.json",
                            format!("{{\"name\":\"lodash\",\"version\":\"{}\"}}\n", self.lodash),
                        ),
                        File::executable("app/server", "#!/bin/sh\nexec node /app/server.js\n"),
                    ],
                )
                .label("org.opencontainers.image.title", "quickstart")
                .label("org.opencontainers.image.version", self.version)
                .label(
                    "org.opencontainers.image.source",
                    "https://example.test/acme/quickstart",
                )
                .user("65532")
                .entrypoint(&["/app/server"])
        };
        ImageBuilder::new()
            .platform(platform("linux/amd64", "amd64"))
            .platform(platform("linux/arm64", "arm64"))
            .annotation("org.opencontainers.image.version", self.version)
            .attestations()
    }

    fn dpkg_status(&self, architecture: &str) -> String {
        let package = |name: &str, source: &str, version: &str| {
            format!(
                "Package: {name}\nStatus: install ok installed\nArchitecture: {architecture}\n\
                 Source: {source}\nVersion: {version}\n\n"
            )
        };
        [
            package("libssl3", "openssl", self.openssl),
            package("zlib1g", "zlib", "1:1.2.13.dfsg-1"),
        ]
        .concat()
    }

    /// The flaws that scanners know of in this release's packages.
    fn flaws(&self) -> Vec<Flaw> {
        let openssl = |cve: &str, severity, fixed: &str, title: &str| Flaw {
            cve: cve.to_owned(),
            ghsa: None,
            ecosystem: Ecosystem::Debian {
                source: "openssl".to_owned(),
            },
            name: "libssl3".to_owned(),
            version: self.openssl.to_owned(),
            fixed: Some(fixed.to_owned()),
            severity,
            published: "2024-09-03T00:00:00Z".to_owned(),
            title: title.to_owned(),
        };
        let lodash = Flaw {
            cve: "CVE-2021-23337".to_owned(),
            ghsa: Some("GHSA-35jh-r3h4-6jhm".to_owned()),
            ecosystem: Ecosystem::Npm,
            name: "lodash".to_owned(),
            version: self.lodash.to_owned(),
            fixed: Some("4.17.21".to_owned()),
            severity: Severity::High,
            published: "2021-05-06T16:05:51Z".to_owned(),
            title: "command injection through a template".to_owned(),
        };
        let zlib = Flaw {
            cve: "CVE-2023-45853".to_owned(),
            ghsa: None,
            ecosystem: Ecosystem::Debian {
                source: "zlib".to_owned(),
            },
            name: "zlib1g".to_owned(),
            version: "1:1.2.13.dfsg-1".to_owned(),
            fixed: None,
            severity: Severity::Low,
            published: "2023-10-14T00:00:00Z".to_owned(),
            title: "overflow in MiniZip, which Debian does not build".to_owned(),
        };
        let mut flaws = vec![zlib];
        if self.version == "1.4.0" {
            flaws.extend([
                openssl(
                    "CVE-2024-5535",
                    Severity::Critical,
                    "3.0.15-1~deb12u1",
                    "over-read in SSL_select_next_proto",
                ),
                openssl(
                    "CVE-2024-6119",
                    Severity::High,
                    "3.0.14-1~deb12u2",
                    "denial of service in name checks of certificates",
                ),
                lodash,
            ]);
        }
        flaws
    }

    fn write_reports(&self, image: &BuiltImage, folder: &Path) -> io::Result<()> {
        let Some(platform) = image.platforms.first() else {
            return Ok(());
        };
        let scanned = ScannedImage {
            repository: "docker.io/acme/quickstart".to_owned(),
            tag: self.version.to_owned(),
            digest: image.digest.clone(),
            image_id: platform.image_id.clone(),
            platform: platform.platform.clone(),
            diff_ids: platform.diff_ids.clone(),
            scanned: "2026-11-20T10:00:00Z".to_owned(),
        };
        let flaws = self.flaws();
        fs::create_dir_all(folder)?;
        fs::write(folder.join("trivy.json"), reports::trivy(&scanned, &flaws))?;
        fs::write(folder.join("grype.json"), reports::grype(&scanned, &flaws))?;
        fs::write(folder.join("snyk.json"), reports::snyk(&scanned, &flaws))?;
        fs::write(folder.join("scout.sarif"), reports::scout(&flaws))
    }
}

#[expect(clippy::print_stderr, reason = "a program that is run by hand")]
fn complain(text: &str) {
    eprintln!("{text}");
}
