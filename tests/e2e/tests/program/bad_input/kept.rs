//! What was stored for a room stays when a later pass cannot read it.

use e2e::{Ended, Source, Workplace, calendar_of};
use graph_sim::{Event, Fault, Mailbox, Missing, Refusal, RetryAfter, Room, Simulator, Tenant, when};

struct Situation {
    simulator: Simulator,
    workplace: Workplace,
}

/// Two rooms were collected; then conf-a's meeting was taken away and conf-b's moved. conf-b is what goes wrong.
fn after_a_first_pass() -> Situation {
    let room = |letter: &str| {
        Room::new(&format!("conf-{letter}@contoso.com"), &format!("Conf {letter}")).event(Event::new(
            "Before",
            "2026-03-10T10:00:00Z",
            "2026-03-10T11:00:00Z",
        ))
    };
    let simulator = Simulator::start(Tenant::new("contoso.com").room(room("a")).room(room("b"))).unwrap();
    let source = Source::contoso(&simulator).limit("pass-time", "\"3s\"");
    let workplace = Workplace::new(&source.to_string(), &["o365"]).unwrap();
    let first = workplace.collect(&[]).unwrap();
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(
        first.brief().unwrap(),
        ["conf-a 2026-03-10T10:00 Before", "conf-b 2026-03-10T10:00 Before"]
    );
    simulator
        .update(|tenant| {
            for address in ["conf-a@contoso.com", "conf-b@contoso.com"] {
                let events = tenant.room_mut(address)?.events_mut();
                events.clear();
                events.push(Event::new(
                    "After",
                    "2026-03-11T10:00:00Z",
                    "2026-03-11T11:00:00Z",
                ));
            }
            Ok(())
        })
        .unwrap();
    Situation { simulator, workplace }
}

impl Situation {
    fn mailbox(&self, state: Mailbox) {
        self.simulator
            .update(|tenant| {
                tenant.room_mut("conf-b@contoso.com")?.set_mailbox(state);
                Ok(())
            })
            .unwrap();
    }

    /// The second pass reads conf-a alone; the third, when all is well again, reads both.
    fn conf_b_stays_as_it_was(&self) -> Ended {
        let second = self.workplace.collect(&[]).unwrap();
        assert_eq!(second.code, 3, "{}", second.stderr);
        assert_eq!(
            second.brief().unwrap(),
            ["conf-a 2026-03-11T10:00 After", "conf-b 2026-03-10T10:00 Before"],
            "{}",
            second.stderr
        );
        assert!(
            second.stderr.contains("contoso: rooms: 1 collected, "),
            "{}",
            second.stderr
        );
        self.simulator.no_more_faults();
        self.mailbox(Mailbox::Normal);
        let third = self.workplace.collect(&[]).unwrap();
        assert_eq!(third.code, 0, "{}", third.stderr);
        assert_eq!(
            third.brief().unwrap(),
            ["conf-a 2026-03-11T10:00 After", "conf-b 2026-03-11T10:00 After"]
        );
        second
    }
}

#[test]
fn a_room_that_is_refused_keeps_what_was_stored_for_it() {
    let situation = after_a_first_pass();
    situation.mailbox(Mailbox::Refused(Refusal::AccessPolicy));
    let second = situation.conf_b_stays_as_it_was();
    assert_eq!(
        second.said("conf-b@contoso.com: refused: ").len(),
        1,
        "{}",
        second.stderr
    );
}

#[test]
fn a_room_that_is_missing_keeps_what_was_stored_for_it() {
    let situation = after_a_first_pass();
    situation.mailbox(Mailbox::Missing(Missing::InvalidUser));
    let second = situation.conf_b_stays_as_it_was();
    assert_eq!(
        second.said("conf-b@contoso.com: missing: ").len(),
        1,
        "{}",
        second.stderr
    );
}

#[test]
fn a_room_that_is_throttled_to_the_end_of_the_pass_keeps_what_was_stored_for_it() {
    let situation = after_a_first_pass();
    let throttled = Fault::Throttled(RetryAfter::Seconds(1));
    situation
        .simulator
        .inject(when(&calendar_of("conf-b@contoso.com")).inner().then(throttled));
    let second = situation.conf_b_stays_as_it_was();
    assert_eq!(
        second
            .said("conf-b@contoso.com: still throttled at the end of the pass")
            .len(),
        1,
        "{}",
        second.stderr
    );
    assert!(
        second.stderr.contains("1 failed (1 of them still throttled)"),
        "{}",
        second.stderr
    );
}

