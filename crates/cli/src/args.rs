//! What can be typed.
//!
//! Every flag that a pipeline may want to set has an environment variable; one that is set but empty counts as not
//! set, since that is what an unset input of a workflow gives.

use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use sealift_types::{Digest, Kind, Severity};

/// The tree of commands with everything set up.
pub(crate) fn command() -> clap::Command {
    without_empty_variables(Cli::command())
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    command
        .mut_args(|arg| {
            let is_empty = arg
                .get_env()
                .and_then(std::env::var_os)
                .is_some_and(|value| value.is_empty());
            if is_empty { arg.env(Resettable::Reset) } else { arg }
        })
        .mut_subcommands(without_empty_variables)
}

/// Gate a built container image on its evidence, then ship exactly those bytes.
#[derive(Debug, Parser)]
#[command(
    name = "sealift",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  sealift scan trivy.json grype.json snyk.json
  sealift gate trivy.json --policy policy.toml --image oci:./build:app
  sealift ship oci:./build:app oci:./registry:1.4.2 --report trivy.json --policy policy.toml
  sealift inspect oci:./build:app

Exit codes: 0 done or passed, 1 failed, 2 wrong usage, 3 nothing to work on, 10 denied, 11 proof did not verify."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Display")]
pub(crate) struct GlobalArgs {
    /// When to use colour; `NO_COLOR` also turns it off.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        env = "SEALIFT_COLOR",
        hide_env_values = true,
        value_name = "WHEN"
    )]
    pub(crate) color: ColorChoice,
    /// Print no warnings, notes or progress.
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        env = "SEALIFT_QUIET",
        hide_env_values = true
    )]
    pub(crate) quiet: bool,
    /// Print more about what is read and done.
    #[arg(short, long, global = true, env = "SEALIFT_VERBOSE", hide_env_values = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal only.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Scan(ScanArgs),
    Gate(GateArgs),
    Ship(ShipArgs),
    Inspect(InspectArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Read scanner reports into one list of findings.
///
/// Reads Trivy, Grype, Snyk, Docker Scout, osv-scanner, GitLab and any SARIF 2.1.0, recognised by content. Findings of
/// several reports are merged: one for each vulnerability, component and version, with what every scanner says of it.
/// Findings never make this command fail; `sealift gate` decides.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift scan trivy.json grype.json
  sealift scan --summary --format json *.sarif
  sealift scan --min-severity high --fixable trivy.json
  sealift scan --baseline last-release.json trivy.json
  sealift scan --format sarif --output merged.sarif trivy.json snyk.json
  trivy image --format json app | sealift scan -")]
pub(crate) struct ScanArgs {
    /// Reports to read; `-` is standard input.
    #[arg(
        value_name = "FILE",
        env = "SEALIFT_REPORTS",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub(crate) reports: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// Print counts by severity instead of findings.
    #[arg(long, env = "SEALIFT_SUMMARY", hide_env_values = true)]
    pub(crate) summary: bool,
    /// Read in a stream: memory does not grow with the report. Several reports are counted one by one, not merged.
    #[arg(
        long,
        requires = "summary",
        conflicts_with_all = ["min_severity", "fixable", "kind", "scanner"],
        env = "SEALIFT_LOW_MEMORY",
        hide_env_values = true
    )]
    pub(crate) low_memory: bool,

    /// Compare with this earlier report or result: new, unchanged, fixed. Several are merged first.
    #[arg(
        long,
        value_name = "FILE",
        env = "SEALIFT_BASELINE",
        hide_env_values = true,
        value_delimiter = '\n',
        conflicts_with = "summary",
        help_heading = "Comparison"
    )]
    pub(crate) baseline: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// Which findings are shown. What is left out is counted and said.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Show findings that a scanner rates at least so: critical, high, medium, low, negligible, unknown.
    #[arg(
        long,
        value_name = "SEVERITY",
        env = "SEALIFT_MIN_SEVERITY",
        hide_env_values = true
    )]
    pub(crate) min_severity: Option<Severity>,
    /// Show findings that some version fixes.
    #[arg(long, env = "SEALIFT_FIXABLE", hide_env_values = true)]
    pub(crate) fixable: bool,
    /// Show these kinds only.
    #[arg(
        long,
        value_name = "KIND",
        value_enum,
        value_delimiter = ',',
        env = "SEALIFT_KIND",
        hide_env_values = true
    )]
    pub(crate) kind: Vec<KindName>,
    /// Show findings that one of these scanners states: trivy, grype, snyk, docker-scout, …
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        env = "SEALIFT_SCANNER",
        hide_env_values = true
    )]
    pub(crate) scanner: Vec<String>,
}

