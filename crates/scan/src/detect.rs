//! Which format a text is, by its content.
//!
//! A shallow scan of the first part of the text collects the keys at the top and in the first objects below it;
//! nothing is decided by file names. The scan never fails and never recurses: a report is hostile until read.

/// Bytes of text that detection may look at.
pub(crate) const WINDOW: usize = 64 << 10;

/// Keys collected in each place.
const MAX_KEYS: usize = 48;

/// Places at which a log line before the report may end and the report begin.
const MAX_STARTS: usize = 256;

/// A format that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    /// SARIF; the version where it stands before the runs.
    Sarif {
        version: Option<String>,
    },
    TrivyV1,
    TrivyV2,
    Grype,
    Snyk,
    Osv,
    GitLab,
    Sealift,
}

/// Where a report begins in a text, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Detected {
    pub(crate) start: usize,
    pub(crate) format: Format,
}

/// Why nothing was detected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Undetected {
    /// White space only, or `null`.
    Empty,
    /// Nothing that begins like JSON.
    NotJson,
    /// JSON with these keys, of no known format.
    Unknown { keys: Vec<String> },
}

/// Finds the first report in `text`, which may be the start of a longer one.
///
/// Log lines before the report are stepped over: text lines, and whole JSON values of no known format.
pub(crate) fn detect(text: &[u8]) -> Result<Detected, Undetected> {
    let text = &text[..text.len().min(WINDOW)];
    match trim(text) {
        b"" | b"null" => return Err(Undetected::Empty),
        _ => {}
    }
    let mut unknown = None;
    let mut at = 0;
    for _ in 0..MAX_STARTS {
        let Some(start) = next_start(text, at) else { break };
        let shape = Shape::of(&text[start..]);
        if let Some(format) = shape.format() {
            return Ok(Detected { start, format });
        }
        let Some(end) = shape.end else {
            unknown.get_or_insert(shape.keys);
            break;
        };
        unknown.get_or_insert(shape.keys);
        at = start + end;
    }
    match unknown {
        Some(keys) => Err(Undetected::Unknown {
            keys: keys.into_iter().take(12).collect(),
        }),
        None => Err(Undetected::NotJson),
    }
}

/// Where the next JSON object or array may begin in a text, wherever in a line: `{` before a quote, `[` before `{`.
/// Where the window ends too early to tell, that counts too, unless nothing follows it.
pub(crate) fn next_value(window: &[u8], is_last: bool) -> Option<usize> {
    memchr::memchr2_iter(b'{', b'[', window).find(|&at| {
        // A byte of UTF-16 stands between its characters.
        let blank = |b: &&u8| !b.is_ascii_whitespace() && **b != 0;
        match (window[at], window[at + 1..].iter().find(blank)) {
            (b'{', Some(b'"')) | (b'[', Some(b'{')) => true,
            // Empty ones only as the whole of what follows.
            (b'{', Some(b'}')) | (b'[', Some(b']')) => at == 0 && is_last,
            (_, None) => !is_last,
            _ => false,
        }
    })
}

/// What the value at the start of the window is, and where it ends, as far as the window shows.
pub(crate) fn value(window: &[u8]) -> (Option<Format>, Option<usize>) {
    let shape = Shape::of(window);
    (shape.format(), shape.end)
}

/// The next `{` or `[` at the start of a line, or of the text, that reads like JSON and not like `[INFO] …`.
fn next_start(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let line = &text[at..];
        let indent = line.len() - trim_start(line).len();
        let start = at + indent;
        let rest = text.get(start..)?;
        let follows = |skip: usize| trim_start(&rest[skip.min(rest.len())..]).first().copied();
        let is_start = match rest.first()? {
            b'{' => matches!(follows(1), Some(b'"' | b'}')),
            b'[' => matches!(follows(1), Some(b'{' | b']')),
            _ => false,
        };
        if is_start {
            return Some(start);
        }
        at = start + memchr::memchr(b'\n', rest)? + 1;
    }
}

