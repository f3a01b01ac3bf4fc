//! The figures of groups while they are added up, and the report of them (contract, sections 5 and 6).

use std::collections::BTreeMap;

use collector_model::instant::rfc3339;

use crate::amounts::{Amounts, Row};
use crate::basis::{Basis, OfTime};
use crate::group::{By, Key, Question};
use crate::lists::{Counted, Seconds};
use crate::peers::Peaks;
use crate::rank::{Rate, nearest_rank};
use crate::report::{
    Bounds, DEFINITIONS, Fit, GroupReport, InUseReport, Outside, Parameters, Party, Report, Times,
    ZombieReport,
};
use crate::room::{Peers, Room};
use crate::sums::Sums;
use crate::zombie::Zombie;

/// Fewest parties that tell whether a room fits.
pub(crate) const FEWEST_PARTIES: usize = 20;
/// Per cent of its seats that parties fill in a room that is not too big, and in one that fits.
pub(crate) const NOT_TOO_BIG: i64 = 40;
pub(crate) const FITS: i64 = 60;

/// The figures of all groups of a report, while they are added up.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    by: By,
    /// How many rooms are in scope.
    scope: i64,
    numbers: BTreeMap<Key, GroupNumber>,
    groups: Vec<Group>,
    zombies: BTreeMap<Key, Vec<ZombieReport>>,
}

/// Tells groups apart within one report.
pub(crate) type GroupNumber = usize;

#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Rooms in scope, if groups are made of rooms.
    rooms: i64,
    /// Those with a witnessed second.
    pub(crate) observed: i64,
    pub(crate) row: Row,
    pub(crate) parties: Counted,
    pub(crate) leads: Seconds,
    fit: Fit,
    /// With the number of rooms in scope.
    in_use: BTreeMap<Peers, (i64, Peaks)>,
}

impl Group {
    const EMPTY: Self = Self {
        rooms: 0,
        observed: 0,
        row: Row::ZERO,
        parties: Counted::EMPTY,
        leads: Seconds::EMPTY,
        fit: Fit {
            too_big: 0,
            roomy: 0,
            fits: 0,
            too_small: 0,
        },
        in_use: BTreeMap::new(),
    };

    /// Adds a room in scope.
    fn add_room(&mut self, room: &Room) {
        self.rooms += 1;
        if let Some(peers) = Peers::of(room) {
            self.in_use.entry(peers).or_default().0 += 1;
        }
    }

    /// Adds all parties of a room that are in the group.
    pub(crate) fn fit(&mut self, seats: Option<u32>, parties: &[u32]) {
        let p90 = nearest_rank(parties, 90).filter(|_| parties.len() >= FEWEST_PARTIES);
        let Some((seats, p90)) = seats.map(i64::from).zip(p90.map(i64::from)) else {
            return;
        };
        if p90 * 100 < seats * NOT_TOO_BIG {
            self.fit.too_big += 1;
        } else if p90 * 100 < seats * FITS {
            self.fit.roomy += 1;
        } else if p90 <= seats {
            self.fit.fits += 1;
        } else {
            self.fit.too_small += 1;
        }
    }

    /// Adds slots of the rooms in scope of a building and a band.
    pub(crate) fn in_use(&mut self, peers: &Peers, peaks: &Peaks) {
        if let Some((_, own)) = self.in_use.get_mut(peers) {
            own.add_all(peaks);
        }
    }

    fn add(&mut self, other: Self) {
        // Both know of all rooms in scope.
        self.observed += other.observed;
        self.row.add_row(&other.row);
        self.parties.add_all(other.parties);
        self.leads.add_all(other.leads);
        self.fit.add(other.fit);
        for (peers, (_, peaks)) in other.in_use {
            self.in_use(&peers, &peaks);
        }
    }
}

