//! What of rooms is known without looking: when they are open.

use std::collections::HashMap;
use std::rc::Rc;

use collector_insights::base::Base;
use collector_insights::clock::LocalDay;
use collector_insights::day::{DayValues, values};
use collector_insights::evidence::Evidence;
use collector_insights::hours::OpenHours;
use collector_insights::month::MonthOfRooms;
use collector_insights::room::Room;
use collector_insights::spans::Spans;
use jiff::civil::Date;

use crate::compute::Calendar;
use crate::content::{date_of, number_of};
use crate::scope::Scope;

/// Dates and months of rooms of which nothing is known but when they are open: they have not begun, or nobody read them. Those of one open time
/// are kept at once, because a large company has many buildings and years.
pub(crate) struct Plain<'a> {
    pub(crate) scope: &'a Scope,
    /// UTC seconds.
    pub(crate) as_of: i64,
    hours: Option<&'a OpenHours>,
    calendar: Calendar,
    values: HashMap<i64, Rc<DayValues>>,
    months: HashMap<i64, Rc<MonthOfRooms>>,
}

impl<'a> Plain<'a> {
    pub(crate) fn new(scope: &'a Scope, as_of: i64) -> Self {
        Self {
            scope,
            as_of,
            hours: None,
            calendar: Calendar::default(),
            values: HashMap::new(),
            months: HashMap::new(),
        }
    }

    /// The open time of a room, which from now on is the one of which something is kept.
    fn hours(&mut self, room: &Room) -> &'a OpenHours {
        let hours = self.scope.buildings.hours(room.building.as_deref());
        if self.hours != Some(hours) {
            self.hours = Some(hours);
            self.values.clear();
            self.months.clear();
        }
        hours
    }

    /// The local days of a room from one up to another.
    pub(crate) fn days(&mut self, room: &Room, from: i64, to: i64) -> Vec<Rc<LocalDay>> {
        let hours = self.hours(room);
        (from..to).map(|day| self.calendar.day(hours, day)).collect()
    }

    /// The values of a date of a room.
    pub(crate) fn values(&mut self, room: &Room, day: i64) -> Rc<DayValues> {
        let hours = self.hours(room);
        if let Some(known) = self.values.get(&day) {
            return Rc::clone(known);
        }
        let base = Base {
            hours,
            bookings: &[],
            read: &Spans::NONE,
            evidence: &Evidence::default(),
            now: self.as_of,
        };
        let made = Rc::new(values(&base, &self.calendar.day(hours, day)));
        self.values.insert(day, Rc::clone(&made));
        made
    }

    /// The month of one room.
    pub(crate) fn month(&mut self, room: &Room, first: Date) -> Rc<MonthOfRooms> {
        self.hours(room);
        let from = number_of(first);
        if let Some(known) = self.months.get(&from) {
            return Rc::clone(known);
        }
        let mut month = MonthOfRooms::new(1);
        let to = number_of(first.last_of_month()) + 1;
        for day in from..to {
            month.add_day(0, None, date_of(day), &self.values(room, day));
        }
        let days = self.days(room, from, to);
        month.count_in_use(days.iter().map(|day| &**day), self.as_of);
        let made = Rc::new(month);
        self.months.insert(from, Rc::clone(&made));
        made
    }
}