fn trim_start(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

/// What a first look at a JSON value shows.
#[derive(Debug, Default)]
struct Shape {
    is_array: bool,
    /// Keys of the object, or of the first object in the array.
    keys: Vec<String>,
    /// Keys below them, as `parent.child`; of an array its first object's.
    below: Vec<String>,
    /// The text of `version` and `$schema`.
    version: Option<String>,
    schema: Option<String>,
    /// Where the value ends, if it does.
    end: Option<usize>,
}

impl Shape {
    fn of(text: &[u8]) -> Self {
        let mut shape = Self {
            is_array: text.first() == Some(&b'['),
            ..Self::default()
        };
        // Depth of objects and arrays together; keys count from the object that carries the report's own keys.
        let base = if shape.is_array { 2 } else { 1 };
        let mut depth = 0_usize;
        let mut firsts = 0;
        let mut parent = String::new();
        let mut parent_is_array = false;
        let mut elements = 0;
        let mut at = 0;
        while at < text.len() {
            match text[at] {
                b'"' => {
                    let Some(length) = string_length(&text[at..]) else {
                        break;
                    };
                    let word = &text[at + 1..at + length - 1];
                    at += length;
                    let after = trim_start(&text[at..]);
                    if after.first() != Some(&b':') {
                        continue;
                    }
                    let in_first = !shape.is_array || firsts == 1;
                    let word = String::from_utf8_lossy(&word[..word.len().min(64)]).into_owned();
                    if depth == base && in_first {
                        let value = trim_start(&after[1..]);
                        match word.as_str() {
                            "version" => shape.version = scalar(value),
                            "$schema" => shape.schema = scalar(value),
                            _ => {}
                        }
                        parent_is_array = value.first() == Some(&b'[');
                        elements = 0;
                        parent.clone_from(&word);
                        if shape.keys.len() < MAX_KEYS {
                            shape.keys.push(word);
                        }
                    } else if in_first
                        && depth == base + 1 + usize::from(parent_is_array)
                        && elements <= 1
                        && shape.below.len() < 4 * MAX_KEYS
                    {
                        shape.below.push(format!("{parent}.{word}"));
                    }
                    continue;
                }
                open @ (b'{' | b'[') => {
                    depth += 1;
                    if shape.is_array && depth == 2 && open == b'{' {
                        firsts += 1;
                    }
                    if parent_is_array && depth == base + 2 {
                        elements += 1;
                    }
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        shape.end = Some(at + 1);
                        break;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        shape
    }

    fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|k| k == key)
    }

    fn has_below(&self, key: &str) -> bool {
        self.below.iter().any(|k| k == key)
    }

    fn any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    fn format(&self) -> Option<Format> {
        if self.is_array {
            return self.format_of_array();
        }
        let is_sarif_schema = self
            .schema
            .as_deref()
            .is_some_and(|schema| schema.contains("sarif"));
        if self.has("runs") || is_sarif_schema {
            return Some(Format::Sarif {
                version: self.version.clone(),
            });
        }
        if self.has("SchemaVersion") || (self.has("ArtifactName") && self.has("ArtifactType")) {
            return Some(Format::TrivyV2);
        }
        if self.has("schema_version") && self.any(&["findings", "reports"])
            || (self.has("reports") && self.has("findings"))
        {
            return Some(Format::Sealift);
        }
        if self.has("matches")
            && (self.any(&["source", "descriptor", "distro"]) || self.has_below("matches.vulnerability"))
            || self.has_below("descriptor.name") && self.has("source")
        {
            return Some(Format::Grype);
        }
        let is_snyk = ["packageName", "moduleName", "from", "packageManager", "CVSSv3"]
            .iter()
            .any(|key| self.has_below(&format!("vulnerabilities.{key}")))
            || self.any(&[
                "infrastructureAsCodeIssues",
                "dependencyCount",
                "projectName",
                "packageManager",
                "displayTargetFile",
            ])
            || (self.has("ok") && self.any(&["vulnerabilities", "error", "org", "path"]));
        if self.has("vulnerabilities") {
            let is_gitlab = self.any(&["scan", "remediations", "dependency_files"])
                || ["location", "scanner", "category", "cve"]
                    .iter()
                    .any(|key| self.has_below(&format!("vulnerabilities.{key}")));
            if is_gitlab && !is_snyk {
                return Some(Format::GitLab);
            }
        }
        if is_snyk {
            return Some(Format::Snyk);
        }
        let is_osv = self.any(&["experimental_config", "experimental_analysis_config"])
            || self.has_below("results.packages")
            || self.keys == ["results"] && self.below.is_empty();
        (self.has("results") && is_osv).then_some(Format::Osv)
    }

    fn format_of_array(&self) -> Option<Format> {
        if self.has("Target") || self.has("Vulnerabilities") {
            Some(Format::TrivyV1)
        } else if self.any(&["vulnerabilities", "infrastructureAsCodeIssues"])
            || (self.has("ok") && self.any(&["error", "path", "projectName", "packageManager"]))
        {
            Some(Format::Snyk)
        } else {
            None
        }
    }
}

/// The length of the string literal that the text begins with, its quotes included.
fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The string or number that the text begins with, if it is short.
fn scalar(text: &[u8]) -> Option<String> {
    let word = if text.first() == Some(&b'"') {
        &text[1..string_length(text)? - 1]
    } else {
        let end = text
            .iter()
            .position(|b| !matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'))?;
        &text[..end]
    };
    (!word.is_empty() && word.len() <= 128).then(|| String::from_utf8_lossy(word).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, start: usize, format: Format) {
        assert_eq!(detect(text.as_bytes()), Ok(Detected { start, format }), "{text}");
    }

    fn sarif(version: &str) -> Format {
        Format::Sarif {
            version: Some(version.to_owned()),
        }
    }

    #[test]
    fn formats_by_their_keys() {
        check(r#"{"version":"2.1.0","runs":[]}"#, 0, sarif("2.1.0"));
        check(r#"{"version":2.1,"runs":[]}"#, 0, sarif("2.1"));
        check(
            r#"{"runs":[{"tool":{"driver":{"version":"1"}}}]}"#,
            0,
            Format::Sarif { version: None },
        );
        check(r#"{"SchemaVersion":2,"ArtifactName":"a"}"#, 0, Format::TrivyV2);
        check(r#"[{"Target":"a","Vulnerabilities":null}]"#, 0, Format::TrivyV1);
        check(
            r#"{"matches":[],"source":null,"descriptor":{"name":"grype"}}"#,
            0,
            Format::Grype,
        );
        check(
            r#"{"matches":[{"vulnerability":{"id":"CVE-1"}}]}"#,
            0,
            Format::Grype,
        );
        check(
            r#"{"vulnerabilities":[{"id":"S","from":["a"]}],"ok":false}"#,
            0,
            Format::Snyk,
        );
        check(
            r#"{"vulnerabilities":[],"ok":true,"dependencyCount":3}"#,
            0,
            Format::Snyk,
        );
        check(r#"[{"vulnerabilities":[],"ok":true}]"#, 0, Format::Snyk);
        check(
            r#"{"version":"15.0.0","scan":{},"vulnerabilities":[]}"#,
            0,
            Format::GitLab,
        );
        check(
            r#"{"vulnerabilities":[{"id":"1","location":{"image":"a"}}],"version":"15"}"#,
            0,
            Format::GitLab,
        );
        check(r#"{"results":[{"source":{},"packages":[]}]}"#, 0, Format::Osv);
        check(r#"{"results":[],"experimental_config":{}}"#, 0, Format::Osv);
        check(
            r#"{"schema_version":"1","reports":[],"findings":[]}"#,
            0,
            Format::Sealift,
        );
    }

    #[test]
    fn log_lines_before_the_report_are_stepped_over() {
        check(
            "2024 INFO x\n[INFO] y\n{\"version\":\"2.1.0\",\"runs\":[]}",
            21,
            sarif("2.1.0"),
        );
        check(
            "{\"level\":\"info\"}\n{\"version\":\"2.1.0\",\"runs\":[]}",
            17,
            sarif("2.1.0"),
        );
    }

    #[test]
    fn what_is_no_report_says_why() {
        let check = |text: &str, expected| assert_eq!(detect(text.as_bytes()), Err(expected), "{text}");
        check("", Undetected::Empty);
        check(" \n\t", Undetected::Empty);
        check("null\n", Undetected::Empty);
        check("<xml/>", Undetected::NotJson);
        let unknown = |keys: &[&str]| Undetected::Unknown {
            keys: keys.iter().map(ToString::to_string).collect(),
        };
        check("{\"a\":1,\"b\":{\"runs\":[]}}", unknown(&["a", "b"]));
        check("{\"a\":1,\n", unknown(&["a"]));
        // A report inside another document is not taken out of it.
        check("{\"a\":\n{\"runs\":[]},\n\"b\":1", unknown(&["a", "b"]));
    }
}
