//! Where something stands in a configuration file, and what is wrong there, in words.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The smallest configuration that makes sense, for whoever has none yet.
const EXAMPLE: &str = r#"
  [[source]]
  name = "contoso"
  connector = "o365"

  [source.settings]
  tenant = "contoso.onmicrosoft.com"
  user-agent = "rooms@contoso.com"

  [source.credentials]
  client-id = "11111111-2222-3333-4444-555555555555"
  client-secret = { env = "O365_CLIENT_SECRET" }
"#;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {cause}; {}", .path.display(), start(.cause))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// Something is wrong with what it says: one line a problem.
    #[error("{}", lines(.0))]
    Problems(Vec<ConfigProblem>),
}

/// Something that is wrong with a configuration. Shown as one line with place, key and remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// File, line and column.
    pub place: String,
    /// What it is about, for people: `source "contoso": credentials`; empty for the file itself.
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

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        for part in [&self.title, &self.key] {
            if !part.is_empty() {
                write!(f, "{part}: ")?;
            }
        }
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}

/// One line a problem.
pub fn lines(problems: &[ConfigProblem]) -> String {
    let lines: Vec<String> = problems.iter().map(ConfigProblem::to_string).collect();
    lines.join("\n")
}

fn start(cause: &std::io::Error) -> String {
    if cause.kind() == std::io::ErrorKind::NotFound {
        format!("name another with --config, or start one with:\n{EXAMPLE}")
    } else if cause.kind() == std::io::ErrorKind::InvalidData {
        "save it as UTF-8".to_owned()
    } else {
        "check its permissions".to_owned()
    }
}

/// A place in a file: lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    file: PathBuf,
    line: usize,
    column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// Where a key stands, or the nearest table above it that is there; the table itself stands under "".
pub(super) fn location(places: &BTreeMap<String, Location>, key: &str) -> String {
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

/// Turns byte offsets of a file into places.
pub(super) struct Positions {
    file: PathBuf,
    text: String,
}

impl Positions {
    pub(super) fn new(file: &Path, text: &str) -> Self {
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(super) fn at(&self, offset: usize) -> Location {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Location {
            file: self.file.clone(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

/// What was found to be wrong so far.
#[derive(Default)]
pub(super) struct Problems(RefCell<Vec<ConfigProblem>>);

impl Problems {
    pub(super) fn push(&self, problem: ConfigProblem) {
        self.0.borrow_mut().push(problem);
    }

    pub(super) fn into_inner(self) -> Vec<ConfigProblem> {
        self.0.into_inner()
    }
}

/// The remedy for an unknown key: the known one that was probably meant, and all of them.
pub fn known_keys<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    known.dedup();
    let near = known
        .iter()
        .map(|key| (strsim::damerau_levenshtein(unknown, key), key))
        .filter(|(distance, _)| *distance <= 1 + unknown.chars().count() / 4)
        .min_by_key(|(distance, _)| *distance);
    let all = known.join(", ");
    match near {
        Some((_, key)) => format!("did you mean `{key}`? known are {all}"),
        None => format!("known are {all}"),
    }
}
