//! Adds the values of days and the verdicts of bookings to the figures of groups, and makes the report of them (contract, sections 5 and 6).
//!
//! What is added may be of any size: the hours of a day, or sums over many days, as long as all of it is in one group.

use std::collections::{BTreeMap, BTreeSet};

use collector_model::instant::rfc3339;

use crate::clock::Local;
use crate::group::{By, Key, Question};
use crate::peers::{Full, InUse};
use crate::rank::{Rate, nearest_rank};
use crate::report::{
    Bounds, DEFINITIONS, Fit, GroupReport, InUseReport, Outside, Parameters, Report, Times, ZombieReport,
};
use crate::room::Room;
use crate::sums::Sums;
use crate::tally::Tally;
use crate::verdict::Counts;
use crate::zombie::Zombie;

/// Fewest parties that tell whether a room fits.
const FEWEST_PARTIES: usize = 20;

/// Tells rooms apart within one report, whatever the caller numbers them by.
pub type RoomNumber = usize;

/// The figures of all groups of a report, while they are added up.
#[derive(Debug)]
pub struct Figures {
    by: By,
    /// How many rooms are in scope.
    scope: i64,
    groups: BTreeMap<Key, Group>,
    zombies: Vec<(Key, ZombieReport)>,
}

#[derive(Debug, Default)]
struct Group {
    /// Rooms in scope, if groups are made of rooms.
    rooms: i64,
    observed: BTreeSet<RoomNumber>,
    sums: Sums,
    /// Of rooms with a capacity: people times seconds, and seats times seconds with people.
    person_seconds: i64,
    seat_seconds: i64,
    full: i64,
    false_full: i64,
    bookings: Tally,
    /// By room, with its seats.
    parties: BTreeMap<RoomNumber, (Option<u32>, Vec<u32>)>,
    in_use: Vec<InUse>,
}

