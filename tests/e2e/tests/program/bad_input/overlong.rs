//! A connector that says more than is taken: the room that it says it of fails with words, what is for people is cut, and the rest is
//! collected.

use e2e::{Ended, Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};
use serde_json::json;

/// Megabytes cut to a line: the longest text that is taken, twice, with what stands around it.
const LINE: usize = 5_000;

/// A workplace for these rooms, with the connector as the orders make it.
fn workplace(rooms: &str, orders: &str) -> Workplace {
    let workplace = Workplace::new(&Source::hostile(rooms).to_string(), &[]).unwrap();
    order(&workplace, orders);
    workplace
}

fn order(workplace: &Workplace, orders: &str) {
    let component = std::fs::read(e2e::component("hostile").unwrap()).unwrap();
    let variant = e2e::variant(&component, orders).unwrap();
    workplace.write("plugins/hostile.wasm", variant).unwrap();
}

/// What is said of the one room that fails, while the two others are collected.
fn cause_of(room: &str, ended: &Ended) -> String {
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(
        ended.brief().unwrap(),
        [
            "fine 2026-03-09T00:00 Meeting first",
            "good 2026-03-09T00:00 Meeting first",
        ],
        "{}",
        ended.stderr
    );
    let counts = "misdeeds: rooms: 2 collected, 0 refused, 0 missing, 1 failed\n";
    assert!(ended.stderr.contains(counts), "{}", ended.stderr);
    let said = ended.said(&format!("source \"misdeeds\": {room}"));
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    assert!(said[0].len() < LINE, "{} bytes", said[0].len());
    let (_, cause) = said[0].split_once(": failed: ").unwrap();
    cause.to_owned()
}

/// The same of a room that the connector collects.
fn collected(deed: &str) -> String {
    let rooms = format!("good@x, {deed}@x, fine@x");
    cause_of(&format!("{deed}@x"), &workplace(&rooms, "").collect(&[]).unwrap())
}

/// The same of a room that the connector lists.
fn listed(what: &str) -> String {
    let workplace = workplace("odd@x, good@x, fine@x", &format!("overlong={what}"));
    let ended = workplace.collect(&[]).unwrap();
    let cause = cause_of("odd@x", &ended);
    let rooms = workplace.run(&["rooms"]).unwrap();
    assert_eq!(rooms.code, 3, "{}", rooms.stderr);
    let said = rooms.said("room odd@x");
    assert!(said.len() == 1 && said[0].ends_with(&cause), "{}", rooms.stderr);
    assert!(rooms.stdout.contains("good@x") && !rooms.stdout.contains("odd@x"));
    cause
}

#[test]
fn a_room_whose_name_key_or_building_is_too_long_fails_alone() {
    assert_eq!(
        listed("name"),
        "its name has 3,145,728 bytes; at most 1,024 are allowed"
    );
    assert_eq!(
        listed("key"),
        "its key has 3,145,728 bytes; at most 4,096 are allowed"
    );
    assert_eq!(
        listed("building"),
        "its building has 3,145,728 bytes; at most 1,024 are allowed"
    );
}

#[test]
fn a_room_whose_address_is_too_long_fails_alone() {
    // `odd@x` and three megabytes.
    assert_eq!(
        listed("address"),
        "its address has 3,145,733 bytes; at most 320 are allowed"
    );
}

#[test]
fn a_room_in_too_many_room_lists_or_in_one_of_megabytes_fails_alone() {
    assert_eq!(
        listed("lists"),
        "its list of room lists has 1,001 items; at most 1,000 are allowed"
    );
    assert_eq!(
        listed("list"),
        "the name of one of its room lists has 3,145,728 bytes; at most 1,024 are allowed"
    );
}

#[test]
fn a_room_with_more_meetings_than_are_taken_fails_alone_and_not_with_its_slice() {
    let workplace = workplace("good@x, dense@x, fine@x", "slice=3");
    let cause = cause_of("dense@x", &workplace.collect(&[]).unwrap());
    assert!(
        cause.contains("the room has more than 50000 meetings in the window"),
        "{cause}"
    );
}

#[test]
fn a_pass_brings_no_more_than_it_is_allowed_to_and_says_what_allows_more() {
    let source = Source::hostile("good@x, dense@x, fine@x").limit("pass-data", "\"2MiB\"");
    let workplace = Workplace::new(&source.to_string(), &["hostile"]).unwrap();
    let ended = workplace.collect(&[]).unwrap();
    let said = ended.said("source \"misdeeds\": dense@x");
    assert_eq!((ended.code, said.len()), (3, 1), "{}", ended.stderr);
    assert!(
        said[0].contains("the pass collected more than 2.0 MiB of meetings, records and cursors")
            && said[0].contains("`pass-data` in [source.limits]"),
        "{}",
        said[0]
    );
}

