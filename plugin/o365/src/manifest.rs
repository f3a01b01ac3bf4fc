//! The description of this connector, and the authorization that its settings require.

use crate::settings;
use connector_sdk::{Manifest, Oauth, SettingsProblem};
use graph::batch;
use graph::cloud::Cloud;
use graph::manifest::{SignIn, hosts, token};

/// The permissions that the administrator is asked for, with their purposes.
const PERMISSIONS: [(&str, &str); 5] = [
    ("Calendars.Read", "Reads the calendars of the rooms."),
    (
        "Directory.Read.All",
        "Finds out what an address is if it is not a room list: a distribution list, a group, a user.",
    ),
    ("User.Read", "Lets the administrator who consents sign in."),
    (
        "User.Read.All",
        "Finds the account of a room's mailbox by its address.",
    ),
    ("Place.Read.All", "Reads the room lists and the rooms in them."),
];

/// Describes this connector; the same at every call.
pub(crate) fn describe() -> Manifest {
    Manifest {
        name: "o365".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: "Microsoft Office 365".to_owned(),
        description: "Collects the meetings booked in Microsoft 365 room mailboxes, through Microsoft \
            Graph: when each begins and ends, its subject unless it is private, and nothing about people."
            .to_owned(),
        settings_schema: settings::schema().to_string(),
        hosts: hosts(&Cloud::ALL),
        secrets: vec![token()],
        slice_size: batch::SIZE as u32,
    }
}

/// How the host gets the token for these settings (a JSON object).
///
/// # Errors
/// What is wrong with the settings.
pub(crate) fn authorization(settings: &str) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
    let settings = settings::parse(settings)?;
    let sign_in = SignIn {
        tenant: &settings.tenant,
        cloud: settings.cloud,
        graph_url: &settings.graph_url,
        login_url: &settings.login_url,
    };
    Ok(Some(sign_in.oauth(&PERMISSIONS)))
}

#[cfg(test)]
mod tests;
