//! Owners, permissions and links on Unix.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::sync::Once;

use super::{COMPILED, CONNECTORS, DirectoryError, FILES, TURNS};

/// The permission bits of everyone but the owner.
const OTHERS: u32 = 0o077;
/// Their permission to write.
const OTHERS_WRITE: u32 = 0o022;
const ROOT: u32 = 0;

/// See [`super::options`].
pub(super) fn for_owner(options: &mut OpenOptions) {
    options.mode(0o600).custom_flags(nix::libc::O_NOFOLLOW);
}

/// See [`super::hand_over`].
pub(super) fn hand_over(file: &File, path: &Path) {
    if user() != ROOT {
        return;
    }
    let directory = super::above(path);
    if let Ok(owner) = std::fs::metadata(directory)
        && owner.uid() != ROOT
        // A mount without owners has none to give it to.
        && let Err(cause) = fchown(file, Some(owner.uid()), Some(owner.gid()))
    {
        tracing::debug!(
            "cannot give a file in {} to the directory's owner: {cause}",
            directory.display()
        );
    }
}

/// Refuses a directory that others may write to, and removes their read access.
pub(super) fn close(data: &Path) -> Result<(), DirectoryError> {
    let directory = judge(data)?;
    let user = user();
    let take = |path: &Path, found: &Metadata| {
        if found.uid() == user && found.mode() & OTHERS != 0 {
            let permissions = Permissions::from_mode(found.mode() & 0o7777 & !OTHERS);
            if let Err(cause) = std::fs::set_permissions(path, permissions) {
                say_open(path, &cause);
            }
        }
    };
    take(data, &directory);
    for path in ours(data) {
        if let Some(found) = there(&path)? {
            take(&path, &found);
        }
    }
    Ok(())
}

/// Some mounts know no permissions. The collector still runs on them, and says so once.
fn say_open(path: &Path, cause: &std::io::Error) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        tracing::warn!(
            "other users of this machine may read {}, and the collector cannot prevent it ({cause}); put the data directory on a file system \
             with permissions, or mount it for the collector's user alone",
            path.display()
        );
    });
}

/// Inspects the directory. Refuses one that is open to others, or has a link in place of one of our files.
pub(super) fn judge(data: &Path) -> Result<Metadata, DirectoryError> {
    let directory = std::fs::metadata(data).map_err(|cause| unusable(data, cause))?;
    if !directory.is_dir() {
        return Err(unusable(data, ErrorKind::NotADirectory.into()));
    }
    permitted(data, directory.uid(), directory.mode(), user())?;
    for path in ours(data) {
        if there(&path)?.is_some_and(|found| found.is_symlink()) {
            return Err(DirectoryError::Link { path });
        }
    }
    Ok(directory)
}

/// Whether `user` may trust a directory with this owner and mode. Root may look after a service's directory.
pub(super) fn permitted(path: &Path, owner: u32, mode: u32, user: u32) -> Result<(), DirectoryError> {
    let path = || path.to_owned();
    if ![owner, ROOT].contains(&user) && owner != ROOT {
        return Err(DirectoryError::Owner {
            path: path(),
            owner,
            user,
        });
    }
    if mode & OTHERS_WRITE != 0 {
        return Err(DirectoryError::Writable {
            path: path(),
            mode: mode & 0o7777,
        });
    }
    Ok(())
}

/// See [`super::everybody_may_write`].
pub(super) fn everybody_may_write(directory: &Path) -> bool {
    std::fs::metadata(directory).is_ok_and(|found| found.mode() & 0o002 != 0)
}

/// Whether every user of this machine may read a file.
pub(super) fn everybody_may_read(file: &Metadata) -> bool {
    file.mode() & 0o004 != 0
}

/// The owner of files that this process creates.
fn user() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// All files and folders of ours that may be there.
fn ours(data: &Path) -> impl Iterator<Item = PathBuf> {
    let files = FILES.map(|name| data.join(name));
    let folders = [CONNECTORS, COMPILED, TURNS].map(|name| data.join(name));
    let inside = folders.clone().into_iter().flat_map(|folder| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path())
    });
    // The folders before what is in them.
    files.into_iter().chain(folders).chain(inside)
}

fn there(path: &Path) -> Result<Option<Metadata>, DirectoryError> {
    match std::fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(unusable(path, cause)),
    }
}

fn unusable(path: &Path, cause: std::io::Error) -> DirectoryError {
    DirectoryError::Unusable {
        path: path.to_owned(),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_ours_or_roots_and_root_may_look_after_another_users() {
        let path = Path::new("data");
        for (owner, user) in [(1_000, 1_000), (0, 1_000), (1_000, 0), (0, 0)] {
            permitted(path, owner, 0o40_755, user).unwrap();
        }
        assert_eq!(
            permitted(path, 1_001, 0o40_700, 1_000).unwrap_err().to_string(),
            "the data directory data belongs to the user with id 1001, but the collector runs as the user with id 1000; run it as the \
             owner, or choose another directory with `data` in [collector]"
        );
    }
}
