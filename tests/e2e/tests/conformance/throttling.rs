//! Answers that say "later", inside batches and around them, in each form and to the end of the budget.

use std::time::Duration;

use e2e::{Ended, Source, calendar_of};
use graph_sim::{Fault, RetryAfter, Rule, Simulator, when};

use crate::case::Area;
use crate::scenario::Scenario;
use crate::setting::{address, collect, event, one_room, tenant, tuesday, workplace};

const GUIDANCE: &str = "Microsoft Graph throttling guidance";
const BATCH: &str = "Combine multiple requests using JSON batching";

/// The forms, what they are called, and where they were seen.
fn forms() -> Vec<(Fault, &'static str, &'static str)> {
    let text = |text: &str| RetryAfter::Text(text.to_owned());
    let error = |status, code: &str, message: &str| Fault::Error(status, code.into(), message.into());
    vec![
        (
            Fault::Throttled(RetryAfter::Seconds(1)),
            "429 with whole seconds",
            GUIDANCE,
        ),
        (
            Fault::Throttled(text("1.128")),
            "429 with a fraction of a second",
            "Microsoft Graph throttling guidance (sample 2.128), davmail (whole numbers only)",
        ),
        (
            Fault::Throttled(RetryAfter::Seconds(0)),
            "429 with zero seconds",
            "RFC 9110, 10.2.3",
        ),
        (
            Fault::Throttled(RetryAfter::Date(1)),
            "429 with a date",
            "RFC 9110, 10.2.3",
        ),
        (
            Fault::Throttled(RetryAfter::Date(-30)),
            "429 with a date that is past",
            "RFC 9110, 10.2.3",
        ),
        (
            Fault::Throttled(RetryAfter::Absent),
            "429 without Retry-After",
            GUIDANCE,
        ),
        (
            Fault::Throttled(text("soon")),
            "429 with words for a Retry-After",
            "RFC 9110, 10.2.3",
        ),
        (
            error(
                429,
                "ApplicationThrottled",
                "Application is over its MailboxConcurrency limit.",
            ),
            "429 for too many requests to one mailbox",
            "keeper.sh #568, cal.diy #6796",
        ),
        (
            Fault::Unavailable(RetryAfter::Seconds(1)),
            "503 with seconds",
            GUIDANCE,
        ),
        (
            Fault::Unavailable(RetryAfter::Absent),
            "503 with an empty body and no Retry-After",
            "corso, davmail",
        ),
        (Fault::BadGateway, "502", "Microsoft Graph error responses"),
        (Fault::GatewayTimeout, "504", "Microsoft Graph error responses"),
        (
            error(500, "ErrorInternalServerTransientError", "Try again."),
            "500 with a fault that passes",
            "Known issues with Microsoft Graph",
        ),
    ]
}

pub(crate) fn area() -> Area {
    let mut area = Area::new("Throttling");
    for (fault, form, recorded) in forms() {
        let once = fault.clone();
        area = area.reading(
            format!("a calendar that is answered once with {form} is read"),
            recorded,
            move || {
                Scenario::calendar(one_room([event("Patience")]))
                    .faults([when("calendarView").nth(1).then(once.clone())])
                    .yields([tuesday("Patience")])
            },
        );
    }
    area = area.case(
        "a part that fails with 424, since another was throttled, is asked for again",
        "Microsoft Graph throttling guidance (batching)",
        || {
            let failed = Fault::Error(424, "FailedDependency".into(), "Request was throttled.".into());
            put_back(failed);
        },
    );
    for (fault, form, recorded) in forms() {
        // What passes by its code is read by the connector, not by the host that sends whole requests again.
        if !matches!(fault, Fault::Error(500, ..)) {
            area = area.case(
                format!("a whole batch that is answered once with {form} is sent again"),
                recorded,
                move || whole_batch(&fault),
            );
        }
    }
    area.reading(
        "a page in the middle that is throttled is not the end",
        GUIDANCE,
        || {
            let throttled = Fault::Throttled(RetryAfter::Seconds(1));
            Scenario::calendar(one_room((0..1200).map(|n| event(&n.to_string()))))
                .faults([when("calendarView").nth(2).then(throttled)])
                .yields((0..1200).map(|n| tuesday(&n.to_string())))
        },
    )
    .case(
        "only the throttled room is asked for again",
        BATCH,
        only_the_throttled_room,
    )
    .case(
        "places and the token are asked for again too",
        "airbyte #23767",
        places_and_the_token,
    )
    .case(
        "a room that is throttled for longer than the pass is not waited for, and told",
        GUIDANCE,
        longer_than_the_pass,
    )
    .reading(
        "a calendar that is throttled without end is an error in the end",
        "graph-rs-sdk, cli-microsoft365 (retries without end)",
        || {
            Scenario::calendar(one_room([event("Never")]))
                .faults([when("calendarView").then(Fault::Throttled(RetryAfter::Seconds(7200)))])
                .fails("still throttled")
        },
    )
    .case(
        "a service that never stops throttling does not hold the pass for ever",
        "graph-rs-sdk, cli-microsoft365 (retries without end)",
        never_ends,
    )
}

fn whole(ended: &Ended) {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let expected = [0, 1, 2].map(|number| format!("room-{number:03} 2026-03-10T10:00 Meeting {number}"));
    assert_eq!(ended.brief().unwrap(), expected);
}

fn with(rules: impl IntoIterator<Item = Rule>) -> Ended {
    let simulator = Simulator::start(tenant(3)).unwrap();
    rules.into_iter().for_each(|rule| simulator.inject(rule));
    collect(&simulator)
}

/// A room that is throttled inside a batch is put back and collected in the same pass.
fn put_back(fault: Fault) {
    let ended = with([when(&calendar_of(&address(1))).inner().nth(1).then(fault)]);
    whole(&ended);
    assert!(
        ended.stderr.contains(", throttled rooms postponed 1 time, "),
        "{}",
        ended.stderr
    );
}

fn whole_batch(fault: &Fault) {
    // The second batch is for the calendars.
    let ended = with([when("/$batch").outer().nth(2).then(fault.clone())]);
    whole(&ended);
    assert!(ended.stderr.contains(", 1 retry, "), "{}", ended.stderr);
}

fn only_the_throttled_room() {
    let simulator = Simulator::start(tenant(3)).unwrap();
    let throttled = Fault::Throttled(RetryAfter::Seconds(1));
    simulator.inject(when(&calendar_of(&address(1))).inner().first(2).then(throttled));
    whole(&collect(&simulator));
    let count = |room: usize| simulator.requests_to(&calendar_of(&address(room))).len();
    assert_eq!([0, 1, 2].map(count), [1, 3, 1]);
}

fn places_and_the_token() {
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

fn longer_than_the_pass() {
    let begun = std::time::Instant::now();
    let throttled = Fault::Throttled(RetryAfter::Seconds(3600));
    let ended = with([when(&calendar_of(&address(1))).inner().then(throttled)]);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap().len(), 2);
    let said = ended.said(
        "room-001@contoso.com: still throttled at the end of the pass (the service asked to wait 3600 s)",
    );
    assert_eq!(said.len(), 1, "{}", ended.stderr);
}

fn never_ends() {
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