/// Bounds on what is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// The largest report, in MiB after decompression.
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 1024,
        env = "SEALIFT_MAX_REPORT_SIZE",
        hide_env_values = true
    )]
    pub(crate) max_report_size: u64,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// What to print.
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        env = "SEALIFT_FORMAT",
        hide_env_values = true
    )]
    pub(crate) format: Format,
    /// Write to this file, whole or not at all, instead of standard output.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "SEALIFT_OUTPUT",
        hide_env_values = true
    )]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people at a terminal.
    #[default]
    Text,
    /// One document with `schema_version`.
    Json,
    /// For a job summary or a comment.
    Markdown,
    /// SARIF 2.1.0 within the limits of GitHub's Security tab.
    Sarif,
    /// Annotations, the job summary and the outputs of a GitHub workflow.
    Github,
    #[value(help = "JUnit XML for test reports")]
    Junit,
}

impl Format {
    /// The word on the command line.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Junit => "junit",
        }
    }
}

/// [`Kind`] as a flag's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindName {
    Vulnerability,
    Misconfiguration,
    Secret,
    License,
    Code,
}

impl From<KindName> for Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Vulnerability => Self::Vulnerability,
            KindName::Misconfiguration => Self::Misconfiguration,
            KindName::Secret => Self::Secret,
            KindName::License => Self::License,
            KindName::Code => Self::Code,
        }
    }
}

/// Judge an image by policy and evidence.
///
/// Gives a verdict (pass, warn or deny), every reason for it, and the way out. Missing or unreadable evidence denies.
/// Without a policy the built-in one holds: Trivy denies on high and critical, Snyk warns, SBOM and provenance are
/// required. Files named `test` or `explain` are written `./test`, `./explain`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  sealift gate trivy.json snyk.json --policy policy.toml --image oci:./build:app
  sealift gate trivy.json --image docker.io/acme/app:1.2 --digest sha256:…
  sealift gate trivy.json --baseline last-release.json --epss epss.csv.gz --kev kev.json
  sealift gate trivy.json --as-of 2026-01-31T00:00:00Z --dry-run
  sealift gate test ./policy-tests
  sealift gate explain severity-threshold

Exit codes: 0 passed (warnings included), 10 denied, 2 the policy is wrong, 1 something failed."
)]
pub(crate) struct GateArgs {
    #[command(subcommand)]
    pub(crate) command: Option<GateCommand>,

    /// Scanner reports to judge by; `-` is standard input.
    #[arg(
        value_name = "FILE",
        env = "SEALIFT_REPORTS",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub(crate) reports: Vec<PathBuf>,

    /// The image: a folder in OCI layout (oci:PATH[:TAG][@DIGEST]), or a name to match exceptions by.
    #[arg(long, env = "SEALIFT_IMAGE", hide_env_values = true, help_heading = "Image")]
    pub(crate) image: Option<String>,
    /// The digest that the reports must be about.
    #[arg(long, env = "SEALIFT_DIGEST", hide_env_values = true, help_heading = "Image")]
    pub(crate) digest: Option<Digest>,

    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,

    /// Write what was judged to this file, for `sealift gate test`.
    #[arg(
        long,
        value_name = "FILE",
        env = "SEALIFT_SAVE_FACTS",
        hide_env_values = true,
        help_heading = "Output"
    )]
    pub(crate) save_facts: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GateCommand {
    Test(GateTestArgs),
    Explain(GateExplainArgs),
}

/// Run the test cases of a policy.
///
/// A case is a file `*.test.toml` with `as_of`, `facts` (inline or a JSON file) and `expect`. It names its policy, or
/// the folder's `policy.toml` is judged.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift gate trivy.json --save-facts policy/high.json --dry-run
  sealift gate test ./policy")]
