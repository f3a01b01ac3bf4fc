//! A fake backend: it records calls and answers from its world.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use argon2::password_hash::{PasswordHasher as _, SaltString, rand_core::OsRng};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Notify;

use super::workplace::Workplace;
use crate::api::*;
use collector_model::outcome::Reason;
use jiff::civil::Date;

/// The password of ada.
pub(crate) const PASSWORD: &str = "a staple of horses";

/// The token of the source `sensors`.
pub(crate) const TOKEN: &str = "a-token-of-many-letters";

/// Computed once, because hashing is slow on purpose.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let salt = SaltString::generate(&mut OsRng);
    let params = argon2::Params::new(47_104, 2, 1, None).unwrap();
    let hasher = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    hasher
        .hash_password(PASSWORD.as_bytes(), &salt)
        .unwrap()
        .to_string()
});

#[derive(Default)]
pub(crate) struct World {
    pub(crate) accounts: Vec<Account>,
    /// The roles that the provider named, by identity.
    pub(crate) visitors: HashMap<String, Role>,
    /// The words of the button that leads to the provider.
    pub(crate) single: Option<String>,
    /// Where the provider signs people out.
    pub(crate) sign_out: Option<String>,
    /// Sign-ins under way by their state, each with its browser and the page that was asked for.
    pub(crate) signing_in: HashMap<String, (String, String)>,
    /// Why the provider signs nobody in.
    pub(crate) unsigned: Option<SignInProblem>,
    pub(crate) audit: Vec<Deed>,
    pub(crate) log: Vec<AuditEntry>,
    pub(crate) sources: BTreeMap<String, SourceSummary>,
    pub(crate) receivers: Vec<ReceiverSummary>,
    /// If set, what is posted is stored only when this opens.
    pub(crate) full: Option<Arc<Gate>>,
    /// The tokens of the API, each with its digest.
    pub(crate) tokens: Vec<(ApiToken, String)>,
    /// If set, questions are answered only when this opens.
    pub(crate) computing: Option<Arc<Gate>>,
    /// The rooms that figures are about, and what is known about them.
    pub(crate) known: Option<Workplace>,
    /// The closed months.
    pub(crate) closed: Vec<ClosedMonth>,
    /// How the posting of the week from 9 March 2026 on goes.
    pub(crate) posting: Option<Posting>,
    /// Why there are no figures.
    pub(crate) no_figures: Option<FiguresError>,
    /// What is answered instead of an empty list.
    pub(crate) unanswered: Option<AnswerError>,
    pub(crate) sinks: Vec<SinkSummary>,
    pub(crate) sink_drafts: BTreeMap<String, SinkDraftView>,
    pub(crate) rooms: Vec<RoomRow>,
    pub(crate) spaces: Option<Spaces>,
    pub(crate) timeline: Option<Timeline>,
    pub(crate) connectors: Vec<ConnectorView>,
    pub(crate) choices: Vec<ConnectorChoice>,
    pub(crate) drafts: BTreeMap<String, DraftView>,
    pub(crate) authorization: Option<Authorization>,
    pub(crate) validation: Option<Validation>,
    pub(crate) guides: Vec<Guide>,
    /// The calls, with their arguments.
    pub(crate) calls: Vec<String>,
    /// The secrets that were typed.
    pub(crate) secrets: HashMap<String, SecretString>,
    /// States of consents under way, with the session and target of each.
    pub(crate) states: HashMap<String, (String, Target)>,
    /// If set, every call fails for this reason.
    pub(crate) broken: Option<String>,
    /// If set, adding an account waits here.
    pub(crate) gate: Option<Arc<Gate>>,
}

/// A point at which a call waits.
#[derive(Default)]
pub(crate) struct Gate {
    /// Notified when a call waits.
    pub(crate) reached: Notify,
    /// Notified to let the call go on.
    pub(crate) open: Notify,
}

#[derive(Default)]
pub(crate) struct Fake(Mutex<World>);

