//! From files to the facts that the gate judges.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sealift_gate::exceptions::import::{ImportOptions, MAX_IMPORT_BYTES, import};
use sealift_gate::{
    BaselineFacts, EpssFeed, Exception, Facts, FeedError, ImageFacts, KevFeed, LayerFacts, MAX_FEED_BYTES,
    PlatformFacts, Policy, PolicyError, UnreadableReport,
};
use sealift_oci::ImageInfo;
use sealift_types::Digest;
use sha2::{Digest as _, Sha256};

use crate::args::EvidenceArgs;
use crate::error::Error;
use crate::files::{self, is_stdin};
use crate::output::Talk;
use crate::reports::{self, Load};

/// A policy is written by hand; this is a thousand times a long one.
const MAX_POLICY_BYTES: u64 = 4 << 20;

/// Refused entries of one file that are said one by one.
const MAX_REFUSED: usize = 20;

/// Reads the policy, or takes the built-in one.
pub(crate) fn policy(path: Option<&Path>) -> Result<Policy, Error> {
    match path {
        Some(path) => read_policy(path),
        None => Ok(Policy::builtin()),
    }
}

/// Reads a policy.
pub(crate) fn read_policy(path: &Path) -> Result<Policy, Error> {
    let text = read_text(path, MAX_POLICY_BYTES)?;
    parse_toml(path, text, Policy::parse)
}

/// Parses a TOML file; a mistake keeps the text it is in.
pub(crate) fn parse_toml<T>(
    path: &Path,
    text: String,
    parse: impl FnOnce(&str) -> Result<T, PolicyError>,
) -> Result<T, Error> {
    parse(&text).map_err(|mistake| Error::Toml {
        path: path.to_owned(),
        text,
        mistake,
    })
}

/// Reads a text file that a person wrote.
pub(crate) fn read_text(path: &Path, max_bytes: u64) -> Result<String, Error> {
    String::from_utf8(files::read_limited(path, max_bytes)?).map_err(|error| Error::Input {
        path: path.to_owned(),
        expected: "text",
        help: "save the file as UTF-8".to_owned(),
        source: error.utf8_error().into(),
    })
}

/// The time that is judged by.
pub(crate) fn now(args: &EvidenceArgs) -> Timestamp {
    args.as_of.unwrap_or_else(|| {
        let now = Timestamp::now();
        // Nobody reads nanoseconds, and --as-of repeats what was printed.
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    })
}

/// Reads everything that the arguments name. A report that cannot be read becomes a fact, which denies; any other file
/// that cannot be read is an error, since nobody could say what it would have changed.
pub(crate) fn facts(
    image: Option<ImageFacts>,
    report_paths: &[PathBuf],
    args: &EvidenceArgs,
    talk: Talk,
) -> Result<Facts, Error> {
    check_stdin(report_paths, args)?;
    let load = Load::full(&args.limits);
    let (epss, kev) = (
        args.epss
            .as_deref()
            .map(|path| feed(path, EpssFeed::parse))
            .transpose()?,
        args.kev
            .as_deref()
            .map(|path| feed(path, KevFeed::parse))
            .transpose()?,
    );
    let mut exceptions = Vec::new();
    for path in args.ignore_file.iter().chain(&args.vex) {
        exceptions.extend(imported(path, talk)?);
    }
    let (loaded, baseline) = reports::load(report_paths, &args.baseline, load, talk)?;
    let mut findings = sealift_scan::merge(loaded.sets);
    let baseline = baseline.map(|earlier| {
        let comparison = sealift_scan::compare(&earlier, &mut findings);
        let sources: Vec<String> = args
            .baseline
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        BaselineFacts {
            source: sources.join(", "),
            digest: match earlier.reports.as_slice() {
                [only] => only.digest.clone(),
                _ => None,
            },
            fixed: comparison.fixed.len() as u64,
        }
    });
    let unreadable = loaded
        .unreadable
        .into_iter()
        .map(|each| UnreadableReport {
            source: each.source,
            error: each.error,
            ..UnreadableReport::default()
        })
        .collect();
    Ok(Facts {
        image,
        findings,
        unreadable,
        baseline,
        epss,
        kev,
        exceptions,
        ..Facts::default()
    })
}

