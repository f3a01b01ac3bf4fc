//! One `[[sink]]` of the configuration: where changes of meetings, and verdicts and days, go besides the collector's own store.

mod files;
mod opening;
mod own;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use collector_egress::credential::SecretRef;
use collector_engine::configured::{ConfigProblem, Location, location};
use collector_sinks::{JsonlSettings, ParquetSettings, Target};
use serde_json::Value;

pub use self::opening::OpenError;
pub(super) use self::opening::{read_file, read_secret};
pub(super) use self::own::OwnFiles;

use super::reader::Reader;
use super::secret::{Folders, REMEDY, secret};

/// The kinds of sinks, as `type` names them.
const KINDS: [&str; 5] = ["jsonl", "webhook", "postgresql", "nats", "parquet"];
/// The default size at which a file is rotated, in bytes.
const ROTATE: u64 = 100 << 20;
/// The default number of files that are kept.
const KEEP: u32 = 5;
/// The default names in PostgreSQL and NATS.
const SCHEMA: &str = "collector";
const STREAM: &str = "COLLECTOR";
const SUBJECT: &str = "rooms";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The bounds of `longest-pause`: how long a webhook may ask the collector to wait.
const LONGEST_PAUSE: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(30 * 24 * 60 * 60);

/// One configured sink.
#[derive(Debug, Clone)]
pub struct Sink {
    /// Its name: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The whole table as it is written. A sink whose table did not change keeps running undisturbed.
    pub written: Value,
    /// Whether it is told about verdicts and days, too.
    pub insights: bool,
    kind: Kind,
    places: BTreeMap<String, Location>,
}

/// A kind of sink with its settings. Secrets are references, not read yet.
#[derive(Debug, Clone)]
enum Kind {
    Jsonl(JsonlSettings),
    Postgresql {
        url: url::Url,
        password: Option<SecretRef>,
        ca: Option<PathBuf>,
        schema: String,
    },
    Webhook {
        url: url::Url,
        secret: SecretRef,
        ca: Option<PathBuf>,
        batch: usize,
        longest_pause: Duration,
    },
    Nats {
        url: url::Url,
        stream: String,
        subject: String,
        login: NatsLogin,
        ca: Option<PathBuf>,
    },
    Parquet(ParquetSettings),
}

/// How the collector logs in to a NATS server.
#[derive(Debug, Clone)]
enum NatsLogin {
    None,
    UserPassword(String, SecretRef),
    Token(SecretRef),
    Credentials(SecretRef),
}

impl Sink {
    pub(super) fn read(mut reader: Reader<'_>, folders: Folders<'_>) -> Option<Self> {
        let name = reader.needed("name", "give it a name, such as name = \"warehouse\"");
        if let Some(name) = &name {
            reader.check_name(name);
            reader.title = format!("sink {name:?}");
        }
        let kind = reader.needed("type", &format!("set it to one of {}", KINDS.join(", ")));
        let kind = match kind.as_deref() {
            Some(known) if KINDS.contains(&known) && !collector_sinks::BUILT.contains(&known) => {
                reader.problem(
                    "type",
                    &format!("this program was built without {known} sinks"),
                    &format!("use a released program, or build one with the feature `{known}`"),
                );
                None
            }
            Some("jsonl") => jsonl(&mut reader, folders),
            Some("postgresql") => postgresql(&mut reader, folders),
            Some("webhook") => webhook(&mut reader, folders),
            Some("nats") => nats(&mut reader, folders),
            Some("parquet") => parquet(&mut reader, folders),
            Some(other) => {
                reader.problem(
                    "type",
                    &format!("{other:?} is not a kind of sink"),
                    &format!("known kinds: {}", KINDS.join(", ")),
                );
                None
            }
            None => None,
        };
        let insights = reader.boolean("insights").unwrap_or_default();
        if insights && matches!(kind, Some(Kind::Parquet(_))) {
            reader.problem(
                "insights",
                "files of Parquet hold meetings only",
                "leave the key out, and set it in a sink of another type, such as jsonl",
            );
        }
        let (written, places) = (reader.json(), reader.places());
        if kind.is_some() {
            // The kind determines the valid keys.
            reader.finish();
        }
        Some(Self {
            name: name?,
            written,
            insights,
            kind: kind?,
            places,
        })
    }

