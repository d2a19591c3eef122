//! `cargo xtask ci`: every check, in an order in which the cheap ones fail first.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::{Result, arrows, fuzz, interop, shell, tools, workspace};

/// One check.
struct Stage {
    name: &'static str,
    about: &'static str,
    run: fn() -> Result,
}

const STAGES: &[Stage] = &[
    Stage {
        name: "fmt",
        about: "formatting",
        run: fmt,
    },
    Stage {
        name: "typos",
        about: "spelling",
        run: typos,
    },
    Stage {
        name: "clippy",
        about: "lints, all targets and features",
        run: clippy,
    },
    Stage {
        name: "test",
        about: "unit and integration tests",
        run: test,
    },
    Stage {
        name: "doctest",
        about: "examples in the documentation",
        run: doctest,
    },
    Stage {
        name: "doc",
        about: "documentation without warnings",
        run: doc,
    },
    Stage {
        name: "features",
        about: "each feature alone, and none",
        run: features,
    },
    Stage {
        name: "arrows",
        about: "dependencies of the pure crates",
        run: arrows::run,
    },
    Stage {
        name: "wasm",
        about: "types, scan and gate for wasm32-unknown-unknown",
        run: wasm,
    },
    Stage {
        name: "msrv",
        about: "the oldest supported compiler",
        run: msrv,
    },
    Stage {
        name: "deny",
        about: "licences, bans and sources of dependencies",
        run: deny,
    },
    Stage {
        name: "package",
        about: "each crate as a registry would get it",
        run: package,
    },
    Stage {
        name: "fuzz",
        about: "each parser for some seconds",
        run: fuzz_briefly,
    },
    Stage {
        name: "interop",
        about: "our SARIF by other people's validators",
        run: interop::run,
    },
    Stage {
        name: "quickstart",
        about: "the README's first command",
        run: quickstart,
    },
    Stage {
        name: "e2e",
        about: "the command with a real image and real tools",
        run: end_to_end,
    },
];

