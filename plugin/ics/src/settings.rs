//! The settings of a source: their types, their JSON Schema, and their problems. They name the rooms.

use crate::privacy::Withhold;
use crate::zone;
use connector_sdk::address::origin;
use connector_sdk::{CollectError, Expansion, Room, SettingsProblem};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Valid settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// In the given order, each room once.
    pub(crate) feeds: Vec<Feed>,
    pub(crate) user_agent: Option<String>,
    pub(crate) zone: Option<TimeZone>,
    /// Zones by the names that feeds use, in lower case.
    pub(crate) zone_names: BTreeMap<String, TimeZone>,
    pub(crate) withhold: Withhold,
}

/// One room and its feed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Feed {
    /// Its address, in lower case.
    pub(crate) room: String,
    pub(crate) name: String,
    /// With https, or http to this machine. Often the only key to the calendar, so it is never logged or shown.
    pub(crate) url: String,
    pub(crate) building: Option<String>,
    pub(crate) capacity: Option<u32>,
}

impl Feed {
    /// Its name in reasons and in the log.
    pub(crate) fn title(&self) -> String {
        format!("feed of {}", self.room)
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed")
            .field("room", &self.room)
            .field("origin", &origin(&self.url))
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// The feed of a room.
    pub(crate) fn feed(&self, room: &str) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.room == room)
    }
}

/// The rooms of the source, which the settings name.
///
/// # Errors
/// What is wrong with the settings.
pub(crate) fn list_rooms(settings: &str) -> Result<Expansion, CollectError> {
    let room = |feed: Feed| Room {
        address: feed.room.clone(),
        key: feed.room,
        name: feed.name,
        building: feed.building,
        capacity: feed.capacity,
        lists: Vec::new(),
    };
    let settings = parse(settings)?;
    Ok(settings.feeds.into_iter().map(room).collect())
}

/// The most characters of a user agent; a longer one is of no use in a log.
const MAX_USER_AGENT: usize = 256;

/// The JSON Schema (2020-12) of the settings.
pub(crate) fn schema() -> Value {
    let text = |title: &str, description: &str, example: &str| {
        json!({
            "title": title, "description": description, "type": "string", "minLength": 1, "examples": [example],
        })
    };
    let mut agent = text(
        "User agent",
        "Sent as User-Agent with every request, so that the operator of the calendar server can tell who reads the feeds.",
        "rooms@contoso.com",
    );
    if let Some(agent) = agent.as_object_mut() {
        agent.insert("maxLength".to_owned(), MAX_USER_AGENT.into());
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "iCalendar feeds",
        "type": "object",
        "additionalProperties": false,
        "required": ["feeds"],
        "properties": {
            "feeds": {
                "title": "Feeds",
                "description": "Each room with its published calendar.",
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["room", "name", "url"],
                    "properties": {
                        "room": text("Room", "The address of the room; each room has one feed.",
                            "atrium@contoso.com"),
                        "name": text("Name", "The room's display name.", "Atrium"),
                        "url": text("Address", "Where the calendar is published (https, or webcal, which means the \
                            same). Anyone who knows a private address can read the calendar: keep it to yourself.",
                            "https://calendar.example.com/atrium.ics"),
                        "building": text("Building", "The building that the room is in.", "Headquarters"),
                        "capacity": {
                            "title": "Capacity",
                            "description": "How many people the room seats.",
                            "type": "integer", "minimum": 0, "maximum": u32::MAX, "examples": [12],
                        },
                    },
                },
                "examples": [[{
                    "room": "atrium@contoso.com",
                    "name": "Atrium",
                    "url": "https://calendar.example.com/atrium.ics",
                }]],
            },
            "user-agent": agent,
            "time-zone": text(
                "Time zone",
                "Where the rooms are, as an IANA name: the zone of whole days and of times without a zone, in feeds that do \
                 not name one (X-WR-TIMEZONE). Without it, such a feed is not collected, since any guess would put its \
                 meetings hours off.",
                "Europe/Berlin",
            ),
            "zones": {
                "title": "Names of time zones",
                "description": "Names that feeds use for time zones, if those are not known, each with the IANA name of the zone. \
                    This overrides the feed's own definition of the zone.",
                "type": "object",
                "advanced": true,
                "maxProperties": MAX_ZONES,
                "additionalProperties": { "type": "string", "minLength": 1 },
                "examples": [{ "Amsterdam office": "Europe/Amsterdam" }],
            },
            "withhold-subjects": {
                "title": "Withhold subjects",
                "description": "Which meetings lose their subject: private (those of a class other than PUBLIC), marked \
                    (all except those marked as PUBLIC), or all.",
                "type": "string",
                "enum": Withhold::ALL.map(Withhold::name),
                "default": Withhold::default().name(),
                "examples": ["private"],
            },
        },
    })
}

