//! The description of this connector, and the authorization that its settings require.

use crate::settings::{self, CLOUDS};
use connector_sdk::{Manifest, Oauth, SettingsProblem};
use graph::batch;
use graph::manifest::{SignIn, hosts, token};

/// The permission for call records. Microsoft has no narrower one: it opens the records of all calls of the tenant, and cannot be limited to some
/// accounts. Only this connector asks for it.
pub(crate) const CALL_RECORDS: &str = "CallRecords.Read.All";

/// The permissions that the administrator is asked for, with their purposes.
const PERMISSIONS: [(&str, &str); 3] = [
    (
        CALL_RECORDS,
        "Reads when the accounts of the rooms were in calls, and when they showed their screens. Microsoft offers no \
            permission for the calls of some accounts only.",
    ),
    ("Place.Read.All", "Lists the rooms."),
    (
        "User.Read.All",
        "Finds the account of a room by its address: call records name accounts by their ids.",
    ),
];

/// Describes this connector; the same at every call.
pub(crate) fn describe() -> Manifest {
    Manifest {
        name: "teams-calls".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: "Microsoft Teams calls".to_owned(),
        description: "Collects from Microsoft Graph when the accounts of rooms were in Microsoft Teams calls and when they \
            showed their screens, and nothing about other participants."
            .to_owned(),
        settings_schema: settings::schema().to_string(),
        hosts: hosts(&CLOUDS),
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
    Ok(Some(SignIn::from(&settings).oauth(&PERMISSIONS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_asks_for_the_hosts_of_the_three_clouds_and_for_one_token() {
        let manifest = describe();
        assert_eq!(
            (
                manifest.name.as_str(),
                manifest.title.as_str(),
                manifest.slice_size
            ),
            ("teams-calls", "Microsoft Teams calls", 20)
        );
        assert_eq!(
            manifest.hosts,
            [
                "https://graph.microsoft.com",
                "https://login.microsoftonline.com",
                "https://graph.microsoft.us",
                "https://login.microsoftonline.us",
                "https://dod-graph.microsoft.us",
            ]
        );
        assert_eq!(manifest.secrets.len(), 1);
        assert!(!manifest.secrets[0].reveal);
    }

    #[test]
    fn the_authorization_follows_from_tenant_and_cloud_and_asks_for_three_permissions() {
        let oauth = authorization(r#"{"tenant":"contoso.onmicrosoft.us","cloud":"us-gov"}"#);
        let oauth = oauth.unwrap().unwrap();
        assert_eq!(
            oauth.token_endpoint,
            "https://login.microsoftonline.us/contoso.onmicrosoft.us/oauth2/v2.0/token"
        );
        assert_eq!(oauth.scope, "https://graph.microsoft.us/.default");
        assert_eq!(oauth.audience, ["https://graph.microsoft.us"]);
        assert_eq!(
            oauth.consent_page.as_deref(),
            Some("https://login.microsoftonline.us/contoso.onmicrosoft.us/v2.0/adminconsent")
        );
        let names: Vec<&str> = oauth
            .permissions
            .iter()
            .map(|permission| permission.name.as_str())
            .collect();
        assert_eq!(names, ["CallRecords.Read.All", "Place.Read.All", "User.Read.All"]);
        assert!(
            oauth
                .permissions
                .iter()
                .all(|permission| !permission.purpose.is_empty())
        );
    }

    #[test]
    fn behind_a_simulator_the_token_goes_there_and_the_scope_stays_the_clouds() {
        let settings = r#"{"tenant":"contoso.com","graph-url":"http://127.0.0.1:4100/v1.0","login-url":"http://127.0.0.1:4100"}"#;
        let oauth = authorization(settings).unwrap().unwrap();
        assert_eq!(oauth.scope, "https://graph.microsoft.com/.default");
        assert_eq!(oauth.audience, ["http://127.0.0.1:4100"]);
    }

    #[test]
    fn unusable_settings_have_no_authorization() {
        assert_eq!(authorization("{}").unwrap_err()[0].key, "tenant");
    }
}
