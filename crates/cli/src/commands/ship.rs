//! `sealift ship`: gate, then copy by digest, then tag.

use std::sync::atomic::{AtomicU64, Ordering};

use sealift_gate::{Report, Verdict, evaluate};
use sealift_oci::{CopyOptions, ImageName, Layout as ImageLayout, Tag, copy_with, inspect_digest};

use super::verdict_code;
use crate::args::{ColorChoice, Format, ShipArgs};
use crate::error::Error;
use crate::evidence::{self, Image};
use crate::output::gate::text::Detail;
use crate::output::progress::Progress;
use crate::output::ship::{Outcome, Shipped, TagMoved};
use crate::output::{self, Layout, Talk};

pub(crate) fn run(args: &ShipArgs, color: ColorChoice, talk: Talk) -> Result<u8, Error> {
    if args.output.format == Format::Sarif {
        return Err(Error::Format {
            command: "ship",
            format: args.output.format.as_str(),
        });
    }
    let (target_name, tags) = target(args)?;
    let policy = evidence::policy(args.evidence.policy.as_deref())?;

    // From here on there is only the digest: a tag that moves meanwhile changes nothing.
    let source_name: ImageName = args.source.parse()?;
    let source = ImageLayout::open(source_name.path())?;
    let descriptor = source.resolve(source_name.tag(), source_name.digest())?;
    let info = inspect_digest(&source, &descriptor, &source_name.to_string())?;
    info.warnings.iter().for_each(|warning| talk.warning(warning));
    // Looked at before the verdict, so that a wrong target is known early; it is created by the first write only.
    let target = ImageLayout::open_or_new(target_name.path())?;

    let facts = evidence::facts(
        Some(Image::inspected(&info, &args.about, talk)?),
        &args.reports,
        &args.evidence,
        talk,
    )?;
    let report = evaluate(&policy, &facts, evidence::now(&args.evidence));
    let mut outcome = Outcome {
        source: source_name.to_string(),
        target: target_name.to_string(),
        digest: descriptor.digest.clone(),
        tags: tags.iter().map(ToString::to_string).collect(),
        dry_run: args.evidence.dry_run,
        shipped: None,
    };
    if report.verdict != Verdict::Deny && !args.evidence.dry_run {
        let copied = {
            let progress = Progress::start(talk, "copying");
            let seen = AtomicU64::new(0);
            let advance =
                |done: u64| progress.advance(done.saturating_sub(seen.fetch_max(done, Ordering::Relaxed)));
            let on_progress = |at: sealift_oci::CopyProgress| advance(at.done_bytes);
            let mut options = CopyOptions::default();
            options.progress = Some(&on_progress);
            copy_with(&source, &descriptor, &target, options)?
        };
        let moved = target.tag(&descriptor, &tags)?;
        verify(&target, &tags, &outcome)?;
        outcome.shipped = Some(Shipped {
            copied: copied.copied,
            present: copied.present,
            repaired: copied.repaired,
            absent: copied.absent,
            copied_bytes: copied.copied_bytes,
            total_bytes: copied.total_bytes,
            tags: moved
                .moves
                .iter()
                .map(|each| TagMoved {
                    tag: each.tag.to_string(),
                    before: each.before.clone(),
                    after: each.after.clone(),
                })
                .collect(),
        });
    }
    let printed = print(&outcome, &report, args, color, talk);
    std::mem::forget(facts);
    let printed = printed.map_err(|source| match &outcome.shipped {
        Some(_) if !source.is_closed_pipe() => Error::Unsaid {
            target: outcome.target.clone(),
            digest: outcome.digest.clone(),
            source: Box::new(source),
        },
        _ => source,
    });
    verdict_code(report.verdict, args.evidence.dry_run, printed)
}

/// The target without its tag, and all tags, each once.
fn target(args: &ShipArgs) -> Result<(ImageName, Vec<Tag>), Error> {
    let name: ImageName = args.target.parse()?;
    if name.digest().is_some() {
        return Err(Error::TargetDigest {
            text: args.target.clone(),
        });
    }
    let mut tags: Vec<Tag> = name.tag().cloned().into_iter().collect();
    for text in &args.tag {
        let tag: Tag = text.parse()?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.is_empty() {
        return Err(Error::NoTag {
            text: args.target.clone(),
        });
    }
    Ok((name, tags))
}

/// Reads back what was written: each tag is at the source's digest, and what is there has that digest.
fn verify(target: &ImageLayout, tags: &[Tag], outcome: &Outcome) -> Result<(), Error> {
    for tag in tags {
        let found = target.resolve(Some(tag), None)?;
        if found.digest != outcome.digest {
            return Err(Error::NotShipped {
                target: outcome.target.clone(),
                tag: tag.to_string(),
                expected: outcome.digest.clone(),
                found: found.digest,
            });
        }
        target.read_manifest(&found)?;
    }
    Ok(())
}

fn print(
    outcome: &Outcome,
    report: &Report,
    args: &ShipArgs,
    color: ColorChoice,
    talk: Talk,
) -> Result<(), Error> {
    let file = args.output.output.as_deref();
    match args.output.format {
        Format::Text | Format::Sarif => {
            let detail = Detail {
                all: talk.is_verbose(),
                dry_run: args.evidence.dry_run,
            };
            let layout = Layout::new(color, file);
            output::write(file, |out| {
                output::ship::text(outcome, report, detail, layout, out)
            })
        }
        Format::Json => output::write(file, |out| output::ship::json(outcome, report, out)),
        Format::Markdown => output::write(file, |out| output::ship::markdown(outcome, report, out)),
        Format::Junit => output::write(file, |out| output::gate::junit::report(report, out)),
        Format::Github => output::write_fallible(file, |out| output::ship::github(outcome, report, out)),
    }
}
