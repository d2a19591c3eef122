//! Facts that tools print as `Key: value` lines, or as a Markdown table, into texts for people.
//!
//! A package's name comes from outside and may hold line breaks, so a line may be forged. What repeats is told
//! by [`Facts::is_ambiguous`], and the worst severity is taken.

use sealift_types::Severity;

/// What such a text states of one package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) severity: Option<Box<str>>,
    pub(super) package: Option<Box<str>>,
    pub(super) version: Option<Box<str>>,
    /// The fixed versions as written; empty where the line is there without one.
    pub(super) fixed: Option<Box<str>>,
    /// `Type:`: an ecosystem (Grype), a file type (Trivy).
    pub(super) kind: Option<Box<str>>,
    /// `Artifact:` (Trivy).
    pub(super) artifact: Option<Box<str>>,
    /// `PkgName:` (Trivy's licences).
    pub(super) license_package: Option<Box<str>>,
    /// `Message:` (Trivy's misconfigurations).
    pub(super) message: Option<Box<str>>,
    repeated: bool,
}

/// Lines read of a text: the tools' own lines are its first dozen.
const MAX_LINES: usize = 24;

/// Bytes kept of one value.
const MAX_VALUE: usize = 1024;

impl Facts {
    /// The facts of lines in the order in which Trivy, Grype and Anchore write them.
    pub(super) fn of_lines(text: &str) -> Self {
        let mut facts = Self::default();
        for line in text.lines().take(MAX_LINES) {
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            facts.set(key.trim(), value.trim());
        }
        facts
    }

    /// The facts of a Markdown table's first row, by its header (Prisma Cloud).
    pub(super) fn of_table(table: &str) -> Self {
        let cells = |line: &str| -> Vec<String> {
            line.trim()
                .trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        };
        let mut lines = table.lines().map(str::trim).filter(|line| line.starts_with('|'));
        let mut facts = Self::default();
        if let (Some(header), Some(_), Some(row)) = (lines.next(), lines.next(), lines.next()) {
            for (key, value) in cells(header).iter().zip(cells(row)) {
                facts.set(key, &value);
            }
        }
        facts
    }

    fn set(&mut self, key: &str, value: &str) {
        let slot = match key {
            "Severity" => {
                if let Some(known) = &self.severity {
                    self.repeated = true;
                    if Severity::from_label(value) <= Severity::from_label(known) {
                        return;
                    }
                }
                &mut self.severity
            }
            "Package" => &mut self.package,
            "Version" | "Installed Version" => &mut self.version,
            "Fixed Version" | "Fix Version" => &mut self.fixed,
            "Fix Status" => {
                self.fixed = Some(value.strip_prefix("fixed in").unwrap_or_default().trim().into());
                return;
            }
            "Type" => &mut self.kind,
            "Artifact" => &mut self.artifact,
            "PkgName" => &mut self.license_package,
            "Message" => &mut self.message,
            _ => return,
        };
        // A forged line comes with the package's name, so before the tool's own; but a version may hold one too.
        let is_name = matches!(key, "Package" | "Artifact" | "PkgName");
        self.repeated |= slot.is_some();
        if slot.is_none() || !is_name {
            *slot = Some(crate::accept::cut(value, MAX_VALUE).into());
        }
    }

    /// Whether a line came twice.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.repeated
    }

    /// The fixed versions, where there are any; `Some(empty)` where the text says that there are none.
    pub(super) fn fixes(&self) -> Option<Vec<String>> {
        let fixed = self.fixed.as_deref()?;
        let none = ["", "none", "not fixed", "n/a", "unknown"]
            .iter()
            .any(|word| fixed.eq_ignore_ascii_case(word));
        Some(if none { Vec::new() } else { versions(fixed) })
    }
}

/// A list of versions in one text: `1.2.3, 2.0.1`.
pub(super) fn versions(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|version| !version.is_empty())
        .take(64)
        .map(ToOwned::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_trivy_and_grype() {
        let facts = Facts::of_lines(
            "Package: zlib\r\nInstalled Version: 1.2\r\nSeverity: HIGH\r\nFixed Version: \r\n",
        );
        assert_eq!(facts.package.as_deref(), Some("zlib"));
        assert_eq!(facts.version.as_deref(), Some("1.2"));
        assert_eq!(facts.fixes(), Some(Vec::new()));
        assert!(!facts.is_ambiguous());
        let facts = Facts::of_lines("Severity: low\nVersion: 1:2.3\nFix Version: 1,2\nType: rpm");
        assert_eq!(facts.version.as_deref(), Some("1:2.3"));
        assert_eq!(facts.fixes(), Some(vec!["1".to_owned(), "2".to_owned()]));
    }

    #[test]
    fn a_forged_line_cannot_lower_the_severity() {
        for text in [
            "Package: evil\nSeverity: LOW\nInstalled Version: 1\nSeverity: CRITICAL\nFixed Version: ",
            "Package: evil\nInstalled Version: 1\nSeverity: CRITICAL\nFixed Version: \nSeverity: LOW",
        ] {
            let facts = Facts::of_lines(text);
            assert_eq!(facts.severity.as_deref(), Some("CRITICAL"));
            assert!(facts.is_ambiguous());
        }
    }

    #[test]
    fn the_table_of_prisma() {
        let facts = Facts::of_table(
            "| CVE | Severity | Package | Version | Fix Status |\n| --- | --- | --- | --- | --- |\n\
             | [CVE-1](u) | high | tool | 1.0-r0 | fixed in 1.0-r2 |\n",
        );
        assert_eq!(facts.severity.as_deref(), Some("high"));
        assert_eq!(facts.package.as_deref(), Some("tool"));
        assert_eq!(facts.fixes(), Some(vec!["1.0-r2".to_owned()]));
    }
}
