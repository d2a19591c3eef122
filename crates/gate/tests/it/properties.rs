//! What must hold for every policy and every set of findings.

use proptest::prelude::*;
use sealift_gate::rules::{
    ExceptionExpired, ExceptionExpiring, ExceptionUnused, FindingCount, Misconfiguration, SeverityThreshold,
    UnknownSeverity,
};
use sealift_gate::{
    Action, Check, Exception, ExceptionOrigin, Facts, ImageScope, NameGlob, PackageScope, Period, Policy,
    Rule, Scope, Verdict, evaluate,
};
use sealift_types::{BaselineState, Finding, Fix, Kind, Severity};

use crate::build::{at, facts, now, statement, vulnerability};

fn severity() -> impl Strategy<Value = Severity> {
    prop::sample::select(Severity::ALL.to_vec())
}

fn action() -> impl Strategy<Value = Action> {
    prop::sample::select(vec![Action::Report, Action::Warn, Action::Deny])
}

fn finding() -> impl Strategy<Value = Finding> {
    let package = prop::sample::select(vec!["openssl", "curl", "bash"]);
    (
        0..6_u8,
        package,
        severity(),
        any::<bool>(),
        0..40_u8,
        0..3_u32,
        any::<(bool, bool, bool)>(),
    )
        .prop_map(
            |(id, package, severity, fixed, age, report, (is_new, has_fix_date, second))| {
                let id = format!("CVE-2026-{id}");
                let mut finding = vulnerability(&id, package, severity, if fixed { "2.0-1" } else { "" });
                let then = now() - jiff::SignedDuration::from_hours(24 * i64::from(age));
                finding.statements[0].report = report;
                finding.statements[0].published = (age < 35).then_some(then);
                finding.statements[0].fix.available = has_fix_date.then_some(then);
                finding.baseline = (!is_new).then_some(BaselineState::Unchanged);
                if second {
                    finding
                        .statements
                        .push(statement((report + 1) % 3, "GHSA-x", Severity::Medium, ""));
                }
                match age % 5 {
                    0 => finding.statements[0].fix = Fix::default(),
                    1 => finding.statements[0].severity_label = Some("H\u{456}gh".to_owned()),
                    2 => finding.statements[0].published = Some(at("2999-01-01T00:00:00Z")),
                    _ => {}
                }
                if age == 17 {
                    finding.kind = Kind::Misconfiguration;
                }
                finding
            },
        )
}

fn all_facts() -> impl Strategy<Value = Facts> {
    (prop::collection::vec(finding(), 0..8), 0..4_usize, any::<bool>()).prop_map(
        |(findings, reports, baseline)| {
            let mut facts = facts(&["trivy", "grype", "snyk"][..reports.min(3)], findings);
            facts.baseline = baseline.then(Default::default);
            facts
        },
    )
}

fn period() -> impl Strategy<Value = Option<Period>> {
    prop::option::of((0..40_u32).prop_map(Period::days))
}

fn threshold() -> impl Strategy<Value = SeverityThreshold> {
    let scanners = prop::sample::select(vec![vec![], vec!["trivy"], vec!["trivy", "snyk"]]);
    let packages = prop::sample::select(vec![vec![], vec!["openssl"], vec!["*l"]]);
    (
        severity(),
        scanners,
        any::<(bool, bool, bool)>(),
        period(),
        period(),
        period(),
        packages,
    )
        .prop_map(
            |(severity, scanners, (fixable_only, new_only, count), unfixed, published, fix, packages)| {
                SeverityThreshold {
                    severity,
                    scanners: scanners.into_iter().map(str::to_owned).collect(),
                    fixable_only,
                    unfixed_grace: unfixed,
                    published_grace: published,
                    fix_grace: fix,
                    new_only,
                    unknown_severity: if count {
                        UnknownSeverity::Count
                    } else {
                        UnknownSeverity::Ignore
                    },
                    scope: Scope {
                        packages: packages
                            .into_iter()
                            .map(|glob| NameGlob::new(glob).unwrap())
                            .collect(),
                        ..Scope::default()
                    },
                }
            },
        )
}

fn check() -> impl Strategy<Value = Check> {
    prop_oneof![
        4 => threshold().prop_map(Check::SeverityThreshold),
        2 => (0..4_u64, severity()).prop_map(|(max, severity)| {
            Check::FindingCount(FindingCount { max, severity, ..FindingCount::default() })
        }),
        1 => severity().prop_map(|severity| {
            Check::Misconfiguration(Misconfiguration { severity, ..Misconfiguration::default() })
        }),
        1 => Just(Check::ExceptionExpired(ExceptionExpired::default())),
    ]
}

