//! Asks DuckDB, which `tests/duckdb.sh` installs, about files of Parquet.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::build::{root, target};

/// Answers the question on standard input with the array of its rows.
const ASK: &str = "
import duckdb, json, sys
rows = duckdb.sql(sys.stdin.read())
print(json.dumps([dict(zip(rows.columns, row)) for row in rows.fetchall()], default=str))
";

/// The rows that DuckDB, run in a directory, answers a question with. Without DuckDB, says so on standard error and returns `None`.
///
/// # Errors
/// DuckDB refused the question; or it is missing and `CI` is set.
pub fn duckdb(directory: &Path, question: &str) -> anyhow::Result<Option<Vec<Value>>> {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    if !INSTALLED.get_or_init(install) {
        if std::env::var_os("CI").is_some() {
            bail!("DuckDB is missing and CI is set: run tests/duckdb.sh");
        }
        eprintln!("DuckDB is missing (tests/duckdb.sh): skipping what it would read");
        return Ok(None);
    }
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), question)?;
    let ended = Command::new("python3")
        .args(["-c", ASK])
        .current_dir(directory)
        .env("PYTHONPATH", target().join("duckdb"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::from(file.reopen()?))
        .output()
        .context("cannot start python3")?;
    if !ended.status.success() {
        bail!("DuckDB: {}\n{question}", String::from_utf8_lossy(&ended.stderr));
    }
    Ok(Some(serde_json::from_slice(&ended.stdout)?))
}

/// Whether it is installed then: once for a test run, because tests run side by side.
fn install() -> bool {
    let installed = Command::new(root().join("tests/duckdb.sh"))
        .arg(target())
        .status();
    installed.is_ok_and(|status| status.success())
}
