//! The simulated tenant: its names, its rooms, room lists, users and groups, its registered apps, and the accounts that
//! can sign in. Plain data with builder methods; may be changed while the simulator runs.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use chrono::{DateTime, Utc};

use crate::account::Account;
use crate::app::App;
use crate::call_record::CallRecord;
use crate::call_record_log::CallLog;
use crate::ids;
use crate::room::{Group, GroupKind, Room, RoomList, User};

/// A Microsoft 365 tenant.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub(crate) id: String,
    pub(crate) domain: String,
    pub(crate) apps: Vec<App>,
    pub(crate) accounts: Vec<Account>,
    /// Counts its changes, so that an unchanged tenant need not be compared.
    pub(crate) generation: u64,
    pub(crate) rooms: Vec<Room>,
    pub(crate) lists: Vec<RoomList>,
    pub(crate) users: Vec<User>,
    pub(crate) groups: Vec<Group>,
    pub(crate) calls: CallLog,
    pub(crate) next_links: bool,
    pub(crate) places_page: usize,
    pub(crate) unknown_place: UnknownPlace,
    pub(crate) token_seconds: u64,
    pub(crate) replication: Duration,
    pub(crate) mailbox_replication: Option<Duration>,
}

/// How the tenant answers for an address that is not a place. All forms have been seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownPlace {
    /// 404 `UnknownError`, whose message is a JSON text with the code `invalid_place`.
    #[default]
    InvalidPlaceInMessage,
    /// 404 `ErrorItemNotFound`.
    ItemNotFound,
    /// 404 with an empty code and message.
    EmptyCode,
    /// 200 without rooms if the rooms of a list are requested; otherwise as `ItemNotFound`.
    EmptyList,
}

impl Tenant {
    /// An empty tenant with this domain that has consented to [`App::default`].
    #[must_use]
    pub fn new(domain: &str) -> Self {
        Self {
            id: ids::tenant(domain),
            domain: domain.to_ascii_lowercase(),
            apps: vec![App::default()],
            accounts: Vec::new(),
            generation: 0,
            rooms: Vec::new(),
            lists: Vec::new(),
            users: Vec::new(),
            groups: Vec::new(),
            calls: CallLog::default(),
            next_links: true,
            places_page: 100,
            unknown_place: UnknownPlace::default(),
            token_seconds: 3599,
            replication: Duration::ZERO,
            mailbox_replication: None,
        }
    }

    /// Adds a room.
    #[must_use]
    pub fn room(mut self, room: Room) -> Self {
        self.rooms.push(room);
        self
    }

    /// Adds a room list.
    #[must_use]
    pub fn list(mut self, list: RoomList) -> Self {
        self.lists.push(list);
        self
    }

    /// Adds a person.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// Adds a group that is not a room list.
    #[must_use]
    pub fn group(mut self, group: Group) -> Self {
        self.groups.push(group);
        self
    }

    /// Adds a call, whose record an app with `CallRecords.Read.All` can read.
    #[must_use]
    pub fn call(mut self, record: CallRecord) -> Self {
        self.calls.records.push(record);
        self
    }

    /// Shows call records as of this time: it decides which versions have appeared, and which records are too old. By
    /// default the simulator's clock does.
    #[must_use]
    pub fn calls_as_of(mut self, now: DateTime<Utc>) -> Self {
        self.set_calls_as_of(now);
        self
    }

    /// Answers any number of requests for call records, for benchmarks.
    #[must_use]
    pub fn without_call_limits(mut self) -> Self {
        self.calls.unlimited = true;
        self
    }

    /// Replaces all apps by this one.
    #[must_use]
    pub fn app(mut self, app: App) -> Self {
        self.apps = vec![app];
        self
    }

    /// Adds another app.
    #[must_use]
    pub fn also_app(mut self, app: App) -> Self {
        self.apps.push(app);
        self
    }

