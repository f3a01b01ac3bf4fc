//! Generates tenants of any size from a seed: lively ones for tests and demonstrations, dense ones for benchmarks.

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, Utc, Weekday};
use fastrand::Rng;

use crate::account::Account;
use crate::event::{Event, Pattern};
use crate::names::{BUILDINGS, Building, ROOMS, SUBJECTS};
use crate::room::{Group, GroupKind, Room, RoomList, User};
use crate::tenant::Tenant;

/// The domain of generated tenants.
const DOMAIN: &str = "contoso.com";

/// A lively tenant: meetings of all kinds from some weeks before `now` to some weeks after it, in buildings in several
/// time zones, with names in many scripts. Every room is in one of the lists, and some are in two. The same arguments
/// give the same tenant.
///
/// Lists are `list-1@contoso.com` and so on; rooms are `room-001@contoso.com` and so on, some with an apostrophe in
/// the address. There are also a distribution list `everyone@contoso.com`, a Microsoft 365 group
/// `project@contoso.com` and a user `adelev@contoso.com`, which may be mistaken for room lists. `admin@contoso.com` is a
/// Global Administrator, `eve@fabrikam.com` one of another tenant.
#[must_use]
pub fn generate(seed: u64, rooms: usize, lists: usize, now: DateTime<Utc>) -> Tenant {
    let mut dice = Rng::with_seed(seed);
    let made = (0..rooms).map(|number| {
        let building = building(number);
        room(number, building).events(events(&mut dice, building, now))
    });
    tenant(made.collect(), lists)
}

