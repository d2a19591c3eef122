//! A mistake in a file that the user wrote, drawn with its line and a caret.

use std::fmt::Write as _;
use std::path::Path;

use sealift_gate::PolicyError;
use unicode_width::UnicodeWidthStr;

use super::escape;
use super::table::cut;

/// Columns of a line that are shown; the mistake is within them or the caret is left out.
const MAX_WIDTH: usize = 110;

/// The place, and where it is more than the whole file, the line with a caret below.
pub(crate) fn draw(path: &Path, text: &str, error: &PolicyError) -> String {
    let file = escape::line(&path.display().to_string());
    lines(&file, text, error).unwrap_or_else(|| format!("--> {file}"))
}

fn lines(file: &str, text: &str, error: &PolicyError) -> Option<String> {
    if error.span.is_empty() || text.get(error.span.clone()).is_none() {
        return None;
    }
    let (number, column) = error.position(text);
    let line = text.lines().nth(number - 1)?;
    let start = line
        .char_indices()
        .nth(column - 1)
        .map_or(line.len(), |(at, _)| at);
    // A mistake may go on in the next lines; the caret stays in its first.
    let end = (start + error.span.len()).min(line.len());
    let end = (end..=line.len()).find(|&at| line.is_char_boundary(at))?;
    let [before, marked, after] = [&line[..start], &line[start..end], &line[end..]].map(escape_part);
    let gutter = " ".repeat(number.to_string().len());
    let whole = format!("{before}{marked}{after}");
    let shown = cut(&whole, MAX_WIDTH);
    let mut drawing = format!("{gutter}--> {file}:{number}:{column}\n{gutter} |\n{number} | {shown}");
    let indent = before.width();
    if indent < MAX_WIDTH {
        let carets = marked.width().clamp(1, MAX_WIDTH - indent);
        let _ = write!(
            drawing,
            "\n{gutter} | {}{}",
            " ".repeat(indent),
            "^".repeat(carets)
        );
    }
    Some(drawing)
}

/// Part of a line with its spaces kept, so that the caret stands where it should.
fn escape_part(text: &str) -> String {
    text.split(' ').map(escape::line).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use sealift_gate::Policy;

    use super::*;

    #[test]
    fn a_mistake_is_drawn_where_it_is() {
        let text = "schema_version = 1\nname = \"x\"\n\n[[rule]]\nid = \"severity-treshold\"\n";
        let error = Policy::parse(text).unwrap_err();
        insta::assert_snapshot!(draw(Path::new("policy.toml"), text, &error), @r#"
         --> policy.toml:5:6
          |
        5 | id = "severity-treshold"
          |      ^^^^^^^^^^^^^^^^^^^
        "#);
    }

    #[test]
    fn hostile_lines_are_escaped() {
        let text = "schema_version = 1\n\u{202e}\u{1b}[2J = 1\n";
        let error = Policy::parse(text).unwrap_err();
        let drawn = draw(Path::new("p\u{1b}.toml"), text, &error);
        assert!(!drawn.contains(['\u{1b}', '\u{202e}']), "{drawn}");
    }
}
