//! What the portal shows and asks for: the program that it is a part of implements [`Backend`]. The portal knows accounts, sessions and
//! pages; what a connector is, where the configuration stands and how a source is collected is the program's.
//!
//! All texts that come from a service or a connector (names, subjects, reasons) are foreign: pages escape them.
//! Instants are UTC seconds. Every method that changes or shows something protected takes `who`, the account that asks: the program
//! writes the audit log.

use std::collections::BTreeMap;

use async_trait::async_trait;
use secrecy::SecretString;

/// What a backend answers.
pub type Result<T> = std::result::Result<T, BackendError>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// There is no such thing (any more): 404.
    #[error("{0}")]
    NotFound(String),
    /// It cannot be done as asked; the text says why and what would be right: 422.
    #[error("{0}")]
    Refused(String),
    /// Something broke: 500. The text is for the log as well as for the page.
    #[error("{0}")]
    Failed(String),
}

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Lower case; letters, digits, `.`, `-`, `_`, `@`.
    pub name: String,
    /// A PHC string of Argon2id.
    pub password_hash: String,
    /// When it was made.
    pub created_at: i64,
}

/// Something that somebody did or looked at, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The account, or what else did it: `command line (root)`.
    pub who: String,
    /// One word: `signed-in`, `sign-in-refused`, `source-saved`, `subjects-viewed`, …
    pub action: String,
    /// The source, account or connector that it is about.
    pub subject: String,
    /// More about it, never a secret and never a subject of a meeting.
    pub detail: String,
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number; later ones are larger.
    pub number: i64,
    /// When.
    pub at: i64,
    /// What.
    pub deed: Deed,
}

/// A connector that a new source may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorChoice {
    /// Its name: `o365`.
    pub name: String,
    /// `Microsoft Office 365`.
    pub title: String,
    /// What it collects from where.
    pub description: String,
    /// Its version.
    pub version: String,
}

/// A credential that a connector asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretNeed {
    /// Its name.
    pub name: String,
    /// What it is used for.
    pub purpose: String,
    /// Whether the connector must see the value.
    pub reveal: bool,
}

/// What a new version of a connector wants more than was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The version that waits.
    pub version: String,
    /// Its SHA-256.
    pub digest: String,
    /// What it wants more, one line each.
    pub wants: Vec<String>,
}

/// Something that happened to a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorEvent {
    /// When.
    pub at: i64,
    /// `installed`, `activated`, `held`, `refused`, `rolled-back`, …
    pub kind: String,
    /// The version.
    pub version: Option<String>,
    /// Its SHA-256.
    pub digest: Option<String>,
    /// Why.
    pub cause: Option<String>,
}

/// A connector as operators look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorView {
    /// Its name.
    pub name: String,
    /// Its title; empty when no version of it can be asked.
    pub title: String,
    /// The version in use; empty when there is none.
    pub version: String,
    /// The SHA-256 of the version in use.
    pub digest: String,
    /// Why there is no version in use.
    pub problem: Option<String>,
    /// The sources that use it.
    pub sources: Vec<String>,
    /// The origins that it may ask for.
    pub hosts: Vec<String>,
    /// The credentials that it may ask for.
    pub secrets: Vec<SecretNeed>,
    /// The interfaces that it imports: all that it can do.
    pub imports: Vec<String>,
    /// A version that waits for an approval.
    pub waiting: Option<Waiting>,
    /// What happened to it, newest first.
    pub history: Vec<ConnectorEvent>,
}

/// How a setting is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// One line.
    Text,
    /// One of these.
    Choice(Vec<String>),
    /// Yes (`true`) or no (`false`).
    Toggle,
    /// A number.
    Number,
    /// Anything else (lists, tables): JSON in several lines.
    Json,
}

/// A setting of a connector, made from its JSON Schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its key in the settings: `user-agent`.
    pub key: String,
    /// Its label.
    pub title: String,
    /// What it is for.
    pub help: String,
    /// How it is asked for.
    pub kind: FieldKind,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it is for few: shown folded.
    pub advanced: bool,
    /// What holds when nothing is given.
    pub default: Option<String>,
    /// Values that would do.
    pub examples: Vec<String>,
    /// The most characters.
    pub max_length: Option<u32>,
}

