//! The settings of a source: their types, their JSON Schema, and their problems.

use crate::cloud::Cloud;
use crate::privacy::Withhold;
use connector_sdk::SettingsProblem;
use serde_json::{Map, Value, json};

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
            "tenant": {
                "title": "Tenant",
                "description": "The Microsoft Entra tenant whose rooms are read: its domain name or its id.",
                "type": "string",
                "minLength": 1,
                "examples": ["contoso.onmicrosoft.com", "8f2b4c1e-6f0a-4d53-9b6e-2f1a7c9d0e34"],
            },
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
            "cloud": {
                "title": "Cloud",
                "description": "The cloud that the tenant lives in. GCC tenants live in the global cloud; GCC High is \
                    us-gov.",
                "type": "string",
                "enum": Cloud::ALL.map(Cloud::name),
                "default": Cloud::default().name(),
                "examples": ["global"],
            },
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
            "graph-url": {
                "title": "Graph address",
                "advanced": true,
                "description": "The address of Microsoft Graph with its version, instead of the cloud's own: a \
                    simulator or a proxy.",
                "type": "string",
                "format": "uri",
                "examples": ["https://graph.microsoft.com/v1.0", "http://127.0.0.1:4100/v1.0"],
            },
            "login-url": {
                "title": "Login address",
                "advanced": true,
                "description": "The address of the token service, instead of the cloud's own: a simulator or a \
                    proxy.",
                "type": "string",
                "format": "uri",
                "examples": ["https://login.microsoftonline.com", "http://127.0.0.1:4100"],
            },
        },
    })
}

/// The most characters of a user agent; a longer one is of no use in a log.
const MAX_USER_AGENT: usize = 256;

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
    let Ok(Value::Object(object)) = serde_json::from_str(json) else {
        let problem = "the settings are not a JSON object".to_owned();
        return Err(vec![SettingsProblem {
            key: String::new(),
            problem,
            remedy: "Give an object.".to_owned(),
        }]);
    };
    let mut reader = Reader {
        object: &object,
        problems: Vec::new(),
    };
    let tenant = reader.required("tenant", "contoso.onmicrosoft.com", tenant);
    let user_agent = reader.required("user-agent", "rooms@contoso.com", user_agent);
    let room_lists = reader.optional("room-lists", room_lists).unwrap_or_default();
    let cloud = reader
        .optional("cloud", |text| choice(text, &Cloud::ALL, Cloud::name))
        .unwrap_or_default();
    let withhold = reader
        .optional("withhold-subjects", |text| {
            choice(text, &Withhold::ALL, Withhold::name)
        })
        .unwrap_or_default();
    let changes_only = reader.toggle("changes-only").unwrap_or_default();
    let graph_url = reader.optional("graph-url", |text| {
        let url = base_url(text)?;
        if origin(&url) == url {
            let remedy = format!("Add the version: {url}/v1.0");
            return Err((
                "it has no path, and Graph's addresses begin with a version".to_owned(),
                remedy,
            ));
        }
        Ok(url)
    });
    let login_url = reader.optional("login-url", base_url);
    for key in object.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        reader.problem(
            key,
            "there is no such setting".to_owned(),
            format!("The settings are {}.", KEYS.join(", ")),
        );
    }
    match (reader.problems, tenant, user_agent) {
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

/// The problem with a value, and the remedy.
type Complaint = (String, String);

struct Reader<'a> {
    object: &'a Map<String, Value>,
    problems: Vec<SettingsProblem>,
}

impl Reader<'_> {
    fn problem(&mut self, key: &str, problem: String, remedy: String) {
        self.problems.push(SettingsProblem {
            key: key.to_owned(),
            problem,
            remedy,
        });
    }

    fn required<T>(
        &mut self,
        key: &str,
        example: &str,
        read: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        if self.object.get(key).is_none_or(Value::is_null) {
            self.problem(
                key,
                "it is missing".to_owned(),
                format!("Set it, for example {key} = \"{example}\"."),
            );
            return None;
        }
        self.optional(key, read)
    }

    fn toggle(&mut self, key: &str) -> Option<bool> {
        match self.object.get(key)? {
            Value::Null => {}
            Value::Bool(value) => return Some(*value),
            _ => self.problem(
                key,
                "it is neither true nor false".to_owned(),
                format!("Write {key} = true or {key} = false, without quotes."),
            ),
        }
        None
    }

    fn optional<T>(&mut self, key: &str, read: impl FnOnce(&str) -> Result<T, Complaint>) -> Option<T> {
        let complaint = match self.object.get(key)? {
            Value::Null => return None,
            Value::String(text) => match read(text.trim()) {
                Ok(value) => return Some(value),
                Err(complaint) => complaint,
            },
            Value::Array(_) if key == "room-lists" => (
                "it is a list".to_owned(),
                "Give one text with commas: \"hq-rooms@contoso.com, lab-rooms@contoso.com\".".to_owned(),
            ),
            _ => (
                "it is not a text".to_owned(),
                "Put the value in quotes.".to_owned(),
            ),
        };
        self.problem(key, complaint.0, complaint.1);
        None
    }
}

