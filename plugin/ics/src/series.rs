//! The events of a feed put together: by UID, in the latest revision of each, with the changed occurrences of a series.

use crate::event::{BrokenEvent, Event, Revision, short};
use crate::moment::{self, Moment};
use crate::schedule::BrokenFeed;
use crate::zone::{Zone, Zones};
use chrono::NaiveDate;
use icalendar::parser::Component;
use std::collections::BTreeMap;

/// How many events there are, changed occurrences included.
pub(crate) fn count(calendar: &Component<'_>) -> usize {
    events(calendar).count()
}

fn events<'a>(calendar: &'a Component<'a>) -> impl Iterator<Item = &'a Component<'a>> {
    calendar
        .components
        .iter()
        .filter(|component| component.name.as_str().eq_ignore_ascii_case("VEVENT"))
}

/// An event and the changed occurrences of it.
pub(crate) struct Parts<'a> {
    pub(crate) master: Option<Event<'a>>,
    /// By the instant that the rule gave them.
    pub(crate) changed: BTreeMap<i64, Event<'a>>,
}

/// The events by UID, in the latest revision of each.
pub(crate) fn series<'a>(
    calendar: &'a Component<'a>,
    zones: &Zones<'_>,
) -> Result<BTreeMap<String, Parts<'a>>, BrokenFeed> {
    let mut by_uid: BTreeMap<String, Vec<Revised<'a>>> = BTreeMap::new();
    let mut nameless = Vec::new();
    for component in events(calendar) {
        let uid = component
            .properties
            .iter()
            .find(|p| p.name.as_str().eq_ignore_ascii_case("UID"));
        let event = Event::read(component, zones).map_err(|cause| BrokenFeed::Event {
            uid: uid.map_or_else(|| "without UID".to_owned(), |uid| short(uid.val.as_str())),
            cause,
        })?;
        match event.uid {
            Some(uid) => by_uid
                .entry(uid.to_owned())
                .or_default()
                .push((Event::revision(component), event)),
            None if event.occurrence.is_some() => {
                let cause = BrokenEvent::Missing("UID");
                return Err(BrokenFeed::Event {
                    uid: "without UID".to_owned(),
                    cause,
                });
            }
            None => nameless.push((Event::revision(component), event)),
        }
    }
    // RFC 2445 did not ask for a UID. When an event takes place names it as well, as long as that is not changed.
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
    let parts = |(uid, events): (String, Vec<Revised<'a>>)| match parts(events) {
        Ok(parts) => Ok((uid, parts)),
        Err(cause) => Err(BrokenFeed::Event {
            uid: short(&uid),
            cause,
        }),
    };
    by_uid.into_iter().map(parts).collect()
}

fn parts<'a>(events: Vec<Revised<'a>>) -> Result<Parts<'a>, BrokenEvent> {
    let (changed, masters): (Vec<_>, Vec<_>) = events
        .into_iter()
        .partition(|(_, event)| event.occurrence.is_some());
    let master = latest(masters)?;
    let mut revisions: BTreeMap<i64, Vec<Revised<'a>>> = BTreeMap::new();
    for (revision, event) in changed {
        if let Some(occurrence) = &event.occurrence {
            let at = given(occurrence, master.as_ref().map(|master| &master.start));
            revisions.entry(at).or_default().push((revision, event));
        }
    }
    let mut changed = BTreeMap::new();
    for (at, revisions) in revisions {
        changed.extend(latest(revisions)?.map(|event| (at, event)));
    }
    Ok(Parts { master, changed })
}

type Revised<'a> = (Revision<'a>, Event<'a>);

/// The event of the latest revision.
fn latest(revisions: Vec<Revised<'_>>) -> Result<Option<Event<'_>>, BrokenEvent> {
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

/// The instant that the rule gave to an occurrence. Exporters name a day where the series has times, and the other way
/// round.
pub(crate) fn given(occurrence: &Moment, master: Option<&Moment>) -> i64 {
    match master {
        Some(master) if occurrence.is_day && !master.is_day => master
            .zone
            .instant(occurrence.local.date().and_time(master.local.time())),
        Some(master) if !occurrence.is_day && master.is_day => {
            let day = day_of(occurrence, &master.zone);
            master.zone.instant(day.and_time(master.local.time()))
        }
        _ => occurrence.instant(),
    }
}

/// The day of a moment by the clocks of a zone.
pub(crate) fn day_of(moment: &Moment, zone: &Zone) -> NaiveDate {
    if moment.is_day {
        return moment.local.date();
    }
    zone.local(moment.instant()).unwrap_or(moment.local).date()
}
