//! Keeps sinks away from the collector's own files: a sink appends to its file, and replaces what is in its directory.

use std::path::{Path, PathBuf};

use super::files::{is_below, is_of_the_system, is_same};

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
        let what = if is_below(path, self.data) {
            "it is in the data directory, where the collector keeps its store"
        } else if is_below(path, self.plugins) {
            "it is in the plugin directory, where the collector looks for connectors"
        } else if is_of_the_system(path) {
            "it is not on a disk: the system shows its own state there"
        } else {
            return None;
        };
        Some(what.to_owned())
    }
}
