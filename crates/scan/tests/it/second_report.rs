//! What follows a report in its file: a second report is read or refused, never taken for text. In memory and as a
//! stream alike.

use sealift_scan::{ReadOptions, parse, parse_reader};
use sealift_types::FindingSet;

const CLEAN: &str = r#"{"SchemaVersion":2,"ArtifactName":"app","Results":[{"Target":"app"}]}"#;
const BAD: &str = r#"{"SchemaVersion":2,"ArtifactName":"app","Results":[{"Target":"app","Class":"os-pkgs","Type":"debian","Vulnerabilities":[{"VulnerabilityID":"CVE-2030-1","PkgName":"tool","InstalledVersion":"1","Severity":"CRITICAL"}]}]}"#;

fn read(bytes: &[u8]) -> Result<FindingSet, &'static str> {
    let options = ReadOptions::default();
    let whole = parse(bytes, &options).map_err(|error| error.code());
    let streamed = parse_reader(bytes, &options).map_err(|error| error.code());
    assert_eq!(whole, streamed, "{}", String::from_utf8_lossy(bytes));
    whole
}

fn utf16(text: &str, order: fn(u16) -> [u8; 2], mark: &[u8]) -> Vec<u8> {
    mark.iter()
        .copied()
        .chain(text.encode_utf16().flat_map(order))
        .collect()
}

#[test]
fn it_is_read_wherever_it_begins() {
    let blank = " ".repeat(3 << 20);
    for between in [
        "",
        "\n",
        "2030-01-01T00:00:00Z\tINFO\tscanning\n",
        "INFO scanning [os] ",
        ",",
        "\u{feff}",
        "\0",
        "\u{1e}",
        "]}",
        "\"",
        "{\"level\":\"info\"}\n",
        &blank,
        &"x".repeat(100_000),
    ] {
        for after in ["", "x", "\n"] {
            let set = read(format!("{CLEAN}{between}{BAD}{after}").as_bytes()).unwrap();
            assert_eq!(
                (set.reports.len(), set.findings.len()),
                (2, 1),
                "{between:.20} {after}"
            );
        }
        for cut in [1, 10, BAD.len() - 120] {
            let text = format!("{CLEAN}{between}{}", &BAD[..BAD.len() - cut]);
            assert_eq!(read(text.as_bytes()), Err("truncated"), "{between:.20} {cut}");
        }
    }
}

#[test]
fn what_may_be_one_is_refused() {
    // One that begins with too much to tell what it is, and ends too early.
    let padded = BAD.replacen('{', &format!("{{\"a\":\"{}\",", "x".repeat(100_000)), 1);
    for rest in [
        &padded,
        &padded[..padded.len() - 30],
        &format!("{{{}", &" ".repeat(100_000)),
        &format!("{{{}{}", " ".repeat(100_000), &BAD[1..]),
        "INFO done {\"a\": [1]}",
        "{\"Schema",
        "{}",
        "[]",
        &"{\"a\":".repeat(1000),
        &"[{\"a\":".repeat(100_000),
    ] {
        let text = format!("{CLEAN}\n{rest}");
        assert_eq!(read(text.as_bytes()), Err("second-document"), "{rest:.40}");
    }
}

#[test]
fn one_in_another_encoding_is_refused_or_read() {
    let bad = BAD.as_bytes();
    for (order, mark) in [
        (u16::to_le_bytes as fn(u16) -> [u8; 2], b"\xff\xfe"),
        (u16::to_be_bytes, b"\xfe\xff"),
    ] {
        let wide = utf16(CLEAN, order, mark);
        for between in [&b""[..], b"\n", b"\n\n"] {
            let text = [&wide, between, bad].concat();
            assert_eq!(read(&text), Err("second-document"), "{between:?}");
        }
        let set = read(&[wide, utf16(BAD, order, mark)].concat()).unwrap();
        assert_eq!(set.findings.len(), 1);
        let text = [CLEAN.as_bytes(), &utf16(BAD, order, mark)].concat();
        assert_eq!(read(&text), Err("second-document"));
    }
}

#[test]
fn text_and_a_stale_end_are_no_report() {
    let stale = &BAD[70..];
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(BAD).unwrap()).unwrap();
    for rest in [
        "What's Next? \u{2026} [link]\n  View recommendations \u{2192} docker scout recommendations {image}\n",
        "Done in 3 s [ok] (100 %) \u{7d50}\u{679c}",
        "}",
        "null",
        stale,
        &pretty[pretty.len() / 3..],
        &format!("{}{stale}", "{\"uri\":\"a\"},".repeat(100_000)),
    ] {
        let text = format!("{CLEAN}{rest}");
        let set = read(text.as_bytes()).unwrap();
        assert!(set.findings.is_empty());
        let codes = set.reports[0]
            .warnings
            .iter()
            .map(|warning| warning.code.as_str());
        assert_eq!(codes.collect::<Vec<_>>(), ["trailing-text"], "{rest:.40}");
    }
}
