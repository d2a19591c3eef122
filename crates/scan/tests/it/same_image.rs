//! One image, four scanners: made-up reports in the words of each, and the truth that merging must reach.
//!
//! The texts have the shapes that Trivy, Grype and Snyk write in JSON and Docker Scout in SARIF: epochs in three
//! places, GHSA ids first, source packages, repeated rows. They are read from bytes, then merged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sealift_scan::{ReadOptions, merge, parse};
use sealift_types::{FindingSet, Severity};

const BINARIES: [(&str, &str); 8] = [
    ("libssl1.1", "openssl"),
    ("openssl", "openssl"),
    ("libc6", "glibc"),
    ("libc-bin", "glibc"),
    ("zlib1g", "zlib"),
    ("login", "shadow"),
    ("passwd", "shadow"),
    ("tar", "tar"),
];
const LIBRARIES: [(&str, &str); 8] = [
    ("npm", "lodash"),
    ("npm", "@babel/traverse"),
    ("npm", "tar"),
    ("pypi", "PyYAML"),
    ("pypi", "ruamel.yaml_clib"),
    ("golang", "golang.org/x/net"),
    ("golang", "github.com/docker/docker/v20"),
    ("maven", "org.apache.logging.log4j:log4j-core"),
];
/// What Trivy, Grype and Snyk call an ecosystem.
const WORDS: [(&str, [&str; 3]); 4] = [
    ("npm", ["node-pkg", "npm", "npm"]),
    ("pypi", ["python-pkg", "python", "pip"]),
    ("golang", ["gobinary", "go-module", "gomodules"]),
    ("maven", ["jar", "java-archive", "maven"]),
];
const SEVERITIES: [Severity; 4] = [
    Severity::Low,
    Severity::Medium,
    Severity::High,
    Severity::Critical,
];
const SCANNERS: [&str; 4] = ["trivy", "grype", "snyk", "docker-scout"];

/// `SplitMix64`: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap_or(0)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// What a scanner says of one flaw: id, severity, versions that fix it.
type Said = (String, Severity, Vec<String>);

/// The truth: for each CVE, who says what.
type Truth = BTreeMap<String, BTreeMap<&'static str, Said>>;

struct Image {
    reports: [String; 4],
    truth: Truth,
}

impl Image {
    fn sets(&self) -> Vec<FindingSet> {
        let mut options = ReadOptions::default();
        options.digest = false;
        let read = &|report: &String| parse(report.as_bytes(), &options).unwrap();
        let sets: Vec<FindingSet> = std::thread::scope(|scope| {
            let threads = self
                .reports
                .each_ref()
                .map(|report| scope.spawn(move || read(report)));
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (set, scanner) in sets.iter().zip(SCANNERS) {
            assert_eq!(set.reports[0].scanner, scanner);
            assert!(set.reports[0].accounting.is_balanced());
            assert!(
                set.reports[0].warnings.is_empty(),
                "{:?}",
                set.reports[0].warnings
            );
        }
        sets
    }
}

/// A package as the four of them name it.
struct Named {
    /// Trivy's type of a result, Grype's of an artifact, Snyk's package manager.
    words: [&'static str; 3],
    name: String,
    version: String,
    source: Option<&'static str>,
    /// Trivy's, Grype's, Scout's.
    purls: [String; 3],
}

fn image(flaws: usize, seed: u64) -> Image {
    let mut random = Random(seed);
    let mut truth = Truth::new();
    let mut trivy = BTreeMap::<&str, String>::new();
    let [mut grype, mut snyk, mut rules, mut results] = [(); 4].map(|()| String::new());
    for number in 0..flaws {
        let cve = format!("CVE-2026-{}", 10_000 + number);
        let severity = random.pick(&SEVERITIES);
        let fixed = random.chance(70);
        let package = if random.chance(55) {
            debian(&mut random)
        } else {
            library(&mut random)
        };
        let ghsa = package
            .source
            .is_none()
            .then(|| format!("GHSA-{number:04}-aaaa-bbbb"));
        let mut said = BTreeMap::new();
        for (scanner, name) in SCANNERS.into_iter().enumerate() {
            if !random.chance([90, 90, 70, 80][scanner]) {
                continue;
            }
            let severity = if random.chance(80) {
                severity
            } else {
                random.pick(&SEVERITIES)
            };
            // Scanners differ in the release that they name, too.
            let fix = fixed.then(|| format!("{}.9.{}", package.version, u8::from(random.chance(10))));
            let id = match scanner {
                1 => ghsa.clone().unwrap_or_else(|| cve.clone()),
                2 => format!("SNYK-X-{number}"),
                _ => cve.clone(),
            };
            let flaw = Flaw {
                id: &id,
                cve: &cve,
                ghsa: ghsa.as_deref(),
                package: &package,
                severity,
                fix: fix.as_deref(),
            };
            match scanner {
                0 => flaw.trivy(trivy.entry(package.words[0]).or_default()),
                1 => flaw.grype(&mut grype),
                2 => flaw.snyk(&mut snyk, 1 + usize::from(number % 3 == 2)),
                _ => flaw.scout(&mut rules, &mut results),
            }
            said.insert(name, (id, severity, fix.into_iter().collect()));
        }
        if !said.is_empty() {
            truth.insert(cve, said);
        }
    }
    let mut trivy_results = String::new();
    for (word, rows) in &trivy {
        let class = if *word == "debian" { "os-pkgs" } else { "lang-pkgs" };
        let rows = rows.trim_end_matches(',');
        write!(
            trivy_results,
            r#"{{"Target":"app","Class":"{class}","Type":"{word}","Vulnerabilities":[{rows}]}},"#
        )
        .unwrap();
    }
    let [trivy, grype, snyk, rules, results] =
        [&trivy_results, &grype, &snyk, &rules, &results].map(|rows| rows.trim_end_matches(','));
    Image {
        reports: [
            format!(
                r#"{{"SchemaVersion":2,"ArtifactName":"acme/app:1","ArtifactType":"container_image","Results":[{trivy}]}}"#
            ),
            format!(r#"{{"matches":[{grype}],"source":{{"type":"image"}},"descriptor":{{"name":"grype"}}}}"#),
            format!(
                r#"{{"vulnerabilities":[{snyk}],"ok":false,"packageManager":"deb","path":"acme/app:1"}}"#
            ),
            format!(
                r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"docker scout","rules":[{rules}]}}}},"results":[{results}]}}]}}"#
            ),
        ],
        truth,
    }
}

