//! Recurring meetings: each occurrence where it is, with its own exceptions.

use std::collections::HashSet;

use chrono::Weekday;
use graph_sim::{Event, Pattern, Simulator};

use crate::case::Area;
use crate::scenario::Scenario;
use crate::setting::{collect, one_room};

const VIEW: &str = "List calendarView";
const EVENT: &str = "event resource type";

pub(crate) fn area() -> Area {
    Area::new("Series")
        .reading("every occurrence of a series is a meeting", VIEW, || {
            Scenario::calendar(one_room([daily()])).yields(slots(&["09", "10", "11", "12", "13"]))
        })
        .reading(
            "an occurrence that was moved is where it was moved to",
            "davmail #481",
            || {
                let series = daily().change_on("2026-03-11", |event| {
                    event.moved_to("2026-03-12T15:00", "2026-03-12T16:30")
                });
                let moved = ["2026-03-12T14:00:00Z/2026-03-12T15:30:00Z Stand-up".to_owned()];
                let rest = slots(&["09", "10", "12", "13"]);
                Scenario::calendar(one_room([series])).yields(rest.into_iter().chain(moved))
            },
        )
        .reading(
            "an occurrence that was moved out of the window is not in it",
            VIEW,
            || {
                let series = daily().change_on("2026-03-11", |event| {
                    event.moved_to("2026-03-20T10:00", "2026-03-20T11:00")
                });
                Scenario::calendar(one_room([series])).yields(slots(&["09", "10", "12", "13"]))
            },
        )
        .reading(
            "an occurrence that was moved into the window is in it",
            VIEW,
            || {
                let series = Event::new("Stand-up", "2026-03-02T10:00", "2026-03-02T11:00")
                    .zone("W. Europe Standard Time")
                    .repeats(Pattern::Daily(1))
                    .times(3)
                    .change_on("2026-03-03", |event| {
                        event.moved_to("2026-03-10T10:00", "2026-03-10T11:00")
                    });
                Scenario::calendar(one_room([series])).yields(slots(&["10"]))
            },
        )
        .reading(
            "an occurrence that was deleted is not there",
            "closeio/sync-engine #389",
            || {
                let series = daily().without("2026-03-11");
                Scenario::calendar(one_room([series])).yields(slots(&["09", "10", "12", "13"]))
            },
        )
        .reading("an occurrence with another subject has its own", EVENT, || {
            let series = daily().change_on("2026-03-11", |event| event.subject("Review"));
            let other = ["2026-03-11T09:00:00Z/2026-03-11T10:00:00Z Review".to_owned()];
            let rest = slots(&["09", "10", "12", "13"]);
            Scenario::calendar(one_room([series])).yields(rest.into_iter().chain(other))
        })
        .case(
            "an occurrence that was cancelled is there as cancelled, the others are not",
            "Set-CalendarProcessing (RemoveCanceledMeetings)",
            || {
                let series = daily().change_on("2026-03-11", Event::cancelled);
                let ended = collect(&Simulator::start(one_room([series])).unwrap());
                let status: Vec<String> = ended
                    .meetings(0)
                    .unwrap()
                    .iter()
                    .map(|meeting| meeting["status"].as_str().unwrap().to_owned())
                    .collect();
                assert_eq!(
                    status,
                    ["confirmed", "confirmed", "cancelled", "confirmed", "confirmed"]
                );
            },
        )
        .case(
            "an occurrence that was made private in an open series is withheld, the others are not",
            "microsoft-graph-docs #7632",
            || {
                assert_eq!(
                    brief(daily().change_on("2026-03-10", Event::private)),
                    [
                        "conf-a 2026-03-09T09:00 Stand-up",
                        "conf-a 2026-03-10T09:00 -",
                        "conf-a 2026-03-11T09:00 Stand-up",
                        "conf-a 2026-03-12T09:00 Stand-up",
                        "conf-a 2026-03-13T09:00 Stand-up",
                    ]
                );
            },
        )
        .case(
            "an occurrence that was opened in a private series is shown, the others are not",
            "microsoft-graph-docs #7632",
            || {
                let series = daily()
                    .private()
                    .change_on("2026-03-10", |event| event.sensitivity("normal"));
                assert_eq!(
                    brief(series),
                    [
                        "conf-a 2026-03-09T09:00 -",
                        "conf-a 2026-03-10T09:00 Stand-up",
                        "conf-a 2026-03-11T09:00 -",
                        "conf-a 2026-03-12T09:00 -",
                        "conf-a 2026-03-13T09:00 -",
                    ]
                );
            },
        )
        .case(
            "every occurrence of a private series is withheld, moved and cancelled ones too",
            "microsoft-graph-docs #1716, #7632",
            || {
                let series = daily()
                    .private()
                    .change_on("2026-03-10", |event| {
                        event.moved_to("2026-03-10T15:00", "2026-03-10T16:00")
                    })
                    .change_on("2026-03-11", Event::cancelled);
                let found = brief(series);
                assert_eq!(found.len(), 5);
                assert!(found.iter().all(|line| line.ends_with(" -")), "{found:?}");
            },
        )
        .case(
            "the occurrences of a series share its id and have ids of their own",
            "event resource type (seriesMasterId)",
            ids,
        )
        .reading(
            "a weekly series on three days skips the weeks that it skips",
            "recurrencePattern resource type",
            || {
                let days = vec![Weekday::Mon, Weekday::Wed, Weekday::Fri];
                let series = Event::new("Stand-up", "2026-03-09T10:00", "2026-03-09T11:00")
                    .zone("W. Europe Standard Time")
                    .repeats(Pattern::Weekly(2, days));
                Scenario::calendar(one_room([series]))
                    .between("2026-03-09T00:00:00Z", "2026-03-24T00:00:00Z")
                    .yields(slots(&["09", "11", "13", "23"]))
            },
        )
        .reading(
            "a series without end brings what the window holds and no more",
            "recurrenceRange resource type",
            || {
                let series = Event::new("Stand-up", "2020-01-06T10:00", "2020-01-06T11:00")
                    .zone("W. Europe Standard Time")
                    .repeats(Pattern::Daily(1));
                let days = ["09", "10", "11", "12", "13", "14", "15"];
                Scenario::calendar(one_room([series])).yields(slots(&days))
            },
        )
        .reading(
            "a series of five hundred occurrences is whole over a year and a half",
            VIEW,
            || {
                let series = Event::new("Noon", "2026-03-10T12:00:00Z", "2026-03-10T12:30:00Z")
                    .repeats(Pattern::Daily(1))
                    .times(500);
                let first = chrono::NaiveDate::from_ymd_opt(2026, 3, 10).unwrap();
                let days = first.iter_days().take(500);
                Scenario::calendar(one_room([series]))
                    .between("2026-03-01T00:00:00Z", "2027-12-01T00:00:00Z")
                    .yields(days.map(|day| format!("{day}T12:00:00Z/{day}T12:30:00Z Noon")))
            },
        )
}

