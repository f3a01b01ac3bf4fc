//! A source that an administrator is setting up or changing. A draft keeps the input as typed, even with mistakes, and makes from it the
//! table for the configuration. [`sink`] has the drafts of sinks.

pub mod form;
pub mod problems;
pub mod sink;
pub mod sink_form;
pub mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use collector_egress::vault::{Place, Vault, VaultError};
use collector_model::form::{DraftSummary, Form, Input, Problem, cell_key, cell_of};
use collector_store::{Reader, StoreError};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::form::Table;
use crate::config::{Config, ConfigError, ConfigProblem, Egress, Source};

/// A draft, as the store keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Draft {
    /// What it started from.
    pub origin: Origin,
    /// Its connector.
    pub connector: String,
    /// The table that it started from. Keys that the form does not know come from there.
    base: Table,
    /// The input.
    filled: Input,
    /// References to the secrets that were typed, by name, as the configuration would hold them.
    secrets: BTreeMap<String, Value>,
    /// The names under which this draft stored secrets. They are deleted with it unless something else refers to them.
    stored: Vec<String>,
    /// Whether an administrator has submitted any input.
    pub touched: bool,
}

/// What a draft started from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A connector only.
    New,
    /// A source to change.
    Edit(String),
    /// A source to copy.
    Duplicate(String),
}

/// What the drafts of sources and of sinks have in common: they are kept in the store, and one that was left goes on.
pub trait StoredDraft: Serialize + DeserializeOwned + Send + 'static {
    /// All stored drafts of this kind with their ids, the most recently changed first.
    ///
    /// # Errors
    /// The store failed.
    fn all(store: &Reader) -> Result<Vec<(String, Self)>, StoreError> {
        let read = |(id, _, content): (String, i64, String)| Some((id, serde_json::from_str(&content).ok()?));
        Ok(store.drafts()?.into_iter().filter_map(read).collect())
    }

    /// All stored drafts of this kind into which something was entered, as lists show them, the most recently changed first.
    ///
    /// # Errors
    /// The store failed.
    fn listed(store: &Reader) -> Result<Vec<DraftSummary>, StoreError> {
        let read = |(id, changed_at, content): (String, i64, String)| {
            let draft = serde_json::from_str(&content).ok().filter(Self::is_touched)?;
            Some(DraftSummary {
                id,
                name: draft.title(),
                what: draft.what(),
                changed_at,
            })
        };
        Ok(store.drafts()?.into_iter().filter_map(read).collect())
    }

    /// Its name in lists.
    fn title(&self) -> String;

    /// What it becomes: `new source`.
    fn what(&self) -> String;

    /// Whether an administrator has submitted any input.
    fn is_touched(&self) -> bool;

    /// Whether it can go on where `new` would begin: it is about the same, which is as it was, or nothing was entered into it.
    fn goes_on_as(&self, new: &Self) -> bool;
}

impl Draft {
    /// A draft that starts from a connector only.
    pub fn new(connector: &str) -> Self {
        Self {
            origin: Origin::New,
            connector: connector.to_owned(),
            base: Table::new(),
            filled: Input::default(),
            secrets: BTreeMap::new(),
            stored: Vec::new(),
            touched: false,
        }
    }

    /// A draft that starts from a configured source.
    pub fn of(source: &Source, origin: Origin) -> Self {
        let base = table_of(source);
        let mut filled = form::input(&base);
        if matches!(origin, Origin::Duplicate(_)) {
            filled.name = String::new();
        }
        Self {
            origin,
            base,
            filled,
            ..Self::new(&source.connector)
        }
    }

    /// Takes a new input.
    pub fn fill(&mut self, input: Input) {
        self.filled = Input {
            name: input.name.trim().to_owned(),
            ..input
        };
        self.touched = true;
    }

    /// The current input.
    pub fn input(&self) -> &Input {
        &self.filled
    }

    /// Stores a secret under a new name, refers to it, and returns where it is. A secret in use stays until the draft is saved.
    ///
    /// # Errors
    /// It cannot be stored.
    pub fn store_secret(
        &mut self,
        vault: &Vault,
        name: &str,
        value: &SecretString,
    ) -> Result<Place, VaultError> {
        let entry = new_entry(&self.title(), name);
        let place = vault.put(&entry, value)?;
        if let Some(other) = form::replaced_by(name, &self.base) {
            self.secrets.remove(other);
        }
        self.secrets.insert(name.to_owned(), json!({ "stored": entry }));
        self.stored.push(entry);
        self.touched = true;
        Ok(place)
    }

    /// Whether it changes this source.
    pub fn edits(&self, source: &str) -> bool {
        matches!(&self.origin, Origin::Edit(name) if name == source)
    }

