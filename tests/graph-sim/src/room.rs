//! What a tenant's directory holds: rooms with their mailboxes, room lists, people and groups.

use std::time::Duration;

use crate::event::Event;
use crate::ids;

/// What becomes of a request to a room's calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mailbox {
    /// It is answered.
    #[default]
    Normal,
    /// Refused with 403, in one of the documented texts.
    Refused(Refusal),
    /// Answered with 404, in one of the documented forms.
    Missing(Missing),
    /// Answered after a while.
    Slow(Duration),
    /// Hosted on premises: 404 `MailboxNotEnabledForRESTAPI`.
    OnPremises,
}

/// Whether a mailbox tells what has changed, as it does with `calendarView/delta`; the view itself is not concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChangeTracking {
    /// It does.
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
    /// `ResourceNotFound`: as some forests say it.
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
    /// How many events it has had that were given a name.
    pub(crate) serial: usize,
}

impl Room {
    /// A room with this SMTP address, which is its user principal name too.
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

    /// The building it is in.
    #[must_use]
    pub fn building(mut self, name: &str) -> Self {
        self.building = Some(name.to_owned());
        self
    }

    /// The floor it is on.
    #[must_use]
    pub fn floor(mut self, number: i32) -> Self {
        self.floor = Some(number);
        self
    }

    /// How many people it holds.
    #[must_use]
    pub fn capacity(mut self, seats: i32) -> Self {
        self.capacity = Some(seats);
        self
    }

    /// A user principal name that differs from the address: `/users/{address}` is then not found.
    #[must_use]
    pub fn upn(mut self, name: &str) -> Self {
        name.clone_into(&mut self.upn);
        self
    }

    /// Its place id, which is its object id in the directory; made from the address otherwise.
    #[must_use]
    pub fn object_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.place_id);
        self
    }

    /// What its mailbox does.
    #[must_use]
    pub fn mailbox(mut self, state: Mailbox) -> Self {
        self.mailbox = state;
        self
    }

    /// Whether its mailbox tells what has changed.
    #[must_use]
    pub fn change_tracking(mut self, state: ChangeTracking) -> Self {
        self.change_tracking = state;
        self
    }

    /// Hidden from the address lists: places never show it, its calendar can be read.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Changes what its mailbox does, between passes.
    pub fn set_mailbox(&mut self, state: Mailbox) {
        self.mailbox = state;
    }

    /// Changes whether its mailbox tells what has changed, between passes.
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

    /// Deletes its mailbox and makes another of the same name and address: with this object id, and without events.
    pub fn make_anew(&mut self, object_id: &str) {
        object_id.clone_into(&mut self.place_id);
        self.events.clear();
    }

    /// Its events, to add, change and take away between passes.
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

/// A group that is no room list.
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
