//! Keeps sinks away from the collector's own files: a sink appends to its file, and replaces what is in its directory.

use std::path::{Path, PathBuf};

use collector_files::data_directory::{COMPILED, CONNECTORS, FILES, TURNS};

use super::files::{begins, is_below, is_of_the_system, is_same};

/// The folders in the data directory.
const FOLDERS: [&str; 3] = [COMPILED, CONNECTORS, TURNS];
/// The file in it that can be computed anew, and so is none of [`FILES`].
const FIGURES: &str = "insights.sqlite3";

/// What the collector itself reads and writes.
pub(in crate::config) struct OwnFiles<'a> {
    /// The configuration file.
    pub(in crate::config) configuration: &'a Path,
    /// The data directory.
    pub(in crate::config) data: &'a Path,
    /// The plugin directory.
    pub(in crate::config) plugins: &'a Path,
    /// The files of secrets and certificates that the configuration names, each with the part that does.
    pub(in crate::config) named: Vec<(PathBuf, String)>,
}

impl OwnFiles<'_> {
    /// What a sink that writes this file would damage; none if it is free.
    pub(super) fn at_file(&self, path: &Path) -> Option<String> {
        if is_same(path, self.configuration) {
            return Some("it is the configuration file".to_owned());
        }
        let named = self.named.iter().find(|(named, _)| is_same(path, named));
        if let Some((_, by)) = named {
            return Some(format!(
                "it is the file from which {by} reads a secret or certificate"
            ));
        }
        self.around(path)
    }

    /// What a sink that writes this directory would damage; none if it is free.
    pub(super) fn at_directory(&self, directory: &Path) -> Option<String> {
        let within = [
            (self.configuration, "it holds the configuration file"),
            (self.data, "it holds the data directory"),
            (self.plugins, "it holds the plugin directory"),
        ];
        let around = self.around(directory);
        around.or_else(|| {
            let found = within.into_iter().find(|(own, _)| is_below(own, directory));
            found.map(|(_, what)| what.to_owned())
        })
    }

    fn around(&self, path: &Path) -> Option<String> {
        let what = if self.is_in_data(path) {
            "it is what the collector keeps in its data directory"
        } else if is_below(path, self.plugins) {
            "it is in the plugin directory, where the collector looks for connectors"
        } else if is_of_the_system(path) {
            "it is not on a disk: the system shows its own state there"
        } else {
            return None;
        };
        Some(what.to_owned())
    }

    /// Whether a path is the data directory, or leads to what the collector keeps in it. Other files may be there: in a container it may be the only
    /// place that lasts.
    fn is_in_data(&self, path: &Path) -> bool {
        is_same(path, self.data)
            || FOLDERS
                .iter()
                .any(|folder| is_below(path, &self.data.join(folder)))
            || FILES.iter().chain([&FIGURES]).any(|name| {
                // Others of the same stem come and go, such as `insights.sqlite3-wal`.
                let stem = name.split_inclusive('.').next().unwrap_or(name);
                begins(path, &self.data.join(stem))
            })
    }
}
