//! A complete connector to start from: bookings from an HTTP API with JSON and a bearer token. `../README.md` explains it.

use chrono::{DateTime, Utc};
use connector_sdk::*;

/// The content of `[source.settings]`, which the collector has checked against the schema in `describe`.
#[derive(serde::Deserialize)]
struct Settings {
    url: String,
    rooms: Vec<String>,
}

/// One booking of the API.
#[derive(serde::Deserialize)]
struct Booking {
    id: String,
    title: Option<String>,
    private: Option<bool>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// The connector.
pub struct Template;
connector_sdk::export!(Template as room - connector);

impl Connector for Template {
    fn describe() -> Manifest {
        Manifest {
            name: "template".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "Template".into(),
            description: "Collects bookings from an HTTP API with JSON.".into(),
            settings_schema: include_str!("settings.json").into(),
            hosts: vec![], // The address is a setting, so the administrator grants its origin.
            secrets: vec![SecretNeed::new("bookings", "The API's token, sent as a bearer.")],
            slice_size: 20,
        }
    }

    async fn validate(host: &impl Host, _: &str) -> Vec<Check> {
        vec![Check::tried("token", host.secret("bookings").await)]
    }

    async fn list_rooms(_: &impl Host, settings: &str) -> Result<Expansion, CollectError> {
        let Settings { rooms, .. } = read_settings(settings)?;
        Ok(rooms.iter().map(Room::at).collect())
    }

    async fn collect(host: &impl Host, settings: &str, rooms: &[RoomRequest], window: Window) -> Collected {
        let Settings { url, .. } = read_settings(settings)?;
        let token = host.secret("bookings").await?;
        let mut outcomes = Vec::new();
        for room in rooms {
            let url = format!("{url}/{}?from={}&to={}", room.key, window.start, window.end);
            let answer = host.fetch(Request::get(url), Some(&token)).await;
            outcomes.push(room.became(read(host, &room.address, window, answer)));
        }
        Ok(outcomes)
    }
}

/// Emits the bookings of an answer. The error is the outcome of a room that cannot be read.
fn read(host: &impl Host, room: &str, window: Window, answer: Fetched) -> Result<Outcome, Outcome> {
    for booking in answer?.json::<Vec<Booking>>()? {
        let (start, end) = (booking.start.timestamp(), booking.end.timestamp());
        if !window.overlaps(start, end) {
            continue; // A meeting outside the window would be refused, and fail its room.
        }
        let subject = match booking.title {
            _ if booking.private != Some(false) => Subject::Withheld, // Not known to be harmless.
            Some(title) => Subject::Text(title.into()),
            None => Subject::None,
        };
        let meeting = Meeting::new(booking.id, room, start, end);
        host.emit(&Meeting { subject, ..meeting })?;
    }
    Ok(Outcome::Complete(None)) // A promise: this is all that the window holds.
}
