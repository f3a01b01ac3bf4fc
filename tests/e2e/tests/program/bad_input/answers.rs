//! Answers that cannot be used: the room fails with the cause, the rest is collected, exit status 3.

use e2e::{Ended, Source, Workplace, calendar_of};
use graph_sim::{Event, Fault, Room, Rule, Simulator, Tenant, when};

/// Two rooms with a meeting each.
fn two_rooms() -> Tenant {
    let room = |letter: &str| {
        let subject = format!("Meeting {letter}");
        Room::new(&format!("conf-{letter}@contoso.com"), &format!("Conf {letter}")).event(Event::new(
            &subject,
            "2026-03-10T10:00:00Z",
            "2026-03-10T11:00:00Z",
        ))
    };
    Tenant::new("contoso.com").room(room("a")).room(room("b"))
}

fn collect(rules: impl IntoIterator<Item = Rule>) -> Ended {
    let simulator = Simulator::start(two_rooms()).unwrap();
    rules.into_iter().for_each(|rule| simulator.inject(rule));
    let source = Source::contoso(&simulator);
    Workplace::new(&source.to_string(), &["o365"])
        .unwrap()
        .collect(&[])
        .unwrap()
}

/// Only conf-a was collected; what is said of conf-b.
fn only_the_other_room(ended: &Ended) -> String {
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(
        ended.brief().unwrap(),
        ["conf-a 2026-03-10T10:00 Meeting a"],
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .contains("contoso: rooms: 1 collected, 0 refused, 0 missing, 1 failed\n"),
        "{}",
        ended.stderr
    );
    let said = ended.said("conf-b@contoso.com: failed: ");
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    said[0].to_owned()
}

#[test]
fn wrong_types_fail_the_room() {
    let said = only_the_other_room(&collect([when(&calendar_of("conf-b@contoso.com"))
        .inner()
        .then(Fault::WrongTypes)]));
    assert!(
        said.contains("Microsoft Graph's answer cannot be used: "),
        "{said}"
    );
}

#[test]
fn a_page_of_html_fails_the_room() {
    let said = only_the_other_room(&collect([when(&calendar_of("conf-b@contoso.com"))
        .inner()
        .then(Fault::Html)]));
    assert!(
        said.contains("Microsoft Graph's answer cannot be used: "),
        "{said}"
    );
    assert!(said.contains("look for a proxy that changes answers"), "{said}");
}

/// The second page of conf-b comes in a batch of its own; what goes wrong with it concerns no other room. (The first batch is for
/// the rooms' object ids, the second for their first pages.) What is asked for again goes wrong as well.
fn second_page(fault: &Fault) -> Ended {
    let empty = when(&calendar_of("conf-b@contoso.com"))
        .inner()
        .nth(1)
        .then(Fault::EmptyPage);
    let wrong = (3..=6).map(|batch| when("/$batch").outer().nth(batch).then(fault.clone()));
    collect(std::iter::once(empty).chain(wrong))
}

#[test]
fn json_that_ends_in_the_middle_fails_the_room() {
    let said = only_the_other_room(&second_page(&Fault::Truncated));
    assert!(
        said.contains("Microsoft Graph's answer cannot be used: "),
        "{said}"
    );
}

#[test]
fn a_batch_answered_with_html_fails_its_rooms() {
    let said = only_the_other_room(&second_page(&Fault::Html));
    assert!(
        said.contains("Microsoft Graph's answer cannot be used: "),
        "{said}"
    );
}

#[test]
fn a_body_over_the_limit_fails_the_room() {
    let said = only_the_other_room(&second_page(&Fault::Huge(40 << 20)));
    assert!(said.contains("sent more than 33554432 bytes"), "{said}");
    assert!(said.contains("Collect a shorter window."), "{said}");
}

#[test]
fn a_small_body_that_unpacks_to_a_gigabyte_fails_the_room() {
    let said = only_the_other_room(&second_page(&Fault::GzipBomb(1 << 30)));
    assert!(said.contains("Collect a shorter window."), "{said}");
}

#[test]
fn a_batch_that_was_bad_once_loses_no_room() {
    // 21 rooms: two slices, of which one gets an answer that cannot be used. Its rooms are read once more, alone.
    let rooms = (0..21).fold(Tenant::new("contoso.com"), |tenant, number| {
        let event = Event::new("Meeting", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
        tenant.room(Room::new(&format!("room-{number:02}@contoso.com"), "Room").event(event))
    });
    let simulator = Simulator::start(rooms).unwrap();
    // The first batch is for the object ids of all.
    simulator.inject(when("/$batch").outer().nth(2).then(Fault::Truncated));
    let source = Source::contoso(&simulator).limit("requests", "1");
    let ended = Workplace::new(&source.to_string(), &["o365"])
        .unwrap()
        .collect(&[])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap().len(), 21);
}

#[test]
fn an_answer_that_is_cut_off_is_asked_for_again() {
    let ended = collect([
        when("/$batch").outer().nth(1).then(Fault::CutInside),
        when("/$batch").outer().nth(2).then(Fault::CutBefore),
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        ended.brief().unwrap(),
        [
            "conf-a 2026-03-10T10:00 Meeting a",
            "conf-b 2026-03-10T10:00 Meeting b"
        ]
    );
    assert!(ended.stderr.contains(", 2 retries, "), "{}", ended.stderr);
}

#[test]
fn an_answer_that_is_packed_is_unpacked() {
    let ended = collect([when("/$batch").outer().then(Fault::Gzip)]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap().len(), 2);
}

#[test]
fn rooms_that_cannot_be_read_at_all_fail_the_source() {
    for fault in [Fault::Truncated, Fault::Html, Fault::WrongTypes] {
        let ended = collect([when("/places/").then(fault.clone())]);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (1, ""),
            "{fault:?}: {}",
            ended.stderr
        );
        let expected =
            "error: source \"contoso\": the tenant's rooms: Microsoft Graph's answer cannot be used: ";
        assert!(ended.stderr.starts_with(expected), "{fault:?}: {}", ended.stderr);
    }
}

#[test]
fn a_source_whose_every_room_failed_has_failed() {
    let ended = collect([when("calendarView").inner().then(Fault::Html)]);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("contoso: rooms: 0 collected, 0 refused, 0 missing, 2 failed\n"),
        "{}",
        ended.stderr
    );
}
