//! What there is to know about a rule, from its page.

use super::RuleId;

/// A rule's page, in its parts. All texts are Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleDoc {
    /// The rule.
    pub id: RuleId,
    /// One line.
    pub title: &'static str,
    /// What fires it.
    pub fires: &'static str,
    /// A policy that uses it.
    pub example: &'static str,
    /// What would make it pass.
    pub remedy: &'static str,
    /// Its options, as a table.
    pub options: &'static str,
    /// The whole page.
    pub page: &'static str,
}

/// What there is to know about a rule.
pub fn explain(id: RuleId) -> RuleDoc {
    let page = id.page();
    let title = page
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches('#')
        .trim();
    RuleDoc {
        id,
        title: title.split_once(": ").map_or(title, |(_, title)| title),
        fires: section(page, "What fires it"),
        example: section(page, "Example"),
        remedy: section(page, "Remedy"),
        options: section(page, "Options"),
        page,
    }
}

/// The text below `## heading`, up to the next heading.
fn section(page: &'static str, heading: &str) -> &'static str {
    let rest = page
        .split("\n## ")
        .find_map(|section| section.strip_prefix(heading)?.strip_prefix('\n'));
    rest.unwrap_or_default().trim()
}
