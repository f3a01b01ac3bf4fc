//! Writes a changed configuration file: checked first, whole or not at all, and never over someone else's change.

use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use collector_files::whole_file;
use serde_json::{Map, Value};

use super::list::{List, name_of};
use super::rooms::room_address;
use super::{ConfigFile, EditError, root};

impl ConfigFile {
    /// Writes the file with its former permissions and owner. Only its owner may read a new file. Follows a symbolic link.
    ///
    /// # Errors
    /// The file would have problems, someone else changed it after it was read, or it cannot be written. It stays as it was.
    pub fn save(self) -> Result<(), EditError> {
        self.config()?;
        let original = self.original.as_deref().unwrap_or_default();
        if self.rest(original) != self.rest(&self.text) {
            return Err(self.unsupported("the edit would change more than this part"));
        }
        let Some(target) = self.target()? else {
            return match whole_file::create(&self.path, self.text.as_bytes()) {
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Err(self.changed()),
                created => created.map_err(|cause| self.unwritable(cause)),
            };
        };
        let Some(original) = &self.original else {
            return Err(self.changed());
        };
        let (_lock, metadata) = lock(&target).map_err(|cause| self.unwritable(cause))?;
        let now = crate::config::file::read(&target).map_err(|cause| self.unwritable(cause))?;
        if now != *original {
            return Err(self.changed());
        }
        whole_file::replace(&target, self.text.as_bytes(), Some(&metadata))
            .map_err(|cause| self.unwritable(cause))
    }

    /// The file itself, behind all links; none if it does not exist yet.
    fn target(&self) -> Result<Option<PathBuf>, EditError> {
        match std::fs::canonicalize(&self.path) {
            Ok(target) => Ok(Some(target)),
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                if std::fs::symlink_metadata(&self.path).is_ok() {
                    Err(self.unsupported("it is a link to a file that does not exist"))
                } else if self.original.is_some() {
                    Err(self.changed())
                } else {
                    Ok(None)
                }
            }
            Err(cause) => Err(self.unwritable(cause)),
        }
    }

    /// The content of a text without the sources, sinks and rooms that may differ.
    fn rest(&self, text: &str) -> Map<String, Value> {
        let mut root = root(text);
        for list in List::ALL {
            let Some(Value::Array(entries)) = root.get_mut(list.key()) else {
                continue;
            };
            let is_touched = |name: &str| self.touched.contains(&(list, name.to_owned()));
            entries.retain(|entry| name_of(entry).is_none_or(|name| !is_touched(name)));
            if entries.is_empty() {
                root.remove(list.key());
            }
        }
        if let Some(Value::Object(insights)) = root.get_mut("insights") {
            if let Some(Value::Array(rooms)) = insights.get_mut("room") {
                rooms.retain(|room| room_address(room).is_none_or(|room| !self.rooms.contains(&room)));
                if rooms.is_empty() {
                    insights.remove("room");
                }
            }
            if insights.is_empty() {
                root.remove("insights");
            }
        }
        root
    }

    fn changed(&self) -> EditError {
        EditError::Changed {
            path: self.path.clone(),
        }
    }

    fn unwritable(&self, cause: std::io::Error) -> EditError {
        EditError::Unwritable {
            path: self.path.clone(),
            cause,
        }
    }
}

/// Locks the file at this path. If it was replaced during the wait for the lock, locks the new one instead.
fn lock(path: &Path) -> std::io::Result<(File, Metadata)> {
    loop {
        let file = File::open(path)?;
        file.lock()?;
        let metadata = file.metadata()?;
        if is_at(path, &metadata)? {
            return Ok((file, metadata));
        }
    }
}

#[cfg(unix)]
fn is_at(path: &Path, opened: &Metadata) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let there = std::fs::metadata(path)?;
    Ok((there.dev(), there.ino()) == (opened.dev(), opened.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &Path, _: &Metadata) -> std::io::Result<bool> {
    Ok(true)
}
