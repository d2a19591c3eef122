//! An image for people. Names, labels and history are the image's own words: untrusted.

use std::collections::BTreeMap;
use std::io::{self, Write};

use sealift_oci::{ImageInfo, ImageKind, PlatformInfo, PlatformKind};

use super::Layout;
use super::escape::{line, markdown_code};
use super::progress::size;
use super::scan_view::plural;
use super::style::Style;
use super::table::{Cell, Column, Shrink, Table, cut};

/// Labels, annotations and the like that are shown without `--verbose`.
const SHOWN: usize = 12;

/// Writes what is known of an image.
pub(crate) fn text(info: &ImageInfo, all: bool, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let limit = if all { usize::MAX } else { SHOWN };
    let field = |out: &mut dyn Write, name: &str, value: &str| {
        writeln!(
            out,
            "{:12} {}",
            layout.paint.apply(name, Style::Heading).to_string(),
            line(value)
        )
    };
    let kind = match info.kind {
        ImageKind::Index => "index",
        ImageKind::Image => "image",
        _ => "artifact",
    };
    field(out, "name", &info.name)?;
    field(out, "digest", info.digest.as_str())?;
    field(out, "kind", &format!("{kind}, {}", info.media_type))?;
    field(out, "size", &size(info.size_bytes))?;
    if !info.tags.is_empty() {
        field(out, "tags", &info.tags.join(", "))?;
    }
    map(out, "annotations", &info.annotations, limit, layout)?;
    for platform in &info.platforms {
        writeln!(out)?;
        one_platform(platform, limit, layout, out)?;
    }
    if !info.attestations.is_empty() {
        writeln!(
            out,
            "\n{}",
            layout.paint.apply("attestations (not verified)", Style::Heading)
        )?;
        for each in info.attestations.iter().take(limit) {
            writeln!(
                out,
                "  {} {}",
                each.digest,
                line(&each.predicate_types.join(", "))
            )?;
        }
    }
    if !info.referrers.is_empty() {
        writeln!(out, "\n{}", layout.paint.apply("referrers", Style::Heading))?;
        for each in info.referrers.iter().take(limit) {
            writeln!(
                out,
                "  {} {}",
                each.digest,
                line(each.artifact_type.as_deref().unwrap_or(&each.media_type))
            )?;
        }
    }
    Ok(())
}

fn platform_name(platform: &PlatformInfo) -> String {
    let without = match platform.kind {
        PlatformKind::Unknown => "unknown content",
        _ => "artifact",
    };
    platform
        .platform
        .as_ref()
        .map_or_else(|| without.to_owned(), ToString::to_string)
}

fn one_platform(
    platform: &PlatformInfo,
    limit: usize,
    layout: Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = platform_name(platform);
    writeln!(out, "{}", layout.paint.apply(&name, Style::Heading))?;
    writeln!(out, "  digest     {}", platform.digest)?;
    if platform.kind == PlatformKind::Unknown {
        writeln!(out, "  type       {}", line(&platform.media_type))?;
        return writeln!(out, "  size       {}", size(platform.size_bytes));
    }
    writeln!(out, "  image id   {}", platform.image_id)?;
    writeln!(out, "  size       {}", size(platform.size_bytes))?;
    if let Some(created) = platform.created {
        writeln!(out, "  created    {created}")?;
    }
    writeln!(
        out,
        "  user       {}",
        platform
            .user
            .as_deref()
            .map_or_else(|| "root (not set)".to_owned(), line)
    )?;
    for (name, words) in [
        ("entrypoint", &platform.entrypoint),
        ("cmd", &platform.cmd),
        ("ports", &platform.exposed_ports),
    ] {
        if !words.is_empty() {
            writeln!(out, "  {name:10} {}", line(&words.join(" ")))?;
        }
    }
    map(out, "  labels", &platform.labels, limit, layout)?;
    let column = |title: &str, shrink| Column {
        title: title.to_owned(),
        shrink,
    };
    let mut table = Table::new(vec![
        column("  LAYER", Shrink::Never),
        column("SIZE", Shrink::Never),
        column("MADE BY", Shrink::To(20)),
    ]);
    for layer in &platform.layers {
        table.push(vec![
            Cell::plain(format!("  {}", layer.digest.short())),
            Cell::plain(size(layer.size_bytes)),
            Cell::plain(cut(
                &layer.created_by.as_deref().map_or_else(String::new, line),
                100,
            )),
        ]);
    }
    table.render(out, layout.paint, layout.width)
}

fn map(
    out: &mut dyn Write,
    title: &str,
    entries: &BTreeMap<String, String>,
    limit: usize,
    layout: Layout,
) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", layout.paint.apply(title, Style::Heading))?;
    for (name, value) in entries.iter().take(limit) {
        writeln!(out, "    {} = {}", line(name), cut(&line(value), 200))?;
    }
    match entries.len().saturating_sub(limit) {
        0 => Ok(()),
        more => writeln!(out, "    … and {more} more (--verbose or --format json)"),
    }
}

/// Writes a short description for a job summary.
pub(crate) fn markdown(info: &ImageInfo, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## {}\n", super::escape::markdown_code(&info.name))?;
    writeln!(
        out,
        "{}, {}, {}\n",
        markdown_code(info.digest.as_str()),
        size(info.size_bytes),
        plural(info.platforms.len() as u64, "platform")
    )?;
    writeln!(
        out,
        "| platform | digest | image id | size | layers | user |\n|---|---|---|---:|---:|---|"
    )?;
    for platform in info.platforms.iter().take(200) {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            text_of(&platform_name(platform)),
            markdown_code(platform.digest.as_str()),
            markdown_code(platform.image_id.as_str()),
            size(platform.size_bytes),
            platform.layers.len(),
            match platform.kind {
                PlatformKind::Unknown => "unknown".to_owned(),
                _ => text_of(platform.user.as_deref().unwrap_or("root (not set)")),
            }
        )?;
    }
    writeln!(out)
}

fn text_of(text: &str) -> String {
    super::escape::markdown(text)
}