#[test]
fn a_room_that_breaks_in_the_middle_keeps_what_was_stored_for_it() {
    let situation = after_a_first_pass();
    situation.simulator.inject(
        when(&calendar_of("conf-b@contoso.com"))
            .inner()
            .nth(1)
            .then(Fault::TrailingEmptyPage),
    );
    situation.simulator.inject(
        when(&calendar_of("conf-b@contoso.com"))
            .inner()
            .nth(2)
            .then(Fault::Html),
    );
    let second = situation.conf_b_stays_as_it_was();
    assert_eq!(
        second.said("conf-b@contoso.com: failed: ").len(),
        1,
        "{}",
        second.stderr
    );
}

#[test]
fn a_connector_that_breaks_in_a_later_pass_loses_nothing() {
    let workplace = Workplace::new(&Source::hostile("good@x, first@x").to_string(), &["hostile"]).unwrap();
    let first = workplace.collect(&[]).unwrap();
    assert_eq!(
        first.brief().unwrap(),
        [
            "first 2026-03-09T00:00 Meeting first",
            "good 2026-03-09T00:00 Meeting first"
        ]
    );
    for fails in ["loop", "panic"] {
        let source = Source::hostile("good@x, first@x")
            .setting("fails", fails)
            .limit("slice-time", "\"1s\"");
        workplace.configure(&source.to_string()).unwrap();
        let second = workplace.collect(&[]).unwrap();
        assert_eq!(second.code, 1, "{}", second.stderr);
        assert_eq!(second.stdout, first.stdout);
    }
}

#[test]
fn a_source_that_fails_as_a_whole_keeps_what_was_stored_for_it() {
    let situation = after_a_first_pass();
    let before = ["conf-a 2026-03-10T10:00 Before", "conf-b 2026-03-10T10:00 Before"];
    // No token.
    situation
        .simulator
        .inject(when("/oauth2/v2.0/token").then(Fault::Error(400, "invalid_client".into(), "no".into())));
    let second = situation.workplace.collect(&[]).unwrap();
    assert_eq!(second.code, 1, "{}", second.stderr);
    assert_eq!(second.brief().unwrap(), before);
    // No rooms.
    situation.simulator.no_more_faults();
    situation.simulator.inject(when("/places/").then(Fault::Error(
        403,
        "ErrorAccessDenied".into(),
        "no".into(),
    )));
    let third = situation.workplace.collect(&[]).unwrap();
    assert_eq!(third.code, 1, "{}", third.stderr);
    assert_eq!(third.brief().unwrap(), before);
    // No calendar.
    situation.simulator.no_more_faults();
    situation.simulator.inject(when("calendarView").then(Fault::Error(
        403,
        "ErrorAccessDenied".into(),
        "no".into(),
    )));
    let fourth = situation.workplace.collect(&[]).unwrap();
    assert_eq!(fourth.code, 1, "{}", fourth.stderr);
    assert_eq!(fourth.brief().unwrap(), before);
    assert!(
        fourth
            .stderr
            .contains("contoso: rooms: 0 collected, 2 refused, 0 missing, 0 failed\n"),
        "{}",
        fourth.stderr
    );
}

#[test]
fn a_room_list_that_cannot_be_read_keeps_its_rooms_and_their_meetings() {
    let room = Room::new("conf-a@contoso.com", "Conf A").event(Event::new(
        "Before",
        "2026-03-10T10:00:00Z",
        "2026-03-10T11:00:00Z",
    ));
    let other = Room::new("conf-b@contoso.com", "Conf B").event(Event::new(
        "Before",
        "2026-03-10T10:00:00Z",
        "2026-03-10T11:00:00Z",
    ));
    let tenant = Tenant::new("contoso.com")
        .room(room)
        .room(other)
        .list(graph_sim::RoomList::new(
            "hq@contoso.com",
            "HQ",
            ["conf-a@contoso.com"],
        ))
        .list(graph_sim::RoomList::new(
            "lab@contoso.com",
            "Lab",
            ["conf-b@contoso.com"],
        ));
    let simulator = Simulator::start(tenant).unwrap();
    let source = Source::contoso(&simulator).lists("hq@contoso.com, lab@contoso.com");
    let workplace = Workplace::new(&source.to_string(), &["o365"]).unwrap();
    let first = workplace.collect(&[]).unwrap();
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(first.brief().unwrap().len(), 2);
    simulator.inject(
        when("lab@contoso.com/microsoft.graph.roomlist").then(Fault::Error(
            500,
            String::new(),
            String::new(),
        )),
    );
    let second = workplace.collect(&[]).unwrap();
    assert_eq!(second.code, 3, "{}", second.stderr);
    assert_eq!(second.stdout, first.stdout);
    assert_eq!(
        second.said("room list lab@contoso.com").len(),
        1,
        "{}",
        second.stderr
    );
}
