//! Changes `collector.toml` and leaves alone what is not meant: comments, order, line ends, other sources. What a changed file says is
//! read by the same [`Config::parse`] that reads any; here is only how it is written.
//!
//! A source is added and removed as text, so that the rest stays byte for byte; a key of a source is changed through toml_edit. What
//! cannot be changed without touching the rest is refused.

mod merge;
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

/// Why a configuration file cannot be changed. It is as it was.
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
    /// It is wrong, or would be after the change: with file, line, key and remedy.
    #[error(transparent)]
    Invalid(#[from] ConfigError),
    /// There is no source of this name.
    #[error("there is no source {name:?} in {}; {}", .path.display(), known(.sources))]
    NotFound {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
        /// The names of those that are there.
        sources: Vec<String>,
    },
    /// There is a source of this name already.
    #[error("{} already has a source {name:?}; choose another name, or remove that source first", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// It is written in a way that cannot be changed without changing more than that.
    #[error("{}: {what}; change the file in an editor", .path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        what: String,
    },
    /// Somebody else changed it since it was read.
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

fn known(names: &[String]) -> String {
    if names.is_empty() {
        "the file lists no sources".to_owned()
    } else {
        format!("known sources: {}", names.join(", "))
    }
}

/// A configuration file that is being changed. Nothing is written before [`ConfigFile::save`].
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    /// What was read; none when there is no file.
    original: Option<String>,
    text: String,
    /// The sources that may be otherwise than before.
    touched: BTreeSet<String>,
}

impl ConfigFile {
    /// Reads a file; one that is not there is an empty one.
    ///
    /// # Errors
    /// It cannot be read, or is not TOML. Other problems do not keep it from being changed, only from being saved with them.
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
        })
    }

    /// What it says now, changes included.
    ///
    /// # Errors
    /// Something is wrong with it.
    pub fn config(&self) -> Result<Config, ConfigError> {
        Config::parse(&self.text, &self.path)
    }

    /// A source's table, as [`Source::written`](super::Source::written) has it.
    pub fn source(&self, name: &str) -> Option<Value> {
        self.sources()
            .into_iter()
            .find(|source| source_name(source) == Some(name))
    }

    /// Adds a source, given as its table, at the end of the file.
    ///
    /// # Errors
    /// There is one of this name, or it cannot be written as TOML.
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

    /// Makes a source what `written` says, under another name when it says so. Keys that stay the same stay as they are written.
    ///
    /// # Errors
    /// There is none of this name, the new name is another's, or it cannot be written as TOML.
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

    /// Removes a source with the comments that belong to it: those that touch its lines.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn remove_source(&mut self, name: &str) -> Result<(), EditError> {
        let index = self.index(name)?;
        self.refuse_inline()?;
        self.text = section::remove(&self.text, index).map_err(|what| self.unsupported(what))?;
        self.touched.insert(name.to_owned());
        Ok(())
    }

    /// Lets a source rest, or not any more.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn set_paused(&mut self, name: &str, paused: bool) -> Result<(), EditError> {
        self.set(name, "paused", paused, false)
    }

    /// Lets the subjects of a source's meetings be seen, or not any more.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn set_viewing(&mut self, name: &str, viewing: bool) -> Result<(), EditError> {
        self.set(name, "view-subjects", viewing, true)
    }

    /// Sets a key of a source. Where it says what is so without it, it is left out.
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

    /// Changes one source's table, and checks that toml_edit writes the rest as it was.
    fn change(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut Table) -> Result<(), String>,
    ) -> Result<(), EditError> {
        let index = self.index(name)?;
        self.refuse_inline()?;
        let lines = section::Lines::of(&self.text).map_err(|what| self.unsupported(what))?;
        let normal = lines.normal(&self.text);
        let mut document: DocumentMut = normal
            .parse()
            .map_err(|_| self.unsupported("its structure is not supported"))?;
        if lines.restore(document.to_string()) != self.text {
            return Err(self.unsupported("writing it back would change its formatting"));
        }
        let table = document
            .get_mut("source")
            .and_then(Item::as_array_of_tables_mut)
            .and_then(|sources| sources.get_mut(index))
            .ok_or_else(|| self.unsupported("its structure is not supported"))?;
        change(table).map_err(|what| self.unsupported(what))?;
        self.text = lines.restore(document.to_string());
        self.touched.insert(name.to_owned());
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

    /// `source = [{ … }]` is a value in one piece.
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

/// All that a file says, as JSON.
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
