//! `validate`: the checks of each feed.

use crate::fixture::{ATRIUM, SETTINGS, Script, calendar, now, with_feed};
use connector_sdk::CheckStatus;

fn checks(host: &Script, settings: &str) -> Vec<(CheckStatus, String, String)> {
    let check = |check: connector_sdk::Check| (check.status, check.name, check.reason.message);
    now(crate::validate::validate(host, settings))
        .into_iter()
        .map(check)
        .collect()
}

fn events(count: usize, subject: impl Fn(usize) -> String) -> String {
    let event = |n: usize| {
        format!(
            "BEGIN:VEVENT\nUID:{n}\nDTSTART:20260310T090000Z\nDURATION:PT1H\nSUMMARY:{}\nEND:VEVENT\n",
            subject(n)
        )
    };
    calendar(&(0..count).map(event).collect::<String>())
}

#[test]
fn a_feed_that_can_be_read_passes_and_nothing_is_emitted() {
    let host = with_feed(events(12, |n| format!("Subject {n}")));
    let said = "feed of atrium@contoso.com: a calendar with 12 events".to_owned();
    assert_eq!(
        checks(&host, SETTINGS),
        [(CheckStatus::Passed, "feed of atrium@contoso.com".to_owned(), said)]
    );
    assert!(host.meetings.borrow().is_empty());
}

#[test]
fn an_empty_feed_and_one_without_details_are_warned_of() {
    let empty = with_feed(calendar("X-A:b"));
    assert_eq!(checks(&empty, SETTINGS)[0].0, CheckStatus::Warning);
    let busy = with_feed(events(12, |_| "Busy".to_owned()));
    let [(status, _, said)] = &checks(&busy, SETTINGS)[..] else {
        panic!("one check")
    };
    assert_eq!(
        (*status, said.as_str()),
        (
            CheckStatus::Warning,
            "feed of atrium@contoso.com: 12 events, all with the same subject"
        )
    );
}

#[test]
fn events_that_are_left_out_are_warned_of() {
    let broken = events(3, |_| String::new()).replacen("DTSTART:20260310T090000Z", "DTSTART:soon", 1);
    assert_eq!(
        checks(&with_feed(broken), SETTINGS),
        [(
            CheckStatus::Warning,
            "feed of atrium@contoso.com".to_owned(),
            "feed of atrium@contoso.com: 3 events, 1 of which cannot be understood and are not collected"
                .to_owned()
        )]
    );
}

#[test]
fn a_refused_feed_fails_and_beside_a_readable_one_it_limits() {
    let alone = Script::default().on(ATRIUM, 403, &[], "");
    assert_eq!(checks(&alone, SETTINGS)[0].0, CheckStatus::Failed);
    let settings = SETTINGS.replace(
        "}],",
        "}, {\"room\": \"b@x.org\", \"name\": \"B\", \"url\": \"https://b.example.com/b\"}],",
    );
    let beside = with_feed(events(1, |_| String::new())).on("https://b.example.com/b", 403, &[], "");
    let statuses: Vec<CheckStatus> = checks(&beside, &settings)
        .into_iter()
        .map(|check| check.0)
        .collect();
    assert_eq!(statuses, [CheckStatus::Passed, CheckStatus::Limited]);
}

#[test]
fn settings_that_cannot_be_used_are_the_only_checks() {
    let host = Script::default();
    assert_eq!(
        checks(&host, r#"{"feeds": []}"#),
        [(
            CheckStatus::Failed,
            "setting feeds".to_owned(),
            "it is not a list of feeds".to_owned()
        )]
    );
    assert!(host.requests.borrow().is_empty());
}