impl Fake {
    pub(crate) fn with_account() -> Self {
        let fake = Self::default();
        fake.world().accounts.push(account("ada"));
        fake
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub(super) fn called(&self, call: String) -> Result<MutexGuard<'_, World>> {
        let mut world = self.world();
        if let Some(why) = &world.broken {
            return Err(BackendError::Failed(why.clone()));
        }
        world.calls.push(call);
        Ok(world)
    }

    /// Takes the audit log entries since the last call: `who action subject (detail)`.
    pub(crate) fn deeds(&self) -> Vec<String> {
        let deeds = std::mem::take(&mut self.world().audit);
        let line = |deed: Deed| format!("{} {} {} ({})", deed.who, deed.action, deed.subject, deed.detail);
        deeds.into_iter().map(line).collect()
    }

    /// Takes the calls to the backend since the last call of this.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.world().calls)
    }
}

/// An administrator whose password is [`PASSWORD`].
pub(crate) fn account(name: &str) -> Account {
    account_as(name, Role::Administrator)
}

/// An account with a role, whose password is [`PASSWORD`].
pub(crate) fn account_as(name: &str, role: Role) -> Account {
    Account {
        name: name.to_owned(),
        password_hash: HASH.clone(),
        created_at: 1_770_000_000,
        role,
    }
}

pub(crate) fn source(name: &str) -> SourceSummary {
    SourceSummary {
        name: name.to_owned(),
        connector: "o365".into(),
        title: "Microsoft Office 365".into(),
        paused: false,
        viewing: true,
        collecting: false,
        next_pass_at: Some(1_770_000_300),
        every: 300,
        last_pass: None,
        problem: None,
        awaits_permissions: false,
        rooms: 45,
        meetings: 1_200,
    }
}

/// A short version of the form of Office 365.
pub(crate) fn form() -> Form {
    let text = |key: &str, title: &str, help: &str, required, example: &str| Field {
        key: key.into(),
        title: title.into(),
        help: help.into(),
        kind: FieldKind::Text,
        required,
        advanced: false,
        default: None,
        examples: vec![example.into()],
        max_length: Some(200),
    };
    let kind = |key: &str, kind: FieldKind, default: &str, advanced| Field {
        kind,
        default: Some(default.into()),
        advanced,
        examples: Vec::new(),
        max_length: None,
        ..text(key, key, "Help.", false, "")
    };
    Form {
        connector: "o365".into(),
        title: "Microsoft Office 365".into(),
        description: "Reads room mailboxes.".into(),
        fields: vec![
            text(
                "tenant",
                "Tenant",
                "Its name or id.",
                true,
                "contoso.onmicrosoft.com",
            ),
            text(
                "user-agent",
                "User agent",
                "What policies match.",
                true,
                "rooms@contoso.com",
            ),
            text("room-lists", "Room lists", "Addresses.", false, "hq@contoso.com"),
            kind(
                "cloud",
                FieldKind::Choice(vec!["global".into(), "china".into()]),
                "global",
                false,
            ),
            kind("strict", FieldKind::Toggle, "true", false),
            kind("page-size", FieldKind::Number, "50", true),
            kind("extra", FieldKind::Json, "[]", true),
        ],
        signs_in: true,
        consents: true,
        secrets: vec![SecretNeed {
            name: "feed".into(),
            purpose: "A bearer.".into(),
            reveal: false,
        }],
    }
}

pub(crate) fn authorization(state: Option<ConsentState>) -> Authorization {
    Authorization {
        consent_origin: "https://login.microsoftonline.com".into(),
        permissions: vec![Permission {
            name: "Calendars.Read".into(),
            purpose: "reads the rooms' calendars".into(),
        }],
        redirect_uri: "http://localhost:9463/authorized".into(),
        state,
    }
}

/// A draft in a list.
pub(crate) fn summary(id: &str, name: &str, what: &str) -> DraftSummary {
    DraftSummary {
        id: id.to_owned(),
        name: name.to_owned(),
        what: what.to_owned(),
        changed_at: 1_770_000_000,
    }
}