    /// A problem with one of its keys.
    pub(super) fn problem(&self, key: &str, problem: &str, remedy: &str) -> ConfigProblem {
        ConfigProblem {
            place: self.location(key),
            title: format!("sink {:?}", self.name),
            path: key.to_owned(),
            key: key.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    /// Its kind, as `type` names it.
    pub fn kind(&self) -> &'static str {
        match &self.kind {
            Kind::Jsonl(_) => "jsonl",
            Kind::Postgresql { .. } => "postgresql",
            Kind::Webhook { .. } => "webhook",
            Kind::Nats { .. } => "nats",
            Kind::Parquet(_) => "parquet",
        }
    }

    /// The secrets that it refers to.
    pub(super) fn secrets(&self) -> Vec<&SecretRef> {
        match &self.kind {
            Kind::Jsonl(_) | Kind::Parquet(_) => Vec::new(),
            Kind::Postgresql { password, .. } => password.iter().collect(),
            Kind::Webhook { secret, .. } => vec![secret],
            Kind::Nats { login, .. } => match login {
                NatsLogin::None => Vec::new(),
                NatsLogin::UserPassword(_, secret)
                | NatsLogin::Token(secret)
                | NatsLogin::Credentials(secret) => vec![secret],
            },
        }
    }

    /// What another sink does with the file, directory or standard output that this one writes; none if they share nothing.
    pub(super) fn shares(&self, other: &Self) -> Option<&'static str> {
        match (&self.kind, &other.kind) {
            (Kind::Jsonl(settings), Kind::Jsonl(others)) => files::shared(settings, others),
            (Kind::Parquet(settings), Kind::Parquet(others)) => {
                files::is_same(&settings.directory, &others.directory)
                    .then_some("keeps its files in this directory")
            }
            _ => None,
        }
    }

    /// The key of what it cannot share with another sink of its kind, and what to do about it.
    pub(super) fn own(&self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::Parquet(_) => ("directory", "give each sink a directory of its own"),
            _ => (
                "path",
                "give each sink a file of its own; only one may write standard output",
            ),
        }
    }

    /// The problem if it would write what is the collector's own.
    pub(super) fn trespass(&self, own: &OwnFiles<'_>) -> Option<ConfigProblem> {
        let (key, what, remedy) = match &self.kind {
            Kind::Jsonl(settings) => (
                "path",
                own.at_file(files::file(&settings.target)?)?,
                "name a file of its own elsewhere, such as \"changes.jsonl\"",
            ),
            Kind::Parquet(settings) => (
                "directory",
                own.at_directory(&settings.directory)?,
                "name a directory of its own elsewhere, such as \"lake\"",
            ),
            _ => return None,
        };
        Some(self.problem(key, &what, remedy))
    }

    /// The file of certificates that it trusts.
    pub(super) fn ca(&self) -> Option<&PathBuf> {
        match &self.kind {
            Kind::Jsonl(_) | Kind::Parquet(_) => None,
            Kind::Postgresql { ca, .. } | Kind::Webhook { ca, .. } | Kind::Nats { ca, .. } => ca.as_ref(),
        }
    }

    /// Its settings in words, to compare them.
    #[cfg(test)]
    pub(crate) fn settings_for_tests(&self) -> String {
        format!("{:?} {:?}", self.insights, self.kind)
    }

    pub(super) fn location(&self, key: &str) -> String {
        location(&self.places, key)
    }
}

fn jsonl(reader: &mut Reader<'_>, folders: Folders<'_>) -> Option<Kind> {
    let path = reader.needed("path", "name a file, or \"-\" for standard output")?;
    Some(Kind::Jsonl(JsonlSettings {
        target: if path == "-" {
            Target::Stdout
        } else {
            Target::File(folders.base.join(path))
        },
        rotate: reader.bytes("rotate", 1 << 20..=1 << 40).unwrap_or(ROTATE),
        keep: reader
            .number("keep", 0..=1_000)
            .and_then(|keep| u32::try_from(keep).ok())
            .unwrap_or(KEEP),
    }))
}

