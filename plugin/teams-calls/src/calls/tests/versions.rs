//! What a pass does that follows another: late versions, and what they no longer have.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A tenant in which room A was in the meeting `c1`, of this version, with these sessions.
fn tenant(version: u64, sessions: &[serde_json::Value]) -> Script {
    Script::default()
        .on(&of(A), 200, list(&[("c1", version, "10:00", "11:00")]))
        .on("/callRecords/c1?", 200, meeting(version, sessions))
}

/// Passes of room A one after the other, each with the cursor of the one before; the lines that each emitted.
fn passes(tenants: &[Script]) -> Vec<Vec<String>> {
    let mut last = None;
    let mut emitted = Vec::new();
    for tenant in tenants {
        let outcome = collect(tenant, &[room(A, last.as_deref())]).remove(0);
        last = Some(cursor(&outcome));
        emitted.push(lines(tenant));
    }
    emitted
}

#[test]
fn a_version_that_was_read_is_not_opened_again() {
    let tenants = [1, 1].map(|version| tenant(version, &[session("s1", A, "10:00", "10:30")]));
    assert_eq!(passes(&tenants)[1], [""; 0]);
    assert_eq!(tenants[1].asked().len(), 2, "{:?}", tenants[1].asked());
}

#[test]
fn a_record_without_a_session_of_the_room_is_not_opened_again_either() {
    let tenants = [1, 1].map(|version| tenant(version, &[session("s1", PERSON, "10:00", "10:30")]));
    passes(&tenants);
    assert_eq!(tenants[1].asked().len(), 2, "{:?}", tenants[1].asked());
}

#[test]
fn a_later_version_is_emitted_with_the_same_keys_and_a_higher_revision() {
    let tenants = [
        tenant(1, &[session("s1", A, "10:00", "10:30")]),
        tenant(
            2,
            &[
                session("s1", A, "10:00", "10:45"),
                session("s2", A, "10:50", "11:00"),
            ],
        ),
    ];
    assert_eq!(
        passes(&tenants)[1],
        [
            "a 2 Call c1:s1 10T10:00:00Z 10T10:45:00Z",
            "a 2 Call c1:s2 10T10:50:00Z 10T11:00:00Z"
        ]
    );
}

#[test]
fn what_a_later_version_no_longer_has_is_withdrawn_by_that_version() {
    let showed = with_screen(session("s2", A, "10:40", "11:00"), &[("callerToCallee", None)]);
    let tenants = [
        tenant(1, &[session("s1", A, "10:00", "10:30"), showed]),
        tenant(3, &[session("s1", A, "10:00", "10:30")]),
        tenant(4, &[session("s1", A, "10:00", "10:30")]),
    ];
    let share = at("2026-03-10T10:40:00Z");
    assert_eq!(
        passes(&tenants)[1..],
        [
            vec![
                "a 3 Call c1:s1 10T10:00:00Z 10T10:30:00Z".to_owned(),
                "a 3 withdrawn Call c1:s2 10T10:00:00Z 10T11:00:00Z".to_owned(),
                format!("a 3 withdrawn Presentation c1:s2:share:{share} 10T10:00:00Z 10T11:00:00Z"),
            ],
            // Once is enough.
            vec!["a 4 Call c1:s1 10T10:00:00Z 10T10:30:00Z".to_owned()],
        ]
    );
}

#[test]
fn a_session_that_comes_back_is_emitted_again_with_the_version_that_has_it() {
    let tenants = [
        tenant(1, &[session("s1", A, "10:00", "10:30")]),
        tenant(2, &[]),
        tenant(3, &[session("s1", A, "10:00", "10:30")]),
    ];
    assert_eq!(passes(&tenants)[2], ["a 3 Call c1:s1 10T10:00:00Z 10T10:30:00Z"]);
}

#[test]
fn a_later_version_that_ends_before_the_window_still_corrects_what_was_emitted() {
    let earlier = Script::default()
        .on(&of(A), 200, list(&[("c1", 2, "09T22:00", "09T23:00")]))
        .on("/callRecords/c1?", 200, meeting(2, &[]));
    let tenants = [tenant(1, &[session("s1", A, "10:00", "10:30")]), earlier];
    assert_eq!(
        passes(&tenants)[1],
        ["a 2 withdrawn Call c1:s1 10T10:00:00Z 10T11:00:00Z"]
    );
}

#[test]
fn the_version_that_was_opened_counts_and_not_the_one_that_was_listed() {
    let newer = Script::default()
        .on(&of(A), 200, list(&[("c1", 1, "10:00", "11:00")]))
        .on(
            "/callRecords/c1?",
            200,
            meeting(2, &[session("s1", A, "10:00", "10:30")]),
        );
    let same = tenant(2, &[]);
    let emitted = passes(&[newer, same]);
    assert_eq!(emitted[0], ["a 2 Call c1:s1 10T10:00:00Z 10T10:30:00Z"]);
    assert_eq!(emitted[1], [""; 0]);
}

