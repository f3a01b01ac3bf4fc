//! Passes that ask first what changed. `calendarView/delta` tells it with too little and with too much: occurrences without subject and
//! marking, removals of what was never there, the same twice, and every now and then nothing at all until it is asked anew. None
//! of this may cost a meeting or show a subject.

use e2e::{Ended, Source};
use graph_sim::{ChangeTracking, Event, Fault, LostDelta, Pattern, Refusal, RetryAfter, Room, Tenant, when};

use crate::case::Area;
use crate::delta_rounds::{DAYS, daily, readings};
use crate::followed::Followed;
use crate::scenario::spans;
use crate::setting::{ROOM, address, event, one_room, tenant, tuesday};

pub(crate) const DELTA: &str = "event: delta";
pub(crate) const STUBS: &str = "microsoft-graph-docs #7632, #1716, microsoft-graph-docs-contrib #34";
const REMOVED: &str = "microsoft-graph-docs #6599, #6324";
const RESET: &str = "Use delta query to track changes (synchronization reset)";
pub(crate) const OVERVIEW: &str = "Use delta query to track changes";

/// How a state that was forgotten is told, and where it was seen.
fn forgotten() -> Vec<(LostDelta, String, &'static str)> {
    let mut forms = vec![
        (
            LostDelta::NotFound,
            "410 SyncStateNotFound".to_owned(),
            "microsoft-graph-docs #2350",
        ),
        (
            LostDelta::Location,
            "410 with an empty body and a Location".to_owned(),
            RESET,
        ),
        (
            LostDelta::NotSupported,
            "400 that the DeltaToken is not supported".to_owned(),
            "corso (graph errors)",
        ),
        (
            LostDelta::Error(404, "syncStateNotFound".into(), "Not found.".into()),
            "404 syncStateNotFound".to_owned(),
            "Microsoft Graph error responses",
        ),
    ];
    for status in [400, 404, 410] {
        forms.push((
            LostDelta::ResyncRequired(status),
            format!("{status} ResyncRequired"),
            RESET,
        ));
        forms.push((
            LostDelta::Invalid(status),
            format!("{status} SyncStateInvalid"),
            "corso (graph errors)",
        ));
    }
    forms
}

/// Calendars whose changes are not told.
const UNTOLD: [(ChangeTracking, &str); 3] = [
    (ChangeTracking::NotSupported, "with 400"),
    (ChangeTracking::Refused(Refusal::AccessDenied), "with 403"),
    (ChangeTracking::NotImplemented, "with 501"),
];

pub(crate) fn area() -> Area {
    let mut area = readings(Area::new("Changes only"));
    for (form, name, recorded) in forgotten() {
        area = area.case(
            format!("a state that is forgotten, told as {name}, is read anew without a deletion"),
            recorded,
            move || forgotten_state(&form),
        );
    }
    for (state, name) in UNTOLD {
        area = area.case(
            format!("a calendar whose changes are refused {name} is read as a whole"),
            DELTA,
            move || untold(state),
        );
    }
    area.case(
        "a calendar in which nothing changed is not read again",
        DELTA,
        idle,
    )
    .case(
        "a calendar that changed is read again, and no other",
        DELTA,
        one_changed,
    )
    .case("an event that is deleted is gone", DELTA, || {
        let followed = Followed::new(one_room([event("Stays"), event("Goes")]));
        followed.change(|events| drop(events.pop()));
        assert_eq!(spans(&followed.pass()), [tuesday("Stays")]);
    })
    .case(
        "an event that is moved out of the window is gone, and one that is moved in is there",
        REMOVED,
        moved_over_the_edge,
    )
    .case(
        "an event outside the window that comes as removed takes nothing away",
        REMOVED,
        || {
            let followed = Followed::new(one_room([event("Stays")]));
            followed.change(|events| {
                events.push(Event::new("Far", "2026-09-10T10:00:00Z", "2026-09-10T11:00:00Z"));
            });
            assert_eq!(spans(&followed.pass()), [tuesday("Stays")]);
        },
    )
    .case(
        "a removal of an event of which nobody has heard takes nothing away",
        REMOVED,
        || nothing_is_lost(Fault::UnknownRemoved),
    )
    .case("items that come twice are one meeting each", OVERVIEW, || {
        nothing_is_lost(Fault::ReplayedItems);
    })
    .case("an empty page of changes is read through", OVERVIEW, || {
        nothing_is_lost(Fault::EmptyFirstPage);
    })
    .case(
        "pages of changes that run in a circle cost no room",
        OVERVIEW,
        || {
            nothing_is_lost(Fault::RepeatedNextLink);
        },
    )
    .case("changes that cannot be read cost no room", OVERVIEW, || {
        nothing_is_lost(Fault::WrongTypes);
    })
    .case(
        "pages of changes that are too large are asked for smaller",
        "corso (503 for large pages)",
        || {
            nothing_is_lost(Fault::PagesOver(10));
        },
    )
    .case(
        "one occurrence that is deleted from a series is gone, though nothing says so",
        "closeio/sync-engine #389",
        || {
            let followed = Followed::new(one_room([daily()]));
            followed.change(|events| events[0] = daily().without("2026-03-11"));
            assert_eq!(followed.pass().brief().unwrap().len(), 4);
        },
    )
    .case(
        "a private series that changes never shows its subject, though its occurrences come without marking",
        STUBS,
        a_private_series,
    )
    .case(
        "a series that becomes private loses the subject of every occurrence",
        STUBS,
        || {
            let followed = Followed::new(one_room([daily()]));
            followed.change(|events| events[0] = events[0].clone().private());
            let found = followed.pass().brief().unwrap();
            assert_eq!(found.len(), 5);
            assert!(found.iter().all(|line| line.ends_with(" -")), "{found:?}");
            followed.holds_nowhere("Stand-up");
        },
    )
    .case(
        "other subjects to withhold are withheld though no calendar changed",
        "event resource type (sensitivity)",
        another_choice,
    )
    .case(
        "the fixed window of the changes is rolled forward with the days",
        "Get incremental changes to events in a calendar view",
        rolled_forward,
    )
    .case(
        "a meeting that was there all along is found when the window reaches it",
        "Get incremental changes to events in a calendar view",
        reached_by_the_window,
    )
    .case(
        "a room whose changes are throttled is put back",
        "Microsoft Graph throttling guidance",
        || nothing_is_lost(Fault::Throttled(RetryAfter::Seconds(1))),
    )
    .case(
        "a mailbox that is made anew behind its address is read as a whole",
        "Use delta query to track changes",
        made_anew,
    )
}

