//! Answers that say "later", inside batches and around them.

use std::time::Duration;

use e2e::{Ended, Source, calendar_of};
use graph_sim::{Fault, RetryAfter, Rule, Simulator, when};

use crate::{collect, tenant, workplace};

fn with(rules: impl IntoIterator<Item = Rule>) -> Ended {
    let simulator = Simulator::start(tenant(3)).unwrap();
    rules.into_iter().for_each(|rule| simulator.inject(rule));
    collect(&simulator)
}

fn whole(ended: &Ended) {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let expected = [0, 1, 2].map(|number| format!("room-{number:03} 2026-03-10T10:00 Meeting {number}"));
    assert_eq!(ended.brief().unwrap(), expected);
}

#[test]
fn a_room_that_is_throttled_inside_a_batch_is_put_back_and_collected_in_the_same_pass() {
    let forms = [
        Fault::Throttled(RetryAfter::Seconds(1)),
        Fault::Throttled(RetryAfter::Text("1.128".into())),
        Fault::Throttled(RetryAfter::Seconds(0)),
        Fault::Throttled(RetryAfter::Date(1)),
        Fault::Unavailable(RetryAfter::Seconds(1)),
    ];
    for form in forms {
        let rule = when(&calendar_of("room-001@contoso.com"))
            .inner()
            .nth(1)
            .then(form.clone());
        let ended = with([rule]);
        whole(&ended);
        assert!(
            ended.stderr.contains(", 1 times a throttled room was put back, "),
            "{form:?}: {}",
            ended.stderr
        );
    }
}

#[test]
fn only_the_throttled_room_is_asked_for_again() {
    let simulator = Simulator::start(tenant(3)).unwrap();
    let throttled = Fault::Throttled(RetryAfter::Seconds(1));
    simulator.inject(
        when(&calendar_of("room-001@contoso.com"))
            .inner()
            .first(2)
            .then(throttled),
    );
    whole(&collect(&simulator));
    let count = |room: &str| simulator.requests_to(&calendar_of(room)).len();
    let rooms = [
        "room-000@contoso.com",
        "room-001@contoso.com",
        "room-002@contoso.com",
    ];
    assert_eq!(rooms.map(count), [1, 3, 1]);
}

#[test]
fn a_room_that_is_throttled_for_longer_than_the_pass_is_not_waited_for() {
    let simulator = Simulator::start(tenant(3)).unwrap();
    let throttled = Fault::Throttled(RetryAfter::Seconds(3600));
    simulator.inject(when(&calendar_of("room-001@contoso.com")).inner().then(throttled));
    let begun = std::time::Instant::now();
    let ended = collect(&simulator);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap().len(), 2);
    let said = ended
        .said("room-001@contoso.com: still throttled at the end of the pass (the service asked for 3600 s)");
    assert_eq!(said.len(), 1, "{}", ended.stderr);
}

#[test]
fn a_whole_request_that_is_throttled_is_sent_again() {
    let forms = [
        Fault::Throttled(RetryAfter::Seconds(1)),
        Fault::Throttled(RetryAfter::Seconds(0)),
        Fault::Throttled(RetryAfter::Text("0.128".into())),
        Fault::Throttled(RetryAfter::Date(1)),
        Fault::Throttled(RetryAfter::Absent),
        Fault::Unavailable(RetryAfter::Absent),
        Fault::Unavailable(RetryAfter::Seconds(1)),
        Fault::BadGateway,
        Fault::GatewayTimeout,
    ];
    for form in forms {
        // The second batch is for the calendars.
        let ended = with([when("/$batch").outer().nth(2).then(form.clone())]);
        whole(&ended);
        assert!(
            ended.stderr.contains(", 1 retries, "),
            "{form:?}: {}",
            ended.stderr
        );
    }
}

#[test]
fn places_and_the_token_are_asked_for_again_too() {
    let ended = with([
        when("/places/")
            .outer()
            .nth(1)
            .then(Fault::Throttled(RetryAfter::Seconds(1))),
        when("/oauth2/v2.0/token")
            .outer()
            .nth(1)
            .then(Fault::Unavailable(RetryAfter::Absent)),
    ]);
    whole(&ended);
    assert!(ended.stderr.contains(", 2 retries, "), "{}", ended.stderr);
}

#[test]
fn a_service_that_never_stops_throttling_does_not_hold_the_pass_for_ever() {
    let simulator = Simulator::start(tenant(3)).unwrap();
    simulator.inject(
        when("calendarView")
            .inner()
            .then(Fault::Throttled(RetryAfter::Seconds(1))),
    );
    let ended = workplace(&Source::contoso(&simulator).limit("pass-time", "\"3s\""))
        .collect(&[])
        .unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("0 missing, 3 failed (3 of them still throttled)\n"),
        "{}",
        ended.stderr
    );
}
