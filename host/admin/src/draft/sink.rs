//! A sink that an administrator is setting up or changing. As with a source, a draft keeps the input as typed, and the secrets are in the
//! vault from the moment that they are typed.

mod address;

use std::collections::BTreeMap;
use std::path::Path;

use collector_egress::vault::{Place, Vault, VaultError};
use collector_model::form::{Form, Input, Problem, Tried};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::address::without_password;
use super::form::Table;
use super::words::in_words;
use super::{StoredDraft, keep_first_of_each_field, new_entry, sink_form};
use crate::config::edit::{ConfigFile, EditError};
use crate::config::{Config, ConfigError, ConfigProblem, OpenError, Sink};

/// The key of the address of a sink's server.
const ADDRESS: &str = "url";
/// The key of a password.
const PASSWORD: &str = "password";

/// A draft, as the store keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SinkDraft {
    /// The sink that it changes; none for a new one.
    pub before: Option<String>,
    /// The kind of sink.
    pub sink: String,
    /// The table that it started from. Keys that the form does not know come from there.
    base: Table,
    /// The input.
    filled: Input,
    /// References to the secrets that were typed, by key, as the configuration would hold them.
    secrets: BTreeMap<String, Value>,
    /// The names under which this draft stored secrets. They are deleted with it unless something else refers to them.
    stored: Vec<String>,
    /// Whether an administrator has submitted any input.
    pub touched: bool,
    /// What came of trying it, since it was changed last.
    pub tried: Option<Tried>,
    /// Whether a password was in the address that was typed last. It was not kept.
    #[serde(default)]
    had_password: bool,
    /// Whether a password was taken out of the address as it is now, and was not entered as one since: without it the sink would sign in with none.
    #[serde(default)]
    lacks_password: bool,
}

impl SinkDraft {
    /// A draft of a new sink.
    pub fn new(form: &Form) -> Self {
        Self {
            before: None,
            sink: form.connector.clone(),
            base: Table::new(),
            filled: Input::default(),
            secrets: BTreeMap::new(),
            stored: Vec::new(),
            touched: false,
            tried: None,
            had_password: false,
            lacks_password: false,
        }
    }

    /// A draft that changes a configured sink.
    pub fn of(form: &Form, sink: &Sink) -> Self {
        let base = table_of(sink);
        Self {
            before: Some(sink.name.clone()),
            filled: sink_form::input(form, &base),
            base,
            ..Self::new(form)
        }
    }

    /// Takes a new input, but no password in an address: others see the draft, and the store is no place for secrets.
    pub fn fill(&mut self, input: Input) {
        let mut input = Input {
            name: input.name.trim().to_owned(),
            ..input
        };
        self.had_password = take_password(&self.sink, &mut input);
        let is_same_address = input.settings.get(ADDRESS) == self.filled.settings.get(ADDRESS);
        self.lacks_password = self.had_password || self.lacks_password && is_same_address;
        if input != self.filled {
            self.tried = None;
        }
        self.filled = input;
        self.touched = true;
    }

    /// Whether it would make the same sink.
    pub fn is_like(&self, other: &Self) -> bool {
        self.filled == other.filled && self.secrets == other.secrets
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
        form: &Form,
        key: &str,
        value: &SecretString,
    ) -> Result<Place, VaultError> {
        let entry = new_entry(&self.title(), key);
        let place = vault.put(&entry, value)?;
        self.secrets.insert(key.to_owned(), json!({ "stored": entry }));
        self.stored.push(entry);
        self.lacks_password &= key != PASSWORD;
        sink_form::choose(form, &mut self.filled, key);
        self.tried = None;
        Ok(place)
    }

    /// The names of the stored secrets that it stored or refers to.
    pub fn secrets(&self) -> Vec<String> {
        let referred = self
            .base
            .values()
            .filter_map(|value| value.get("stored")?.as_str());
        self.stored
            .iter()
            .cloned()
            .chain(referred.map(str::to_owned))
            .collect()
    }

