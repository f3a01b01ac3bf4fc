//! A scripted Graph for tests, with the settings, window and rooms of this connector.

use connector_sdk::{RoomRequest, Window};
pub(crate) use graph::script::{ROOT, Script, at, inner, now};
use serde_json::json;

/// Settings that leave everything at its default.
pub(crate) const SETTINGS: &str = r#"{"tenant":"contoso.onmicrosoft.com","user-agent":"rooms@contoso.com"}"#;

/// Settings with these room lists.
pub(crate) fn with_lists(lists: &str) -> String {
    json!({"tenant": "contoso.onmicrosoft.com", "user-agent": "rooms@contoso.com", "room-lists": lists})
        .to_string()
}

/// An instant as the contract prints it, without seconds.
pub(crate) fn written(at: i64) -> String {
    format!("{}Z", &connector_sdk::script::written(at)[..16])
}

/// The window of the tests: one day.
pub(crate) fn tenth_of_march() -> Window {
    Window {
        start: at("2026-03-10T00:00:00Z"),
        end: at("2026-03-11T00:00:00Z"),
    }
}

/// Rooms whose keys are `key-` and the part before the `@`.
pub(crate) fn rooms(names: &[&str]) -> Vec<RoomRequest> {
    let room = |name: &&str| RoomRequest {
        address: format!("{name}@contoso.com"),
        key: format!("key-{name}"),
        cursor: None,
    };
    names.iter().map(room).collect()
}
