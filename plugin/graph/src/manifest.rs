//! What a connector asks for, as far as Microsoft decides it: the hosts of the clouds, the token, and how the host gets it.

use crate::cloud::{Cloud, OLD_CHINA_LOGIN};
use connector_sdk::{Oauth, Permission, SecretNeed, address::origin};

/// The name of the token in `secret-get`.
pub const TOKEN: &str = "graph";

/// The origins of these clouds, each once.
#[must_use]
pub fn hosts(clouds: &[Cloud]) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    let old = clouds.contains(&Cloud::China).then_some(OLD_CHINA_LOGIN);
    let origins = clouds
        .iter()
        .flat_map(|cloud| [cloud.graph(), cloud.login()])
        .chain(old);
    for host in origins {
        if !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
    }
    hosts
}

/// The token, as a credential that the connector asks for.
#[must_use]
pub fn token() -> SecretNeed {
    SecretNeed::new(
        TOKEN,
        "The access token for Microsoft Graph. It is never revealed to the connector.",
    )
}

/// What signing in takes from the settings of a source.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// A GUID or a domain name.
    pub tenant: &'a str,
    /// Where the tenant lives.
    pub cloud: Cloud,
    /// The version root of Graph.
    pub graph_url: &'a str,
    /// Without a slash at its end.
    pub login_url: &'a str,
}

impl SignIn<'_> {
    /// How the host gets the token. The administrator is asked for these permissions, each with its purpose.
    #[must_use]
    pub fn oauth(self, permissions: &[(&str, &str)]) -> Oauth {
        let Self {
            tenant,
            cloud,
            graph_url,
            login_url,
        } = self;
        Oauth {
            secret: TOKEN.to_owned(),
            token_endpoint: format!("{login_url}/{tenant}/oauth2/v2.0/token"),
            // The cloud's own host even behind a proxy: the scope names the resource, not the way to it.
            scope: format!("{}/.default", cloud.graph()),
            audience: vec![origin(graph_url).to_owned()],
            consent_page: Some(format!("{login_url}/{tenant}/v2.0/adminconsent")),
            permissions: permissions
                .iter()
                .map(|(name, purpose)| Permission {
                    name: (*name).to_owned(),
                    purpose: (*purpose).to_owned(),
                })
                .collect(),
        }
    }
}
