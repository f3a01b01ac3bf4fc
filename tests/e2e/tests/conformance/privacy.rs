//! Which subjects are withheld. What is not known to be harmless is.

use std::sync::LazyLock;

use e2e::{Ended, PASS, Source};
use graph_sim::{Event, Simulator};
use serde_json::Value;

use crate::case::Area;
use crate::setting::{collect, event, one_room, workplace};

const SENSITIVITY: &str = "event resource type (sensitivity)";

/// The markings, and whether a subject is withheld by `private`, which is the default, and by `marked`.
const MARKINGS: [(Option<&str>, &str, bool, bool); 6] = [
    (Some("normal"), "normal", false, false),
    (Some("personal"), "personal", false, true),
    (Some("private"), "private", true, true),
    (Some("confidential"), "confidential", true, true),
    (Some("somethingNew"), "that nobody knows", true, true),
    (None, "that is missing", true, true),
];

/// What `withhold-subjects` may be, and what it is when nothing is said.
const CHOICES: [Option<&str>; 4] = [None, Some("private"), Some("marked"), Some("all")];

pub(crate) fn area() -> Area {
    let mut area = Area::new("Privacy");
    for (number, (marking, name, by_private, by_marked)) in MARKINGS.into_iter().enumerate() {
        for (choice, withheld) in [by_private, by_private, by_marked, true].into_iter().enumerate() {
            let what = if withheld { "withheld" } else { "shown" };
            let by = CHOICES[choice].map_or_else(
                || "by default".to_owned(),
                |choice| format!("when {choice} is chosen"),
            );
            area = area.case(
                format!("a subject with a marking {name} is {what} {by}"),
                if marking.is_some() {
                    SENSITIVITY
                } else {
                    "microsoft-graph-docs #7632"
                },
                move || subject_is(number, choice, withheld),
            );
        }
    }
    area.case(
        "a marking counts in any case",
        "getSchedule (capitals vary between samples)",
        || {
            assert_eq!(shown(event("Merger").sensitivity("Private")), (None, true));
            let shown = shown(event("Merger").sensitivity("NORMAL"));
            assert_eq!(shown, (Some("Merger".to_owned()), false));
        },
    )
    .case(
        "a private meeting without a subject does not tell that it has none",
        SENSITIVITY,
        || {
            let (subject, withheld) = shown(event("x").no_subject().private());
            assert_eq!((subject, withheld), (None, true));
        },
    )
    .case(
        "a meeting that becomes private loses the subject that was stored",
        SENSITIVITY,
        becomes_private,
    )
    .case(
        "neither the subject of a private meeting nor people nor text are in any file, output or log",
        "microsoft-graph-docs #5901 (an application reads private items in full)",
        nowhere,
    )
}

/// The subject of the one meeting of a pass, and whether it is withheld.
fn shown(event: Event) -> (Option<String>, bool) {
    let ended = collect(&Simulator::start(one_room([event])).unwrap());
    let meetings = ended.meetings(0).unwrap();
    assert_eq!(meetings.len(), 1, "{}", ended.stderr);
    let subject = meetings[0]["subject"].as_str().map(str::to_owned);
    (subject, meetings[0]["withheld"] == true)
}

/// The four passes, by choice: a meeting at each hour of Tuesday, in the order of the markings. All cases look at them.
static PASSES: LazyLock<Vec<Ended>> = LazyLock::new(|| {
    let hour = |number: usize| {
        let start = format!("2026-03-10T{:02}:00:00Z", 8 + number);
        Event::new("Merger", &start, &start.replace(":00:00Z", ":30:00Z"))
    };
    let events = MARKINGS
        .iter()
        .enumerate()
        .map(|(number, (marking, ..))| match marking {
            Some(marking) => hour(number).sensitivity(marking),
            None => hour(number).without_property("sensitivity"),
        });
    let simulator = Simulator::start(one_room(events)).unwrap();
    let pass = |choice: Option<&str>| {
        let source = Source::contoso(&simulator);
        let source = match choice {
            Some(choice) => source.setting("withhold-subjects", choice),
            None => source,
        };
        workplace(&source).collect(&[]).unwrap()
    };
    CHOICES.map(pass).into()
});

fn subject_is(marking: usize, choice: usize, withheld: bool) {
    let meetings = PASSES[choice].meetings(0).unwrap();
    assert_eq!(meetings.len(), MARKINGS.len(), "{}", PASSES[choice].stderr);
    let meeting = &meetings[marking];
    let expected = if withheld { Value::Null } else { "Merger".into() };
    assert_eq!(
        (&meeting["subject"], &meeting["withheld"]),
        (&expected, &withheld.into())
    );
}

fn becomes_private() {
    let simulator = Simulator::start(one_room([event("Merger")])).unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    let ended = workplace.collect(&[]).unwrap();
    assert!(ended.stdout.contains("Merger"), "{}", ended.stderr);
    simulator
        .update(|tenant| {
            let event = &mut tenant.room_mut(crate::setting::ROOM)?.events_mut()[0];
            *event = event.clone().private();
            Ok(())
        })
        .unwrap();
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.brief().unwrap(), ["conf-a 2026-03-10T10:00 -"]);
    assert!(
        ended
            .stderr
            .contains("contoso: meetings: 0 new, 1 changed, 0 gone, 0 as before\n"),
        "{}",
        ended.stderr
    );
}

fn nowhere() {
    let marked = |subject: &str| {
        event(subject)
            .organizer("Tainted Organizer", "tainted@contoso.com")
            .body("tainted body")
    };
    let simulator = Simulator::start(one_room([
        marked("tainted subject").private(),
        marked("tainted too").sensitivity("confidential"),
        marked("Plain"),
    ]))
    .unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    let ended = e2e::ended(workplace.command(&PASS).env("COLLECTOR_LOG", "debug")).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("DEBUG"), "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap().len(), 3);
    for (what, text) in [("output", &ended.stdout), ("log", &ended.stderr)] {
        assert!(!text.to_lowercase().contains("tainted"), "{what}: {text}");
    }
    for (file, content) in workplace.data().unwrap() {
        let text = String::from_utf8_lossy(&content).to_lowercase();
        assert!(!text.contains("tainted"), "{}", file.display());
    }
}
