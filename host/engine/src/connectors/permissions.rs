//! What a connector wants to reach and see, and how much of that an administrator has not approved.

use std::collections::BTreeSet;

use collector_egress::grant::Origin;
use collector_model::text::plain;
use collector_sandbox::Manifest;
use serde::{Deserialize, Serialize};

/// Hosts, credentials, and the credentials whose values the connector wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions {
    /// Origins, in their usual form: `https://graph.microsoft.com`.
    #[serde(default)]
    pub hosts: BTreeSet<String>,
    /// Names of credentials.
    #[serde(default)]
    pub secrets: BTreeSet<String>,
    /// The credentials whose value it wants to see.
    #[serde(default)]
    pub reveal: BTreeSet<String>,
}

impl Permissions {
    /// What a connector wants.
    pub fn of(manifest: &Manifest) -> Self {
        // An invalid origin is compared as written: it cannot be reached in either form.
        let host = |host: &String| match host.parse::<Origin>() {
            Ok(origin) => origin.to_string(),
            Err(_) => host.clone(),
        };
        let names = |reveal: bool| {
            manifest
                .secrets
                .iter()
                .filter(move |need| need.reveal || !reveal)
                .map(|need| need.name.clone())
                .collect()
        };
        Self {
            hosts: manifest.hosts.iter().map(host).collect(),
            secrets: names(false),
            reveal: names(true),
        }
    }

    /// Reads permissions from JSON; an unreadable text approves nothing.
    pub fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    /// As JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What it wants beyond the approved permissions.
    #[must_use]
    pub fn beyond(&self, approved: &Self) -> Self {
        Self {
            hosts: &self.hosts - &approved.hosts,
            secrets: &self.secrets - &approved.secrets,
            reveal: &self.reveal - &approved.reveal,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            hosts: &self.hosts | &other.hosts,
            secrets: &self.secrets | &other.secrets,
            reveal: &self.reveal | &other.reveal,
        }
    }

    /// Whether it wants nothing.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.secrets.is_empty() && self.reveal.is_empty()
    }

    /// Each permission in words, safe to print: `host https://a.example`, `credential feed, to see its value`.
    pub fn words(&self) -> Vec<String> {
        let hosts = self.hosts.iter().map(|host| format!("host {}", plain(host)));
        let secrets = self.secrets.difference(&self.reveal);
        let secrets = secrets.map(|name| format!("credential {}, without seeing its value", plain(name)));
        let reveal = self
            .reveal
            .iter()
            .map(|name| format!("credential {}, to see its value", plain(name)));
        hosts.chain(secrets).chain(reveal).collect()
    }
}

#[cfg(test)]
mod tests {
    use collector_model::connector::SecretNeed;

    use super::*;

    fn permissions(hosts: &[&str], secrets: &[(&str, bool)]) -> Permissions {
        Permissions::of(&Manifest {
            name: "x".into(),
            version: "1.0.0".into(),
            title: String::new(),
            description: String::new(),
            settings_schema: collector_sandbox::settings::Schema::parse("{}").unwrap(),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            secrets: secrets
                .iter()
                .map(|(name, reveal)| SecretNeed {
                    name: (*name).to_owned(),
                    purpose: String::new(),
                    reveal: *reveal,
                })
                .collect(),
            slice_size: 1,
        })
    }

    #[test]
    fn the_same_origin_written_otherwise_is_not_more() {
        let approved = permissions(&["https://a.example"], &[]);
        let wanted = permissions(&["https://A.example:443", "https://a.example/"], &[]);
        assert_eq!(wanted.beyond(&approved), Permissions::default());
    }

    #[test]
    fn seeing_a_credential_is_more_than_using_it() {
        let approved = permissions(&[], &[("feed", false)]);
        let more = permissions(&[], &[("feed", true)]).beyond(&approved);
        assert_eq!(more.words(), ["credential feed, to see its value"]);
        assert_eq!(
            approved.beyond(&permissions(&[], &[("feed", true)])),
            Permissions::default()
        );
    }

    #[test]
    fn what_was_approved_comes_back_from_json() {
        let approved = permissions(&["https://a.example"], &[("feed", true), ("graph", false)]);
        assert_eq!(Permissions::read(&approved.json()), approved);
        assert!(Permissions::read("damaged").is_empty());
    }
}
