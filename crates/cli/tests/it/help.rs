//! What `--help` says is part of the interface.

use crate::support::Sandbox;

fn help(arguments: &[&str]) -> String {
    Sandbox::new()
        .run(arguments.iter().chain(&["--help"]))
        .expect(0)
        .stdout
}

#[test]
fn help_of_the_command() {
    insta::assert_snapshot!(help(&[]));
}

#[test]
fn help_of_scan() {
    insta::assert_snapshot!(help(&["scan"]));
}

#[test]
fn help_of_gate() {
    insta::assert_snapshot!(help(&["gate"]));
}

#[test]
fn help_of_gate_test() {
    insta::assert_snapshot!(help(&["gate", "test"]));
}

#[test]
fn help_of_gate_explain() {
    insta::assert_snapshot!(help(&["gate", "explain"]));
}

#[test]
fn help_of_ship() {
    insta::assert_snapshot!(help(&["ship"]));
}

#[test]
fn help_of_inspect() {
    insta::assert_snapshot!(help(&["inspect"]));
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = Sandbox::new().run(["completions", shell]).expect(0).stdout;
        assert!(script.contains("low-memory"), "{shell}");
    }
}

#[test]
fn a_manual_page_for_every_command() {
    let sandbox = Sandbox::new();
    let page = sandbox.run(["man"]).expect(0).stdout;
    assert!(page.contains(".TH sealift 1"), "{page}");
    sandbox.run(["man", "--output", "man"]).expect(0);
    for name in [
        "sealift",
        "sealift-scan",
        "sealift-gate",
        "sealift-gate-test",
        "sealift-ship",
        "sealift-inspect",
    ] {
        assert!(sandbox.path(&format!("man/{name}.1")).is_file(), "{name}");
    }
}

#[test]
fn every_rule_is_explained() {
    let sandbox = Sandbox::new();
    let list = sandbox.run(["gate", "explain"]).expect(0).stdout;
    for &rule in sealift_gate::RuleId::ALL {
        assert!(list.contains(rule.as_str()), "{list}");
        let page = sandbox.run(["gate", "explain", rule.as_str()]).expect(0).stdout;
        assert!(page.contains(rule.as_str()), "{page}");
    }
}
