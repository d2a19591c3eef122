//! Exceptions from other tools' files. What cannot be expressed is refused, never broader than it was written.

use proptest::prelude::*;
use sealift_gate::NameGlob;
use sealift_gate::exceptions::import::{ImportError, ImportOptions, Imported, import};
use sealift_gate::exceptions::{Exception, ExceptionKind, VexStatus};
use sealift_types::{Digest, FixState, Kind};

fn read(name: &str, bytes: &[u8]) -> Imported {
    let mut options = ImportOptions::default();
    options.file = Some(name.to_owned());
    match import(bytes, &options) {
        Ok(imported) => imported,
        Err(error) => panic!("{name}: {error}"),
    }
}

/// An exception on one line: ids, scope, and what is said of it.
fn shown(exception: &Exception) -> String {
    let mut parts = vec![exception.ids.join("=")];
    for image in &exception.images {
        let name = image.name.as_ref().map_or("-", NameGlob::as_str);
        let digest = image.digest.as_ref().map_or("-", Digest::short);
        parts.push(format!("image {name} {digest}"));
    }
    for package in &exception.packages {
        let mut text = "package".to_owned();
        for part in [
            package.purl.as_deref(),
            package.package_type.as_deref(),
            package.name.as_ref().map(NameGlob::as_str),
            package.version.as_ref().map(NameGlob::as_str),
        ] {
            text.push(' ');
            text.push_str(part.unwrap_or("-"));
        }
        parts.push(text);
    }
    parts.extend(exception.paths.iter().map(|path| format!("path {path}")));
    parts.extend(exception.fix_states.iter().map(|state| format!("{state:?}")));
    if let Some(vex) = &exception.vex {
        let word = |text: &Option<String>| text.as_deref().unwrap_or("-").to_owned();
        parts.push(format!(
            "{:?} {} by {} at {}",
            vex.status,
            word(&vex.justification),
            word(&vex.author),
            vex.timestamp.map_or("-".to_owned(), |time| time.to_string())
        ));
    }
    parts.extend(
        exception
            .reason
            .as_ref()
            .map(|reason| format!("because {reason:?}")),
    );
    parts.extend(exception.owner.as_ref().map(|owner| format!("owner {owner}")));
    parts.extend(exception.expires.map(|expires| format!("until {expires}")));
    parts.join("; ")
}

fn check(imported: &Imported, exceptions: &[&str], refused: &[&str]) {
    let found: Vec<String> = imported.exceptions.iter().map(shown).collect();
    assert_eq!(found, exceptions);
    let found: Vec<String> = imported.refused.iter().map(ToString::to_string).collect();
    assert_eq!(found, refused);
    assert!(imported.refused.iter().all(|entry| !entry.help.is_empty()));
}

#[test]
fn trivyignore_takes_comments_for_reasons() {
    let imported = read(".trivyignore", include_bytes!("../data/import/trivyignore"));
    let reason = "because \"A .trivyignore as a team keeps it: reasons in comments, an owner, an end. The parser is not reachable from the network.\"; owner platform@example.org";
    check(
        &imported,
        &[
            &format!("CVE-2026-0001; {reason}; until 2026-12-31T00:00:00Z"),
            &format!("CVE-2026-0002; {reason}"),
            "GHSA-aaaa-bbbb-cccc; because \"false positive in our build\"",
        ],
        &[
            "line 8: \"AVD-DS-0002\": exp is not a day or a time: \"31.12.2026\"",
            "line 9: \"CVE-2026-0003\": more than an id on the line",
            "line 10: \"CVE-*\": not the id of a flaw",
        ],
    );
    let first = &imported.exceptions[0];
    assert_eq!(first.origin.kind, ExceptionKind::Trivyignore);
    assert_eq!(first.origin.file.as_deref(), Some(".trivyignore"));
    assert_eq!(first.origin.line, Some(4));
    assert!(!first.kinds.contains(&Kind::Code));
}