impl Figures {
    /// No figures yet, of the rooms in scope.
    pub fn new<'a>(by: By, rooms: impl IntoIterator<Item = &'a Room>) -> Self {
        let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
        if by == By::All {
            groups.insert(Key::all(), Group::default());
        }
        let mut scope = 0;
        for room in rooms {
            scope += 1;
            if let Some(key) = by.key_of_room(room) {
                groups.entry(key).or_default().rooms += 1;
            }
        }
        Self {
            by,
            scope,
            groups,
            zombies: Vec::new(),
        }
    }

    /// Adds seconds of a room in scope, all of one group: `at` is the local time of any of them. Seconds of nothing count too, because a time
    /// that occurs in the period is a group.
    pub fn add_seconds(&mut self, number: RoomNumber, room: &Room, at: Local, sums: &Sums) {
        let Some(key) = self.by.key(room, at) else { return };
        let group = self.groups.entry(key).or_default();
        group.sums += *sums;
        if sums.witnessed() > 0 {
            group.observed.insert(number);
        }
        if let Some(seats) = room.seats() {
            group.person_seconds += sums.person_seconds;
            group.seat_seconds += i64::from(seats) * sums.counted;
        }
    }

    /// Adds a judged booking of a room in scope that starts in the period, at this local time.
    pub fn add_booking(
        &mut self,
        number: RoomNumber,
        room: &Room,
        at: Local,
        series: Option<&str>,
        counts: &Counts,
    ) {
        let key = match self.by {
            By::Series => series.map(Key::of_series),
            by => by.key(room, at),
        };
        let Some(key) = key else { return };
        let group = self.groups.entry(key).or_default();
        group.bookings.add(counts);
        if let Some(party) = counts.party {
            let (_, parties) = group
                .parties
                .entry(number)
                .or_insert_with(|| (room.seats(), Vec::new()));
            parties.push(party);
        }
    }

    /// Adds the seconds of an hour at which all rooms of a building and a band were booked. `one` is any of these rooms that is in scope.
    pub fn add_full(&mut self, one: &Room, at: Local, full: &Full) {
        if let Some(key) = self.by.key(one, at) {
            let group = self.groups.entry(key).or_default();
            group.full += full.full;
            group.false_full += full.false_full;
        }
    }

    /// Adds how many rooms of a building and a band were in use over the period.
    pub fn add_in_use(&mut self, in_use: InUse) {
        let key = match self.by {
            By::All => Key::all(),
            By::Building => Key::of_building(&in_use.peers.building),
            _ => return,
        };
        self.groups.entry(key).or_default().in_use.push(in_use);
    }

    /// Adds a series of a room in scope that nobody attends any more.
    pub fn add_zombie(&mut self, room: &Room, series: &str, zombie: &Zombie) {
        let key = match self.by {
            By::Series => Some(Key::of_series(series)),
            by => by.key_of_room(room),
        };
        let Some(key) = key else { return };
        self.zombies.push((
            key,
            ZombieReport {
                room: room.address.clone(),
                series: series.to_owned(),
                streak: zombie.streak,
                last_attended: zombie.last_attended.map(rfc3339),
                seconds_ahead: zombie.seconds_ahead,
            },
        ));
    }

    /// The report of all that was added.
    pub fn report(mut self, question: &Question) -> Report {
        self.zombies.sort();
        let groups = self.groups.iter();
        Report {
            from: question.from.to_string(),
            to: question.to.to_string(),
            by: self.by.as_str(),
            definitions: DEFINITIONS,
            parameters: Parameters {},
            groups: groups.map(|(key, group)| self.group(key, group)).collect(),
        }
    }

    fn group(&self, key: &Key, group: &Group) -> GroupReport {
        let bookings = &group.bookings;
        let of_bookings = GroupReport {
            key: key.as_str().to_owned(),
            bookings: bookings.verdicts,
            no_show_rate: bookings.no_show_rate(),
            no_show_seconds: bookings.no_show_seconds,
            given_back_seconds: bookings.given_back,
            reused_seconds: bookings.reused,
            late_start: bookings.late_start,
            early_end: bookings.early_end,
            party: bookings.party(),
            fit: fit(&group.parties),
            release_curve: bookings.release_curve(),
            zombies: self.zombies(key),
            lead_time: bookings.lead_time(),
            ..GroupReport::default()
        };
        if self.by == By::Series {
            return of_bookings;
        }
        let sums = &group.sums;
        let is_shared = self.by != By::Room;
        let rooms = match self.by.is_of_rooms() {
            true => group.rooms,
            false => self.scope,
        };
        GroupReport {
            rooms: Some(rooms),
            rooms_observed: i64::try_from(group.observed.len()).ok(),
            open_seconds: Some(sums.open),
            unread_seconds: Some(sums.unread),
            cells: Some(sums.inside),
            occupied_unwitnessed_seconds: Some(sums.unwitnessed()),
            outside: Some(Outside {
                booked: sums.outside.booked(),
                occupied: sums.outside.occupied(),
            }),
            conflict_seconds: Some(sums.conflict),
            coverage: Rate::of(sums.witnessed(), sums.read()),
            booked_rate: Rate::of(sums.inside.booked(), sums.read()),
            used_rate: Some(used_rate(sums)),
            held_empty_rate: held_empty_rate(sums),
            unbooked_sessions: Some(Times {
                count: sums.sessions,
                seconds: sums.session_seconds,
            }),
            seat_fill: Rate::of(group.person_seconds, group.seat_seconds),
            in_use: self.in_use(group),
            full_seconds: is_shared.then_some(group.full),
            false_full_seconds: is_shared.then_some(group.false_full),
            ..of_bookings
        }
    }

    /// Those of the group, if groups are made of rooms or series.
    fn zombies(&self, key: &Key) -> Option<Vec<ZombieReport>> {
        let own = self.zombies.iter().filter(|(of, _)| of == key);
        let has_any = self.by.is_of_rooms() || self.by == By::Series;
        has_any.then(|| own.map(|(_, zombie)| zombie.clone()).collect())
    }

    fn in_use(&self, group: &Group) -> Option<Vec<InUseReport>> {
        let mut sorted: Vec<&InUse> = group.in_use.iter().collect();
        sorted.sort_by(|one, other| one.peers.cmp(&other.peers));
        let has_any = matches!(self.by, By::All | By::Building);
        has_any.then(|| sorted.into_iter().map(InUseReport::from).collect())
    }
}

fn used_rate(sums: &Sums) -> Bounds {
    let (occupied, unknown) = (sums.inside.occupied(), sums.inside.unknown());
    Bounds {
        value: Rate::of(occupied - sums.unwitnessed(), sums.witnessed()),
        lower: Rate::of(occupied, sums.read()),
        upper: Rate::of(occupied + unknown, sums.read()),
    }
}

fn held_empty_rate(sums: &Sums) -> Option<Rate> {
    let empty = sums.inside.booked_vacant;
    Rate::of(
        empty,
        empty + sums.inside.booked_occupied - sums.booked_unwitnessed,
    )
}

/// Rooms with enough parties by whether these fit.
fn fit(parties: &BTreeMap<RoomNumber, (Option<u32>, Vec<u32>)>) -> Fit {
    let mut fit = Fit::default();
    for (seats, parties) in parties.values() {
        let p90 = nearest_rank(parties, 90).filter(|_| parties.len() >= FEWEST_PARTIES);
        let Some((seats, p90)) = seats.map(i64::from).zip(p90.map(i64::from)) else {
            continue;
        };
        if p90 * 10 < seats * 4 {
            fit.too_big += 1;
        } else if p90 * 10 < seats * 6 {
            fit.roomy += 1;
        } else if p90 <= seats {
            fit.fits += 1;
        } else {
            fit.too_small += 1;
        }
    }
    fit
}
