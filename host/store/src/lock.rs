//! The lock that gives the data directory to one service at a time.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use collector_files::data_directory::{self, DirectoryError};

/// The lock's file in the data directory. The operating system locks the open file: the lock ends with the process, however that ends.
const FILE: &str = "collector.lock";

/// The length of the file in bytes.
const LENGTH: usize = 2_048;

const LOOKS: u32 = 5;
const LOOK: Duration = Duration::from_millis(20);

/// Why the data directory cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another collector has it.
    #[error(
        "the data directory {} is in use by another collector ({owner}); stop it first, or choose another directory with `data` in \
         [collector]", .path.display()
    )]
    InUse {
        /// The data directory.
        path: PathBuf,
        /// How the other collector describes itself.
        owner: String,
    },
    /// It cannot be created, or not be used as it is.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// It cannot be written.
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
    file: Mutex<File>,
}

impl Lock {
    /// Takes the data directory, and creates it if it does not exist.
    ///
    /// # Errors
    /// See [`LockError`].
    pub fn take(data: &Path) -> Result<Self, LockError> {
        let unusable = |cause| LockError::Unusable {
            path: data.to_owned(),
            cause,
        };
        data_directory::prepare(data)?;
        let mut file = data_directory::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(data.join(FILE))
            .map_err(unusable)?;
        data_directory::hand_over(&file, &data.join(FILE));
        match try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::InUse {
                    path: data.to_owned(),
                    owner: said(&mut file).name,
                });
            }
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        }
        file.set_len(0).map_err(unusable)?;
        let lock = Self {
            file: Mutex::new(file),
        };
        lock.tell(None).map_err(unusable)?;
        Ok(lock)
    }

    /// Writes what is wrong with the store beside the service's name, for readers outside. This takes no space: the file always has the
    /// same length, so it works on a full disk too.
    ///
    /// # Errors
    /// The operating system's.
    pub fn tell(&self, trouble: Option<&str>) -> std::io::Result<()> {
        let mut text = format!("process {}\n", std::process::id());
        text.extend(
            collector_model::text::plain(trouble.unwrap_or_default())
                .chars()
                .take(LENGTH / 8),
        );
        let mut line = text.into_bytes();
        line.resize(LENGTH, b' ');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.rewind()?;
        file.write_all(&line)
    }
}

/// The service that has a data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// How it describes itself.
    pub name: String,
    /// Why it cannot store what it collects.
    pub trouble: Option<String>,
}

/// The service that has a data directory; none if it is free.
pub fn owner(data: &Path) -> Option<Owner> {
    let mut file = data_directory::open(&data.join(FILE)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(said(&mut file)),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn said(file: &mut File) -> Owner {
    let mut text = String::new();
    // The text only informs; nothing depends on it.
    let _ = file.take(LENGTH as u64).read_to_string(&mut text);
    let (name, trouble) = text.split_once('\n').unwrap_or((&text, ""));
    let trouble = collector_model::text::plain(trouble.trim()).into_owned();
    Owner {
        name: collector_model::text::plain(name.trim()).into_owned(),
        trouble: (!trouble.is_empty()).then_some(trouble),
    }
}

/// A process that only looks holds the lock for a moment.
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
        let name = format!("process {}", std::process::id());
        let expected = |trouble: Option<&str>| {
            Some(Owner {
                name: name.clone(),
                trouble: trouble.map(str::to_owned),
            })
        };
        assert_eq!(owner(directory.path()), expected(None));
        first.tell(Some("the disk is full")).unwrap();
        assert_eq!(owner(directory.path()), expected(Some("the disk is full")));
        first.tell(None).unwrap();
        assert_eq!(owner(directory.path()), expected(None));
        drop(first);
        assert_eq!(owner(directory.path()), None);
        Lock::take(directory.path()).unwrap();
    }
}
