//! The meetings of a feed that overlap the window: events, with series expanded and changed occurrences in their place.
//!
//! The id of an occurrence is the UID of its event and, if it recurs, the time that its rule gives: it stays the same if the occurrence is
//! moved, and in every window.

use crate::calendar::Component;
use crate::event::{BrokenEvent, Event, short};
use crate::moment::{self, Moment};
use crate::privacy::Withhold;
use crate::recurrence::{BrokenRule, Budget, MEETINGS, Rule, STEPS};
use crate::series::{self, BrokenFeed, Parts, given};
use crate::span::Length;
use crate::zone::Zone;
use crate::zones::{Told, Zones};
use chrono::{NaiveDate, NaiveDateTime};
use connector_sdk::{Meeting, Status, Subject, Window};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The longest subject that the contract takes, in bytes. iCalendar knows no limit, and one long subject must not cost its room.
const SUBJECT: usize = 4_096;

/// How a feed is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) room: &'a str,
    pub(crate) window: Window,
    pub(crate) withhold: Withhold,
    pub(crate) zones: Told<'a>,
}

/// The content of a feed.
#[derive(Debug, PartialEq)]
pub(crate) struct Found {
    /// The meetings that overlap the window, sorted by id.
    pub(crate) meetings: Vec<Meeting<'static>>,
    /// The events that were skipped.
    pub(crate) broken: Vec<BrokenFeed>,
    /// The unknown zones of calendars for which the settings' zone was used.
    pub(crate) unknown_zones: BTreeSet<String>,
    /// The UIDs with an event at another time that was taken for an older revision.
    pub(crate) moved: Vec<String>,
}

/// Whether a calendar gives busy times (VFREEBUSY).
pub(crate) fn says_busy(calendar: &Component<'_>) -> bool {
    let busy = |component: &Component<'_>| component.is("VFREEBUSY") && component.first("FREEBUSY").is_some();
    calendar.components.iter().any(busy)
}

/// The meetings of the calendars of a feed. A few events that cannot be understood are skipped; if most of them cannot, the feed counts as not
/// understood.
pub(crate) fn meetings(calendars: &[Component<'_>], reading: Reading<'_>) -> Result<Found, BrokenFeed> {
    if series::count(calendars) == 0 && calendars.iter().any(says_busy) {
        return Err(BrokenFeed::FreeBusy);
    }
    let calendars: Vec<(&Component<'_>, Zones<'_>)> = calendars
        .iter()
        .map(|calendar| (calendar, Zones::new(calendar, reading.zones, reading.window.end)))
        .collect();
    let budget = Budget::new(STEPS);
    let mut meetings = BTreeMap::new();
    let series::Events { by_uid, mut broken } = series::series(&calendars)?;
    let mut read = 0;
    let mut moved = Vec::new();
    for (uid, parts) in by_uid {
        if parts.moved {
            moved.push(short(&uid));
        }
        let series = Series {
            uid: &uid,
            parts,
            reading,
            budget: &budget,
        };
        let found = match series.meetings() {
            Ok(found) => found,
            Err(cause) => {
                broken.push(series::broken_event(&uid, cause)?);
                continue;
            }
        };
        read += 1;
        for meeting in found {
            if let Some(twice) = meetings.insert(meeting.id.clone(), meeting) {
                return Err(BrokenFeed::Twice(short(&twice.id)));
            }
            if meetings.len() > MEETINGS {
                return Err(BrokenFeed::Dense);
            }
        }
    }
    if broken.len() > read {
        broken.truncate(1);
        if let Some(first) = broken.pop() {
            return Err(first);
        }
    }
    Ok(Found {
        meetings: meetings.into_values().collect(),
        broken,
        unknown_zones: calendars
            .iter()
            .filter_map(|(_, zones)| zones.unknown_default())
            .map(|name| short(&name))
            .collect(),
        moved,
    })
}

/// The place of an occurrence in time.
struct Place {
    /// Its start in local time of its zone.
    local: NaiveDateTime,
    zone: Zone,
    length: Length,
}

impl Place {
    fn of(event: &Event<'_>) -> Self {
        Self {
            local: event.start.local,
            zone: event.start.zone.clone(),
            length: event.length,
        }
    }
}

struct Series<'a> {
    uid: &'a str,
    parts: Parts<'a>,
    reading: Reading<'a>,
    budget: &'a Budget,
}