    /// The problem if someone else has changed fields of the form since the draft was started: saving it would undo that change.
    pub fn overtaken(&self, now: &Table) -> Option<Problem> {
        (form::input(&self.base) != form::input(now)).then(|| Problem {
            key: String::new(),
            problem: "someone else has changed the source since this draft was started".to_owned(),
            remedy: "discard the draft, and start again from the source as it is now".to_owned(),
        })
    }

    /// The names of the stored secrets that it refers to or stored itself.
    pub fn secrets(&self) -> Vec<String> {
        let mut names = self.stored.clone();
        names.extend(form::stored(&self.base));
        names
    }

    /// The table for the configuration, and the problems with values that could not be written into it. It builds on `base`, or on the table
    /// that the draft started from.
    pub fn table(&self, form: &Form, base: Option<Table>) -> (Table, Vec<Problem>) {
        let mut table = base.unwrap_or_else(|| self.base.clone());
        let problems = form::write(&mut table, form, &self.filled);
        for (name, reference) in &self.secrets {
            form::refer(&mut table, name, reference.clone());
        }
        (table, problems)
    }

    /// The problem with its name, except for invalid characters.
    pub fn name_problem(&self, config: &Config) -> Option<Problem> {
        let taken = |name: &str| config.source_names().any(|known| known == name);
        let name = self.filled.name.trim();
        let (problem, remedy) = match &self.origin {
            Origin::Edit(source) if name != source => (
                format!("the source is called {source}"),
                "keep the name, because the stored meetings belong to it; for another name, duplicate the source",
            ),
            Origin::New | Origin::Duplicate(_) if taken(name) => (
                "another source has this name".to_owned(),
                "give each source a name of its own",
            ),
            Origin::New | Origin::Duplicate(_) | Origin::Edit(_) => return None,
        };
        Some(Problem {
            key: "name".to_owned(),
            problem,
            remedy: remedy.to_owned(),
        })
    }
}

impl StoredDraft for Draft {
    fn title(&self) -> String {
        match &self.origin {
            Origin::Edit(source) => source.clone(),
            Origin::New | Origin::Duplicate(_) if !self.filled.name.is_empty() => self.filled.name.clone(),
            Origin::New | Origin::Duplicate(_) => format!("a new source with {}", self.connector),
        }
    }

    fn what(&self) -> String {
        match &self.origin {
            Origin::New => "new source".to_owned(),
            Origin::Duplicate(of) => format!("copy of {of}"),
            Origin::Edit(_) => "changes of the source".to_owned(),
        }
    }

    fn is_touched(&self) -> bool {
        self.touched
    }

    fn goes_on_as(&self, new: &Self) -> bool {
        let same = match (&self.origin, &new.origin) {
            (Origin::New, Origin::New) => !self.touched && self.connector == new.connector,
            (Origin::Duplicate(one), Origin::Duplicate(other)) => !self.touched && one == other,
            (Origin::Edit(one), Origin::Edit(other)) => one == other,
            _ => false,
        };
        same && (!self.touched || self.overtaken(&new.base).is_none())
    }
}

/// A name in the vault that nothing has yet, for a secret of what has this title.
fn new_entry(title: &str, name: &str) -> String {
    let safe = |character: char| {
        if character.is_ascii_alphanumeric() {
            character
        } else {
            '-'
        }
    };
    let title: String = title.chars().map(safe).take(64).collect();
    let unique = uuid::Uuid::new_v4().simple().to_string();
    format!("{title}.{name}.{}", unique.get(..8).unwrap_or(&unique))
}

/// Leaves the first problem of each field. A value that could not be written into the table is also reported as missing.
pub fn keep_first_of_each_field(problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    problems.retain(|problem| problem.key.is_empty() || seen.insert(problem.key.clone()));
}

/// Reads a table as the configuration would.
///
/// # Errors
/// All problems of the table.
pub fn source(folders: Folders<'_>, egress: &Egress, table: &Table) -> Result<Source, Vec<Problem>> {
    let document = serde_json::json!({
        "collector": {
            "data": folders.data,
            "plugins": folders.plugins,
        },
        "source": [table],
    });
    read(&document, folders.configuration, egress)
}

/// Absolute paths.
#[derive(Debug, Clone, Copy)]
pub struct Folders<'a> {
    /// The configuration file.
    pub configuration: &'a Path,
    /// The data directory.
    pub data: &'a Path,
    /// The plugin directory.
    pub plugins: &'a Path,
}

/// A source's table as in the configuration.
pub fn table_of(source: &Source) -> Table {
    source.written.as_object().cloned().unwrap_or_default()
}

