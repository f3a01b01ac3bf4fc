//! Changes a source or the spaces of a room in `collector.toml` and keeps everything else: comments, order, line ends, other sources. This
//! module only writes; [`Config::parse`] reads a changed file like any other.
//!
//! A source is added and removed as text, so that the rest stays byte for byte; a key of a source is changed through toml_edit. A change
//! that would touch the rest is refused.

mod merge;
mod rooms;
mod save;
mod section;
mod text;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use toml::de::DeTable;
use toml_edit::{DocumentMut, Item, Table};

use super::reader::json_table;
use super::{Config, ConfigError};

/// Why a configuration file was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It cannot be read.
    #[error("{}: {cause}; check its permissions", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// The file has problems, or would have after the change: each with file, line, key and remedy.
    #[error(transparent)]
    Invalid(#[from] ConfigError),
    /// There is no source of this name.
    #[error("there is no source {name:?} in {}; {}", .path.display(), known(.sources))]
    NotFound {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
        /// The names of the existing sources.
        sources: Vec<String>,
    },
    /// A source of this name already exists.
    #[error("{} already has a source {name:?}; choose another name, or remove that source first", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// The room does not name this space.
    #[error("in {}, no [[insights.room]] of {room} names the space {space:?}; reload the page", .path.display())]
    NotNamed {
        /// The file.
        path: PathBuf,
        /// The room's address.
        room: String,
        /// The space.
        space: String,
    },
    /// The way in which it is written allows no change of this part alone.
    #[error("{}: {what}; change the file in an editor", .path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        what: String,
    },
    /// Someone else changed it after it was read.
    #[error("someone else changed {} in the meantime; try again", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("cannot write {}: {cause}; correct the permissions of the file and of its directory", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
}

/// The path of the sources' tables.
const SOURCES: &[&str] = &["source"];

fn known(names: &[String]) -> String {
    if names.is_empty() {
        "the file lists no sources".to_owned()
    } else {
        format!("known sources: {}", names.join(", "))
    }
}

/// A configuration file during a change. [`ConfigFile::save`] writes it.
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    /// The text that was read; none if there was no file.
    original: Option<String>,
    text: String,
    /// The sources that may differ from before.
    touched: BTreeSet<String>,
    /// The addresses of the rooms that may differ from before.
    rooms: BTreeSet<String>,
}

impl ConfigFile {
    /// Reads a file; a missing file counts as empty.
    ///
    /// # Errors
    /// It cannot be read, or is not TOML. A file with other problems can be changed, but saved only without them.
    pub fn open(path: &Path) -> Result<Self, EditError> {
        let original = match super::file::read(path) {
            Ok(text) => Some(text),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => None,
            Err(cause) => {
                return Err(EditError::Unreadable {
                    path: path.to_owned(),
                    cause,
                });
            }
        };
        let text = original.clone().unwrap_or_default();
        if DeTable::parse(&text).is_err() {
            Config::parse(&text, path)?;
        }
        Ok(Self {
            path: path.to_owned(),
            original,
            text,
            touched: BTreeSet::new(),
            rooms: BTreeSet::new(),
        })
    }

    /// The configuration including the changes.
    ///
    /// # Errors
    /// It has problems.
    pub fn config(&self) -> Result<Config, ConfigError> {
        Config::parse(&self.text, &self.path)
    }

    /// A source's table, in the form of [`Source::written`](super::Source::written).
    pub fn source(&self, name: &str) -> Option<Value> {
        self.sources()
            .into_iter()
            .find(|source| source_name(source) == Some(name))
    }

    /// Adds a source, given as its table, at the end of the file.
    ///
    /// # Errors
    /// A source of this name already exists, or the table cannot be written as TOML.
    pub fn add_source(&mut self, written: &Value) -> Result<(), EditError> {
        let table = self.table(written)?;
        let name = source_name(written).unwrap_or_default();
        if self.source(name).is_some() {
            return Err(EditError::Exists {
                path: self.path.clone(),
                name: name.to_owned(),
            });
        }
        self.refuse_inline()?;
        let added = text::source(table).map_err(|what| self.unsupported(what))?;
        self.text = section::append(&self.text, &added);
        self.touched.insert(name.to_owned());
        Ok(())
    }

    /// Gives a source the content of `written`, and its name if that differs. Keys with the same value keep the way they are written.
    ///
    /// # Errors
    /// There is no source of this name, another source has the new name, or the table cannot be written as TOML.
    pub fn replace_source(&mut self, name: &str, written: &Value) -> Result<(), EditError> {
        let new = self.table(written)?.clone();
        let new_name = source_name(written).unwrap_or_default().to_owned();
        if new_name != name && self.source(&new_name).is_some() {
            return Err(EditError::Exists {
                path: self.path.clone(),
                name: new_name,
            });
        }
        self.change(name, |table| merge::source(table, &new))?;
        self.touched.insert(new_name);
        Ok(())
    }

