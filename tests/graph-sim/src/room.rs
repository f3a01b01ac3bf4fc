//! The content of a tenant's directory: rooms with their mailboxes, room lists, people and groups.

use std::time::Duration;

use crate::event::Event;
use crate::ids;

/// How a room's calendar answers requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mailbox {
    /// Answers them.
    #[default]
    Normal,
    /// Refused with 403, in one of the documented texts.
    Refused(Refusal),
    /// Answered with 404, in one of the documented forms.
    Missing(Missing),
    /// Answered after a delay.
    Slow(Duration),
    /// Hosted on premises: 404 `MailboxNotEnabledForRESTAPI`.
    OnPremises,
}

/// How a mailbox answers `calendarView/delta`. The view itself is unaffected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChangeTracking {
    /// Reports what has changed.
    #[default]
    Offered,
    /// 400 `ErrorInvalidUrlQuery`.
    NotSupported,
    /// Refused with 403, in one of the documented texts.
    Refused(Refusal),
    /// 501 `NotImplemented`.
    NotImplemented,
}

/// Why a mailbox refuses, with 403 `ErrorAccessDenied`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// "Access is denied. Check credentials and try again.": no consent, or outside the scope of the app's role.
    AccessDenied,
    /// "Access to `OData` is disabled: \[RAOP\] …": an application access policy.
    AccessPolicy,
    /// "Access to `OData` is disabled.": a policy, or a list of user agents.
    ODataDisabled,
}

/// How a mailbox is missing, with 404.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// `ErrorInvalidUser`: no such mailbox.
    InvalidUser,
    /// `ResourceNotFound`: the form of some forests.
    ResourceNotFound,
    /// `Request_ResourceNotFound`: no such object in the directory.
    NoDirectoryObject,
    /// `ErrorItemNotFound`: the calendar is gone.
    ItemNotFound,
    /// `MailboxNotEnabledForRESTAPI`: inactive, soft-deleted or on premises.
    NotEnabledForRest,
}

/// A bookable room and its calendar.
#[derive(Clone, Debug)]
pub struct Room {
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) place_id: String,
    pub(crate) upn: String,
    pub(crate) building: Option<String>,
    pub(crate) floor: Option<i32>,
    pub(crate) capacity: Option<i32>,
    pub(crate) mailbox: Mailbox,
    pub(crate) change_tracking: ChangeTracking,
    pub(crate) hidden: bool,
    pub(crate) events: Vec<Event>,
    /// Number of its events so far that were given a name.
    pub(crate) serial: usize,
}

impl Room {
    /// A room with this SMTP address, which is also its user principal name.
    #[must_use]
    pub fn new(address: &str, name: &str) -> Self {
        Self {
            address: address.to_owned(),
            name: name.to_owned(),
            place_id: ids::guid(&format!("room {}", address.to_lowercase())),
            upn: address.to_owned(),
            building: None,
            floor: None,
            capacity: None,
            mailbox: Mailbox::Normal,
            change_tracking: ChangeTracking::Offered,
            hidden: false,
            events: Vec::new(),
            serial: 0,
        }
    }

    /// Adds an event.
    #[must_use]
    pub fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    /// Adds events.
    #[must_use]
    pub fn events(mut self, events: impl IntoIterator<Item = Event>) -> Self {
        self.events.extend(events);
        self
    }

    /// Sets the building it is in.
    #[must_use]
    pub fn building(mut self, name: &str) -> Self {
        self.building = Some(name.to_owned());
        self
    }

    /// Sets the floor it is on.
    #[must_use]
    pub fn floor(mut self, number: i32) -> Self {
        self.floor = Some(number);
        self
    }

    /// Sets how many people it holds.
    #[must_use]
    pub fn capacity(mut self, seats: i32) -> Self {
        self.capacity = Some(seats);
        self
    }

    /// Sets a user principal name that differs from the address: `/users/{address}` is then not found.
    #[must_use]
    pub fn upn(mut self, name: &str) -> Self {
        name.clone_into(&mut self.upn);
        self
    }

    /// Sets its place id, which is its object id in the directory; by default derived from the address.
    #[must_use]
    pub fn object_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.place_id);
        self
    }

    /// Sets how its mailbox answers.
    #[must_use]
    pub fn mailbox(mut self, state: Mailbox) -> Self {
        self.mailbox = state;
        self
    }

    /// Sets how its mailbox answers `calendarView/delta`.
    #[must_use]
    pub fn change_tracking(mut self, state: ChangeTracking) -> Self {
        self.change_tracking = state;
        self
    }

    /// Hides it from the address lists: places never show it, but its calendar can be read.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Changes how its mailbox answers, between passes.
    pub fn set_mailbox(&mut self, state: Mailbox) {
        self.mailbox = state;
    }

    /// Changes how its mailbox answers `calendarView/delta`, between passes.
    pub fn set_change_tracking(&mut self, state: ChangeTracking) {
        self.change_tracking = state;
    }

    /// Gives it another display name, between passes.
    pub fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    /// Hides it from the address lists or shows it again, between passes.
    pub fn set_hidden(&mut self, hidden: bool) {
        self.hidden = hidden;
    }

    /// Deletes its mailbox and creates another with the same name and address, this object id and no events.
    pub fn make_anew(&mut self, object_id: &str) {
        object_id.clone_into(&mut self.place_id);
        self.events.clear();
    }

    /// Its events, to add, change and remove between passes.
    pub fn events_mut(&mut self) -> &mut Vec<Event> {
        &mut self.events
    }

    /// Its SMTP address as written by its administrator.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its display name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its place id and object id, a GUID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.place_id
    }
}

/// A room list: a distribution group made with `New-DistributionGroup -RoomList`.
#[derive(Clone, Debug)]
pub struct RoomList {
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) members: Vec<String>,
}

impl RoomList {
    /// A list of the rooms with these addresses.
    #[must_use]
    pub fn new<'a>(address: &str, name: &str, rooms: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            address: address.to_owned(),
            name: name.to_owned(),
            members: rooms.into_iter().map(str::to_owned).collect(),
        }
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Gives it another display name, between passes.
    pub fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    /// The addresses of its rooms, to change between passes.
    pub fn members_mut(&mut self) -> &mut Vec<String> {
        &mut self.members
    }
}

/// A person with a mailbox and an empty calendar.
#[derive(Clone, Debug)]
pub struct User {
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) id: String,
}

impl User {
    /// A person with this address.
    #[must_use]
    pub fn new(address: &str, name: &str) -> Self {
        let id = ids::guid(&format!("user {}", address.to_lowercase()));
        Self {
            address: address.to_owned(),
            name: name.to_owned(),
            id,
        }
    }
}

/// What kind of group it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// A plain distribution list.
    DistributionList,
    /// A mail-enabled security group.
    MailEnabledSecurity,
    /// A Microsoft 365 group.
    Microsoft365,
}

/// A group that is not a room list.
#[derive(Clone, Debug)]
pub struct Group {
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) kind: GroupKind,
}

impl Group {
    /// A group with this address.
    #[must_use]
    pub fn new(kind: GroupKind, address: &str, name: &str) -> Self {
        let id = ids::guid(&format!("group {}", address.to_lowercase()));
        Self {
            address: address.to_owned(),
            name: name.to_owned(),
            id,
            kind,
        }
    }
}
