use super::*;
use crate::fixture::*;
use connector_sdk::script::at;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The stays of the rooms A and B in these sessions of a call of this kind: room, key, and hours.
fn stays(kind: Kind, sessions: &[Value]) -> Vec<String> {
    let rooms = Rooms::new([A, B].into_iter());
    let mut stays = Stays::default();
    for session in sessions {
        stays.take(&session.to_string(), kind, &rooms).unwrap();
    }
    let hour = |at| connector_sdk::script::written(at)[11..16].to_owned();
    let line = |stay: &Stay| {
        let shares: Vec<String> = stay
            .shares
            .iter()
            .map(|(start, end)| format!(" {}-{}", hour(*start), hour(*end)))
            .collect();
        let Stay {
            room,
            key,
            start,
            end,
            ..
        } = stay;
        format!("{room} {key} {}-{}{}", hour(*start), hour(*end), shares.concat())
    };
    stays.found.iter().map(line).collect()
}

/// A session of room A from 10:00 to 11:00 with these shared screens.
fn shown(streams: &[(&str, Option<(&str, &str)>)]) -> Value {
    with_screen(session("s", A, "10:00", "11:00"), streams)
}

#[test]
fn in_a_meeting_only_the_caller_is_in_the_session() {
    let sessions = [
        between("s1", &party(A), &service(), "10:00", "10:30"),
        between("s2", &party(PERSON), &party(B), "10:00", "10:30"),
    ];
    assert_eq!(stays(Kind::Meeting, &sessions), ["0 s1 10:00-10:30"]);
}

#[test]
fn between_two_either_may_be_a_room() {
    let sessions = [
        between("s1", &party(A), &party(PERSON), "10:00", "10:30"),
        between("s2", &party(PERSON), &party(B), "11:00", "11:30"),
        between("s3", &party(A), &party(B), "12:00", "12:30"),
    ];
    assert_eq!(
        stays(Kind::Call, &sessions),
        [
            "0 s1 10:00-10:30",
            "1 s2:callee 11:00-11:30",
            "0 s3 12:00-12:30",
            "1 s3:callee 12:00-12:30"
        ]
    );
}

#[test]
fn accounts_are_compared_without_regard_to_case() {
    let upper = A.to_uppercase();
    assert_eq!(
        stays(Kind::Meeting, &[session("s", &upper, "10:00", "10:30")]),
        ["0 s 10:00-10:30"]
    );
}

#[test]
fn a_test_is_no_call() {
    let mut test = session("s", A, "10:00", "10:30");
    test["isTest"] = json!(true);
    assert_eq!(stays(Kind::Meeting, &[test]), [""; 0]);
}

#[test]
fn parties_without_an_identity_are_nobody() {
    for nobody in [
        json!(null),
        json!({}),
        json!({"associatedIdentity": null}),
        json!({"associatedIdentity": {"id": null}}),
    ] {
        let sessions = [between("s", &nobody, &nobody, "10:00", "10:30")];
        assert_eq!(stays(Kind::Call, &sessions), [""; 0], "{nobody}");
    }
}

#[test]
fn fractions_are_cut_and_times_with_an_offset_are_instants() {
    let mut session = session("s", A, "10:00", "10:30");
    session["startDateTime"] = json!("2026-03-10T11:00:59.9999999+01:00");
    session["endDateTime"] = json!("2026-03-10T10:30:00");
    let rooms = Rooms::new([A].into_iter());
    let mut stays = Stays::default();
    stays.take(&session.to_string(), Kind::Meeting, &rooms).unwrap();
    assert_eq!(stays.found[0].start, at("2026-03-10T10:00:59Z"));
    assert_eq!(stays.found[0].end, at("2026-03-10T10:30:00Z"));
}

#[test]
fn a_session_that_graph_returns_several_times_is_one() {
    let sessions = [
        session("s", A, "10:10", "10:30"),
        session("s", A, "10:00", "10:20"),
    ];
    assert_eq!(stays(Kind::Meeting, &sessions), ["0 s 10:00-10:30"]);
}

