//! The settings of a source: their types, their JSON Schema, and their problems.

use connector_sdk::SettingsProblem;
use graph::Access;
use graph::cloud::Cloud;
use graph::manifest::SignIn;
use graph::settings::{
    MAX_USER_AGENT, Reader, cloud_schema, graph_url_schema, login_url_schema, tenant_schema, user_agent,
};
use serde_json::{Value, json};

/// The clouds that have call records, by "List callRecords" of the Microsoft Graph documentation: all but China's.
pub(crate) const CLOUDS: [Cloud; 3] = [Cloud::Global, Cloud::UsGov, Cloud::UsGovDod];

/// The User-Agent unless the settings name one. No policy of Exchange concerns call records, so any will do.
const USER_AGENT: &str = concat!("teams-calls/", env!("CARGO_PKG_VERSION"));

/// Valid settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// A GUID or a domain name, in lower case.
    pub(crate) tenant: String,
    /// The User-Agent of every request.
    pub(crate) user_agent: String,
    /// Addresses in lower case, each once, in the order given. Empty: every room.
    pub(crate) rooms: Vec<String>,
    pub(crate) cloud: Cloud,
    /// The version root of Graph, without a slash at its end: `https://graph.microsoft.com/v1.0`.
    pub(crate) graph_url: String,
    /// Without a slash at its end: `https://login.microsoftonline.com`.
    pub(crate) login_url: String,
}

/// The JSON Schema (2020-12) of the settings.
pub(crate) fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Microsoft Teams calls",
        "type": "object",
        "additionalProperties": false,
        "required": ["tenant"],
        "properties": {
            "tenant": tenant_schema(),
            "rooms": {
                "title": "Rooms",
                "description": "The addresses of the rooms whose calls are read, separated by commas. Without it, those of \
                    every room of the tenant are read.",
                "type": "string",
                "examples": ["conf-a@contoso.com, conf-b@contoso.com"],
            },
            "cloud": cloud_schema(&CLOUDS),
            "user-agent": {
                "title": "User agent",
                "advanced": true,
                "description": "Sent as User-Agent with every request, so that your administrators can tell who reads \
                    the call records.",
                "type": "string",
                "minLength": 1,
                "maxLength": MAX_USER_AGENT,
                "default": USER_AGENT,
                "examples": ["rooms@contoso.com"],
            },
            "graph-url": graph_url_schema(),
            "login-url": login_url_schema(),
        },
    })
}

const KEYS: [&str; 6] = ["tenant", "rooms", "cloud", "user-agent", "graph-url", "login-url"];

/// Reads settings, a JSON object.
///
/// # Errors
/// All their problems, in the order of the schema, unknown keys last.
pub(crate) fn parse(json: &str) -> Result<Settings, Vec<SettingsProblem>> {
    let mut reader = Reader::of(json)?;
    let tenant = reader.tenant();
    let rooms = reader.addresses(
        "rooms",
        "conf-a@contoso.com, conf-b@contoso.com",
        "Name a room, or leave the setting out.",
    );
    let cloud = reader.cloud(&CLOUDS);
    let user_agent = reader.optional("user-agent", user_agent);
    let graph_url = reader.graph_url();
    let login_url = reader.login_url();
    match (reader.finish(&KEYS), tenant) {
        (problems, Some(tenant)) if problems.is_empty() => Ok(Settings {
            tenant,
            user_agent: user_agent.unwrap_or_else(|| USER_AGENT.to_owned()),
            rooms,
            cloud,
            graph_url: graph_url.unwrap_or_else(|| format!("{}/v1.0", cloud.graph())),
            login_url: login_url.unwrap_or_else(|| cloud.login().to_owned()),
        }),
        (problems, _) => Err(problems),
    }
}

impl<'a> From<&'a Settings> for Access<'a> {
    fn from(settings: &'a Settings) -> Self {
        Self {
            root: &settings.graph_url,
            user_agent: &settings.user_agent,
        }
    }
}

impl<'a> From<&'a Settings> for SignIn<'a> {
    fn from(settings: &'a Settings) -> Self {
        Self {
            tenant: &settings.tenant,
            cloud: settings.cloud,
            graph_url: &settings.graph_url,
            login_url: &settings.login_url,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(settings: &Value) -> Vec<String> {
        let problems = parse(&settings.to_string()).err().unwrap_or_default();
        problems.into_iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn a_tenant_is_enough() {
        let settings = parse(r#"{"tenant":"Contoso.onmicrosoft.com"}"#).unwrap();
        assert_eq!(
            settings,
            Settings {
                tenant: "contoso.onmicrosoft.com".to_owned(),
                user_agent: USER_AGENT.to_owned(),
                rooms: vec![],
                cloud: Cloud::Global,
                graph_url: "https://graph.microsoft.com/v1.0".to_owned(),
                login_url: "https://login.microsoftonline.com".to_owned(),
            }
        );
    }

    #[test]
    fn rooms_are_separated_by_commas_and_no_text_without_one_widens_the_collection() {
        let rooms = |text: &str| parse(&json!({"tenant": "contoso.com", "rooms": text}).to_string());
        assert_eq!(
            rooms("A@contoso.com, b@contoso.com,a@contoso.com").unwrap().rooms,
            ["a@contoso.com", "b@contoso.com"]
        );
        assert_eq!(rooms(" , ").unwrap_err()[0].problem, "it names no address");
        assert_eq!(
            rooms("conf a").unwrap_err()[0].problem,
            "\"conf a\" is not an e-mail address"
        );
        assert_eq!(
            keys(&json!({"tenant": "contoso.com", "rooms": ["a@contoso.com"]})),
            ["rooms"]
        );
    }

    #[test]
    fn a_cloud_without_call_records_is_no_choice() {
        for cloud in CLOUDS {
            assert_eq!(
                keys(&json!({"tenant": "contoso.com", "cloud": cloud.name()})),
                [""; 0]
            );
        }
        assert_eq!(
            keys(&json!({"tenant": "contoso.com", "cloud": "china"})),
            ["cloud"]
        );
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let settings = json!({"tenant": "common", "cloud": "mars", "graph-url": "http://contoso.com/v1.0", "colour": "red"});
        assert_eq!(keys(&settings), ["tenant", "cloud", "graph-url", "colour"]);
    }

    #[test]
    fn the_schema_describes_exactly_the_settings_there_are() {
        let schema = schema();
        let properties = schema["properties"].as_object().unwrap();
        let mut names: Vec<&str> = properties.keys().map(String::as_str).collect();
        let mut named = KEYS;
        names.sort_unstable();
        named.sort_unstable();
        assert_eq!(names, named);
        for (name, property) in properties {
            assert!(
                property["title"].is_string() && property["description"].is_string(),
                "{name}"
            );
            let examples = property["examples"].as_array().unwrap();
            for value in examples
                .iter()
                .chain(property["enum"].as_array().into_iter().flatten())
            {
                let mut settings = json!({"tenant": "contoso.com"});
                settings[name] = value.clone();
                assert_eq!(keys(&settings), [""; 0], "{name} = {value}");
            }
        }
    }
}
