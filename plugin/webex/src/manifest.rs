//! The description of this connector, and the authorization that its settings require.

use crate::settings::{self, Cloud, Settings, SignIn};
use connector_sdk::{Manifest, Oauth, Permission, SecretNeed, SettingsProblem, address};

/// The name in `secret-get` of the token that the host gets.
const OAUTH: &str = "webex";

/// The name in `secret-get` of a fixed token.
const TOKEN: &str = "token";

/// How many spaces one call takes. Each has two requests under way at once.
const SLICE: u32 = 20;

/// The scopes that the administrator is asked for, with their purposes.
const SCOPES: [(&str, &str); 4] = [
    (
        "spark-admin:workspaces_read",
        "Lists the workspaces, their calendars and what they can detect.",
    ),
    (
        "spark-admin:workspace_metrics_read",
        "Reads how many people were counted and how long a workspace was used.",
    ),
    (
        "spark-admin:devices_read",
        "Finds out which devices are connected: without it, nothing proves that a room was empty.",
    ),
    (
        "spark-admin:locations_read",
        "Reads the names and time zones of the locations.",
    ),
];

/// Describes this connector; the same at every call.
pub(crate) fn describe() -> Manifest {
    let never = "It is never revealed to the connector.";
    Manifest {
        name: "webex".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: "Cisco Webex".to_owned(),
        description: "Collects what the devices in Webex workspaces report: how many people they counted, how many minutes \
            of each hour a workspace was used, and when its devices were connected. Nothing about persons, and no personal \
            devices or desks."
            .to_owned(),
        settings_schema: settings::schema().to_string(),
        hosts: [Cloud::Global, Cloud::UsGov]
            .map(|cloud| cloud.origin().to_owned())
            .into(),
        secrets: vec![
            SecretNeed::new(
                OAUTH,
                &format!("The access token, which the collector gets with a refresh token. {never}"),
            ),
            SecretNeed::new(
                "refresh-token",
                "The refresh token of the integration or service app. The collector alone uses it.",
            ),
            SecretNeed::new(
                TOKEN,
                &format!("Instead, with sign-in = \"token\": a fixed access token. {never}"),
            ),
        ],
        slice_size: SLICE,
    }
}

/// The name of the token in `secret-get` for these settings.
pub(crate) fn secret(settings: &Settings) -> &'static str {
    match settings.sign_in {
        SignIn::Oauth => OAUTH,
        SignIn::Token => TOKEN,
    }
}

/// The scopes, separated by spaces.
pub(crate) fn scopes() -> String {
    SCOPES.map(|(name, _)| name).join(" ")
}

/// How the host gets the token for these settings (a JSON object); none for a fixed token.
///
/// # Errors
/// What is wrong with the settings.
pub(crate) fn authorization(settings: &str) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
    let settings = settings::parse(settings)?;
    if settings.sign_in == SignIn::Token {
        return Ok(None);
    }
    Ok(Some(Oauth {
        secret: OAUTH.to_owned(),
        token_endpoint: format!("{}/access_token", settings.base),
        scope: scopes(),
        audience: vec![address::origin(&settings.base).to_owned()],
        // An integration is authorized on Webex's own pages, where the refresh token comes from.
        consent_page: None,
        permissions: SCOPES
            .map(|(name, purpose)| Permission {
                name: name.to_owned(),
                purpose: purpose.to_owned(),
            })
            .into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_asks_for_both_clouds_and_reveals_no_token() {
        let manifest = describe();
        assert_eq!(
            (manifest.name.as_str(), manifest.title.as_str()),
            ("webex", "Cisco Webex")
        );
        assert_eq!(manifest.slice_size, 20);
        assert_eq!(
            manifest.hosts,
            ["https://webexapis.com", "https://api-usgov.webex.com"]
        );
        let names: Vec<&str> = manifest
            .secrets
            .iter()
            .map(|secret| secret.name.as_str())
            .collect();
        assert_eq!(names, ["webex", "refresh-token", "token"]);
        assert!(manifest.secrets.iter().all(|secret| !secret.reveal));
    }

    #[test]
    fn the_token_comes_from_the_cloud_of_the_settings_and_goes_nowhere_else() {
        for (settings, origin) in [
            ("{}", "https://webexapis.com"),
            (r#"{"cloud":"us-gov"}"#, "https://api-usgov.webex.com"),
            (
                r#"{"webex-url":"http://127.0.0.1:4200/v1/"}"#,
                "http://127.0.0.1:4200",
            ),
        ] {
            let oauth = authorization(settings).unwrap().unwrap();
            assert_eq!(oauth.secret, "webex");
            assert_eq!(oauth.token_endpoint, format!("{origin}/v1/access_token"));
            assert_eq!(oauth.audience, [origin]);
            assert_eq!(oauth.permissions.len(), 4);
            assert!(
                oauth
                    .scope
                    .starts_with("spark-admin:workspaces_read spark-admin:")
            );
        }
    }

    #[test]
    fn a_fixed_token_needs_no_authorization() {
        assert_eq!(authorization(r#"{"sign-in":"token"}"#), Ok(None));
        let settings = settings::parse(r#"{"sign-in":"token"}"#).unwrap();
        assert_eq!(secret(&settings), "token");
    }

    #[test]
    fn unusable_settings_have_no_authorization() {
        assert!(!authorization(r#"{"locations":","}"#).unwrap_err().is_empty());
    }
}
