//! Whether a new file can be made in a directory, found out by making one and removing it.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// Tells the files of two attempts at the same time apart.
static ATTEMPTS: AtomicU32 = AtomicU32::new(0);

/// Makes a file of a name that nobody else uses, and removes it.
///
/// # Errors
/// It cannot be made, or not be removed.
pub(crate) fn try_to_make_a_file(directory: &Path) -> io::Result<()> {
    let number = ATTEMPTS.fetch_add(1, Ordering::Relaxed);
    let path = directory.join(format!(".collector-try-{}-{number}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(&path)?);
    std::fs::remove_file(&path)
}
