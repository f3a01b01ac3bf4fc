//! The settings of a source: their types, their JSON Schema, and their problems.

use connector_sdk::{SettingsProblem, address, read_settings};
use serde::Deserialize;
use serde_json::{Value, json};

/// A deployment of Webex. A token of one is useless in the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cloud {
    /// Worldwide.
    #[default]
    Global,
    /// Webex for Government.
    UsGov,
}

impl Cloud {
    /// The origin of its API.
    pub(crate) fn origin(self) -> &'static str {
        match self {
            Self::Global => "https://webexapis.com",
            Self::UsGov => "https://api-usgov.webex.com",
        }
    }
}

/// How the source signs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SignIn {
    /// The host gets a token with a refresh token.
    #[default]
    Oauth,
    /// The administrator gives a token.
    Token,
}

/// How people counts are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PeopleCount {
    /// Each count, where counting is configured.
    #[default]
    Auto,
    /// The highest count of each hour.
    Hourly,
    /// Not at all.
    Off,
}

/// Valid settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) cloud: Cloud,
    pub(crate) sign_in: SignIn,
    /// Names or ids, each once, in the order given. Empty: every location.
    pub(crate) locations: Vec<String>,
    pub(crate) people: PeopleCount,
    /// The version root of the API, without a slash at its end: `https://webexapis.com/v1`.
    pub(crate) base: String,
}

/// The most bytes of a name or id of a location.
const MAX_LOCATION: usize = 512;

/// The JSON Schema (2020-12) of the settings.
pub(crate) fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cisco Webex",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "cloud": {
                "title": "Cloud",
                "description": "The cloud that the organisation lives in: global, or us-gov for Webex for Government.",
                "type": "string",
                "enum": ["global", "us-gov"],
                "default": "global",
                "examples": ["global"],
            },
            "sign-in": {
                "title": "Sign-in",
                "description": "oauth: the collector gets access tokens with the client id, the client secret and the refresh \
                    token of an integration or a service app, and renews them. token: one fixed token of an administrator or \
                    a bot, which ends when Webex ends it.",
                "type": "string",
                "enum": ["oauth", "token"],
                "default": "oauth",
                "examples": ["oauth"],
            },
            "locations": {
                "title": "Locations",
                "description": "The Webex locations whose workspaces are read: names or ids, separated by commas. Without it, \
                    every workspace of the organisation is read.",
                "type": "string",
                "examples": ["Denver, Oslo"],
            },
            "people-count": {
                "title": "People counts",
                "description": "auto: each count of each device, where people counting is configured. hourly: only the highest \
                    count of each hour, which proves neither use nor vacancy. off: none.",
                "type": "string",
                "enum": ["auto", "hourly", "off"],
                "default": "auto",
                "examples": ["auto"],
            },
            "webex-url": {
                "title": "Webex address",
                "advanced": true,
                "description": "The address of the Webex API with its version, instead of the cloud's own: a simulator or a \
                    proxy. Tokens come from there too.",
                "type": "string",
                "format": "uri",
                "examples": ["https://webexapis.com/v1", "http://127.0.0.1:4200/v1"],
            },
        },
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Raw {
    cloud: Option<Cloud>,
    sign_in: Option<SignIn>,
    locations: Option<String>,
    people_count: Option<PeopleCount>,
    webex_url: Option<String>,
}

/// Reads settings, a JSON object.
///
/// # Errors
/// All their problems, in the order of the schema.
pub(crate) fn parse(json: &str) -> Result<Settings, Vec<SettingsProblem>> {
    let raw: Raw = read_settings(json)?;
    let cloud = raw.cloud.unwrap_or_default();
    let mut problems = Vec::new();
    let locations = raw.locations.as_deref().map_or(Ok(Vec::new()), locations);
    let base = match raw.webex_url.as_deref() {
        Some(url) => webex_url(url.trim()),
        None => Ok(format!("{}/v1", cloud.origin())),
    };
    let locations = locations.map_err(|problem| problems.push(problem)).ok();
    let base = base.map_err(|problem| problems.push(problem)).ok();
    match (locations, base) {
        (Some(locations), Some(base)) => Ok(Settings {
            cloud,
            sign_in: raw.sign_in.unwrap_or_default(),
            locations,
            people: raw.people_count.unwrap_or_default(),
            base,
        }),
        _ => Err(problems),
    }
}