impl Series<'_> {
    fn meetings(&self) -> Result<Vec<Meeting<'static>>, BrokenEvent> {
        let mut meetings = Vec::new();
        let mut take = |meeting: Option<Meeting<'static>>| meetings.extend(meeting);
        let master = self.parts.master.as_ref();
        if let Some(master) = master {
            let recurs =
                !master.rules.is_empty() || !master.added.is_empty() || !self.parts.changed.is_empty();
            if !recurs {
                let start = master.start.instant();
                take(self.meeting(self.uid.to_owned(), None, master, start, &Place::of(master)));
                return Ok(meetings);
            }
            for (at, place) in self.occurrences(master)? {
                if !self.parts.changed.contains_key(&at) {
                    let id = self.id(at, place.local, master.start.is_day);
                    take(self.meeting(id, Some(self.uid), master, at, &place));
                }
            }
        }
        for (at, event) in &self.parts.changed {
            let days = master.map_or(event.occurrence.as_ref().is_some_and(|at| at.is_day), |master| {
                master.start.is_day
            });
            let zone = master.map_or(&event.start.zone, |master| &master.start.zone);
            let local = zone.local(*at).unwrap_or(event.start.local);
            let id = self.id(*at, local, days);
            take(self.meeting(
                id,
                Some(self.uid),
                event,
                event.start.instant(),
                &Place::of(event),
            ));
        }
        Ok(meetings)
    }

    /// The occurrences that may overlap the window, by their instants.
    fn occurrences(&self, master: &Event<'_>) -> Result<BTreeMap<i64, Place>, BrokenEvent> {
        let window = self.reading.window;
        let Moment {
            local: start,
            is_day,
            zone,
            ..
        } = &master.start;
        let days = master.all_day;
        let mut found = BTreeMap::new();
        let may_overlap = |instant: i64, length: Length| {
            instant < window.end && instant.saturating_add(length.at_most()) >= window.start
        };
        // The start is an occurrence, whether or not the rule gives it, unless the rule ends before it: that is how programs empty a series.
        let begins = master.start.instant();
        let emptied = |rule: &Rule| rule.last(days, zone).is_some_and(|last| last < begins);
        let is_empty = !master.rules.is_empty() && master.rules.iter().all(emptied);
        if !is_empty && may_overlap(begins, master.length) {
            found.insert(
                begins,
                Place {
                    local: *start,
                    zone: zone.clone(),
                    length: master.length,
                },
            );
        }
        for rule in &master.rules {
            let is_over = |last: i64| last.saturating_add(master.length.at_most()) < window.start;
            if rule.last(days, zone).is_some_and(is_over) {
                continue;
            }
            rule.each(*start, days, zone, self.budget, |local, instant| {
                if may_overlap(instant, master.length) {
                    found.insert(
                        instant,
                        Place {
                            local,
                            zone: zone.clone(),
                            length: master.length,
                        },
                    );
                }
                // Occurrences come in order of local time; their instants may be out of order by a change of the clocks.
                instant < window.end.saturating_add(86_400) && found.len() <= MEETINGS
            })?;
            if found.len() > MEETINGS {
                return Err(BrokenRule::TooDense.into());
            }
        }
        for (at, length) in &master.added {
            let length = length.unwrap_or(master.length);
            let instant = given(at, Some(master));
            if may_overlap(instant, length) {
                let local = if at.is_day == *is_day {
                    at.local
                } else {
                    zone.local(instant).unwrap_or(at.local)
                };
                let zone = if at.is_day == *is_day { &at.zone } else { zone };
                found.insert(
                    instant,
                    Place {
                        local,
                        zone: zone.clone(),
                        length,
                    },
                );
            }
        }
        // A day removes all occurrences of that day.
        let removed: HashSet<NaiveDate> = master
            .removed
            .iter()
            .filter(|at| at.is_day || days)
            .map(|at| at.day(zone))
            .collect();
        let instants: HashSet<i64> = master
            .removed
            .iter()
            .filter(|at| !days || at.is_day)
            .map(Moment::instant)
            .collect();
        found.retain(|at, place| !instants.contains(at) && !removed.contains(&place.local.date()));
        Ok(found)
    }

    /// The id of an occurrence, by the time that the rule gives.
    fn id(&self, at: i64, local: NaiveDateTime, is_day: bool) -> String {
        if is_day {
            format!("{}/{}", self.uid, local.date().format("%Y%m%d"))
        } else {
            format!("{}/{}", self.uid, moment::written(at))
        }
    }

    fn meeting(
        &self,
        id: String,
        series: Option<&str>,
        event: &Event<'_>,
        start: i64,
        place: &Place,
    ) -> Option<Meeting<'static>> {
        let end = place.length.end(place.local, start, &place.zone);
        self.reading.window.overlaps(start, end).then(|| Meeting {
            id: id.into(),
            room: self.reading.room.to_owned().into(),
            series: series.map(|uid| uid.to_owned().into()),
            subject: self.subject(event),
            start,
            end,
            all_day: event.all_day,
            status: self.status(event),
        })
    }

    /// The subject, if neither the occurrence nor its series withholds it.
    fn subject(&self, event: &Event<'_>) -> Subject<'static> {
        let withheld = |event: &Event<'_>| {
            event.may_be_private || self.reading.withhold.covers(event.classes.iter().copied())
        };
        if self.parts.may_be_private || withheld(event) || self.parts.master.as_ref().is_some_and(withheld) {
            return Subject::Withheld;
        }
        match &event.subject {
            Some(subject) => Subject::Text(Cow::Owned(shortened(subject))),
            None => Subject::None,
        }
    }

    /// The status; a cancelled series cancels all its occurrences.
    fn status(&self, event: &Event<'_>) -> Status {
        let cancelled = self
            .parts
            .master
            .as_ref()
            .is_some_and(|master| master.status == Status::Cancelled);
        if cancelled {
            Status::Cancelled
        } else {
            event.status
        }
    }
}

/// A subject as far as the contract takes it.
fn shortened(subject: &str) -> String {
    if subject.len() <= SUBJECT {
        return subject.to_owned();
    }
    let end = subject.floor_char_boundary(SUBJECT - '…'.len_utf8());
    format!("{}…", subject.get(..end).unwrap_or_default())
}
