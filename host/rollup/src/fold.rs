//! Computes marked dates anew, and those that have begun or settled since.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use collector_insights::answer::Known;
use collector_insights::clock::{LocalDay, local};
use collector_insights::day::{Day, day};
use collector_insights::hours::OpenHours;
use collector_insights::room::Room;
use collector_insights::verdict::Verdict;
use collector_store::Reader;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::content::{StoredBooking, StoredDay, date_of, number_of};
use crate::file::{Failure, Rollups, RollupsError};
use crate::known::{known, readings, witnesses};
use crate::marks::date_number;
use crate::scope::Scope;

/// Days that are computed from one reading of the store: a room may have hundreds of records a day.
const DAYS_AT_ONCE: i64 = 62;
/// Dates between two marked ones that are read together with them.
const GAP: i64 = 3;

/// What was folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folded {
    /// The number of the last change in the store's journal that is taken over: for all rooms, also those that are not computed yet.
    pub last: i64,
    /// How many of the rooms are up to date.
    pub done: usize,
}

impl Rollups {
    /// Computes what is not up to date of some rooms (positions in the scope). It ends early when `go_on` says so, which is asked before each room.
    /// `now` is UTC seconds.
    ///
    /// # Errors
    /// The store or the file failed. What was computed before stays.
    pub fn fold(
        &mut self,
        store: &Reader,
        scope: &Scope,
        rooms: &[usize],
        now: i64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Folded, RollupsError> {
        let last = self.take_over(store, scope, now)?;
        let mut in_order: Vec<&Room> = rooms
            .iter()
            .filter_map(|position| scope.rooms.get(*position))
            .collect();
        // Rooms with the same open time share their calendar.
        in_order.sort_by_key(|room| &room.building);
        let mut calendar = Calendar::default();
        for (done, room) in in_order.into_iter().enumerate() {
            if !go_on() {
                return Ok(Folded { last, done });
            }
            let hours = scope.buildings.hours(room.building.as_deref());
            calendar.be_of(hours);
            let folding = Folding {
                store,
                scope,
                room,
                hours,
                now,
            };
            self.within(|file| folding.fold(file, &mut calendar))?;
        }
        Ok(Folded {
            last,
            done: rooms.len(),
        })
    }
}

/// Local days of one open time.
#[derive(Default)]
struct Calendar {
    hours: Option<OpenHours>,
    days: HashMap<i64, Rc<LocalDay>>,
}

impl Calendar {
    fn be_of(&mut self, hours: &OpenHours) {
        if self.hours.as_ref() != Some(hours) {
            self.hours = Some(hours.clone());
            self.days.clear();
        }
    }

    fn day(&mut self, hours: &OpenHours, number: i64) -> Rc<LocalDay> {
        let made = || Rc::new(LocalDay::of(hours, date_of(number)));
        Rc::clone(self.days.entry(number).or_insert_with(made))
    }
}

/// A room whose days are computed.
struct Folding<'a> {
    store: &'a Reader,
    scope: &'a Scope,
    room: &'a Room,
    hours: &'a OpenHours,
    now: i64,
}

/// What the file knows about the dates of a room.
struct Dates {
    first: i64,
    next: i64,
}

