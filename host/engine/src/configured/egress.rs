//! How a source reaches the network, as it is configured.

use std::collections::BTreeMap;
use std::path::PathBuf;

use collector_egress::credential::SecretRef;
use collector_egress::http::{Bypass, Prefix, ProxyAddress};

use super::problem::{ConfigProblem, Location, location};

/// How a source reaches the network, as it is configured.
#[derive(Debug, Clone, Default)]
pub struct Egress {
    /// Where the proxy is; none: directly.
    pub proxy: Option<ProxyAddress>,
    /// The user name and where the password is that the proxy is told.
    pub login: Option<(String, SecretRef)>,
    /// What goes past the proxy.
    pub no_proxy: Vec<Bypass>,
    /// The file with certificates of authorities that are trusted beside the platform's.
    pub ca: Option<PathBuf>,
    /// The prefixes of NAT64 translators beside the well-known one.
    pub nat64: Vec<Prefix>,
    /// What a problem is about: the collector's table or a source's.
    pub title: String,
    /// Where each of its keys stands.
    pub places: BTreeMap<String, Location>,
    /// Whether a source has it for itself.
    pub own: bool,
}

impl Egress {
    /// What a source uses: its own, or else the collector's.
    #[must_use]
    pub fn within(self, collector: &Self) -> Self {
        if !self.own {
            return collector.clone();
        }
        Self {
            nat64: collector.nat64.clone(),
            ..self
        }
    }

    /// True if both lead the same way.
    pub fn is_like(&self, other: &Self) -> bool {
        self.proxy == other.proxy
            && self.login == other.login
            && self.no_proxy == other.no_proxy
            && self.ca == other.ca
            && self.nat64 == other.nat64
    }

    /// The secret that a source refers to in a table of its own.
    pub fn own_secret(&self) -> Option<&SecretRef> {
        self.secret().filter(|_| self.own)
    }

    /// The secret that it refers to.
    pub fn secret(&self) -> Option<&SecretRef> {
        self.login.as_ref().map(|(_, password)| password)
    }

    /// A problem with one of its keys (`ca`), with file, line and remedy.
    pub fn problem(&self, key: &str, problem: &str, remedy: &str) -> ConfigProblem {
        ConfigProblem {
            place: location(&self.places, key),
            title: self.title.clone(),
            path: format!("egress.{key}"),
            key: key.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}
