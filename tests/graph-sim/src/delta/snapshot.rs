//! Snapshots of a mailbox between two rounds, and the changes between them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use crate::event::Event;
use crate::ids;
use crate::room::Room;
use crate::series::Instance;

/// A part of a round that is never split over pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// The event or the whole series with this key.
    Present(String),
    /// An item that is no longer in the window, or never was.
    Removed(Id),
}

/// What an item's id is made from. The id itself depends on the client's preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    name: String,
    forced: Option<String>,
}

impl Id {
    fn of(event: &Event, slot: Option<NaiveDate>) -> Self {
        let shown = |value: &Value| value.as_str().map(str::to_owned);
        let raw = event.raw.as_ref().and_then(|raw| shown(raw.get("id")?));
        let forced = event.overrides.iter().rev().find(|(name, _)| name == "id");
        let forced = forced.and_then(|(_, value)| shown(value.as_ref()?));
        Self {
            name: ids::name(event.key.as_deref().unwrap_or_default(), slot),
            forced: raw.or(forced),
        }
    }

    pub(crate) fn shown(&self, mailbox: &str, immutable: bool) -> String {
        self.forced
            .clone()
            .unwrap_or_else(|| ids::item(mailbox, &self.name, immutable))
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Seen {
    fingerprint: u64,
    /// The items of it in the window, the series itself first; empty for an event outside.
    shown: Vec<(Option<NaiveDate>, Id)>,
}

/// A mailbox at one time, seen through a window.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    events: HashMap<String, Seen>,
}

impl Snapshot {
    pub(crate) fn of(room: &Room, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let events = room.events.iter().map(|event| {
            let shown = items(event, from, to).into_iter().map(|item| {
                let slot = item.slot.map(|(day, _)| day);
                (slot, Id::of(item.event, slot))
            });
            let seen = Seen {
                fingerprint: event.fingerprint(),
                shown: shown.collect(),
            };
            (key(event).to_owned(), seen)
        });
        Self {
            events: events.collect(),
        }
    }

    /// The units of a first round.
    pub(crate) fn everything(&self, room: &Room) -> Vec<Unit> {
        let inside = room
            .events
            .iter()
            .map(key)
            .filter(|key| self.events.get(*key).is_some_and(|seen| !seen.shown.is_empty()));
        inside.map(|key| Unit::Present(key.to_owned())).collect()
    }

    /// The units of the round from this snapshot to `now`, which is `room` seen through the same window.
    pub(crate) fn changes(&self, now: &Self, room: &Room) -> Vec<Unit> {
        let mut removed: Vec<Unit> = Vec::new();
        let mut present: Vec<Unit> = Vec::new();
        let gone = self
            .events
            .iter()
            .filter(|(key, _)| !now.events.contains_key(*key));
        for (_, id) in gone.flat_map(|(_, seen)| &seen.shown) {
            removed.push(Unit::Removed(id.clone()));
        }
        for event in &room.events {
            let Some(seen) = now.events.get(key(event)) else {
                continue;
            };
            let before = self.events.get(key(event));
            if before.is_some_and(|before| before.fingerprint == seen.fingerprint) {
                continue;
            }
            let shown = before.map_or(&[][..], |before| &before.shown);
            if seen.shown.is_empty() {
                // Reported as removed, although the client may not know it: an event outside the window that was added or changed.
                let own = (None, Id::of(event, None));
                let others = shown.iter().filter(|(_, id)| *id != own.1);
                removed.extend(
                    std::iter::once(&own)
                        .chain(others)
                        .map(|(_, id)| Unit::Removed(id.clone())),
                );
            } else {
                present.push(Unit::Present(key(event).to_owned()));
                // An exception that was moved out of the window is reported; a deleted slot is only missing from its
                // series, which comes as a whole.
                let moved_out = shown.iter().filter(|(slot, id)| {
                    is_exception(event, *slot) && !seen.shown.iter().any(|(_, still)| still == id)
                });
                removed.extend(moved_out.map(|(_, id)| Unit::Removed(id.clone())));
            }
        }
        removed.append(&mut present);
        removed
    }
}

fn key(event: &Event) -> &str {
    event.key.as_deref().unwrap_or_default()
}

fn is_exception(event: &Event, slot: Option<NaiveDate>) -> bool {
    let exceptions = event.recurrence.iter().flat_map(|r| &r.exceptions);
    slot.is_some_and(|slot| {
        exceptions
            .filter(|(_, changed)| changed.is_some())
            .any(|(day, _)| *day == slot)
    })
}

/// The items that a delta shows of an event: itself, or the series and its items in the window; none if outside.
pub(crate) fn items(event: &Event, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Instance<'_>> {
    let mut found = event.instances(from, to);
    found.sort_by_key(|item| item.start);
    if !found.is_empty() && event.recurrence.is_some() {
        found.insert(0, event.master());
    }
    found
}
