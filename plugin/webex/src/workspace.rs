//! Workspaces and devices as Webex gives them. What is not set is absent, and what is not documented may come; only the id must be there.

use crate::api::text;
use crate::instant;
use crate::sight::Link;
use serde_json::Value;

/// The longest id, in bytes: keys of records hold two.
const MAX_ID: usize = 400;

/// The kept parts of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) name: String,
    /// In lower case.
    pub(crate) address: Option<String>,
    pub(crate) capacity: Option<u32>,
    pub(crate) location: Option<String>,
    /// Whether it belongs to one person at a time: a desk.
    pub(crate) is_desk: bool,
    pub(crate) maintained: bool,
    pub(crate) planned: Option<(i64, i64)>,
    /// None if the answer does not say.
    pub(crate) detects: Option<Detects>,
    /// Those that can sense; none if the answer does not say.
    pub(crate) devices: Option<Vec<(String, Link)>>,
}

/// Which detection is configured, so that its data goes to Webex.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Detects {
    pub(crate) presence: bool,
    pub(crate) people: bool,
}

impl Workspace {
    /// Reads a workspace; none without a usable id.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let id = id(value)?;
        let maintenance = value.get("plannedMaintenance");
        let instant = |name| maintenance.and_then(|it| text(it, name)).and_then(instant::parse);
        let planned = instant("startTime").zip(instant("endTime"));
        let devices = value.get("devices").and_then(Value::as_array);
        Some(Self {
            name: text(value, "displayName").unwrap_or(id).to_owned(),
            address: value.get("calendar").and_then(address),
            capacity: capacity(value.get("capacity")),
            location: text(value, "locationId").map(str::to_owned),
            is_desk: text(value, "hotdeskingStatus").is_some_and(|status| status.eq_ignore_ascii_case("on"))
                || text(value, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("desk")),
            maintained: maintenance
                .and_then(|it| text(it, "mode"))
                .is_some_and(|mode| mode == "on"),
            planned: planned.filter(|(start, end)| start < end),
            detects: value.get("capabilities").and_then(Detects::read),
            devices: devices.map(|devices| devices.iter().filter_map(sensor).collect()),
            id: id.to_owned(),
        })
    }
}

impl Detects {
    /// Reads `capabilities`, as a part of a workspace or of an answer of its own.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let configured = |name| {
            let it = value.get(name)?;
            Some(it.get("configured").and_then(Value::as_bool).unwrap_or(false))
        };
        let (presence, people) = (configured("presenceDetection"), configured("occupancyDetection"));
        value.is_object().then(|| Self {
            presence: presence.unwrap_or(false),
            people: people.unwrap_or(false),
        })
    }
}

/// The workspace that a device belongs to, and its id and connection, if it can sense: it is no accessory (type `roomdesk`, with xAPI) and not
/// a person's own.
pub(crate) fn device(value: &Value) -> Option<(&str, (String, Link))> {
    Some((text(value, "workspaceId")?, sensor(value)?))
}

/// The id and connection of a device that can sense.
fn sensor(value: &Value) -> Option<(String, Link)> {
    let has_xapi = value
        .get("capabilities")?
        .as_array()?
        .iter()
        .any(|capability| capability.as_str() == Some("xapi"));
    let is_room_device = text(value, "type") == Some("roomdesk");
    // Some answers name the workspace in both properties.
    let person = text(value, "personId").filter(|person| text(value, "workspaceId") != Some(person));
    let link = link(value)?;
    (has_xapi && is_room_device && person.is_none()).then_some((id(value)?.to_owned(), link))
}

/// How a device was found; none if it has been gone for so long that Webex gave it up.
fn link(value: &Value) -> Option<Link> {
    let maintained = text(value, "plannedMaintenance") == Some("on");
    Some(match text(value, "connectionStatus") {
        Some("offline_expired") => return None,
        _ if maintained => Link::Maintenance,
        Some("connected") => Link::Connected,
        Some("connected_with_issues") if is_blind(value) => Link::Fault,
        Some("connected_with_issues") => Link::Connected,
        Some("disconnected") => Link::Offline,
        Some("offline_deep_sleep") => Link::Standby,
        _ => Link::Unknown,
    })
}

/// Whether one of a device's issues concerns what it senses with. Most issues (a registration, a certificate) do not.
fn is_blind(value: &Value) -> bool {
    const SENSES: [&str; 5] = ["camera", "ultrasound", "presence", "people", "analytics"];
    let issues = value.get("errorCodes").and_then(Value::as_array);
    issues
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .any(|issue| {
            let issue = issue.to_ascii_lowercase();
            SENSES.iter().any(|sense| issue.contains(sense))
        })
}

fn id(value: &Value) -> Option<&str> {
    text(value, "id").filter(|id| id.len() <= MAX_ID)
}

