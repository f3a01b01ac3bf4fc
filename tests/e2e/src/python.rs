//! Builds the connector in Python, once for a test run, with the componentize-py that `tests/componentize.sh` installs.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, bail};

use crate::build::{root, target};

/// The compiled `plugin/template-python`; none when componentize-py cannot be had here, which is said on standard error.
///
/// # Errors
/// It cannot be built, or componentize-py cannot be had although this is CI (`CI` is set).
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
            bail!("componentize-py is missing, and this is CI: run tests/componentize.sh");
        }
        eprintln!("not tested: the connector in Python, for want of componentize-py (tests/componentize.sh)");
        return Ok(None);
    }
    let file = target.join("componentize/template-python.wasm");
    let ended = Command::new(target.join("componentize/bin/componentize-py"))
        // Python leaves its cache beside the sources.
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
        .context("componentize-py could not be started")?;
    if !ended.status.success() {
        bail!(
            "the connector in Python could not be built:\n{}{}",
            String::from_utf8_lossy(&ended.stdout),
            String::from_utf8_lossy(&ended.stderr)
        );
    }
    Ok(Some(file))
}