impl Figures {
    /// No figures yet, of the rooms in scope.
    pub(crate) fn new<'a>(by: By, rooms: impl IntoIterator<Item = &'a Room>) -> Self {
        let mut figures = Self {
            by,
            scope: 0,
            numbers: BTreeMap::new(),
            groups: Vec::new(),
            zombies: BTreeMap::new(),
        };
        if by == By::All {
            figures.group_of(Key::all());
        }
        for room in rooms {
            figures.scope += 1;
            if let Some(key) = by.key_of_room(room) {
                let number = figures.group_of(key);
                if let Some(group) = figures.group(number) {
                    group.add_room(room);
                }
            }
        }
        figures
    }

    /// The group of a key. Asking for it makes it: a time that occurs in the period is a group.
    pub(crate) fn group_of(&mut self, key: Key) -> GroupNumber {
        let next = self.groups.len();
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.groups.push(Group::EMPTY);
        }
        number
    }

    /// A group.
    pub(crate) fn group(&mut self, number: GroupNumber) -> Option<&mut Group> {
        self.groups.get_mut(number)
    }

    /// Adds the figures of other rooms of the same scope.
    pub(crate) fn add(&mut self, other: Self) {
        let mut groups: Vec<Option<Group>> = other.groups.into_iter().map(Some).collect();
        for (key, number) in other.numbers {
            let own = self.group_of(key);
            let more = groups.get_mut(number).and_then(Option::take);
            if let Some((own, more)) = self.group(own).zip(more) {
                own.add(more);
            }
        }
        for (key, zombies) in other.zombies {
            self.zombies.entry(key).or_default().extend(zombies);
        }
    }

    /// Adds a series of a room in scope that nobody attends any more.
    pub(crate) fn add_zombie(&mut self, room: &Room, series: &str, zombie: &Zombie) {
        let key = match self.by {
            By::Series => Some(Key::of_series(series)),
            by => by.key_of_room(room),
        };
        let Some(key) = key else { return };
        self.zombies.entry(key).or_default().push(ZombieReport {
            room: room.address.clone(),
            series: series.to_owned(),
            streak: zombie.streak,
            last_attended: zombie.last_attended.map(rfc3339),
            seconds_ahead: zombie.seconds_ahead,
            last_missed: zombie.last_missed,
            ahead: zombie.ahead.clone(),
        });
    }

    /// The report of all that was added.
    pub(crate) fn report(mut self, question: &Question) -> Report {
        self.zombies.values_mut().for_each(|own| own.sort());
        Report {
            from: question.from.to_string(),
            to: question.to.to_string(),
            by: self.by.as_str(),
            definitions: DEFINITIONS,
            parameters: Parameters {},
            groups: self
                .numbers
                .iter()
                .filter_map(|(key, number)| Some(self.group_report(key, self.groups.get(*number)?)))
                .collect(),
        }
    }

    fn group_report(&self, key: &Key, group: &Group) -> GroupReport {
        let amounts = Amounts::from(group.row);
        let bookings = &amounts.bookings;
        let of_bookings = GroupReport {
            key: key.as_str().to_owned(),
            bookings: bookings.verdicts,
            no_show_rate: bookings.no_show_rate(),
            no_show_seconds: bookings.no_show_seconds,
            given_back_seconds: bookings.given_back,
            reused_seconds: bookings.reused,
            late_start: bookings.late_start,
            early_end: bookings.early_end,
            // Of classes of bookings nobody keeps how many people came.
            party: self.by.classes().is_none().then(|| Party {
                bookings: group.parties.len(),
                median: group.parties.percentile(50),
                p90: group.parties.percentile(90),
            }),
            fit: self.by.classes().is_none().then_some(group.fit),
            release_curve: bookings.release_curve(),
            zombies: self.zombies(key),
            lead_time: group.leads.median(),
            basis: Basis {
                scheduled: bookings.scheduled,
                judged: bookings.judged(),
                of_time: None,
            },
            ..GroupReport::default()
        };
        if self.by.is_of_bookings() {
            return of_bookings;
        }
        let sums = &amounts.sums;
        let is_shared = self.by != By::Room;
        let rooms = match self.by.is_of_rooms() {
            true => group.rooms,
            false => self.scope,
        };
        GroupReport {
            rooms: Some(rooms),
            rooms_observed: Some(group.observed),
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
            seat_fill: Rate::of(amounts.person_seconds, amounts.seat_seconds),
            in_use: self.in_use(group),
            full_seconds: is_shared.then_some(amounts.full),
            false_full_seconds: is_shared.then_some(amounts.false_full),
            basis: Basis {
                of_time: Some(OfTime {
                    sums: *sums,
                    person_seconds: amounts.person_seconds,
                    known_seat_seconds: amounts.known_seat_seconds,
                }),
                ..of_bookings.basis
            },
            ..of_bookings
        }
    }

    /// Those of the group, if groups are made of rooms or series.
    fn zombies(&self, key: &Key) -> Option<Vec<ZombieReport>> {
        let has_any = self.by.is_of_rooms() || self.by == By::Series;
        has_any.then(|| self.zombies.get(key).cloned().unwrap_or_default())
    }

    fn in_use(&self, group: &Group) -> Option<Vec<InUseReport>> {
        let all = group.in_use.iter();
        let has_any = matches!(self.by, By::All | By::Building);
        has_any.then(|| {
            all.map(|(peers, (rooms, peaks))| InUseReport::of(peers, *rooms, peaks))
                .collect()
        })
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