/// What is asked for a source of one connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The connector.
    pub connector: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// Its settings, in the order of its schema.
    pub fields: Vec<Field>,
    /// Whether it signs in as an application: a client id with a client secret or a certificate is asked for.
    pub signs_in: bool,
    /// Fixed secrets that it asks for.
    pub secrets: Vec<SecretNeed>,
}

/// What an administrator filled in. Texts as they were typed; an empty one counts as not given.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The source's name.
    pub name: String,
    /// The settings by key.
    pub settings: BTreeMap<String, String>,
    /// How often it is collected: `5m`.
    pub every: String,
    /// How far the window reaches back: `1d`.
    pub back: String,
    /// How far it reaches ahead: `14d`.
    pub ahead: String,
    /// Origins that it may reach, separated by white space or commas; empty: those that the connector asks for.
    pub grants: String,
    /// The application's id.
    pub client_id: String,
    /// Secrets that were typed now, by name (`client-secret`, `certificate`, and those that the connector asks for). What is not here
    /// stays as it was.
    pub secrets: BTreeMap<String, SecretString>,
}

/// Something in the form that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field: `name`, `every`, `back`, `ahead`, `grants`, `client-id`, `client-secret`, `certificate`, `settings.tenant`, or empty
    /// when it is about several.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What would be right.
    pub remedy: String,
}

/// What a new draft begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftOrigin {
    /// Nothing but a connector.
    New {
        /// The connector.
        connector: String,
    },
    /// A source that is to be changed.
    Edit {
        /// The source.
        source: String,
    },
    /// A source that is to be had twice.
    Duplicate {
        /// The source.
        source: String,
    },
}

/// What is authorized or validated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A draft, by its id.
    Draft(String),
    /// A configured source, by its name.
    Source(String),
}

/// A source that is being set up or changed: kept by the program until it is saved or discarded, over a restart too.
#[derive(Debug, Clone)]
pub struct DraftView {
    /// Its id: letters and digits, not to be guessed.
    pub id: String,
    /// What it began with.
    pub origin: DraftOrigin,
    /// What is asked for.
    pub form: Form,
    /// What was filled in. No secrets.
    pub input: Input,
    /// The secrets that are there: name, and where (`in the keyring`, `in the encrypted file`, `in the environment variable X`).
    pub secrets: BTreeMap<String, String>,
    /// What is wrong with it; it can be authorized, validated and saved when there is nothing.
    pub problems: Vec<Problem>,
    /// Whether anything was filled in and sent at all: a fresh form shows no problems.
    pub touched: bool,
    /// How it gets consent; none when the connector needs none, or the form is not complete.
    pub authorization: Option<Authorization>,
    /// The checks, once they were asked for.
    pub validation: Option<Validation>,
}

/// A permission that is asked of the administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its name: `Calendars.Read`.
    pub name: String,
    /// What it is used for here.
    pub purpose: String,
}

/// How a source gets consent, and how far that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The origin of the consent page, for the page's policy and for people: `https://login.microsoftonline.com`.
    pub consent_origin: String,
    /// What is asked for.
    pub permissions: Vec<Permission>,
    /// Where it comes back to, to be registered with the application.
    pub redirect_uri: String,
    /// How far it is.
    pub state: AuthorizationState,
}

/// How far a consent is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationState {
    /// Nobody was asked here.
    NotAsked,
    /// Somebody was sent to the consent page and has not come back.
    Asked {
        /// When.
        at: i64,
    },
    /// Consent was given, and a token of the tenant proved it.
    Granted {
        /// When.
        at: i64,
        /// Whose account clicked.
        by: String,
        /// The tenant's id.
        tenant: String,
    },
    /// Consent was given, and no token could be had yet: servers may not have heard of it.
    Unproven {
        /// When.
        at: i64,
        /// Why there is none.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// It was refused.
    Refused {
        /// When.
        at: i64,
        /// What happened, in words.
        problem: String,
        /// What to do next.
        advice: String,
        /// The other side's code: `AADSTS65004`.
        code: Option<String>,
    },
}

