//! `calendarView/delta` of a mailbox: first the items in a window of its calendar, then in each round what has changed.
//! Sources: "event: delta", "Get incremental changes to events in a calendar view" and "Use delta query", Microsoft
//! Graph. What those do not tell (occurrences without properties, what counts as removed) follows what clients have seen.

mod lost;
mod page;
mod rounds;
mod snapshot;

use std::sync::Arc;

use crate::answer::{Answer, GraphAnswer as _};
use crate::calendar::{answered, window};
use crate::call::Call;
use crate::request::{Preferences, Request};
use crate::room::{ChangeTracking, Room};

pub use lost::LostDelta;
pub(crate) use rounds::Rounds;

use rounds::Round;
use snapshot::Snapshot;

/// The options that cannot be combined with change tracking.
const REFUSED: [&str; 7] = [
    "$select", "$filter", "$orderby", "$expand", "$search", "$skip", "$count",
];

/// Answers `/users/{key}/calendarView/delta` and its like; `key` is from the address.
pub(crate) fn delta(call: &Call<'_>, rounds: &Rounds, key: &str) -> Answer {
    answered(call, key, |room| changes(call, rounds, room))
}

fn changes(call: &Call<'_>, rounds: &Rounds, room: &Room) -> Result<Answer, Answer> {
    let (request, generation) = (call.request, call.tenant.generation);
    offered(room)?;
    understood(request)?;
    let preferences = Preferences::of(request)?;
    let path = request.target.split('?').next().unwrap_or_default();
    let address = format!("{}{path}", call.base);
    // An empty token counts as none, which is how clients replace a lost link.
    let token = |name| request.parameter(name).filter(|token| !token.is_empty());
    let (round, place) = match (token("$skiptoken"), token("$deltatoken")) {
        (Some(token), _) => rounds.find(token, &room.place_id, &address)?,
        (None, Some(token)) => {
            let (last, _) = rounds.find(token, &room.place_id, &address)?;
            (rounds.keep(next_round(&last, room, generation)), 0)
        }
        (None, None) => {
            let (from, to) = window(request)?;
            let snapshot = Snapshot::of(room, from, to);
            let units = snapshot.everything(room);
            let round = Round::new(room, (from, to), generation, Arc::new(snapshot), units);
            (rounds.keep(round), 0)
        }
    };
    page::page(call, room, &round, place, &address, &preferences)
}

/// What has changed since `last`, as a round of its own.
fn next_round(last: &Round, room: &Room, generation: u64) -> Round {
    if last.generation == generation {
        let same = Arc::clone(&last.snapshot);
        return Round::new(room, last.window, generation, same, Vec::new());
    }
    let now = Snapshot::of(room, last.window.0, last.window.1);
    let units = last.snapshot.changes(&now, room);
    // Rooms that did not change share a snapshot, however often clients ask.
    let snapshot = if *last.snapshot == now {
        Arc::clone(&last.snapshot)
    } else {
        Arc::new(now)
    };
    Round::new(room, last.window, generation, snapshot, units)
}

fn offered(room: &Room) -> Result<(), Answer> {
    match room.change_tracking {
        ChangeTracking::Offered => Ok(()),
        ChangeTracking::NotSupported => Err(not_supported("startDateTime, endDateTime")),
        ChangeTracking::Refused(refusal) => Err(Answer::refusal(refusal)),
        ChangeTracking::NotImplemented => Err(Answer::error(
            501,
            "NotImplemented",
            "Change tracking is not implemented for this mailbox.",
        )),
    }
}

fn understood(request: &Request) -> Result<(), Answer> {
    if request.parameter("$top").is_some() {
        return Err(Answer::error(
            400,
            "ErrorInvalidUrlQuery",
            "The '$top' parameter is not supported with change tracking over the 'CalendarView' resource as page size cannot be guaranteed. Express page size preferences using the Prefer: odata.maxpagesize= header instead.",
        ));
    }
    let refused: Vec<&str> = REFUSED
        .into_iter()
        .filter(|option| request.parameter(option).is_some())
        .collect();
    if refused.is_empty() {
        Ok(())
    } else {
        Err(not_supported(&refused.join(", ")))
    }
}

fn not_supported(names: &str) -> Answer {
    Answer::error(
        400,
        "ErrorInvalidUrlQuery",
        &format!(
            "The following parameters are not supported with change tracking over the 'CalendarView' resource: '{names}'."
        ),
    )
}
