//! How a source reaches the network, as configured.

use std::collections::BTreeMap;
use std::path::PathBuf;

use collector_egress::credential::SecretRef;
use collector_egress::http::{Bypass, Prefix, ProxyAddress};

use super::problem::{ConfigProblem, Location, location};

/// How a source reaches the network, as configured.
#[derive(Debug, Clone, Default)]
pub struct Egress {
    /// The proxy's address; none: no proxy.
    pub proxy: Option<ProxyAddress>,
    /// The user name for the proxy, and where its password is.
    pub login: Option<(String, SecretRef)>,
    /// What bypasses the proxy.
    pub no_proxy: Vec<Bypass>,
    /// The file with the certificates of authorities to trust in addition to the platform's.
    pub ca: Option<PathBuf>,
    /// The prefixes of NAT64 translators in addition to the well-known one.
    pub nat64: Vec<Prefix>,
    /// How problems name the table: the collector's or a source's.
    pub title: String,
    /// The place of each key in the file.
    pub places: BTreeMap<String, Location>,
    /// Whether the table is a source's own.
    pub own: bool,
}

impl Egress {
    /// The settings in force for a source: its own, or else the collector's.
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

    /// True if both reach the network in the same way.
    pub fn is_like(&self, other: &Self) -> bool {
        self.proxy == other.proxy
            && self.login == other.login
            && self.no_proxy == other.no_proxy
            && self.ca == other.ca
            && self.nat64 == other.nat64
    }

    /// The secret that a source's own table refers to.
    pub fn own_secret(&self) -> Option<&SecretRef> {
        self.secret().filter(|_| self.own)
    }

    /// The secret that the table refers to.
    pub fn secret(&self) -> Option<&SecretRef> {
        self.login.as_ref().map(|(_, password)| password)
    }

    /// A problem with one key of the table (`ca`), with file, line and remedy.
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
