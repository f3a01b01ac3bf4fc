//! The data directory and its files, which belong to their owner alone, whatever the umask is: they contain subjects, accounts, approvals
//! and the key of stored secrets. No other user may put a file there, and none of our files may be a symbolic link, which would redirect
//! what is written. The path to the directory itself may contain links: the person who runs the collector chose it.

#[cfg(unix)]
mod unix;

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Result};
use std::path::{Path, PathBuf};

/// The collector's files in the directory. Anything else there belongs to others and stays as it is.
pub const FILES: [&str; 14] = [
    "collector.lock",
    "collector.offered",
    "collector.origin",
    "collector.origin.next",
    "collector.sqlite3",
    "collector.sqlite3-journal",
    "collector.sqlite3-shm",
    "collector.sqlite3-wal",
    "refused-connectors.json",
    "secrets.age",
    "secrets.id",
    "secrets.key",
    "secrets.lock",
    "secrets.names",
];
/// The folder of kept connectors.
pub const CONNECTORS: &str = "connectors";
/// The folder of machine code of connectors.
pub const COMPILED: &str = "compiled";
/// The folder of the locks of sources that sign in with a secret that each use may replace.
pub const TURNS: &str = "turns";

/// Why a directory cannot be the data directory.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It cannot be created.
    #[error("the data directory {} cannot be created: {cause}; choose another with `data` in [collector]", .path.display())]
    Unmade {
        /// The directory.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// It cannot be inspected.
    #[error("the data directory {} cannot be used: {cause}; correct its permissions, or choose another with `data` in [collector]", .path.display())]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// Others may put files into it.
    #[error(
        "other users may write to the data directory {path} (its mode is {mode:04o}), and so replace the collector's files; run \
         `chmod go-w {path}`, or set `data` in [collector] to a new directory below it, which the collector creates", path = .path.display()
    )]
    Writable {
        /// The directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It belongs to another user.
    #[error(
        "the data directory {} belongs to the user with id {owner}, but the collector runs as the user with id {user}; run it as the \
         owner, or choose another directory with `data` in [collector]", .path.display()
    )]
    Owner {
        /// The directory.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// The user that this process runs as.
        user: u32,
    },
    /// A file of the collector is a symbolic link.
    #[error(
        "{} is a symbolic link, which the collector does not follow in its data directory; put the file itself there, or set `data` in \
         [collector] to the directory that contains all of these files", .path.display()
    )]
    Link {
        /// The link.
        path: PathBuf,
    },
}

/// Creates the data directory if it does not exist, refuses one that others may write to, and removes the read access of others.
///
/// # Errors
/// See [`DirectoryError`].
pub fn prepare(data: &Path) -> std::result::Result<(), DirectoryError> {
    make(data).map_err(|cause| DirectoryError::Unmade {
        path: data.to_owned(),
        cause,
    })?;
    #[cfg(unix)]
    unix::close(data)?;
    Ok(())
}

/// Refuses a data directory that is open to others, without changing anything. A missing one is not an error.
///
/// # Errors
/// See [`DirectoryError`].
pub fn look(data: &Path) -> std::result::Result<(), DirectoryError> {
    #[cfg(unix)]
    if data.exists() {
        unix::judge(data)?;
    }
    Ok(())
}

/// Whether every user of this machine may put files into a directory; false where the system does not tell.
pub fn everybody_may_write(directory: &Path) -> bool {
    #[cfg(unix)]
    return unix::everybody_may_write(directory);
    #[cfg(not(unix))]
    {
        let _ = directory;
        false
    }
}

/// Logs a warning if every user of this machine may read the file of a secret.
pub fn warn_when_others_may_read(path: &Path, metadata: &std::fs::Metadata) {
    #[cfg(unix)]
    if unix::everybody_may_read(metadata) {
        tracing::warn!(
            "every user of this machine can read the secret in {}; remove their access with chmod o-r",
            path.display()
        );
    }
    #[cfg(not(unix))]
    let _ = (path, metadata);
}

/// How to open files in the data directory: new ones for their owner alone, and without following links.
pub fn options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "there is nothing to set"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    unix::for_owner(&mut options);
    options
}

/// Gives a file that root created at this path to the owner of its directory: a service that runs as that user could not open it otherwise.
pub fn hand_over(file: &File, path: &Path) {
    #[cfg(unix)]
    unix::hand_over(file, path);
    #[cfg(not(unix))]
    let _ = (file, path);
}

/// The directory of a file, even if the path has none.
pub fn above(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Creates a folder in the data directory, for its owner alone. An existing one is not an error.
///
/// # Errors
/// The operating system's error, or a link is in its place.
pub fn make_folder(path: &Path) -> Result<()> {
    make(path)?;
    // Not through a link: whoever owns the directory could have root give away what the link points to.
    #[cfg(unix)]
    hand_over(&open(path)?, path);
    Ok(())
}

/// Opens a file of the data directory for reading.
///
/// # Errors
/// The operating system's error, or the file is a link.
pub fn open(path: &Path) -> Result<File> {
    options().read(true).open(path)
}

/// Reads a whole file of the data directory, or its first `longest` bytes and one more.
///
/// # Errors
/// The operating system's error, or the file is a link.
pub fn read(path: &Path, longest: u64) -> Result<Vec<u8>> {
    let file = open(path)?;
    let length = file.metadata()?.len().min(longest).saturating_add(1);
    // The buffer does not move while it is filled, which would leave a copy: secrets are read this way.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(longest.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Creates the directory for its owner alone, and those above it with the usual mode.
fn make(data: &Path) -> Result<()> {
    if data.is_dir() {
        return Ok(());
    }
    if let Some(above) = data.parent().filter(|above| !above.as_os_str().is_empty()) {
        std::fs::create_dir_all(above)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(data) {
        // Another process was faster.
        Err(_) if data.is_dir() => Ok(()),
        made => made,
    }
}
