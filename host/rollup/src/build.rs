//! Adds up months of rooms that share building and band from their days, several at once.

use collector_insights::clock::Local;
use collector_insights::month::{Level, Month as _, MonthOfRooms};
use collector_insights::room::Peers;
use jiff::civil::Date;
use rusqlite::{Connection, TransactionBehavior, params};
use serde::Serialize;

use crate::batch::Batch;
use crate::content::{Packed, StoredDay, date_of, month_of, number_of};
use crate::file::{Rollups, RollupsError};
use crate::marks::date_number;
use crate::months::{Part, Set, sets};
use crate::plain::Plain;
use crate::scope::Scope;
use crate::threads::{beside, threads};

/// So many dates of rooms are as large as what is kept of a month.
const DATES: usize = 64;

/// A month that is not up to date.
struct Missing<'a> {
    set: &'a Set,
    month: i64,
}

/// A month that was added up.
struct Built {
    alike: i64,
    month: i64,
    /// How often something of its rooms had been stored.
    turns: i64,
    /// The number of each part, and its content.
    parts: Vec<(i64, Vec<u8>)>,
}

impl Rollups {
    /// Adds up the months until yesterday of all that share building and band with some rooms (positions in the scope), where they are not up to
    /// date. Today changes as it passes, and is only added up for who asks about it.
    pub(crate) fn build_all(
        &mut self,
        scope: &Scope,
        rooms: &[usize],
        as_of: i64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<(), RollupsError> {
        let sets = self.read(|file| sets(file, scope, rooms))?;
        let yesterday = |set: &Set| {
            let building = set.one(scope).and_then(|room| room.building.as_deref());
            date_number(scope.buildings.hours(building), as_of).map_or(i64::MAX, |today| today - 1)
        };
        self.build(scope, &sets, |set| (i64::MIN, yesterday(set)), as_of, go_on)?;
        Ok(())
    }

    /// Adds up the months of rooms whose months are kept as one, where some dates (both included) of a set are not up to date. False if `go_on`,
    /// which is asked before each month, said no.
    pub(crate) fn build(
        &mut self,
        scope: &Scope,
        sets: &[Set],
        dates: impl Fn(&Set) -> (i64, i64),
        as_of: i64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<bool, RollupsError> {
        let mut missing = Vec::new();
        for set in sets {
            let Some((from, to)) = set.dates else { continue };
            let (first, last) = dates(set);
            // Also a month of which something is kept, but nothing of these dates.
            let from = month_of(date_of(from)).max(month_of(date_of(first)));
            let to = month_of(date_of(to)).min(month_of(date_of(last)));
            missing.extend(self.read(|file| of_set(file, set, (from, to), last))?);
        }
        let mut readers = Vec::new();
        for _ in 0..threads(missing.len()) {
            readers.extend(self.again()?);
        }
        let all = missing.len();
        let mut plain = Plain::new(scope, as_of);
        let mut batch = Batch::new(self, |file, (one, early): (&Missing<'_>, Option<Built>)| {
            let in_time = match early {
                Some(early) if turns(file, early.alike)? == early.turns => early,
                // Something of its rooms was stored meanwhile.
                _ => built(file, one, &mut plain)?,
            };
            Ok(keep(file, &in_time)?)
        });
        if readers.is_empty() {
            for one in &missing {
                if !go_on() {
                    batch.end()?;
                    return Ok(false);
                }
                batch.add(DATES, (one, None))?;
            }
            batch.end()?;
            return Ok(true);
        }
        let adding_up = |mut reader: Connection| {
            let mut plain = Plain::new(scope, as_of);
            move |one| {
                // All of it as it is at one moment.
                let early = reader
                    .transaction_with_behavior(TransactionBehavior::Deferred)
                    .and_then(|file| built(&file, one, &mut plain));
                (one, early)
            }
        };
        let tasks = missing.iter().map(|one| (DATES, one));
        let done = beside(readers, tasks, go_on, adding_up, |(one, early)| {
            let early = early.map_err(|error| self.failed(error.into()))?;
            batch.add(DATES, (one, Some(early)))
        })?;
        batch.end()?;
        Ok(done == all)
    }
}

/// Stores a month.
fn keep(file: &Connection, built: &Built) -> Result<(), rusqlite::Error> {
    for (part, content) in &built.parts {
        file.prepare_cached(
            "INSERT OR REPLACE INTO month (part, alike, month, content) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![part, built.alike, built.month, content])?;
    }
    file.prepare_cached("INSERT OR REPLACE INTO built (alike, month) VALUES (?1, ?2)")?
        .execute([built.alike, built.month])?;
    Ok(())
}

/// The months from one to another (both included) that are not up to date until a date (included).
fn of_set<'a>(
    file: &Connection,
    set: &'a Set,
    (first, last): (i64, i64),
    until: i64,
) -> Result<Vec<Missing<'a>>, rusqlite::Error> {
    let built: Vec<i64> = file
        .prepare_cached(
            "SELECT month FROM built WHERE alike = ?1 AND month BETWEEN ?2 AND ?3 AND (until IS NULL OR until > ?4)",
        )?
        .query_map([set.number, first, last, until], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let missing = (first..=last).filter(|month| !built.contains(month));
    Ok(missing.map(|month| Missing { set, month }).collect())
}

/// How often something of rooms was stored, or rooms came, went or changed.
fn turns(file: &Connection, alike: i64) -> Result<i64, rusqlite::Error> {
    file.prepare_cached("SELECT coalesce(sum(turn), 0) + count(*) FROM room WHERE alike = ?1")?
        .query_row([alike], |row| row.get(0))
}

/// Adds up a month.
fn built(file: &Connection, missing: &Missing<'_>, plain: &mut Plain<'_>) -> Result<Built, rusqlite::Error> {
    let Missing { set, month } = missing;
    let mut built = Built {
        alike: set.number,
        month: *month,
        turns: turns(file, set.number)?,
        parts: Vec::new(),
    };
    let (Some(one), Some(first)) = (set.one(plain.scope), first_of(*month)) else {
        return Ok(built);
    };
    let (from, to) = (number_of(first), number_of(first.last_of_month()) + 1);
    let mut all = add_up(file, &set.rooms, (from, to), plain)?;
    if Peers::of(one).is_some() {
        let days = plain.days(one, from, to);
        all.count_in_use(days.iter().map(|day| &**day), plain.as_of);
        all.find_full(days.iter().map(|day| &**day));
    }
    for level in Level::ALL {
        let Ok(cells) = all.cells(level);
        built.put(Part::Amounts(level), &*cells)?;
    }
    for (classes, by_dates) in Part::of_classes() {
        let Ok(cells) = all.classes(classes, by_dates);
        built.put(Part::Classes(classes, by_dates), &*cells)?;
    }
    let (Ok(witnessed), Ok(parties), Ok(leads), Ok(peaks), Ok(slots)) = (
        all.witnessed(),
        all.parties(),
        all.leads(),
        all.peaks(),
        all.slots(),
    );
    built.put(Part::Witnessed, &*witnessed)?;
    built.put(Part::Parties, &*parties)?;
    built.put(Part::Leads, &*leads)?;
    built.put(Part::Peaks, &*peaks)?;
    built.put(Part::Slots, &*slots)?;
    Ok(built)
}

impl Built {
    fn put(&mut self, part: Part, content: &impl Serialize) -> Result<(), rusqlite::Error> {
        self.parts.push((part.number(), Packed(content).bytes()?));
        Ok(())
    }
}

/// Adds up dates of one month, from one up to another, of some rooms that share building and band.
pub(crate) fn add_up(
    file: &Connection,
    rooms: &[(i64, usize)],
    (from, to): (i64, i64),
    plain: &mut Plain<'_>,
) -> Result<MonthOfRooms, rusqlite::Error> {
    let mut all = MonthOfRooms::new(rooms.len());
    for (number, (stored, position)) in rooms.iter().enumerate() {
        let Some(room) = plain.scope.rooms.get(*position) else {
            continue;
        };
        let mut statement = file.prepare_cached(
            "SELECT date, content FROM day WHERE room = ?1 AND date >= ?2 AND date < ?3 ORDER BY date",
        )?;
        let mut kept = statement
            .query_map([*stored, from, to], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Packed<StoredDay>>(1)?))
            })?
            .peekable();
        for day in from..to {
            let date = date_of(day);
            // What cannot be read is looked at, too.
            let is_next = |row: &Result<(i64, _), _>| row.as_ref().map_or(true, |(next, _)| *next == day);
            let Some(row) = kept.next_if(is_next) else {
                all.add_day(number, room.seats(), date, &plain.values(room, day));
                continue;
            };
            let (_, Packed(content)) = row?;
            all.add_day(number, room.seats(), date, &content.values(day));
            for booking in &content.bookings {
                let at = Local {
                    date,
                    hour: booking.hour,
                };
                all.add_booking(number, at, &booking.counts);
            }
        }
    }
    Ok(all)
}

/// The first date of a stored month.
pub(crate) fn first_of(month: i64) -> Option<Date> {
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let month = i8::try_from(month.rem_euclid(12) + 1).ok()?;
    Date::new(year, month, 1).ok()
}
