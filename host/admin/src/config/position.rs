//! Positions in a configuration file, and the problems found there.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use collector_engine::configured::{ConfigProblem, Location, lines};

/// The smallest useful configuration, to start from.
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
    #[error("{}: {cause}; {}", .path.display(), what_to_do(.cause))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// Its content has problems: one line for each.
    #[error("{}", lines(.0))]
    Problems(Vec<ConfigProblem>),
}

impl ConfigError {
    /// Whether the file is there and can be read, and what it says cannot be used.
    pub fn is_of_content(&self) -> bool {
        match self {
            Self::Problems(_) => true,
            Self::Unreadable { cause, .. } => cause.kind() == std::io::ErrorKind::InvalidData,
        }
    }
}

/// What to do about a file that cannot be read.
pub(super) fn what_to_do(cause: &std::io::Error) -> String {
    if cause.kind() == std::io::ErrorKind::NotFound {
        format!("name another file with --config, or start one with:\n{EXAMPLE}")
    } else if cause.kind() == std::io::ErrorKind::InvalidData {
        "save it as UTF-8".to_owned()
    } else if cause.kind() == std::io::ErrorKind::IsADirectory {
        "name a file".to_owned()
    } else {
        "check its permissions".to_owned()
    }
}

/// Turns byte offsets in a file into lines and columns.
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

/// The problems found so far.
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
