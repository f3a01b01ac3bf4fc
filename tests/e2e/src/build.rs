//! Builds the connectors once for a test run, as `make build` does, so that `cargo test` alone works.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, bail};

/// The compiled connector of a package of this workspace (`o365`, `ics`, `template`, `hostile`), built when needed.
///
/// # Errors
/// Cargo failed: most likely the target wasm32-wasip2 is not installed.
pub fn component(package: &str) -> anyhow::Result<PathBuf> {
    Ok(connector_dir()?.join(format!("{package}.wasm")))
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
    let target = target();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ended = Command::new(cargo)
        .current_dir(root())
        .args([
            "build",
            "--quiet",
            "--target",
            "wasm32-wasip2",
            "--profile",
            "connector",
            "-p",
            "o365",
            "-p",
            "ics",
            "-p",
            "template",
            "-p",
            "hostile",
        ])
        .env("CARGO_TARGET_DIR", &target)
        // Flags of the test's own build (coverage, say) are for another target.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .context("cargo could not be started")?;
    if !ended.status.success() {
        bail!(
            "the connectors could not be built (is the target there? `rustup target add wasm32-wasip2`):\n{}",
            String::from_utf8_lossy(&ended.stderr)
        );
    }
    Ok(target.join("wasm32-wasip2/connector"))
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Cargo's target directory.
pub(crate) fn target() -> PathBuf {
    // Joined, because one that is given may be relative to the root.
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}
