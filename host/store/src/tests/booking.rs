//! What a calendar forgets: when a booking was first seen and removed, and which time was read before.

use collector_model::meeting::{Meeting, Status};
use collector_model::window::Window;
use proptest::prelude::*;

use super::{SOURCE, commit_to, empty, meeting};
use crate::{Booking, Change, Spans, Store};

const ROOM: &str = "a@x";
/// Later than any test runs.
const FUTURE: i64 = 4_000_000_000;

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// A complete reading of a window that finds these meetings.
fn read(store: &mut Store, window: (i64, i64), meetings: Vec<Meeting>) {
    let window = Window::new(window.0, window.1).unwrap();
    commit_to(store, SOURCE, ROOM, Change::Complete, meetings, window);
}

fn with(id: &str, status: Status) -> Meeting {
    Meeting {
        status,
        ..meeting(id, 1_500)
    }
}

fn bookings(store: &Store) -> Vec<Booking> {
    store.bookings(SOURCE, ROOM, 0, FUTURE).unwrap()
}

fn only(store: &Store) -> Booking {
    let [booking] = &bookings(store)[..] else {
        panic!("{:?}", bookings(store))
    };
    booking.clone()
}

/// The one booking after these statuses, one reading after the other; none: it is not in the calendar.
fn seen_as(statuses: &[Option<Status>]) -> Vec<Booking> {
    let (_directory, mut store) = empty();
    for status in statuses {
        let found = status.map(|status| with("m", status));
        read(&mut store, (1_000, 2_000), found.into_iter().collect());
    }
    bookings(&store)
}

#[test]
fn a_booking_keeps_the_moment_at_which_it_was_first_seen() {
    let (_directory, mut store) = empty();
    let before = now();
    read(&mut store, (1_000, 2_000), vec![meeting("m", 1_500)]);
    let first = only(&store).history.first_seen.unwrap();
    assert!((before..=now()).contains(&first));
    read(&mut store, (1_000, 2_000), vec![meeting("m", 1_600)]);
    let moved = only(&store);
    assert_eq!((moved.start, moved.history.first_seen), (1_600, Some(first)));
}

#[test]
fn what_was_confirmed_and_is_gone_or_cancelled_was_removed() {
    use Status::{Cancelled, Confirmed, Tentative};
    for (statuses, removed) in [
        (&[Some(Confirmed), None][..], Some(true)),
        (&[Some(Confirmed), Some(Cancelled)], Some(true)),
        (&[Some(Confirmed), Some(Cancelled), None], Some(true)),
        (&[Some(Confirmed), None, Some(Cancelled)], Some(true)),
        // One that is there again was not removed.
        (&[Some(Confirmed), None, Some(Confirmed)], Some(false)),
        (&[Some(Confirmed), Some(Cancelled), Some(Confirmed)], Some(false)),
        (&[Some(Confirmed), Some(Tentative)], Some(false)),
        (&[Some(Cancelled)], Some(false)),
        (&[Some(Tentative), Some(Cancelled)], Some(false)),
        // What was never confirmed leaves nothing behind.
        (&[Some(Tentative), None], None),
        (&[Some(Cancelled), None], None),
    ] {
        let found = seen_as(statuses);
        let is_removed = found.first().map(|booking| booking.history.removed_at.is_some());
        assert_eq!(is_removed, removed, "{statuses:?}");
        assert!(found.len() <= 1);
    }
}

#[test]
fn one_that_is_there_again_was_first_seen_at_the_first_time() {
    let (_directory, mut store) = empty();
    read(&mut store, (1_000, 2_000), vec![meeting("m", 1_500)]);
    let first = only(&store).history;
    read(&mut store, (1_000, 2_000), vec![]);
    assert_eq!(only(&store).history.first_seen, first.first_seen);
    read(&mut store, (1_000, 2_000), vec![meeting("m", 1_500)]);
    assert_eq!(only(&store).history, first);
}

#[test]
fn a_reading_of_changes_removes_nothing_and_covers_no_time() {
    let (_directory, mut store) = empty();
    read(&mut store, (1_000, 2_000), vec![meeting("m", 1_500)]);
    let window = Window::new(3_000, 4_000).unwrap();
    commit_to(&mut store, SOURCE, ROOM, Change::Changes, vec![], window);
    assert_eq!(only(&store).history.removed_at, None);
    assert_eq!(store.readings(SOURCE, ROOM).unwrap().as_slice(), [(1_000, 2_000)]);
}

#[test]
fn a_booking_knows_which_later_time_was_read_before_it_came() {
    let (_directory, mut store) = empty();
    read(&mut store, (1_000, FUTURE), vec![]);
    read(&mut store, (1_000, FUTURE + 500), vec![meeting("m", 1_500)]);
    let history = only(&store).history;
    // The reading that found it is not one before.
    assert_eq!(
        history.read_before.as_slice(),
        [(history.first_seen.unwrap(), FUTURE)]
    );
    assert_eq!(
        store.readings(SOURCE, ROOM).unwrap().as_slice(),
        [(1_000, FUTURE + 500)]
    );
}