/// What the consent page sent back. None of it is believed before the program checked it.
#[derive(Debug, Clone, Default)]
pub struct ConsentAnswer {
    /// The single-use state.
    pub state: Option<String>,
    /// `error`.
    pub error: Option<String>,
    /// `error_description`.
    pub error_description: Option<String>,
    /// `error_subcode`.
    pub error_subcode: Option<String>,
    /// `tenant`.
    pub tenant: Option<String>,
    /// `admin_consent`.
    pub admin_consent: Option<String>,
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckStatus {
    /// It works.
    Passed,
    /// It works, and something should be looked at.
    Warning,
    /// It works for a part, which is fine where that is wanted.
    Limited,
    /// It does not work yet; it is tried again by itself.
    Pending,
    /// It does not work.
    Failed,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What: `token`, `room list hq-rooms@contoso.com`.
    pub name: String,
    /// What became of it.
    pub status: CheckStatus,
    /// What was found.
    pub message: String,
    /// What to do about it: may hold a command of several lines.
    pub advice: Option<String>,
    /// The other side's code.
    pub code: Option<String>,
}

/// A room as the validation found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Its address.
    pub address: String,
    /// Its name.
    pub name: String,
    /// `collected` (it can be read), `denied`, `missing`, `throttled`, `failed`.
    pub outcome: String,
    /// Why it cannot be read.
    pub cause: Option<String>,
}

/// The checks of a target as they stand now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// When they were asked for.
    pub begun_at: i64,
    /// Whether they are being made now.
    pub running: bool,
    /// When the last ones ended.
    pub ended_at: Option<i64>,
    /// When they are made again by themselves, because something is pending.
    pub next_try_at: Option<i64>,
    /// When what is pending counts as failed.
    pub patience_until: Option<i64>,
    /// What was found, in the order in which it was tried.
    pub checks: Vec<Check>,
    /// How many rooms were tried, and of how many.
    pub rooms: Option<(u64, u64)>,
    /// Each room that was tried, those that cannot be read first.
    pub mailboxes: Vec<Mailbox>,
}

/// How many rooms had which outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoomCounts {
    /// Read and stored.
    pub collected: u64,
    /// Refused.
    pub denied: u64,
    /// Without a calendar.
    pub missing: u64,
    /// Throttled to the end of the pass.
    pub throttled: u64,
    /// Anything else.
    pub failed: u64,
}

/// The last pass of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// When it began.
    pub begun_at: i64,
    /// When it ended.
    pub ended_at: i64,
    /// `everything`, `part`, `nothing`, `failed`.
    pub verdict: String,
    /// Why it did not get everything.
    pub problem: Option<String>,
    /// The end of the last pass that brought something.
    pub success_at: Option<i64>,
    /// The connector's version.
    pub version: String,
    /// Rooms by outcome.
    pub rooms: RoomCounts,
}

/// A source in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSummary {
    /// Its name.
    pub name: String,
    /// Its connector.
    pub connector: String,
    /// The connector's title.
    pub title: String,
    /// Whether it is paused.
    pub paused: bool,
    /// Whether subjects may be looked at.
    pub viewing: bool,
    /// Whether it is being collected now.
    pub collecting: bool,
    /// When it is collected next; none when it is paused.
    pub next_pass_at: Option<i64>,
    /// Seconds between two passes.
    pub every: u64,
    /// Its last pass.
    pub last_pass: Option<Pass>,
    /// What keeps it from being collected.
    pub problem: Option<String>,
    /// Rooms that are listed.
    pub rooms: u64,
    /// Meetings that are stored.
    pub meetings: u64,
}