#[cfg(feature = "yaml")]
#[test]
fn trivyignore_yaml_keeps_the_scope() {
    let imported = read("ignore.yaml", include_bytes!("../data/import/trivyignore.yaml"));
    check(
        &imported,
        &[
            "CVE-2026-0001; package pkg:deb/debian/libx@1.2-3 - - -; path usr/lib/**/libx.so; path opt/app/*; because \"Not reachable\"; owner platform@example.org; until 2026-12-31T00:00:00Z",
            "AVD-DS-0002",
            "GPL-3.0; because \"a tool, not linked\"",
        ],
        &[
            "line 12: \"CVE-2026-0002\": a path pattern with `?`, `[…]` or `{…}` cannot be expressed",
            "line 14: \"\": names no flaw",
            "line 15: \"CVE-2026-0003\": an unknown key: \"expires_at\"",
            "line 17: \"CVE-2026-0004\": `purls` is not a list of texts",
            "line 19: \"CVE-2026-0005\": not a package URL: \"libx\"",
        ],
    );
    assert_eq!(imported.exceptions[0].kinds, [Kind::Vulnerability]);
    assert_eq!(imported.exceptions[1].kinds, [Kind::Misconfiguration]);
    assert_eq!(imported.exceptions[2].kinds, [Kind::License]);
}

#[cfg(feature = "yaml")]
#[test]
fn a_grype_rule_without_a_flaw_is_refused() {
    let imported = read("x", include_bytes!("../data/import/grype.yaml"));
    check(
        &imported,
        &[
            "CVE-2026-0001; package - npm libcurl* 1.5.1; path /usr/local/lib/node_modules/**; because \"Not reachable\"",
            "CVE-2026-0002; WontFix",
            "CVE-2026-0007",
        ],
        &[
            "line 3: \"only-fixed\": passes over findings without naming a flaw",
            "line 15: \"\": names no flaw",
            "line 16: \"\": names no flaw",
            "line 18: \"CVE-2026-0003\": `package.name` is a regular expression that cannot be expressed",
            "line 21: \"CVE-2026-0004\": the criterion `namespace` is Grype's own and cannot be told of other scanners",
            "line 23: \"CVE-2026-0005\": a rule about VEX statements, not about a finding",
            "line 25: \"CVE-2026-0006\": the criterion `package.upstream-name` cannot be expressed",
        ],
    );
    assert_eq!(imported.exceptions[1].fix_states, [FixState::WontFix]);
}

#[cfg(feature = "yaml")]
#[test]
fn a_snyk_path_through_dependencies_is_refused() {
    let imported = read("policy", include_bytes!("../data/import/snyk"));
    check(
        &imported,
        &[
            "SNYK-JS-LODASH-590103; because \"Prototype pollution is not reachable\"; owner Platform; until 2026-12-31T00:00:00Z",
            "SNYK-JS-LODASH-590103; package - - lodash 4.17.15; NotFixed; WontFix; Deferred; UnderInvestigation",
            "SNYK-DEBIAN12-OPENSSL-1; package - - openssl/libssl3 3.0.11-1~deb12u2",
        ],
        &[
            "line 15: \"npm:ms:20151024\": a path through the dependencies cannot be told from a finding",
            "line 17: \"npm:ms:20151024\": a range of versions cannot be expressed",
            "line 21: \"SNYK-OLD-1\": an old form of entry",
            "line 23: \"patch\": patches are no exceptions: a scan shows whether the flaw is gone",
            "line 27: \"exclude\": excludes paths without naming a flaw",
        ],
    );
    assert_eq!(imported.kind, ExceptionKind::Snyk);
}

