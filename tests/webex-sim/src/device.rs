//! Devices: their connection over time, what they saw, and how they are configured.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::answer::set;
use crate::ids;
use crate::span::{Span, iso};

/// The connection of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Reports what it sees.
    Connected,
    /// The same, with something to complain about.
    ConnectedWithIssues,
    /// Cannot be reached.
    Disconnected,
    /// Has been away for so long that it must be activated anew.
    OfflineExpired,
    /// Sleeps deeply.
    OfflineDeepSleep,
    /// Is being set up.
    Activating,
    /// Nobody knows.
    Unknown,
}

impl Connection {
    fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::ConnectedWithIssues => "connected_with_issues",
            Self::Disconnected => "disconnected",
            Self::OfflineExpired => "offline_expired",
            Self::OfflineDeepSleep => "offline_deep_sleep",
            Self::Activating => "activating",
            Self::Unknown => "unknown",
        }
    }

    fn reports(self) -> bool {
        matches!(self, Self::Connected | Self::ConnectedWithIssues)
    }
}

/// A device. What it saw while it was not connected, it keeps to itself.
#[derive(Clone, Debug)]
pub struct Device {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    product: String,
    pub(crate) personal: bool,
    connections: Vec<(DateTime<Utc>, Connection)>,
    people: Vec<(DateTime<Utc>, i64)>,
    used: Vec<Span>,
    pub(crate) configurations: Vec<(String, Value)>,
    pub(crate) statuses: Vec<(String, Value)>,
}

impl Device {
    /// A connected room device with a unique name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            id: ids::id("DEVICE", name),
            name: name.to_owned(),
            kind: "roomdesk".to_owned(),
            product: "Cisco Room Bar".to_owned(),
            personal: false,
            connections: Vec::new(),
            people: Vec::new(),
            used: Vec::new(),
            configurations: Vec::new(),
            statuses: Vec::new(),
        }
    }

    /// Sets its type: `roomdesk`, `phone`, `accessory`, `webexgo` or `unknown`.
    #[must_use]
    pub fn kind(mut self, kind: &str) -> Self {
        self.kind = kind.to_owned();
        self
    }

    /// Sets its product.
    #[must_use]
    pub fn product(mut self, product: &str) -> Self {
        self.product = product.to_owned();
        self
    }

    /// Makes it the device of a person: it has no workspace.
    #[must_use]
    pub fn personal(mut self) -> Self {
        self.personal = true;
        self
    }

    /// Changes its connection from then on; before the first change it is connected.
    #[must_use]
    pub fn connection(mut self, from: DateTime<Utc>, connection: Connection) -> Self {
        self.connections.push((from, connection));
        self
    }

    /// Disconnects it for a while.
    #[must_use]
    pub fn offline(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        self.connection(from, Connection::Disconnected)
            .connection(to, Connection::Connected)
    }

    /// Has it count people at this time; -1 in standby, or when it does not count.
    #[must_use]
    pub fn people(mut self, at: DateTime<Utc>, count: i64) -> Self {
        self.people.push((at, count));
        self
    }

    /// Has it see that the room is in use.
    #[must_use]
    pub fn used(mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        self.used.push(Span { from, to });
        self
    }

    /// Configures it otherwise than by default: `RoomAnalytics.PeopleCountOutOfCall`.
    #[must_use]
    pub fn configuration(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.configurations.push((key.to_owned(), value.into()));
        self
    }

    /// Sets what it says of itself by this path, whatever it saw: `SystemUnit.State.NumberOfActiveCalls`.
    #[must_use]
    pub fn status(mut self, path: &str, value: impl Into<Value>) -> Self {
        self.statuses.push((path.to_owned(), value.into()));
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The last change of its connection up to then.
    fn change(&self, at: DateTime<Utc>) -> Option<(DateTime<Utc>, Connection)> {
        let changes = self.connections.iter().filter(|(from, _)| *from <= at);
        changes.max_by_key(|(from, _)| *from).copied()
    }

    pub(crate) fn connected(&self, at: DateTime<Utc>) -> bool {
        self.change(at).is_none_or(|(_, connection)| connection.reports())
    }

    /// The counts that it reported in this time, in their order.
    pub(crate) fn counts(&self, within: Span) -> Vec<(DateTime<Utc>, i64)> {
        let reported = |at: DateTime<Utc>| within.holds(at) && self.connected(at);
        let mut counts: Vec<_> = self
            .people
            .iter()
            .copied()
            .filter(|(at, _)| reported(*at))
            .collect();
        counts.sort_unstable();
        counts
    }

    /// The parts of this time in which it reported that the room is in use.
    pub(crate) fn uses(&self, within: Span) -> Vec<Span> {
        let changes = self.connections.iter().map(|(from, _)| *from);
        let mut times: Vec<_> = changes.filter(|at| within.holds(*at)).collect();
        times.extend([within.from, within.to]);
        times.sort_unstable();
        let parts = times.windows(2).filter_map(|pair| match *pair {
            [from, to] => Some(Span { from, to }),
            _ => None,
        });
        parts
            .filter(|part| self.connected(part.from))
            .flat_map(|part| self.used.iter().filter_map(move |used| used.common(part)))
            .collect()
    }

    pub(crate) fn in_use(&self, at: DateTime<Utc>) -> bool {
        self.used.iter().any(|span| span.holds(at))
    }

    /// The fields of a device in this workspace.
    pub(crate) fn json(&self, org: &str, workspace: Option<&str>, now: DateTime<Utc>) -> Map<String, Value> {
        let (since, connection) = self.change(now).unwrap_or((now, Connection::Connected));
        let last_seen = if connection.reports() { now } else { since };
        let serial = sim::guid(&self.id).replace('-', "").to_uppercase();
        let person = self.personal.then(|| ids::id("PEOPLE", &self.name));
        let place = workspace.or(person.as_deref());
        set(json!({
            "id": self.id, "webexDeviceId": self.id, "displayName": self.name, "orgId": org,
            "placeId": place, "workspaceId": workspace, "personId": person,
            "capabilities": ["xapi"], "permissions": ["xapi:readonly"],
            "connectionStatus": connection.name(), "lastSeen": iso(last_seen), "errorCodes": [],
            "product": self.product, "type": self.kind, "serial": serial.get(..11), "tags": [],
            "activeInterface": "wired", "software": "RoomOS 26.4.1.0 0000000", "upgradeChannel": "Stable",
            "created": "2021-04-21T17:00:00.000Z", "firstSeen": "2021-04-21T17:05:00.000Z",
            "managedBy": "CISCO", "devicePlatform": "cisco",
        }))
    }
}
