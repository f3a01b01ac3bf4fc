//! Computes what is due of a room, from the store alone: what is due is read from the file before, and what comes of it is written there later, so
//! that several rooms can be computed at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use collector_insights::answer::Known;
use collector_insights::clock::{LocalDay, local};
use collector_insights::day::{Day, DayValues, day};
use collector_insights::hours::OpenHours;
use collector_insights::room::Room;
use collector_insights::spans::Span;
use collector_insights::verdict::Counts;
use collector_insights::zombie::AHEAD;
use collector_store::{Reader, StoreError};

use crate::content::{date_of, number_of};
use crate::known::digest_of;
use crate::known::{add_time, booking, known_of_always, together};
use crate::marks::date_number;
use crate::scope::Scope;
use crate::series::{Ahead, Occurred};
use crate::threads::UNDER_WAY;

/// A room of which something is due, with what the file knows about it.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// Its position in the scope.
    pub(crate) position: usize,
    /// Its number in the file.
    pub(crate) number: i64,
    /// See the table `room`.
    pub(crate) turn: i64,
    pub(crate) first: Option<i64>,
    pub(crate) next: Option<i64>,
    pub(crate) as_of: Option<i64>,
    pub(crate) witnesses: i64,
    /// Dates to compute anew.
    pub(crate) marks: Vec<(i64, i64)>,
    /// The number of the last mark.
    pub(crate) last_mark: i64,
    /// The dates that still change as time passes.
    pub(crate) unsettled: Vec<i64>,
}

impl Task {
    /// About how many dates are computed as of a moment (UTC seconds).
    pub(crate) fn dates(&self, as_of: i64) -> usize {
        // No clock is ahead by more than a day.
        let today = as_of.div_euclid(86_400) + 1;
        let Some((first, next)) = self.first.zip(self.next) else {
            return UNDER_WAY;
        };
        let marked = self
            .marks
            .iter()
            .map(|(from, to)| (*from).max(first)..=(*to).min(today));
        marked.chain([next..=today]).map(Iterator::count).sum::<usize>() + self.unsettled.len()
    }
}

/// What came of a task.
pub(crate) enum Outcome {
    /// Its records now tell something else of any time, so nothing that is stored of the room is right any more.
    Outdated(Task),
    Computed(Computed),
}

impl Outcome {
    /// How many dates are to be stored, or what takes as long.
    pub(crate) fn dates(&self) -> usize {
        match self {
            Self::Outdated(_) => UNDER_WAY,
            Self::Computed(computed) => computed.days.len(),
        }
    }
}

/// What was computed of a room.
pub(crate) struct Computed {
    pub(crate) task: Task,
    pub(crate) first: i64,
    pub(crate) next: i64,
    /// Spans of dates (both ends included) of which nothing is to be kept but what is in `days`.
    pub(crate) forgotten: Vec<(i64, i64)>,
    /// By date.
    pub(crate) days: Vec<ComputedDay>,
    /// What series book after today; none if that is as it was.
    pub(crate) ahead: Option<Vec<Ahead>>,
    /// A digest of what records tell of any time; none if that is as it was.
    pub(crate) witnesses: Option<i64>,
}

/// A date of a room.
pub(crate) struct ComputedDay {
    pub(crate) date: i64,
    /// UTC seconds: until then it changes as time passes; none if that is over, or has not begun.
    pub(crate) settles: Option<i64>,
    pub(crate) values: DayValues,
    /// The judged bookings that start on it, by start and id: local hour, and position in `series`.
    pub(crate) bookings: Vec<(u8, Option<usize>, Counts)>,
    /// The series of all bookings that start on it, with these.
    pub(crate) series: Vec<(String, Vec<Occurred>)>,
}

/// Local days of one open time.
#[derive(Default)]
pub(crate) struct Calendar {
    hours: Option<OpenHours>,
    days: HashMap<i64, Rc<LocalDay>>,
}

impl Calendar {
    /// The local day with this number of rooms with these hours.
    pub(crate) fn day(&mut self, hours: &OpenHours, number: i64) -> Rc<LocalDay> {
        if self.hours.as_ref() != Some(hours) {
            self.hours = Some(hours.clone());
            self.days.clear();
        }
        let made = || Rc::new(LocalDay::of(hours, date_of(number)));
        Rc::clone(self.days.entry(number).or_insert_with(made))
    }
}

