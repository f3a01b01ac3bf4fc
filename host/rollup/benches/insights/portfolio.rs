//! The rooms of a large company: buildings of some hundred rooms in several zones, rooms of all sizes, and what is built into them.

use std::collections::HashMap;

use collector_insights::hours::{BuildingKeys, Buildings, Keys, Settings};
use collector_insights::room::Room;
use collector_model::space::SpaceId;
use collector_rollup::Scope;

use crate::size::Size;
use crate::words::{self, of_weight};

/// The source of all bookings.
pub(crate) const CALENDARS: &str = "contoso";
/// Rooms of a building.
const BUILDING: usize = 100;
/// Cities with their zones. Not all change their clocks, and Sydney changes them the other way round.
const CITIES: [(&str, &str); 8] = [
    ("Berlin", "Europe/Berlin"),
    ("New York", "America/New_York"),
    ("London", "Europe/London"),
    ("Chicago", "America/Chicago"),
    ("Bengaluru", "Asia/Kolkata"),
    ("San Francisco", "America/Los_Angeles"),
    ("Sydney", "Australia/Sydney"),
    ("Tokyo", "Asia/Tokyo"),
];
/// Holidays of everybody.
const HOLIDAYS: [&str; 4] = ["2024-12-25", "2025-01-01", "2025-12-25", "2026-01-01"];

/// What reports about a room. Each form of evidence that there is has its rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    /// Nothing: its time is unknown.
    None,
    /// Intervals of calls, from a cloud that knows nothing else.
    Calls,
    /// Intervals of presence and of people counts, with coverage.
    Intervals,
    /// Changes of presence, with coverage.
    Changes,
    /// Changes of people counts, with coverage.
    Counts,
    /// Hours of presence and intervals of calls, with coverage.
    Buckets,
    /// People counts, four an hour.
    Samples,
}

/// Of a hundred rooms so many have each.
const DEVICES: [(u32, Device); 7] = [
    (16, Device::None),
    (23, Device::Calls),
    (22, Device::Intervals),
    (17, Device::Changes),
    (7, Device::Counts),
    (13, Device::Buckets),
    (2, Device::Samples),
];
/// Of a hundred rooms so many have seats for at most this many people; 0: nobody knows.
const SEATS: [(u32, u32); 6] = [(28, 4), (34, 8), (20, 14), (9, 24), (4, 60), (5, 0)];

/// A room.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) number: usize,
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) building: Option<String>,
    /// As IANA names it.
    pub(crate) zone: &'static str,
    pub(crate) capacity: Option<u32>,
    pub(crate) device: Device,
    /// What reports about it; none for [`Device::None`].
    pub(crate) space: Option<SpaceId>,
}

/// All rooms.
pub(crate) fn places(size: &Size) -> Vec<Place> {
    (0..size.rooms).map(|number| place(size, number)).collect()
}

fn place(size: &Size, number: usize) -> Place {
    let mut random = size.random(number, words::THE_ROOM);
    let (building, zone) = building(number / BUILDING);
    let address = format!("room-{number:05}@rooms.contoso.example");
    let device = of_weight(&mut random, &DEVICES).unwrap_or(Device::None);
    let space = match device {
        Device::None => None,
        Device::Calls => Some(("teams", address.clone())),
        Device::Intervals | Device::Buckets => Some((
            "webex",
            format!("Y2lzY29zcGFyazovL3VzL1BMQUNFL{}", words::letters(&mut random, 51)),
        )),
        Device::Changes | Device::Counts | Device::Samples => {
            Some(("sensors", format!("floor-sensor-{number:05}")))
        }
    };
    Place {
        number,
        address,
        name: format!("{building} / {}.{:02}", number % BUILDING / 20 + 1, number % 20),
        // A few are in none.
        building: (number % 89 != 7).then_some(building),
        // Rooms without a building have the hours, and so the clock, of the whole.
        zone: if number % 89 == 7 {
            CITIES.map(|(_, zone)| zone).first().copied().unwrap_or("UTC")
        } else {
            zone
        },
        capacity: of_weight(&mut random, &SEATS)
            .filter(|most| *most > 0)
            .map(|most| random.u32(most / 2..=most).max(1)),
        device,
        space: space.map(|(source, key)| SpaceId {
            source: source.to_owned(),
            key,
        }),
    }
}

/// The name and the zone of a building, by its number.
fn building(number: usize) -> (String, &'static str) {
    let (city, zone) = CITIES
        .get(number % CITIES.len())
        .copied()
        .unwrap_or(("Berlin", "Europe/Berlin"));
    (format!("{city} {}", number / CITIES.len() + 1), zone)
}

/// The same rooms as figures know them, with the open time of their buildings.
pub(crate) fn scope(size: &Size, places: &[Place]) -> anyhow::Result<Scope> {
    let keys = Keys {
        time_zone: Some("Europe/Berlin".to_owned()),
        holidays: Some(HOLIDAYS.map(str::to_owned).to_vec()),
        ..Keys::default()
    };
    let buildings = (0..size.rooms.div_ceil(BUILDING)).map(|number| {
        let (name, zone) = building(number);
        let keys = Keys {
            time_zone: Some(zone.to_owned()),
            // Every fifth opens earlier and for longer.
            hours: (number % 5 == 4).then(|| ["07:00", "19:00"].map(str::to_owned).to_vec()),
            ..Keys::default()
        };
        BuildingKeys { name, keys }
    });
    let settings = Settings {
        keys,
        building: buildings.collect(),
    };
    let spaces: HashMap<String, Vec<SpaceId>> = places
        .iter()
        .filter_map(|place| Some((place.address.clone(), vec![place.space.clone()?])))
        .collect();
    Ok(Scope {
        rooms: places.iter().map(room).collect(),
        buildings: Buildings::of(&settings)?,
        spaces,
    })
}

fn room(place: &Place) -> Room {
    Room {
        source: CALENDARS.to_owned(),
        address: place.address.clone(),
        building: place.building.clone(),
        capacity: place.capacity,
    }
}