/// The most names of zones in the settings.
const MAX_ZONES: usize = 200;

const KEYS: [&str; 5] = ["feeds", "user-agent", "time-zone", "zones", "withhold-subjects"];
const FEED_KEYS: [&str; 5] = ["room", "name", "url", "building", "capacity"];

/// Reads settings, a JSON object.
///
/// # Errors
/// All their problems.
pub(crate) fn parse(json: &str) -> Result<Settings, Vec<SettingsProblem>> {
    let mut problems = Problems(Vec::new());
    let Ok(Value::Object(object)) = serde_json::from_str(json) else {
        problems.add("", "the settings are not a JSON object", "Give an object.");
        return Err(problems.0);
    };
    let feeds = feeds(&object, &mut problems);
    let user_agent = problems.text(&object, "", "user-agent").filter(|agent| {
        let fits = agent.len() <= MAX_USER_AGENT && agent.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if !fits {
            problems.add(
                "user-agent",
                "it is too long, or has characters other than plain ASCII",
                "Give an e-mail address.",
            );
        }
        fits
    });
    let zone = problems
        .text(&object, "", "time-zone")
        .and_then(|name| problems.zone("time-zone", &name, "time-zone"));
    let zone_names = zone_names(&object, &mut problems);
    let withhold = problems.text(&object, "", "withhold-subjects").and_then(|name| {
        let found = Withhold::ALL.into_iter().find(|choice| choice.name() == name);
        if found.is_none() {
            let names = Withhold::ALL.map(Withhold::name).join(", ");
            problems.add(
                "withhold-subjects",
                &format!("{name:?} is not one of its values"),
                &format!("The values are {names}."),
            );
        }
        found
    });
    problems.unknown(&object, "", &KEYS);
    if problems.0.is_empty() {
        Ok(Settings {
            feeds,
            user_agent,
            zone,
            zone_names,
            withhold: withhold.unwrap_or_default(),
        })
    } else {
        Err(problems.0)
    }
}

fn zone_names(object: &Map<String, Value>, problems: &mut Problems) -> BTreeMap<String, TimeZone> {
    let mut zones = BTreeMap::new();
    let table = match object.get("zones") {
        None | Some(Value::Null) => return zones,
        Some(Value::Object(table)) if table.len() <= MAX_ZONES => table,
        Some(_) => {
            let problem = format!("it is not a table of at most {MAX_ZONES} names");
            let remedy = "Give the feed's name and the IANA name, for example zones = { \"Amsterdam office\" = \"Europe/Amsterdam\" }.";
            problems.add("zones", &problem, remedy);
            return zones;
        }
    };
    for name in table.keys() {
        let key = joined("zones", name);
        let zone = problems.text(table, "zones", name);
        if let Some(zone) = zone.and_then(|zone| problems.zone(&key, &zone, name)) {
            zones.insert(name.trim().to_lowercase(), zone);
        }
    }
    zones
}

fn feeds(object: &Map<String, Value>, problems: &mut Problems) -> Vec<Feed> {
    let remedy = "Give one table for each room: [[source.settings.feeds]] with room, name and url.";
    let tables = match object.get("feeds") {
        None | Some(Value::Null) => {
            problems.add("feeds", "it is missing", remedy);
            return Vec::new();
        }
        Some(Value::Array(tables)) if !tables.is_empty() => tables,
        Some(_) => {
            problems.add("feeds", "it is not a list of feeds", remedy);
            return Vec::new();
        }
    };
    let mut feeds: Vec<Feed> = Vec::new();
    let mut rooms = BTreeSet::new();
    for (index, table) in tables.iter().enumerate() {
        let at = format!("feeds[{index}]");
        let Value::Object(table) = table else {
            problems.add(&at, "it is not a table", remedy);
            continue;
        };
        feeds.extend(feed(table, &at, problems));
        // Also of a feed that has other problems, so that all are told at once.
        let room = table.get("room").and_then(Value::as_str);
        let room = room.map(|room| room.trim().to_lowercase());
        if let Some(room) = room.filter(|room| is_address(room))
            && !rooms.insert(room.clone())
        {
            let problem = format!("{room} has a feed already");
            problems.add(&format!("{at}.room"), &problem, "Give each room one feed.");
        }
    }
    feeds
}