    /// The table for the configuration, and the problems with values that could not be written into it.
    pub fn table(&self, form: &Form, config: &Config) -> (Table, Vec<Problem>) {
        let now = self.before.as_deref().and_then(|name| config.sink(name));
        let mut table = now.map_or_else(|| self.base.clone(), table_of);
        let problems = sink_form::write(&mut table, form, &self.filled, &self.secrets);
        (table, problems)
    }

    /// The sink as it would be in the configuration at `path`. Reads the secrets, and contacts nothing.
    ///
    /// # Errors
    /// All problems, in the words of the form.
    pub fn check(&self, form: &Form, path: &Path, config: &Config) -> Result<Sink, Vec<Problem>> {
        if let Some(problem) = self.overtaken(config) {
            return Err(vec![problem]);
        }
        let (table, mut problems) = self.table(form, config);
        problems.extend(self.name_problem(config));
        if self.had_password {
            problems.push(password_in_address(form));
        } else if self.lacks_password && takes_password(form) {
            problems.push(password_to_enter());
        }
        let sink = match self.look(form, path, table.clone()) {
            Ok(sink) => Some(sink),
            Err(found) => {
                problems.extend(found);
                None
            }
        };
        problems.extend(self.others(form, path, table, &problems));
        keep_first_of_each_field(&mut problems);
        match sink.filter(|_| problems.is_empty()) {
            Some(sink) => Ok(sink),
            None => Err(problems),
        }
    }

    /// Reads a table as the configuration would, and the sink as a delivery would.
    fn look(&self, form: &Form, path: &Path, table: Table) -> Result<Sink, Vec<Problem>> {
        let name = table.get("name").and_then(Value::as_str).unwrap_or_default();
        let titles = [format!("sink {name:?}"), "sink".to_owned()];
        let sink = self.within_file(path, table).map_err(|found| -> Vec<Problem> {
            let found = found.into_iter();
            found.map(|found| of_field(form, &titles, found)).collect()
        })?;
        match sink.open() {
            Ok(_) => Ok(sink),
            Err(error) => Err(vec![unusable(form, error)]),
        }
    }

    /// What is wrong besides: the file is read before the sink, and the sink stops at the first problem. So it is looked at again, each time
    /// without what has problems.
    fn others(&self, form: &Form, path: &Path, mut table: Table, known: &[Problem]) -> Vec<Problem> {
        let mut others: Vec<Problem> = Vec::new();
        let mut last = known.to_vec();
        for _ in &form.fields {
            if !sink_form::leave_out(&mut table, form, &last) {
                break;
            }
            last = self.look(form, path, table.clone()).err().unwrap_or_default();
            last.retain(|found| !known.iter().chain(&others).any(|other| other.key == found.key));
            others.extend(last.iter().cloned());
        }
        others
    }

    /// The problem if someone else has changed the sink since the draft was started: saving it would undo that change.
    fn overtaken(&self, config: &Config) -> Option<Problem> {
        let name = self.before.as_deref()?;
        let now = config.sink(name).map(table_of);
        (now.as_ref() != Some(&self.base)).then(|| Problem {
            key: String::new(),
            problem: "someone else has changed or removed the sink since this draft was started".to_owned(),
            remedy: "discard the draft, and start again from the sink as it is now".to_owned(),
        })
    }

    /// The problem with its name, except for invalid characters.
    fn name_problem(&self, config: &Config) -> Option<Problem> {
        let name = self.filled.name.as_str();
        let (problem, remedy) = match &self.before {
            Some(before) if name != before => (
                format!("the sink is called {before}"),
                "keep the name: what the collector knows of its deliveries belongs to it",
            ),
            None if config.sink(name).is_some() => (
                "another sink has this name".to_owned(),
                "give each sink a name of its own",
            ),
            _ => return None,
        };
        Some(Problem {
            key: "name".to_owned(),
            problem,
            remedy: remedy.to_owned(),
        })
    }

