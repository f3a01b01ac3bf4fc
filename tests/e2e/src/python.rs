//! Builds the Python connector, once for a test run, with the componentize-py that `tests/componentize.sh` installs.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, bail};

use crate::build::{root, target};

/// The compiled `plugin/template-python`. Without componentize-py, says so on standard error and returns `None`.
///
/// # Errors
/// The build failed; or componentize-py is missing and `CI` is set.
pub fn python_component() -> anyhow::Result<Option<PathBuf>> {
    static BUILT: OnceLock<Result<Option<PathBuf>, String>> = OnceLock::new();
    match BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}"))) {
        Ok(file) => Ok(file.clone()),
        Err(error) => bail!("{error}"),
    }
}

fn build() -> anyhow::Result<Option<PathBuf>> {
    let target = target();
    let installed = Command::new(root().join("tests/componentize.sh"))
        .arg(&target)
        .status();
    if !installed.is_ok_and(|status| status.success()) {
        if std::env::var_os("CI").is_some() {
            bail!("componentize-py is missing and CI is set: run tests/componentize.sh");
        }
        eprintln!("componentize-py is missing (tests/componentize.sh): skipping the Python connector");
        return Ok(None);
    }
    let file = target.join("componentize/template-python.wasm");
    let ended = Command::new(target.join("componentize/bin/componentize-py"))
        // Otherwise Python leaves its cache beside the sources.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg("--quiet")
        .arg("--wit-path")
        .arg(root().join("wit"))
        .args([
            "--world",
            "room-connector",
            "componentize",
            "--stub-wasi",
            "--python-path",
        ])
        .arg(root().join("plugin/template-python"))
        .arg("--output")
        .arg(&file)
        .arg("bookings")
        .output()
        .context("cannot start componentize-py")?;
    if !ended.status.success() {
        bail!(
            "cannot build the Python connector:\n{}{}",
            String::from_utf8_lossy(&ended.stdout),
            String::from_utf8_lossy(&ended.stderr)
        );
    }
    Ok(Some(file))
}