#[test]
fn openvex_later_statements_override() {
    let by = "by Example Security <security@example.org> at 2026-01-01T00:00:00Z";
    check(
        &read("x", include_bytes!("../data/import/openvex.json")),
        &[
            &format!(
                "CVE-2026-0001=GHSA-aaaa-bbbb-cccc; image ghcr.io/me/app abababababab; package pkg:deb/debian/libx@1.2-3 - - -; package pkg:deb/debian/liby@2 - - -; NotAffected vulnerable_code_not_in_execute_path {by}; because \"The parser is compiled out.\""
            ),
            &format!(
                "CVE-2026-0002; package pkg:npm/left-pad@1.0.0 - - -; NotAffected vulnerable_code_not_present {by}"
            ),
            "CVE-2026-0002; package pkg:npm/left-pad@2.0.0 - - -; Affected - by Example Security <security@example.org> at 2026-02-01T00:00:00Z; because \"Upgrade.\"",
            &format!("CVE-2026-0003; package pkg:npm/left-pad@1.0.0 - - -; UnderInvestigation - {by}"),
            &format!("CVE-2026-0003; package pkg:npm/left-pad@1.0.0 - - -; Fixed - {by}"),
            &format!(
                "CVE-2026-0006; image - cdcdcdcdcdcd; NotAffected - {by}; because \"Whole image checked.\""
            ),
        ],
        &[
            "\"statements[1] CVE-2026-0002\": another statement of the document, as new or newer, does not excuse it",
            "\"statements[5] CVE-2026-0004\": names no product, so it would hold for every image",
            "\"statements[6] CVE-2026-0005\": a package inside another package cannot be told from the same package elsewhere in the image",
            "\"statements[6] CVE-2026-0005\": a product that is neither a package URL nor an image with its digest: \"https://example.org/product\"",
        ],
    );
}

#[test]
fn csaf_products_are_resolved_or_refused() {
    let by = "by Example Inc. at 2026-01-01T00:00:00Z";
    check(
        &read("x", include_bytes!("../data/import/csaf.json")),
        &[
            &format!(
                "CVE-2026-0001; package pkg:deb/debian/libx - - 1.2-3; NotAffected vulnerable_code_not_present {by}; because \"Compiled out.\""
            ),
            &format!(
                "CVE-2026-0001; image - abababababab; package pkg:deb/debian/liby@2.0?arch=amd64 - - -; NotAffected vulnerable_code_not_present {by}"
            ),
            &format!("CVE-2026-0002; package pkg:deb/debian/liby@2.0?arch=amd64 - - -; Fixed - {by}"),
            &format!("CVE-2026-0002; package pkg:deb/debian/libx - - 1.2-3; Affected - {by}"),
            &format!("CVE-2026-0003; package pkg:deb/debian/liby@2.0?arch=amd64 - - -; Affected - {by}"),
            &format!("CVE-2026-0004; image - abababababab; UnderInvestigation - {by}"),
        ],
        &[
            "\"vulnerabilities[4]\": names no flaw",
            "\"vulnerabilities[0] CVE-2026-0001\": a package inside something that is no image cannot be told from the same package elsewhere",
            "\"vulnerabilities[0] CVE-2026-0001\": a product that is not in the product tree",
            "\"vulnerabilities[0] CVE-2026-0001\": a product without a package URL (a CPE or a name says too little)",
            "\"vulnerabilities[0] CVE-2026-0001\": a range of versions cannot be told by a package URL without a version",
            "\"vulnerabilities[0] CVE-2026-0001\": a relationship that does not say the package is in the image",
            "\"vulnerabilities[2] CVE-2026-0003\": another statement of the document, as new or newer, does not excuse it",
            // The image as a whole is being looked at, so one package in it is not excused yet.
            "\"vulnerabilities[3] CVE-2026-0004\": another statement of the document, as new or newer, does not excuse it",
        ],
    );
}

#[test]
fn a_csaf_draft_is_not_used() {
    let draft = include_str!("../data/import/csaf.json").replace("\"final\"", "\"draft\"");
    let error = import(draft.as_bytes(), &ImportOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "the document's status is `draft`");
}

