//! Workspaces: rooms with their calendar, capabilities and devices.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::answer::set;
use crate::device::Device;
use crate::ids;
use crate::place::Location;
use crate::span::{Span, iso};

/// The calendar of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Calendar {
    /// None; then there is no address.
    None,
    /// A mailbox in Exchange, with its address.
    Microsoft(String),
    /// A resource of Google Workspace, with its address.
    Google(String),
}

/// Something that devices can measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// Counts people: `peopleCount`.
    OccupancyDetection,
    /// Tells whether there is somebody: `timeUsed`.
    PresenceDetection,
    /// The noise of the room.
    AmbientNoise,
    /// How loud people speak.
    SoundLevel,
    /// The temperature.
    Temperature,
    /// The quality of the air.
    AirQuality,
    /// The relative humidity.
    RelativeHumidity,
}

impl Capability {
    const ALL: [(Self, &'static str); 7] = [
        (Self::OccupancyDetection, "occupancyDetection"),
        (Self::PresenceDetection, "presenceDetection"),
        (Self::AmbientNoise, "ambientNoise"),
        (Self::SoundLevel, "soundLevel"),
        (Self::Temperature, "temperature"),
        (Self::AirQuality, "airQuality"),
        (Self::RelativeHumidity, "relativeHumidity"),
    ];
}

/// Whether a capability is there, and whether what it measures is sent to the cloud.
#[derive(Clone, Copy, Debug, Default)]
struct Setting {
    supported: bool,
    configured: bool,
}

/// A workspace: a meeting room, a desk or another place. By default it has no calendar, and its devices count people and
/// detect presence.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) capacity: Option<u32>,
    pub(crate) kind: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) floor: Option<String>,
    pub(crate) calendar: Calendar,
    capabilities: BTreeMap<Capability, Setting>,
    maintenance: Option<Span>,
    pub(crate) booked: Vec<Span>,
    pub(crate) devices: Vec<Device>,
}

impl Workspace {
    /// A workspace with a name, from which its id is made; see [`Workspace::key`].
    #[must_use]
    pub fn new(name: &str) -> Self {
        let on = Setting {
            supported: true,
            configured: true,
        };
        Self {
            id: ids::id("PLACES", name),
            name: name.to_owned(),
            capacity: None,
            kind: None,
            location: None,
            floor: None,
            calendar: Calendar::None,
            capabilities: BTreeMap::from([
                (Capability::OccupancyDetection, on),
                (Capability::PresenceDetection, on),
            ]),
            maintenance: None,
            booked: Vec::new(),
            devices: Vec::new(),
        }
    }

    /// Makes its id from this key, so that two workspaces can have one name.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.id = ids::id("PLACES", key);
        self
    }

    /// Gives it a calendar.
    #[must_use]
    pub fn calendar(mut self, calendar: Calendar) -> Self {
        self.calendar = calendar;
        self
    }

    /// Sets for how many people it is.
    #[must_use]
    pub fn capacity(mut self, people: u32) -> Self {
        self.capacity = Some(people);
        self
    }

    /// Sets its type: `notSet`, `focus`, `huddle`, `meetingRoom`, `open`, `desk` or `other`.
    #[must_use]
    pub fn kind(mut self, kind: &str) -> Self {
        self.kind = Some(kind.to_owned());
        self
    }

    /// Puts it in a location.
    #[must_use]
    pub fn location(mut self, location: &Location) -> Self {
        self.location = Some(location.id.clone());
        self
    }

    /// Puts it in a location, on the floor with this number.
    #[must_use]
    pub fn floor(mut self, location: &Location, number: i32) -> Self {
        self.floor = location.floor_id(number);
        self.location(location)
    }

    /// Sets one capability.
    #[must_use]
    pub fn capability(mut self, capability: Capability, supported: bool, configured: bool) -> Self {
        let setting = Setting {
            supported,
            configured,
        };
        self.capabilities.insert(capability, setting);
        self
    }

    /// Plans its maintenance.
    #[must_use]
    pub fn maintenance(mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        self.maintenance = Some(Span { from, to });
        self
    }

    /// Books it: `timeBooked`.
    #[must_use]
    pub fn booked(mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        self.booked.push(Span { from, to });
        self
    }

    /// Adds a device.
    #[must_use]
    pub fn device(mut self, device: Device) -> Self {
        self.devices.push(device);
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its devices, to change them.
    pub fn devices_mut(&mut self) -> &mut Vec<Device> {
        &mut self.devices
    }

    /// Whether what this capability measures is sent to the cloud.
    pub(crate) fn sends(&self, capability: Capability) -> bool {
        self.capabilities
            .get(&capability)
            .is_some_and(|setting| setting.supported && setting.configured)
    }

    /// The mode of its planned maintenance.
    pub(crate) fn maintenance_mode(&self, now: DateTime<Utc>) -> &'static str {
        match self.maintenance {
            Some(Span { from, .. }) if now < from => "upcoming",
            Some(Span { to, .. }) if now < to => "on",
            _ => "off",
        }
    }

    pub(crate) fn capabilities_json(&self) -> Value {
        let named = Capability::ALL.iter().map(|(capability, name)| {
            let setting = self.capabilities.get(capability).copied().unwrap_or_default();
            let value = json!({"supported": setting.supported, "configured": setting.configured});
            ((*name).to_owned(), value)
        });
        Value::Object(named.collect())
    }

    /// The fields of a workspace. Those that are not set are absent, never null.
    pub(crate) fn json(&self, org: &str, now: DateTime<Utc>) -> Map<String, Value> {
        let (calendar, address) = match &self.calendar {
            Calendar::None => ("none", None),
            Calendar::Microsoft(address) => ("microsoft", Some(address)),
            Calendar::Google(address) => ("google", Some(address)),
        };
        set(json!({
            "id": self.id, "orgId": org, "displayName": self.name, "created": "2021-04-21T17:00:00.000Z",
            "capacity": self.capacity, "type": self.kind, "locationId": self.location, "floorId": self.floor,
            "sipAddress": format!("{}@rooms.example", sim::guid(&self.id)),
            "calling": {"type": "freeCalling"},
            "hotdeskingStatus": "off",
            "supportedDevices": "collaborationDevices",
            "devicePlatform": "cisco",
            "deviceHostedMeetings": {"enabled": false},
            "health": {"level": "ok"},
            "calendar": set(json!({"type": calendar, "emailAddress": address})),
            "plannedMaintenance": set(json!({
                "mode": self.maintenance_mode(now),
                "startTime": self.maintenance.map(|span| iso(span.from)),
                "endTime": self.maintenance.map(|span| iso(span.to)),
            })),
        }))
    }
}
