//! Adds up the report that answers a question from the days of the file.

use std::collections::{BTreeMap, HashMap};

use collector_insights::answer::Answer;
use collector_insights::base::Base;
use collector_insights::clock::{Local, LocalDay};
use collector_insights::day::{DayValues, values};
use collector_insights::evidence::Evidence;
use collector_insights::group::Question;
use collector_insights::report::Report;
use collector_insights::room::Room;
use collector_insights::spans::Spans;
use collector_insights::verdict::Verdict;
use collector_insights::zombie::{AHEAD, Occurrence, zombie};
use collector_store::Reader;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::content::{StoredDay, date_of, number_of};
use crate::file::{Failure, Rollups, RollupsError};
use crate::known::{booking, readings};
use crate::scope::Scope;

impl Rollups {
    /// The report that answers a question at `now` (UTC seconds). What it needs is folded first. It is given up when `go_on` says so, which is
    /// asked before each room.
    ///
    /// # Errors
    /// The store or the file failed, or `go_on` said no.
    pub fn report(
        &mut self,
        store: &Reader,
        scope: &Scope,
        question: &Question,
        now: i64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Report, RollupsError> {
        let mut answer = Answer::new(question, &scope.buildings, now, &scope.rooms);
        let needed = answer.needed();
        let positions: Vec<usize> = needed.iter().map(|(position, _)| *position).collect();
        let all = positions.len();
        let done = self.fold(store, scope, &positions, now, go_on)?.done;
        if done < all {
            return Err(RollupsError::Stopped { done, all });
        }
        let adding = Adding {
            file: &self.connection,
            store,
            scope,
            question,
            now,
        };
        let mut unknown = Unknown::default();
        for (done, (position, room)) in needed.into_iter().enumerate() {
            if !go_on() {
                return Err(RollupsError::Stopped { done, all });
            }
            adding
                .room(&mut answer, &mut unknown, position, room)
                .map_err(|failure| self.failed(failure))?;
        }
        Ok(answer.report())
    }
}

/// Values of dates of which nothing is known, by building and date.
type Unknown = HashMap<(Option<String>, Date), DayValues>;

struct Adding<'a> {
    file: &'a Connection,
    store: &'a Reader,
    scope: &'a Scope,
    question: &'a Question,
    now: i64,
}

impl Adding<'_> {
    fn room(
        &self,
        answer: &mut Answer<'_>,
        unknown: &mut Unknown,
        position: usize,
        room: &Room,
    ) -> Result<(), Failure> {
        let number: Option<i64> = self
            .file
            .prepare_cached("SELECT number FROM room WHERE source = ?1 AND address = ?2")?
            .query_row([&room.source, &room.address], |row| row.get(0))
            .optional()?;
        // A room that another process has forgotten in between is not known.
        let number = number.unwrap_or_default();
        let series = self.series(number)?;
        let mut days = self.file.prepare_cached(
            "SELECT date, content FROM day WHERE room = ?1 AND date >= ?2 AND date < ?3 ORDER BY date",
        )?;
        let mut stored = days
            .query_map(
                params![number, number_of(self.question.from), number_of(self.question.to)],
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, StoredDay>(1)?)),
            )?
            .peekable();
        for date in self.question.dates() {
            let is_next = match stored.peek() {
                Some(Ok((next, _))) => date_of(*next) == date,
                Some(Err(_)) => true,
                None => false,
            };
            let day = if is_next { stored.next() } else { None };
            let Some(day) = day else {
                let values = unknown
                    .entry((room.building.clone(), date))
                    .or_insert_with(|| self.unknown(room, date));
                answer.add_day(position, date, values);
                continue;
            };
            let (_, day) = day?;
            answer.add_day(position, date, &day.values);
            for booking in &day.bookings {
                let at = Local {
                    date,
                    hour: booking.hour,
                };
                let series = booking.series.and_then(|number| series.get(&number));
                answer.add_booking(position, at, series.map(String::as_str), &booking.counts);
            }
        }
        if self.question.is_about(room) {
            self.zombies(answer, position, room, number, &series)?;
        }
        Ok(())
    }

    /// The values of a date of which nothing is known: it has not begun, or nobody read it.
    fn unknown(&self, room: &Room, date: Date) -> DayValues {
        let hours = self.scope.buildings.hours(room.building.as_deref());
        let base = Base {
            hours,
            bookings: &[],
            read: &Spans::NONE,
            evidence: &Evidence::default(),
            now: self.now,
        };
        values(&base, &LocalDay::of(hours, date))
    }

    fn series(&self, number: i64) -> Result<HashMap<i64, String>, Failure> {
        Ok(self
            .file
            .prepare_cached("SELECT number, id FROM series WHERE room = ?1")?
            .query_map([number], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?)
    }

    /// Series of the room that nobody attends any more: from the verdicts of their bookings before, and those that are stored for the time after.
    fn zombies(
        &self,
        answer: &mut Answer<'_>,
        position: usize,
        room: &Room,
        number: i64,
        series: &HashMap<i64, String>,
    ) -> Result<(), Failure> {
        let as_of = answer.as_of(room);
        let mut occurrences: BTreeMap<i64, Vec<Occurrence>> = BTreeMap::new();
        let mut before = self.file.prepare_cached(
            "SELECT series, start_at, id, verdict FROM occurrence WHERE room = ?1 AND start_at < ?2",
        )?;
        let rows = before.query_map([number, as_of], |row| {
            let verdict: usize = row.get(3)?;
            let occurrence = Occurrence {
                start: row.get(1)?,
                id: row.get(2)?,
                verdict: Verdict::ALL.get(verdict).copied(),
                counted: None,
            };
            Ok((row.get::<_, i64>(0)?, occurrence))
        })?;
        for row in rows {
            let (series, occurrence) = row?;
            occurrences.entry(series).or_default().push(occurrence);
        }
        occurrences.retain(|_, own| zombie(own, &Spans::NONE, as_of).is_some());
        if occurrences.is_empty() {
            return Ok(());
        }
        let numbers: HashMap<&str, i64> = series.iter().map(|(number, id)| (id.as_str(), *number)).collect();
        for stored in self
            .store
            .bookings(&room.source, &room.address, as_of, as_of.saturating_add(AHEAD))?
        {
            let booking = booking(stored);
            let of = booking.series.as_deref().and_then(|id| numbers.get(id));
            if let Some(own) = of
                .and_then(|number| occurrences.get_mut(number))
                .filter(|_| booking.start >= as_of)
            {
                own.push(Occurrence {
                    start: booking.start,
                    id: booking.id.clone(),
                    verdict: None,
                    counted: booking.counted(),
                });
            }
        }
        let read = readings(self.store, room)?;
        for (number, own) in occurrences {
            if let Some((zombie, id)) = zombie(&own, &read, as_of).zip(series.get(&number)) {
                answer.add_zombie(position, id, &zombie);
            }
        }
        Ok(())
    }
}
