//! Text from outside, made harmless for the place where it is shown.
//!
//! Reports, labels and file names are written by others. Each function here takes such text and gives text that has
//! no effect but to be read: no terminal control, no markup, no workflow command. What is replaced stays visible, as
//! `\u{1b}`, so that an attempt can be seen.
//!
//! Source of the workflow command syntax: actions/runner, `src/Runner.Common/ActionCommand.cs`: a line whose first
//! visible characters are `::` (`TryParseV2`) and `##[` anywhere in a line (`TryParse`). Both compare by culture,
//! which skips Unicode's default ignorable characters; so those are escaped too.

use std::fmt::Write as _;
use std::io::{self, Write};

/// For a terminal or a log: one line, without control characters, invisible characters, bidirectional overrides or
/// workflow commands. Runs of white space become one space.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut hashes = 0;
    for (index, word) in text.split_whitespace().enumerate() {
        if index > 0 {
            out.push(' ');
            hashes = 0;
        }
        push_word(&mut out, word, &mut hashes);
    }
    // Only the start matters: `std::vector` in the middle of a line is no command.
    if out.starts_with("::") {
        out.replace_range(..1, "\\u{3a}");
    }
    out
}

fn push_word(out: &mut String, word: &str, hashes: &mut u32) {
    for c in word.chars() {
        if c == '[' && *hashes >= 2 {
            out.push_str("\\u{5b}");
        } else if is_unsafe(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
        *hashes = match c {
            '#' => *hashes + 1,
            _ if c.is_ascii() => 0,
            _ => *hashes,
        };
    }
}

/// Controls, and characters that show nothing or reorder what is shown (Unicode `Default_Ignorable_Code_Point`,
/// line and paragraph separators, interlinear annotations).
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
            | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
            | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

/// For the text of a Markdown document on GitHub: no emphasis, link, image, HTML, table cell, mention, issue
/// reference, automatic link or mathematics comes of it.
pub(crate) fn markdown(text: &str) -> String {
    let text = line(clip(text));
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        // GitHub looks for mentions, references and addresses in the text between tags: a comment ends the text.
        if c == '@' || c == '#' {
            push_entity(&mut out, c);
            out.push_str("<!-- -->");
        } else if rest.starts_with("://") {
            out.push_str(":<!-- -->");
        } else if starts_with_word(rest, "www.") || starts_with_word(rest, "GH-") {
            out.push(c);
            out.push_str("<!-- -->");
        } else {
            push_markdown(&mut out, c);
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// The first characters of a text that goes where space is bounded.
pub(crate) fn clip(text: &str) -> &str {
    const MAX_CHARACTERS: usize = 2_000;
    text.char_indices()
        .nth(MAX_CHARACTERS)
        .map_or(text, |(at, _)| &text[..at])
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.as_bytes()
        .get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

/// For Markdown, as code: what it says is exact, and nothing in it is linked.
pub(crate) fn markdown_code(text: &str) -> String {
    let text = line(clip(text));
    let mut out = String::with_capacity(text.len() + 24);
    out.push_str("<code>");
    text.chars().for_each(|c| push_markdown(&mut out, c));
    out.push_str("</code>");
    out
}

fn push_markdown(out: &mut String, c: char) {
    if c.is_ascii_punctuation() && !matches!(c, ',' | '.' | ';' | '/' | '?' | '%' | '-' | ':') {
        push_entity(out, c);
    } else {
        out.push(c);
    }
}

/// A character reference is text to a Markdown reader, never structure (`CommonMark` 0.31 §2.5).
fn push_entity(out: &mut String, c: char) {
    let _ = write!(out, "&#{};", u32::from(c));
}

/// For an attribute or the text of an XML document; line breaks stay as references.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (index, part) in text.lines().enumerate() {
        if index > 0 {
            out.push_str("&#10;");
        }
        for c in line(part).chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&apos;"),
                // The two noncharacters that XML 1.0 excludes beside controls and surrogates.
                '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
                c => out.push(c),
            }
        }
    }
    out
}

/// For the message of a workflow command.
pub(crate) fn command_data(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, part) in text.lines().enumerate() {
        if index > 0 {
            out.push_str("%0A");
        }
        out.push_str(&line(part).replace('%', "%25"));
    }
    out
}

/// For a property of a workflow command.
pub(crate) fn command_property(text: &str) -> String {
    line(text)
        .replace('%', "%25")
        .replace(':', "%3A")
        .replace(',', "%2C")
}

/// Passes JSON on, with the `[` of `##[` written as an escape. Such text can only be inside a string, so the JSON
/// means the same, and a workflow's log does not take it for a command.
pub(crate) struct JsonGuard<W> {
    inner: W,
    hashes: u32,
}

impl<W: Write> JsonGuard<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, hashes: 0 }
    }
}

