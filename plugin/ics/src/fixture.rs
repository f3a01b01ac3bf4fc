//! Fixtures for tests: feeds, the room `atrium`, a window.

pub(crate) use connector_sdk::script::{Script, at, now, written};
use connector_sdk::{RoomRequest, Window};

/// The feed of the room `atrium`.
pub(crate) const ATRIUM: &str = "https://calendar.example.com/secret-key/atrium.ics";

/// Settings with a feed for the room `atrium`, in Berlin.
pub(crate) const SETTINGS: &str = r#"{"feeds": [{"room": "Atrium@contoso.com", "name": "Atrium",
    "url": "https://calendar.example.com/secret-key/atrium.ics"}], "time-zone": "Europe/Berlin"}"#;

/// A host on which the feed of `atrium` has this content.
pub(crate) fn with_feed(feed: impl Into<Vec<u8>>) -> Script {
    Script::default().on(ATRIUM, 200, &[], feed)
}

/// A calendar with these lines in it.
pub(crate) fn calendar(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{}\nEND:VCALENDAR\n",
        lines.trim()
    )
    .replace('\n', "\r\n")
}

/// A calendar with one event of these properties.
pub(crate) fn event(properties: &str) -> String {
    calendar(&format!("BEGIN:VEVENT\n{}\nEND:VEVENT", properties.trim()))
}

/// The request for the room `atrium`.
pub(crate) fn atrium() -> [RoomRequest; 1] {
    [room("atrium")]
}

pub(crate) fn room(name: &str) -> RoomRequest {
    RoomRequest {
        address: format!("{name}@contoso.com"),
        key: format!("{name}@contoso.com"),
        cursor: None,
    }
}

/// March and April of 2026.
pub(crate) fn spring() -> Window {
    Window {
        start: at("2026-03-01T00:00:00Z"),
        end: at("2026-05-01T00:00:00Z"),
    }
}
