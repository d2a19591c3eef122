//! Which of two versions is newer, by the ordering of the package's ecosystem.
//!
//! Used for advice only (the lowest stated fix above the installed version), never for a verdict: what a scanner
//! reports as affected counts as affected. Sources: Debian policy 5.6.12 (`deb`), RPM's `rpmvercmp` (`rpm`), Semantic
//! Versioning 2.0.0 §11 (`npm`, `cargo`, `golang`, `nuget`, `composer`, `pub`, `hex`, `swift`), and for all others
//! (PEP 440, Maven, `RubyGems`, apk) a common reading: numbers by value, known pre-release words below the release.

use std::cmp::Ordering;

/// `a` against `b`; equal versions may be written differently.
pub(crate) fn compare(package_type: Option<&str>, a: &str, b: &str) -> Ordering {
    match package_type {
        Some("deb") => with_epoch(a, b, debian),
        Some("rpm") => with_epoch(a, b, rpm),
        Some("npm" | "cargo" | "golang" | "nuget" | "composer" | "pub" | "hex" | "swift") => semantic(a, b),
        _ => common(a, b),
    }
}

fn with_epoch(a: &str, b: &str, rest: fn(&str, &str) -> Ordering) -> Ordering {
    fn split(text: &str) -> (&str, &str) {
        text.split_once(':').unwrap_or(("0", text))
    }
    let ((epoch_a, a), (epoch_b, b)) = (split(a), split(b));
    number(epoch_a, epoch_b).then_with(|| rest(a, b))
}

/// `upstream-revision`, each by dpkg's `verrevcmp`. An absent revision is `0`.
fn debian(a: &str, b: &str) -> Ordering {
    let split = |text| str::rsplit_once(text, '-').unwrap_or((text, "0"));
    let ((upstream_a, revision_a), (upstream_b, revision_b)) = (split(a), split(b));
    debian_part(upstream_a, upstream_b).then_with(|| debian_part(revision_a, revision_b))
}

fn debian_part(mut a: &str, mut b: &str) -> Ordering {
    // `~` before the end, the end before letters, letters before all else.
    let weight = |byte: u8| match byte {
        b'~' => -1,
        b if b.is_ascii_alphabetic() => i32::from(b),
        b => i32::from(b) + 256,
    };
    while !(a.is_empty() && b.is_empty()) {
        let (words_a, words_b) = (
            take(&mut a, |c| !c.is_ascii_digit()),
            take(&mut b, |c| !c.is_ascii_digit()),
        );
        let length = words_a.len().max(words_b.len());
        for at in 0..length {
            let of = |words: &str| words.as_bytes().get(at).map_or(0, |byte| weight(*byte));
            let order = of(words_a).cmp(&of(words_b));
            if order.is_ne() {
                return order;
            }
        }
        let (digits_a, digits_b) = (
            take(&mut a, |c| c.is_ascii_digit()),
            take(&mut b, |c| c.is_ascii_digit()),
        );
        let order = number(digits_a, digits_b);
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// `version-release`, each by `rpmvercmp`; a missing release equals any.
fn rpm(a: &str, b: &str) -> Ordering {
    let split = |text| match str::rsplit_once(text, '-') {
        Some((version, release)) => (version, Some(release)),
        None => (text, None),
    };
    let ((version_a, release_a), (version_b, release_b)) = (split(a), split(b));
    rpm_part(version_a, version_b).then_with(|| match (release_a, release_b) {
        (Some(a), Some(b)) => rpm_part(a, b),
        _ => Ordering::Equal,
    })
}

fn rpm_part(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let separator = |c: char| !c.is_ascii_alphanumeric() && c != '~' && c != '^';
        (a, b) = (a.trim_start_matches(separator), b.trim_start_matches(separator));
        for (sign, wins) in [('~', Ordering::Less), ('^', Ordering::Greater)] {
            match (a.strip_prefix(sign), b.strip_prefix(sign)) {
                (Some(rest_a), Some(rest_b)) => (a, b) = (rest_a, rest_b),
                // `^` is above the end of the version, below anything else that follows.
                (Some(_), None) if sign == '^' && !b.is_empty() => return Ordering::Less,
                (None, Some(_)) if sign == '^' && !a.is_empty() => return Ordering::Greater,
                (Some(_), None) => return wins,
                (None, Some(_)) => return wins.reverse(),
                (None, None) => {}
            }
        }
        if a.is_empty() || b.is_empty() {
            return a.len().cmp(&b.len());
        }
        let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let order = match (digits(a), digits(b)) {
            (true, true) => number(
                take(&mut a, |c| c.is_ascii_digit()),
                take(&mut b, |c| c.is_ascii_digit()),
            ),
            (false, false) => {
                take(&mut a, |c| c.is_ascii_alphabetic()).cmp(take(&mut b, |c| c.is_ascii_alphabetic()))
            }
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
        };
        // A sign that both had is consumed above; two that differ have returned.
        if order.is_ne() || (a.is_empty() && b.is_empty()) {
            return order;
        }
    }
}

/// Semantic Versioning §11, without regard to a leading `v`; a missing minor or patch number is 0.
fn semantic(a: &str, b: &str) -> Ordering {
    fn split(text: &str) -> (&str, Option<&str>) {
        let text = text.trim_start_matches(['v', 'V', '=']);
        let text = text.split('+').next().unwrap_or(text);
        text.split_once('-')
            .map_or((text, None), |(core, pre)| (core, Some(pre)))
    }
    let ((core_a, pre_a), (core_b, pre_b)) = (split(a), split(b));
    common(core_a, core_b).then_with(|| match (pre_a, pre_b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => identifiers(a, b),
    })
}

fn identifiers(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let (x, y) = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => (x, y),
        };
        let numeric = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let order = match (numeric(x), numeric(y)) {
            (true, true) => number(x, y),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => x.cmp(y),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// A piece of a version in the common reading.
#[derive(Debug, Clone, Copy)]
enum Token<'a> {
    Number(&'a str),
    /// A word with its weight: below 0 for a pre-release, above for what follows a release.
    Word(i8, &'a str),
}

fn common(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (tokens(a), tokens(b));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(token), None) => against_end(token),
            (None, Some(token)) => against_end(token).reverse(),
            (Some(Token::Number(x)), Some(Token::Number(y))) => number(x, y),
            (Some(Token::Word(x, word)), Some(Token::Word(y, other))) => {
                x.cmp(&y).then_with(|| word.cmp(other))
            }
            (Some(Token::Number(_)), Some(Token::Word(..))) => Ordering::Greater,
            (Some(Token::Word(..)), Some(Token::Number(_))) => Ordering::Less,
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// A token against the end of the other version: `1.0` equals `1`, `1.0rc1` is below `1.0`, `1.0.post1` above.
fn against_end(token: Token<'_>) -> Ordering {
    match token {
        Token::Number(digits) => number(digits, "0"),
        Token::Word(weight, _) => weight.cmp(&0),
    }
}

fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let text = text.trim_start_matches(['v', 'V', '=']);
    let mut rest = text.split('+').next().unwrap_or(text);
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        if rest.is_empty() {
            return None;
        }
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(Token::Number(take(&mut rest, |c| c.is_ascii_digit())));
        }
        let word = take(&mut rest, |c| c.is_ascii_alphabetic());
        Some(Token::Word(weight(word), word))
    })
}

