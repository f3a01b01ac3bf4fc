//! What is configured of one use of a connector.

use std::collections::BTreeMap;
use std::time::Duration;

use collector_egress::credential::SecretRef;
use collector_model::window::Span;
use serde_json::Value;

use super::egress::Egress;
use super::grants::Grants;
use super::problem::{ConfigProblem, Location, location};

/// One configured use of a connector.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The connector that it uses: the file's name without `.wasm`.
    pub connector: String,
    /// How often it is collected by the service.
    pub every: Duration,
    /// Whether it is left alone until it is resumed.
    pub paused: bool,
    /// Whether the subjects of its meetings may be seen.
    pub viewing: bool,
    /// What is collected, around now.
    pub window: Span,
    /// The connector's own settings, a JSON object.
    pub settings: Value,
    /// What proves who is collecting.
    pub credentials: Credentials,
    /// What the connector may reach and see.
    pub grants: Grants,
    /// What it may use.
    pub limits: Limits,
    /// How it reaches the network: its own `[source.egress]`, or the collector's.
    pub egress: Egress,
    /// The whole table as it is written: a source whose table did not change need not be made ready anew.
    pub written: Value,
    /// Where each of its keys stands.
    pub places: BTreeMap<String, Location>,
}

/// `[source.credentials]`.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The application's id.
    pub client_id: Option<String>,
    /// Where its secrets are; the next is tried when one is refused.
    pub client_secret: Vec<SecretRef>,
    /// Where its certificates with their private keys are; they are tried before the secrets.
    pub certificate: Vec<SecretRef>,
    /// Where the passwords of PKCS#12 files are, each for any of them.
    pub certificate_password: Vec<SecretRef>,
    /// Where another issuer's token for the application is; read for each request anew.
    pub federated_token: Option<SecretRef>,
    /// The identity of the machine, which needs no credential.
    pub managed_identity: Option<ManagedIdentity>,
    /// Secrets that the connector asks for by name.
    pub others: BTreeMap<String, SecretRef>,
    /// The user names of those that are passwords.
    pub users: BTreeMap<String, String>,
}

impl Credentials {
    /// The secrets that it refers to.
    fn secrets(&self) -> impl Iterator<Item = &SecretRef> {
        let certificate = self.certificate.iter().chain(&self.certificate_password);
        let own = self.client_secret.iter().chain(certificate);
        own.chain(&self.federated_token).chain(self.others.values())
    }
}

/// `managed-identity`: what the platform says who the machine is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManagedIdentity {
    /// Which of the user-assigned ones; none: the system's.
    pub client_id: Option<String>,
}

/// `[source.limits]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests in flight. Outlook serves four at a time for one application and mailbox.
    pub requests: usize,
    /// Time for a slice.
    pub slice_time: Duration,
    /// Time for a pass.
    pub pass_time: Duration,
    /// Memory of one instance of the connector, in bytes.
    pub memory: usize,
    /// Meetings and cursors that one pass may bring, in bytes.
    pub pass_data: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 4,
            slice_time: Duration::from_secs(120),
            pass_time: Duration::from_secs(30 * 60),
            memory: 256 << 20,
            // Two and a half million meetings of Exchange.
            pass_data: 1 << 30,
        }
    }
}

impl Source {
    /// The secrets that it refers to.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretRef> {
        self.credentials.secrets().chain(self.egress.own_secret())
    }

    /// True if both say the same, and reach the network in the same way.
    pub fn is_like(&self, other: &Self) -> bool {
        self.written == other.written && self.egress.is_like(&other.egress)
    }

    /// True if both differ at most in `paused` and `view-subjects`.
    pub fn collects_like(&self, other: &Self) -> bool {
        let without = |source: &Self| {
            let mut written = source.written.clone();
            if let Some(table) = written.as_object_mut() {
                for key in ["paused", "view-subjects"] {
                    table.remove(key);
                }
            }
            written
        };
        without(self) == without(other) && self.egress.is_like(&other.egress)
    }

    /// How problems name it.
    pub fn title(&self) -> String {
        format!("source {:?}", self.name)
    }

    /// A problem with one of its keys (`settings.tenant`), with file, line and remedy.
    pub fn problem(&self, key: &str, problem: &str, remedy: &str) -> ConfigProblem {
        ConfigProblem {
            place: self.location(key),
            title: self.title(),
            path: key.to_owned(),
            key: key.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    /// Where a key stands, or the nearest table above it that is there.
    pub fn location(&self, key: &str) -> String {
        location(&self.places, key)
    }
}
