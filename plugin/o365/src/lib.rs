//! The Office 365 connector: it expands Exchange room lists into rooms, reads the calendar of each room through
//! Microsoft Graph, and emits the meetings.
//!
//! The logic is plain Rust behind the SDK's [`Host`], so that it runs natively just as it does in the sandbox. [`O365`] names the
//! connector's exports: the functions of every connector, and those for administrators. It never sleeps and never reads the time: the host
//! waits, and gives the window.

use connector_sdk::*;
use graph::instant;

mod calendar;
mod changes;
mod consent;
mod event;
mod limits;
mod manifest;
mod places;
mod powershell;
mod privacy;
mod reading;
mod refusal;
mod room_key;
mod settings;
mod validate;
mod zone;

#[cfg(test)]
mod script;

/// The connector.
pub struct O365;
connector_sdk::export!(O365 as administered - connector);

impl Connector for O365 {
    fn describe() -> Manifest {
        manifest::describe()
    }

    fn authorization(settings: &str) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
        manifest::authorization(settings)
    }

    async fn validate(host: &impl Host, settings: &str) -> Vec<Check> {
        validate::validate(host, settings).await
    }

    async fn list_rooms(host: &impl Host, settings: &str) -> Result<Expansion, CollectError> {
        places::list_rooms(host, settings).await
    }

    async fn collect(host: &impl Host, settings: &str, rooms: &[RoomRequest], window: Window) -> Collected {
        calendar::collect(host, settings, rooms, window).await
    }
}

impl Administration for O365 {
    fn limits(settings: &str, client_id: Option<&str>) -> Result<Vec<Guide>, Vec<SettingsProblem>> {
        limits::limits(settings, client_id)
    }

    fn explain_refusal(error: &str, description: &str) -> Option<Reason> {
        consent::explain_refusal(error, description)
    }
}