/// The address of a calendar. Never `sipAddress` or that of hybrid calling: those are no mailboxes.
fn address(calendar: &Value) -> Option<String> {
    let address = text(calendar, "emailAddress")?.to_lowercase();
    let is_address = address.contains('@') && address.len() <= 320 && !address.contains(char::is_whitespace);
    is_address.then_some(address)
}

/// -1 means that it is not set.
fn capacity(value: Option<&Value>) -> Option<u32> {
    let capacity = value?.as_f64()?;
    // The cast saturates.
    (capacity >= 1.0).then_some(capacity as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_set_is_absent_and_costs_nothing() {
        let workspace = Workspace::read(&json!({"id": "w"})).unwrap();
        assert_eq!(workspace.name, "w");
        assert_eq!((workspace.address, workspace.capacity), (None, None));
        assert_eq!((workspace.detects, workspace.devices), (None, None));
        assert!(!workspace.is_desk && !workspace.maintained);
        assert_eq!(Workspace::read(&json!({"displayName": "Atrium"})), None);
        assert_eq!(Workspace::read(&json!({"id": "w".repeat(401)})), None);
    }

    #[test]
    fn the_address_is_that_of_the_calendar_alone_in_lower_case() {
        let others = json!({"id": "w", "sipAddress": "atrium@x.rooms.webex.com", "calendar": {"type": "none"},
            "calling": {"type": "hybridCalling", "hybridCalling": {"emailAddress": "calls@x.org"}}});
        assert_eq!(Workspace::read(&others).unwrap().address, None);
        let own = json!({"id": "w", "calendar": {"type": "microsoft", "emailAddress": "Atrium@X.org"}});
        assert_eq!(
            Workspace::read(&own).unwrap().address.as_deref(),
            Some("atrium@x.org")
        );
    }

    #[test]
    fn a_capacity_that_is_not_set_is_none() {
        for (value, right) in [
            (json!(-1), None),
            (json!(0), None),
            (json!(8), Some(8)),
            (json!("8"), None),
        ] {
            let workspace = Workspace::read(&json!({"id": "w", "capacity": value})).unwrap();
            assert_eq!(workspace.capacity, right);
        }
    }

    #[test]
    fn only_what_is_configured_is_detected_whatever_is_supported() {
        let read = |value| Detects::read(&value).unwrap();
        let yes = json!({"supported": true, "configured": true});
        let no = json!({"supported": true, "configured": false});
        let detects = read(json!({"occupancyDetection": yes, "presenceDetection": no}));
        assert!(detects.people && !detects.presence);
        assert_eq!(read(json!({})), Detects::default());
        assert_eq!(
            read(json!({"occupancyDetection": {"supported": true}})),
            Detects::default()
        );
    }

    fn shared(changed: &[(&str, Value)]) -> Value {
        let mut device = json!({"id": "d", "workspaceId": "w", "type": "roomdesk", "capabilities": ["xapi"],
            "connectionStatus": "connected", "displayName": "Ada's desk"});
        for (name, value) in changed {
            device[*name] = value.clone();
        }
        device
    }

    #[test]
    fn accessories_phones_and_personal_devices_sense_nothing() {
        assert_eq!(
            device(&shared(&[])),
            Some(("w", ("d".to_owned(), Link::Connected)))
        );
        for changed in [
            ("type", json!("accessory")),
            ("type", json!("phone")),
            ("capabilities", json!([])),
            ("personId", json!("p")),
            ("connectionStatus", json!("offline_expired")),
        ] {
            assert_eq!(
                device(&shared(std::slice::from_ref(&changed))),
                None,
                "{changed:?}"
            );
        }
        assert!(device(&shared(&[("personId", json!("w"))])).is_some());
    }

    #[test]
    fn every_connection_status_has_its_meaning() {
        for (status, issues, right) in [
            ("connected", json!([]), Link::Connected),
            (
                "connected_with_issues",
                json!(["sipprofileregistration"]),
                Link::Connected,
            ),
            ("connected_with_issues", json!(["CameraDetected"]), Link::Fault),
            ("disconnected", json!([]), Link::Offline),
            ("offline_deep_sleep", json!([]), Link::Standby),
            ("activating", json!([]), Link::Unknown),
            ("unknown", json!([]), Link::Unknown),
            ("something new", json!([]), Link::Unknown),
        ] {
            let value = shared(&[("connectionStatus", json!(status)), ("errorCodes", issues)]);
            assert_eq!(device(&value).unwrap().1.1, right, "{status}");
        }
        let maintained = shared(&[("plannedMaintenance", json!("on"))]);
        assert_eq!(device(&maintained).unwrap().1.1, Link::Maintenance);
    }

    #[test]
    fn desks_of_one_person_are_known_as_such() {
        for value in [
            json!({"id": "w", "hotdeskingStatus": "on"}),
            json!({"id": "w", "type": "desk"}),
        ] {
            assert!(Workspace::read(&value).unwrap().is_desk);
        }
        let room = json!({"id": "w", "type": "meetingRoom", "hotdeskingStatus": "off"});
        assert!(!Workspace::read(&room).unwrap().is_desk);
    }
}
