//! The text of a `[[source]]` table for the configurations of tests: common defaults, and methods to change them.

use std::fmt;

use graph_sim::Simulator;

/// One source of a configuration, written out with `to_string`.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    connector: String,
    top: Vec<String>,
    settings: Vec<(String, String)>,
    credentials: Vec<(String, String)>,
    grants: Vec<String>,
    identity: Vec<String>,
    limits: Vec<(String, String)>,
}

impl Source {
    /// A source named `contoso` that collects the tenant `contoso.com` of a simulator with `o365`. Without room lists, it
    /// collects all rooms.
    pub fn contoso(simulator: &Simulator) -> Self {
        Self::at(simulator.url(), simulator.url())
    }

    /// The same with the origins of Graph and of the login service.
    pub fn at(graph: &str, login: &str) -> Self {
        let mut grants = vec![graph.to_owned(), login.to_owned()];
        grants.dedup();
        Self {
            name: "contoso".into(),
            connector: "o365".into(),
            top: Vec::new(),
            settings: vec![
                ("tenant".into(), quoted("contoso.com")),
                ("user-agent".into(), quoted("rooms@contoso.com")),
                ("graph-url".into(), quoted(&format!("{graph}/v1.0"))),
                ("login-url".into(), quoted(login)),
            ],
            credentials: vec![
                ("client-id".into(), quoted(graph_sim::CLIENT_ID)),
                ("client-secret".into(), r#"{ env = "O365_CLIENT_SECRET" }"#.into()),
            ],
            grants,
            identity: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// A source named `misdeeds` with the connector `hostile`, whose room names tell what it does.
    pub fn hostile(rooms: &str) -> Self {
        Self {
            name: "misdeeds".into(),
            connector: "hostile".into(),
            top: Vec::new(),
            settings: vec![("rooms".into(), quoted(rooms))],
            credentials: vec![("feed".into(), r#"{ env = "O365_CLIENT_SECRET" }"#.into())],
            grants: Vec::new(),
            identity: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// Under another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// With another connector.
    #[must_use]
    pub fn connector(mut self, name: &str) -> Self {
        name.clone_into(&mut self.connector);
        self
    }

    /// With the room lists, comma-delimited.
    #[must_use]
    pub fn lists(self, lists: &str) -> Self {
        self.setting("room-lists", lists)
    }

    /// With a text in its settings.
    #[must_use]
    pub fn setting(mut self, key: &str, value: &str) -> Self {
        set(&mut self.settings, key, quoted(value));
        self
    }

    /// With a setting that is true.
    #[must_use]
    pub fn switched_on(mut self, key: &str) -> Self {
        set(&mut self.settings, key, "true".into());
        self
    }

    /// With a credential, in TOML.
    #[must_use]
    pub fn credential(mut self, key: &str, value: &str) -> Self {
        set(&mut self.credentials, key, value.to_owned());
        self
    }

    /// Without a credential.
    #[must_use]
    pub fn without_credential(mut self, key: &str) -> Self {
        self.credentials.retain(|(known, _)| known != key);
        self
    }

    /// With a limit, in TOML.
    #[must_use]
    pub fn limit(mut self, key: &str, value: &str) -> Self {
        set(&mut self.limits, key, value.to_owned());
        self
    }

    /// With an origin that the connector may reach.
    #[must_use]
    pub fn grant(mut self, origin: &str) -> Self {
        self.grants.push(origin.to_owned());
        self
    }

    /// With an origin where the collector may request a managed identity.
    #[must_use]
    pub fn grant_identity(mut self, origin: &str) -> Self {
        self.identity.push(origin.to_owned());
        self
    }

    /// With a line of its own, above its tables.
    #[must_use]
    pub fn line(mut self, line: &str) -> Self {
        self.top.push(line.to_owned());
        self
    }
}

/// A text in TOML, which knows all escapes of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn set(table: &mut Vec<(String, String)>, key: &str, value: String) {
    table.retain(|(known, _)| known != key);
    table.push((key.to_owned(), value));
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "[[source]]\nname = {:?}\nconnector = {:?}",
            self.name, self.connector
        )?;
        for line in &self.top {
            writeln!(f, "{line}")?;
        }
        let tables = [
            ("settings", &self.settings),
            ("credentials", &self.credentials),
            ("limits", &self.limits),
        ];
        for (title, table) in tables {
            writeln!(f, "[source.{title}]")?;
            for (key, value) in table {
                writeln!(f, "{key} = {value}")?;
            }
        }
        writeln!(f, "[source.grants]\nhttp = {:?}", self.grants)?;
        if !self.identity.is_empty() {
            writeln!(f, "identity = {:?}", self.identity)?;
        }
        Ok(())
    }
}