fn exception() -> impl Strategy<Value = Exception> {
    let package = prop::option::of(prop::sample::select(vec!["openssl", "c*"]));
    (0..6_u8, package, any::<bool>(), any::<bool>()).prop_map(|(id, package, expired, elsewhere)| Exception {
        ids: vec![format!("CVE-2026-{id}")],
        packages: package
            .map(|package| PackageScope {
                name: NameGlob::new(package).ok(),
                ..PackageScope::default()
            })
            .into_iter()
            .collect(),
        images: elsewhere
            .then(|| ImageScope {
                name: NameGlob::new("other").ok(),
                ..ImageScope::default()
            })
            .into_iter()
            .collect(),
        reason: Some("r".to_owned()),
        owner: Some("o".to_owned()),
        expires: Some(at(if expired {
            "2026-06-01T00:00:00Z"
        } else {
            "2026-06-20T00:00:00Z"
        })),
        origin: ExceptionOrigin::default(),
        ..Exception::default()
    })
}

fn hygiene() -> Vec<Rule> {
    let warn = |check| Rule {
        action: Action::Warn,
        ..Rule::new(check)
    };
    vec![
        warn(Check::ExceptionUnused(ExceptionUnused::default())),
        warn(Check::ExceptionExpiring(ExceptionExpiring::default())),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    let rule = (check(), action(), prop::option::of(action()));
    (
        prop::collection::vec(rule, 1..4),
        prop::collection::vec(exception(), 0..4),
    )
        .prop_map(|(rules, exceptions)| {
            let rules = rules
                .into_iter()
                .enumerate()
                .map(|(index, (check, action, when_missing))| Rule {
                    name: index.to_string(),
                    action,
                    when_missing,
                    check,
                });
            Policy {
                rules: rules.chain(hygiene()).collect(),
                exceptions,
                ..Policy::default()
            }
        })
}

/// One way to make a policy stricter.
#[derive(Debug, Clone)]
enum Tighten {
    AddRule(Box<Check>),
    Act(usize),
    WhenMissing(usize),
    RemoveException(usize),
    EndException(usize),
    LowerSeverity(usize),
    CountUnfixable(usize),
    ShortenGraces(usize),
    CountOld(usize),
    CountUnknown(usize),
    AddScanner(usize),
    WidenScope(usize),
    LowerMax(usize),
}

fn tighten() -> impl Strategy<Value = Tighten> {
    use Tighten as T;
    let at = 0..4_usize;
    prop_oneof![
        check().prop_map(|check| T::AddRule(Box::new(check))),
        at.clone().prop_map(T::Act),
        at.clone().prop_map(T::WhenMissing),
        at.clone().prop_map(T::RemoveException),
        at.clone().prop_map(T::EndException),
        at.clone().prop_map(T::LowerSeverity),
        at.clone().prop_map(T::CountUnfixable),
        at.clone().prop_map(T::ShortenGraces),
        at.clone().prop_map(T::CountOld),
        at.clone().prop_map(T::CountUnknown),
        at.clone().prop_map(T::AddScanner),
        at.clone().prop_map(T::WidenScope),
        at.prop_map(T::LowerMax),
    ]
}

fn tightened(mut policy: Policy, how: Tighten) -> Policy {
    use Tighten as T;
    let threshold = |policy: &mut Policy, index: usize, change: &dyn Fn(&mut SeverityThreshold)| {
        if let Some(Rule {
            check: Check::SeverityThreshold(options),
            ..
        }) = policy.rules.get_mut(index)
        {
            change(options);
        }
    };
    match how {
        T::AddRule(check) => policy.rules.push(Rule {
            name: "added".to_owned(),
            ..Rule::new(*check)
        }),
        T::Act(index) => {
            if let Some(rule) = policy.rules.get_mut(index).filter(|rule| rule.id().may_deny()) {
                // What follows from missing evidence is the action's where nothing else is said.
                rule.action = Action::Deny;
            }
        }
        T::WhenMissing(index) => {
            if let Some(rule) = policy.rules.get_mut(index).filter(|rule| rule.id().may_deny()) {
                rule.when_missing = Some(Action::Deny);
            }
        }
        // An exception that is over excuses nothing, so removing it tightens nothing.
        T::RemoveException(index) => {
            if policy
                .exceptions
                .get(index)
                .is_some_and(|exception| exception.expires > Some(now()))
            {
                policy.exceptions.remove(index);
            }
        }
        T::EndException(index) => {
            if let Some(exception) = policy.exceptions.get_mut(index) {
                exception.expires = Some(at("2026-01-01T00:00:00Z"));
            }
        }
        T::LowerSeverity(index) => match policy.rules.get_mut(index).map(|rule| &mut rule.check) {
            Some(Check::SeverityThreshold(options)) => options.severity = options.severity.min(Severity::Low),
            Some(Check::FindingCount(options)) => options.severity = Severity::Unknown,
            Some(Check::Misconfiguration(options)) => options.severity = Severity::Unknown,
            _ => {}
        },
        T::CountUnfixable(index) => threshold(&mut policy, index, &|options| options.fixable_only = false),
        T::ShortenGraces(index) => threshold(&mut policy, index, &|options| {
            options.unfixed_grace = None;
            options.published_grace = None;
            options.fix_grace = options.fix_grace.map(|_| Period::days(0));
        }),
        T::CountOld(index) => threshold(&mut policy, index, &|options| options.new_only = false),
        T::CountUnknown(index) => {
            threshold(&mut policy, index, &|options| {
                options.unknown_severity = UnknownSeverity::Count;
            });
        }
        T::AddScanner(index) => threshold(&mut policy, index, &|options| {
            if !options.scanners.is_empty() {
                options.scanners.push("grype".to_owned());
            }
        }),
        T::WidenScope(index) => threshold(&mut policy, index, &|options| options.scope = Scope::default()),
        T::LowerMax(index) => {
            if let Some(Rule {
                check: Check::FindingCount(options),
                ..
            }) = policy.rules.get_mut(index)
            {
                options.max /= 2;
            }
        }
    }
    policy
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_stricter_policy_never_passes_what_a_laxer_one_denied(
        policy in policy(),
        facts in all_facts(),
        ways in prop::collection::vec(tighten(), 1..4),
    ) {
        let lax = evaluate(&policy, &facts, now());
        let strict = ways.into_iter().fold(policy, tightened);
        let strict = evaluate(&strict, &facts, now());
        if lax.verdict == Verdict::Deny {
            prop_assert_eq!(strict.verdict, Verdict::Deny);
        }
    }

    #[test]
    fn adding_a_finding_never_turns_a_denial_into_a_pass(
        policy in policy(),
        facts in all_facts(),
        more in finding(),
        place in any::<prop::sample::Index>(),
    ) {
        let before = evaluate(&policy, &facts, now());
        let mut after = facts;
        let place = place.index(after.findings.findings.len() + 1);
        after.findings.findings.insert(place, more);
        let after = evaluate(&policy, &after, now());
        if before.verdict == Verdict::Deny {
            prop_assert_eq!(after.verdict, Verdict::Deny);
        }
    }

    #[test]
    fn the_same_input_gives_the_same_bytes(policy in policy(), facts in all_facts()) {
        let json = |facts: &Facts| serde_json::to_vec(&evaluate(&policy, facts, now())).unwrap();
        let first = json(&facts);
        prop_assert_eq!(&json(&facts), &first);
        // Facts that went through their JSON are the same facts.
        let read: Facts = serde_json::from_slice(&serde_json::to_vec(&facts).unwrap()).unwrap();
        prop_assert_eq!(&json(&read), &first);
        // So is a report.
        let report: sealift_gate::Report = serde_json::from_slice(&first).unwrap();
        prop_assert_eq!(serde_json::to_vec(&report).unwrap(), first);
    }

    #[test]
    fn every_violation_is_a_violation_or_excepted_whatever_exceptions_there_are(
        policy in policy(),
        facts in all_facts(),
    ) {
        let bare = Policy { exceptions: vec![], ..policy.clone() };
        let (with, without) = (evaluate(&policy, &facts, now()), evaluate(&bare, &facts, now()));
        for (with, without) in with.rules.iter().zip(&without.rules) {
            if with.id.as_str() == "severity-threshold" {
                prop_assert_eq!(with.violations_total + with.excepted_total, without.violations_total);
            }
        }
    }

    #[test]
    fn any_text_is_a_policy_or_a_mistake_with_a_place(text in "(?s).{0,200}") {
        if let Err(error) = Policy::parse(&text) {
            prop_assert!(error.span.start <= error.span.end);
            error.position(&text);
        }
    }

    #[test]
    fn any_damage_to_a_policy_is_read_or_has_a_place(at in 0..2_000_usize, with in "[\\[\\]{}=\"a-z0-9,\n]{0,4}") {
        let mut text = Policy::BUILTIN.to_owned();
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        text.insert_str(at, &with);
        if let Err(error) = Policy::parse(&text) {
            prop_assert!(error.span.end <= text.len());
        }
    }
}
