//! A reading that brings what is stored is recognised without reading what is stored, and nothing is different for it.

use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::window::Window;
use proptest::prelude::*;

use super::{SOURCE, commit_to, empty, meeting, stored};
use crate::{Change, RoomChanges, Store};

const ROOM: &str = "a@x";

#[derive(Debug, Clone)]
enum Event {
    /// A complete reading of a window of 1,000 seconds from here on.
    Read(i64, Vec<Meeting>),
    Changes(Vec<Meeting>),
    ForgetBefore(i64),
    PurgeSubjects,
    ShowSubjects(bool),
}

fn some_meeting() -> impl Strategy<Value = Meeting> {
    let parts = (0..4_u8, 900..2_300_i64, any::<bool>(), 0..3_u8, 0..2_u8);
    parts.prop_map(|(id, start, all_day, status, subject)| Meeting {
        all_day,
        status: Status::of_number(i64::from(status)),
        subject: match subject {
            0 => Subject::None,
            _ => Subject::Text("Review".to_owned()),
        },
        ..meeting(&id.to_string(), start / 50 * 50)
    })
}

fn event() -> impl Strategy<Value = Event> {
    let meetings = || prop::collection::vec(some_meeting(), 0..3);
    prop_oneof![
        6 => (0..4_i64, meetings()).prop_map(|(from, meetings)| Event::Read(1_000 + from * 100, meetings)),
        1 => meetings().prop_map(Event::Changes),
        1 => (900..1_400_i64).prop_map(Event::ForgetBefore),
        1 => Just(Event::PurgeSubjects),
        1 => any::<bool>().prop_map(Event::ShowSubjects),
    ]
}

fn happens(store: &mut Store, event: &Event) -> Option<RoomChanges> {
    let within = |window: Window, meetings: &[Meeting]| {
        let within = meetings
            .iter()
            .filter(|meeting| window.overlaps(meeting.start, meeting.end));
        within.cloned().collect::<Vec<_>>()
    };
    match event {
        Event::Read(from, meetings) => {
            let window = Window::new(*from, from + 1_000).unwrap();
            let meetings = within(window, meetings);
            Some(commit_to(store, SOURCE, ROOM, Change::Complete, meetings, window))
        }
        Event::Changes(meetings) => {
            let window = super::window();
            let meetings = within(window, meetings);
            Some(commit_to(store, SOURCE, ROOM, Change::Changes, meetings, window))
        }
        Event::ForgetBefore(instant) => {
            store.forget_before(*instant).unwrap();
            None
        }
        Event::PurgeSubjects => {
            store.purge_subjects(SOURCE).unwrap();
            None
        }
        Event::ShowSubjects(shown) => {
            store.set_viewing([(SOURCE, *shown)]).unwrap();
            None
        }
    }
}

fn all(store: &Store) -> Vec<Meeting> {
    let mut found = Vec::new();
    let always = Window::new(0, 10_000).unwrap();
    store
        .meetings(SOURCE, always, |_, _, meeting| {
            found.push(meeting.clone());
            Ok::<(), crate::StoreError>(())
        })
        .unwrap();
    found
}

proptest! {
    // Each purges several times, which rewrites the file.
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_recognised_is_what_a_comparison_finds(
        // Mostly the same reading comes again.
        events in prop::collection::vec((event(), 1..4_usize), 1..20),
    ) {
        let (_directory, mut store) = empty();
        let (_other, mut compared) = empty();
        for (event, times) in &events {
            for _ in 0..*times {
                compared.connection.execute("UPDATE room SET reading = NULL", []).unwrap();
                prop_assert_eq!(happens(&mut store, event), happens(&mut compared, event));
                prop_assert_eq!(all(&store), all(&compared));
            }
        }
    }
}

#[test]
fn a_reading_that_brings_nothing_new_writes_nothing() {
    let (_directory, mut store) = empty();
    let meetings = || vec![meeting("m", 1_500), meeting("n", 1_200)];
    let mut read = |meetings| {
        commit_to(
            &mut store,
            SOURCE,
            ROOM,
            Change::Complete,
            meetings,
            super::window(),
        )
    };
    assert_eq!(read(meetings()).new, 2);
    assert_eq!(read(meetings()).same, 2);
    let pages = |store: &Store| store.connection.total_changes();
    let before = pages(&store);
    let changes = commit_to(
        &mut store,
        SOURCE,
        ROOM,
        Change::Complete,
        meetings(),
        super::window(),
    );
    assert_eq!((changes.same, changes.new, changes.gone), (2, 0, 0));
    assert_eq!(pages(&store), before);
    assert_eq!(stored(&store, super::window()).len(), 2);
}