/// What one scanner says of one flaw.
struct Flaw<'a> {
    id: &'a str,
    cve: &'a str,
    ghsa: Option<&'a str>,
    package: &'a Named,
    severity: Severity,
    fix: Option<&'a str>,
}

impl Flaw<'_> {
    fn trivy(&self, out: &mut String) {
        let Named {
            name,
            version,
            source,
            purls,
            ..
        } = self.package;
        let severity = self.severity.as_str().to_ascii_uppercase();
        let status = if self.fix.is_some() { "fixed" } else { "affected" };
        let (id, fix) = (self.id, self.fix.unwrap_or_default());
        write!(
            out,
            r#"{{"VulnerabilityID":"{id}","PkgName":"{name}","InstalledVersion":"{version}","FixedVersion":"{fix}","Status":"{status}","Severity":"{severity}""#
        )
        .unwrap();
        // Libraries as older releases wrote them, without a package URL.
        if let Some(source) = source {
            write!(
                out,
                r#","SrcName":"{source}","PkgIdentifier":{{"PURL":"{}"}}"#,
                purls[0]
            )
            .unwrap();
        }
        out.push_str("},");
    }

    fn grype(&self, out: &mut String) {
        let Named {
            words,
            name,
            version,
            source,
            purls,
        } = self.package;
        let label = match self.severity {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            _ => "Low",
        };
        let (state, fix) = match self.fix {
            Some(fix) => ("fixed", format!("\"{fix}\"")),
            None => ("not-fixed", String::new()),
        };
        let related = if self.ghsa.is_some() {
            format!(r#"{{"id":"{}"}}"#, self.cve)
        } else {
            String::new()
        };
        let upstream = source.map_or(String::new(), |source| format!(r#"{{"name":"{source}"}}"#));
        write!(
            out,
            r#"{{"vulnerability":{{"id":"{}","severity":"{label}","fix":{{"versions":[{fix}],"state":"{state}"}}}},"relatedVulnerabilities":[{related}],"artifact":{{"name":"{name}","version":"{version}","type":"{}","purl":"{}","upstreams":[{upstream}]}}}},"#,
            self.id, words[1], purls[1]
        )
        .unwrap();
    }

    fn snyk(&self, out: &mut String, rows: usize) {
        let Named {
            words,
            name,
            version,
            source,
            ..
        } = self.package;
        let name = source.map_or(name.clone(), |source| format!("{source}/{name}"));
        let quoted = |text: Option<&str>| text.map_or(String::new(), |text| format!("\"{text}\""));
        for way in 0..rows {
            write!(
                out,
                r#"{{"id":"{}","severity":"{}","identifiers":{{"CVE":["{}"],"GHSA":[{}]}},"packageName":"{name}","name":"{name}","version":"{version}","packageManager":"{}","fixedIn":[{fix}],"from":["app","way{way}","{name}@{version}"]}},"#,
                self.id,
                self.severity,
                self.cve,
                quoted(self.ghsa),
                words[2],
                fix = quoted(self.fix),
            )
            .unwrap();
        }
    }

    fn scout(&self, rules: &mut String, results: &mut String) {
        let label = self.severity.as_str().to_ascii_uppercase();
        let (id, purl, fix) = (self.id, &self.package.purls[2], self.fix.unwrap_or("not fixed"));
        write!(
            rules,
            r#"{{"id":"{id}","name":"OsPackageVulnerability","properties":{{"cvssV3_severity":"{label}","fixed_version":"{fix}","purls":["{purl}"],"tags":["{label}"]}}}},"#
        )
        .unwrap();
        write!(
            results,
            r#"{{"ruleId":"{id}","kind":"fail","level":"warning","message":{{"text":"  Vulnerability  : {id}  \n  Severity       : {label}  \n  Package        : {purl}  \n  Affected range : >=0  \n  Fixed version  : {fix}  \n"}}}},"#
        )
        .unwrap();
    }
}

fn debian(random: &mut Random) -> Named {
    let (name, source) = random.pick(&BINARIES);
    let version = format!(
        "{}.{}-1+deb12u{}",
        random.below(4),
        random.below(30),
        random.below(5)
    );
    let (full, qualifier) = if random.chance(33) {
        (format!("1:{version}"), "&epoch=1")
    } else {
        (version.clone(), "")
    };
    let escaped = full.replace(':', "%3A").replace('+', "%2B");
    Named {
        words: ["debian", "deb", "debian:12"],
        name: name.to_owned(),
        version: full,
        source: Some(source),
        purls: [
            format!("pkg:deb/debian/{name}@{version}?distro=debian-12{qualifier}"),
            format!("pkg:deb/debian/{name}@{escaped}?upstream={source}"),
            format!("pkg:deb/debian/{source}@{escaped}?os_version=12"),
        ],
    }
}

fn library(random: &mut Random) -> Named {
    let (package_type, name) = random.pick(&LIBRARIES);
    let version = format!("{}.{}.0", random.below(9), random.below(20));
    let path = match package_type {
        "pypi" => name.to_lowercase().replace('_', "-"),
        "maven" => name.replace(':', "/"),
        _ => name.replace('@', "%40"),
    };
    let version = match package_type {
        "golang" => format!("v{version}"),
        _ => version,
    };
    let words = WORDS
        .into_iter()
        .find(|(known, _)| *known == package_type)
        .unwrap()
        .1;
    let purl = format!("pkg:{package_type}/{path}@{version}");
    Named {
        words,
        name: name.to_owned(),
        version,
        source: None,
        purls: [(); 3].map(|()| purl.clone()),
    }
}

/// What a merged set says, in the truth's shape; a CVE that has two findings is an error.
fn outcome(merged: &FindingSet) -> Truth {
    let mut outcome = Truth::new();
    for finding in &merged.findings {
        let said = finding.statements.iter().map(|statement| {
            let scanner = merged.reports[statement.report as usize].scanner.as_str();
            let scanner = SCANNERS
                .into_iter()
                .find(|known| *known == scanner)
                .unwrap_or("unknown");
            let versions = statement.fix.versions.clone();
            assert_eq!(statement.fix.is_available(), !versions.is_empty());
            (scanner, (statement.id.clone(), statement.severity, versions))
        });
        let before = outcome.insert(finding.id.clone(), said.collect());
        assert!(before.is_none(), "{} has two findings", finding.id);
    }
    outcome
}

fn check(flaws: usize, seed: u64) {
    let image = image(flaws, seed);
    let found = outcome(&merge(image.sets()));
    assert_eq!(found.len(), image.truth.len(), "{flaws} flaws, seed {seed}");
    for (cve, said) in &image.truth {
        assert_eq!(found.get(cve), Some(said), "{cve} of {flaws} flaws, seed {seed}");
    }
}

#[test]
fn four_scanners_merge_to_the_truth() {
    for (flaws, seeds) in [(200, 1..=5), (2_000, 1..=3)] {
        for seed in seeds {
            check(flaws, seed);
        }
    }
}

#[test]
fn a_large_image_merges_to_the_truth() {
    check(50_000, 1);
}

#[test]
fn a_missing_report_takes_only_its_statements_away() {
    let image = image(500, 9);
    let (sets, truth) = (image.sets(), &image.truth);
    let all = outcome(&merge(sets.clone()));
    for (missing, scanner) in SCANNERS.iter().enumerate() {
        let rest = sets.iter().enumerate().filter(|(place, _)| *place != missing);
        let merged = merge(rest.map(|(_, set)| set.clone()));
        let expected: BTreeSet<&String> = truth
            .iter()
            .filter(|(_, said)| said.keys().any(|key| key != scanner))
            .map(|(cve, _)| cve)
            .collect();
        let found: BTreeSet<&String> = all
            .keys()
            .filter(|cve| merged.findings.iter().any(|f| f.id == **cve))
            .collect();
        assert_eq!(found, expected, "without {scanner}");
        assert_eq!(merged.findings.len(), expected.len(), "without {scanner}");
    }
}
