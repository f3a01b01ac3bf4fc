//! The events of a feed, grouped by UID, in the latest revision of each, with the changed occurrences of a series.
//!
//! An event that cannot be understood takes the others of its UID with it: without it, they might keep times that it changed, or show a
//! subject that it withholds.

use crate::calendar::Component;
use crate::event::{self, BrokenEvent, Event, Revision, short};
use crate::moment::{self, Moment};
use crate::recurrence::MEETINGS;
use crate::zones::Zones;
use connector_sdk::Status;
use std::collections::{BTreeMap, BTreeSet};

/// Why a feed, or an event of it, could not be understood. The messages reveal nothing of the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BrokenFeed {
    #[error("its event {uid} {cause}")]
    Event { uid: String, cause: BrokenEvent },
    #[error("two of its meetings have the id {0}")]
    Twice(String),
    #[error("it has more than {MEETINGS} meetings in the window")]
    Dense,
    #[error("it says only when the room is free or busy (VFREEBUSY), and holds no events")]
    FreeBusy,
}

/// The number of events, including changed occurrences.
pub(crate) fn count(calendars: &[Component<'_>]) -> usize {
    calendars.iter().map(|calendar| events(calendar).count()).sum()
}

fn events<'f, 'a>(calendar: &'f Component<'a>) -> impl Iterator<Item = &'f Component<'a>> {
    calendar
        .components
        .iter()
        .filter(|component| component.is("VEVENT"))
}

/// An event and its changed occurrences.
pub(crate) struct Parts<'a> {
    pub(crate) master: Option<Event<'a>>,
    /// By the instant that the rule gives.
    pub(crate) changed: BTreeMap<i64, Event<'a>>,
    /// Whether a component that may have been its series, and private, could not be read.
    pub(crate) may_be_private: bool,
    /// Whether it is at another time in what is taken for an older revision.
    pub(crate) moved: bool,
}

/// The events of a feed.
pub(crate) struct Events<'a> {
    /// By UID, in the latest revision of each.
    pub(crate) by_uid: BTreeMap<String, Parts<'a>>,
    /// The events that were skipped.
    pub(crate) broken: Vec<BrokenFeed>,
}

/// Collects the events of the calendars of a feed, each with its zones.
pub(crate) fn series<'a>(calendars: &[(&Component<'a>, Zones<'_>)]) -> Result<Events<'a>, BrokenFeed> {
    let mut by_uid: BTreeMap<String, Vec<Revised<'a>>> = BTreeMap::new();
    let mut nameless = Vec::new();
    let mut broken = Vec::new();
    let mut broken_uids = BTreeSet::new();
    let mut series_lost = false;
    for (calendar, zones) in calendars {
        for component in events(calendar) {
            let uid = event::uid(component);
            // Its UID may have been lost.
            series_lost |= uid.is_none() || !component.lost.is_empty() && component.may_be_private;
            let read = match Event::read(component, zones) {
                Ok(event) if uid.is_none() && event.occurrence.is_some() => Err(BrokenEvent::Missing("UID")),
                read => read,
            };
            let mut event = match read {
                Ok(event) => event,
                Err(cause) => {
                    // Only its line number identifies it.
                    let name = uid
                        .clone()
                        .unwrap_or_else(|| format!("at line {}", component.line).into());
                    broken.push(broken_event(&name, cause)?);
                    series_lost |= uid.is_none();
                    broken_uids.extend(uid.map(String::from));
                    continue;
                }
            };
            event.may_be_private |= calendar.may_be_private;
            if calendar
                .first("METHOD")
                .is_some_and(|method| method.value.trim().eq_ignore_ascii_case("CANCEL"))
            {
                event.status = Status::Cancelled;
            }
            let revised = (Event::revision(component), event);
            match uid {
                Some(uid) => by_uid.entry(uid.into_owned()).or_default().push(revised),
                None => nameless.push(revised),
            }
        }
    }
    by_uid.retain(|uid, _| !broken_uids.contains(uid));
    // RFC 2445 did not require a UID. The time of an event identifies it as well, until it is moved.
    nameless.sort_by_cached_key(|(_, event)| format!("{event:?}"));
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    for (revision, event) in nameless {
        let start = event.start.instant();
        let end = event.length.end(event.start.local, start, &event.start.zone);
        let name = format!("{}/{}", moment::written(start), moment::written(end));
        let number = named.entry(name.clone()).or_default();
        let uid = loop {
            *number += 1;
            let uid = format!("{name}/{number}");
            if !by_uid.contains_key(&uid) {
                break uid;
            }
        };
        by_uid.insert(uid, vec![(revision, event)]);
    }
    let mut whole = BTreeMap::new();
    for (uid, events) in by_uid {
        match parts(events, series_lost) {
            Ok(parts) => {
                whole.insert(uid, parts);
            }
            Err(cause) => broken.push(broken_event(&uid, cause)?),
        }
    }
    Ok(Events {
        by_uid: whole,
        broken,
    })
}