#[test]
fn cyclonedx_is_scoped_to_its_image() {
    let imported = read("x", include_bytes!("../data/import/cyclonedx.json"));
    check(
        &imported,
        &[
            "CVE-2026-0001=GHSA-aaaa-bbbb-cccc; image - abababababab; package pkg:deb/debian/libx - - 1.2-3; package pkg:npm/inner@1 - - -; NotAffected code_not_reachable by Jo at 2026-03-01T00:00:00Z; because \"Checked.\"",
            "CVE-2026-0002; image - abababababab; NotAffected false_positive by Jo at 2026-01-01T00:00:00Z",
            "CVE-2026-0004; image - abababababab; package pkg:npm/other - - 1.0; NotAffected code_not_present by Jo at 2026-01-01T00:00:00Z",
            "CVE-2026-0005; image - abababababab; package pkg:deb/debian/libx - - 1.2-3; Affected - by Jo at 2026-01-01T00:00:00Z; because \"update\"",
        ],
        &[
            "\"vulnerabilities[1] CVE-2026-0002\": a component without a package URL: \"no purl\"",
            "\"vulnerabilities[2] CVE-2026-0003\": links into another SBOM, which cannot be tied to the image",
            "\"vulnerabilities[3] CVE-2026-0004\": a range of versions, or versions that are affected, cannot be excused (2 products)",
            "\"vulnerabilities[6] CVE-2026-0007\": affects nothing, so it would hold for every image",
        ],
    );
    assert_eq!(
        imported.exceptions[0].vex.as_ref().unwrap().status,
        VexStatus::NotAffected
    );
}

#[test]
fn a_bom_link_counts_when_the_caller_knows_the_sbom() {
    let mut options = ImportOptions::default();
    options.boms = vec!["urn:uuid:99999999-2222-4333-8444-555555555555".to_owned()];
    let imported = import(include_bytes!("../data/import/cyclonedx.json"), &options).unwrap();
    let third = imported
        .exceptions
        .iter()
        .find(|exception| exception.ids == ["CVE-2026-0003"]);
    assert_eq!(
        third.unwrap().packages[0].purl.as_deref(),
        Some("pkg:npm/inner@1")
    );
}

#[test]
fn a_product_that_is_no_image_scopes_nothing() {
    let vex = br#"{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":{"type":"application","bom-ref":"a",
        "name":"Product"}},"vulnerabilities":[{"id":"CVE-2026-0001","analysis":{"state":"resolved"},
        "affects":[{"ref":"a"},{"ref":"pkg:npm/x@1"}]}]}"#;
    let imported = import(vex, &ImportOptions::default()).unwrap();
    assert!(imported.exceptions.is_empty());
    assert_eq!(imported.refused.len(), 2);
}

#[test]
fn files_are_told_by_content() {
    let kind = |text: &str| import(text.as_bytes(), &ImportOptions::default()).map(|imported| imported.kind);
    assert_eq!(kind("CVE-2026-0001\n"), Ok(ExceptionKind::Trivyignore));
    assert_eq!(kind("# nothing yet\n"), Ok(ExceptionKind::Trivyignore));
    assert_eq!(kind("some prose about nothing"), Err(ImportError::Unknown));
    assert_eq!(kind("{}"), Err(ImportError::Unknown));
    assert_eq!(
        kind("{\"@context\": 1, \"document\": [], \"bomFormat\": {}}"),
        Err(ImportError::Unknown)
    );
    assert!(matches!(kind("{\"@context\""), Err(ImportError::Json { .. })));
    assert!(matches!(kind("<xml/>"), Err(ImportError::Unknown)));
    assert_eq!(
        import(b"CVE-1\n\xff", &ImportOptions::default()),
        Err(ImportError::NotText { line: 2 })
    );
    if cfg!(feature = "yaml") {
        assert_eq!(kind("vulnerabilities: []\n"), Ok(ExceptionKind::Trivyignore));
        assert_eq!(
            kind("ignore:\n  - vulnerability: CVE-1\n"),
            Ok(ExceptionKind::Grype)
        );
        assert_eq!(kind("version: v1.0.0\nignore: {}\n"), Ok(ExceptionKind::Snyk));
        assert_eq!(
            kind("ignore:\n  SNYK-1:\n    - '*': {}\n"),
            Ok(ExceptionKind::Snyk)
        );
        assert_eq!(kind("a: b\n"), Err(ImportError::Unknown));
    } else {
        assert_eq!(kind("vulnerabilities: []\n"), Err(ImportError::YamlDisabled));
    }
}

