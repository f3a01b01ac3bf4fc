//! One `[[source]]` of the configuration.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value;
use toml::de::DeValue;

use super::egress::Egress;
use super::grants::Grants;
use super::position::{ConfigProblem, Location, location};
use super::reader::Reader;
use super::secret::{Folders, password_ref, secret, secrets};
use crate::credential::SecretRef;
use crate::window::Span;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How often a source may be collected.
const EVERY: RangeInclusive<Duration> = Duration::from_millis(100)..=DAY.saturating_mul(30);
/// How far a window may reach; Graph itself expands no more than 1,825 days.
const WINDOW: RangeInclusive<Duration> = Duration::ZERO..=DAY.saturating_mul(3_660);
const SLICE_TIME: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60 * 60);
const PASS_TIME: RangeInclusive<Duration> = Duration::from_secs(1)..=DAY;
const PASS_DATA: RangeInclusive<u64> = 1 << 20..=1 << 40;

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
    places: BTreeMap<String, Location>,
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
    /// `egress` is the collector's.
    pub(super) fn read(mut reader: Reader<'_>, folders: Folders<'_>, egress: &Egress) -> Option<Self> {
        let name = reader.needed("name", "give it a name, such as name = \"contoso\"");
        if let Some(name) = &name {
            reader.check_name(name);
            reader.title = format!("source {name:?}");
        }
        let connector = reader.needed(
            "connector",
            "name a file of the plugin directory: connector = \"o365\"",
        );
        if let Some(connector) = &connector
            && (connector.contains(['/', '\\']) || connector.starts_with('.') || connector.ends_with(".wasm"))
        {
            reader.problem(
                "connector",
                &format!("{connector:?} is not a connector's name"),
                "give the file's name in the plugin directory without `.wasm`",
            );
        }
        let source = Self {
            every: reader
                .duration("every", EVERY)
                .unwrap_or(Duration::from_secs(5 * 60)),
            paused: reader.boolean("paused").unwrap_or(false),
            viewing: reader.boolean("view-subjects").unwrap_or(true),
            window: window(&mut reader),
            settings: reader
                .table("settings")
                .map_or_else(|| Value::Object(serde_json::Map::default()), |table| table.json()),
            credentials: reader
                .table("credentials")
                .map(|table| credentials(table, folders))
                .unwrap_or_default(),
            grants: reader.table("grants").map(Grants::read).unwrap_or_default(),
            limits: reader.table("limits").map(limits).unwrap_or_default(),
            egress: reader
                .table("egress")
                .map(|table| Egress::of_source(table, folders))
                .unwrap_or_default()
                .within(egress),
            places: reader.places(),
            written: reader.json(),
            name: name.clone().unwrap_or_default(),
            connector: connector.clone().unwrap_or_default(),
        };
        reader.finish();
        (name.is_some() && connector.is_some()).then_some(source)
    }

    /// The secrets that it refers to.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &SecretRef> {
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
    pub(super) fn location(&self, key: &str) -> String {
        location(&self.places, key)
    }
}

fn window(reader: &mut Reader<'_>) -> Span {
    let mut span = Span::default();
    if let Some(mut window) = reader.table("window") {
        span.back = window.duration("back", WINDOW).unwrap_or(span.back);
        span.ahead = window.duration("ahead", WINDOW).unwrap_or(span.ahead);
        window.finish();
        if span.back.as_secs() == 0 && span.ahead.as_secs() == 0 {
            reader.problem(
                "window",
                "it is empty",
                "let it reach back or ahead, such as { back = \"1d\", ahead = \"14d\" }",
            );
        }
    }
    span
}

fn credentials(mut reader: Reader<'_>, folders: Folders<'_>) -> Credentials {
    let mut credentials = Credentials {
        client_id: reader.string("client-id"),
        ..Credentials::default()
    };
    credentials.client_secret = secrets(&mut reader, "client-secret", folders);
    credentials.certificate = secrets(&mut reader, "certificate", folders);
    credentials.certificate_password = secrets(&mut reader, "certificate-password", folders);
    credentials.federated_token = secret(&mut reader, "federated-token", folders);
    credentials.managed_identity = managed_identity(&mut reader);
    for (name, value) in reader.rest() {
        let name = name.to_owned();
        if let Some((reference, user)) = password_ref(&reader, &name, value, folders) {
            credentials.users.extend(user.map(|user| (name.clone(), user)));
            credentials.others.insert(name, reference);
        }
    }
    credentials
}

/// True, or a table with the id of a user-assigned one. It stands alone.
fn managed_identity(reader: &mut Reader<'_>) -> Option<ManagedIdentity> {
    const KEY: &str = "managed-identity";
    let (_, value) = reader.rest().into_iter().find(|(name, _)| *name == KEY)?;
    let identity = match value {
        DeValue::Table(_) => reader.table(KEY).map(|mut table| {
            let client_id = table.string("client-id");
            table.finish();
            ManagedIdentity { client_id }
        }),
        DeValue::Boolean(is) => {
            reader.ask(KEY);
            is.then(ManagedIdentity::default)
        }
        other => {
            reader.ask(KEY);
            reader.wrong_type(
                KEY,
                "true, or { client-id = \"…\" } for a user-assigned one",
                other,
            );
            None
        }
    }?;
    if reader.has("client-id") {
        reader.problem(
            "client-id",
            "the managed identity is not an application that is registered",
            "remove client-id; for a user-assigned identity write managed-identity = { client-id = \"…\" }",
        );
    }
    for other in ["client-secret", "certificate", "federated-token"] {
        if reader.has(other) {
            reader.problem(
                other,
                "there is also managed-identity, which signs in without it",
                "remove one of the two",
            );
        }
    }
    Some(identity)
}

fn limits(mut reader: Reader<'_>) -> Limits {
    let default = Limits::default();
    let limits = Limits {
        requests: reader.number("requests", 1..=64).unwrap_or(default.requests),
        slice_time: reader
            .duration("slice-time", SLICE_TIME)
            .unwrap_or(default.slice_time),
        pass_time: reader
            .duration("pass-time", PASS_TIME)
            .unwrap_or(default.pass_time),
        memory: reader
            .bytes("memory", 16 << 20..=2 << 30)
            .and_then(|bytes| usize::try_from(bytes).ok())
            .unwrap_or(default.memory),
        pass_data: reader.bytes("pass-data", PASS_DATA).unwrap_or(default.pass_data),
    };
    reader.finish();
    limits
}
