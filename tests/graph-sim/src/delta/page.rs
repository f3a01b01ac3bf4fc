//! One page of a round, with the ways in which paging goes wrong.

use std::collections::HashMap;

use serde_json::json;

use super::rounds::Round;
use super::snapshot::{Unit, items};
use crate::answer::{Answer, GraphAnswer as _};
use crate::calendar::{DEFAULT_PAGE, LARGEST_PAGE};
use crate::call::Call;
use crate::event::Event;
use crate::fault::Fault;
use crate::ids;
use crate::request::Preferences;
use crate::room::Room;
use crate::wire::{Form, write_tracked};

/// The page that begins with the unit at `place`. Its links are `address` with a token.
pub(crate) fn page(
    call: &Call<'_>,
    room: &Room,
    round: &Round,
    place: usize,
    address: &str,
    preferences: &Preferences,
) -> Result<Answer, Answer> {
    let fault = call.request.fault.as_ref();
    let size = preferences.page_size.unwrap_or(DEFAULT_PAGE).min(LARGEST_PAGE);
    let mut value = Value::new(room, round, preferences);
    let mut next = place;
    let empty = matches!(fault, Some(Fault::EmptyPage | Fault::EmptyFirstPage));
    if fault == Some(&Fault::RepeatedEvent)
        && let Some(again) = place.checked_sub(1).and_then(|again| round.units.get(again))
    {
        value.write(again, usize::MAX);
    }
    let before = value.count;
    while let Some(unit) = round.units.get(next).filter(|_| !empty) {
        // A unit that is larger than a page gets a page of its own.
        let left = if value.count == before {
            usize::MAX
        } else {
            size - (value.count - before).min(size)
        };
        if !value.write(unit, left) {
            break;
        }
        next += 1;
    }
    let count = value.count;
    call.request.check_page(preferences.page_size, size, count)?;
    match fault {
        Some(Fault::ReplayedItems) if count > 0 => {
            let again = value.out.clone();
            value.out.push(b',');
            value.out.extend_from_slice(&again);
        }
        Some(Fault::UnknownRemoved) => {
            value.removed(&ids::item(
                &room.place_id,
                &ids::fresh(),
                preferences.immutable_ids,
            ));
        }
        _ => {}
    }

    let units = round.units.len();
    let next_page = match fault {
        // A different token each time, so that the link does not look like a cycle.
        _ if empty => Some(round.page_token(place, fastrand::u32(1..))),
        Some(Fault::RepeatedNextLink) => Some(round.page_token(place, 0)),
        Some(Fault::AlternatingNextLink) if place > 0 => Some(round.page_token(0, 0)),
        Some(Fault::TrailingEmptyPage) if next >= units && place < units => Some(round.page_token(units, 0)),
        _ => (next < units).then(|| round.page_token(next, 0)),
    };
    let (name, link) = match next_page {
        Some(token) => ("@odata.nextLink", format!("{address}?$skiptoken={token}")),
        None => (
            "@odata.deltaLink",
            format!("{address}?$deltatoken={}", round.delta_token()),
        ),
    };
    let context = format!("{}/$metadata#Collection(event)", call.base);
    let mut body = format!(
        "{{\"@odata.context\":{},\"{name}\":{},\"value\":[",
        json!(context),
        json!(link)
    )
    .into_bytes();
    body.extend_from_slice(&value.out);
    body.extend_from_slice(b"]}");
    Ok(preferences.told_in(Answer::bytes(body)))
}

/// The items of a page while they are written.
struct Value<'a> {
    room: &'a Room,
    round: &'a Round,
    form: Form<'a>,
    /// The events by their keys; filled only if there is something to write.
    events: HashMap<&'a str, &'a Event>,
    out: Vec<u8>,
    count: usize,
}

impl<'a> Value<'a> {
    fn new(room: &'a Room, round: &'a Round, preferences: &'a Preferences) -> Self {
        let (zone_label, zone) = match &preferences.zone {
            Some((label, zone)) => (label.as_str(), *zone),
            None => ("UTC", chrono_tz::Tz::UTC),
        };
        let events = room.events.iter().filter(|_| !round.units.is_empty());
        Self {
            room,
            round,
            form: Form {
                select: None,
                zone,
                zone_label,
                immutable_ids: preferences.immutable_ids,
            },
            events: events
                .filter_map(|event| Some((event.key.as_deref()?, event)))
                .collect(),
            out: Vec::new(),
            count: 0,
        }
    }

    /// Writes a unit if it has at most `left` items, and returns whether it had. Writes the unit as it is now; what has
    /// gone since the round began is left out, and the next round reports it.
    fn write(&mut self, unit: &Unit, left: usize) -> bool {
        match unit {
            Unit::Present(key) => {
                let (from, to) = self.round.window;
                let found = self.events.get(key.as_str());
                let found = found.map_or_else(Vec::new, |event| items(event, from, to));
                if found.len() > left {
                    return false;
                }
                for item in &found {
                    self.comma();
                    write_tracked(self.room, &self.form, item, &mut self.out);
                }
            }
            Unit::Removed(id) => {
                if left == 0 {
                    return false;
                }
                self.removed(&id.shown(&self.room.place_id, self.form.immutable_ids));
            }
        }
        true
    }

    fn removed(&mut self, id: &str) {
        self.comma();
        let item =
            json!({"@odata.type": "#microsoft.graph.event", "id": id, "@removed": {"reason": "deleted"}});
        self.out.extend_from_slice(item.to_string().as_bytes());
    }

    fn comma(&mut self) {
        if self.count > 0 {
            self.out.push(b',');
        }
        self.count += 1;
    }
}