fn locations(text: &str) -> Result<Vec<String>, SettingsProblem> {
    let problem = |problem: String, remedy: &str| SettingsProblem {
        key: "locations".to_owned(),
        problem,
        remedy: remedy.to_owned(),
    };
    let mut found: Vec<String> = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        if entry.len() > MAX_LOCATION || entry.chars().any(char::is_control) {
            return Err(problem(
                format!("{:?} is not the name of a location", short(entry)),
                "Give names or ids of locations, as Control Hub shows them, with commas between them.",
            ));
        }
        if !found.iter().any(|known| known == entry) {
            found.push(entry.to_owned());
        }
    }
    // A text of commas only must not widen the collection to every workspace.
    if found.is_empty() {
        return Err(problem(
            "it names no location".to_owned(),
            "Name a location, or leave the setting out.",
        ));
    }
    Ok(found)
}

fn webex_url(text: &str) -> Result<String, SettingsProblem> {
    let problem = |problem: String, remedy: String| SettingsProblem {
        key: "webex-url".to_owned(),
        problem,
        remedy,
    };
    let base = address::base(text).map_err(|cause| {
        let remedy = "Give an address such as https://webexapis.com/v1".to_owned();
        problem(format!("{:?} {cause}", short(text)), remedy)
    })?;
    if address::origin(&base) == base {
        return Err(problem(
            "it has no path, and Webex's addresses begin with a version".to_owned(),
            format!("Add the version: {base}/v1"),
        ));
    }
    Ok(base)
}

/// A text that is short enough for a message.
fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(settings: Value) -> SettingsProblem {
        parse(&settings.to_string()).unwrap_err().remove(0)
    }

    #[test]
    fn without_any_setting_everything_is_at_its_default() {
        let settings = parse("{}").unwrap();
        assert_eq!(settings.base, "https://webexapis.com/v1");
        assert_eq!(settings.sign_in, SignIn::Oauth);
        assert_eq!(settings.people, PeopleCount::Auto);
        assert!(settings.locations.is_empty());
    }

    #[test]
    fn the_government_has_an_api_of_its_own() {
        let settings = parse(r#"{"cloud":"us-gov"}"#).unwrap();
        assert_eq!(settings.base, "https://api-usgov.webex.com/v1");
    }

    #[test]
    fn locations_are_separated_by_commas_and_each_counts_once() {
        let settings = parse(r#"{"locations":" Denver, Oslo ,Denver,"}"#).unwrap();
        assert_eq!(settings.locations, ["Denver", "Oslo"]);
    }

    #[test]
    fn a_text_without_a_location_does_not_mean_every_location() {
        for text in ["", " , "] {
            assert_eq!(
                problem(json!({"locations": text})).problem,
                "it names no location"
            );
        }
    }

    #[test]
    fn an_address_without_its_version_is_told_what_to_add() {
        let problem = problem(json!({"webex-url": "http://127.0.0.1:4200"}));
        assert_eq!(problem.key, "webex-url");
        assert_eq!(problem.remedy, "Add the version: http://127.0.0.1:4200/v1");
    }

    #[test]
    fn unknown_settings_and_values_are_refused() {
        for settings in [json!({"room-lists": "a"}), json!({"cloud": "china"}), json!([])] {
            assert!(!problem(settings).problem.is_empty());
        }
    }

    #[test]
    fn every_setting_has_a_title_a_description_and_an_example() {
        let schema = schema();
        for (key, property) in schema["properties"].as_object().unwrap() {
            for wanted in ["title", "description", "examples"] {
                assert!(!property[wanted].is_null(), "{key} has no {wanted}");
            }
            let example = json!({key: property["examples"][0]}).to_string();
            assert!(parse(&example).is_ok(), "{example}");
        }
    }
}
