//! The iCalendar connector: it fetches published calendar feeds (RFC 5545), one for each room, expands what recurs, and
//! emits the meetings.
//!
//! The logic is plain Rust behind the SDK's [`Host`], so that it runs natively just as it does in the sandbox. [`Ics`] names what the
//! connector exports. It never sleeps and never asks for the time: waiting is the host's, and so is the window. A feed that is not understood fails its room: a meeting that was left out would look
//! like a free room. One event that nobody could understand is left out and said.

use connector_sdk::*;

mod calendar;
mod charset;
mod cursor;
mod event;
mod feed;
mod line;
mod manifest;
mod moment;
mod privacy;
mod recurrence;
mod refusal;
mod schedule;
mod series;
mod settings;
mod span;
mod swallowed;
mod validate;
mod vtimezone;
mod zone;
mod zones;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

/// The connector.
pub struct Ics;
connector_sdk::export!(Ics as room - connector);

impl Connector for Ics {
    fn describe() -> Manifest {
        manifest::describe()
    }

    fn authorization(settings: &str) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
        manifest::authorization(settings)
    }

    async fn validate(host: &impl Host, settings: &str) -> Vec<Check> {
        validate::validate(host, settings).await
    }

    async fn list_rooms(_: &impl Host, settings: &str) -> Result<Expansion, CollectError> {
        settings::list_rooms(settings)
    }

    async fn collect(host: &impl Host, settings: &str, rooms: &[RoomRequest], window: Window) -> Collected {
        feed::collect(host, settings, rooms, window).await
    }
}