#[test]
fn a_room_whose_name_becomes_too_long_keeps_its_meetings() {
    let workplace = workplace("odd@x, good@x", "");
    let before = workplace.collect(&[]).unwrap();
    assert_eq!(
        (before.code, before.brief().unwrap().len()),
        (0, 2),
        "{}",
        before.stderr
    );
    for what in ["name", "key"] {
        order(&workplace, &format!("overlong={what}"));
        let after = workplace.collect(&[]).unwrap();
        assert_eq!(after.code, 3, "{}", after.stderr);
        assert_eq!(after.brief().unwrap(), before.brief().unwrap());
        assert!(after.stdout.len() < LINE, "{} bytes", after.stdout.len());
    }
    order(&workplace, "");
    let mended = workplace.collect(&[]).unwrap();
    assert_eq!(mended.code, 0, "{}", mended.stderr);
    assert_eq!(mended.stdout, before.stdout);
}

#[test]
fn more_rooms_than_are_taken_fail_the_source() {
    let ended = workplace("good@x", "list=crowd").collect(&[]).unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert_eq!(
        ended.stderr,
        "error: source \"misdeeds\": the connector returned too much: its list of rooms has 50,001 items; at most 50,000 are allowed\n"
    );
}

#[test]
fn a_series_of_megabytes_fails_its_room() {
    assert_eq!(
        collected("series"),
        "the connector returned an invalid meeting: a meeting's series has 1,500,000 bytes; at most 1,024 are allowed"
    );
}

#[test]
fn a_cursor_of_megabytes_fails_its_room_and_is_not_cut() {
    assert_eq!(
        collected("cursor"),
        "its cursor has 3,145,728 bytes; at most 65,536 are allowed"
    );
}

#[test]
fn a_reason_of_megabytes_is_cut_to_a_line() {
    let cause = collected("reason");
    assert!(cause.starts_with("xxx"), "{cause}");
    assert_eq!(cause.matches('…').count(), 3, "{cause}");
    assert!(cause.ends_with("xxx…"), "{cause}");
}

#[test]
fn a_check_of_megabytes_is_cut_to_a_line() {
    let ended = workplace("good@x", "overlong=check").run(&["validate"]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("xxx…"), "{}", ended.stdout);
    assert!(
        ended.stdout.len() + ended.stderr.len() < LINE,
        "{} and {} bytes",
        ended.stdout.len(),
        ended.stderr.len()
    );
}

#[test]
fn a_file_that_says_more_of_itself_than_is_taken_is_refused() {
    for (what, said) in [
        ("title", "its title has 3,145,728 bytes; at most 256 are allowed"),
        (
            "schema",
            "its settings schema has 3,145,728 bytes; at most 262,144 are allowed",
        ),
    ] {
        let workplace = workplace("good@x", &format!("overlong={what}"));
        let ended = workplace.run(&["run-once"]).unwrap();
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        let inspected = workplace.run(&["inspect", "plugins/hostile.wasm"]).unwrap();
        let said = format!("error: connector plugins/hostile.wasm: {said}\n");
        assert_eq!((inspected.code, inspected.stderr), (2, said.clone()));
        assert_eq!(ended.stderr.replace("source \"misdeeds\": ", ""), said);
    }
}

#[test]
fn an_authorization_of_megabytes_is_not_used() {
    let ended = workplace("good@x", "overlong=scope").collect(&[]).unwrap();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let said = "the connector returned too much: its scope has 3,145,728 bytes; at most 4,096 are allowed";
    assert_eq!(ended.said(said).len(), 1, "{}", ended.stderr);
    let ended = workplace("good@x", "overlong=problem").collect(&[]).unwrap();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("xxx…"), "{}", ended.stderr);
    assert!(ended.stderr.len() < LINE, "{} bytes", ended.stderr.len());
}

#[test]
fn a_series_of_megabytes_in_a_calendar_of_microsoft_365_fails_its_room() {
    let room = |letter: &str, event: Event| {
        Room::new(&format!("conf-{letter}@contoso.com"), &format!("Conf {letter}")).event(event)
    };
    let event = || Event::new("Standup", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let overlong = event().with("seriesMasterId", json!("x".repeat(1_500_000)));
    let tenant = Tenant::new("contoso.com")
        .room(room("a", event()))
        .room(room("b", overlong))
        .room(room("c", event()));
    let simulator = Simulator::start(tenant).unwrap();
    let source = Source::contoso(&simulator).to_string();
    let ended = Workplace::new(&source, &["o365"]).unwrap().collect(&[]).unwrap();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(
        ended.brief().unwrap(),
        [
            "conf-a 2026-03-10T10:00 Standup",
            "conf-c 2026-03-10T10:00 Standup"
        ],
        "{}",
        ended.stderr
    );
    let said = ended.said("conf-b@contoso.com: failed: ");
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    let words = "a meeting's series has 1,500,000 bytes; at most 1,024 are allowed";
    assert!(said[0].contains(words), "{}", ended.stderr);
}
