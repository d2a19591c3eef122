//! Rules of one's own.

#[cfg(not(feature = "rego"))]
mod without {
    use sealift_gate::{Outcome, Verdict};

    use crate::build::{check, facts};

    #[test]
    fn a_build_without_rego_denies_what_it_cannot_judge() {
        let report = check(
            "[[rule]]\nid = \"rego\"\nmodule = \"package sealift\"",
            &facts(&["trivy"], vec![]),
            Verdict::Deny,
        );
        assert_eq!(report.rules[0].outcome, Outcome::Missing);
    }
}

#[cfg(feature = "rego")]
mod with {
    use sealift_gate::{Facts, Outcome, Report, Verdict};
    use sealift_types::Severity;

    use crate::build::{check, facts, vulnerability};

    fn module(body: &str) -> String {
        format!(
            "[[rule]]\nid = \"rego\"\ntime_limit_ms = 300\nmodule = '''\npackage sealift\nimport rego.v1\n{body}\n'''\n"
        )
    }

    fn openssl() -> Facts {
        facts(
            &["trivy"],
            vec![vulnerability("CVE-2026-1", "openssl", Severity::Low, "")],
        )
    }

    #[track_caller]
    fn missing(report: &Report, why: &str) {
        assert_eq!(report.rules[0].outcome, Outcome::Missing);
        assert!(
            report.rules[0].missing[0].contains(why),
            "{:?}",
            report.rules[0].missing
        );
    }

    const ABOUT_OPENSSL: &str = "deny contains {\"msg\": \"no openssl\", \"finding\": index} if {
        some index, finding in input.findings
        finding.package.name == \"openssl\"
    }";

    #[test]
    fn findings_are_denied_and_exceptions_apply() {
        let report = check(&module(ABOUT_OPENSSL), &openssl(), Verdict::Deny);
        assert_eq!(
            report.rules[0].violations[0].message,
            "CVE-2026-1 in openssl 1.0-1: low, no openssl"
        );
        check(&module(ABOUT_OPENSSL), &facts(&["trivy"], vec![]), Verdict::Pass);
        let exception =
            "[[exception]]\nid = \"CVE-2026-1\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2026-12-31\n";
        check(
            &format!("{}{exception}", module(ABOUT_OPENSSL)),
            &openssl(),
            Verdict::Pass,
        );
    }

    #[test]
    fn texts_warnings_and_the_time() {
        check(
            &module("deny contains \"no\" if { startswith(input.now, \"2026-06-15T12\") }"),
            &openssl(),
            Verdict::Deny,
        );
        check(
            &module("warn contains \"look\" if { true }"),
            &openssl(),
            Verdict::Warn,
        );
        check(
            &module("warn contains \"look\" if { false }"),
            &openssl(),
            Verdict::Pass,
        );
    }

    #[test]
    fn what_cannot_be_judged_is_missing_evidence() {
        missing(&check(&module("x := 1"), &openssl(), Verdict::Deny), "neither");
        missing(&check(&module("deny := 1"), &openssl(), Verdict::Deny), "sets");
        missing(
            &check(&module("deny contains"), &openssl(), Verdict::Deny),
            "could not be judged",
        );
        let other = "[[rule]]\nid = \"rego\"\nmodule = \"package other\\ndeny := []\"";
        missing(&check(other, &openssl(), Verdict::Deny), "data.other");
        let file = "[[rule]]\nid = \"rego\"\nfile = \"x.rego\"";
        missing(&check(file, &openssl(), Verdict::Deny), "x.rego");
        let small = "[[rule]]\nid = \"rego\"\nmax_bytes = 10\nmodule = \"package sealift\\ndeny := []\"";
        missing(&check(small, &openssl(), Verdict::Deny), "10 bytes");
    }

    #[test]
    fn a_runaway_module_is_cut_off() {
        let runaway = "deny contains \"x\" if {
            n := numbers.range(1, 100000)
            some a in n; some b in n; some c in n
            a + b + c == -1
        }";
        let start = std::time::Instant::now();
        missing(&check(&module(runaway), &openssl(), Verdict::Deny), "time");
        assert!(start.elapsed().as_secs() < 30);
    }

    #[test]
    fn there_is_no_clock_network_or_randomness() {
        for call in [
            "time.now_ns()",
            "http.send({\"url\": \"http://localhost\"})",
            "rand.intn(\"x\", 5)",
            "uuid.rfc4122(\"\")",
            "opa.runtime()",
        ] {
            let body = format!("deny contains \"x\" if {{ {call} }}");
            let report = check(&module(&body), &openssl(), Verdict::Deny);
            missing(&report, "could not be judged");
        }
    }
}
