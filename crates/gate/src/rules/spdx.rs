//! SPDX licence expressions, as far as an allow and a deny list need them.
//!
//! Source: SPDX 2.3 annex D. `WITH` exceptions stay with their licence as one term, `+` stays in the name. Own code,
//! since only the shape is needed: a name that is on no list of SPDX's is judged like any other.

use crate::glob::NameGlob;

/// The deepest nesting of parentheses that is read.
const MAX_DEPTH: usize = 32;
/// The longest expression that is read, in bytes.
const MAX_BYTES: usize = 16 * 1024;

/// What the lists say of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judged {
    /// Some way to comply is fine.
    Fine,
    /// No way is; the licences in the way, in the order written.
    Refused(Vec<String>),
    /// It is no expression.
    Unreadable,
}

/// Judges an expression: of an `OR` one side must be fine, of an `AND` both.
pub(super) fn judge(expression: &str, allow: &[NameGlob], deny: &[NameGlob]) -> Judged {
    if expression.len() > MAX_BYTES {
        return Judged::Unreadable;
    }
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let mut parser = Parser {
        words: spaced.split_whitespace().peekable(),
        allow,
        deny,
    };
    match parser.alternatives(0) {
        Some(refused) if parser.words.next().is_none() => match refused {
            refused if refused.is_empty() => Judged::Fine,
            refused => Judged::Refused(refused),
        },
        _ => Judged::Unreadable,
    }
}

struct Parser<'a, I: Iterator<Item = &'a str>> {
    words: std::iter::Peekable<I>,
    allow: &'a [NameGlob],
    deny: &'a [NameGlob],
}

impl<'a, I: Iterator<Item = &'a str>> Parser<'a, I> {
    /// `a OR b`: what is refused of all sides, or nothing where one side is fine.
    fn alternatives(&mut self, depth: usize) -> Option<Vec<String>> {
        let mut refused = self.conjunction(depth)?;
        let mut fine = refused.is_empty();
        while self.take("OR") {
            let other = self.conjunction(depth)?;
            fine |= other.is_empty();
            refused.extend(other);
        }
        Some(if fine { Vec::new() } else { refused })
    }

    /// `a AND b`: what is refused of either side.
    fn conjunction(&mut self, depth: usize) -> Option<Vec<String>> {
        let mut refused = self.term(depth)?;
        while self.take("AND") {
            refused.extend(self.term(depth)?);
        }
        Some(refused)
    }

    fn term(&mut self, depth: usize) -> Option<Vec<String>> {
        if self.take("(") {
            if depth == MAX_DEPTH {
                return None;
            }
            let refused = self.alternatives(depth + 1)?;
            return self.take(")").then_some(refused);
        }
        let name = self.words.next().filter(|word| !is_operator(word))?;
        let mut term = name.to_owned();
        if self.take("WITH") {
            let exception = self.words.next().filter(|word| !is_operator(word))?;
            term = format!("{name} WITH {exception}");
        }
        let on = |globs: &[NameGlob]| globs.iter().any(|glob| glob.matches(&term) || glob.matches(name));
        let fine = !on(self.deny) && (self.allow.is_empty() || on(self.allow));
        Some(if fine { Vec::new() } else { vec![term] })
    }

    fn take(&mut self, word: &str) -> bool {
        self.words
            .next_if(|next| next.eq_ignore_ascii_case(word))
            .is_some()
    }
}

fn is_operator(word: &str) -> bool {
    ["AND", "OR", "WITH", "(", ")"]
        .iter()
        .any(|operator| word.eq_ignore_ascii_case(operator))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(names: &[&str]) -> Vec<NameGlob> {
        names.iter().map(|name| NameGlob::new(name).unwrap()).collect()
    }

    #[test]
    fn one_way_to_comply_is_enough() {
        let check = |expression: &str, expected: Judged| {
            let judged = judge(expression, &globs(&["MIT", "Apache-2.0"]), &globs(&["GPL-*"]));
            assert_eq!(judged, expected, "{expression}");
        };
        let refused = |names: &[&str]| Judged::Refused(names.iter().map(ToString::to_string).collect());
        check("MIT", Judged::Fine);
        check("MIT OR GPL-3.0-only", Judged::Fine);
        check("MIT AND GPL-3.0-only", refused(&["GPL-3.0-only"]));
        check("(MIT OR GPL-2.0) and Apache-2.0", Judged::Fine);
        check("BSD-3-Clause", refused(&["BSD-3-Clause"]));
        check(
            "GPL-2.0 WITH Classpath-exception-2.0",
            refused(&["GPL-2.0 WITH Classpath-exception-2.0"]),
        );
        check("GPL-2.0 OR BSD", refused(&["GPL-2.0", "BSD"]));
        for text in [
            "",
            "MIT OR",
            "(MIT",
            "MIT)",
            "AND",
            "MIT Apache-2.0",
            "()",
            "MIT WITH",
        ] {
            check(text, Judged::Unreadable);
        }
        check(&"(".repeat(100_000), Judged::Unreadable);
    }

    #[test]
    fn without_an_allow_list_all_but_the_denied_are_fine() {
        assert_eq!(judge("Zlib", &[], &globs(&["GPL-*"])), Judged::Fine);
    }
}
