//! The data directory belongs to one service at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The lock's file in the data directory. The lock is the operating system's on the open file: it ends with the process, however
/// that ends.
const FILE: &str = "collector.lock";

const LOOKS: u32 = 5;
const LOOK: Duration = Duration::from_millis(20);

/// Why the data directory cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else has it.
    #[error(
        "the data directory {} is in use by another collector ({owner}); stop it first, or choose another directory with `data` in \
         [collector]", .path.display()
    )]
    InUse {
        /// The data directory.
        path: PathBuf,
        /// What the other says of itself.
        owner: String,
    },
    /// It cannot be made or written.
    #[error("the data directory {} cannot be used: {cause}; correct its permissions, or choose another with `data` in [collector]", .path.display())]
    Unusable {
        /// The data directory.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
}

/// Holds the data directory until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the data directory, making it when it is not there.
    ///
    /// # Errors
    /// See [`LockError`].
    pub fn take(data: &Path) -> Result<Self, LockError> {
        let unusable = |cause| LockError::Unusable {
            path: data.to_owned(),
            cause,
        };
        std::fs::create_dir_all(data).map_err(unusable)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(data.join(FILE))
            .map_err(unusable)?;
        match try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // What it says is a help, nothing depends on it.
                let _ = file.read_to_string(&mut owner);
                return Err(LockError::InUse {
                    path: data.to_owned(),
                    owner: crate::text::plain(owner.trim()).into_owned(),
                });
            }
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        }
        let owner = format!("process {}", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(owner.as_bytes()))
            .map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

/// Who has a data directory; none when nobody does.
pub fn owner(data: &Path) -> Option<String> {
    let mut file = File::open(data.join(FILE)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let _ = file.read_to_string(&mut owner);
            Some(crate::text::plain(owner.trim()).into_owned())
        }
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

/// Somebody who only looks holds the lock for a moment.
fn try_lock(file: &File) -> Result<(), TryLockError> {
    for _ in 0..LOOKS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
            decided => return decided,
        }
    }
    file.try_lock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_refused_by_name_and_may_have_it_after_the_first() {
        let directory = tempfile::tempdir().unwrap();
        let first = Lock::take(directory.path()).unwrap();
        let refused = Lock::take(directory.path()).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("another collector (process {})", std::process::id())),
            "{refused}"
        );
        assert_eq!(
            owner(directory.path()),
            Some(format!("process {}", std::process::id()))
        );
        drop(first);
        assert_eq!(owner(directory.path()), None);
        Lock::take(directory.path()).unwrap();
    }
}