#[test]
fn a_server_that_still_has_an_older_version_takes_nothing_back() {
    let behind = Script::default()
        .on(&of(A), 200, list(&[("c1", 1, "10:00", "11:00")]))
        .on("/callRecords/c1?", 200, meeting(1, &[]));
    let tenants = [tenant(2, &[session("s1", A, "10:00", "10:30")]), behind];
    assert_eq!(passes(&tenants)[1], [""; 0]);
}

#[test]
fn a_record_that_is_no_longer_listed_takes_nothing_back() {
    let empty = Script::default().on(&of(A), 200, list(&[]));
    let tenants = [tenant(1, &[session("s1", A, "10:00", "10:30")]), empty];
    assert_eq!(passes(&tenants)[1], [""; 0]);
}

/// Graph keeps records for 30 days.
#[test]
fn a_record_that_is_gone_when_it_is_opened_costs_nothing() {
    let gone = Script::default()
        .on(
            &of(A),
            200,
            list(&[("c1", 2, "10:00", "11:00"), ("c2", 1, "12:00", "13:00")]),
        )
        .on(
            "/callRecords/c1?",
            404,
            json!({"error": {"code": "NotFound", "message": ""}}),
        )
        .on(
            "/callRecords/c2?",
            200,
            meeting(1, &[session("s2", A, "12:00", "13:00")]),
        );
    let tenants = [tenant(1, &[session("s1", A, "10:00", "10:30")]), gone];
    assert_eq!(passes(&tenants)[1], ["a 1 Call c2:s2 10T12:00:00Z 10T13:00:00Z"]);
}

#[test]
fn what_is_forgotten_is_read_again_and_emitted_alike() {
    let tenants = [1, 1].map(|version| tenant(version, &[session("s1", A, "10:00", "10:30")]));
    collect(&tenants[0], &[room(A, None)]);
    collect(&tenants[1], &[room(A, Some("unreadable"))]);
    assert_eq!(*tenants[0].usage.borrow(), *tenants[1].usage.borrow());
}

#[test]
fn what_a_longer_record_has_on_pages_that_are_not_read_is_not_withdrawn() {
    let mut page = meeting(2, &[]);
    page["sessions@odata.nextLink"] = json!(format!(
        "{ROOT}/communications/callRecords/c1/sessions?$skiptoken=0"
    ));
    let mut endless = Script::default()
        .on(&of(A), 200, list(&[("c1", 2, "10:00", "11:00")]))
        .on("/c1?", 200, page);
    for token in 0..100 {
        let next = format!(
            "{ROOT}/communications/callRecords/c1/sessions?$skiptoken={}",
            token + 1
        );
        endless = endless.on(
            &format!("$skiptoken={token}"),
            200,
            json!({"value": [], "@odata.nextLink": next}),
        );
    }
    let tenants = [tenant(1, &[session("s1", A, "10:00", "10:30")]), endless];
    assert_eq!(passes(&tenants)[1], [""; 0]);
    assert_eq!(
        tenants[1].asked().iter().filter(|url| url.contains("c1")).count(),
        40
    );
    assert_eq!(
        tenants[1].log.borrow()[..],
        [
            "Warn: call record c1: it has more than 40 pages of sessions; a room that is on none of them is left out"
        ]
    );
}

proptest! {
    #[test]
    fn whatever_versions_are_seen_what_holds_is_what_the_last_one_says(
        versions in prop::collection::vec(prop::collection::btree_set(0_u8..5, 0..5), 1..6),
    ) {
        let mut held: BTreeMap<String, (u64, bool)> = BTreeMap::new();
        let mut last = None;
        for (version, sessions) in (1..).zip(&versions) {
            let sessions: Vec<_> =
                sessions.iter().map(|id| session(&format!("s{id}"), A, "10:00", "10:30")).collect();
            let tenant = tenant(version, &sessions);
            last = Some(cursor(&collect(&tenant, &[room(A, last.as_deref())])[0]));
            // As the collector keeps records: a higher revision replaces a lower one.
            for record in tenant.usage.borrow().iter() {
                let known = held.entry(record.key.to_string()).or_default();
                if record.revision > known.0 {
                    *known = (record.revision, record.withdrawn);
                }
            }
        }
        let holds: BTreeSet<String> =
            held.into_iter().filter(|(_, (_, withdrawn))| !withdrawn).map(|(key, _)| key).collect();
        let right: BTreeSet<String> = versions.last().unwrap().iter().map(|id| format!("c1:s{id}")).collect();
        prop_assert_eq!(holds, right);
    }
}
