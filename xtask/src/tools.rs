//! Programs that chores need, and how each is installed where it is missing.
//!
//! A missing tool is installed or is a failure; nothing is skipped for want of one. What is not a package of the
//! system goes to `target/tools`.

use std::path::PathBuf;

use crate::{Result, shell};

/// Built without optimisation: it compiles in a quarter of the time and runs for seconds.
const DENY: &str = "0.20.2";
const NEXTEST: &str = "0.9.143";
/// From `PyPI`, which has the same program as a wheel, so nothing is compiled.
const TYPOS: &str = "typos==1.52.0";
const CHECK_JSONSCHEMA: &str = "check-jsonschema==0.39.0";
const SARIF_TOOLS: &str = "sarif-tools==3.0.5";
const MULTITOOL: &str = "@microsoft/sarif-multitool@5.7.0";

fn folder() -> PathBuf {
    shell::target_dir().join("tools")
}

/// Installs packages of the system for the programs that are not there: (program, package).
pub(crate) fn system(wanted: &[(&str, &str)]) -> Result {
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|(program, _)| !shell::has(program))
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let root = shell::capture(shell::command("id").arg("-u"))?.trim() == "0";
    let apt = |arguments: &[&str]| {
        let mut command = if root {
            shell::command("apt-get")
        } else {
            let mut sudo = shell::command("sudo");
            sudo.args(["--non-interactive", "apt-get"]);
            sudo
        };
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        shell::run(&mut command)
    };
    apt(&["update", "-qq"])?;
    let mut install = vec!["install", "-qq", "-y", "--no-install-recommends"];
    install.extend(missing);
    apt(&install)?;
    match wanted.iter().find(|(program, _)| !shell::has(program)) {
        Some((program, package)) => {
            Err(format!("`{program}` is missing although `{package}` was installed").into())
        }
        None => Ok(()),
    }
}

/// A program of a Rust package: from the path, else built into the tools folder.
fn rust(package: &str, version: &str) -> Result<PathBuf> {
    if let Some(found) = shell::find(package) {
        return Ok(found);
    }
    let root = folder().join("cargo");
    let program = root.join("bin").join(package);
    if !program.is_file() {
        let mut install = shell::cargo([
            "install",
            "--debug",
            "--locked",
            "--version",
            version,
            package,
            "--root",
        ]);
        // Its own target folder would be built and thrown away beside ours.
        shell::run(install.arg(&root).env("CARGO_TARGET_DIR", folder().join("build")))?;
        std::fs::remove_dir_all(folder().join("build"))?;
    }
    Ok(program)
}

/// cargo-deny.
pub(crate) fn deny() -> Result<PathBuf> {
    rust("cargo-deny", DENY)
}

/// cargo-nextest.
pub(crate) fn nextest() -> Result<PathBuf> {
    rust("cargo-nextest", NEXTEST)
}

/// A program of a Python package, in an environment of our own.
fn python(package: &str, program: &str) -> Result<PathBuf> {
    let environment = folder().join("python");
    let file = environment.join("bin").join(program);
    if file.is_file() {
        return Ok(file);
    }
    let pip = environment.join("bin/pip");
    if !pip.is_file() {
        system(&[("python3", "python3-venv")])?;
        shell::run(shell::command("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    shell::run(shell::command(pip).args(["install", "--quiet", package]))?;
    Ok(file)
}

/// typos, the spell checker.
pub(crate) fn typos() -> Result<PathBuf> {
    python(TYPOS, "typos")
}

/// check-jsonschema.
pub(crate) fn check_jsonschema() -> Result<PathBuf> {
    python(CHECK_JSONSCHEMA, "check-jsonschema")
}

/// sarif-tools' `sarif`.
pub(crate) fn sarif_tools() -> Result<PathBuf> {
    python(SARIF_TOOLS, "sarif")
}

/// The folder of Microsoft's SARIF Multitool: the program `Sarif.Multitool` and the schema `sarif-2.1.0.json`.
pub(crate) fn multitool() -> Result<PathBuf> {
    let npm = folder().join("npm");
    let home = npm.join("node_modules/@microsoft/sarif-multitool-linux");
    let program = home.join("Sarif.Multitool");
    if !program.is_file() {
        system(&[("npm", "npm")])?;
        std::fs::create_dir_all(&npm)?;
        let mut install = shell::command("npm");
        install.args(["install", "--no-audit", "--no-fund", "--silent", "--prefix"]);
        shell::run(install.arg(&npm).arg(MULTITOOL))?;
    }
    // The package leaves it to a script that npm may be told not to run.
    shell::run(shell::command("chmod").arg("u+x").arg(&program))?;
    Ok(home)
}

/// A target of the compiler in use.
pub(crate) fn target(triple: &str) -> Result {
    let installed = shell::capture(shell::command("rustup").args(["target", "list", "--installed"]))?;
    if installed.lines().any(|line| line == triple) {
        return Ok(());
    }
    shell::run(shell::command("rustup").args(["target", "add", triple]))
}

/// A toolchain of this version.
pub(crate) fn toolchain(version: &str) -> Result {
    let installed = shell::capture(shell::command("rustup").args(["toolchain", "list"]))?;
    if installed
        .lines()
        .any(|line| line.starts_with(&format!("{version}-")))
    {
        return Ok(());
    }
    shell::run(shell::command("rustup").args(["toolchain", "install", version, "--profile", "minimal"]))
}
