//! Changes the configuration file: tries again if someone else changed it at the same time, and undoes the change if the administrator's
//! service refuses it.

use std::fs::Metadata;
use std::path::Path;

use super::{AdminError, Administrator};
use crate::config::edit::{ConfigFile, EditError};

/// How many times a change is tried when someone else keeps changing the file.
const TRIES: usize = 5;

impl Administrator<'_> {
    /// Changes the configuration file and makes the service apply it. Restores the file if the service refuses the change.
    pub(super) fn edit(
        &self,
        change: impl Fn(&mut ConfigFile) -> Result<(), EditError>,
    ) -> Result<(), AdminError> {
        let Some(service) = &self.service else {
            return write(self.path, change);
        };
        let before = std::fs::read(self.path)
            .ok()
            .zip(std::fs::metadata(self.path).ok());
        write(self.path, change)?;
        let written = std::fs::read(self.path).ok();
        match (service.apply)() {
            Ok(()) => Ok(()),
            Err(problem) if std::fs::read(self.path).ok() == written => {
                Err(put_back(self.path, before, &problem))
            }
            Err(problem) => Err(AdminError::Failed(format!(
                "the service refused the configuration ({problem}), but someone else changed {} in the meantime, so the change was not undone; check the file",
                self.path.display()
            ))),
        }
    }
}

fn write(path: &Path, change: impl Fn(&mut ConfigFile) -> Result<(), EditError>) -> Result<(), AdminError> {
    let try_once = || {
        let mut file = ConfigFile::open(path)?;
        change(&mut file)?;
        file.save()
    };
    for _ in 1..TRIES {
        match try_once() {
            Err(EditError::Changed { .. }) => {}
            decided => return Ok(decided?),
        }
    }
    Ok(try_once()?)
}

/// Restores the file after the service refused it with this `problem`, and returns the error for that.
fn put_back(path: &Path, before: Option<(Vec<u8>, Metadata)>, problem: &str) -> AdminError {
    let done = match before {
        Some((text, metadata)) => std::fs::canonicalize(path)
            .and_then(|file| collector_files::whole_file::replace(&file, &text, Some(&metadata))),
        None => std::fs::remove_file(path),
    };
    match done {
        Ok(()) => AdminError::Refused(format!(
            "the service refused the configuration, so nothing was changed: {problem}"
        )),
        Err(error) => AdminError::Failed(format!(
            "the service refused the configuration ({problem}), and {} could not be restored: {error}",
            path.display()
        )),
    }
}
