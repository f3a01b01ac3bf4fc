//! The tenant that is simulated: its names, its rooms, room lists, users and groups, and the apps it has consented to.
//! Plain data with builder methods; may be changed while the simulator runs.

use anyhow::{Result, bail};

use crate::app::App;
use crate::ids;
use crate::room::{Group, Room, RoomList, User};

/// A Microsoft 365 tenant.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub(crate) id: String,
    pub(crate) domain: String,
    pub(crate) apps: Vec<App>,
    pub(crate) rooms: Vec<Room>,
    pub(crate) lists: Vec<RoomList>,
    pub(crate) users: Vec<User>,
    pub(crate) groups: Vec<Group>,
    pub(crate) next_links: bool,
    pub(crate) places_page: usize,
    pub(crate) unknown_place: UnknownPlace,
    pub(crate) token_seconds: u64,
}

/// How the tenant answers for an address that is no place; all forms have been seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownPlace {
    /// 404 `UnknownError`, whose message is a JSON text with the code `invalid_place`.
    #[default]
    InvalidPlaceInMessage,
    /// 404 `ErrorItemNotFound`.
    ItemNotFound,
    /// 404 with an empty code and message.
    EmptyCode,
    /// 200 with no rooms in it, when the rooms of a list are asked for; otherwise as `ItemNotFound`.
    EmptyList,
}

impl Tenant {
    /// An empty tenant with this domain and the app of [`App::default`] consented.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        Self {
            id: ids::guid(&format!("tenant {domain}")),
            domain: domain.to_ascii_lowercase(),
            apps: vec![App::default()],
            rooms: Vec::new(),
            lists: Vec::new(),
            users: Vec::new(),
            groups: Vec::new(),
            next_links: true,
            places_page: 100,
            unknown_place: UnknownPlace::default(),
            token_seconds: 3599,
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

    /// Adds a group that is no room list.
    #[must_use]
    pub fn group(mut self, group: Group) -> Self {
        self.groups.push(group);
        self
    }

    /// Puts this app in the place of those the tenant had consented to.
    #[must_use]
    pub fn app(mut self, app: App) -> Self {
        self.apps = vec![app];
        self
    }

    /// Adds a further app.
    #[must_use]
    pub fn also_app(mut self, app: App) -> Self {
        self.apps.push(app);
        self
    }

    /// Places answer a full page without `@odata.nextLink`; the client must go on with `$top` and `$skip`.
    #[must_use]
    pub fn without_next_links(mut self) -> Self {
        self.next_links = false;
        self
    }

    /// The page size of places when `$top` is absent; 100 in Graph.
    #[must_use]
    pub fn places_page(mut self, size: usize) -> Self {
        self.places_page = size.max(1);
        self
    }

    /// How an address that is no place is answered.
    #[must_use]
    pub fn unknown_place(mut self, form: UnknownPlace) -> Self {
        self.unknown_place = form;
        self
    }

    /// How long access tokens live, in seconds; 3599 at first.
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

    /// The domain it was made with, lower-cased.
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

    /// The apps that the tenant has consented to.
    #[must_use]
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// The first app, to change a secret or a permission between passes.
    pub fn app_mut(&mut self) -> Option<&mut App> {
        self.apps.first_mut()
    }

    /// The rooms, to add and to take away between passes.
    pub fn rooms_mut(&mut self) -> &mut Vec<Room> {
        &mut self.rooms
    }

    /// The room lists, to add, change and take away between passes.
    pub fn lists_mut(&mut self) -> &mut Vec<RoomList> {
        &mut self.lists
    }

    /// The room with this address, to change its events or the state of its mailbox between passes.
    ///
    /// # Errors
    /// When there is no such room.
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

    /// The groups that are no room lists, to add and to take away between passes.
    pub fn groups_mut(&mut self) -> &mut Vec<Group> {
        &mut self.groups
    }

    pub(crate) fn answers_to(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case(&self.id) || name.eq_ignore_ascii_case(&self.domain)
    }

    /// Gives every event without a name of its own one that stays with it when others come and go.
    pub(crate) fn settle(&mut self) {
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

    /// The mistakes that were made while the tenant was written down.
    pub(crate) fn check(&self) -> Result<()> {
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
                        "room list {} has the member {member}, which is no room of the tenant",
                        list.address
                    );
                }
            }
        }
        Ok(())
    }
}
