//! Measures `evaluate` over 25,000 to 1,000,000 findings: `cargo run --release -p sealift-gate --example evaluate`.
//!
//! Two scanners' statements for each finding, a fifth of them high or critical with a fix, 500 exceptions; the built-in
//! policy, and the same with a count that denies every finding. With the feature `rego` a module that looks at every finding is measured as well.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use sealift_gate::{Facts, Policy, evaluate};
use sealift_types::{Finding, FindingSet, Fix, FixState, Package, Report, Severity, Statement};

#[cfg(feature = "rego")]
const MODULE: &str = r#"
[[rule]]
id = "rego"
time_limit_ms = 60000
module = '''
package sealift
import rego.v1
deny contains {"msg": "critical", "finding": index} if {
    some index, finding in input.findings
    finding.statements[_].severity == "critical"
}
'''
"#;

#[expect(clippy::print_stdout, reason = "a measurement prints")]
fn main() {
    let now: Timestamp = "2026-06-15T12:00:00Z".parse().expect("a time");
    let exception = "reason = \"r\"\nowner = \"o\"\nexpires = 2026-12-31\n";
    let exceptions = (0..500).map(|number| format!("[[exception]]\nid = \"CVE-2026-{number}\"\n{exception}"));
    let exceptions: String = exceptions.collect();
    let builtin = format!("{}\n{exceptions}", Policy::BUILTIN);
    let count = format!(
        "{}\n[[rule]]\nid = \"finding-count\"\n{exceptions}",
        Policy::BUILTIN
    );
    println!("{:>10} {:>14} {:>18}", "findings", "built-in", "every one denied");
    for findings in [25_000, 100_000, 1_000_000] {
        let facts = facts(findings);
        let time = |text: &str| {
            let policy = Policy::parse(text).expect("a policy");
            best_of(9, || evaluate(&policy, &facts, now))
        };
        println!("{findings:>10} {:>14.1?} {:>18.1?}", time(&builtin), time(&count));
    }
    #[cfg(feature = "rego")]
    {
        let policy = Policy::parse(&format!("schema_version = 1\n{MODULE}")).expect("a policy");
        let facts = facts(25_000);
        let best = best_of(5, || evaluate(&policy, &facts, now));
        println!("{:>10} {best:>12.2?} with Rego", 25_000);
    }
}

/// The least time of some runs, on the processor where the system tells it (a shared machine's wall clock measures
/// the neighbours).
fn best_of<T>(runs: u32, mut run: impl FnMut() -> T) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..runs {
        let (wall, processor) = (wall_clock(), processor_time());
        let result = std::hint::black_box(run());
        let spent = match (processor, processor_time()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => wall.elapsed(),
        };
        best = best.min(spent);
        drop(result);
    }
    best
}

#[expect(
    clippy::disallowed_methods,
    reason = "the measurement is about time, not the gate"
)]
fn wall_clock() -> Instant {
    Instant::now()
}

/// Time that this process has spent on a processor; Linux tells it.
#[expect(
    clippy::disallowed_methods,
    reason = "the measurement is about time, not the gate"
)]
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn facts(count: u32) -> Facts {
    let report = |scanner: &str| Report {
        source: format!("{scanner}.json"),
        scanner: scanner.to_owned(),
        ..Report::default()
    };
    Facts {
        findings: FindingSet {
            reports: vec![report("trivy"), report("snyk")],
            findings: (0..count).map(finding).collect(),
        },
        ..Facts::default()
    }
}

fn finding(number: u32) -> Finding {
    let id = format!("CVE-2026-{}", number / 3);
    let severity = match number % 10 {
        0 => Severity::High,
        1 => Severity::Critical,
        2..=5 => Severity::Medium,
        _ => Severity::Low,
    };
    let statement = |report, id: &str| Statement {
        report,
        id: id.to_owned(),
        severity,
        fix: Fix {
            state: FixState::Fixed,
            versions: vec![format!("1.{}.0", number % 7 + 3)],
            available: None,
        },
        rows: 1,
        ..Statement::default()
    };
    Finding {
        aliases: vec![format!("GHSA-{number:012}")],
        package: Some(Package {
            package_type: Some("npm".to_owned()),
            version: Some("1.2.0".to_owned()),
            ..Package::named(format!("package-{}", number % 2_000))
        }),
        statements: vec![statement(0, &id), statement(1, &format!("SNYK-JS-{number}"))],
        id,
        ..Finding::default()
    }
}
