//! A report of any size in the shape of Trivy's SARIF (`pkg/report/sarif.go`, 0.58), with a known number of
//! findings that differ from another such report.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::random::Random;
use crate::{Result, shell};

/// What to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) results: usize,
    pub(crate) seed: u64,
    /// Of 1,000 rules, how many are other vulnerabilities than with drift 0.
    pub(crate) drift_per_mille: u64,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    /// Distinct (vulnerability, package, version).
    pub(crate) findings: usize,
    /// Of those, how many a report with drift 0 does not have. As many of its findings are missing here.
    pub(crate) drifted: usize,
}

/// Bytes that one result takes with its share of the rules.
const BYTES_PER_RESULT: u64 = 3_950;

/// (Is it a package of the system, name).
const PACKAGES: &[(bool, &str)] = &[
    (true, "openssl"),
    (true, "libssl3"),
    (true, "zlib1g"),
    (true, "curl"),
    (true, "bash"),
    (true, "libc6"),
    (true, "perl-base"),
    (true, "tar"),
    (true, "util-linux"),
    (true, "libsystemd0"),
    (true, "libxml2"),
    (true, "libexpat1"),
    (true, "libsqlite3-0"),
    (false, "lodash"),
    (false, "minimist"),
    (false, "axios"),
    (false, "express"),
    (false, "qs"),
    (false, "@babel/traverse"),
    (false, "pillow"),
    (false, "jinja2"),
    (false, "urllib3"),
    (false, "org.apache.logging.log4j:log4j-core"),
    (false, "com.fasterxml.jackson.core:jackson-databind"),
];

/// (Severity, SARIF level, lowest and highest score in tenths, weight).
const SEVERITIES: &[(&str, &str, u64, u64, u64)] = &[
    ("CRITICAL", "error", 90, 100, 5),
    ("HIGH", "error", 70, 89, 22),
    ("MEDIUM", "warning", 40, 69, 40),
    ("LOW", "note", 1, 39, 30),
    ("UNKNOWN", "note", 0, 0, 3),
];

const WORDS: &[&str] = &[
    "buffer",
    "overflow",
    "heap",
    "use",
    "after",
    "free",
    "integer",
    "memory",
    "corruption",
    "remote",
    "attacker",
    "crafted",
    "request",
    "denial",
    "of",
    "service",
    "parser",
    "library",
    "function",
    "allows",
    "arbitrary",
    "code",
    "execution",
    "via",
    "malformed",
    "input",
    "header",
    "certificate",
    "validation",
    "bypass",
    "path",
    "traversal",
    "race",
    "condition",
];

/// The chore: `OUT.sarif [--mb N | --results N] [--drift P] [--seed N]`.
pub(crate) fn run(arguments: &[String]) -> Result {
    let mut shape = Shape {
        results: 1000,
        seed: 1,
        drift_per_mille: 0,
    };
    let mut out = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut number = || -> Result<u64> {
            let value = words.next().ok_or_else(|| format!("{word} needs a number"))?;
            Ok(value
                .parse()
                .map_err(|_| format!("{word} {value}: not a whole number"))?)
        };
        match word.as_str() {
            "--mb" => shape.results = results_for(number()?),
            "--results" => shape.results = usize::try_from(number()?)?,
            "--drift" => shape.drift_per_mille = number()? * 10,
            "--seed" => shape.seed = number()?,
            name if !name.starts_with('-') && out.is_none() => out = Some(shell::root().join(name)),
            other => return Err(format!("generate does not take `{other}`").into()),
        }
    }
    let out = out.ok_or("generate needs the file to write")?;
    let written = write(&out, shape)?;
    println!(
        "{} findings, {} of them not in the report without drift",
        written.findings, written.drifted
    );
    Ok(())
}

/// How many results make a report of about this size.
pub(crate) fn results_for(megabytes: u64) -> usize {
    usize::try_from(megabytes * 1_000_000 / BYTES_PER_RESULT)
        .unwrap_or(usize::MAX)
        .max(1)
}

