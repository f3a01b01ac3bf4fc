//! The copies of good versions in the data directory, named by digest. A restart uses them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use collector_files::data_directory;
use collector_files::whole_file;
use collector_sandbox::{LARGEST_FILE, digest};

/// The directory of copies.
#[derive(Debug, Clone)]
pub(super) struct Copies(PathBuf);

impl Copies {
    pub(super) fn new(data: &Path) -> Self {
        Self(data.join(data_directory::CONNECTORS))
    }

    pub(super) fn path(&self, digest: &str) -> PathBuf {
        self.0.join(format!("{digest}.wasm"))
    }

    /// Writes a copy and syncs it, wholly or not at all. Then removes the outdated copy.
    pub(super) fn put(&self, name: &str, bytes: &[u8], oldest: Option<&str>) -> io::Result<()> {
        data_directory::make_folder(&self.0)?;
        let path = self.path(name);
        if !path.exists() {
            whole_file::replace(&path, bytes, None)?;
        }
        if let Some(oldest) = oldest {
            // What cannot be removed now is removed at the next start.
            let _ = fs::remove_file(self.path(oldest));
        }
        Ok(())
    }

    /// Reads a copy, if it is intact.
    pub(super) fn get(&self, name: &str) -> Result<Vec<u8>, String> {
        let path = self.path(name);
        let bytes = data_directory::read(&path, LARGEST_FILE).map_err(|error| {
            format!(
                "the kept copy {} cannot be read: {error}; using the file in the plugin directory instead",
                path.display()
            )
        })?;
        if digest(&bytes) == name {
            return Ok(bytes);
        }
        // It would block a whole copy.
        let _ = fs::remove_file(&path);
        Err(format!(
            "the kept copy {} is damaged; using the file in the plugin directory instead",
            path.display()
        ))
    }

    /// Removes unfinished files, and copies that no record names.
    pub(super) fn clean<'a>(&self, named: impl Iterator<Item = &'a Option<String>>) {
        let named: BTreeSet<&str> = named.filter_map(Option::as_deref).collect();
        let Ok(entries) = fs::read_dir(&self.0) else {
            return;
        };
        for entry in entries.flatten() {
            let file = entry.file_name();
            let file = file.to_string_lossy();
            let needed = file
                .strip_suffix(".wasm")
                .is_some_and(|name| named.contains(name));
            let unfinished =
                file.starts_with(whole_file::UNFINISHED) || file.starts_with('.') && file.ends_with(".tmp");
            if unfinished || (file.ends_with(".wasm") && !needed) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}