/// A sink in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkSummary {
    /// Its name.
    pub name: String,
    /// `jsonl`, `webhook`, `postgresql`, `nats`.
    pub kind: String,
    /// Changes that wait for it.
    pub backlog: u64,
    /// When the oldest of them happened.
    pub oldest_at: Option<i64>,
    /// When it last took something.
    pub success_at: Option<i64>,
    /// Since when it fails.
    pub failing_since: Option<i64>,
    /// The last failure.
    pub problem: Option<String>,
}

/// All at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The program's version.
    pub version: String,
    /// The configuration file.
    pub configuration: String,
    /// The sources, by name.
    pub sources: Vec<SourceSummary>,
    /// The sinks, by name.
    pub sinks: Vec<SinkSummary>,
    /// Drafts that were begun: id, name or connector.
    pub drafts: Vec<(String, String)>,
    /// Connectors with a version that waits for an approval.
    pub waiting: Vec<String>,
}

/// Which rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomQuery {
    /// Of this source.
    pub source: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Whose address, name or building holds this text.
    pub text: Option<String>,
    /// Leave out so many.
    pub skip: u64,
    /// At most so many.
    pub limit: u64,
}

/// A room as operators look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomView {
    /// The source.
    pub source: String,
    /// Its address.
    pub address: String,
    /// Its display name.
    pub name: String,
    /// Where it is.
    pub building: Option<String>,
    /// How many it seats.
    pub capacity: Option<u32>,
    /// The room lists that it is in.
    pub lists: Vec<String>,
    /// What became of it in the last pass: `collected`, `denied`, `missing`, `throttled`, `failed`; none before the first.
    pub outcome: Option<String>,
    /// Why it was not collected.
    pub cause: Option<String>,
    /// Since when that is so.
    pub since: Option<i64>,
}

/// Some rooms of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rooms {
    /// How many there are in all.
    pub total: u64,
    /// These.
    pub rooms: Vec<RoomView>,
}

/// Which meetings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineQuery {
    /// Of this source; none: of all.
    pub source: Option<String>,
    /// Of rooms in this building; empty: of rooms without one; none: of all.
    pub building: Option<String>,
    /// That overlap this span.
    pub start: i64,
    /// Its end.
    pub end: i64,
    /// At most so many rooms.
    pub limit: u64,
}

/// What may be shown of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectView {
    /// The text.
    Text(String),
    /// The meeting is private.
    Withheld,
    /// Viewing is disabled for this source.
    Hidden,
    /// There is none.
    None,
}

/// A meeting on the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingView {
    /// When it begins.
    pub start: i64,
    /// When it ends.
    pub end: i64,
    /// Its subject.
    pub subject: SubjectView,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// `confirmed`, `tentative`, `cancelled`.
    pub status: String,
}

/// A room on the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineRoom {
    /// The source.
    pub source: String,
    /// Its address.
    pub address: String,
    /// Its name.
    pub name: String,
    /// What became of it in the last pass.
    pub outcome: Option<String>,
    /// Its meetings, by start.
    pub meetings: Vec<MeetingView>,
}

/// The rooms of a building over a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// All buildings that there are; an empty text stands for rooms without one.
    pub buildings: Vec<String>,
    /// The rooms, by name.
    pub rooms: Vec<TimelineRoom>,
    /// How many more there are.
    pub more: u64,
}

/// A way to limit what the application may read, step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// What it is called.
    pub title: String,
    /// When it is the right one.
    pub description: String,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

/// One step of a guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub text: String,
    /// Commands to copy.
    pub commands: Option<String>,
}

/// What is taken out of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purge {
    /// The subjects of a source's meetings, also of changes that wait for a sink.
    Subjects,
    /// All that a source collected.
    Everything,
}