fn tenant(text: &str) -> Result<String, Complaint> {
    let remedy =
        "Give the tenant's domain name (contoso.onmicrosoft.com) or its id, from the overview page of \
        Microsoft Entra."
            .to_owned();
    let lower = text.to_ascii_lowercase();
    if ["common", "organizations", "consumers"].contains(&lower.as_str()) {
        let why =
            format!("{text} stands for any tenant, and an application's own token belongs to exactly one");
        return Err((why, remedy));
    }
    let plain = lower
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    let labels = lower.split('.').all(|label| {
        !label.is_empty() && label.len() < 64 && !label.starts_with('-') && !label.ends_with('-')
    });
    let domain = plain && labels && lower.contains('.') && lower.len() < 254;
    if domain || is_guid(&lower) {
        Ok(lower)
    } else {
        Err((format!("{text:?} is neither a domain name nor an id"), remedy))
    }
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

fn user_agent(text: &str) -> Result<String, Complaint> {
    let remedy = "Any e-mail address is accepted, for example rooms@contoso.com.".to_owned();
    if text.is_empty() {
        return Err(("it is empty".to_owned(), remedy));
    }
    if text.len() > MAX_USER_AGENT {
        return Err((format!("it is longer than {MAX_USER_AGENT} characters"), remedy));
    }
    if !text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return Err((
            "it contains a line break or a character outside ASCII".to_owned(),
            remedy,
        ));
    }
    Ok(text.to_owned())
}

fn room_lists(text: &str) -> Result<Vec<String>, Complaint> {
    let mut lists: Vec<String> = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        if !is_address(entry) {
            let remedy =
                "Give e-mail addresses with commas between them: hq-rooms@contoso.com, lab-rooms@contoso.com";
            return Err((format!("{entry:?} is not an e-mail address"), remedy.to_owned()));
        }
        let lower = entry.to_lowercase();
        if !lists.contains(&lower) {
            lists.push(lower);
        }
    }
    // A text of commas only must not widen the collection to every room of the tenant.
    if lists.is_empty() && !text.is_empty() {
        return Err((
            "it names no address".to_owned(),
            "Name a room list, or leave the setting out.".to_owned(),
        ));
    }
    Ok(lists)
}

fn is_address(text: &str) -> bool {
    let clean = !text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "<>()[]\\;:\"/?#".contains(c));
    let halves = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
    });
    clean && halves && text.len() < 321
}

fn choice<T: Copy>(text: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, Complaint> {
    all.iter()
        .copied()
        .find(|value| name(*value) == text)
        .ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|value| name(*value)).collect();
            (
                format!("{text:?} is not one of its values"),
                format!("The values are {}.", names.join(", ")),
            )
        })
}

/// An absolute URL without credentials, query and fragment; plain HTTP only to this machine itself.
fn base_url(text: &str) -> Result<String, Complaint> {
    let bad = |why: &str| {
        (
            format!("{text:?} {why}"),
            "Give an address such as https://graph.microsoft.com/v1.0".to_owned(),
        )
    };
    let (scheme, rest) = text
        .split_once("://")
        .ok_or_else(|| bad("is not an absolute URL"))?;
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.trim_end_matches('/');
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.to_ascii_lowercase();
    if rest
        .chars()
        .any(|c| !c.is_ascii_graphic() || "?#\\\"<>".contains(c))
    {
        return Err(bad(
            "contains a query, a fragment or a character that is not allowed",
        ));
    }
    if authority.contains('@') {
        return Err(bad("contains credentials"));
    }
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            if port.parse::<u16>().is_err() {
                return Err(bad("has a port that is not a number"));
            }
            host
        }
        _ => authority.as_str(),
    };
    if host.is_empty() {
        return Err(bad("has no host"));
    }
    let loopback = host == "localhost" || host == "[::1]" || is_loopback_v4(host);
    match scheme.as_str() {
        "https" => {}
        "http" if loopback => {}
        "http" => {
            return Err(bad(
                "is plain HTTP, which is allowed only to this machine itself (127.0.0.1)",
            ));
        }
        _ => return Err(bad("is neither https nor http")),
    }
    Ok(format!("{scheme}://{authority}{path}"))
}

fn is_loopback_v4(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>()
        .is_ok_and(|address| address.is_loopback())
}

/// The origin of a URL that [`base_url`] accepted.
pub(crate) fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url
        .get(host..)
        .and_then(|rest| rest.find('/'))
        .map_or(url.len(), |at| host + at);
    url.get(..end).unwrap_or(url)
}

#[cfg(test)]
mod tests;