/// Decides about a broken event: it is skipped, or, as an error, fails the feed.
pub(crate) fn broken_event(uid: &str, cause: BrokenEvent) -> Result<BrokenFeed, BrokenFeed> {
    let costs_the_room = cause.costs_the_room();
    let broken = BrokenFeed::Event {
        uid: short(uid),
        cause,
    };
    if costs_the_room { Err(broken) } else { Ok(broken) }
}

fn parts(events: Vec<Revised<'_>>, series_lost: bool) -> Result<Parts<'_>, BrokenEvent> {
    let (mut changed, mut masters): (Vec<_>, Vec<_>) = events
        .into_iter()
        .partition(|(_, event)| event.occurrence.is_some());
    let recurs = |event: &Event<'_>| !event.rules.is_empty() || !event.added.is_empty();
    // An occurrence that was copied in Outlook and made a series keeps its RECURRENCE-ID, which then has no effect.
    if masters.is_empty() {
        (masters, changed) = changed.into_iter().partition(|(_, event)| recurs(event));
    }
    if changed.iter().any(|(_, event)| recurs(event)) {
        return Err(BrokenEvent::Unsupported("RECURRENCE-ID with RRULE or RDATE"));
    }
    let mut moved = false;
    let master = latest(masters, &mut moved)?;
    let mut revisions: BTreeMap<i64, Vec<Revised<'_>>> = BTreeMap::new();
    for (revision, event) in changed {
        if let Some(occurrence) = &event.occurrence {
            let at = given(occurrence, master.as_ref());
            revisions.entry(at).or_default().push((revision, event));
        }
    }
    let mut changed = BTreeMap::new();
    for (at, revisions) in revisions {
        changed.extend(latest(revisions, &mut false)?.map(|event| (at, event)));
    }
    let may_be_private = series_lost && master.is_none();
    Ok(Parts {
        master,
        changed,
        may_be_private,
        moved,
    })
}

type Revised<'a> = (Revision<'a>, Event<'a>);

/// The event of the latest revision. `moved` becomes true if an older one is at another time and only a time stamp tells which is older: some
/// programs give all their events one UID.
fn latest<'a>(revisions: Vec<Revised<'a>>, moved: &mut bool) -> Result<Option<Event<'a>>, BrokenEvent> {
    if let [(_, first), rest @ ..] = &*revisions
        && revisions.iter().any(|(_, event)| event.revision_lost)
        && rest.iter().any(|(_, event)| event != first)
    {
        return Err(BrokenEvent::Unordered);
    }
    if let Some((latest, event)) = revisions.iter().max_by_key(|(revision, _)| *revision) {
        *moved |= revisions
            .iter()
            .any(|(revision, other)| revision.is_as_often_changed_as(latest) && other.start != event.start);
    }
    let newest = revisions.iter().map(|(revision, _)| *revision).max();
    let mut events = revisions
        .into_iter()
        .filter(|(revision, _)| Some(*revision) == newest)
        .map(|(_, event)| event);
    let first = events.next();
    if events.any(|event| Some(&event) != first.as_ref()) {
        return Err(BrokenEvent::Ambiguous);
    }
    Ok(first)
}

/// The instant that the rule gives to an occurrence. Some exporters write a day although the series has times, or the reverse, or a time in
/// the zone of the series without naming it.
pub(crate) fn given(occurrence: &Moment, master: Option<&Event<'_>>) -> i64 {
    let Some(Event { start, all_day, .. }) = master else {
        return occurrence.instant();
    };
    if occurrence.is_day != start.is_day || (*all_day && !occurrence.is_day) {
        let day = occurrence.day(&start.zone);
        return start.zone.instant(day.and_time(start.local.time()));
    }
    if occurrence.floating {
        return start.zone.instant(occurrence.local);
    }
    occurrence.instant()
}
