//! Reports that try to be more than text.

use sealift_types::Severity;

use crate::support::{NOW, POLICY, Sandbox, fixed};

/// Text that does something in a terminal, in Markdown, in HTML, in XML, in a workflow's log.
const TITLE: &str = "::set-output name=verdict::pass\n::set-output name=x::y ##[add-mask]a \u{1b}]0;owned\u{7}\u{9b}31m \
                     | **b** <script>alert(1)</script> [c](http://e.example) @team ]]> \u{202e}gpj \u{2066} `d` \
                     ##\u{200b}[set-env name=A]b";
const PACKAGE: &str = "lib|evil\u{1b}[2J\r\n::error::x<img src=x onerror=y>";

fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new();
    let mut flaw = fixed(Severity::High);
    TITLE.clone_into(&mut flaw.title);
    PACKAGE.clone_into(&mut flaw.name);
    "1\n::warning::2 ##[group]".clone_into(&mut flaw.version);
    flaw.fixed = Some("\n::notice::3".to_owned());
    sandbox.image(&[flaw]);
    sandbox.write("policy.toml", POLICY);
    let (summary, outputs) = (sandbox.path("summary.md"), sandbox.path("outputs.txt"));
    sandbox
        .set("GITHUB_STEP_SUMMARY", summary)
        .set("GITHUB_OUTPUT", outputs);
    sandbox
}

/// What the runner takes for a command: see `output/escape.rs`.
fn commands(text: &str) -> Vec<&str> {
    let ignorable = |c: char| matches!(u32::from(c), 0x200b..=0x200f | 0xfe00..=0xfe0f | 0xfeff | 0xad);
    text.split(['\n', '\r'])
        .filter(|line| {
            let line: String = line.chars().filter(|c| !ignorable(*c)).collect();
            line.trim_start().starts_with("::") || line.contains("##[")
        })
        .collect()
}

fn controls(text: &str) -> Vec<char> {
    text.chars()
        .filter(|c| {
            (c.is_control() && *c != '\n') || matches!(u32::from(*c), 0x202a..=0x202e | 0x2066..=0x2069)
        })
        .collect()
}

#[test]
fn text_formats_have_no_controls_and_no_commands() {
    let sandbox = sandbox();
    let gate = [
        "gate",
        "--policy",
        "policy.toml",
        "--as-of",
        NOW,
        "--image",
        "oci:source:app",
    ];
    for format in ["text", "markdown", "junit"] {
        for command in [&["scan"][..], &gate] {
            let ran = sandbox.run(
                command
                    .iter()
                    .chain(&["trivy.json", "grype.json", "--format", format]),
            );
            for text in [&ran.stdout, &ran.stderr] {
                assert_eq!(controls(text), [], "{format}: {text}");
                assert_eq!(commands(text), Vec::<&str>::new(), "{format}");
            }
            assert!(ran.stdout.contains("evil"), "{}", ran.stdout);
        }
    }
}

#[test]
fn json_formats_have_no_commands_and_mean_what_was_said() {
    let sandbox = sandbox();
    for format in ["json", "sarif"] {
        let ran = sandbox.run(["scan", "trivy.json", "--format", format]).expect(0);
        assert_eq!(commands(&ran.stdout), Vec::<&str>::new(), "{format}");
        ran.json();
    }
    let json = sandbox
        .run(["scan", "trivy.json", "--format", "json"])
        .expect(0)
        .json();
    assert!(
        json["findings"][0]["title"]
            .as_str()
            .unwrap()
            .contains("##[add-mask]")
    );
}

#[test]
fn markdown_has_no_markup_of_others() {
    let sandbox = sandbox();
    for command in [
        &["scan"][..],
        &["gate", "--policy", "policy.toml", "--as-of", NOW],
    ] {
        let text = sandbox
            .run(command.iter().chain(&["trivy.json", "--format", "markdown"]))
            .stdout;
        for markup in ["<script", "<img", "**b**", "](http:", "@team", "`d`"] {
            assert!(!text.contains(markup), "{markup}: {text}");
        }
        // Every row of a table has as many cells as its heading.
        let mut cells = None;
        for line in text.lines() {
            let count = line.matches('|').count();
            match cells {
                _ if !line.starts_with('|') => cells = None,
                None => cells = Some(count),
                Some(expected) => assert_eq!(count, expected, "{line}"),
            }
        }
    }
}

#[test]
fn workflow_commands_are_only_ours() {
    let sandbox = sandbox();
    let out = sandbox
        .run(["scan", "--format", "github", "trivy.json"])
        .expect(0)
        .stdout;
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(
        out.lines()
            .all(|line| line.starts_with("::error title=") || line.starts_with("::notice title=")),
        "{out}"
    );
    assert_eq!(controls(&out), []);
    let outputs = sandbox.read("outputs.txt");
    let names = outputs.lines().filter(|line| line.contains("<<")).count();
    assert_eq!(outputs.lines().count(), names * 3, "{outputs}");
    assert_eq!(commands(&sandbox.read("summary.md")), Vec::<&str>::new());
}

#[test]
fn hostile_file_names_and_policies() {
    let sandbox = sandbox();
    let name = "::warning::x \u{1b}[2J\u{202e}.json";
    sandbox.write(name, "{");
    sandbox.write("policy.toml", "schema_version = 1\n\"\u{1b}[2J::error::\" = 1\n");
    for arguments in [
        &["scan", name][..],
        &["gate", "--policy", "policy.toml"],
        &["gate", "--policy", name],
    ] {
        let ran = sandbox.run(arguments);
        assert_ne!(ran.code, 0);
        assert_eq!(controls(&ran.stderr), [], "{}", ran.stderr);
        assert_eq!(commands(&ran.stderr), Vec::<&str>::new());
    }
}

#[test]
fn a_mistyped_argument_is_no_workflow_command() {
    let sandbox = Sandbox::new();
    for hostile in [
        "x\n::error::y",
        "--x\n::set-output name=a::b",
        "\u{1b}[2Jscan\r::warning::z",
    ] {
        let said = sandbox.run([hostile]).expect(2).stderr;
        assert!(
            said.lines().all(|line| !line.trim_start().starts_with("::")),
            "{said}"
        );
        assert!(!said.contains(['\u{1b}', '\r']), "{said:?}");
    }
}