/// Ten o'clock in Amsterdam, Monday to Friday.
fn daily() -> Event {
    Event::new("Stand-up", "2026-03-09T10:00", "2026-03-09T11:00")
        .zone("W. Europe Standard Time")
        .repeats(Pattern::Daily(1))
        .times(5)
}

/// Its slots on these days of March 2026.
fn slots(days: &[&str]) -> Vec<String> {
    days.iter()
        .map(|day| format!("2026-03-{day}T09:00:00Z/2026-03-{day}T10:00:00Z Stand-up"))
        .collect()
}

fn brief(series: Event) -> Vec<String> {
    let ended = collect(&Simulator::start(one_room([series])).unwrap());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.brief().unwrap()
}

fn ids() {
    let series = daily().change_on("2026-03-11", |event| event.subject("Review"));
    let ended = collect(&Simulator::start(one_room([series])).unwrap());
    let meetings = ended.meetings(0).unwrap();
    assert!(meetings[0]["series"].is_string(), "{}", meetings[0]);
    assert!(
        meetings
            .iter()
            .all(|meeting| meeting["series"] == meetings[0]["series"]),
        "one series"
    );
    let ids: HashSet<String> = meetings.iter().map(|meeting| meeting["id"].to_string()).collect();
    assert_eq!(ids.len(), 5, "each occurrence has an id of its own");
}