/// Reads the source in a document. It uses the collector's `egress` unless it has its own.
fn read(document: &Value, path: &Path, egress: &Egress) -> Result<Source, Vec<Problem>> {
    let other = |problem: String| {
        vec![Problem {
            key: String::new(),
            problem,
            remedy: "correct it".to_owned(),
        }]
    };
    let text = toml::to_string(document).map_err(|error| other(error.to_string()))?;
    match Config::parse(&text, path) {
        Ok(config) => config
            .sources
            .into_iter()
            .next()
            .map(|mut source| {
                source.egress = std::mem::take(&mut source.egress).within(egress);
                source
            })
            .ok_or_else(|| other("it is not a source".to_owned())),
        Err(ConfigError::Problems(found)) => Err(found.into_iter().map(problem).collect()),
        Err(error) => Err(other(error.to_string())),
    }
}

/// Turns a problem of the configuration into one of a field of the form.
pub fn problem(found: ConfigProblem) -> Problem {
    let key = match found.path.as_str() {
        "window.back" => "back",
        "window" | "window.ahead" => "ahead",
        "grants" | "grants.http" | "grants.http.origin" => "grants",
        "credentials" if found.problem.contains("client-id") => "client-id",
        "credentials" => "client-secret",
        "credentials.client-id"
        | "credentials.client-secret"
        | "credentials.certificate"
        | "credentials.certificate-password" => found.path.trim_start_matches("credentials."),
        path => path,
    };
    let key = match cell_of(key) {
        // One way to write the key of a cell, as the form does.
        Some((setting, row, column)) => cell_key(&setting, row, &column),
        None => key.replace("credentials.", "secrets."),
    };
    Problem {
        key,
        problem: found.problem,
        remedy: found.remedy,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_draft_uses_the_configured_egress_unless_it_has_its_own() {
        let path = Path::new("etc/collector.toml");
        let text = "[egress]\nproxy = \"http://proxy.corp:3128\"\nnat64 = [\"2001:db8:64::/96\"]\n";
        let egress = Config::parse(text, path).unwrap().egress;
        let mut table = json!({"name": "hq", "connector": "o365"});
        let draft = |table: &Value| read(&json!({ "source": [table] }), path, &egress).unwrap();
        assert!(draft(&table).egress.is_like(&egress));
        table["egress"] = json!({});
        let direct = draft(&table).egress;
        assert_eq!((direct.proxy, direct.nat64), (None, egress.nat64.clone()));
    }

    #[test]
    fn a_draft_that_was_left_goes_on_instead_of_another_one() {
        let text = "[[source]]\nname = \"hq\"\nconnector = \"o365\"\nevery = \"5m\"\n";
        let source = |text: &str| {
            let config = Config::parse(text, Path::new("collector.toml")).unwrap();
            config.sources.into_iter().next().unwrap()
        };
        let edit = |text: &str| Draft::of(&source(text), Origin::Edit("hq".into()));
        let copy = || Draft::of(&source(text), Origin::Duplicate("hq".into()));
        let touched = |mut draft: Draft| {
            draft.touched = true;
            draft
        };
        assert!(Draft::new("o365").goes_on_as(&Draft::new("o365")));
        assert!(!Draft::new("ics").goes_on_as(&Draft::new("o365")));
        assert!(!touched(Draft::new("o365")).goes_on_as(&Draft::new("o365")));
        assert!(edit(text).goes_on_as(&edit(text)) && touched(edit(text)).goes_on_as(&edit(text)));
        assert!(!edit(text).goes_on_as(&copy()) && copy().goes_on_as(&copy()));
        // Someone else changed the source: what was entered cannot be saved any more.
        let changed = text.replace("5m", "10m");
        assert!(!touched(edit(text)).goes_on_as(&edit(&changed)));
        assert!(edit(text).goes_on_as(&edit(&changed)));
    }

    fn found(path: &str, problem: &str) -> ConfigProblem {
        ConfigProblem {
            place: "collector.toml:1:1".into(),
            title: "source \"hq\"".into(),
            path: path.into(),
            key: path.into(),
            problem: problem.into(),
            remedy: "mend it".into(),
        }
    }

    #[test]
    fn a_problem_of_the_configuration_is_shown_at_its_field() {
        for (path, text, key) in [
            ("name", "x", "name"),
            ("every", "x", "every"),
            ("window.back", "x", "back"),
            ("window", "it is empty", "ahead"),
            ("grants.http", "x", "grants"),
            ("grants.http.origin", "x", "grants"),
            ("settings.tenant", "x", "settings.tenant"),
            ("settings.feeds[1].url", "x", "settings.feeds.1.url"),
            ("credentials", "`client-id` is missing", "client-id"),
            (
                "credentials",
                "no credential is configured for this source",
                "client-secret",
            ),
            ("credentials.certificate", "x", "certificate"),
            ("credentials.feed", "x", "secrets.feed"),
        ] {
            assert_eq!(problem(found(path, text)).key, key, "{path} {text}");
        }
    }
}
