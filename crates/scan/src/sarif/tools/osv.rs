//! osv-scanner, `internal/output/sarif.go`: one identical result for each advisory of an alias group.

use std::borrow::Cow;

use sealift_types::Kind;

use super::{Draft, Input, package};

pub(super) fn read<'a>(input: &Input<'a>) -> Draft<'a> {
    let (found, also) = match input.text.split_once("(also known as ") {
        Some((_, also)) => (input.text, also.split(')').next().unwrap_or_default()),
        None => (input.text, ""),
    };
    let named = found
        .split_once("Package '")
        .and_then(|(_, rest)| rest.split_once('\''))
        .map(|(named, _)| named);
    let (name, version) = match named.and_then(|named| named.rsplit_once('@')) {
        Some((name, version)) if !name.is_empty() => (Some(name), Some(version)),
        _ => (named, None),
    };
    let mut aliases: Vec<String> = also
        .split('\'')
        .skip(1)
        .step_by(2)
        .take(64)
        .map(ToOwned::to_owned)
        .collect();
    if let Some(rule) = input.rule {
        aliases.extend(rule.deprecated.iter().map(ToString::to_string));
    }
    Draft {
        kind: Kind::Vulnerability,
        id: Cow::Borrowed(input.id),
        aliases,
        package: package(name, version),
        title: input.short(),
        ..Draft::default()
    }
}
