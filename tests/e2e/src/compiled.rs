//! Machine code of this tree's connectors, compiled once and put where an earlier start of the program would have left it. Without it, each
//! of about a thousand starts in a test run compiles its connectors again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

/// The folder of machine code in a data directory.
pub(crate) const FOLDER: &str = "compiled";

/// Puts the machine code of connectors of this tree into a data directory, which is made.
///
/// # Errors
/// One could not be compiled, or a file not be written.
pub(crate) fn put(program: &Path, connectors: &[&str], data: &Path) -> anyhow::Result<()> {
    make_private(data)?;
    let folder = data.join(FOLDER);
    make_private(&folder)?;
    for connector in connectors {
        let kept = compiled(program, connector)?;
        let file = folder.join(kept.file_name().context("a file without a name")?);
        // Nobody writes to a file there, a newer one replaces it. A link to another disk is none.
        if std::fs::hard_link(&kept, &file).is_err() {
            std::fs::copy(&kept, &file)?;
        }
    }
    Ok(())
}

/// The file of a connector's machine code, which the program makes when it is asked for a source of that connector.
fn compiled(program: &Path, connector: &str) -> anyhow::Result<PathBuf> {
    static DONE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let component = crate::component(connector)?;
    let digest = format!("{:x}", Sha256::digest(std::fs::read(&component)?));
    // Kept from run to run: the program compiles again what another version of it made.
    let place = crate::build::target().join("tmp/compiled");
    let data = place.join("data");
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    if !done.contains(&digest) {
        let plugins = place.join("plugins");
        std::fs::create_dir_all(&plugins)?;
        make_private(&data)?;
        std::fs::copy(&component, plugins.join(format!("{connector}.wasm")))?;
        // It lacks settings, so that nothing is written but the machine code.
        Command::new(program)
            .args(["add", "compiled", "--connector", connector])
            .current_dir(&place)
            .env_clear()
            .output()?;
    }
    for entry in std::fs::read_dir(data.join(FOLDER)).context("no machine code was kept")? {
        let path = entry?.path();
        if path
            .file_name()
            .and_then(std::ffi::OsStr::to_str)
            .is_some_and(|name| name.starts_with(&digest))
        {
            done.insert(digest);
            return Ok(path);
        }
    }
    bail!("the program kept no machine code of {connector}")
}

/// A folder that is its owner's alone, as the program wants it; one that is there stays.
fn make_private(folder: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .with_context(|| folder.display().to_string())
}
