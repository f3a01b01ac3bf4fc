//! What one device says of itself: its status now, and how it is configured.

use serde_json::{Map, Value, json};
use sim::Answer;

use crate::answer::{found, refused};
use crate::call::Call;
use crate::device::Device;
use crate::places::DEVICES;
use crate::span::Span;

/// The most names in one request for statuses.
const MOST_NAMES: usize = 10;

/// Answers `/v1/xapi/status`.
pub(crate) fn status(call: &Call<'_>) -> Result<Answer, Answer> {
    call.requires(&["spark:xapi_statuses"])?;
    let device = device(call)?;
    let names: Vec<&str> = call.parameters("name").collect();
    if names.is_empty() || names.len() > MOST_NAMES {
        return Err(refused(400, "Between 1 and 10 names are required."));
    }
    if !device.connected(call.now) {
        // Webex does not say how it answers here.
        return Err(refused(502, "The device could not be reached."));
    }
    let mut result = Map::new();
    for (path, value) in statuses(call, device) {
        if names.iter().any(|name| fits(name, &path)) {
            insert(&mut result, &path, value);
        }
    }
    Ok(found(&json!({"deviceId": device.id, "result": result})))
}

/// What a device says now: what it saw, unless it was told otherwise.
fn statuses(call: &Call<'_>, device: &Device) -> Vec<(String, Value)> {
    let until_now = Span {
        from: chrono::DateTime::UNIX_EPOCH,
        to: call.now,
    };
    let people = device.counts(until_now).last().map_or(-1, |(_, count)| *count);
    let in_use = device.in_use(call.now);
    let detector = ("RoomAnalytics.PeoplePresenceDetector".to_owned(), json!("Off"));
    let presence = match (device.configurations.contains(&detector), in_use) {
        (true, _) => "Unknown",
        (false, true) => "Yes",
        (false, false) => "No",
    };
    let word = |yes: &'static str, no: &'static str| if in_use { yes } else { no };
    let mut all = vec![
        ("RoomAnalytics.PeopleCount.Current".to_owned(), json!(people)),
        ("RoomAnalytics.PeoplePresence".to_owned(), json!(presence)),
        ("RoomAnalytics.RoomInUse".to_owned(), json!(word("True", "False"))),
        ("Standby.State".to_owned(), json!(word("Off", "Standby"))),
        ("SystemUnit.State.NumberOfActiveCalls".to_owned(), json!(0)),
    ];
    all.extend(device.statuses.iter().cloned());
    all
}

/// Puts a value where its path leads.
fn insert(into: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            into.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let below = into.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(below) = below {
                insert(below, rest, value);
            }
        }
    }
}

/// Answers `/v1/deviceConfigurations`.
pub(crate) fn configurations(call: &Call<'_>) -> Result<Answer, Answer> {
    call.requires(DEVICES)?;
    let device = device(call)?;
    let key = call.parameter("key").unwrap_or("*");
    let mut items = Map::new();
    for (name, default) in [
        ("RoomAnalytics.PeopleCountOutOfCall", "Off"),
        ("RoomAnalytics.PeoplePresenceDetector", "On"),
    ] {
        let set = device
            .configurations
            .iter()
            .rev()
            .find(|(known, _)| known == name);
        if fits(key, name) {
            items.insert(
                name.to_owned(),
                configuration(default, set.map(|(_, value)| value)),
            );
        }
    }
    Ok(found(&json!({"deviceId": device.id, "items": items})))
}

fn configuration(default: &str, set: Option<&Value>) -> Value {
    let default = Value::from(default);
    json!({
        "value": set.unwrap_or(&default),
        "source": if set.is_some() { "configured" } else { "default" },
        "sources": {
            "default": {"value": default, "editability": {"editable": false, "reason": "FACTORY_DEFAULT"}},
            "configured": {"value": set, "editability": {"editable": true}},
        },
        "valueSpace": {"type": "string", "enum": ["Off", "On"]},
    })
}

fn device<'a>(call: &Call<'a>) -> Result<&'a Device, Answer> {
    let id = call.required("deviceId")?;
    let mut all = call.organization.devices().map(|(device, _)| device);
    all.find(|device| device.id == id)
        .ok_or_else(|| refused(404, "The requested device could not be found."))
}

/// Whether a path fits a name with wildcards: `*` stands for one part, and at the end for all that follow.
fn fits(name: &str, path: &str) -> bool {
    match (name.split_once('.'), path.split_once('.')) {
        (None, _) if name == "*" => true,
        (Some((name, names)), Some((part, parts))) => (name == "*" || name == part) && fits(names, parts),
        _ => name == path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_part_and_at_the_end_for_the_rest() {
        let path = "RoomAnalytics.PeopleCount.Current";
        for name in [
            "*",
            "RoomAnalytics.*",
            "RoomAnalytics.*.Current",
            "RoomAnalytics.PeopleCount.*",
            path,
        ] {
            assert!(fits(name, path), "{name}");
        }
        for name in [
            "RoomAnalytics",
            "*.Current",
            "Standby.*",
            "RoomAnalytics.PeopleCount.Current.*",
        ] {
            assert!(!fits(name, path), "{name}");
        }
    }
}