/// Writes the report; four rules for five results, as in real ones.
pub(crate) fn write(path: &Path, shape: Shape) -> Result<Written> {
    let rule_count = (shape.results * 4 / 5).max(1);
    let rules: Vec<Rule> = (0..rule_count)
        .map(|index| Rule::new(index as u64, shape))
        .collect();
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    write!(
        out,
        r#"{{
  "version": "2.1.0",
  "$schema": "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json",
  "runs": [
    {{
      "tool": {{
        "driver": {{
          "fullName": "Trivy Vulnerability Scanner",
          "informationUri": "https://github.com/aquasecurity/trivy",
          "name": "Trivy",
          "rules": ["#
    )?;
    for (index, rule) in rules.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        rule.write(&mut out)?;
    }
    write!(
        out,
        r#"
          ],
          "version": "0.58.1"
        }}
      }},
      "results": ["#
    )?;
    let mut all = BTreeSet::new();
    let mut drifted = BTreeSet::new();
    for number in 0..shape.results {
        let mut random = Random::new(&[shape.seed, 3, number as u64]);
        let index = if number < rule_count {
            number
        } else {
            usize::try_from(random.below(rule_count as u64))?
        };
        let rule = &rules[index];
        let version = version(&mut random, if rule.system { "+deb12u" } else { "" });
        out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        rule.write_result(&mut out, index, &version, random.below(100_000))?;
        if rule.drifted {
            drifted.insert((index, version.clone()));
        }
        all.insert((index, version));
    }
    write!(
        out,
        r#"
      ],
      "columnKind": "utf16CodeUnits",
      "originalUriBaseIds": {{
        "ROOTPATH": {{
          "uri": "file:///"
        }}
      }},
      "properties": {{
        "imageName": "library/app:1.0",
        "repoTags": [
          "library/app:1.0"
        ]
      }}
    }}
  ]
}}
"#
    )?;
    out.flush()?;
    Ok(Written {
        findings: all.len(),
        drifted: drifted.len(),
    })
}

fn version(random: &mut Random, suffix: &str) -> String {
    let plain = format!("{}.{}.{}", random.below(10), random.below(31), random.below(21));
    if suffix.is_empty() {
        plain
    } else {
        format!("{plain}{suffix}{}", random.between(1, 9))
    }
}

fn paragraph(random: &mut Random, words: u64) -> String {
    let mut text: Vec<&str> = vec!["A"];
    text.extend((0..words).map(|_| *random.choose(WORDS)));
    text.join(" ") + "."
}

/// A vulnerability in a package, as a rule of the report. Nothing in it needs escaping in JSON.
struct Rule {
    id: String,
    severity: &'static str,
    level: &'static str,
    score: String,
    system: bool,
    package: &'static str,
    fixed: String,
    title: String,
    description: String,
    drifted: bool,
}

impl Rule {
    fn new(index: u64, shape: Shape) -> Self {
        let drifted = Random::new(&[shape.seed, 1, index]).below(1000) < shape.drift_per_mille;
        let mut random = Random::new(&[shape.seed, 2, index, u64::from(drifted)]);
        let mut weight = random.below(SEVERITIES.iter().map(|severity| severity.4).sum());
        let mut chosen = &SEVERITIES[0];
        for severity in SEVERITIES {
            chosen = severity;
            if weight < severity.4 {
                break;
            }
            weight -= severity.4;
        }
        let tenths = random.between(chosen.2, chosen.3);
        // The number alone is unique, so no two rules share an id, drifted or not.
        let number = 1000 + index * 2 + u64::from(drifted);
        let (system, package) = *random.choose(PACKAGES);
        let fixed = if random.below(100) < 35 {
            String::new()
        } else {
            version(&mut random, "")
        };
        let title = paragraph(&mut random, 9);
        let words = random.between(40, 190);
        Self {
            id: format!("CVE-{}-{number}", random.between(2010, 2026)),
            severity: chosen.0,
            level: chosen.1,
            score: format!("{}.{}", tenths / 10, tenths % 10),
            system,
            package,
            fixed,
            title,
            description: paragraph(&mut random, words),
            drifted,
        }
    }

    fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        let Self {
            id,
            severity,
            level,
            score,
            package,
            fixed,
            title,
            description,
            ..
        } = self;
        let name = if self.system {
            "OsPackageVulnerability"
        } else {
            "LanguageSpecificPackageVulnerability"
        };
        let link = format!("https://avd.aquasec.com/nvd/{}", id.to_lowercase());
        write!(
            out,
            r#"            {{
              "id": "{id}",
              "name": "{name}",
              "shortDescription": {{
                "text": "{title}"
              }},
              "fullDescription": {{
                "text": "{description}"
              }},
              "defaultConfiguration": {{
                "level": "{level}"
              }},
              "helpUri": "{link}",
              "help": {{
                "text": "Vulnerability {id}\nSeverity: {severity}\nPackage: {package}\nFixed Version: {fixed}\nLink: [{id}]({link})\n{description}",
                "markdown": "**Vulnerability {id}**\n| Severity | Package | Fixed Version | Link |\n| --- | --- | --- | --- |\n|{severity}|{package}|{fixed}|[{id}]({link})|\n\n{description}"
              }},
              "properties": {{
                "precision": "very-high",
                "security-severity": "{score}",
                "tags": [
                  "vulnerability",
                  "security",
                  "{severity}"
                ]
              }}
            }}"#
        )
    }

    fn write_result(
        &self,
        out: &mut impl Write,
        index: usize,
        version: &str,
        place: u64,
    ) -> std::io::Result<()> {
        let Self {
            id,
            severity,
            level,
            package,
            fixed,
            ..
        } = self;
        let path = if self.system {
            "library/app".to_owned()
        } else {
            format!("app/modules/{package}/{place}/package.json")
        };
        write!(
            out,
            r#"        {{
          "ruleId": "{id}",
          "ruleIndex": {index},
          "level": "{level}",
          "message": {{
            "text": "Package: {package}\nInstalled Version: {version}\nVulnerability {id}\nSeverity: {severity}\nFixed Version: {fixed}\nLink: [{id}](https://avd.aquasec.com/nvd/{})"
          }},
          "locations": [
            {{
              "physicalLocation": {{
                "artifactLocation": {{
                  "uri": "{path}",
                  "uriBaseId": "ROOTPATH"
                }},
                "region": {{
                  "startLine": 1,
                  "startColumn": 1,
                  "endLine": 1,
                  "endColumn": 1
                }}
              }},
              "message": {{
                "text": "{path}: {package}@{version}"
              }}
            }}
          ]
        }}"#,
            id.to_lowercase()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generate(name: &str, shape: Shape) -> (Written, serde_json::Value) {
        let path = std::env::temp_dir().join(format!("sealift-generate-{}-{name}", std::process::id()));
        let written = write(&path, shape).expect("a report is written");
        let text = std::fs::read_to_string(&path).expect("it is read back");
        std::fs::remove_file(&path).expect("it is removed");
        (written, serde_json::from_str(&text).expect("it is JSON"))
    }

    fn messages(report: &serde_json::Value) -> BTreeSet<String> {
        let results = report["runs"][0]["results"].as_array().expect("results");
        results
            .iter()
            .map(|result| {
                let text = result["message"]["text"].as_str().expect("text");
                text.lines().take(3).collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    #[test]
    fn drift_is_counted_exactly() {
        let shape = Shape {
            results: 500,
            seed: 3,
            drift_per_mille: 0,
        };
        let (old, old_report) = generate("old", shape);
        let (new, new_report) = generate(
            "new",
            Shape {
                drift_per_mille: 100,
                ..shape
            },
        );
        let (before, after) = (messages(&old_report), messages(&new_report));
        assert_eq!(old.drifted, 0);
        assert_eq!((old.findings, new.findings), (before.len(), after.len()));
        assert!(new.drifted > 20, "{new:?}");
        assert_eq!(after.difference(&before).count(), new.drifted);
        assert_eq!(before.difference(&after).count(), new.drifted);
    }
}