#[test]
fn removed_bookings_and_readings_end_with_their_time_and_with_their_source() {
    let (_directory, mut store) = empty();
    read(
        &mut store,
        (1_000, 2_000),
        vec![meeting("old", 1_100), meeting("new", 1_500)],
    );
    read(&mut store, (1_000, 2_000), vec![]);
    store.forget_before(1_300).unwrap();
    assert_eq!(only(&store).id, "new");
    assert_eq!(store.readings(SOURCE, ROOM).unwrap().as_slice(), [(1_300, 2_000)]);
    store.forget_before(5_000).unwrap();
    assert_eq!(store.readings(SOURCE, ROOM).unwrap(), Spans::default());
    read(&mut store, (1_000, 2_000), vec![meeting("again", 1_500)]);
    read(&mut store, (1_000, 2_000), vec![]);
    store.forget_source(SOURCE).unwrap();
    assert_eq!(bookings(&store), []);
    assert_eq!(store.readings(SOURCE, ROOM).unwrap(), Spans::default());
}

proptest! {
    #[test]
    fn spans_are_the_seconds_that_were_added(added in proptest::collection::vec((0..60_i64, 0..20_i64), 0..12), from in 0..80_i64) {
        let mut spans = Spans::default();
        for (start, length) in &added {
            let before = spans.clone();
            let changed = spans.add(*start, start + length);
            prop_assert_eq!(changed, before != spans);
        }
        let within = |spans: &[(i64, i64)], at: i64| spans.iter().any(|(start, end)| (*start..*end).contains(&at));
        for at in 0..80 {
            let was_added = added.iter().any(|(start, length)| (*start..start + length).contains(&at));
            prop_assert_eq!(within(spans.as_slice(), at), was_added);
            prop_assert_eq!(within(spans.from(from).as_slice(), at), was_added && at >= from);
        }
        for pair in spans.as_slice().windows(2) {
            prop_assert!(pair[0].1 < pair[1].0);
        }
    }
}

proptest! {
    /// Some of them last for longer than two days, which are found in another way.
    #[test]
    fn bookings_of_a_span_are_those_that_one_finds_who_looks_at_all_of_them(
        times in proptest::collection::vec((0..16_i64, 0..5_i64, -1..=1_i64, 0..3_u8), 0..40),
    ) {
        const DAY: i64 = 24 * 60 * 60;
        let (start, end) = (10 * DAY, 12 * DAY);
        let all: Vec<(u8, Meeting)> = times
            .into_iter()
            .enumerate()
            .map(|(id, (day, days, second, fate))| {
                let start = day * DAY + second.max(0);
                let end = (day + days) * DAY + second;
                (fate, Meeting { start, end: end.max(start), ..meeting(&id.to_string(), 0) })
            })
            .collect();
        let mut store = Store::empty().unwrap();
        let window = (-DAY, 100 * DAY);
        read(&mut store, window, all.iter().map(|(_, meeting)| meeting.clone()).collect());
        // Then some are gone, and some cancelled.
        let later = all.iter().filter(|(fate, _)| *fate != 0).map(|(fate, meeting)| Meeting {
            status: if *fate == 1 { Status::Cancelled } else { Status::Confirmed },
            ..meeting.clone()
        });
        read(&mut store, window, later.collect());

        let mut right: Vec<(i64, String)> = all
            .iter()
            .map(|(_, meeting)| meeting)
            .filter(|meeting| meeting.start < end && (start < meeting.end || start <= meeting.start))
            .map(|meeting| (meeting.start, meeting.id.clone()))
            .collect();
        right.sort_unstable();
        let found = store.bookings(SOURCE, ROOM, start, end).unwrap();
        let mut times: Vec<(i64, i64)> = found.iter().map(|booking| (booking.start, booking.end)).collect();
        let mut found_times = store.booking_times(SOURCE, ROOM, start, end).unwrap();
        times.sort_unstable();
        found_times.sort_unstable();
        prop_assert_eq!(found_times, times);
        let found: Vec<(i64, String)> = found.into_iter().map(|booking| (booking.start, booking.id)).collect();
        prop_assert_eq!(found, right);

        for only_removed in [false, true] {
            let ends_later = all.iter().filter(|(fate, meeting)| start <= meeting.end && (*fate < 2 || !only_removed));
            let mut right: Vec<i64> = ends_later.map(|(_, meeting)| meeting.start).collect();
            right.sort_unstable();
            let mut found = store.booking_starts(SOURCE, ROOM, start, only_removed).unwrap();
            found.sort_unstable();
            prop_assert_eq!(found, right);
        }
    }
}