fn check_stdin(report_paths: &[PathBuf], args: &EvidenceArgs) -> Result<(), Error> {
    let named: [(&'static str, Vec<&Path>); 7] = [
        ("the report", report_paths.iter().map(PathBuf::as_path).collect()),
        ("--policy", args.policy.iter().map(PathBuf::as_path).collect()),
        ("--baseline", args.baseline.iter().map(PathBuf::as_path).collect()),
        ("--vex", args.vex.iter().map(PathBuf::as_path).collect()),
        (
            "--ignore-file",
            args.ignore_file.iter().map(PathBuf::as_path).collect(),
        ),
        ("--epss", args.epss.iter().map(PathBuf::as_path).collect()),
        ("--kev", args.kev.iter().map(PathBuf::as_path).collect()),
    ];
    let mut readers = named
        .iter()
        .flat_map(|(option, paths)| paths.iter().filter(|path| is_stdin(path)).map(|_| *option));
    match (readers.next(), readers.next()) {
        (Some(other), Some(option)) => Err(Error::StdinTwice { option, other }),
        _ => Ok(()),
    }
}

fn feed<T>(path: &Path, parse: impl FnOnce(&[u8]) -> Result<T, FeedError>) -> Result<T, Error> {
    let bytes = decompress(path, files::read_limited(path, MAX_FEED_BYTES as u64)?)?;
    parse(&bytes).map_err(|source| Error::Input {
        path: path.to_owned(),
        expected: "a feed",
        help: source.help().to_owned(),
        source: source.into(),
    })
}

/// Feeds are published gzipped.
fn decompress(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut text = Vec::new();
    // One byte over the limit is enough for the feed's parser to refuse it.
    flate2::read::MultiGzDecoder::new(bytes.as_slice())
        .take(MAX_FEED_BYTES as u64 + 1)
        .read_to_end(&mut text)
        .map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
    Ok(text)
}

fn imported(path: &Path, talk: Talk) -> Result<Vec<Exception>, Error> {
    let bytes = files::read_limited(path, MAX_IMPORT_BYTES as u64)?;
    let mut options = ImportOptions::default();
    options.file = Some(path.display().to_string());
    options.digest = Some(Digest::from_sha256(Sha256::digest(&bytes).into()));
    let imported = import(&bytes, &options).map_err(|source| Error::Input {
        path: path.to_owned(),
        expected: "a file of exceptions",
        help: source.help().to_owned(),
        source: source.into(),
    })?;
    for refused in imported.refused.iter().take(MAX_REFUSED) {
        talk.warning(&format!(
            "{}: refused {refused}; {}",
            path.display(),
            refused.help
        ));
    }
    if imported.refused.len() > MAX_REFUSED {
        let more = imported.refused.len() - MAX_REFUSED;
        talk.warning(&format!("{}: {more} more entries were refused", path.display()));
    }
    Ok(imported.exceptions)
}

/// What inspecting an image says to the gate.
pub(crate) fn image_facts(info: &ImageInfo) -> ImageFacts {
    ImageFacts {
        name: Some(info.name.clone()),
        digest: Some(info.digest.clone()),
        base_name: info
            .annotations
            .get("org.opencontainers.image.base.name")
            .or_else(|| {
                let platform = info.platforms.first()?;
                platform
                    .annotations
                    .get("org.opencontainers.image.base.name")
                    .or_else(|| platform.labels.get("org.opencontainers.image.base.name"))
            })
            .cloned(),
        platforms: info
            .platforms
            .iter()
            .map(|platform| PlatformFacts {
                platform: platform.platform.clone(),
                digest: Some(platform.digest.clone()),
                image_id: Some(platform.image_id.clone()),
                layers: platform
                    .layers
                    .iter()
                    .map(|layer| LayerFacts {
                        digest: Some(layer.digest.clone()),
                        diff_id: layer.diff_id.clone(),
                    })
                    .collect(),
                base_layers: None,
                size_bytes: Some(platform.size_bytes),
                created: platform.created,
                user: Some(platform.user.clone().unwrap_or_default()),
                labels: Some(platform.labels.clone()),
            })
            .collect(),
    }
}