fn feed(table: &Map<String, Value>, at: &str, problems: &mut Problems) -> Option<Feed> {
    let mut required = |key: &str, example: &str| {
        if table.get(key).is_none_or(Value::is_null) {
            let remedy = format!("Set it, for example {key} = \"{example}\".");
            problems.add(&format!("{at}.{key}"), "it is missing", &remedy);
        }
        problems.text(table, at, key)
    };
    let room = required("room", "atrium@contoso.com");
    let name = required("name", "Atrium");
    let url = required("url", "https://calendar.example.com/atrium.ics");
    let room = room.filter(|room| {
        let is_address = is_address(room);
        if !is_address {
            problems.add(
                &format!("{at}.room"),
                &format!("{room:?} is not an address"),
                "Give one like atrium@contoso.com.",
            );
        }
        is_address
    });
    let url = url.and_then(|url| match address(&url) {
        Ok(url) => Some(url),
        Err(problem) => {
            let remedy = "Give an address such as https://calendar.example.com/atrium.ics";
            problems.add(&format!("{at}.url"), problem, remedy);
            None
        }
    });
    let building = problems.text(table, at, "building");
    let capacity = match table.get("capacity") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let capacity = value.as_u64().and_then(|seats| u32::try_from(seats).ok());
            if capacity.is_none() {
                problems.add(
                    &format!("{at}.capacity"),
                    "it is not a number of seats",
                    "Give a whole number.",
                );
            }
            capacity
        }
    };
    problems.unknown(table, at, &FEED_KEYS);
    Some(Feed {
        room: room?.to_lowercase(),
        name: name?,
        url: url?,
        building,
        capacity,
    })
}

struct Problems(Vec<SettingsProblem>);

impl Problems {
    fn add(&mut self, key: &str, problem: &str, remedy: &str) {
        self.0.push(SettingsProblem {
            key: key.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        });
    }

    /// The time zone that the value of a key names.
    fn zone(&mut self, path: &str, name: &str, key: &str) -> Option<TimeZone> {
        let zone = zone::named(name);
        if zone.is_none() {
            let remedy = if path == key {
                format!("Give an IANA name, for example {key} = \"Europe/Berlin\".")
            } else {
                format!("Give an IANA name, for example {key:?} = \"Europe/Berlin\".")
            };
            self.add(path, &format!("{name:?} is not a time zone"), &remedy);
        }
        zone
    }

    /// A text that is not empty; none if it is missing or invalid.
    fn text(&mut self, table: &Map<String, Value>, at: &str, key: &str) -> Option<String> {
        let problem = match table.get(key)? {
            Value::Null => return None,
            Value::String(text) if !text.trim().is_empty() => return Some(text.trim().to_owned()),
            Value::String(_) => "it is empty",
            _ => "it is not a text",
        };
        self.add(&joined(at, key), problem, "Put the value in quotes.");
        None
    }

    fn unknown(&mut self, table: &Map<String, Value>, at: &str, keys: &[&str]) {
        for key in table.keys().filter(|key| !keys.contains(&key.as_str())) {
            let remedy = format!("The settings are {}.", keys.join(", "));
            self.add(&joined(at, key), "there is no such setting", &remedy);
        }
    }
}

fn joined(at: &str, key: &str) -> String {
    if at.is_empty() {
        key.to_owned()
    } else {
        format!("{at}.{key}")
    }
}

fn is_address(text: &str) -> bool {
    let clean = !text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "<>()[]\\;:\",/?#".contains(c));
    let halves = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
    });
    clean && halves && text.len() < 321
}

/// Checks the address of a feed. Problems are described without repeating the address. The host decides where it may lead.
fn address(text: &str) -> Result<String, &'static str> {
    if !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err("it contains a character that is not allowed in an address");
    }
    let (scheme, rest) = text.split_once("://").ok_or("it is not an absolute address")?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "https" | "webcal" | "webcals" => "https",
        "http" => "http",
        _ => return Err("it is neither https nor webcal"),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() {
        return Err("it has no host");
    }
    if host.contains('@') {
        return Err("it contains a user name or password, which belong in the credential \"feed\"");
    }
    let without_port = host
        .rsplit_once(':')
        .filter(|(_, port)| !port.ends_with(']'))
        .map_or(host, |(name, _)| name);
    let loopback = without_port.eq_ignore_ascii_case("localhost")
        || without_port == "[::1]"
        || without_port
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback());
    if scheme == "http" && !loopback {
        return Err("it is plain http, which is allowed only to this machine itself (127.0.0.1)");
    }
    let rest = rest.split('#').next().unwrap_or_default();
    Ok(format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests;
