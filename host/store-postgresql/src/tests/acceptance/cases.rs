//! Commits and listings of one writer.

use collector_commit::{Change as Read, Reading, RoomChanges};
use collector_model::fixture::meeting;
use collector_model::meeting::{Meeting, Status};
use collector_model::window::Window;

use super::state::{Reader, address, complete, room};
use super::{Collected, Writer};

/// Commits a reading of the first room.
async fn read(store: &mut impl Collected, reading: Reading, now: i64) -> RoomChanges {
    let changes = store.commit(Writer::A, vec![(address(0), reading)], now).await;
    changes.unwrap()[0]
}

/// New, changed, gone and unchanged meetings.
fn figures(changes: RoomChanges) -> [u64; 4] {
    [changes.new, changes.changed, changes.gone, changes.same]
}

fn with_status(meeting: Meeting, status: Status) -> Meeting {
    Meeting { status, ..meeting }
}

pub(super) async fn a_first_reading_is_stored_and_told(mut store: impl Collected) {
    let changes = read(
        &mut store,
        complete(&[meeting("one", 1_100, 1_200), meeting("two", 1_300, 1_300)]),
        1_500,
    )
    .await;
    assert_eq!(figures(changes), [2, 0, 0, 0]);
    let state = store.state().await;
    assert_eq!(
        state.of_room(0),
        [
            "one 1100-1200 confirmed Weekly sync, seen 1500",
            "two 1300-1300 confirmed Weekly sync, seen 1500"
        ]
    );
    let room = &state.rooms[0];
    assert_eq!(
        (room.cursor.as_deref(), room.known_from),
        (Some("next"), Some(1_000))
    );
    assert_eq!(room.read.as_slice(), [(1_000, 2_000)]);
    // It was never listed, and is stored by its address.
    assert_eq!(
        room.listed.as_ref().map(|listed| listed.name.as_str()),
        Some("a@contoso.com")
    );
    assert_eq!((state.known, state.meetings), (1, 2));
    let mut reader = Reader::default();
    reader.take(&store.told().await);
    let known = &reader.rooms["a@contoso.com"];
    assert_eq!(
        known.values().cloned().collect::<Vec<_>>(),
        [meeting("one", 1_100, 1_200), meeting("two", 1_300, 1_300)]
    );
}

pub(super) async fn the_same_reading_again_changes_nothing(mut store: impl Collected) {
    let meetings = [meeting("one", 1_100, 1_200), meeting("two", 1_300, 1_400)];
    read(&mut store, complete(&meetings), 1_500).await;
    store.told().await;
    let before = store.state().await;
    assert_eq!(
        figures(read(&mut store, complete(&meetings), 1_600).await),
        [0, 0, 0, 2]
    );
    // In another order it has another digest.
    let [one, two] = meetings;
    assert_eq!(
        figures(read(&mut store, complete(&[two, one]), 1_700).await),
        [0, 0, 0, 2]
    );
    assert_eq!(store.state().await, before);
    assert_eq!(store.told().await, []);
}

pub(super) async fn what_is_different_is_updated_and_what_is_missing_is_gone(mut store: impl Collected) {
    let before = [
        meeting("one", 1_100, 1_200),
        meeting("two", 1_300, 1_400),
        with_status(meeting("maybe", 1_500, 1_600), Status::Tentative),
    ];
    let mut reader = Reader::default();
    read(&mut store, complete(&before), 1_500).await;
    reader.take(&store.told().await);
    let after = [meeting("one", 1_150, 1_200), meeting("new", 1_700, 1_800)];
    assert_eq!(
        figures(read(&mut store, complete(&after), 1_600).await),
        [1, 1, 2, 0]
    );
    // A tentative meeting that is gone was no booking.
    let state = store.state().await;
    assert_eq!(
        state.of_room(0),
        [
            "one 1150-1200 confirmed Weekly sync, seen 1500",
            "two 1300-1400 confirmed (gone), seen 1500, removed 1600",
            "new 1700-1800 confirmed Weekly sync, seen 1600"
        ]
    );
    assert_eq!(state.meetings, 2);
    // The second one was not there when the window was read before.
    assert_eq!(
        state.rooms[0].bookings[2].history.read_before.as_slice(),
        [(1_600, 2_000)]
    );
    let told = reader.take(&store.told().await).unwrap();
    assert_eq!(
        told,
        [
            "updated one Weekly sync",
            "added new Weekly sync",
            "removed maybe none",
            "removed two none"
        ]
    );
}

