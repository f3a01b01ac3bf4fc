//! Builds the program and the connectors once for a test run, as the Makefile does, so that `cargo test` alone works.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, bail};

/// The packages of connectors.
const CONNECTORS: [&str; 7] = [
    "o365",
    "ics",
    "webex",
    "teams-calls",
    "template",
    "template-endpoint",
    "hostile",
];

/// The compiled connector of a package of this workspace, built when needed.
///
/// # Errors
/// Cargo failed: most likely the target wasm32-wasip2 is not installed.
pub fn component(package: &str) -> anyhow::Result<PathBuf> {
    // Cargo names the file after the library, which has underscores.
    Ok(connector_dir()?.join(format!("{}.wasm", package.replace('-', "_"))))
}

/// The directory of all compiled connectors.
///
/// # Errors
/// See [`component`].
pub fn connector_dir() -> anyhow::Result<&'static Path> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}"))) {
        Ok(directory) => Ok(directory),
        Err(error) => bail!("{error}"),
    }
}

fn build() -> anyhow::Result<PathBuf> {
    let mut cargo = cargo();
    cargo
        .args(["--target", "wasm32-wasip2", "--profile", "connector"])
        .args(CONNECTORS.iter().flat_map(|package| ["-p", package]))
        // Flags of the test's own build (such as coverage) are for another target.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    run(&mut cargo).context(
        "cannot build the connectors (is the target installed? `rustup target add wasm32-wasip2`)",
    )?;
    Ok(target().join("wasm32-wasip2/connector"))
}

/// The program `collector`, of the profile that this test (or benchmark) was built with, built when needed.
///
/// # Errors
/// Cargo failed.
pub fn program() -> anyhow::Result<&'static Path> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match BUILT.get_or_init(|| build_program().map_err(|error| format!("{error:#}"))) {
        Ok(program) => Ok(program),
        Err(error) => bail!("{error}"),
    }
}

fn build_program() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    // target/debug/deps/program-0123456789abcdef
    let directory = this.ancestors().nth(2).context("no directory of cargo")?;
    let profile = match directory.file_name().and_then(OsStr::to_str) {
        Some("debug") => "dev",
        Some(name) => name,
        None => bail!("{} is not in cargo's directory for tests", this.display()),
    };
    let mut cargo = cargo();
    cargo
        // The whole workspace, as in `make test`: a part of it would build dependencies with other features.
        .args(["--workspace", "--exclude", "hostile", "--bin", "collector"])
        .args(["--profile", profile]);
    run(&mut cargo).context("cannot build the program")?;
    Ok(directory.join(format!("collector{}", std::env::consts::EXE_SUFFIX)))
}

/// `cargo build` in this tree.
fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root())
        .args(["build", "--quiet"])
        .env("CARGO_TARGET_DIR", target());
    cargo
}

fn run(cargo: &mut Command) -> anyhow::Result<()> {
    let ended = cargo.output().context("cannot start cargo")?;
    if !ended.status.success() {
        bail!("{}", String::from_utf8_lossy(&ended.stderr));
    }
    Ok(())
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Cargo's target directory.
pub(crate) fn target() -> PathBuf {
    // Joined, because the variable may be relative to the root.
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}