    /// Adds an account to the consent page.
    #[must_use]
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Sets how long a consent takes to reach all servers, on the clock that
    /// [`Simulator::advance`](sim::Running::advance) moves; by default no time. Until then the login issues tokens
    /// without `roles`, and Graph refuses every request made with one, even later: a token never changes.
    #[must_use]
    pub fn replication(mut self, delay: Duration) -> Self {
        self.replication = delay;
        self
    }

    /// Sets how long a consent takes to reach the mailboxes, if that is longer. In between, tokens have their `roles`, but
    /// every calendar still refuses with `ErrorAccessDenied`.
    #[must_use]
    pub fn mailbox_replication(mut self, delay: Duration) -> Self {
        self.mailbox_replication = Some(delay);
        self
    }

    /// Has places answer full pages without `@odata.nextLink`, so that the client must page with `$top` and `$skip`.
    #[must_use]
    pub fn without_next_links(mut self) -> Self {
        self.next_links = false;
        self
    }

    /// Sets the page size of places without `$top`; 100 in Graph.
    #[must_use]
    pub fn places_page(mut self, size: usize) -> Self {
        self.places_page = size.max(1);
        self
    }

    /// Sets the answer for an address that is not a place.
    #[must_use]
    pub fn unknown_place(mut self, form: UnknownPlace) -> Self {
        self.unknown_place = form;
        self
    }

    /// Sets how long access tokens live, in seconds; by default 3599.
    #[must_use]
    pub fn token_seconds(mut self, seconds: u64) -> Self {
        self.token_seconds = seconds;
        self
    }

    /// The directory id of the tenant, a GUID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its domain, lower-cased.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The rooms, in the order in which they were added.
    #[must_use]
    pub fn rooms(&self) -> &[Room] {
        &self.rooms
    }

    /// The room lists, in the order in which they were added.
    #[must_use]
    pub fn lists(&self) -> &[RoomList] {
        &self.lists
    }

    /// The accounts of the consent page, in the order in which they were added.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The registered apps.
    #[must_use]
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// The call records, to add, change and remove between passes.
    pub fn calls_mut(&mut self) -> &mut Vec<CallRecord> {
        &mut self.calls.records
    }

    /// Shows call records as of another time, between passes.
    pub fn set_calls_as_of(&mut self, now: DateTime<Utc>) {
        self.calls.as_of = Some(now);
    }

    /// The first app, to change a secret or a permission between passes.
    pub fn app_mut(&mut self) -> Option<&mut App> {
        self.apps.first_mut()
    }

    /// The rooms, to add and remove between passes.
    pub fn rooms_mut(&mut self) -> &mut Vec<Room> {
        &mut self.rooms
    }

    /// The room lists, to add, change and remove between passes.
    pub fn lists_mut(&mut self) -> &mut Vec<RoomList> {
        &mut self.lists
    }

    /// The room with this address, to change its events or the state of its mailbox between passes.
    ///
    /// # Errors
    /// There is no such room.
    pub fn room_mut(&mut self, address: &str) -> Result<&mut Room> {
        match self
            .rooms
            .iter_mut()
            .find(|room| room.address.eq_ignore_ascii_case(address))
        {
            Some(room) => Ok(room),
            None => bail!("the simulated tenant has no room {address}"),
        }
    }

    /// The room list with this address, to change its members between passes.
    ///
    /// # Errors
    /// There is no such list.
    pub fn list_mut(&mut self, address: &str) -> Result<&mut RoomList> {
        let mut lists = self.lists.iter_mut();
        lists
            .find(|list| list.address.eq_ignore_ascii_case(address))
            .with_context(|| format!("the simulated tenant has no room list {address}"))
    }