fn postgresql(reader: &mut Reader<'_>, folders: Folders<'_>) -> Option<Kind> {
    let url = url(reader, "postgresql://collector@db.example.com/rooms");
    let password = secret(reader, "password", folders);
    // An optional key is a known key too.
    reader.ask("password");
    let ca = reader.string("ca").map(|path| folders.base.join(path));
    let schema = reader.string("schema").unwrap_or_else(|| SCHEMA.to_owned());
    Some(Kind::Postgresql {
        url: url?,
        password,
        ca,
        schema,
    })
}

fn webhook(reader: &mut Reader<'_>, folders: Folders<'_>) -> Option<Kind> {
    let url = url(reader, "https://example.com/changes");
    let secret = needed_secret(reader, "secret", folders);
    let ca = reader.string("ca").map(|path| folders.base.join(path));
    let batch = reader
        .number("batch", 1..=10_000)
        .unwrap_or(collector_sinks::BATCH);
    let longest_pause = reader.duration("longest-pause", LONGEST_PAUSE).unwrap_or(DAY);
    Some(Kind::Webhook {
        url: url?,
        secret: secret?,
        ca,
        batch,
        longest_pause,
    })
}

fn nats(reader: &mut Reader<'_>, folders: Folders<'_>) -> Option<Kind> {
    let url = url(reader, "tls://nats.example.com:4222");
    let stream = reader.string("stream");
    let subject = reader.string("subject");
    let login = nats_login(reader, folders);
    let ca = reader.string("ca").map(|path| folders.base.join(path));
    Some(Kind::Nats {
        url: url?,
        stream: stream.unwrap_or_else(|| STREAM.to_owned()),
        subject: subject.unwrap_or_else(|| SUBJECT.to_owned()),
        login: login?,
        ca,
    })
}

fn parquet(reader: &mut Reader<'_>, folders: Folders<'_>) -> Option<Kind> {
    let directory = reader.needed(
        "directory",
        "name the directory of the files, such as \"parquet\"",
    )?;
    Some(Kind::Parquet(ParquetSettings {
        directory: folders.base.join(directory),
    }))
}

/// `user` and `password`, or `token`, or `credentials`, or none of them.
fn nats_login(reader: &mut Reader<'_>, folders: Folders<'_>) -> Option<NatsLogin> {
    let user = reader.has("user") || reader.has("password");
    let (token, credentials) = (reader.has("token"), reader.has("credentials"));
    for (key, twice) in [
        ("token", token && user),
        ("credentials", credentials && (user || token)),
    ] {
        if twice {
            reader.problem(
                key,
                "another way to log in is set, too",
                "keep one of them: `user` with `password`, `token`, or `credentials`",
            );
        }
    }
    // Reads all of them, to report every problem.
    let mut logins = Vec::new();
    if user {
        let user = reader.needed("user", "name the user that the `password` belongs to");
        let password = needed_secret(reader, "password", folders);
        logins.push(
            user.zip(password)
                .map(|(user, password)| NatsLogin::UserPassword(user, password)),
        );
    }
    if token {
        logins.push(secret(reader, "token", folders).map(NatsLogin::Token));
    }
    if credentials {
        logins.push(secret(reader, "credentials", folders).map(NatsLogin::Credentials));
    }
    for key in ["user", "password", "token", "credentials"] {
        reader.ask(key);
    }
    logins.pop().unwrap_or(Some(NatsLogin::None))
}

pub(super) fn url(reader: &mut Reader<'_>, example: &str) -> Option<url::Url> {
    let text = reader.needed("url", &format!("give its address, such as {example:?}"))?;
    match text.parse() {
        Ok(url) => Some(url),
        Err(error) => {
            reader.problem(
                "url",
                &format!("it is not a URL ({error})"),
                &format!("write it like {example:?}"),
            );
            None
        }
    }
}

pub(super) fn needed_secret(
    reader: &mut Reader<'_>,
    key: &'static str,
    folders: Folders<'_>,
) -> Option<SecretRef> {
    if !reader.has(key) {
        reader.ask(key);
        reader.problem(key, "it is missing", REMEDY);
    }
    secret(reader, key, folders)
}

#[cfg(test)]
mod tests;
