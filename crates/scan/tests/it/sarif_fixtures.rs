//! One SARIF report of each tool, whole: what is read of every result, in one line each.

use std::fmt::Write as _;

use sealift_scan::{ReadOptions, parse};
use sealift_types::FindingSet;

fn read(bytes: &str) -> FindingSet {
    let set = parse(bytes.as_bytes(), &ReadOptions::default()).unwrap();
    for report in &set.reports {
        assert!(report.accounting.is_balanced(), "{:?}", report.accounting);
        assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    }
    set
}

/// Scanner and image, then of each finding: id, aliases, package, version, type, severity, fix, suppression.
fn lines(bytes: &str) -> String {
    let set = read(bytes);
    let report = &set.reports[0];
    let image = report.subject.name.as_deref().unwrap_or("-");
    let version = report.version.as_deref().unwrap_or("-");
    let mut out = format!("{} {version} {image}\n", report.scanner);
    for finding in &set.findings {
        let statement = &finding.statements[0];
        let package = finding.package.as_ref().unwrap();
        let suppression = statement.suppression.as_ref();
        writeln!(
            out,
            "{} [{}] {} {} {} {} {:?} [{}] {}",
            finding.id,
            finding.aliases.join(" "),
            package.name,
            package.version.as_deref().unwrap_or("-"),
            package.package_type.as_deref().unwrap_or("-"),
            statement.severity,
            statement.fix.state,
            statement.fix.versions.join(" "),
            suppression.map_or("-", |suppression| suppression
                .justification
                .as_deref()
                .unwrap_or("?")),
        )
        .unwrap();
    }
    out
}

macro_rules! fixture {
    ($name:ident, $file:literal, $expected:literal) => {
        #[test]
        fn $name() {
            let text = include_str!(concat!("../data/sarif/", $file));
            assert_eq!(lines(text), $expected.trim_start());
        }
    };
}

fixture!(
    trivy,
    "trivy-0.58.sarif",
    "
trivy 0.58.1 acme/app:1
CVE-2030-1 [] libtool 1:1.2 - high Fixed [1:1.3] -
CVE-2030-2 [] @acme/lib 2.0.0 - medium Fixed [2.0.1 1.9.4] -
CVE-2030-1 [] tool 1.2 - low NotFixed [] -
"
);
fixture!(
    trivy_of_old,
    "trivy-0.15.sarif",
    "
trivy 0.15 -
CVE-2030-1 [] tool 1.2-r0 - high Fixed [1.3-r0] -
"
);
fixture!(
    grype,
    "grype.sarif",
    "
grype 0.112.0 -
GHSA-aaaa-bbbb-cccc [] lib 2.0.0 npm critical NotFixed [] -
CVE-2030-1 [] lib-a-b 1.1 deb low Fixed [1.2 2.0] -
"
);
fixture!(
    snyk_of_old,
    "snyk-old.sarif",
    "
snyk - -
CVE-2030-1 [SNYK-ALPINE316-OPENSSL-1] libcrypto1.1 1.1.1n-r0 apk high Fixed [1.1.1q-r0] -
"
);
fixture!(
    snyk,
    "snyk-new.sarif",
    "
snyk 1.1300.0 acme
CVE-2030-3 [SNYK-JS-LIB-1] @scope/lib 1.0.0 npm critical Fixed [] not reachable
SNYK-JS-OTHER-2 [] other 3.0.0 npm medium Unknown [] -
"
);
fixture!(
    scout,
    "scout.sarif",
    "
docker-scout 1.18.2 -
CVE-2030-4 [] @acme/lib 2.0.0 npm critical Fixed [2.0.1] -
CVE-2030-4 [] shadow 1:4.13+dfsg1 deb low NotFixed [] -
"
);
fixture!(
    osv,
    "osv.sarif",
    "
osv-scanner 2.2.0 -
CVE-2030-1 [GHSA-aaaa-bbbb-cccc] lib 1.0.0 - critical Unknown [] -
"
);
