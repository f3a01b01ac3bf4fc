//! The times of an event's occurrences: series are laid out in their own zone, across daylight saving changes, and
//! all-day events get the instants they really cover.

use chrono::{DateTime, Datelike, Days, Duration, Months, NaiveDate, NaiveDateTime, Utc, Weekday};

use crate::event::{Event, Pattern, Range, Recurrence};
use crate::zone::instant;

/// The `type` of an item of a calendar view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Single,
    Occurrence,
    Exception,
    /// A series as such, which only a delta shows.
    Master,
}

/// One item of a calendar view.
#[derive(Clone, Debug)]
pub(crate) struct Instance<'a> {
    pub(crate) event: &'a Event,
    pub(crate) kind: Kind,
    /// The true instants, even of an all-day event.
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
    /// The local times in the event's own zone; the days of an all-day event.
    pub(crate) local_start: NaiveDateTime,
    pub(crate) local_end: NaiveDateTime,
    /// The date of the slot in the series, in the series' zone, and the instant it had before any exception.
    pub(crate) slot: Option<(NaiveDate, DateTime<Utc>)>,
}

impl Event {
    /// The series as one item, with the times of its first slot.
    pub(crate) fn master(&self) -> Instance<'_> {
        self.single(Kind::Master, None)
    }

    fn single(&self, kind: Kind, slot: Option<(NaiveDate, DateTime<Utc>)>) -> Instance<'_> {
        Instance {
            event: self,
            kind,
            start: self.first(),
            end: self.last(),
            local_start: self.local_start(),
            local_end: self.local(self.end),
            slot,
        }
    }

    /// The items that overlap `[from, to)`, in no order. An item of length zero counts where it starts.
    pub(crate) fn instances(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Instance<'_>> {
        let overlaps =
            |i: &Instance<'_>| i.start < to && (i.end > from || (i.start == i.end && i.start >= from));
        let Some(recurrence) = &self.recurrence else {
            return Some(self.single(Kind::Single, None))
                .into_iter()
                .filter(overlaps)
                .collect();
        };
        // Check all exceptions: one may have been moved into the window from a slot outside it.
        let moved = recurrence.exceptions.iter().filter_map(|(day, changed)| {
            let original = instant(self.zone, day.and_time(self.local_start().time()));
            Some(changed.as_ref()?.single(Kind::Exception, Some((*day, original))))
        });
        let local_length = self.local(self.end) - self.local_start();
        let length = self.last() - self.first();
        let regular = slots(self.local_start(), recurrence)
            .skip_while(|slot| slot.and_utc() + length < from - Duration::days(2))
            .take_while(|slot| slot.and_utc() < to + Duration::days(2))
            .filter(|slot| !recurrence.exceptions.iter().any(|(day, _)| *day == slot.date()))
            .map(|slot| {
                let start = instant(self.zone, slot);
                let end = if self.all_day {
                    instant(self.zone, slot + local_length)
                } else {
                    start + length
                };
                let local_end = if self.all_day {
                    slot + local_length
                } else {
                    end.with_timezone(&self.zone).naive_local()
                };
                let slot_of = Some((slot.date(), start));
                Instance {
                    event: self,
                    kind: Kind::Occurrence,
                    start,
                    end,
                    local_start: slot,
                    local_end,
                    slot: slot_of,
                }
            });
        moved.chain(regular).filter(overlaps).collect()
    }
}

/// The slots of a series on the clock of its zone, in order.
fn slots(first: NaiveDateTime, recurrence: &Recurrence) -> impl Iterator<Item = NaiveDateTime> {
    let (count, until) = match recurrence.range {
        Range::Endless => (u32::MAX, NaiveDate::MAX),
        Range::Count(count) => (count, NaiveDate::MAX),
        Range::Until(last) => (u32::MAX, last),
    };
    let pattern = recurrence.pattern.clone();
    let (day, time) = (first.date(), first.time());
    (0u32..)
        .map_while(move |step| days_of_step(&pattern, day, step))
        .flatten()
        .filter(move |slot| *slot >= day)
        .take(usize::try_from(count).unwrap_or(usize::MAX))
        .take_while(move |slot| *slot <= until)
        .map(move |slot| slot.and_time(time))
}

