//! Whose turn it is to sign in as a source, among all processes that use one vault: a secret that each use may replace is read, used and
//! stored by one at a time.

use std::fs::{File, TryLockError};

use collector_files::data_directory;

use super::{Vault, VaultError, lock_file};

impl Vault {
    /// Takes the turn of `source`, which is a valid name of a source. It ends with the returned file; none: it is another's now.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub(crate) fn turn(&self, source: &str) -> Result<Option<File>, VaultError> {
        let folder = self.data.join(data_directory::TURNS);
        let path = folder.join(format!("{source}.lock"));
        let failed = |cause| VaultError::Io {
            path: path.clone(),
            cause,
        };
        self.prepare()?;
        data_directory::make_folder(&folder).map_err(failed)?;
        let file = lock_file(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) => Err(failed(cause)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::vault::tests::in_file;

    #[test]
    fn one_at_a_time_has_the_turn_of_a_source_and_others_have_theirs() {
        let directory = tempfile::tempdir().unwrap();
        let turn = |source: &str| in_file(&directory.path().join("data")).turn(source).unwrap();
        let first = turn("webex");
        assert!(first.is_some());
        assert!(turn("webex").is_none());
        assert!(turn("another").is_some());
        drop(first);
        assert!(turn("webex").is_some());
    }
}