    /// Removes a room, also from its lists. [`Tenant::rooms_mut`] can add it again.
    ///
    /// # Errors
    /// There is no such room.
    pub fn remove_room(&mut self, address: &str) -> Result<Room> {
        let found = self
            .rooms
            .iter()
            .position(|room| room.address.eq_ignore_ascii_case(address))
            .with_context(|| format!("the simulated tenant has no room {address}"))?;
        for list in &mut self.lists {
            list.members
                .retain(|member| !member.eq_ignore_ascii_case(address));
        }
        Ok(self.rooms.remove(found))
    }

    /// Gives a room another SMTP address, also in its lists. It keeps its user principal name and object id.
    ///
    /// # Errors
    /// There is no such room.
    pub fn change_address(&mut self, old: &str, new: &str) -> Result<()> {
        new.clone_into(&mut self.room_mut(old)?.address);
        for member in self.lists.iter_mut().flat_map(|list| &mut list.members) {
            if member.eq_ignore_ascii_case(old) {
                new.clone_into(member);
            }
        }
        Ok(())
    }

    /// Turns a room list into the plain distribution list that it was before `Set-DistributionGroup -RoomList`.
    ///
    /// # Errors
    /// There is no such list.
    pub fn make_plain(&mut self, list: &str) -> Result<()> {
        let found = self
            .lists
            .iter()
            .position(|known| known.address.eq_ignore_ascii_case(list))
            .with_context(|| format!("the simulated tenant has no room list {list}"))?;
        let list = self.lists.remove(found);
        let mut group = Group::new(GroupKind::DistributionList, &list.address, &list.name);
        group.id = ids::guid(&list.address);
        self.groups.push(group);
        Ok(())
    }

    /// The groups that are not room lists, to add and remove between passes.
    pub fn groups_mut(&mut self) -> &mut Vec<Group> {
        &mut self.groups
    }

    pub(crate) fn find_app(&self, client_id: &str) -> Option<&App> {
        self.apps
            .iter()
            .find(|app| app.client_id.eq_ignore_ascii_case(client_id))
    }

    /// Whether a consent has reached the directory, which puts the roles into tokens.
    pub(crate) fn roles_arrived(&self, app: &App, now: DateTime<Utc>) -> bool {
        passed(app, now, self.replication)
    }

    /// Whether a consent has reached the mailboxes.
    pub(crate) fn mailboxes_reached(&self, app: &App, now: DateTime<Utc>) -> bool {
        passed(app, now, self.mailbox_replication.unwrap_or(self.replication))
    }

    pub(crate) fn answers_to(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case(&self.id) || name.eq_ignore_ascii_case(&self.domain)
    }

    /// Gives every event without a name one that it keeps when other events come and go.
    pub(crate) fn settle(&mut self) {
        self.calls.settle();
        for room in &mut self.rooms {
            for event in &mut room.events {
                let serial = &mut room.serial;
                event.settle(|| {
                    *serial += 1;
                    format!("event {serial}")
                });
            }
        }
    }

    /// Reports mistakes in the description of the tenant.
    pub(crate) fn check(&self) -> Result<()> {
        self.calls.check(&self.rooms, &self.users)?;
        for room in &self.rooms {
            for event in &room.events {
                if let Some(problem) = &event.problem {
                    bail!("room {}: {problem}", room.address);
                }
            }
        }
        for app in &self.apps {
            if let Some(problem) = &app.problem {
                bail!("app {}: {problem}", app.client_id);
            }
        }
        for list in &self.lists {
            for member in &list.members {
                if !self
                    .rooms
                    .iter()
                    .any(|room| room.address.eq_ignore_ascii_case(member))
                {
                    bail!(
                        "room list {} has the member {member}, which is not a room of the tenant",
                        list.address
                    );
                }
            }
        }
        Ok(())
    }
}

fn passed(app: &App, now: DateTime<Utc>, delay: Duration) -> bool {
    // Without a delay the clock is not compared, because it may have been set back since.
    app.consented
        .is_some_and(|since| delay.is_zero() || (now - since).to_std().is_ok_and(|age| age >= delay))
}