/// The chore: all stages, or those that are named.
pub(crate) fn run(arguments: &[String]) -> Result {
    if arguments.iter().any(|argument| argument == "--list") {
        for stage in STAGES {
            println!("{:<12}{}", stage.name, stage.about);
        }
        return Ok(());
    }
    if let Some(unknown) = arguments
        .iter()
        .find(|argument| STAGES.iter().all(|stage| stage.name != *argument))
    {
        return Err(format!("no stage is called `{unknown}`; `cargo xtask ci --list` names them").into());
    }
    let mut took = Vec::new();
    for stage in STAGES {
        if !arguments.is_empty() && !arguments.iter().any(|argument| argument == stage.name) {
            continue;
        }
        println!("\n== {}: {}", stage.name, stage.about);
        let start = Instant::now();
        (stage.run)().map_err(|error| format!("stage {} failed\n{error}", stage.name))?;
        took.push((stage.name, start.elapsed()));
        println!("== {}: passed in {}", stage.name, seconds(start.elapsed()));
    }
    println!();
    for (name, time) in &took {
        println!("{name:<12}{:>9}", seconds(*time));
    }
    println!(
        "{:<12}{:>9}",
        "all",
        seconds(took.iter().map(|(_, time)| *time).sum())
    );
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn fmt() -> Result {
    shell::run(&mut shell::cargo(["fmt", "--all", "--check"]))?;
    // Its own workspace, so `--all` does not reach it.
    shell::run(&mut shell::cargo([
        "fmt",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--check",
    ]))
}

fn typos() -> Result {
    shell::run(&mut shell::command(tools::typos()?))
}

fn clippy() -> Result {
    let clippy = [
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--all-features",
    ];
    shell::run(shell::cargo(clippy).args(["--", "-D", "warnings"]))
}

fn test() -> Result {
    let nextest = tools::nextest()?;
    // Called by its own name, since it may lie outside the path; the word after it is what cargo would pass.
    let mut command = shell::command(nextest);
    command.args([
        "nextest",
        "run",
        "--locked",
        "--workspace",
        "--all-features",
        "--no-fail-fast",
    ]);
    shell::run(command.arg("-E").arg(format!("not package({END_TO_END})")))
}

fn doctest() -> Result {
    shell::run(&mut shell::cargo([
        "test",
        "--locked",
        "--doc",
        "--workspace",
        "--all-features",
    ]))
}

fn doc() -> Result {
    let mut doc = shell::cargo(["doc", "--locked", "--workspace", "--all-features", "--no-deps"]);
    shell::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Features only add: each alone must build, and none.
fn features() -> Result {
    for member in workspace::members()? {
        let check = ["check", "--locked", "-p", &member.name, "--no-default-features"];
        if member.features.is_empty() {
            continue;
        }
        shell::run(&mut shell::cargo(check))?;
        for feature in &member.features {
            shell::run(shell::cargo(check).args(["--features", feature]))?;
        }
    }
    Ok(())
}

fn wasm() -> Result {
    const TRIPLE: &str = "wasm32-unknown-unknown";
    if let Err(error) = tools::target(TRIPLE) {
        not_here(TRIPLE, &error);
        return Ok(());
    }
    for name in arrows::PURE {
        shell::run(&mut shell::cargo([
            "build", "--locked", "--target", TRIPLE, "-p", name,
        ]))?;
    }
    Ok(())
}

/// Checks each crate with the compiler that its `rust-version` promises, with its default features: the engine
/// behind `rego` asks for a newer one, and so may tests and benchmarks.
fn msrv() -> Result {
    let mut by_version: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for member in workspace::members()? {
        by_version
            .entry(member.rust_version)
            .or_default()
            .push(member.name);
    }
    for (version, names) in by_version {
        if let Err(error) = tools::toolchain(&version) {
            not_here(&format!("Rust {version}"), &error);
            continue;
        }
        let mut command = shell::rustup_cargo(&version, ["check", "--locked"]);
        command.args(names.iter().flat_map(|name| ["-p", name]));
        // Its own folder: two compilers in one would rebuild each other's work.
        shell::run(command.arg("--target-dir").arg(shell::target_dir().join("msrv")))?;
    }
    Ok(())
}

/// Compilers come from a server of their own, the one thing here that no package registry has. Where it is out of
/// reach the stage says so, and the arrows and the `disallowed-methods` of the pure crates hold what they can.
fn not_here(what: &str, error: &dyn std::fmt::Display) {
    println!("NOT CHECKED: {what} cannot be installed here: {error}");
}

/// The database of advisories is fetched from the network, which a test must not depend on; it has a job of its
/// own: `cargo deny check advisories`.
fn deny() -> Result {
    let mut deny = shell::command(tools::deny()?);
    // Called like this it is a cargo subcommand without its cargo.
    deny.args(["--locked", "--all-features", "check", "--hide-inclusion-graph"]);
    shell::run(deny.args(["licenses", "bans", "sources"]))?;
    println!("NOT CHECKED: advisories, whose database is on the network; run `cargo deny check advisories`");
    Ok(())
}

/// Packs and builds every published crate from its package, up to the upload.
fn package() -> Result {
    let mut publish = shell::cargo(["publish", "--dry-run", "--locked", "--allow-dirty"]);
    for member in workspace::members()?
        .into_iter()
        .filter(|member| member.published)
    {
        if !member.missing.is_empty() {
            return Err(format!("{} does not state its {}", member.name, member.missing.join(", ")).into());
        }
        let list = [
            "package",
            "--list",
            "--locked",
            "--allow-dirty",
            "-p",
            &member.name,
        ];
        let files = shell::capture(&mut shell::cargo(list))?;
        if let Some(absent) = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"]
            .iter()
            .find(|file| !files.lines().any(|line| line == **file))
        {
            return Err(format!("the package of {} lacks {absent}", member.name).into());
        }
        publish.args(["-p", &member.name]);
    }
    shell::run(&mut publish)
}

fn fuzz_briefly() -> Result {
    fuzz::run(&[])
}

fn quickstart() -> Result {
    shell::run(&mut shell::command(shell::root().join("examples/quickstart/run")))
}

/// The package whose tests call other people's programs.
const END_TO_END: &str = "sealift-e2e";

fn end_to_end() -> Result {
    tools::system(&[
        ("jq", "jq"),
        ("skopeo", "skopeo"),
        ("buildah", "buildah"),
        ("podman", "podman"),
        ("umoci", "umoci"),
        ("debootstrap", "debootstrap"),
        ("runc", "runc"),
    ])?;
    let mut command = shell::command(tools::nextest()?);
    // Chosen by a filter and not by `-p`, which would turn off features and build every dependency once more.
    command.args([
        "nextest",
        "run",
        "--locked",
        "--workspace",
        "--all-features",
        "--no-fail-fast",
    ]);
    // The command as the stages before built it, rather than once more without optimisation.
    command.env("SEALIFT_BIN", interop::sealift()?);
    shell::run(command.arg("-E").arg(format!("package({END_TO_END})")))
}