    /// Reads the file as it would be with this table.
    fn within_file(&self, path: &Path, table: Table) -> Result<Sink, Vec<ConfigProblem>> {
        let name = table
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let read = || -> Result<Option<Sink>, EditError> {
            let mut file = ConfigFile::open(path)?;
            file.put_sink(self.before.as_deref(), &Value::Object(table))?;
            Ok(file.config()?.sink(&name).cloned())
        };
        match read() {
            Ok(Some(sink)) => Ok(sink),
            // The problem with the name says it.
            Ok(None) | Err(EditError::Exists { .. }) => Err(Vec::new()),
            Err(EditError::Invalid(ConfigError::Problems(found))) => Err(found),
            Err(error) => Err(vec![of_the_file(error.to_string())]),
        }
    }
}

/// A problem of the configuration as one of a field, if it is about the sink with one of these titles.
fn of_field(form: &Form, own: &[String], found: ConfigProblem) -> Problem {
    if !own.contains(&found.title) {
        return Problem {
            key: String::new(),
            problem: ConfigProblem {
                remedy: String::new(),
                ..found.clone()
            }
            .to_string()
            .trim_end_matches("; ")
            .to_owned(),
            remedy: found.remedy,
        };
    }
    let key = match found.path.as_str() {
        "name" => "name".to_owned(),
        path => format!("settings.{path}"),
    };
    Problem {
        key,
        problem: in_words(form, &found.problem),
        remedy: in_words(form, &found.remedy),
    }
}

impl StoredDraft for SinkDraft {
    fn title(&self) -> String {
        // What was typed may be longer than a name.
        match &self.before {
            Some(name) => name.clone(),
            None if self.filled.name.is_empty() => format!("a new sink of the kind {}", self.sink),
            None => self.filled.name.chars().take(64).collect(),
        }
    }

    fn what(&self) -> String {
        match self.before {
            Some(_) => "changes of the sink".to_owned(),
            None => "new sink".to_owned(),
        }
    }

    fn is_touched(&self) -> bool {
        self.touched
    }

    fn goes_on_as(&self, new: &Self) -> bool {
        let same = self.sink == new.sink && self.before == new.before;
        same && (!self.touched || (new.before.is_some() && self.base == new.base))
    }
}

/// Takes the password out of the address that was typed for this kind of sink. Whether there was one.
pub fn take_password(kind: &str, input: &mut Input) -> bool {
    let address = input.settings.get_mut(ADDRESS);
    let without = address.and_then(|typed| Some((without_password(kind, typed)?, typed)));
    let had_password = without.is_some();
    if let Some((without, typed)) = without {
        *typed = without;
    }
    had_password
}

/// The problem of an address that was typed with a password.
fn password_in_address(form: &Form) -> Problem {
    let remedy = match takes_password(form) {
        true => "enter it as `password` instead, and change it on the server: it could be read here",
        false => "this server needs none: the signature proves who sends",
    };
    Problem {
        key: format!("settings.{ADDRESS}"),
        problem: "it must hold no password, so the password was removed".to_owned(),
        remedy: in_words(form, remedy),
    }
}

/// The problem of a password that was taken out of the address, and is entered nowhere.
fn password_to_enter() -> Problem {
    Problem {
        key: format!("settings.{PASSWORD}"),
        problem: "the password that was in the address was removed".to_owned(),
        remedy: "enter it here, or an address whose server needs none".to_owned(),
    }
}

/// Whether this kind of sink signs in with a password.
fn takes_password(form: &Form) -> bool {
    form.fields.iter().any(|field| field.key == PASSWORD)
}

/// A sink's table as in the configuration.
fn table_of(sink: &Sink) -> Table {
    sink.written.as_object().cloned().unwrap_or_default()
}

fn of_the_file(problem: String) -> ConfigProblem {
    ConfigProblem {
        place: String::new(),
        title: String::new(),
        path: String::new(),
        key: String::new(),
        problem,
        remedy: String::new(),
    }
}

/// A setting that cannot be used.
fn unusable(form: &Form, error: OpenError) -> Problem {
    match error {
        OpenError::Setting(found) => Problem {
            key: format!("settings.{}", found.path),
            problem: in_words(form, &found.problem),
            remedy: in_words(form, &found.remedy),
        },
        OpenError::Unusable { error, .. } => Problem {
            key: sink_form::named_first(form, &error.message).unwrap_or_default(),
            problem: in_words(form, &error.message),
            remedy: String::new(),
        },
    }
}

#[cfg(test)]
mod tests;