/// What the program can do for the portal.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Who may sign in.
    async fn accounts(&self) -> Result<Vec<Account>>;
    /// Makes an account. Refused when one of the name is there.
    async fn add_account(&self, account: Account) -> Result<()>;
    /// Takes an account away. Refused for the last one, without which nobody could sign in any more; of two that are taken away at the
    /// same time one is left.
    async fn remove_account(&self, name: &str) -> Result<()>;
    /// Replaces the hash of an account's password.
    async fn set_password(&self, name: &str, password_hash: &str) -> Result<()>;
    /// Writes a line into the audit log.
    async fn audit(&self, deed: Deed) -> Result<()>;
    /// The audit log, newest first: at most `limit` lines with numbers below `before`.
    async fn audit_log(&self, before: Option<i64>, limit: u64) -> Result<Vec<AuditEntry>>;

    /// All at a glance.
    async fn overview(&self) -> Result<Overview>;
    /// One source.
    async fn source(&self, name: &str) -> Result<SourceSummary>;
    /// Rooms with their outcomes.
    async fn rooms(&self, query: &RoomQuery) -> Result<Rooms>;
    /// The timeline. What it shows of subjects is written into the audit log.
    async fn timeline(&self, who: &str, query: &TimelineQuery) -> Result<Timeline>;
    /// The connectors.
    async fn connectors(&self) -> Result<Vec<ConnectorView>>;
    /// Lets the held version with that SHA-256 have what it wants more: the one that was shown to `who`. Refused when another one waits by
    /// now, NotFound when none does.
    async fn approve(&self, who: &str, connector: &str, digest: &str) -> Result<()>;

    /// The connectors that a new source may use.
    async fn choices(&self) -> Result<Vec<ConnectorChoice>>;
    /// Begins a draft; its id.
    async fn new_draft(&self, who: &str, origin: DraftOrigin) -> Result<String>;
    /// A draft as it stands.
    async fn draft(&self, id: &str) -> Result<DraftView>;
    /// What would be wrong with an input, without keeping it; secrets are not looked at.
    async fn check_draft(&self, id: &str, input: &Input) -> Result<Vec<Problem>>;
    /// Keeps an input, also one with problems. Secrets in it are stored at once (keyring or encrypted file).
    async fn change_draft(&self, who: &str, id: &str, input: Input) -> Result<()>;
    /// Throws a draft away, with the secrets that only it uses.
    async fn discard_draft(&self, who: &str, id: &str) -> Result<()>;
    /// Writes a draft into the configuration, applies it, and ends the draft; the source's name.
    async fn save_draft(&self, who: &str, id: &str) -> Result<String>;

    /// The address of the consent page to go to, with a fresh single-use state that only this session may come back with.
    async fn begin_authorization(&self, who: &str, session: &str, target: &Target) -> Result<String>;
    /// Checks what came back; what the answer was for. How it went stands in the target's [`Authorization`].
    /// Refused when the state is unknown, used, too old or another session's: then nothing at all of the answer is believed.
    async fn end_authorization(&self, who: &str, session: &str, answer: ConsentAnswer) -> Result<Target>;
    /// The authorization of a configured source; none when its connector needs none.
    async fn authorization(&self, source: &str) -> Result<Option<Authorization>>;

    /// Begins to validate, or does so again at once. Goes on when nobody looks.
    async fn validate(&self, who: &str, target: &Target) -> Result<()>;
    /// The checks; none when they were never asked for.
    async fn validation(&self, target: &Target) -> Result<Option<Validation>>;
    /// How to limit which mailboxes the application can read; empty when the connector has nothing to say about it.
    async fn guides(&self, source: &str) -> Result<Vec<Guide>>;

    /// Stops the collection of a source until it is resumed.
    async fn pause(&self, who: &str, source: &str) -> Result<()>;
    /// Collects it again.
    async fn resume(&self, who: &str, source: &str) -> Result<()>;
    /// Takes a source out of the configuration, with its stored secrets; with `purge` also all that it collected.
    async fn remove(&self, who: &str, source: &str, purge: bool) -> Result<()>;
    /// Whether subjects of a source may be looked at and are delivered.
    async fn set_viewing(&self, who: &str, source: &str, viewing: bool) -> Result<()>;
    /// Takes what was collected out of the store; how many meetings were changed or forgotten.
    async fn purge(&self, who: &str, source: &str, what: Purge) -> Result<u64>;
}