/// Computes what is due of a room. `now` is UTC seconds. None if the room is not in the scope.
///
/// # Errors
/// The store failed.
pub(crate) fn compute(
    store: &Reader,
    scope: &Scope,
    task: Task,
    now: i64,
    calendar: &mut Calendar,
) -> Result<Option<Outcome>, StoreError> {
    let Some(room) = scope.rooms.get(task.position) else {
        return Ok(None);
    };
    let hours = scope.buildings.hours(room.building.as_deref());
    let Some(today) = date_number(hours, now) else {
        return Ok(None);
    };
    let computing = Computing {
        store,
        scope,
        room,
        hours,
        now,
        today,
    };
    computing.compute(task, calendar).map(Some)
}

struct Computing<'a> {
    store: &'a Reader,
    scope: &'a Scope,
    room: &'a Room,
    hours: &'a OpenHours,
    now: i64,
    today: i64,
}

impl Computing<'_> {
    fn compute(&self, task: Task, calendar: &mut Calendar) -> Result<Outcome, StoreError> {
        let spaces = self.scope.spaces_of(self.room);
        let mut known = known_of_always(self.store, self.room, spaces)?;
        let is_new = task.first.is_none();
        let witnesses = digest_of(&known.witnesses);
        if !is_new && task.witnesses != witnesses {
            return Ok(Outcome::Outdated(task));
        }
        let first_read = self.first_read(&known);
        let (before, next) = task.first.zip(task.next).unwrap_or((first_read, first_read));
        let first = match task.marks.is_empty() {
            true => before,
            false => first_read,
        };
        let mut due: BTreeSet<i64> = (next..=self.today).chain(first..before).collect();
        if task.as_of != Some(self.now) {
            due.extend(&task.unsettled);
        }
        let marks = if is_new {
            &[(i64::MIN, i64::MAX)]
        } else {
            &*task.marks
        };
        let unread_now = (before < first).then_some((before, first - 1));
        let mut forgotten = Vec::new();
        for (from, to) in marks.iter().copied().chain(unread_now) {
            due.extend(from.max(first)..=to.min(self.today));
            // Where nothing was read, and where nothing has passed, only bookings have something to tell.
            for (from, to) in [(from, to.min(first - 1)), (from.max(self.today + 1), to)] {
                if from <= to {
                    due.retain(|date| !(from..=to).contains(date));
                    forgotten.push((from, to));
                }
            }
        }
        for (from, to) in &forgotten {
            due.extend(self.starts(*from, (*to).min(first - 1), i64::MIN, false)?);
            due.extend(self.starts((*from).max(self.today + 1), *to, self.now, true)?);
        }
        let looks_ahead =
            is_new || self.today >= next || task.marks.iter().any(|(_, last)| *last > self.today);
        Ok(Outcome::Computed(Computed {
            first,
            next: next.max(self.today + 1),
            forgotten,
            days: self.days(&mut known, &due, calendar)?,
            ahead: match looks_ahead {
                true => Some(self.ahead(&known)?),
                false => None,
            },
            witnesses: is_new.then_some(witnesses),
            task,
        }))
    }

    /// The first date of which something was read, but not later than tomorrow. Before it, all seconds are unread.
    fn first_read(&self, known: &Known) -> i64 {
        let first = known.read.first().and_then(|at| date_number(self.hours, at));
        first.map_or(self.today + 1, |first| first.min(self.today + 1))
    }

    /// The dates of `[from, to]` on which a booking starts that ends at an instant (UTC seconds) or later; only those that were removed, if asked for.
    fn starts(&self, from: i64, to: i64, instant: i64, removed: bool) -> Result<BTreeSet<i64>, StoreError> {
        if from > to {
            return Ok(BTreeSet::new());
        }
        let starts = self
            .store
            .booking_starts(&self.room.source, &self.room.address, instant, removed)?;
        let dates = starts.into_iter().filter_map(|at| date_number(self.hours, at));
        Ok(dates.filter(|date| (from..=to).contains(date)).collect())
    }

    /// Computes dates, as many as lie near each other from one reading of the store.
    fn days(
        &self,
        known: &mut Known,
        due: &BTreeSet<i64>,
        calendar: &mut Calendar,
    ) -> Result<Vec<ComputedDay>, StoreError> {
        let mut days = Vec::with_capacity(due.len());
        let mut due: Vec<i64> = due.iter().copied().collect();
        for run in together(&mut due, |day| *day) {
            self.run(known, run, calendar, &mut days)?;
        }
        Ok(days)
    }

    fn run(
        &self,
        known: &mut Known,
        run: &[i64],
        calendar: &mut Calendar,
        days: &mut Vec<ComputedDay>,
    ) -> Result<(), StoreError> {
        let local_days: Vec<_> = run.iter().map(|date| calendar.day(self.hours, *date)).collect();
        let dates = local_days.iter().filter_map(|day| day.hull()).reduce(Span::hull);
        let spaces = self.scope.spaces_of(self.room);
        add_time(known, self.store, spaces, dates, self.now)?;
        let evidence = known.evidence(self.now);
        let base = known.base(&evidence, &self.scope.buildings, self.now);
        let starting = self.starting(known);
        for (date, local_day) in run.iter().zip(&local_days) {
            let computed = day(&base, local_day);
            let of_date = starting.get(date).map(Vec::as_slice).unwrap_or_default();
            let ends = of_date
                .iter()
                .filter_map(|position| known.bookings.get(*position));
            let hull = local_day.hull();
            let settles = hull
                .map(Span::end)
                .into_iter()
                .chain(ends.map(|booking| booking.end))
                .max()
                .filter(|at| self.now < *at && hull.is_some_and(|hull| hull.start() <= self.now));
            let series = self.series(known, of_date, &computed, *date);
            days.push(ComputedDay {
                date: *date,
                settles,
                bookings: computed
                    .judged
                    .into_iter()
                    .map(|judged| {
                        let own = judged.booking.series.as_deref();
                        let position = series.iter().position(|(id, _)| Some(id.as_str()) == own);
                        (judged.local.hour, position, judged.counts)
                    })
                    .collect(),
                values: computed.values,
                series,
            });
        }
        Ok(())
    }

    /// The positions of the bookings that start on each date, in their order.
    fn starting(&self, known: &Known) -> HashMap<i64, Vec<usize>> {
        let mut starting: HashMap<i64, Vec<usize>> = HashMap::new();
        for (position, booking) in known.bookings.iter().enumerate() {
            if let Some(at) = local(self.hours.zone(), booking.start) {
                starting.entry(number_of(at.date)).or_default().push(position);
            }
        }
        starting
    }

    /// The series of the bookings that start on a date. What is ahead is looked at apart.
    fn series(
        &self,
        known: &Known,
        positions: &[usize],
        computed: &Day,
        date: i64,
    ) -> Vec<(String, Vec<Occurred>)> {
        let verdicts: HashMap<&str, _> = computed
            .judged
            .iter()
            .map(|judged| (judged.booking.id.as_str(), judged.counts.verdict))
            .collect();
        let mut series: BTreeMap<&str, Vec<Occurred>> = BTreeMap::new();
        for booking in positions
            .iter()
            .filter_map(|position| known.bookings.get(*position))
        {
            let Some(id) = booking.series.as_deref() else {
                continue;
            };
            let verdict = verdicts.get(booking.id.as_str()).copied();
            let own = series.entry(id).or_default();
            if date <= self.today {
                own.push(Occurred::new(date, booking, verdict, &known.read));
            }
        }
        series
            .into_iter()
            .map(|(id, occurred)| (id.to_owned(), occurred))
            .collect()
    }

    /// What series book on the dates after today, as far as anybody may ask for until tomorrow.
    fn ahead(&self, known: &Known) -> Result<Vec<Ahead>, StoreError> {
        let until = self.now.saturating_add(AHEAD + 3 * 86_400);
        let stored = self
            .store
            .bookings(&self.room.source, &self.room.address, self.now, until)?;
        let later = stored.into_iter().map(booking).filter(|booking| {
            local(self.hours.zone(), booking.start).is_some_and(|at| number_of(at.date) > self.today)
        });
        Ok(later
            .filter_map(|booking| Ahead::of(&booking, &known.read))
            .collect())
    }
}