pub(crate) struct GateTestArgs {
    /// The folder with the cases; folders in it are searched too.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// Explain a rule, or list all rules.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift gate explain
  sealift gate explain severity-threshold")]
pub(crate) struct GateExplainArgs {
    /// The rule's id.
    #[arg(value_name = "RULE")]
    pub(crate) rule: Option<String>,
}

/// What an image is judged by, beside the scanners' reports.
#[derive(Debug, Args)]
#[command(next_help_heading = "Evidence")]
pub(crate) struct EvidenceArgs {
    /// The policy, TOML. Without it the built-in one holds.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "SEALIFT_POLICY",
        hide_env_values = true
    )]
    pub(crate) policy: Option<PathBuf>,
    /// An earlier report or result, for rules about new findings. Several are merged first.
    #[arg(
        long,
        value_name = "FILE",
        env = "SEALIFT_BASELINE",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub(crate) baseline: Vec<PathBuf>,
    /// A VEX document: OpenVEX, CSAF or CycloneDX.
    #[arg(
        long,
        value_name = "FILE",
        env = "SEALIFT_VEX",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub(crate) vex: Vec<PathBuf>,
    /// An ignore file: .trivyignore, .trivyignore.yaml, .grype.yaml or .snyk.
    #[arg(
        long,
        value_name = "FILE",
        env = "SEALIFT_IGNORE_FILE",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub(crate) ignore_file: Vec<PathBuf>,
    /// EPSS scores as FIRST publishes them, CSV or JSON, gzip or not.
    #[arg(long, value_name = "FILE", env = "SEALIFT_EPSS", hide_env_values = true)]
    pub(crate) epss: Option<PathBuf>,
    /// CISA's catalogue of known exploited vulnerabilities, JSON or CSV, gzip or not.
    #[arg(long, value_name = "FILE", env = "SEALIFT_KEV", hide_env_values = true)]
    pub(crate) kev: Option<PathBuf>,
    /// Judge as of this time instead of now: 2026-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME", env = "SEALIFT_AS_OF", hide_env_values = true)]
    pub(crate) as_of: Option<jiff::Timestamp>,
    /// Judge and say so, but let nothing follow from it: exit with 0, ship nothing.
    #[arg(long, env = "SEALIFT_DRY_RUN", hide_env_values = true)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// Gate an image, then copy it by digest and tag it.
///
/// The source is resolved to a digest once; that digest is judged, copied byte for byte with all its platforms, and
/// tagged last. Where the gate denies, the target is left as it was. Running it again finishes what was interrupted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift ship oci:./build:app oci:./registry:1.4.2 --report trivy.json --policy policy.toml
  sealift ship oci:./build:app oci:./registry:1.4.2 --tag 1.4 --tag latest --report trivy.json
  sealift ship oci:./build:app oci:./registry:1.4.2 --report trivy.json --dry-run

Exit codes: 0 shipped (warnings included), 10 denied and nothing written, 11 bytes did not verify, 1 failed.")]
pub(crate) struct ShipArgs {
    /// The image: oci:PATH[:TAG][@DIGEST].
    #[arg(env = "SEALIFT_SOURCE", hide_env_values = true)]
    pub(crate) source: String,
    /// Where it goes: oci:PATH[:TAG]. The folder is created where it does not exist.
    #[arg(env = "SEALIFT_TARGET", hide_env_values = true)]
    pub(crate) target: String,
    /// A further tag; all tags move at once.
    #[arg(
        short,
        long,
        value_name = "TAG",
        env = "SEALIFT_TAGS",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub(crate) tag: Vec<String>,
    /// A scanner report to judge by, once for each; `-` is standard input.
    #[arg(
        short,
        long = "report",
        value_name = "FILE",
        env = "SEALIFT_REPORTS",
        hide_env_values = true,
        value_delimiter = '\n',
        help_heading = "Evidence"
    )]
    pub(crate) reports: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Show an image: digest, platforms, layers, sizes, labels, referrers.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift inspect oci:./build:app
  sealift inspect --format json oci:./build@sha256:…")]
pub(crate) struct InspectArgs {
    /// The image: oci:PATH[:TAG][@DIGEST].
    #[arg(env = "SEALIFT_IMAGE", hide_env_values = true)]
    pub(crate) image: String,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Print the completion script of a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift completions bash > ~/.local/share/bash-completion/completions/sealift
  sealift completions fish > ~/.config/fish/completions/sealift.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Print the manual page, or write one for each command into a folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift man | man -l -
  sealift man --output ./man")]
pub(crate) struct ManArgs {
    /// Write sealift.1, sealift-scan.1, … into this folder.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}
