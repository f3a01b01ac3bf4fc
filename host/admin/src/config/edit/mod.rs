//! Changes a source, a sink or the spaces of a room in `collector.toml` and keeps everything else: comments, order, line ends, other sources.
//! This module only writes; [`Config::parse`] reads a changed file like any other.
//!
//! A source or sink is added and removed as text, so that the rest stays byte for byte; a key of one is changed through toml_edit. A change
//! that would touch the rest is refused.

mod list;
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

use self::list::{List, name_of};
use super::position::what_to_do;
use super::reader::json_table;
use super::{Config, ConfigError};

/// Why a configuration file was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It cannot be read.
    #[error("{}: {cause}; {}", .path.display(), what_to_do(.cause))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// The file has problems, or would have after the change: each with file, line, key and remedy.
    #[error(transparent)]
    Invalid(#[from] ConfigError),
    /// There is no file, so nothing of any name.
    #[error("{} does not exist; name another file with --config, or create it with `collector add`", .path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// There is no source or sink of this name.
    #[error("there is no {what} {name:?} in {}; {}", .path.display(), known(.what, .names))]
    NotFound {
        /// The file.
        path: PathBuf,
        /// `source` or `sink`.
        what: &'static str,
        /// The name.
        name: String,
        /// The names of the existing ones.
        names: Vec<String>,
    },
    /// A source or sink of this name already exists.
    #[error("{} already has a {what} {name:?}; choose another name, or remove that {what} first", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
        /// `source` or `sink`.
        what: &'static str,
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

fn known(what: &str, names: &[String]) -> String {
    if names.is_empty() {
        format!("the file lists no {what}s")
    } else {
        format!("known {what}s: {}", names.join(", "))
    }
}

/// A configuration file during a change. [`ConfigFile::save`] writes it.
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    /// The text that was read; none if there was no file.
    original: Option<String>,
    text: String,
    /// The sources and sinks that may differ from before.
    touched: BTreeSet<(List, String)>,
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
        self.entry(List::Sources, name)
    }

    /// Adds a source, given as its table, at the end of the file.
    ///
    /// # Errors
    /// A source of this name already exists, or the table cannot be written as TOML.
    pub fn add_source(&mut self, written: &Value) -> Result<(), EditError> {
        self.add(List::Sources, written)
    }

    /// Gives a source the content of `written`, and its name if that differs. Keys with the same value keep the way they are written.
    ///
    /// # Errors
    /// There is no source of this name, another source has the new name, or the table cannot be written as TOML.
    pub fn replace_source(&mut self, name: &str, written: &Value) -> Result<(), EditError> {
        self.replace(List::Sources, name, written)
    }

    /// Removes a source with its comments: those that touch its lines.
    ///
    /// # Errors
    /// There is no source of this name.
    pub fn remove_source(&mut self, name: &str) -> Result<(), EditError> {
        self.remove(List::Sources, name)
    }

    /// Adds a sink in the same way, or gives the sink `before` the content of `written`.
    ///
    /// # Errors
    /// A sink of this name already exists, there is no sink `before`, or the table cannot be written as TOML.
    pub fn put_sink(&mut self, before: Option<&str>, written: &Value) -> Result<(), EditError> {
        match before {
            None => self.add(List::Sinks, written),
            Some(name) => self.replace(List::Sinks, name, written),
        }
    }

    /// Removes a sink with its comments.
    ///
    /// # Errors
    /// There is no sink of this name.
    pub fn remove_sink(&mut self, name: &str) -> Result<(), EditError> {
        self.remove(List::Sinks, name)
    }

    fn add(&mut self, list: List, written: &Value) -> Result<(), EditError> {
        let table = self.table(list, written)?;
        let name = name_of(written).unwrap_or_default();
        if self.entry(list, name).is_some() {
            return Err(self.exists(list, name));
        }
        self.refuse_inline(list)?;
        let added = text::entry(list, table).map_err(|what| self.unsupported(what))?;
        self.text = section::append(&self.text, &added);
        self.touched.insert((list, name.to_owned()));
        Ok(())
    }

    fn replace(&mut self, list: List, name: &str, written: &Value) -> Result<(), EditError> {
        let new = self.table(list, written)?.clone();
        let new_name = name_of(written).unwrap_or_default().to_owned();
        if new_name != name && self.entry(list, &new_name).is_some() {
            return Err(self.exists(list, &new_name));
        }
        self.change(list, name, |table| merge::entry(list, table, &new))?;
        self.touched.insert((list, new_name));
        Ok(())
    }

    fn remove(&mut self, list: List, name: &str) -> Result<(), EditError> {
        let index = self.index(list, name)?;
        self.refuse_inline(list)?;
        self.text =
            section::remove(&self.text, &[list.key()], index).map_err(|what| self.unsupported(what))?;
        self.touched.insert((list, name.to_owned()));
        Ok(())
    }

    /// Whether there is a source of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn must_have_source(&self, name: &str) -> Result<(), EditError> {
        self.index(List::Sources, name).map(drop)
    }

    /// Whether a source is paused; none if there is no source of this name.
    pub fn is_paused(&self, name: &str) -> Option<bool> {
        let source = self.source(name)?;
        let written = source.get("paused").map(Value::as_bool);
        written.unwrap_or(Some(false))
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
            return self.index(List::Sources, name).map(|_| ());
        }
        self.change(List::Sources, name, |table| {
            merge::set(table, key, value, default);
            Ok(())
        })
    }

    /// Changes the table of one entry of a list.
    fn change(
        &mut self,
        list: List,
        name: &str,
        change: impl FnOnce(&mut Table) -> Result<(), String>,
    ) -> Result<(), EditError> {
        let index = self.index(list, name)?;
        self.refuse_inline(list)?;
        self.change_table(
            |document| {
                let entries = document
                    .get_mut(list.key())
                    .and_then(Item::as_array_of_tables_mut);
                entries.and_then(|entries| entries.get_mut(index))
            },
            change,
        )?;
        self.touched.insert((list, name.to_owned()));
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

    fn entries(&self, list: List) -> Vec<Value> {
        match root(&self.text).remove(list.key()) {
            Some(Value::Array(entries)) => entries,
            _ => Vec::new(),
        }
    }

    fn entry(&self, list: List, name: &str) -> Option<Value> {
        let entries = self.entries(list);
        entries.into_iter().find(|entry| name_of(entry) == Some(name))
    }

    fn index(&self, list: List, name: &str) -> Result<usize, EditError> {
        let written = self.entries(list);
        written
            .iter()
            .position(|entry| name_of(entry) == Some(name))
            .ok_or_else(|| match self.original {
                None => EditError::NoFile {
                    path: self.path.clone(),
                },
                Some(_) => EditError::NotFound {
                    path: self.path.clone(),
                    what: list.key(),
                    name: name.to_owned(),
                    names: written
                        .iter()
                        .filter_map(|entry| name_of(entry).map(str::to_owned))
                        .collect(),
                },
            })
    }

    fn exists(&self, list: List, name: &str) -> EditError {
        EditError::Exists {
            path: self.path.clone(),
            what: list.key(),
            name: name.to_owned(),
        }
    }

    /// Refuses `source = [{ … }]`, which is a single value.
    fn refuse_inline(&self, list: List) -> Result<(), EditError> {
        let document: DocumentMut = self
            .text
            .parse()
            .map_err(|_| self.unsupported("its structure is not supported"))?;
        let key = list.key();
        match document.get(key) {
            None | Some(Item::ArrayOfTables(_)) => Ok(()),
            Some(_) => Err(self.unsupported(format!(
                "its {key}s are one inline list, `{key} = […]`, instead of [[{key}]] tables"
            ))),
        }
    }

    fn table<'v>(&self, list: List, written: &'v Value) -> Result<&'v Map<String, Value>, EditError> {
        written
            .as_object()
            .ok_or_else(|| self.unsupported(format!("a {} must be a table", list.key())))
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

#[cfg(test)]
mod tests;
