//! The configuration of one source.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use collector_egress::credential::SecretRef;
use collector_model::window::Span;
use serde_json::Value;

use super::egress::Egress;
use super::grants::Grants;
use super::problem::{ConfigProblem, Location, location, source_title};

/// One configured use of a connector.
#[derive(Debug, Clone)]
pub struct Source {
    /// The source's name: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The connector that the source uses: the file's name without `.wasm`.
    pub connector: String,
    /// How often the service collects the source.
    pub every: Duration,
    /// Whether the source is paused.
    pub paused: bool,
    /// Whether the subjects of its meetings may be seen.
    pub viewing: bool,
    /// The span around now that is collected.
    pub window: Span,
    /// The connector's own settings, a JSON object.
    pub settings: Value,
    /// The credentials that the collector signs in with.
    pub credentials: Credentials,
    /// What the connector may reach and see.
    pub grants: Grants,
    /// The resources that the source may use.
    pub limits: Limits,
    /// How the source reaches the network: its own `[source.egress]`, or the collector's.
    pub egress: Egress,
    /// The whole table as written: a source whose table did not change need not be made ready again.
    pub written: Value,
    /// The place of each key in the file.
    pub places: BTreeMap<String, Location>,
}

/// `[source.credentials]`.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The application's id.
    pub client_id: Option<String>,
    /// Where the application's secrets are; if one is refused, the next is tried.
    pub client_secret: Vec<SecretRef>,
    /// Where the certificates with their private keys are; they are tried before the secrets.
    pub certificate: Vec<SecretRef>,
    /// Where the passwords of PKCS#12 files are; each may belong to any of the files.
    pub certificate_password: Vec<SecretRef>,
    /// Where another issuer's token for the application is; it is read again for each request.
    pub federated_token: Option<SecretRef>,
    /// The refresh token that somebody got for the application. With it, the application signs in by a client secret alone.
    pub refresh_token: Option<RefreshToken>,
    /// The identity of the machine, which needs no credential.
    pub managed_identity: Option<ManagedIdentity>,
    /// Secrets that the connector asks for by name.
    pub others: BTreeMap<String, SecretRef>,
    /// The user names that belong to secrets that are passwords.
    pub users: BTreeMap<String, String>,
}

impl Credentials {
    /// The secrets that the table refers to.
    fn secrets(&self) -> impl Iterator<Item = &SecretRef> {
        let certificate = self.certificate.iter().chain(&self.certificate_password);
        let own = self.client_secret.iter().chain(certificate);
        own.chain(&self.federated_token)
            .chain(self.refresh_token.as_ref().map(|token| &token.place))
            .chain(self.others.values())
    }
}

/// `refresh-token`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Where it is.
    pub place: SecretRef,
    /// The data directory, whose vault keeps what the login server sends in its place.
    pub data: PathBuf,
}

/// `managed-identity`: the platform vouches for the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManagedIdentity {
    /// Which user-assigned identity; none: the one that the system assigned.
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
    /// Meetings and cursors of one pass, in bytes.
    pub pass_data: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 4,
            slice_time: Duration::from_secs(120),
            pass_time: Duration::from_secs(30 * 60),
            memory: 256 << 20,
            // Enough for two and a half million Exchange meetings.
            pass_data: 1 << 30,
        }
    }
}

impl Source {
    /// The secrets that the source refers to.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretRef> {
        self.credentials.secrets().chain(self.egress.own_secret())
    }

    /// True if both have the same configuration and reach the network in the same way.
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

    /// The source's name in problems.
    pub fn title(&self) -> String {
        source_title(&self.name)
    }

    /// A problem with one key of the source (`settings.tenant`), with file, line and remedy.
    pub fn problem(&self, key: &str, problem: &str, remedy: &str) -> ConfigProblem {
        ConfigProblem::of_source(&self.name, &self.places, key, problem, remedy)
    }

    /// The place of a key, or of the nearest table above it that the file has.
    pub fn location(&self, key: &str) -> String {
        location(&self.places, key)
    }
}