    /// Removes a source with its comments: those that touch its lines.
    ///
    /// # Errors
    /// There is no source of this name.
    pub fn remove_source(&mut self, name: &str) -> Result<(), EditError> {
        let index = self.index(name)?;
        self.refuse_inline()?;
        self.text = section::remove(&self.text, SOURCES, index).map_err(|what| self.unsupported(what))?;
        self.touched.insert(name.to_owned());
        Ok(())
    }

    /// Pauses or resumes a source.
    ///
    /// # Errors
    /// There is no source of this name.
    pub fn set_paused(&mut self, name: &str, paused: bool) -> Result<(), EditError> {
        self.set(name, "paused", paused, false)
    }

    /// Shows or hides the subjects of a source's meetings.
    ///
    /// # Errors
    /// There is no source of this name.
    pub fn set_viewing(&mut self, name: &str, viewing: bool) -> Result<(), EditError> {
        self.set(name, "view-subjects", viewing, true)
    }

    /// Sets a key of a source. Leaves out a key that would repeat its default.
    fn set(&mut self, name: &str, key: &str, value: bool, default: bool) -> Result<(), EditError> {
        let now = self.source(name).and_then(|source| source.get(key)?.as_bool());
        if now.unwrap_or(default) == value {
            return self.index(name).map(|_| ());
        }
        self.change(name, |table| {
            merge::set(table, key, value, default);
            Ok(())
        })
    }

    /// Changes one source's table.
    fn change(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut Table) -> Result<(), String>,
    ) -> Result<(), EditError> {
        let index = self.index(name)?;
        self.refuse_inline()?;
        self.change_table(
            |document| {
                let sources = document.get_mut("source").and_then(Item::as_array_of_tables_mut);
                sources.and_then(|sources| sources.get_mut(index))
            },
            change,
        )?;
        self.touched.insert(name.to_owned());
        Ok(())
    }

    /// Changes the table that `find` finds. First checks that toml_edit would write the unchanged text as it is.
    fn change_table(
        &mut self,
        find: impl FnOnce(&mut DocumentMut) -> Option<&mut Table>,
        change: impl FnOnce(&mut Table) -> Result<(), String>,
    ) -> Result<(), EditError> {
        let lines = section::Lines::of(&self.text).map_err(|what| self.unsupported(what))?;
        let normal = lines.normal(&self.text);
        let mut document: DocumentMut = normal
            .parse()
            .map_err(|_| self.unsupported("its structure is not supported"))?;
        if lines.restore(document.to_string()) != self.text {
            return Err(self.unsupported("writing it back would change its formatting"));
        }
        let table = find(&mut document).ok_or_else(|| self.unsupported("its structure is not supported"))?;
        change(table).map_err(|what| self.unsupported(what))?;
        self.text = lines.restore(document.to_string());
        Ok(())
    }

    fn sources(&self) -> Vec<Value> {
        match root(&self.text).remove("source") {
            Some(Value::Array(sources)) => sources,
            _ => Vec::new(),
        }
    }

    fn index(&self, name: &str) -> Result<usize, EditError> {
        let written = self.sources();
        written
            .iter()
            .position(|source| source_name(source) == Some(name))
            .ok_or_else(|| EditError::NotFound {
                path: self.path.clone(),
                name: name.to_owned(),
                sources: written
                    .iter()
                    .filter_map(|source| source_name(source).map(str::to_owned))
                    .collect(),
            })
    }

    /// Refuses `source = [{ … }]`, which is a single value.
    fn refuse_inline(&self) -> Result<(), EditError> {
        let document: DocumentMut = self
            .text
            .parse()
            .map_err(|_| self.unsupported("its structure is not supported"))?;
        match document.get("source") {
            None | Some(Item::ArrayOfTables(_)) => Ok(()),
            Some(_) => Err(self.unsupported(
                "its sources are one inline list, `source = […]`, instead of [[source]] tables",
            )),
        }
    }

    fn table<'v>(&self, written: &'v Value) -> Result<&'v Map<String, Value>, EditError> {
        written
            .as_object()
            .ok_or_else(|| self.unsupported("a source must be a table"))
    }

    fn unsupported(&self, what: impl Into<String>) -> EditError {
        EditError::Unsupported {
            path: self.path.clone(),
            what: what.into(),
        }
    }
}

/// The content of a file as JSON.
fn root(text: &str) -> Map<String, Value> {
    match DeTable::parse(text).map(|table| json_table(table.get_ref())) {
        Ok(Value::Object(root)) => root,
        _ => Map::new(),
    }
}

fn source_name(source: &Value) -> Option<&str> {
    source.get("name")?.as_str()
}

#[cfg(test)]
mod tests;
