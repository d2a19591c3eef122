//! `.trivyignore`: an id on each line, with `exp:YYYY-MM-DD` where it ends.
//!
//! Source: <https://trivy.dev/latest/docs/configuration/filtering/#by-finding-ids>. Trivy has no reason and no owner
//! there: the comment above an id, or behind it, is its reason, and a comment `# owner: NAME` names its owner.

use sealift_types::Kind;

use super::{Import, Refusal, check_id, check_time, prose};
use crate::exceptions::Exception;

/// What Trivy applies an id to, since the file does not say which sort of finding it is.
const KINDS: [Kind; 4] = [
    Kind::Vulnerability,
    Kind::Misconfiguration,
    Kind::Secret,
    Kind::License,
];

pub(super) fn read(text: &str, import: &mut Import<'_>) {
    // The comment block above an id is about it and about the ids that follow at once; a blank line ends it.
    let mut notes = Notes::default();
    let mut used = false;
    for (line, number) in text.lines().zip(1u32..) {
        let line = line.trim();
        if line.is_empty() {
            notes = Notes::default();
        } else if let Some(comment) = line.strip_prefix('#') {
            if std::mem::take(&mut used) {
                notes = Notes::default();
            }
            notes.add(comment);
        } else {
            used = true;
            let id = line.split_whitespace().next().unwrap_or("");
            match entry(line, &notes) {
                Ok(exception) => import.accept(Some(number), exception),
                Err(refusal) => import.refuse(Some(number), id, refusal),
            }
        }
    }
}

fn entry(line: &str, notes: &Notes) -> Result<Exception, Refusal> {
    let mut notes = notes.clone();
    let (fields, comment) = match line.split_once(" #").or_else(|| line.split_once("\t#")) {
        Some((fields, comment)) => (fields, Some(comment)),
        None => (line, None),
    };
    if let Some(comment) = comment {
        notes.add(comment);
    }
    let mut fields = fields.split_whitespace();
    let id = check_id(fields.next().unwrap_or(""))?;
    let mut expires = None;
    for field in fields {
        let day = field.strip_prefix("exp:").ok_or_else(|| {
            Refusal::new(
                "more than an id on the line",
                "write one id on each line, `exp:2026-12-31` after it, and a comment after `#`",
            )
        })?;
        if expires.replace(check_time("exp", day)?).is_some() {
            return Err(Refusal::new("two ends", "keep one `exp:`"));
        }
    }
    Ok(Exception {
        ids: vec![id],
        kinds: KINDS.to_vec(),
        reason: prose(&notes.reason),
        owner: notes.owner,
        expires,
        ..Exception::default()
    })
}

/// What comments say of the ids below them.
#[derive(Default, Clone)]
struct Notes {
    reason: String,
    owner: Option<String>,
}

impl Notes {
    fn add(&mut self, comment: &str) {
        let comment = comment.trim_start_matches('#').trim();
        match comment.split_once(':') {
            Some((key, name)) if key.trim().eq_ignore_ascii_case("owner") => self.owner = prose(name),
            // Bounded: a reason keeps 1,024 characters, and blocks of comments can be long.
            _ if self.reason.len() < 4096 => {
                if !self.reason.is_empty() {
                    self.reason.push(' ');
                }
                self.reason.push_str(comment);
            }
            _ => {}
        }
    }
}