pub(super) async fn a_meeting_that_is_gone_and_back_was_not_removed(mut store: impl Collected) {
    let one = meeting("one", 1_100, 1_200);
    read(&mut store, complete(std::slice::from_ref(&one)), 1_500).await;
    let mut reader = Reader::default();
    reader.take(&store.told().await);
    read(&mut store, complete(&[]), 1_600).await;
    assert_eq!(
        store.state().await.of_room(0),
        ["one 1100-1200 confirmed (gone), seen 1500, removed 1600"]
    );
    assert_eq!(
        figures(read(&mut store, complete(&[one]), 1_700).await),
        [1, 0, 0, 0]
    );
    let state = store.state().await;
    assert_eq!(
        state.of_room(0),
        ["one 1100-1200 confirmed Weekly sync, seen 1500"]
    );
    assert_eq!(state.meetings, 1);
    let told = reader.take(&store.told().await);
    assert_eq!(told.unwrap(), ["removed one none", "added one Weekly sync"]);
}

pub(super) async fn a_cancelled_meeting_is_removed_until_it_is_confirmed_again(mut store: impl Collected) {
    let one = meeting("one", 1_100, 1_200);
    read(&mut store, complete(std::slice::from_ref(&one)), 1_500).await;
    for now in [1_600, 1_700] {
        read(
            &mut store,
            complete(&[with_status(one.clone(), Status::Cancelled)]),
            now,
        )
        .await;
        assert_eq!(
            store.state().await.of_room(0),
            ["one 1100-1200 cancelled Weekly sync, seen 1500, removed 1600"]
        );
    }
    read(&mut store, complete(&[one]), 1_800).await;
    assert_eq!(
        store.state().await.of_room(0),
        ["one 1100-1200 confirmed Weekly sync, seen 1500"]
    );
}

pub(super) async fn a_reading_of_changes_leaves_the_others(mut store: impl Collected) {
    let before = [meeting("one", 1_100, 1_200), meeting("two", 1_300, 1_400)];
    read(&mut store, complete(&before), 1_500).await;
    let changes = Reading {
        change: Read::Changes,
        cursor: Some("after".into()),
        ..complete(&[meeting("two", 1_300, 1_500), meeting("three", 1_600, 1_700)])
    };
    assert_eq!(figures(read(&mut store, changes, 1_600).await), [1, 1, 0, 0]);
    let state = store.state().await;
    assert_eq!(
        state.of_room(0),
        [
            "one 1100-1200 confirmed Weekly sync, seen 1500",
            "two 1300-1500 confirmed Weekly sync, seen 1500",
            "three 1600-1700 confirmed Weekly sync, seen 1600"
        ]
    );
    assert_eq!(state.rooms[0].cursor.as_deref(), Some("after"));
    // What is complete again is compared again: its digest is that of an earlier reading.
    assert_eq!(
        figures(read(&mut store, complete(&before), 1_700).await),
        [0, 1, 1, 1]
    );
}

pub(super) async fn a_meeting_may_move_into_the_window_and_out_of_it(mut store: impl Collected) {
    let read_at = |start: i64, meetings: &[Meeting]| Reading {
        window: Window::new(start, start + 1_000).unwrap(),
        ..complete(meetings)
    };
    read(
        &mut store,
        read_at(
            1_000,
            &[meeting("early", 1_000, 1_100), meeting("late", 1_900, 2_100)],
        ),
        1_500,
    )
    .await;
    // The early one is outside of the next window, and stays.
    read(
        &mut store,
        read_at(1_500, &[meeting("late", 1_900, 2_100)]),
        1_600,
    )
    .await;
    assert_eq!(store.state().await.meetings, 2);
    // It moves into it. That is no new meeting.
    let moved = [meeting("late", 1_900, 2_100), meeting("early", 2_200, 2_300)];
    assert_eq!(
        figures(read(&mut store, read_at(1_500, &moved), 1_700).await),
        [0, 1, 0, 1]
    );
    let state = store.state().await;
    assert_eq!(
        state.of_room(0),
        [
            "late 1900-2100 confirmed Weekly sync, seen 1500",
            "early 2200-2300 confirmed Weekly sync, seen 1500"
        ]
    );
    // It is missing where it was last.
    assert_eq!(
        figures(read(&mut store, read_at(1_500, &moved[..1]), 1_800).await),
        [0, 0, 1, 1]
    );
    assert_eq!(state.rooms[0].read.as_slice(), [(1_000, 2_500)]);
}

pub(super) async fn what_is_read_further_back_is_known_from_then_on(mut store: impl Collected) {
    let read_at = |start: i64| Reading {
        window: Window::new(start, start + 1_000).unwrap(),
        ..complete(&[])
    };
    for (start, known_from) in [(5_000, 5_000), (1_000, 5_000), (4_500, 4_500), (9_000, 4_500)] {
        read(&mut store, read_at(start), 6_000).await;
        assert_eq!(store.state().await.rooms[0].known_from, Some(known_from));
    }
    let state = store.state().await;
    assert_eq!(
        state.rooms[0].read.as_slice(),
        [(1_000, 2_000), (4_500, 6_000), (9_000, 10_000)]
    );
}

