//! The settings of a source: their types, their JSON Schema, and their problems.

use crate::privacy::Withhold;
use connector_sdk::SettingsProblem;
use graph::Access;
use graph::cloud::Cloud;
use graph::settings::{
    MAX_USER_AGENT, Reader, choice, cloud_schema, graph_url_schema, login_url_schema, tenant_schema,
    user_agent,
};
use serde_json::{Value, json};

/// Valid settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// A GUID or a domain name, in lower case.
    pub(crate) tenant: String,
    /// The User-Agent of every request.
    pub(crate) user_agent: String,
    /// Addresses in lower case, each once, in the order given. Empty: every room.
    pub(crate) room_lists: Vec<String>,
    pub(crate) cloud: Cloud,
    pub(crate) withhold: Withhold,
    /// Whether only changed calendars are read again.
    pub(crate) changes_only: bool,
    /// The version root of Graph, without a slash at its end: `https://graph.microsoft.com/v1.0`.
    pub(crate) graph_url: String,
    /// Without a slash at its end: `https://login.microsoftonline.com`.
    pub(crate) login_url: String,
}

/// The JSON Schema (2020-12) of the settings.
pub(crate) fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Microsoft Office 365",
        "type": "object",
        "additionalProperties": false,
        "required": ["tenant", "user-agent"],
        "properties": {
            "tenant": tenant_schema(),
            "user-agent": {
                "title": "User agent",
                "description": "Sent as User-Agent with every request, so that your administrators can tell who \
                    reads the calendars. EwsAllowList and Exchange's other user-agent policies match it. \
                    Any e-mail address is accepted.",
                "type": "string",
                "minLength": 1,
                "maxLength": MAX_USER_AGENT,
                "examples": ["rooms@contoso.com"],
            },
            "room-lists": {
                "title": "Room lists",
                "description": "The addresses of the Exchange room lists whose rooms are read, separated by commas. \
                    Without it, every room of the tenant is read. Distribution lists and Microsoft 365 groups are \
                    not room lists.",
                "type": "string",
                "examples": ["hq-rooms@contoso.com, lab-rooms@contoso.com"],
            },
            "cloud": cloud_schema(&Cloud::ALL),
            "withhold-subjects": {
                "title": "Withhold subjects",
                "description": "Which meetings lose their subject: private (private and confidential ones, and \
                    those with a missing or unknown marking), marked (all except those marked as normal), or all.",
                "type": "string",
                "enum": Withhold::ALL.map(Withhold::name),
                "default": Withhold::default().name(),
                "examples": ["private"],
            },
            "changes-only": {
                "title": "Read only what changed",
                "advanced": true,
                "description": "First asks Microsoft Graph which calendars changed (a delta query), and reads only those \
                    again. This saves data if a source is collected every few minutes. The price: the delta query makes \
                    Graph send changed events as a whole, with body and attendees; the connector only counts them, and \
                    does not read their contents.",
                "type": "boolean",
                "default": false,
                "examples": [true],
            },
            "graph-url": graph_url_schema(),
            "login-url": login_url_schema(),
        },
    })
}

const KEYS: [&str; 8] = [
    "tenant",
    "user-agent",
    "room-lists",
    "cloud",
    "withhold-subjects",
    "changes-only",
    "graph-url",
    "login-url",
];

/// Reads settings, a JSON object.
///
/// # Errors
/// All their problems, in the order of the schema, unknown keys last.
pub(crate) fn parse(json: &str) -> Result<Settings, Vec<SettingsProblem>> {
    let mut reader = Reader::of(json)?;
    let tenant = reader.tenant();
    let user_agent = reader.required("user-agent", "rooms@contoso.com", user_agent);
    let room_lists = reader.addresses(
        "room-lists",
        "hq-rooms@contoso.com, lab-rooms@contoso.com",
        "Name a room list, or leave the setting out.",
    );
    let cloud = reader.cloud(&Cloud::ALL);
    let withhold = reader
        .optional("withhold-subjects", |text| {
            choice(text, &Withhold::ALL, Withhold::name)
        })
        .unwrap_or_default();
    let changes_only = reader.toggle("changes-only").unwrap_or_default();
    let graph_url = reader.graph_url();
    let login_url = reader.login_url();
    match (reader.finish(&KEYS), tenant, user_agent) {
        (problems, Some(tenant), Some(user_agent)) if problems.is_empty() => Ok(Settings {
            tenant,
            user_agent,
            room_lists,
            cloud,
            withhold,
            changes_only,
            graph_url: graph_url.unwrap_or_else(|| format!("{}/v1.0", cloud.graph())),
            login_url: login_url.unwrap_or_else(|| cloud.login().to_owned()),
        }),
        (problems, ..) => Err(problems),
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

#[cfg(test)]
mod tests;
