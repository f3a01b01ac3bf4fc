//! The description of this connector, and the authorization that its settings require.

use crate::cloud::{Cloud, OLD_CHINA_LOGIN};
use crate::settings::{self, Settings, origin};
use connector_sdk::{Manifest, Oauth, Permission, SecretNeed, SettingsProblem};

/// The name of the token in `secret-get`.
pub(crate) const TOKEN: &str = "graph";

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
    let mut hosts: Vec<String> = Vec::new();
    let origins = Cloud::ALL
        .iter()
        .flat_map(|cloud| [cloud.graph(), cloud.login()])
        .chain([OLD_CHINA_LOGIN]);
    for host in origins {
        if !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
    }
    Manifest {
        name: "o365".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: "Microsoft Office 365".to_owned(),
        description: "Collects the meetings booked in Microsoft 365 room mailboxes, through Microsoft \
            Graph: when each begins and ends, its subject unless it is private, and nothing about people."
            .to_owned(),
        settings_schema: settings::schema().to_string(),
        hosts,
        secrets: vec![SecretNeed {
            name: TOKEN.to_owned(),
            purpose: "The access token for Microsoft Graph. It is never revealed to the connector."
                .to_owned(),
            reveal: false,
        }],
        slice_size: crate::batch::SIZE as u32,
    }
}

/// How the host gets the token for these settings (a JSON object).
///
/// # Errors
/// What is wrong with the settings.
pub(crate) fn authorization(settings: &str) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
    let Settings {
        tenant,
        cloud,
        graph_url,
        login_url,
        ..
    } = settings::parse(settings)?;
    Ok(Some(Oauth {
        secret: TOKEN.to_owned(),
        token_endpoint: format!("{login_url}/{tenant}/oauth2/v2.0/token"),
        // The cloud's own host even behind a proxy: the scope names the resource, not the way to it.
        scope: format!("{}/.default", cloud.graph()),
        audience: vec![origin(&graph_url).to_owned()],
        consent_page: Some(format!("{login_url}/{tenant}/v2.0/adminconsent")),
        permissions: PERMISSIONS
            .map(|(name, purpose)| Permission {
                name: name.to_owned(),
                purpose: purpose.to_owned(),
            })
            .into(),
    }))
}

#[cfg(test)]
mod tests;