#[test]
fn only_what_the_room_sends_is_its_screen() {
    let span = Some(("10:10", "10:20"));
    assert_eq!(
        stays(Kind::Meeting, &[shown(&[("callerToCallee", span)])]),
        ["0 s 10:00-11:00 10:10-10:20"]
    );
    for other in ["calleeToCaller", "unknownFutureValue", ""] {
        assert_eq!(
            stays(Kind::Meeting, &[shown(&[(other, span)])]),
            ["0 s 10:00-11:00"],
            "{other}"
        );
    }
    let called = between("s", &party(PERSON), &party(A), "10:00", "11:00");
    let called = with_screen(
        called,
        &[
            ("calleeToCaller", span),
            ("callerToCallee", Some(("10:30", "10:40"))),
        ],
    );
    assert_eq!(
        stays(Kind::Call, &[called]),
        ["0 s:callee 10:00-11:00 10:10-10:20"]
    );
}

#[test]
fn a_camera_is_no_screen_and_a_modality_without_a_direction_tells_nothing() {
    let mut session = session("s", A, "10:00", "11:00");
    session["modalities"] = json!(["audio", "videoBasedScreenSharing"]);
    session["segments"][0]["media"] = json!([media("main-video", &[("callerToCallee", None)])]);
    assert_eq!(
        stays(Kind::Meeting, std::slice::from_ref(&session)),
        ["0 s 10:00-11:00"]
    );
    session["segments"] = json!(null);
    assert_eq!(stays(Kind::Meeting, &[session]), ["0 s 10:00-11:00"]);
}

#[test]
fn a_stream_without_times_has_those_of_its_segment() {
    let mut session = shown(&[("callerToCallee", None)]);
    session["segments"][0]["startDateTime"] = json!(time("10:30"));
    assert_eq!(
        stays(Kind::Meeting, std::slice::from_ref(&session)),
        ["0 s 10:00-11:00 10:30-11:00"]
    );
    session["segments"][0]["endDateTime"] = json!(null);
    assert_eq!(stays(Kind::Meeting, &[session]), ["0 s 10:00-11:00 10:00-11:00"]);
}

#[test]
fn streams_that_overlap_are_one_presentation_and_none_leaves_its_session() {
    let sent = |start, end| ("callerToCallee", Some((start, end)));
    let streams = [
        sent("10:40", "10:50"),
        sent("09:50", "10:05"),
        sent("10:05", "10:10"),
        sent("10:55", "11:30"),
    ];
    assert_eq!(
        stays(Kind::Meeting, &[shown(&streams)]),
        ["0 s 10:00-11:00 10:00-10:10 10:40-10:50 10:55-11:00"]
    );
}

#[test]
fn a_segment_that_the_other_party_began_has_its_directions_turned() {
    let mut session = shown(&[("calleeToCaller", Some(("10:10", "10:20")))]);
    session["segments"][0]["caller"] = service();
    session["segments"][0]["callee"] = party(A);
    assert_eq!(
        stays(Kind::Meeting, std::slice::from_ref(&session)),
        ["0 s 10:00-11:00 10:10-10:20"]
    );
    // Between two others: nobody can say what the room sent.
    session["segments"][0]["callee"] = party(PERSON);
    assert_eq!(stays(Kind::Meeting, &[session]), ["0 s 10:00-11:00"]);
}

#[test]
fn sessions_of_others_are_not_looked_at_any_further() {
    let mut other = session("s", PERSON, "10:00", "11:00");
    other["id"] = json!(7);
    other["segments"] = json!("broken");
    assert_eq!(stays(Kind::Meeting, &[other]), [""; 0]);
}

proptest! {
    #[test]
    fn joined_spans_are_apart_in_order_and_hold_the_same_seconds(
        spans in prop::collection::vec((0_i64..50, 0_i64..50), 0..8),
    ) {
        let joined = joined(spans.clone());
        prop_assert!(joined.iter().all(|(start, end)| start < end));
        prop_assert!(joined.windows(2).all(|pair| pair[0].1 < pair[1].0));
        for second in 0..50 {
            let within = |spans: &[(i64, i64)]| spans.iter().any(|(start, end)| (*start..*end).contains(&second));
            prop_assert_eq!(within(&spans), within(&joined));
        }
    }

    #[test]
    fn no_session_makes_it_panic(text in "\\PC{0,60}", value in "[a-z0-9:T.-]{0,24}") {
        let rooms = Rooms::new([A].into_iter());
        let _ = Stays::default().take(&text, Kind::Call, &rooms);
        let mut session = shown(&[("callerToCallee", Some(("10:10", "10:20")))]);
        session["startDateTime"] = json!(value);
        session["segments"][0]["endDateTime"] = json!(value);
        let _ = Stays::default().take(&session.to_string(), Kind::Call, &rooms);
    }
}