impl<W: Write> Write for JsonGuard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.hashes == 0 && !bytes.contains(&b'#') {
            return self.inner.write_all(bytes);
        }
        let mut written = 0;
        for (index, &byte) in bytes.iter().enumerate() {
            if byte == b'[' && self.hashes >= 2 {
                self.inner.write_all(&bytes[written..index])?;
                self.inner.write_all(b"\\u005b")?;
                written = index + 1;
            }
            self.hashes = match byte {
                b'#' => self.hashes.saturating_add(1),
                0x80.. => self.hashes,
                _ => 0,
            };
        }
        self.inner.write_all(&bytes[written..])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terminal_text_shows_what_it_hides() {
        let check = |input: &str, expected: &str| assert_eq!(line(input), expected, "{input:?}");
        check("plain name-1.2+dfsg", "plain name-1.2+dfsg");
        check("a\r\n\tb", "a b");
        check("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}");
        check("\u{9b}31m", "\\u{9b}31m");
        check("user\u{202e}gpj.exe", "user\\u{202e}gpj.exe");
        check("::set-output name=a::b", "\\u{3a}:set-output name=a::b");
        check("  ::warning::x", "\\u{3a}:warning::x");
        check("\u{200b}::warning::x", "\\u{200b}::warning::x");
        check("std::vector", "std::vector");
        check("x ##[set-env name=A]b", "x ##\\u{5b}set-env name=A]b");
        check("## [1]", "## [1]");
        check("ünïcödé 名前", "ünïcödé 名前");
    }

    #[test]
    fn markdown_text_has_no_markup() {
        let check = |input: &str, expected: &str| assert_eq!(markdown(input), expected, "{input:?}");
        check("a|b", "a&#124;b");
        check("**x** _y_", "&#42;&#42;x&#42;&#42; &#95;y&#95;");
        check("<img src=x>", "&#60;img src&#61;x&#62;");
        check("@team #12", "&#64;<!-- -->team &#35;<!-- -->12");
        check("https://e.x", "https:<!-- -->//e.x");
        check("www.e.x GH-1", "w<!-- -->ww.e.x G<!-- -->H-1");
        assert_eq!(markdown_code("a`|<"), "<code>a&#96;&#124;&#60;</code>");
    }

    #[test]
    fn workflow_commands_keep_their_frame() {
        assert_eq!(command_data("50%\nnext\r"), "50%25%0Anext");
        assert_eq!(command_property("a:b,c%\n"), "a%3Ab%2Cc%25");
    }

    #[test]
    fn xml_text_is_well_formed() {
        assert_eq!(
            xml("<a b='\"'>&\u{0}\n]]>"),
            "&lt;a b=&apos;&quot;&apos;&gt;&amp;\\u{0}&#10;]]&gt;"
        );
    }

    /// Text made of what is dangerous somewhere.
    fn hostile() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            any::<char>().prop_map(String::from),
            prop::sample::select(vec![
                "::",
                "##[",
                "#",
                "[",
                "]",
                "\n",
                "\r",
                "\u{1b}[2J",
                "@",
                "|",
                "`",
                "<b>",
                "\u{200b}",
                "\u{fe0f}",
                "%0A",
                "&",
                "://",
                "\u{202e}",
                " ",
                "set-output",
                "-->",
                "<!--",
                "\\",
                "https",
                "WWW.",
            ])
            .prop_map(String::from),
        ];
        prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
    }

    /// What the runner does to a line before it looks for a command.
    fn as_the_runner_reads(line: &str) -> String {
        line.chars().filter(|c| !is_unsafe(*c)).collect()
    }

    fn is_command(text: &str) -> bool {
        text.split(['\n', '\r'])
            .map(as_the_runner_reads)
            .any(|line| line.trim_start().starts_with("::") || line.contains("##["))
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_without_controls(text in hostile()) {
            let shown = line(&text);
            prop_assert!(!shown.chars().any(is_unsafe));
            prop_assert!(!is_command(&shown), "{shown}");
        }

        #[test]
        fn markdown_holds_no_structure(text in hostile()) {
            for shown in [markdown(&text), markdown_code(&text)] {
                let bare = shown
                    .replace("<!-- -->", "")
                    .replace("<code>", "")
                    .replace("</code>", "");
                prop_assert!(!bare.contains(['|', '<', '>', '`', '*', '_', '[', ']', '@', '\n', '\\', '$', '~']), "{shown}");
                prop_assert!(!is_command(&shown));
            }
            prop_assert!(!markdown(&text).contains("://"));
        }

        #[test]
        fn xml_holds_no_markup(text in hostile()) {
            let shown = xml(&text);
            prop_assert!(!shown.contains(['<', '>', '"', '\'', '\n']));
            prop_assert!(!shown.chars().any(char::is_control));
        }

        #[test]
        fn a_command_stays_one_command(text in hostile()) {
            let data = command_data(&text);
            let property = command_property(&text);
            prop_assert!(!data.contains(['\n', '\r']));
            prop_assert!(!property.contains(['\n', '\r', ':', ',']));
        }

        #[test]
        fn guarded_json_means_the_same(texts in prop::collection::vec(hostile(), 1..4), cut in 1usize..9) {
            let json = serde_json::to_vec(&texts).unwrap();
            let mut guarded = JsonGuard::new(Vec::new());
            for chunk in json.chunks(cut) {
                guarded.write_all(chunk).unwrap();
            }
            let shown = String::from_utf8(guarded.inner).unwrap();
            prop_assert!(!as_the_runner_reads(&shown).contains("##["));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), texts);
        }
    }
}
