//! `sealift gate`: policy and evidence in, verdict out.

use sealift_cli::exit_codes;
use sealift_gate::{Facts, ImageFacts, Report, Verdict, evaluate};
use sealift_oci::ImageName;
use sealift_scan::SarifOptions;

use super::{evidence, explain, policy_test};
use crate::args::{ColorChoice, Format, GateArgs, GateCommand};
use crate::error::Error;
use crate::output::gate::text::Detail;
use crate::output::{self, Layout, Talk, json_v1, sarif};

pub(crate) fn run(args: &GateArgs, color: ColorChoice, talk: Talk) -> Result<u8, Error> {
    match &args.command {
        Some(GateCommand::Test(args)) => policy_test::run(args, color, talk),
        Some(GateCommand::Explain(args)) => explain::run(args, color),
        None => judge(args, color, talk),
    }
}

fn judge(args: &GateArgs, color: ColorChoice, talk: Talk) -> Result<u8, Error> {
    let policy = evidence::policy(args.evidence.policy.as_deref())?;
    let facts = evidence::facts(image(args)?, &args.reports, &args.evidence, talk)?;
    let report = evaluate(&policy, &facts, evidence::now(&args.evidence));
    if let Some(path) = &args.save_facts {
        output::write(Some(path), |out| json_v1::pretty(&facts, out))?;
    }
    print(&report, &facts, args, color, talk)?;
    // The process ends now; taking a large set apart piece by piece would only delay that.
    std::mem::forget(facts);
    Ok(match report.verdict {
        Verdict::Deny if !args.evidence.dry_run => exit_codes::DENIED,
        _ => exit_codes::DONE,
    })
}

/// The image as far as it is known: inspected where it is a layout, by name and digest otherwise.
fn image(args: &GateArgs) -> Result<Option<ImageFacts>, Error> {
    let Some(text) = &args.image else {
        return Ok(args.digest.clone().map(|digest| ImageFacts {
            digest: Some(digest),
            ..ImageFacts::default()
        }));
    };
    if !text.starts_with("oci:") {
        return Ok(Some(ImageFacts {
            name: Some(text.clone()),
            digest: args.digest.clone().or_else(|| digest_in(text)),
            ..ImageFacts::default()
        }));
    }
    let name: ImageName = text.parse()?;
    let info = sealift_oci::inspect(&name)?;
    match &args.digest {
        Some(expected) if *expected != info.digest => Err(Error::OtherDigest {
            image: text.clone(),
            expected: expected.clone(),
            found: info.digest,
        }),
        _ => Ok(Some(evidence::image_facts(&info))),
    }
}

/// The digest in `docker.io/acme/app:1.2@sha256:…`.
fn digest_in(name: &str) -> Option<sealift_types::Digest> {
    name.rsplit_once('@')?.1.parse().ok()
}

fn print(
    report: &Report,
    facts: &Facts,
    args: &GateArgs,
    color: ColorChoice,
    talk: Talk,
) -> Result<(), Error> {
    let file = args.output.output.as_deref();
    let dry_run = args.evidence.dry_run;
    match args.output.format {
        Format::Text => {
            let detail = Detail {
                all: talk.is_verbose(),
                dry_run,
            };
            output::write(file, |out| {
                output::gate::text::report(report, detail, Layout::new(color, file), out)
            })
        }
        Format::Json => output::write(file, |out| json_v1::pretty(report, out)),
        Format::Markdown => output::write(file, |out| output::gate::markdown::report(report, dry_run, out)),
        Format::Junit => output::write(file, |out| output::gate::junit::report(report, out)),
        Format::Github => {
            output::write_fallible(file, |out| output::gate::github::report(report, dry_run, out))
        }
        Format::Sarif => {
            let mut options = SarifOptions::default();
            options.image = facts.image.as_ref().and_then(|image| image.name.clone());
            output::write(file, |out| sarif::findings(&facts.findings, &options, talk, out))
        }
    }
}
