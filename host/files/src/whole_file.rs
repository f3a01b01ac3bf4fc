//! Files that are written wholly or not at all, whatever happens meanwhile.

use std::fs::{File, Metadata, Permissions};
use std::io::{Error, Result, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::data_directory;

/// The beginning of the name of a file that is still being written.
pub const UNFINISHED: &str = ".collector-";

/// Writes a file in place of the one with this name. It gets the permissions and owner of `like`; without that, only its writer may use it.
///
/// # Errors
/// The operating system's error; the old file is untouched.
pub fn replace(path: &Path, content: &[u8], like: Option<&Metadata>) -> Result<()> {
    let file = write(path, content)?;
    if let Some(like) = like {
        keep_owner(file.as_file(), like)?;
        file.as_file().set_permissions(like.permissions())?;
    }
    file.persist(path).map_err(|error| error.error)?;
    sync_directory(path)
}

/// Writes a file in place of the one with this name. Its writer may use it, and who may read a directory of these permissions may read it.
///
/// # Errors
/// The operating system's error; the old file is untouched.
pub fn replace_for_readers(path: &Path, content: &[u8], directory: &Permissions) -> Result<()> {
    let file = write(path, content)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = 0o600 | (directory.mode() & 0o044);
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = directory;
    file.persist(path).map_err(|error| error.error)?;
    sync_directory(path)
}

/// Writes a new file, for its writer alone.
///
/// # Errors
/// The operating system's error, for example that the file exists.
pub fn create(path: &Path, content: &[u8]) -> Result<()> {
    write(path, content)?
        .persist_noclobber(path)
        .map_err(|error| error.error)?;
    sync_directory(path)
}

fn write(path: &Path, content: &[u8]) -> Result<NamedTempFile> {
    // In the same directory, so that it can be renamed.
    let mut file = NamedTempFile::with_prefix_in(UNFINISHED, data_directory::above(path))?;
    file.write_all(content)?;
    data_directory::hand_over(file.as_file(), path);
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(unix)]
fn keep_owner(file: &File, like: &Metadata) -> Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    fchown(file, Some(like.uid()), Some(like.gid())).map_err(|error| {
        let what = format!("its owner and group could not be kept ({error})");
        Error::new(error.kind(), what)
    })
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> Result<()> {
    Ok::<(), Error>(())
}

/// Makes a new name survive a power cut too.
///
/// # Errors
/// The operating system's error.
#[cfg(unix)]
pub fn sync_directory(path: &Path) -> Result<()> {
    File::open(data_directory::above(path))?.sync_all()
}

/// Makes a new name survive a power cut too.
///
/// # Errors
/// None: there is nothing to do here.
#[cfg(not(unix))]
pub fn sync_directory(_: &Path) -> Result<()> {
    Ok(())
}
