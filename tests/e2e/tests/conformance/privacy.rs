//! Which subjects are withheld. What is not known to be harmless is.

use e2e::Source;
use graph_sim::{Event, Simulator};

use crate::case::Area;
use crate::setting::{event, one_room, workplace};

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

pub(crate) fn area() -> Area {
    let mut area = Area::new("Privacy");
    for (marking, name, by_private, by_marked) in MARKINGS {
        for (choice, withheld) in [
            (None, by_private),
            (Some("private"), by_private),
            (Some("marked"), by_marked),
            (Some("all"), true),
        ] {
            let what = if withheld { "withheld" } else { "shown" };
            let by = choice.map_or_else(|| "by default".to_owned(), |choice| format!("when {choice} is chosen"));
            area = area.case(
                format!("a subject with a marking {name} is {what} {by}"),
                if marking.is_some() {
                    SENSITIVITY
                } else {
                    "microsoft-graph-docs #7632"
                },
                move || subject_is(marking, choice, withheld),
            );
        }
    }
    area.case(
        "a marking counts in any case",
        "getSchedule (capitals vary between samples)",
        || {
            subject_is(Some("Private"), None, true);
            subject_is(Some("NORMAL"), None, false);
        },
    )
    .case(
        "a private meeting without a subject does not tell that it has none",
        SENSITIVITY,
        || {
            let (subject, withheld) = shown(event("x").no_subject().private(), None);
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
fn shown(event: Event, choice: Option<&str>) -> (Option<String>, bool) {
    let simulator = Simulator::start(one_room([event])).unwrap();
    let source = Source::contoso(&simulator);
    let source = match choice {
        Some(choice) => source.setting("withhold-subjects", choice),
        None => source,
    };
    let ended = workplace(&source).collect(&[]).unwrap();
    let meetings = ended.meetings(0).unwrap();
    assert_eq!(meetings.len(), 1, "{}", ended.stderr);
    let subject = meetings[0]["subject"].as_str().map(str::to_owned);
    (subject, meetings[0]["withheld"] == true)
}

fn subject_is(marking: Option<&str>, choice: Option<&str>, withheld: bool) {
    let event = match marking {
        Some(marking) => event("Merger").sensitivity(marking),
        None => event("Merger").without_property("sensitivity"),
    };
    let expected = (!withheld).then(|| "Merger".to_owned());
    assert_eq!(shown(event, choice), (expected, withheld));
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
        ended.stderr.contains("contoso: meetings: 0 new, 1 changed, 0 gone, 0 as before\n"),
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
    let pass = [
        "run-once",
        "--format",
        "jsonl",
        "--from",
        "2026-03-09T00:00:00Z",
        "--to",
        "2026-03-16T00:00:00Z",
    ];
    let ended = e2e::ended(workplace.command(&pass).env("COLLECTOR_LOG", "debug")).unwrap();
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