fn weight(word: &str) -> i8 {
    let is = |words: &[&str]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
    if is(&["dev", "snapshot"]) {
        -5
    } else if is(&["a", "alpha"]) {
        -4
    } else if is(&["b", "beta"]) {
        -3
    } else if is(&["m", "milestone", "pre", "preview"]) {
        -2
    } else if is(&["c", "rc", "cr"]) {
        -1
    } else {
        i8::from(!is(&["final", "ga", "release"]))
    }
}

/// Digits by value, whatever their number; anything else counts as 0.
fn number(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Takes the longest start of which every character fits.
fn take<'a>(text: &mut &'a str, fits: impl Fn(char) -> bool) -> &'a str {
    let at = text.find(|c| !fits(c)).unwrap_or(text.len());
    let (taken, rest) = text.split_at(at);
    *text = rest;
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn orderings_of_ecosystems() {
        let check = |package_type: &str, ascending: &[&str]| {
            for pair in ascending.windows(2) {
                let order = compare(Some(package_type), pair[0], pair[1]);
                assert_eq!(order, Ordering::Less, "{package_type}: {pair:?}");
            }
        };
        check(
            "deb",
            &[
                "1.0~rc1-1",
                "1.0-1",
                "1.0-1+deb12u1",
                "1.0-1+deb12u2",
                "1.0a-1",
                "1.10-1",
                "1:0.1-1",
            ],
        );
        check(
            "rpm",
            &[
                "1.0~rc1-1",
                "1.0-1.el8",
                "1.0-1.el9",
                "1.0-10.el8",
                "1.0.1-1",
                "1:0.1-1",
            ],
        );
        check("rpm", &["1.0", "1.0^git1", "1.0.1"]);
        check(
            "npm",
            &[
                "1.0.0-alpha",
                "1.0.0-alpha.1",
                "1.0.0-beta.2",
                "1.0.0-beta.11",
                "1.0.0",
                "1.2.0",
            ],
        );
        check("golang", &["v0.0.0-20230101-aa", "0.0.0-20240101-aa", "v0.1.0"]);
        check(
            "pypi",
            &[
                "1.0.dev1",
                "1.0a1",
                "1.0b2",
                "1.0rc1",
                "1.0",
                "1.0.post1",
                "1.0.1",
                "1.10",
            ],
        );
        check("maven", &["1.0-SNAPSHOT", "1.0-M1", "1.0-RC1", "1.0", "1.0.1"]);
        check("apk", &["1.2.3_rc1-r0", "1.2.3-r0", "1.2.3-r1", "1.2.10-r0"]);
    }

    #[test]
    fn equal_though_written_differently() {
        let check = |package_type: &str, a: &str, b: &str| {
            assert_eq!(compare(Some(package_type), a, b), Ordering::Equal, "{a} {b}");
        };
        check("npm", "v1.2.0", "1.2");
        check("npm", "1.0.0+build", "1.0.0");
        check("pypi", "1.0", "1.0.0");
        check("deb", "0:1.0-1", "1.0-1");
        check("maven", "1.0.Final", "1.0");
        check("rpm", "1.0", "1.0-3");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn swapping_reverses(kind in prop::sample::select(vec!["deb", "rpm", "npm", "pypi"]), a in "[0-9a-c.:~^+-]{0,12}", b in "[0-9a-c.:~^+-]{0,12}") {
            prop_assert_eq!(compare(Some(kind), &a, &b), compare(Some(kind), &b, &a).reverse());
            prop_assert_eq!(compare(Some(kind), &a, &a), Ordering::Equal);
        }

        #[test]
        fn any_text_is_compared(a in ".{0,40}", b in ".{0,40}") {
            for kind in [None, Some("deb"), Some("rpm"), Some("npm")] {
                let _ = compare(kind, &a, &b);
            }
        }
    }
}
