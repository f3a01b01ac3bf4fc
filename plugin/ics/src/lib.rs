//! The iCalendar connector: it fetches published calendar feeds (RFC 5545), one for each room, expands what recurs, and
//! emits the meetings.
//!
//! The logic is plain Rust behind the SDK's [`Host`], so that it runs natively just as it does in the sandbox. [`Ics`] names the
//! connector's exports. It never sleeps and never reads the time: the host waits, and gives the window. A feed that cannot be understood
//! fails its room, because a missing meeting would make the room look free. A single event that no program could understand is skipped,
//! with a warning.

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
