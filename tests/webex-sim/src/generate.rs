//! Generates organizations of any size from a seed, for tests and demonstrations.

use chrono::{DateTime, Duration, DurationRound as _, Utc};
use fastrand::Rng;

use crate::device::Device;
use crate::organization::Organization;
use crate::place::Location;
use crate::workspace::{Calendar, Capability, Workspace};

/// The days before `now` in which devices saw something.
const DAYS: i64 = 7;

/// An organization that was at work until `now`: workspaces in three zones, whose calendars are those of
/// `room-001@contoso.com` and so on; some without a calendar, some whose devices do not count or were away for a day.
/// The same arguments give the same organization.
#[must_use]
pub fn generate(seed: u64, workspaces: usize, now: DateTime<Utc>) -> Organization {
    let mut dice = Rng::with_seed(seed);
    let zones = [
        ("Munich", "Europe/Berlin"),
        ("Denver", "America/Denver"),
        ("Tokyo", "Asia/Tokyo"),
    ];
    let locations = zones.map(|(name, zone)| Location::new(name, zone).floor(1, "First floor"));
    let mut organization = Organization::new("Contoso");
    for number in 0..workspaces {
        let name = format!("Room {}", number + 1);
        let mut workspace = Workspace::new(&name)
            .kind("meetingRoom")
            .capacity(4 + dice.u32(..12));
        if let Some(location) = locations.get(number % locations.len()) {
            workspace = workspace.floor(location, 1);
        }
        if number % 9 != 8 {
            let address = format!("room-{:03}@contoso.com", number + 1);
            workspace = workspace.calendar(Calendar::Microsoft(address));
        }
        if number % 7 == 6 {
            workspace = workspace.capability(Capability::OccupancyDetection, true, false);
        }
        organization = organization.workspace(workspace.device(device(&mut dice, &name, number, now)));
    }
    locations.into_iter().fold(organization, Organization::location)
}

/// A device that saw some meetings each day, by samples of five minutes.
fn device(dice: &mut Rng, room: &str, number: usize, now: DateTime<Utc>) -> Device {
    let mut device =
        Device::new(&format!("{room} device")).configuration("RoomAnalytics.PeopleCountOutOfCall", "On");
    let today = now.duration_trunc(Duration::days(1)).unwrap_or(now);
    for day in (0..=DAYS).rev().map(|ago| today - Duration::days(ago)) {
        let mut at = day + Duration::hours(7) + Duration::minutes(dice.i64(0..90));
        while at < day + Duration::hours(17) {
            let end = at + Duration::minutes(dice.i64(15..90));
            let people = dice.i64(1..9);
            device = device.used(at, end);
            let mut sample = at;
            while sample < end {
                device = device.people(sample, people);
                sample += Duration::minutes(5);
            }
            // Standby begins later than the room empties.
            device = device.people(end, 0).people(end + Duration::minutes(10), -1);
            at = end + Duration::minutes(dice.i64(10..120));
        }
    }
    if number % 10 == 4 {
        let yesterday = today - Duration::days(1);
        device = device.offline(yesterday, today);
    }
    device
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_organization_without_mistakes() {
        let now = "2026-03-20T12:00:00Z".parse().unwrap();
        let show = |seed| format!("{:?}", generate(seed, 12, now));
        assert_eq!(show(1), show(1));
        assert_ne!(show(1), show(2));
        generate(7, 50, now).check().unwrap();
    }
}
