//! The description of this connector, and its authorization: none.

use crate::settings;
use connector_sdk::{Manifest, Oauth, SecretNeed, SettingsProblem};

/// The name of the bearer in `secret-get`.
pub(crate) const BEARER: &str = "feed";

/// The number of rooms in one call. Each feed is a request of its own; their texts are in memory side by side.
const SLICE: u32 = 10;

/// Describes this connector; the same at every call.
pub(crate) fn describe() -> Manifest {
    Manifest {
        name: "ics".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: "iCalendar feeds".to_owned(),
        description: "Collects the meetings of rooms whose calendars are published as iCalendar feeds (RFC 5545), one feed \
            per room: when each begins and ends, its subject unless it is private, and nothing about people. The origins of \
            the feeds must be granted."
            .to_owned(),
        settings_schema: settings::schema().to_string(),
        // Only the author of the settings knows them.
        hosts: vec![],
        secrets: vec![SecretNeed {
            name: BEARER.to_owned(),
            purpose: "Optional: a bearer token, or a user name with a password, sent with the requests for the feeds. It is \
                never revealed to the connector."
                .to_owned(),
            reveal: false,
        }],
        slice_size: SLICE,
    }
}

/// Checks the settings; the connector needs no token.
///
/// # Errors
/// What is wrong with the settings.
pub(crate) fn authorization(settings: &str) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
    settings::parse(settings).map(|_| None)
}