/// A tenant for benchmarks: `events` single meetings in each of `rooms` rooms, all inside `[from, to)` and one in
/// ten private. The same arguments give the same tenant.
#[must_use]
pub fn generate_dense(
    seed: u64,
    rooms: usize,
    lists: usize,
    events: usize,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Tenant {
    let mut dice = Rng::with_seed(seed);
    let step = (to - from) / i32::try_from(events.max(1)).unwrap_or(i32::MAX);
    let length = (step * 3 / 4).max(Duration::seconds(1));
    let made = (0..rooms).map(|number| {
        let building = building(number);
        let mut at = from;
        let all: Vec<Event> = (0..events)
            .map(|_| {
                let event = Event::between(
                    dice.choice(SUBJECTS).unwrap_or_default(),
                    whole(at),
                    whole(at + length),
                );
                at += step;
                if dice.u8(..10) == 0 {
                    event.private()
                } else {
                    event
                }
            })
            .collect();
        room(number, building).events(all.into_iter().map(|event| event.zone(building.zone)))
    });
    tenant(made.collect(), lists)
}

fn whole(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

fn building(number: usize) -> &'static Building {
    BUILDINGS.get(number % BUILDINGS.len()).unwrap_or(&Building {
        name: "Main",
        zone: "UTC",
    })
}

fn room(number: usize, building: &Building) -> Room {
    let name = ROOMS.get(number % ROOMS.len()).unwrap_or(&"Room");
    let before = if number % 17 == 5 { "o'neill" } else { "room" };
    let address = format!("{before}-{:03}@{DOMAIN}", number + 1);
    let floor = i32::try_from(number / BUILDINGS.len() % 9).unwrap_or_default();
    let seats = 4 + 2 * i32::try_from(number % 9).unwrap_or_default();
    Room::new(&address, &format!("{name} {}", number + 1))
        .building(building.name)
        .floor(floor)
        .capacity(seats)
}

fn tenant(rooms: Vec<Room>, lists: usize) -> Tenant {
    let mut tenant = Tenant::new(DOMAIN)
        .account(Account::new(&format!("admin@{DOMAIN}"), "Ada Lovelace").global_administrator())
        .account(Account::new(&format!("adelev@{DOMAIN}"), "Adele Vance"))
        .account(Account::new("eve@fabrikam.com", "Eve").global_administrator())
        .user(User::new(&format!("adelev@{DOMAIN}"), "Adele Vance"))
        .group(Group::new(
            GroupKind::DistributionList,
            &format!("everyone@{DOMAIN}"),
            "Everyone",
        ))
        .group(Group::new(
            GroupKind::Microsoft365,
            &format!("project@{DOMAIN}"),
            "Project",
        ));
    for list in 0..lists {
        let members = rooms.iter().enumerate().filter(|(number, _)| {
            let shared = number % 10 == 9 && (number + 1) % lists == list;
            number % lists == list || shared
        });
        let members: Vec<&str> = members.map(|(_, room)| room.address()).collect();
        let address = format!("list-{}@{DOMAIN}", list + 1);
        tenant = tenant.list(RoomList::new(&address, &format!("Rooms {}", list + 1), members));
    }
    for room in rooms {
        tenant = tenant.room(room);
    }
    tenant
}

fn events(dice: &mut Rng, building: &Building, now: DateTime<Utc>) -> Vec<Event> {
    let today = now.date_naive();
    let day = |offset: i64| today + Duration::days(offset);
    let at = |day: NaiveDate, minute: u32| format!("{day}T{:02}:{:02}", minute / 60, minute % 60);
    let meeting = |dice: &mut Rng, offset: i64| {
        let begin = 8 * 60 + 15 * dice.u32(..40);
        let length = [15, 30, 45, 60, 90, 120]
            .get(dice.usize(..6))
            .copied()
            .unwrap_or(60);
        let subject = dice.choice(SUBJECTS).unwrap_or_default();
        Event::new(subject, &at(day(offset), begin), &at(day(offset), begin + length)).zone(building.zone)
    };
    let mut made = Vec::new();
    // Series begin long ago, so that a daylight saving change lies between their start and now.
    let weekly = meeting(dice, -200).repeats(Pattern::Weekly(
        1 + dice.u32(..2),
        vec![Weekday::Mon, Weekday::Thu],
    ));
    let next_thursday = day(i64::from(3 + 7 - today.weekday().num_days_from_monday()) % 7);
    let (noon, one) = (at(next_thursday, 12 * 60), at(next_thursday, 13 * 60));
    let weekly = weekly.change_on(&next_thursday.to_string(), |event| event.moved_to(&noon, &one));
    made.push(weekly);
    let mut stand_up = meeting(dice, -20).repeats(Pattern::Daily(1)).times(60);
    stand_up = stand_up.without(&day(2).to_string());
    stand_up = stand_up.change_on(&day(3).to_string(), Event::cancelled);
    stand_up = stand_up.change_on(&day(4).to_string(), Event::private);
    made.push(stand_up);
    made.push(meeting(dice, -100).repeats(Pattern::Monthly(1)));
    made.push(Event::all_day(
        "Inventory",
        &day(dice.i64(0..10)).to_string(),
        1 + dice.u32(..3),
        building.zone,
    ));
    for _ in 0..6 + dice.usize(..10) {
        let offset = dice.i64(-7..30);
        let event = meeting(dice, offset);
        made.push(match dice.u8(..12) {
            0 => event.private(),
            1 => event.sensitivity("confidential"),
            2 => event.sensitivity("personal"),
            3 => event.cancelled().show_as("free"),
            4 => event.tentative(),
            5 => event.no_subject(),
            6 => event.subject(""),
            7 => event.show_as("oof"),
            _ => event,
        });
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_tenant_and_another_seed_another() {
        let show = |seed| format!("{:?}", generate(seed, 20, 3, now()));
        assert_eq!(show(1), show(1));
        assert_ne!(show(1), show(2));
    }

    #[test]
    fn a_generated_tenant_has_no_mistakes_and_every_room_is_in_a_list() {
        let tenant = generate(7, 100, 3, now());
        tenant.check().unwrap();
        assert!(
            tenant
                .rooms()
                .iter()
                .all(|room| tenant.lists.iter().any(|l| l.members.contains(&room.address)))
        );
        let members: usize = tenant.lists.iter().map(|list| list.members.len()).sum();
        assert_eq!(members, 110, "every tenth room is in two lists");
    }

    #[test]
    fn a_dense_tenant_has_exactly_the_events_asked_for_inside_the_window() {
        let (from, to) = (now(), now() + Duration::days(15));
        let tenant = generate_dense(7, 3, 1, 1000, from, to);
        tenant.check().unwrap();
        for room in tenant.rooms() {
            let inside = room
                .events
                .iter()
                .filter(|event| event.first() >= from && event.last() <= to);
            assert_eq!(inside.count(), 1000);
        }
    }
}
