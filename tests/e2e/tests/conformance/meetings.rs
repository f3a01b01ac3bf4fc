//! What a meeting is besides its time: its status and its subject.

use std::sync::LazyLock;

use e2e::Ended;
use graph_sim::{Event, Room, Simulator, Tenant};

use crate::case::Area;
use crate::scenario::Scenario;
use crate::setting::{address, collect, event, one_room, tuesday};

const EVENT: &str = "event resource type";

/// An event, how it is called, its status, and where it was seen.
fn statuses() -> Vec<(Event, &'static str, &'static str, &'static str)> {
    vec![
        (event("x"), "a plain one", "confirmed", EVENT),
        (
            event("x").cancelled(),
            "a cancelled one",
            "cancelled",
            "Set-CalendarProcessing (RemoveCanceledMeetings)",
        ),
        (
            event("x").tentative(),
            "a tentative one",
            "tentative",
            "Set-CalendarProcessing (TentativePendingApproval)",
        ),
        (
            event("x").tentative().cancelled(),
            "one that is tentative and cancelled",
            "cancelled",
            EVENT,
        ),
        (
            event("Canceled: not really").show_as("free"),
            "one whose subject alone begins with Canceled:",
            "confirmed",
            "chromium (test data)",
        ),
        (
            event("x").show_as("oof"),
            "one that is shown as away",
            "confirmed",
            EVENT,
        ),
        (
            event("x").show_as("somethingNew"),
            "one that is shown as something new",
            "confirmed",
            "Microsoft Graph best practices (evolvable enumerations)",
        ),
        (
            event("x")
                .without_property("showAs")
                .without_property("isCancelled"),
            "one that says neither",
            "confirmed",
            "microsoft-graph-docs #7632",
        ),
    ]
}

/// One pass over a room for each of them; all cases look at it.
static PASS: LazyLock<Ended> = LazyLock::new(|| {
    let rooms = statuses()
        .into_iter()
        .enumerate()
        .map(|(number, (event, ..))| Room::new(&address(number), "Room").event(event));
    collect(&Simulator::start(rooms.fold(Tenant::new("contoso.com"), Tenant::room)).unwrap())
});

pub(crate) fn area() -> Area {
    let mut area = Area::new("Meetings");
    for (number, (_, what, status, recorded)) in statuses().into_iter().enumerate() {
        area = area.case(
            format!("of the statuses, {what} is {status}"),
            recorded,
            move || {
                let meetings = PASS.meetings(0).unwrap();
                assert_eq!(meetings[number]["status"], status, "{}", meetings[number]);
            },
        );
    }
    area.reading(
        "a meeting without a subject is a meeting",
        "Set-CalendarProcessing (DeleteSubject)",
        || Scenario::calendar(one_room([event("x").no_subject()])).yields([tuesday("-")]),
    )
    .reading("a meeting with an empty subject is a meeting", EVENT, || {
        Scenario::calendar(one_room([event("")])).yields([tuesday("-")])
    })
    .reading(
        "two meetings at one time are two meetings",
        "Set-CalendarProcessing (AllowConflicts)",
        || {
            Scenario::calendar(one_room([event("Same"), event("Same")]))
                .yields([tuesday("Same"), tuesday("Same")])
        },
    )
    .reading(
        "a meeting without an organizer is a meeting",
        "MS365-Calendar (test data)",
        || {
            let event = event("Nobody's").without_property("organizer");
            Scenario::calendar(one_room([event])).yields([tuesday("Nobody's")])
        },
    )
    .reading(
        "properties that no schema has do no harm",
        "cli-microsoft365 (uid, occurrenceId)",
        || {
            let event = event("Odd")
                .with("uid", serde_json::json!("040000008200E00074C5B7101A82E008"))
                .with("occurrenceId", serde_json::json!({"a": [1, 2, 3]}));
            Scenario::calendar(one_room([event])).yields([tuesday("Odd")])
        },
    )
    .reading("a long subject arrives whole", EVENT, || {
        let long = "Long ".repeat(50) + "end";
        Scenario::calendar(one_room([event(&long)])).yields([tuesday(&long)])
    })
}
