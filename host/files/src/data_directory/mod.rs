//! The data directory and the files in it are their owner's alone, whatever the umask is: subjects, accounts, approvals and the key of
//! stored secrets are in them. Nobody else may put a file there, and none of ours is a symbolic link, which would lead what is written
//! elsewhere. The directory itself may be reached by a link: whoever runs the collector names it.

#[cfg(unix)]
mod unix;

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Result};
use std::path::{Path, PathBuf};

/// The files of the collector in it. Whatever else is there is somebody else's, and stays as it is.
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

/// Why a directory cannot be the data directory.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It cannot be made.
    #[error("the data directory {} cannot be made: {cause}; choose another with `data` in [collector]", .path.display())]
    Unmade {
        /// The directory.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// It cannot be looked at.
    #[error("the data directory {} cannot be used: {cause}; correct its permissions, or choose another with `data` in [collector]", .path.display())]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// Others may put files into it.
    #[error(
        "other users may write into the data directory {path} (its mode is {mode:04o}), and so replace what the collector keeps there; take \
         that from them with `chmod go-w {path}`, or name a directory below it with `data` in [collector], which the collector makes", path = .path.display()
    )]
    Writable {
        /// The directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It belongs to another user.
    #[error(
        "the data directory {} belongs to the user with the number {owner}, and the collector runs as the one with the number {user}; run it as \
         the former, or choose another directory with `data` in [collector]", .path.display()
    )]
    Owner {
        /// The directory.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// Who we are.
        user: u32,
    },
    /// A file of the collector is a symbolic link.
    #[error(
        "{} is a symbolic link, and the collector follows none in its data directory; put the file itself there, or name the directory in which \
         all of them are with `data` in [collector]", .path.display()
    )]
    Link {
        /// The link.
        path: PathBuf,
    },
}

/// Makes the data directory when it is not there, refuses one that is open to others, and takes from others what they may read of it.
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

/// Refuses a data directory that is open to others, and changes nothing. One that is not there is no error.
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

/// Whether every user of this machine may put files into a directory; not where that cannot be told.
pub fn everybody_may_write(directory: &Path) -> bool {
    #[cfg(unix)]
    return unix::everybody_may_write(directory);
    #[cfg(not(unix))]
    {
        let _ = directory;
        false
    }
}

/// Warns in the log of a secret's file that every user of this machine may read.
pub fn warn_when_others_may_read(path: &Path, metadata: &std::fs::Metadata) {
    #[cfg(unix)]
    if unix::everybody_may_read(metadata) {
        tracing::warn!(
            "the secret in {} can be read by every user of this machine: chmod o-r",
            path.display()
        );
    }
    #[cfg(not(unix))]
    let _ = (path, metadata);
}

/// How files in the data directory are opened: made for their owner alone, and no link is followed.
pub fn options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "there is nothing to be set"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    unix::for_owner(&mut options);
    options
}

/// Gives a file that root made at this path, in the directory of another user, to that user: a service that runs as that user could not open
/// it.
pub fn hand_over(file: &File, path: &Path) {
    #[cfg(unix)]
    unix::hand_over(file, path);
    #[cfg(not(unix))]
    let _ = (file, path);
}

/// The directory of a file, also of one that is named without it.
pub fn above(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes a folder in the data directory, for its owner alone. That it is there is no error.
///
/// # Errors
/// The operating system's.
pub fn make_folder(path: &Path) -> Result<()> {
    make(path)?;
    hand_over(&File::open(path)?, path);
    Ok(())
}

/// Opens a file of the data directory to read it.
///
/// # Errors
/// The operating system's; it is a link.
pub fn open(path: &Path) -> Result<File> {
    options().read(true).open(path)
}

/// The whole of a file of the data directory, or its first `longest` bytes and one more.
///
/// # Errors
/// The operating system's; it is a link.
pub fn read(path: &Path, longest: u64) -> Result<Vec<u8>> {
    let file = open(path)?;
    let length = file.metadata()?.len().min(longest).saturating_add(1);
    // It does not move while it is read, which would leave a copy: secrets are read so.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(longest.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes the directory for its owner alone; those above it as all others are made.
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
