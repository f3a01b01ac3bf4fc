//! What figures read of rooms.

use collector_commit::Reading;
use collector_model::fixture::meeting;
use collector_model::meeting::{Meeting, Status};
use collector_model::window::Window;

use super::state::{address, complete};
use super::{Figuring, Writer};

pub(super) async fn figures_find_what_overlaps_a_span(mut store: impl Figuring) {
    const DAY: i64 = 24 * 60 * 60;
    let read = |meetings: &[Meeting]| {
        let reading = Reading {
            window: Window::new(0, 100 * DAY).unwrap(),
            ..complete(meetings)
        };
        vec![(address(1), reading)]
    };
    let kept = [
        meeting("long", 100, 50 * DAY),
        meeting("into it", 900, 1_100),
        meeting("up to it", 900, 1_000),
        meeting("at its start", 1_000, 1_000),
        meeting("in it", 1_200, 1_300),
        meeting("from its end on", 2_000, 2_100),
    ];
    let gone = [meeting("gone", 1_400, 1_500), meeting("gone before", 100, 200)];
    let slice = read(&[&kept[..], &gone].concat());
    store.commit(Writer::A, slice, 50).await.unwrap();
    let cancelled = Meeting {
        status: Status::Cancelled,
        ..kept[4].clone()
    };
    let slice = read(&[&kept[..4], &[cancelled], &kept[5..]].concat());
    store.commit(Writer::A, slice, 60).await.unwrap();

    let bookings = store.bookings(1_000, 2_000).await;
    let ids = |room: usize| {
        let ids = bookings[room].iter().map(|booking| booking.id.as_str());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids(1), ["long", "into it", "at its start", "in it", "gone"]);
    assert!(ids(0).is_empty() && ids(2).is_empty());
    let history = |place: usize| {
        let booking = &bookings[1][place];
        (booking.history.first_seen, booking.history.removed_at)
    };
    assert_eq!(
        (history(0), history(3), history(4)),
        ((Some(50), None), (Some(50), Some(60)), (Some(50), Some(60)))
    );
    let mut times: Vec<(i64, i64)> = bookings[1]
        .iter()
        .map(|booking| (booking.start, booking.end))
        .collect();
    times.sort_unstable();
    assert_eq!(store.booking_times(1_000, 2_000).await[1], times);
    // By their ends.
    let starts = store.booking_starts(1_300, false).await;
    assert_eq!(starts, [vec![], vec![100, 1_200, 1_400, 2_000], vec![]]);
    let starts = store.booking_starts(1_300, true).await;
    assert_eq!(starts, [vec![], vec![1_200, 1_400], vec![]]);
}