#[test]
fn hostile_files_end_soon() {
    let try_it = |text: &str| {
        for name in ["x", ".trivyignore", ".trivyignore.yaml", ".grype.yaml", ".snyk"] {
            let mut options = ImportOptions::default();
            options.file = Some(name.to_owned());
            if let Ok(imported) = import(text.as_bytes(), &options) {
                assert!(imported.exceptions.is_empty(), "{name}: {text:.60}");
            }
        }
    };
    let deep = 100_000;
    try_it(&format!("ignore:\n  {}", "[".repeat(deep)));
    try_it(&format!("ignore:\n  {}", "- ".repeat(deep)));
    try_it(&format!("ignore: {}", "{a: ".repeat(deep)));
    try_it(&format!(
        "{{\"@context\":\"openvex\",\"statements\":{}",
        "[".repeat(deep)
    ));
    try_it(&format!(
        "{{\"bomFormat\":\"CycloneDX\",\"components\":{}",
        "[{\"components\":".repeat(deep)
    ));
    // A billion laughs.
    let mut bomb = "ignore:\n  - &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        bomb += &["  - &a", &level.to_string(), " ["].concat();
        bomb += &["*a", &(level - 1).to_string(), ", "].concat().repeat(9);
        bomb += "x]\n";
    }
    try_it(&bomb);
    // Odd types in each place.
    try_it("vulnerabilities: 1\nsecrets: {a: b}\nlicenses: [1, [2], {id: [3]}, ~]\n");
    try_it("ignore: [1, ~, [], {vulnerability: [x]}, {vulnerability: {a: b}}, {package: x}]\n");
    try_it("version: 1\nignore: {A-1: [1, ~, {'*': 7}, {'*': [1]}], ~: x}\n");
    try_it("{\"@context\":\"openvex\",\"statements\":[{\"vulnerability\":7}]}");
}

/// Lists of lists multiply: the document is refused before its product is built.
#[test]
fn products_of_lists_are_bounded() {
    let many = |item: &str| vec![item; 20_000].join(",");
    let openvex = format!(
        "{{\"@context\":\"openvex\",\"statements\":[{{\"vulnerability\":\"CVE-2026-0001\",\"status\":\"fixed\",\"products\":[{}],\"subcomponents\":[{}]}}]}}",
        many("\"pkg:oci/a\""),
        many("\"pkg:npm/b\"")
    );
    let error = import(openvex.as_bytes(), &ImportOptions::default()).unwrap_err();
    assert_eq!(error, ImportError::TooMany { limit: 100_000 });
}

proptest! {
    #[test]
    fn no_text_breaks_the_importers(text in "(ignore:|vulnerabilities:|version: v1|SNYK-1:|CVE-2026-1|[-' \\n\\t:>*@{}\\[\\],.#&!|a-c0-9é\"]){0,60}") {
        for name in ["x", ".trivyignore", ".trivyignore.yaml", ".grype.yaml", ".snyk"] {
            let mut options = ImportOptions::default();
            options.file = Some(name.to_owned());
            if let Ok(imported) = import(text.as_bytes(), &options) {
                for exception in &imported.exceptions {
                    // Never an exception for every flaw.
                    prop_assert!(!exception.ids.is_empty());
                    prop_assert!(exception.ids.iter().all(|id| !id.trim().is_empty() && !id.contains('*')));
                }
            }
        }
    }

    /// Cutting or swapping bytes of a document gives an error or fewer exceptions of the same flaws, never a panic.
    #[test]
    fn damaged_documents_are_read_or_refused(file in 0usize..7, at in 0usize..5000, with in any::<u8>(), cut in any::<bool>()) {
        let files: [&[u8]; 7] = [
            include_bytes!("../data/import/trivyignore"), include_bytes!("../data/import/trivyignore.yaml"),
            include_bytes!("../data/import/grype.yaml"), include_bytes!("../data/import/snyk"),
            include_bytes!("../data/import/openvex.json"), include_bytes!("../data/import/csaf.json"),
            include_bytes!("../data/import/cyclonedx.json"),
        ];
        let mut bytes = files[file].to_vec();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = with }
        if let Ok(imported) = import(&bytes, &ImportOptions::default()) {
            prop_assert!(imported.exceptions.iter().all(|exception| !exception.ids.is_empty()));
        }
    }
}
