//! A problem in a configuration and its place, in words.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// A problem in a configuration. Shown as one line with place, key and remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// File, line and column; empty for what is not in the file yet.
    pub place: String,
    /// What the problem is about, for people: `source "contoso": credentials`; empty for the file itself.
    pub title: String,
    /// The key below the source or sink, with its tables: `credentials.client-id`.
    pub path: String,
    /// The key as the line shows it.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub remedy: String,
}

impl ConfigProblem {
    /// A problem with one key of a source (`settings.tenant`), with the place that the file has for it.
    pub fn of_source(
        name: &str,
        places: &BTreeMap<String, Location>,
        key: &str,
        problem: &str,
        remedy: &str,
    ) -> Self {
        Self {
            place: location(places, key),
            title: source_title(name),
            path: key.to_owned(),
            key: key.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}

/// A source's name in problems.
pub fn source_title(name: &str) -> String {
    format!("source {name:?}")
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.place, &self.title, &self.key] {
            if !part.is_empty() {
                write!(f, "{part}: ")?;
            }
        }
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}

/// All problems, one line each.
pub fn lines(problems: &[ConfigProblem]) -> String {
    let lines: Vec<String> = problems.iter().map(ConfigProblem::to_string).collect();
    lines.join("\n")
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// The place of a key, or of the nearest table above it that the file has; the table itself has the key "".
pub fn location(places: &BTreeMap<String, Location>, key: &str) -> String {
    let mut path = key;
    loop {
        if let Some(location) = places.get(path) {
            return location.to_string();
        }
        path = match path.rsplit_once('.') {
            Some((above, _)) => above,
            None if !path.is_empty() => "",
            None => return String::new(),
        };
    }
}
