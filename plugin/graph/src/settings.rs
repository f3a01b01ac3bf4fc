//! The settings that all sources of Microsoft 365 share, and the reading of any setting: values with their problems, and parts of a schema.

use crate::cloud::Cloud;
use connector_sdk::{SettingsProblem, address};
use serde_json::{Map, Value, json};

/// The schema of `tenant`.
#[must_use]
pub fn tenant_schema() -> Value {
    json!({
        "title": "Tenant",
        "description": "The Microsoft Entra tenant whose rooms are read: its domain name or its id.",
        "type": "string",
        "minLength": 1,
        "examples": ["contoso.onmicrosoft.com", "8f2b4c1e-6f0a-4d53-9b6e-2f1a7c9d0e34"],
    })
}

/// The schema of `cloud`, with these to choose from.
#[must_use]
pub fn cloud_schema(clouds: &[Cloud]) -> Value {
    let names: Vec<&str> = clouds.iter().map(|cloud| cloud.name()).collect();
    json!({
        "title": "Cloud",
        "description": "The cloud that the tenant lives in. GCC tenants live in the global cloud; GCC High is \
            us-gov.",
        "type": "string",
        "enum": names,
        "default": Cloud::default().name(),
        "examples": ["global"],
    })
}

/// The schema of `graph-url`.
#[must_use]
pub fn graph_url_schema() -> Value {
    json!({
        "title": "Graph address",
        "advanced": true,
        "description": "The address of Microsoft Graph with its version, instead of the cloud's own: a \
            simulator or a proxy.",
        "type": "string",
        "format": "uri",
        "examples": ["https://graph.microsoft.com/v1.0", "http://127.0.0.1:4100/v1.0"],
    })
}

/// The schema of `login-url`.
#[must_use]
pub fn login_url_schema() -> Value {
    json!({
        "title": "Login address",
        "advanced": true,
        "description": "The address of the token service, instead of the cloud's own: a simulator or a \
            proxy.",
        "type": "string",
        "format": "uri",
        "examples": ["https://login.microsoftonline.com", "http://127.0.0.1:4100"],
    })
}

/// The most characters of a user agent; a longer one is of no use in a log.
pub const MAX_USER_AGENT: usize = 256;

/// The problem with a value, and the remedy.
pub type Complaint = (String, String);

/// Reads settings one by one, and collects their problems.
#[derive(Debug)]
pub struct Reader {
    object: Map<String, Value>,
    problems: Vec<SettingsProblem>,
}

impl Reader {
    /// A reader of settings, a JSON object.
    ///
    /// # Errors
    /// The text is no JSON object.
    pub fn of(json: &str) -> Result<Self, Vec<SettingsProblem>> {
        let Ok(Value::Object(object)) = serde_json::from_str(json) else {
            let problem = "the settings are not a JSON object".to_owned();
            return Err(vec![SettingsProblem {
                key: String::new(),
                problem,
                remedy: "Give an object.".to_owned(),
            }]);
        };
        Ok(Self {
            object,
            problems: Vec::new(),
        })
    }

    /// All problems, those with keys that are none of these last.
    #[must_use]
    pub fn finish(mut self, keys: &[&str]) -> Vec<SettingsProblem> {
        let mut unknown: Vec<String> = self.object.keys().cloned().collect();
        unknown.retain(|key| !keys.contains(&key.as_str()));
        for key in unknown {
            self.problem(
                &key,
                "there is no such setting".to_owned(),
                format!("The settings are {}.", keys.join(", ")),
            );
        }
        self.problems
    }

    /// `tenant`: a GUID or a domain name, in lower case.
    pub fn tenant(&mut self) -> Option<String> {
        self.required("tenant", "contoso.onmicrosoft.com", tenant)
    }

    /// `cloud`, of those in its schema; the default if it is missing.
    pub fn cloud(&mut self, clouds: &[Cloud]) -> Cloud {
        self.optional("cloud", |text| choice(text, clouds, Cloud::name))
            .unwrap_or_default()
    }

    /// `graph-url`: the version root of Graph, without a slash at its end.
    pub fn graph_url(&mut self) -> Option<String> {
        self.optional("graph-url", |text| {
            let url = base_url(text)?;
            if address::origin(&url) == url {
                let remedy = format!("Add the version: {url}/v1.0");
                return Err((
                    "it has no path, and Graph's addresses begin with a version".to_owned(),
                    remedy,
                ));
            }
            Ok(url)
        })
    }

    /// `login-url`, without a slash at its end.
    pub fn login_url(&mut self) -> Option<String> {
        self.optional("login-url", base_url)
    }

    /// Addresses with commas between them, in lower case, each once, in the order given. `example` names some, and `name_one` tells what to do
    /// about a text that names none.
    pub fn addresses(&mut self, key: &str, example: &str, name_one: &str) -> Vec<String> {
        if self.object.get(key).is_some_and(Value::is_array) {
            self.problem(
                key,
                "it is a list".to_owned(),
                format!("Give one text with commas: \"{example}\"."),
            );
            return Vec::new();
        }
        self.optional(key, |text| addresses(text, example, name_one))
            .unwrap_or_default()
    }

    fn problem(&mut self, key: &str, problem: String, remedy: String) {
        self.problems.push(SettingsProblem {
            key: key.to_owned(),
            problem,
            remedy,
        });
    }

    /// A text that must be there.
    pub fn required<T>(
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

    /// Yes or no.
    pub fn toggle(&mut self, key: &str) -> Option<bool> {
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

    /// A text that may be missing.
    pub fn optional<T>(&mut self, key: &str, read: impl FnOnce(&str) -> Result<T, Complaint>) -> Option<T> {
        let complaint = match self.object.get(key)? {
            Value::Null => return None,
            Value::String(text) => match read(text.trim()) {
                Ok(value) => return Some(value),
                Err(complaint) => complaint,
            },
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

/// A User-Agent.
///
/// # Errors
/// It is empty, too long, or no text of one line in ASCII.
pub fn user_agent(text: &str) -> Result<String, Complaint> {
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

fn addresses(text: &str, example: &str, name_one: &str) -> Result<Vec<String>, Complaint> {
    let mut found: Vec<String> = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        if !is_address(entry) {
            let remedy = format!("Give e-mail addresses with commas between them: {example}");
            return Err((format!("{entry:?} is not an e-mail address"), remedy));
        }
        let lower = entry.to_lowercase();
        if !found.contains(&lower) {
            found.push(lower);
        }
    }
    // A text of commas only must not widen the collection to every room of the tenant.
    if found.is_empty() && !text.is_empty() {
        return Err(("it names no address".to_owned(), name_one.to_owned()));
    }
    Ok(found)
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

/// One of these values, by its name.
///
/// # Errors
/// The text names none of them.
pub fn choice<T: Copy>(text: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, Complaint> {
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

/// An address that [`address::base`] accepts.
fn base_url(text: &str) -> Result<String, Complaint> {
    address::base(text).map_err(|cause| {
        (
            format!("{text:?} {cause}"),
            "Give an address such as https://graph.microsoft.com/v1.0".to_owned(),
        )
    })
}
