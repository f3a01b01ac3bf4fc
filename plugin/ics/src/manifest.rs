//! What this connector is, and the authorization that follows from its settings: none.

use crate::settings;
use connector_sdk::{Manifest, Oauth, SecretNeed, SettingsProblem};

/// The name of the bearer in `secret-get`.
pub(crate) const BEARER: &str = "feed";

/// Rooms in one call. Each feed is a request of its own; their texts are in memory side by side.
const SLICE: u32 = 10;

/// What this connector is. The same at every call.
pub(crate) fn describe() -> Manifest {
    Manifest {
        name: "ics".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: "iCalendar feeds".to_owned(),
        description: "Collects the meetings of rooms whose calendars are published as iCalendar feeds (RFC 5545), one feed \
            a room: when each begins and ends, its subject unless it is private, and nothing about people. The origins of \
            the feeds must be granted."
            .to_owned(),
        settings_schema: settings::schema().to_string(),
        // Nobody knows them but who writes the settings.
        hosts: vec![],
        secrets: vec![SecretNeed {
            name: BEARER.to_owned(),
            purpose: "Optional: a bearer token, or a password with its user name, that is sent with the requests for the feeds; \
                the connector uses it without seeing it."
                .to_owned(),
            reveal: false,
        }],
        slice_size: SLICE,
    }
}

/// No token is asked for.
///
/// # Errors
/// What is wrong with the settings.
pub(crate) fn authorization(settings: &str) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
    settings::parse(settings).map(|_| None)
}
