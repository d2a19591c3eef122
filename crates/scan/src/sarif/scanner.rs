//! Which tool wrote a run, and so how its results are read.

use sealift_types::Kind;

/// A tool whose results need their own reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scanner {
    Trivy,
    Grype,
    Snyk(Product),
    Scout,
    Osv,
    Prisma,
    /// Any other, with the kind of its results where they do not say it themselves.
    Other(Kind),
}

/// What a Snyk product finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    Packages,
    Code,
    Config,
    Secrets,
}

/// Words in tool names that tell what the tool finds.
const KINDS: [(Kind, &[&str]); 3] = [
    (
        Kind::Secret,
        &[
            "gitleaks",
            "trufflehog",
            "secret",
            "ggshield",
            "gitguardian",
            "whispers",
        ],
    ),
    (
        Kind::Misconfiguration,
        &[
            "checkov",
            "kics",
            "tfsec",
            "terrascan",
            "hadolint",
            "dockle",
            "kube",
            "cfn",
            "polaris",
            "dockerfile",
        ],
    ),
    (
        Kind::Vulnerability,
        &[
            "dependency-check",
            "anchore",
            "clair",
            "vulnerability",
            "audit",
            "twistlock",
            "xray",
        ],
    ),
];

impl Scanner {
    /// The tool of this `driver.name`.
    pub(super) fn of(name: &str) -> Self {
        let name = name.trim().to_ascii_lowercase();
        match name.as_str() {
            "trivy" | "trivypremium" | "trivy vulnerability scanner" => Self::Trivy,
            "grype" => Self::Grype,
            "docker scout" | "docker-scout" => Self::Scout,
            "osv-scanner" => Self::Osv,
            _ if name.starts_with("snyk") => Self::Snyk(match name.as_str() {
                _ if name.contains("code") && !name.contains("as code") => Product::Code,
                _ if name.contains("secret") => Product::Secrets,
                _ if name.contains("iac") || name.contains("infrastructure") => Product::Config,
                _ => Product::Packages,
            }),
            _ if name.contains("prisma cloud") || name.contains("twistcli") => Self::Prisma,
            _ => Self::Other(
                KINDS
                    .iter()
                    .find(|(_, words)| words.iter().any(|word| name.contains(word)))
                    .map_or(Kind::Code, |(kind, _)| *kind),
            ),
        }
    }

    /// The permanent name for policies.
    pub(super) fn permanent_name(self, tool: &str) -> String {
        match self {
            Self::Trivy => "trivy".to_owned(),
            Self::Grype => "grype".to_owned(),
            Self::Snyk(_) => "snyk".to_owned(),
            Self::Scout => "docker-scout".to_owned(),
            Self::Osv => "osv-scanner".to_owned(),
            Self::Prisma => "prisma-cloud".to_owned(),
            Self::Other(_) => kebab(tool),
        }
    }
}

/// A name in kebab-case: `CodeQL command-line toolchain` is `codeql-command-line-toolchain`.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars().take(64) {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() { "unknown" } else { out }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_real_reports() {
        let check = |name: &str, permanent: &str, scanner| {
            let found = Scanner::of(name);
            assert_eq!(
                (found.permanent_name(name).as_str(), found),
                (permanent, scanner),
                "{name}"
            );
        };
        check("Trivy", "trivy", Scanner::Trivy);
        check("TrivyPremium", "trivy", Scanner::Trivy);
        check("Grype", "grype", Scanner::Grype);
        check("docker scout", "docker-scout", Scanner::Scout);
        check("Snyk Container", "snyk", Scanner::Snyk(Product::Packages));
        check("Snyk Open Source", "snyk", Scanner::Snyk(Product::Packages));
        check("SnykCode", "snyk", Scanner::Snyk(Product::Code));
        check("Snyk IaC", "snyk", Scanner::Snyk(Product::Config));
        check(
            "Snyk Infrastructure as Code",
            "snyk",
            Scanner::Snyk(Product::Config),
        );
        check("Snyk Secrets", "snyk", Scanner::Snyk(Product::Secrets));
        check("Prisma Cloud (twistcli)", "prisma-cloud", Scanner::Prisma);
        check("gitleaks", "gitleaks", Scanner::Other(Kind::Secret));
        check(
            "CodeQL command-line toolchain",
            "codeql-command-line-toolchain",
            Scanner::Other(Kind::Code),
        );
        check(
            "dependency-check",
            "dependency-check",
            Scanner::Other(Kind::Vulnerability),
        );
        check(" ~ ", "unknown", Scanner::Other(Kind::Code));
    }
}