impl Folding<'_> {
    fn fold(&self, file: &Connection, calendar: &mut Calendar) -> Result<(), Failure> {
        let row: Option<(i64, Option<i64>, Option<i64>)> = file
            .prepare_cached("SELECT number, first, next FROM room WHERE source = ?1 AND address = ?2")?
            .query_row([&self.room.source, &self.room.address], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((number, first, next)) = row else {
            return Ok(());
        };
        let Some(today) = date_number(self.hours, self.now) else {
            return Ok(());
        };
        let marks: Vec<(i64, i64)> = file
            .prepare_cached("SELECT first, last FROM mark WHERE room = ?1")?
            .query_map([number], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let is_new = first.is_none();
        let dates = match first.zip(next) {
            Some((first, next)) => Dates { first, next },
            None => {
                let first = self.first_read(today)?;
                Dates { first, next: first }
            }
        };
        let first = match marks.is_empty() {
            true => dates.first,
            false => self.first_read(today)?,
        };
        let mut due: BTreeSet<i64> = (dates.next..=today).chain(first..dates.first).collect();
        due.extend(self.unsettled(file, number)?);
        let marks = if is_new { vec![(i64::MIN, i64::MAX)] } else { marks };
        for (from, to) in marks
            .into_iter()
            .chain((dates.first < first).then_some((dates.first, first - 1)))
        {
            due.extend(from.max(first)..=to.min(today));
            // Where nothing was read, and where nothing has passed, only bookings have something to tell.
            for (from, to) in [(from, to.min(first - 1)), (from.max(today + 1), to)] {
                forget(file, number, from, to)?;
                due.retain(|date| !(from..=to).contains(date));
            }
            due.extend(self.starts(from, to.min(first - 1), i64::MIN, false)?);
            due.extend(self.starts(from.max(today + 1), to, self.now, true)?);
        }
        self.compute(file, number, &due, calendar)?;
        if is_new {
            let told = witnesses(self.store, self.scope.spaces_of(self.room))?;
            file.execute(
                "UPDATE room SET witnesses = ?2 WHERE number = ?1",
                params![number, format!("{told:?}")],
            )?;
        }
        file.prepare_cached("DELETE FROM mark WHERE room = ?1")?
            .execute([number])?;
        file.prepare_cached("UPDATE room SET first = ?2, next = ?3 WHERE number = ?1")?
            .execute([number, first, (today + 1).max(dates.next)])?;
        Ok(())
    }

    /// The first date of which something was read, but not later than tomorrow. Before it, all seconds are unread.
    fn first_read(&self, today: i64) -> Result<i64, Failure> {
        let read = readings(self.store, self.room)?.first();
        let first = read.and_then(|at| date_number(self.hours, at));
        Ok(first.map_or(today + 1, |first| first.min(today + 1)))
    }

    /// The dates of `[from, to]` on which a booking starts that ends at an instant (UTC seconds) or later; only those that were removed, if asked for.
    fn starts(&self, from: i64, to: i64, instant: i64, removed: bool) -> Result<BTreeSet<i64>, Failure> {
        if from > to {
            return Ok(BTreeSet::new());
        }
        let starts = self
            .store
            .booking_starts(&self.room.source, &self.room.address, instant, removed)?;
        let dates = starts.into_iter().filter_map(|at| date_number(self.hours, at));
        Ok(dates.filter(|date| (from..=to).contains(date)).collect())
    }

    /// The dates that still change as time passes.
    fn unsettled(&self, file: &Connection, number: i64) -> Result<Vec<i64>, Failure> {
        Ok(file
            .prepare_cached("SELECT date FROM day WHERE room = ?1 AND settles IS NOT NULL")?
            .query_map([number], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// Computes dates, as many as lie near each other from one reading of the store.
    fn compute(
        &self,
        file: &Connection,
        number: i64,
        due: &BTreeSet<i64>,
        calendar: &mut Calendar,
    ) -> Result<(), Failure> {
        let mut run: Vec<i64> = Vec::new();
        for date in due {
            let is_far = run.first().is_some_and(|first| date - first >= DAYS_AT_ONCE)
                || run.last().is_some_and(|last| date - last > GAP);
            if is_far {
                self.compute_run(file, number, &run, calendar)?;
                run.clear();
            }
            run.push(*date);
        }
        self.compute_run(file, number, &run, calendar)
    }

    fn compute_run(
        &self,
        file: &Connection,
        number: i64,
        run: &[i64],
        calendar: &mut Calendar,
    ) -> Result<(), Failure> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return Ok(());
        };
        let spaces = self.scope.spaces_of(self.room);
        let known = known(
            self.store,
            self.room,
            spaces,
            (date_of(*first), date_of(last + 1)),
            self.now,
        )?;
        let evidence = known.evidence(self.now);
        let base = known.base(&evidence, &self.scope.buildings, self.now);
        let ends = self.ends(&known);
        for date in run {
            let local_day = calendar.day(self.hours, *date);
            let computed = day(&base, &local_day);
            let end = local_day.hull().map(collector_insights::spans::Span::end);
            let settles = end.into_iter().chain(ends.get(date).copied()).max();
            let settles = settles
                .filter(|at| self.now < *at && local_day.hull().is_some_and(|hull| hull.start() <= self.now));
            write(file, number, *date, &computed, settles)?;
        }
        Ok(())
    }

    /// When the last of the bookings that start on each date ends.
    fn ends(&self, known: &Known) -> HashMap<i64, i64> {
        let mut ends: HashMap<i64, i64> = HashMap::new();
        for booking in &known.bookings {
            if let Some(at) = local(self.hours.zone(), booking.start) {
                let end = ends.entry(number_of(at.date)).or_insert(booking.end);
                *end = (*end).max(booking.end);
            }
        }
        ends
    }
}

/// Forgets what was computed of some dates of a room.
fn forget(file: &Connection, room: i64, first: i64, last: i64) -> Result<(), rusqlite::Error> {
    for table in ["day", "occurrence"] {
        file.prepare_cached(&format!(
            "DELETE FROM {table} WHERE room = ?1 AND date BETWEEN ?2 AND ?3"
        ))?
        .execute([room, first, last])?;
    }
    Ok(())
}

fn write(
    file: &Connection,
    room: i64,
    date: i64,
    computed: &Day,
    settles: Option<i64>,
) -> Result<(), rusqlite::Error> {
    forget(file, room, date, date)?;
    let mut numbers: BTreeMap<&str, i64> = BTreeMap::new();
    let mut bookings = Vec::with_capacity(computed.judged.len());
    for judged in &computed.judged {
        let series = match judged.booking.series.as_deref() {
            None => None,
            Some(id) => Some(match numbers.get(id) {
                Some(number) => *number,
                None => {
                    let number = series_number(file, room, id)?;
                    numbers.insert(id, number);
                    number
                }
            }),
        };
        if let Some(series) = series {
            let verdict = Verdict::ALL
                .iter()
                .position(|known| *known == judged.counts.verdict);
            file.prepare_cached(
                "INSERT OR REPLACE INTO occurrence (room, date, series, start_at, id, verdict) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![room, date, series, judged.booking.start, judged.booking.id, verdict])?;
        }
        bookings.push(StoredBooking {
            hour: judged.local.hour,
            series,
            counts: judged.counts.clone(),
        });
    }
    let content = StoredDay {
        values: computed.values.clone(),
        bookings,
    };
    file.prepare_cached("INSERT INTO day (room, date, settles, content) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![room, date, settles, content])?;
    Ok(())
}

fn series_number(file: &Connection, room: i64, id: &str) -> Result<i64, rusqlite::Error> {
    let known = file
        .prepare_cached("SELECT number FROM series WHERE room = ?1 AND id = ?2")?
        .query_row(params![room, id], |row| row.get(0))
        .optional()?;
    match known {
        Some(number) => Ok(number),
        None => file
            .prepare_cached("INSERT INTO series (room, id) VALUES (?1, ?2) RETURNING number")?
            .query_row(params![room, id], |row| row.get(0)),
    }
}