fn figures(ended: &Ended, expected: &str) {
    assert!(
        ended.stderr.contains(&format!("contoso: meetings: {expected}\n")),
        "not {expected}: {}",
        ended.stderr
    );
}

fn idle() {
    let followed = Followed::new(tenant(3));
    let ended = followed.pass();
    assert_eq!(ended.brief().unwrap().len(), 3);
    assert_eq!(followed.asked(), (0, 3), "{}", ended.stderr);
}

fn one_changed() {
    let followed = Followed::new(tenant(3));
    followed
        .simulator
        .update(|tenant| {
            tenant.room_mut(&address(1))?.events_mut()[0] = event("Meeting one");
            Ok(())
        })
        .unwrap();
    let ended = followed.pass();
    assert_eq!(followed.asked(), (1, 3), "{}", ended.stderr);
    assert_eq!(
        ended.brief().unwrap(),
        [
            "room-000 2026-03-10T10:00 Meeting 0",
            "room-001 2026-03-10T10:00 Meeting one",
            "room-002 2026-03-10T10:00 Meeting 2",
        ]
    );
}

fn forgotten_state(form: &LostDelta) {
    let followed = Followed::new(one_room([event("One"), event("Two")]));
    followed.simulator.forget_deltas(form.clone());
    let ended = followed.pass();
    assert_eq!(ended.brief().unwrap().len(), 2);
    figures(&ended, "0 new, 0 changed, 0 gone, 2 as before");
    // It was read as a whole, and what changes from now on is told again.
    assert!(followed.asked().0 >= 1, "{:?}", followed.asked());
    followed.change(|events| drop(events.pop()));
    for _ in 0..2 {
        assert_eq!(spans(&followed.pass()), [tuesday("One")]);
    }
}

fn untold(state: ChangeTracking) {
    let room = Room::new(ROOM, "Conf A")
        .event(event("One"))
        .change_tracking(state);
    let followed = Followed::new(Tenant::new("contoso.com").room(room));
    followed.change(|events| events.push(event("Two")));
    assert_eq!(followed.pass().brief().unwrap().len(), 2);
    assert_eq!(followed.asked().0, 1);
}

/// Whatever goes wrong with the changes: what was deleted is gone, what is new is there, and nothing else is lost.
fn nothing_is_lost(fault: Fault) {
    let followed = Followed::new(one_room((0..30).map(|n| event(&format!("Meeting {n:02}")))));
    // Throttling that never ends would be another case.
    let times = if matches!(fault, Fault::Throttled(_)) {
        1
    } else {
        u64::MAX
    };
    followed
        .simulator
        .inject(when("calendarView/delta").first(times).then(fault));
    followed.change(|events| {
        events.pop();
        events.push(event("New"));
    });
    let ended = followed.pass();
    let mut found = ended.brief().unwrap();
    found.sort();
    let mut expected: Vec<String> = (0..29)
        .map(|n| format!("conf-a 2026-03-10T10:00 Meeting {n:02}"))
        .collect();
    expected.push("conf-a 2026-03-10T10:00 New".to_owned());
    assert_eq!(found, expected, "{}", ended.stderr);
    // And in the pass after it.
    let mut found = followed.pass().brief().unwrap();
    found.sort();
    assert_eq!(found, expected);
}

