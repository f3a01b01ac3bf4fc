//! A source that is being set up or changed. It is kept as it was filled in, also with mistakes; the table that would stand in the
//! configuration follows from it.

use std::collections::BTreeMap;
use std::path::Path;

use collector_admin::config::{Config, ConfigError, ConfigProblem, Egress, Source};
use collector_portal::api::{self, Form, Input, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::form::{self, Table};

/// A draft, as the store keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Draft {
    /// What it began with.
    pub(super) origin: Origin,
    /// Its connector.
    pub(super) connector: String,
    /// The table that it began with: keys that the form does not know come from there.
    base: Table,
    /// What was filled in.
    filled: Filled,
    /// Where the secrets are that were typed, by name, as the configuration would say it.
    secrets: BTreeMap<String, Value>,
    /// The names under which this draft stored secrets: they go with it, as far as nothing else refers to them.
    pub(super) stored: Vec<String>,
    /// Whether anything was filled in and sent.
    pub(super) touched: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Origin {
    New,
    Edit(String),
    Duplicate(String),
}

/// [`Input`] without secrets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Filled {
    name: String,
    settings: BTreeMap<String, String>,
    every: String,
    back: String,
    ahead: String,
    grants: String,
    client_id: String,
}

impl Draft {
    pub(super) fn new(connector: &str) -> Self {
        Self {
            origin: Origin::New,
            connector: connector.to_owned(),
            base: Table::new(),
            filled: Filled::default(),
            secrets: BTreeMap::new(),
            stored: Vec::new(),
            touched: false,
        }
    }

    /// A draft that begins with a configured source.
    pub(super) fn of(source: &Source, origin: Origin) -> Self {
        let base = table_of(source);
        let mut filled = Filled::from(&form::input(&base));
        if matches!(origin, Origin::Duplicate(_)) {
            filled.name = String::new();
        }
        Self {
            origin,
            connector: source.connector.clone(),
            base,
            filled,
            secrets: BTreeMap::new(),
            stored: Vec::new(),
            touched: false,
        }
    }

    pub(super) fn fill(&mut self, input: &Input) {
        self.filled = Filled::from(input);
        self.touched = true;
    }

    /// From now on a secret is where `reference` says.
    pub(super) fn refer(&mut self, name: &str, reference: Value) {
        if let Some(other) = form::replaced_by(name, &self.base) {
            self.secrets.remove(other);
        }
        self.secrets.insert(name.to_owned(), reference);
        self.touched = true;
    }

    /// What was filled in.
    pub(super) fn input(&self) -> Input {
        let Filled {
            name,
            settings,
            every,
            back,
            ahead,
            grants,
            client_id,
        } = self.filled.clone();
        Input {
            name,
            settings,
            every,
            back,
            ahead,
            grants,
            client_id,
            secrets: BTreeMap::new(),
        }
    }

    /// Whether it is to change this source.
    pub(super) fn edits(&self, source: &str) -> bool {
        matches!(&self.origin, Origin::Edit(name) if name == source)
    }

    /// How it is called in lists.
    pub(super) fn title(&self) -> String {
        match &self.origin {
            Origin::Edit(source) => source.clone(),
            Origin::New | Origin::Duplicate(_) if !self.filled.name.is_empty() => self.filled.name.clone(),
            Origin::New | Origin::Duplicate(_) => format!("a new source of {}", self.connector),
        }
    }

    pub(super) fn api_origin(&self) -> api::DraftOrigin {
        match &self.origin {
            Origin::New => api::DraftOrigin::New {
                connector: self.connector.clone(),
            },
            Origin::Edit(source) => api::DraftOrigin::Edit {
                source: source.clone(),
            },
            Origin::Duplicate(source) => api::DraftOrigin::Duplicate {
                source: source.clone(),
            },
        }
    }

    /// What is to be said when somebody else changed, since the draft was begun, what its form sets: saving it would take that back.
    pub(super) fn overtaken(&self, now: &Table) -> Option<Problem> {
        let set = |table: &Table| Filled::from(&form::input(table));
        (set(&self.base) != set(now)).then(|| Problem {
            key: String::new(),
            problem: "the source was changed by somebody else since this was begun".to_owned(),
            remedy: "discard this, and begin again with what it is now".to_owned(),
        })
    }

    /// The names of the stored secrets that it refers to or stored itself.
    pub(super) fn secrets(&self) -> Vec<String> {
        let mut names = self.stored.clone();
        names.extend(form::stored(&self.base));
        names
    }

    /// The table that would stand in the configuration, and what could not be written into it; `base` is what it stands on, when that is
    /// not what it began with.
    pub(super) fn table(&self, form: &Form, base: Option<Table>) -> (Table, Vec<Problem>) {
        let mut table = base.unwrap_or_else(|| self.base.clone());
        let problems = form::write(&mut table, form, &self.input());
        for (name, reference) in &self.secrets {
            form::refer(&mut table, name, reference.clone());
        }
        (table, problems)
    }

    /// What is wrong with its name besides its letters.
    pub(super) fn name_problem(&self, config: &Config) -> Option<Problem> {
        let taken = |name: &str| config.sources.iter().any(|source| source.name == name);
        let name = self.filled.name.trim();
        let (problem, remedy) = match &self.origin {
            Origin::Edit(source) if name != source => (
                format!("the source is called {source}"),
                "keep its name: what it collected stands under it. To have it under another name, duplicate it",
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

impl From<&Input> for Filled {
    fn from(input: &Input) -> Self {
        Self {
            name: input.name.trim().to_owned(),
            settings: input.settings.clone(),
            every: input.every.clone(),
            back: input.back.clone(),
            ahead: input.ahead.clone(),
            grants: input.grants.clone(),
            client_id: input.client_id.clone(),
        }
    }
}

/// A table as the configuration would read it.
pub(super) fn source(folders: Folders<'_>, egress: &Egress, table: &Table) -> Result<Source, Vec<Problem>> {
    let document = serde_json::json!({
        "collector": {
            "data": folders.data,
            "plugins": folders.plugins,
        },
        "source": [table],
    });
    read(&document, folders.configuration, egress)
}

/// Where things are, as absolute paths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Folders<'a> {
    /// The configuration file.
    pub(super) configuration: &'a Path,
    /// The data directory.
    pub(super) data: &'a Path,
    /// The plugin directory.
    pub(super) plugins: &'a Path,
}

/// A source's table, as it stands in the configuration.
pub(super) fn table_of(source: &Source) -> Table {
    source.written.as_object().cloned().unwrap_or_default()
}

/// The source of a document, which reaches the network like others of the configuration at `path`, unless it says otherwise.
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
            .ok_or_else(|| other("it is no source".to_owned())),
        Err(ConfigError::Problems(found)) => Err(found.into_iter().map(problem).collect()),
        Err(error) => Err(other(error.to_string())),
    }
}

/// A problem of the configuration at the field that it is about.
pub(super) fn problem(found: ConfigProblem) -> Problem {
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
    Problem {
        key: key.replace("credentials.", "secrets."),
        problem: found.problem,
        remedy: found.remedy,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_draft_reaches_the_network_as_it_is_configured_unless_it_says_otherwise() {
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