/// The days of the n-th period of a pattern; `None` where the calendar ends.
fn days_of_step(pattern: &Pattern, first: NaiveDate, step: u32) -> Option<Vec<NaiveDate>> {
    match pattern {
        Pattern::Daily(every) => {
            Some(vec![first.checked_add_days(Days::new(
                u64::from(step) * u64::from(*every).max(1),
            ))?])
        }
        Pattern::Weekly(every, days) => {
            let monday = first.week(Weekday::Mon).checked_first_day()?;
            let week = monday.checked_add_days(Days::new(7 * u64::from(step) * u64::from(*every).max(1)))?;
            let mut offsets: Vec<u32> = days.iter().map(Weekday::num_days_from_monday).collect();
            if offsets.is_empty() {
                offsets.push(first.weekday().num_days_from_monday());
            }
            offsets.sort_unstable();
            offsets.dedup();
            offsets
                .into_iter()
                .map(|offset| week.checked_add_days(Days::new(u64::from(offset))))
                .collect()
        }
        Pattern::Monthly(every) => {
            // chrono moves the 31st to the last day of a shorter month, as Outlook does.
            Some(vec![first.checked_add_months(Months::new(
                step.checked_mul((*every).max(1))?,
            ))?])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(event: &Event, from: &str, to: &str) -> Vec<String> {
        let mut found: Vec<_> = event
            .instances(from.parse().unwrap(), to.parse().unwrap())
            .into_iter()
            .map(|i| i.start.format("%m-%dT%H:%M").to_string())
            .collect();
        found.sort();
        found
    }

    #[test]
    fn a_weekly_series_keeps_its_wall_clock_across_the_change_to_summer_time() {
        let weekly = Event::new("Sync", "2026-03-23T10:00", "2026-03-23T11:00")
            .zone("W. Europe Standard Time")
            .repeats(Pattern::Weekly(1, vec![Weekday::Mon, Weekday::Thu]))
            .times(4);
        assert_eq!(
            starts(&weekly, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ["03-23T09:00", "03-26T09:00", "03-30T08:00", "04-02T08:00"]
        );
    }

    #[test]
    fn an_exception_is_shown_where_it_was_moved_to_and_not_in_its_slot() {
        let daily = Event::new("Stand-up", "2026-06-01T09:00", "2026-06-01T09:15")
            .repeats(Pattern::Daily(1))
            .times(4)
            .change_on("2026-06-02", |e| {
                e.moved_to("2026-06-20T09:00", "2026-06-20T09:15")
            })
            .without("2026-06-03");
        assert_eq!(
            starts(&daily, "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"),
            ["06-01T09:00", "06-04T09:00", "06-20T09:00"]
        );
        assert_eq!(
            starts(&daily, "2026-06-19T00:00:00Z", "2026-06-21T00:00:00Z"),
            ["06-20T09:00"]
        );
    }

    #[test]
    fn a_monthly_series_of_the_31st_uses_the_last_day_of_short_months() {
        let monthly =
            Event::new("Close", "2026-01-31T09:00", "2026-01-31T10:00").repeats(Pattern::Monthly(1));
        assert_eq!(
            starts(&monthly, "2026-01-01T00:00:00Z", "2026-05-01T00:00:00Z"),
            ["01-31T09:00", "02-28T09:00", "03-31T09:00", "04-30T09:00"]
        );
    }

    #[test]
    fn an_all_day_event_covers_the_midnights_of_its_own_zone() {
        let day = Event::all_day("Fair", "2026-06-10", 1, "Europe/Amsterdam");
        assert_eq!(
            starts(&day, "2026-06-09T21:00:00Z", "2026-06-09T23:00:00Z"),
            ["06-09T22:00"]
        );
        assert!(starts(&day, "2026-06-10T22:00:00Z", "2026-06-11T22:00:00Z").is_empty());
    }
}
