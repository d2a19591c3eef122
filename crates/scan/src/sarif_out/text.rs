//! Text from scanners, made safe and short for SARIF.

use super::limits::{Limit, Truncations};

/// Untrusted text for a SARIF message or description: no control characters but the line feed, no bidirectional
/// overrides, and `\`, `[`, `]` escaped so that nothing becomes an embedded link (§3.11.6).
pub(super) fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => safe.push(c),
            '\\' | '[' | ']' => safe.extend(['\\', c]),
            _ if is_invisible(c) => safe.push(' '),
            _ => safe.push(c),
        }
    }
    safe
}

/// Untrusted text for an id or a name: one line, no controls.
pub(super) fn name(text: &str) -> String {
    text.chars()
        .map(|c| if is_invisible(c) { ' ' } else { c })
        .collect()
}

/// Cuts at `max` characters, marks the cut with an ellipsis, and counts it.
pub(super) fn clamp(text: String, max: usize, limit: Limit, cut: &mut Truncations) -> String {
    if text.len() <= max || text.chars().count() <= max {
        return text;
    }
    cut.add(limit, max, 1);
    text.chars().take(max - 1).chain(['…']).collect()
}

/// A path as a relative URI reference (RFC 3986 §4.2) that stays inside the checkout: no scheme, no root, no `..`,
/// everything but unreserved characters and `/` percent-encoded. GitHub rejects a file whose URIs have another
/// scheme than its checkout.
pub(super) fn relative_uri(path: &str) -> String {
    let path = path.strip_prefix("file://").unwrap_or(path).replace('\\', "/");
    let mut uri = String::with_capacity(path.len());
    for segment in path
        .split('/')
        .filter(|segment| !matches!(*segment, "" | "." | ".."))
    {
        if !uri.is_empty() {
            uri.push('/');
        }
        for byte in segment.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@' | b'+') {
                uri.push(char::from(byte));
            } else {
                uri.extend(['%', hex(byte >> 4), hex(byte & 0xf)]);
            }
        }
    }
    if uri.is_empty() { "image".to_owned() } else { uri }
}

fn hex(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16)
        .expect("a nibble is below 16")
        .to_ascii_uppercase()
}

/// Controls (C0, DEL, C1) and the characters that reorder or hide text.
///
/// Source: Unicode, general category Cf and property `Default_Ignorable_Code_Point`, but for the
/// variation selectors U+FE00–FE0F, which emoji need.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_stay_relative() {
        let check = |path: &str, expected: &str| assert_eq!(relative_uri(path), expected);
        check("/usr/lib/x y.dll", "usr/lib/x%20y.dll");
        check("C:\\app\\x.dll", "C%3A/app/x.dll");
        check("file:///etc/passwd", "etc/passwd");
        check("../../etc", "etc");
        check(
            "alpine:3.18 (alpine 3.18.0)",
            "alpine%3A3.18%20%28alpine%203.18.0%29",
        );
        check("//", "image");
        check("é", "%C3%A9");
    }

    #[test]
    fn hostile_text_is_inert() {
        assert_eq!(
            plain("a\u{1b}[31mb\u{202e}](http://x)"),
            "a \\[31mb \\](http://x)"
        );
        assert_eq!(name("a\nb\u{0}"), "a b ");
        // A soft hyphen, the Arabic letter mark, a tag, a filler: none of them may split or hide a word.
        assert_eq!(plain("p\u{ad}a\u{61c}s\u{e0041}s\u{3164}"), "p a s s ");
        assert_eq!(plain("é ü 日本 👍 \u{fffd}"), "é ü 日本 👍 \u{fffd}");
    }

    #[test]
    fn a_cut_is_counted_and_marked() {
        let mut cut = Truncations::default();
        assert_eq!(clamp("éééé".into(), 4, Limit::Name, &mut cut), "éééé");
        assert_eq!(clamp("ééééé".into(), 4, Limit::Name, &mut cut), "ééé…");
        assert_eq!(cut.into_sorted()[0].dropped, 1);
    }
}