pub(super) async fn the_last_of_several_meetings_with_an_id_counts(mut store: impl Collected) {
    let both = [meeting("one", 1_100, 1_200), meeting("one", 1_300, 1_400)];
    assert_eq!(
        figures(read(&mut store, complete(&both), 1_500).await),
        [1, 0, 0, 0]
    );
    assert_eq!(
        store.state().await.of_room(0),
        ["one 1300-1400 confirmed Weekly sync, seen 1500"]
    );
    assert_eq!(
        figures(read(&mut store, complete(&both), 1_600).await),
        [0, 0, 0, 1]
    );
}

pub(super) async fn texts_with_nul_are_the_same_at_each_pass(mut store: impl Collected) {
    let mut odd = meeting("o\0ne", 1_100, 1_200);
    odd.series = Some("\0".into());
    odd.subject = collector_model::meeting::Subject::Text("a\0b".into());
    let mut found = room(0, "Conf\0 A");
    found.key = "\0".into();
    for (now, expected) in [(1_500, [1, 0, 0, 0]), (1_600, [0, 0, 0, 1])] {
        store.list(Writer::A, &[found.clone()], &[]).await.unwrap();
        let reading = complete(std::slice::from_ref(&odd));
        assert_eq!(figures(read(&mut store, reading, now).await), expected);
    }
    // Also if it is compared.
    let reading = complete(&[odd, meeting("two", 1_300, 1_400)]);
    assert_eq!(figures(read(&mut store, reading, 1_700).await), [1, 0, 0, 1]);
}

pub(super) async fn a_room_that_is_not_found_keeps_its_meetings_and_loses_its_cursor(
    mut store: impl Collected,
) {
    let both = [room(0, "Conf A"), room(1, "Conf B")];
    store.list(Writer::A, &both, &[]).await.unwrap();
    read(&mut store, complete(&[meeting("one", 1_100, 1_200)]), 1_500).await;
    store.told().await;
    store.list(Writer::A, &both[1..], &[]).await.unwrap();
    let state = store.state().await;
    assert_eq!(state.of_room(0), ["one 1100-1200 confirmed (gone), seen 1500"]);
    assert!(state.rooms[0].listed.is_none() && state.rooms[1].listed.is_some());
    assert_eq!(
        (state.rooms[0].cursor.as_deref(), state.known, state.meetings),
        (None, 2, 1)
    );
    assert_eq!(store.told().await, []);
    // Found again, with another name and without a building.
    let mut again = room(0, "Conf A (2)");
    (again.building, again.capacity) = (None, None);
    store
        .list(Writer::A, &[again, both[1].clone()], &[])
        .await
        .unwrap();
    let state = store.state().await;
    let listed = state.rooms[0].listed.as_ref().unwrap();
    assert_eq!(
        (listed.name.as_str(), listed.building.as_deref(), listed.capacity),
        ("Conf A (2)", None, None)
    );
    assert_eq!(
        state.of_room(0),
        ["one 1100-1200 confirmed Weekly sync, seen 1500"]
    );
}

pub(super) async fn rooms_of_a_list_that_cannot_be_read_stay_listed(mut store: impl Collected) {
    let lists = |lists: [&str; 2]| lists.map(str::to_owned).to_vec();
    let mut both = [room(0, "Conf A"), room(1, "Conf B")];
    both[0].lists = lists(["east@contoso.com", "all \"rooms\"@contoso.com"]);
    both[1].lists = lists(["west@contoso.com", "all \"rooms\"@contoso.com"]);
    store.list(Writer::A, &both, &[]).await.unwrap();
    let state = store.state().await;
    assert_eq!(state.rooms[0].listed.as_ref().unwrap().lists, both[0].lists);
    // Neither list was read: the first room may be in both still, and the second one was found in one.
    let found = [room(2, "Conf C")];
    store
        .list(Writer::A, &found, &["EAST@contoso.com".into()])
        .await
        .unwrap();
    let state = store.state().await;
    assert_eq!(
        state
            .rooms
            .iter()
            .map(|room| room.listed.is_some())
            .collect::<Vec<_>>(),
        [true, false, true]
    );
    assert_eq!(state.rooms[0].listed.as_ref().unwrap().lists, both[0].lists);
}

pub(super) async fn a_room_with_another_key_loses_its_cursor(mut store: impl Collected) {
    let mut found = room(0, "Conf A");
    store.list(Writer::A, &[found.clone()], &[]).await.unwrap();
    read(&mut store, complete(&[meeting("one", 1_100, 1_200)]), 1_500).await;
    found.name = "Conf A (2)".into();
    store.list(Writer::A, &[found.clone()], &[]).await.unwrap();
    assert_eq!(store.state().await.rooms[0].cursor.as_deref(), Some("next"));
    found.key = "another".into();
    store.list(Writer::A, &[found], &[]).await.unwrap();
    assert_eq!(store.state().await.rooms[0].cursor, None);
}