fn moved_over_the_edge() {
    let far = Event::new("In", "2026-05-10T10:00:00Z", "2026-05-10T11:00:00Z");
    let followed = Followed::new(one_room([event("Out"), far]));
    followed.change(|events| {
        events[0] = events[0]
            .clone()
            .moved_to("2026-06-10T10:00:00Z", "2026-06-10T11:00:00Z");
        events[1] = events[1]
            .clone()
            .moved_to("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    });
    assert_eq!(spans(&followed.pass()), [tuesday("In")]);
}

fn a_private_series() {
    let followed = Followed::new(one_room([daily().private()]));
    // Another time for the whole series: every occurrence comes anew, and none says that it is private.
    followed.change(|events| {
        events[0] = Event::new("Stand-up", "2026-03-09T11:00", "2026-03-09T12:00")
            .zone("W. Europe Standard Time")
            .repeats(Pattern::Daily(1))
            .times(5)
            .private();
    });
    let ended = followed.pass();
    assert_eq!(
        ended.brief().unwrap(),
        DAYS.map(|day| format!("conf-a 2026-03-{day}T10:00 -"))
    );
    for text in [&ended.stdout, &ended.stderr] {
        assert!(!text.contains("Stand-up"), "{text}");
    }
    followed.holds_nowhere("Stand-up");
}

fn another_choice() {
    let followed = Followed::new(one_room([event("Planning")]));
    let all = Source::contoso(&followed.simulator)
        .switched_on("changes-only")
        .setting("withhold-subjects", "all");
    followed.workplace.configure(&all.to_string()).unwrap();
    assert_eq!(followed.pass().brief().unwrap(), ["conf-a 2026-03-10T10:00 -"]);
}

/// Beginnings and ends of weeks, half an hour after each other where it says so: a delta query is begun anew only in a pass that
/// follows soon.
const WEEKS: [(&str, &str); 5] = [
    ("2026-03-12T00:00:00Z", "2026-03-19T00:00:00Z"),
    ("2026-03-15T23:30:00Z", "2026-03-22T23:30:00Z"),
    ("2026-03-16T00:10:00Z", "2026-03-23T00:10:00Z"),
    ("2026-03-16T00:40:00Z", "2026-03-23T00:40:00Z"),
    ("2026-03-16T01:10:00Z", "2026-03-23T01:10:00Z"),
];

fn rolled_forward() {
    let followed = Followed::new(one_room([]));
    for (number, (from, to)) in WEEKS.into_iter().enumerate() {
        let subject = format!("Booked {number}");
        // Each time a meeting is booked in the last days of the window.
        followed.change(|events| {
            events.push(Event::new(
                &subject,
                "2026-03-18T10:00:00Z",
                "2026-03-18T11:00:00Z",
            ));
        });
        let found = followed.pass_from(from, to).brief().unwrap();
        assert_eq!(found.len(), number + 1, "{from}: {found:?}");
    }
    // The round that is followed now was begun after the first one had ended.
    followed.simulator.forget_requests();
    let (from, to) = WEEKS[4];
    assert_eq!(followed.pass_from(from, to).brief().unwrap().len(), WEEKS.len());
    assert_eq!(followed.asked(), (0, 1));
}

fn reached_by_the_window() {
    let later = Event::new("Later", "2026-03-17T10:00:00Z", "2026-03-17T11:00:00Z");
    let followed = Followed::new(one_room([event("Now"), later]));
    assert_eq!(followed.pass().brief().unwrap().len(), 1);
    let found = followed.pass_from("2026-03-10T12:00:00Z", "2026-03-17T12:00:00Z");
    assert_eq!(found.brief().unwrap(), ["conf-a 2026-03-17T10:00 Later"]);
}

fn made_anew() {
    let followed = Followed::new(one_room([event("Old")]));
    followed
        .simulator
        .update(|tenant| {
            let room = tenant.room_mut(ROOM)?;
            room.make_anew("99999999-1111-4222-a333-444444444444");
            *room.events_mut() = vec![event("New")];
            Ok(())
        })
        .unwrap();
    assert_eq!(spans(&followed.pass()), [tuesday("New")]);
}