/// A finished validation with checks of these statuses.
pub(crate) fn validation(statuses: &[(&str, CheckStatus)]) -> Validation {
    let check = |(name, status): &(&str, CheckStatus)| Check {
        name: (*name).to_owned(),
        status: *status,
        reason: Reason::new(format!("what {name} found")),
    };
    Validation {
        begun_at: 1_770_000_000,
        running: false,
        ended_at: Some(1_770_000_060),
        next_try_at: None,
        patience_until: None,
        checks: statuses.iter().map(check).collect(),
        rooms: None,
        mailboxes: Vec::new(),
    }
}

/// A space without a room.
pub(crate) fn space_row(key: &str) -> SpaceRow {
    SpaceRow {
        space: SpaceRecord {
            source: "webex".into(),
            key: key.to_owned(),
            name: format!("Space {key}"),
            address: None,
            building: None,
            capacity: None,
            zone: None,
            kinds: Vec::new(),
            outcome: None,
            cause: None,
            since: None,
            listed: true,
        },
        by: None,
        rooms: Vec::new(),
        proposal: None,
        agreement: None,
    }
}

/// These spaces, all without a room.
pub(crate) fn spaces(alone: Vec<SpaceRow>) -> Spaces {
    Spaces {
        alone: Rows {
            total: alone.len() as u64,
            rows: alone,
        },
        empty: Rows {
            total: 0,
            rows: Vec::new(),
        },
        joined: Rows {
            total: 0,
            rows: Vec::new(),
        },
        unknown: Rows {
            total: 0,
            rows: Vec::new(),
        },
    }
}

/// An untouched draft of Office 365.
pub(crate) fn draft(id: &str) -> DraftView {
    DraftView {
        id: id.to_owned(),
        origin: DraftOrigin::New {
            connector: "o365".into(),
        },
        form: form(),
        input: Input::default(),
        secrets: BTreeMap::new(),
        problems: problems(&Input::default()),
        touched: false,
        authorization: None,
        validation: None,
    }
}

fn problems(input: &Input) -> Vec<Problem> {
    let missing = |key: &str| Problem {
        key: key.to_owned(),
        problem: "it is missing".into(),
        remedy: format!("fill in {key}"),
    };
    let mut problems = Vec::new();
    if input.name.is_empty() {
        problems.push(missing("name"));
    }
    if input.settings.get("tenant").is_none_or(String::is_empty) {
        problems.push(missing("settings.tenant"));
    }
    problems
}

pub(super) fn missing(what: &str) -> BackendError {
    BackendError::NotFound(format!("there is no {what}"))
}

