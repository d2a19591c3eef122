//! `sealift gate`: policy and evidence in, verdict out.

use sealift_gate::{Facts, Report, evaluate};
use sealift_oci::ImageName;

use super::{explain, policy_test, verdict_code};
use crate::args::{ColorChoice, Format, GateArgs, GateCommand};
use crate::error::Error;
use crate::evidence::{self, Image};
use crate::image_name;
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
    let facts = evidence::facts(image(args, talk)?, &args.reports, &args.evidence, talk)?;
    let report = evaluate(&policy, &facts, evidence::now(&args.evidence));
    if let Some(path) = &args.save_facts {
        output::write(Some(path), |out| json_v1::pretty(&facts, out))?;
    }
    let printed = print(&report, &facts, args, color, talk);
    // The process ends now; taking a large set apart piece by piece would only delay that.
    std::mem::forget(facts);
    verdict_code(report.verdict, args.evidence.dry_run, printed)
}

/// The image as far as it is known: inspected where it is a layout, by name and digest otherwise.
fn image(args: &GateArgs, talk: Talk) -> Result<Option<Image>, Error> {
    let Some(text) = &args.image else {
        let is_named = args.digest.is_some() || args.about.name.image_name.is_some();
        let is_built_on = args.about.base_image.is_some() || args.about.base_layers.is_some();
        return (is_named || is_built_on)
            .then(|| Image::elsewhere(None, args.digest.clone(), &args.about))
            .transpose();
    };
    if !text.starts_with("oci:") {
        let named = image_name::digest_in(text);
        if let (Some(expected), Some(found)) = (&args.digest, &named)
            && expected != found
        {
            return Err(Error::OtherDigest {
                image: text.clone(),
                expected: expected.clone(),
                found: found.clone(),
            });
        }
        let digest = args.digest.clone().or(named);
        return Image::elsewhere(Some(text.clone()), digest, &args.about).map(Some);
    }
    let name: ImageName = text.parse()?;
    let info = sealift_oci::inspect(&name)?;
    info.warnings.iter().for_each(|warning| talk.warning(warning));
    match &args.digest {
        Some(expected) if *expected != info.digest => Err(Error::OtherDigest {
            image: text.clone(),
            expected: expected.clone(),
            found: info.digest,
        }),
        _ => Image::inspected(&info, &args.about, talk).map(Some),
    }
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
            let named = facts.image.as_ref().and_then(|image| image.name.as_deref());
            let asked = args.about.name.image_name.as_deref();
            let asked = asked.or(args.image.as_deref().filter(|name| image_name::is_name(name)));
            let mut options = sarif::options(&args.sarif, asked, &facts.findings, named);
            options.accepted = sarif::accepted(report);
            output::write(file, |out| sarif::findings(&facts.findings, &options, talk, out))
        }
    }
}
