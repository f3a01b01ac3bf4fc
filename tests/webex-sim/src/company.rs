//! Fills an organization from a generated company: a workspace for each room with devices, and what these saw.

use chrono::{DateTime, Utc};
use company::{Company, Counting, Device as Sensor, Reason, Room};

use crate::device::{Connection, Device};
use crate::organization::Organization;
use crate::place::Location;
use crate::workspace::{Calendar, Workspace};

/// Seconds from one count of a device to the next.
const EVERY: usize = 300;

/// An organization with the rooms of this company that have devices. A location is a building, the key of a workspace the address of its
/// room. A device that counts in calls only has no counts at other times.
#[must_use]
pub fn organization_of(company: &Company) -> Organization {
    let locations: Vec<Location> = company
        .buildings
        .iter()
        .map(|building| Location::new(building.name, building.zone))
        .collect();
    let rooms = company.rooms.iter().filter(|room| !room.devices.is_empty());
    let organization = rooms.fold(Organization::new(company.domain), |organization, room| {
        organization.workspace(workspace(room, locations.get(room.building)))
    });
    locations.into_iter().fold(organization, Organization::location)
}

fn workspace(room: &Room, location: Option<&Location>) -> Workspace {
    let workspace = Workspace::new(&room.name)
        .key(&room.address)
        .kind("meetingRoom")
        .capacity(room.capacity)
        .calendar(Calendar::Microsoft(room.address.clone()));
    let workspace = match location {
        Some(location) => workspace.location(location),
        None => workspace,
    };
    let sensors = room.devices.iter();
    sensors.fold(workspace, |workspace, sensor| workspace.device(device(sensor)))
}

fn device(sensor: &Sensor) -> Device {
    let mut device = Device::new(&sensor.id);
    for blind in &sensor.blind {
        let connection = match blind.reason {
            Reason::Offline => Connection::Disconnected,
            Reason::Standby => Connection::OfflineDeepSleep,
        };
        device = device
            .connection(at(blind.span.start), connection)
            .connection(at(blind.span.end), Connection::Connected);
    }
    for seen in &sensor.seen {
        if seen.people > 0 {
            device = device.used(at(seen.span.start), at(seen.span.end));
        }
        for instant in (seen.span.start..seen.span.end).step_by(EVERY) {
            // The device stamps its counts by its own clock.
            device = device.people(at(instant + sensor.clock_ahead), i64::from(seen.people));
        }
    }
    let out_of_call = match sensor.counting {
        Counting::Always => "On",
        Counting::InCalls => "Off",
    };
    device.configuration("RoomAnalytics.PeopleCountOutOfCall", out_of_call)
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}