#[async_trait]
impl Backend for Fake {
    async fn audit(&self, deed: Deed) -> Result<()> {
        self.world().audit.push(deed);
        Ok(())
    }
    async fn audit_log(&self, search: &AuditSearch) -> Result<Vec<AuditEntry>> {
        Ok(self.called(format!("audit log {search:?}"))?.log.clone())
    }
    async fn overview(&self) -> Result<Overview> {
        let world = self.called("overview".into())?;
        let named = |draft: &DraftView| summary(&draft.id, &draft.form.title, "source with o365");
        Ok(Overview {
            version: "0.1.0".into(),
            configuration: "collector.toml".into(),
            sources: world.sources.values().cloned().collect(),
            receivers: world.receivers.clone(),
            sinks: world.sinks.clone(),
            drafts: world.drafts.values().map(named).collect(),
            sink_drafts: Vec::new(),
            waiting: Vec::new(),
            doubled: Vec::new(),
            problem: None,
        })
    }
    async fn source(&self, name: &str) -> Result<SourceSummary> {
        let world = self.called(format!("source {name}"))?;
        world
            .sources
            .get(name)
            .cloned()
            .ok_or_else(|| missing("such source"))
    }
    async fn rooms(&self, query: &RoomQuery) -> Result<Rooms> {
        let world = self.called(format!("rooms {query:?}"))?;
        Ok(Rooms {
            total: world.rooms.len() as u64,
            rooms: world.rooms.clone(),
        })
    }
    async fn spaces(&self, query: &SpaceQuery) -> Result<Spaces> {
        let world = self.called(format!("spaces {query:?}"))?;
        Ok(world.spaces.clone().unwrap_or_else(|| spaces(Vec::new())))
    }
    async fn space(&self, space: &SpaceId) -> Result<SpaceChoice> {
        let world = self.called(format!("space {space}"))?;
        let known = world.spaces.iter().flat_map(|spaces| &spaces.alone.rows);
        Ok(SpaceChoice {
            space: known.last().cloned().unwrap_or_else(|| space_row(&space.key)),
            rooms: world
                .rooms
                .iter()
                .map(|room| RoomName {
                    address: room.address.clone(),
                    name: Some(room.name.clone()),
                })
                .collect(),
        })
    }
    async fn join(&self, who: &str, room: &str, space: &SpaceId) -> Result<()> {
        let world = self.called(format!("join {space} to {room} by {who}"))?;
        if world.rooms.iter().all(|known| known.address != room) {
            return Err(BackendError::Refused(format!(
                "no source lists the room {room:?}"
            )));
        }
        Ok(())
    }
    async fn separate(&self, who: &str, room: &str, space: &SpaceId) -> Result<()> {
        self.called(format!("separate {space} from {room} by {who}"))
            .map(drop)
    }
    async fn timeline(&self, who: &str, role: Role, query: &TimelineQuery) -> Result<Timeline> {
        let world = self.called(format!("timeline {who} ({role}) of {:?}", query.source))?;
        Ok(world.timeline.clone().unwrap_or(Timeline {
            buildings: Vec::new(),
            sources: Vec::new(),
            rooms: Vec::new(),
            total: 0,
        }))
    }
    async fn connectors(&self) -> Result<Vec<ConnectorView>> {
        Ok(self.called("connectors".into())?.connectors.clone())
    }
    async fn approve(&self, who: &str, connector: &str, digest: &str) -> Result<()> {
        self.called(format!("approve {connector} {digest} by {who}"))
            .map(drop)
    }
    async fn choices(&self) -> Result<Vec<ConnectorChoice>> {
        Ok(self.called("choices".into())?.choices.clone())
    }
    async fn source_form(&self, connector: &str) -> Result<Form> {
        let known = form();
        let is_known = known.connector == connector;
        is_known
            .then_some(known)
            .ok_or_else(|| BackendError::Refused("there is no such connector".into()))
    }
    async fn new_draft(&self, who: &str, origin: DraftOrigin) -> Result<String> {
        let mut world = self.called(format!("new draft by {who}: {origin:?}"))?;
        let id = format!("d{}", world.drafts.len() + 1);
        let draft = DraftView { origin, ..draft(&id) };
        world.drafts.insert(id.clone(), draft);
        Ok(id)
    }
    async fn draft(&self, id: &str) -> Result<DraftView> {
        let world = self.called(format!("draft {id}"))?;
        world.drafts.get(id).cloned().ok_or_else(|| missing("such draft"))
    }
    async fn check_draft(&self, id: &str, input: &Input) -> Result<Vec<Problem>> {
        drop(self.called(format!("check {id}"))?);
        Ok(problems(input))
    }
    async fn change_draft(&self, who: &str, id: &str, input: Input, secrets: Typed) -> Result<()> {
        let mut world = self.called(format!("change {id} by {who}"))?;
        let draft = world.drafts.get_mut(id).unwrap();
        for name in secrets.keys() {
            draft.secrets.insert(name.clone(), "in the keyring".into());
        }
        draft.touched = true;
        draft.problems = problems(&input);
        draft.authorization = draft.problems.is_empty().then(|| authorization(None));
        draft.input = input;
        world.secrets.extend(secrets);
        Ok(())
    }
    async fn discard_draft(&self, who: &str, id: &str) -> Result<()> {
        let mut world = self.called(format!("discard {id} by {who}"))?;
        world
            .drafts
            .remove(id)
            .map(drop)
            .ok_or_else(|| missing("such draft"))
    }
    async fn save_draft(&self, who: &str, id: &str) -> Result<String> {
        let mut world = self.called(format!("save {id} by {who}"))?;
        let draft = world
            .drafts
            .get(id)
            .cloned()
            .ok_or_else(|| missing("such draft"))?;
        if !draft.problems.is_empty() {
            return Err(BackendError::Refused("the host details are not complete".into()));
        }
        world.drafts.remove(id);
        let name = draft.input.name;
        world.sources.insert(name.clone(), source(&name));
        Ok(name)
    }
    async fn begin_authorization(&self, who: &str, session: &str, target: &Target) -> Result<String> {
        let mut world = self.called(format!("authorize {target:?} by {who}"))?;
        let state = format!("state-{}", world.states.len());
        let of = (session.to_owned(), target.clone());
        world.states.insert(state.clone(), of);
        Ok(format!(
            "https://login.microsoftonline.com/contoso/adminconsent?state={state}"
        ))
    }
    async fn end_authorization(&self, who: &str, session: &str, answer: ConsentAnswer) -> Result<Target> {
        let mut world = self.called(format!("back by {who}: {answer:?}"))?;
        let state = answer.state.unwrap_or_default();
        match world.states.get(&state) {
            Some((of, _)) if of == session => Ok(world.states.remove(&state).unwrap().1),
            _ => Err(BackendError::Refused(
                "the state is not one of this session".into(),
            )),
        }
    }
    async fn authorization(&self, source: &str) -> Result<Option<Authorization>> {
        Ok(self
            .called(format!("authorization of {source}"))?
            .authorization
            .clone())
    }
    async fn validate(&self, who: &str, target: &Target) -> Result<()> {
        self.called(format!("validate {target:?} by {who}")).map(drop)
    }
    async fn validation(&self, target: &Target) -> Result<Option<Validation>> {
        Ok(self
            .called(format!("validation of {target:?}"))?
            .validation
            .clone())
    }
    async fn guides(&self, source: &str) -> Result<Vec<Guide>> {
        Ok(self.called(format!("guides for {source}"))?.guides.clone())
    }
    async fn collect(&self, who: &str, source: &str) -> Result<()> {
        let mut world = self.called(format!("collect {source} by {who}"))?;
        let known = world.sources.get_mut(source).unwrap();
        if known.paused {
            return Err(BackendError::Refused(format!("{source} is paused")));
        }
        known.collecting = true;
        Ok(())
    }
    async fn pause(&self, who: &str, source: &str) -> Result<()> {
        let mut world = self.called(format!("pause {source} by {who}"))?;
        world.sources.get_mut(source).unwrap().paused = true;
        Ok(())
    }
    async fn resume(&self, who: &str, source: &str) -> Result<()> {
        let mut world = self.called(format!("resume {source} by {who}"))?;
        world.sources.get_mut(source).unwrap().paused = false;
        Ok(())
    }
    async fn remove(&self, who: &str, source: &str, purge: bool) -> Result<()> {
        let mut world = self.called(format!("remove {source} by {who}, purge: {purge}"))?;
        world
            .sources
            .remove(source)
            .map(drop)
            .ok_or_else(|| missing("such source"))
    }
    async fn set_viewing(&self, who: &str, source: &str, viewing: bool) -> Result<()> {
        let mut world = self.called(format!("viewing of {source} by {who}: {viewing}"))?;
        world.sources.get_mut(source).unwrap().viewing = viewing;
        Ok(())
    }
    async fn purge(&self, who: &str, source: &str, what: Purge) -> Result<u64> {
        drop(self.called(format!("purge {what:?} of {source} by {who}"))?);
        Ok(12)
    }
    async fn select(
        &self,
        filter: RoomFilter,
        asked: Vec<AskedReport>,
    ) -> std::result::Result<Selection, FiguresError> {
        let world = self.world();
        match &world.no_figures {
            Some(error) => Err(error.clone()),
            None => Ok(world.known.as_ref().map_or_else(
                || Selection {
                    rooms: Vec::new(),
                    all_rooms: 0,
                    buildings: Default::default(),
                    lists: Default::default(),
                    tags: Default::default(),
                    has_zone: false,
                    reports: Vec::new(),
                },
                |known| known.select(&filter, &asked),
            )),
        }
    }
    async fn closed_months(&self) -> Result<Vec<(String, i64)>> {
        let world = self.called("closed months".into())?;
        Ok(world
            .closed
            .iter()
            .map(|closed| (closed.month.clone(), closed.closed_at))
            .collect())
    }
    async fn closed_month(&self, month: &str) -> std::result::Result<Option<ClosedMonth>, FiguresError> {
        Ok(self
            .world()
            .closed
            .iter()
            .find(|closed| closed.month == month)
            .cloned())
    }
    async fn month_file(
        &self,
        month: &str,
        form: FileForm,
    ) -> std::result::Result<Option<Vec<u8>>, FiguresError> {
        let closed = self.closed_month(month).await?;
        Ok(closed.map(|closed| format!("{form:?} of {}", closed.month).into_bytes()))
    }
    async fn weekly_posting(&self, monday: Date) -> Result<Option<Posting>> {
        let world = self.called(format!("weekly posting {monday}"))?;
        let posting = world.posting.clone();
        Ok(posting.filter(|_| monday.to_string() == "2026-03-09"))
    }
    fn has_parquet(&self) -> bool {
        true
    }
    async fn report_file(
        &self,
        filter: RoomFilter,
        asked: AskedReport,
        form: FileForm,
    ) -> std::result::Result<Option<Vec<u8>>, FiguresError> {
        let view = self.select(filter, vec![asked]).await?;
        let content = format!("{form:?} of {} reports", view.reports.len());
        Ok((!view.reports.is_empty()).then(|| content.into_bytes()))
    }
    async fn room_days(
        &self,
        source: &str,
        address: &str,
        periods: [(Date, Date); 2],
    ) -> std::result::Result<Option<[Vec<RoomDay>; 2]>, FiguresError> {
        let world = self.world();
        Ok(world
            .known
            .as_ref()
            .and_then(|known| known.days(source, address, periods)))
    }
    async fn answer(&self, asked: Asked) -> std::result::Result<Answered, AnswerError> {
        let (gate, unanswered) = {
            let mut world = self.world();
            world
                .calls
                .push(format!("answer {} {:?}", asked.resource.path(), asked.parameters));
            (world.computing.clone(), world.unanswered.clone())
        };
        if let Some(gate) = gate {
            gate.reached.notify_one();
            gate.open.notified().await;
        }
        let tag = "5eed".to_owned();
        match unanswered {
            Some(error) => Err(error),
            None => Ok(Answered {
                body: (!asked.has.contains(&tag)).then(|| b"{\"items\":[],\"next\":null}\n".to_vec()),
                tag,
            }),
        }
    }
    /// The source `sensors` receives with the token [`TOKEN`]; `contoso` is collected.
    async fn admit(&self, source: Option<&str>, token: &str) -> Admission {
        match source {
            _ if token != TOKEN => Admission::Refused,
            None => Admission::Unnamed,
            Some("sensors") => Admission::Granted,
            Some("contoso") => Admission::Collected,
            Some(_) => Admission::Refused,
        }
    }
    async fn receive(&self, source: &str, parcel: Parcel) -> std::result::Result<Received, PostError> {
        let gate = self.world().full.clone();
        if let Some(gate) = gate {
            gate.reached.notify_one();
            gate.open.notified().await;
        }
        let words = match &parcel {
            Parcel::Records(body) => format!("{} bytes", body.len()),
            Parcel::RoomOs { body, space, device } => {
                format!("{} bytes from {device:?} in {space}", body.len())
            }
        };
        self.called(format!("receive {words} for {source}"))
            .map(|_| Received {
                new: 1,
                ..Received::default()
            })
            .map_err(|_| PostError::Failed)
    }
}

impl World {
    pub(super) fn is_last_administrator(&self, name: &str) -> bool {
        let administrator = |account: &&Account| account.role == Role::Administrator;
        self.accounts
            .iter()
            .filter(administrator)
            .all(|account| account.name == name)
    }

    /// A token with what its owner may do now.
    pub(super) fn standing(&self, token: &ApiToken) -> ApiToken {
        let owner = token.owner.as_deref().unwrap_or_default();
        let account = self.accounts.iter().find(|account| account.name == owner);
        ApiToken {
            owner_role: account
                .map(|account| account.role)
                .or_else(|| self.visitors.get(owner).copied()),
            ..token.clone()
        }
    }

    /// A secret that was typed.
    pub(crate) fn secret(&self, name: &str) -> Option<&str> {
        self.secrets.get(name).map(|secret| secret.expose_secret())
    }
}
