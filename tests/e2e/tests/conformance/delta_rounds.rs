//! One whole round of `delta`, as the other clients are given it too: what who reads meetings from it gets.

use graph_sim::{Event, Fault, Pattern, when};

use crate::case::Area;
use crate::changes::{DELTA, OVERVIEW, STUBS};
use crate::scenario::Scenario;
use crate::setting::{event, one_room, tuesday};

/// What the clients are given too: one whole round of `delta`.
pub(crate) fn readings(area: Area) -> Area {
    area.reading("the first round brings every single meeting", DELTA, || {
        Scenario::changes(one_room([event("One"), event("Two")])).yields([tuesday("One"), tuesday("Two")])
    })
    .reading(
        "the first round brings every occurrence of a series with its subject",
        STUBS,
        || Scenario::changes(one_room([daily()])).yields(DAYS.map(slot)),
    )
    .reading(
        "the first round brings the occurrence that was moved, and no master",
        STUBS,
        || {
            let series = daily().change_on("2026-03-11", |event| {
                event.moved_to("2026-03-11T15:00", "2026-03-11T16:00")
            });
            let moved = "2026-03-11T14:00:00Z/2026-03-11T15:00:00Z Stand-up".to_owned();
            let rest = ["09", "10", "12", "13"].map(slot);
            Scenario::changes(one_room([series])).yields(rest.into_iter().chain([moved]))
        },
    )
    .reading(
        "a first round that begins with an empty page is read through",
        OVERVIEW,
        || {
            Scenario::changes(one_room([event("One")]))
                .faults([when("calendarView/delta").then(Fault::EmptyFirstPage)])
                .yields([tuesday("One")])
        },
    )
    .reading("what comes twice in a round is one meeting", OVERVIEW, || {
        Scenario::changes(one_room([event("One"), event("Two")]))
            .faults([when("calendarView/delta").then(Fault::ReplayedItems)])
            .yields([tuesday("One"), tuesday("Two")])
    })
    .reading("a removal in the first round is no meeting", OVERVIEW, || {
        Scenario::changes(one_room([event("One")]))
            .faults([when("calendarView/delta").then(Fault::UnknownRemoved)])
            .yields([tuesday("One")])
    })
    .reading(
        "a mailbox that answers large pages with 503 is asked for smaller ones",
        "corso (503 for large pages)",
        || {
            Scenario::changes(one_room((0..300).map(|n| event(&n.to_string()))))
                .faults([when("calendarView").then(Fault::PagesOver(100))])
                .yields((0..300).map(|n| tuesday(&n.to_string())))
        },
    )
}

/// The days of the month on which [`daily`] takes place.
pub(crate) const DAYS: [&str; 5] = ["09", "10", "11", "12", "13"];

/// Ten o'clock in Amsterdam, Monday to Friday.
pub(crate) fn daily() -> Event {
    Event::new("Stand-up", "2026-03-09T10:00", "2026-03-09T11:00")
        .zone("W. Europe Standard Time")
        .repeats(Pattern::Daily(1))
        .times(5)
}

fn slot(day: &str) -> String {
    format!("2026-03-{day}T09:00:00Z/2026-03-{day}T10:00:00Z Stand-up")
}
