//! Single rules of a commit, each by an example.

use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::window::Window;

use super::room::{StoredRoom, meeting, reading, window};
use crate::{Change, Place, Reading, Steps};

const NOW: i64 = 5_000;

fn read(room: &mut StoredRoom, change: Change, meetings: Vec<Meeting>) -> Steps<String> {
    let reading = reading(room, change, window(1_000), meetings);
    room.commit(reading, NOW, true)
}

/// What sinks are told, as `kind id subject`, and whether earlier subjects are withdrawn.
fn told(steps: &Steps<String>) -> Vec<String> {
    let line = |told: crate::Told<'_>| {
        let withdraws = if told.withdraws { " withdraws" } else { "" };
        format!(
            "{:?} {} {}{withdraws}",
            told.kind,
            told.meeting.id,
            told.subject.unwrap_or("-")
        )
    };
    steps.told().map(line).collect()
}

#[test]
fn sinks_are_told_puts_in_order_of_arrival_then_what_is_gone() {
    let mut room = StoredRoom::default();
    let first = read(
        &mut room,
        Change::Complete,
        vec![meeting("b", 1_500), meeting("a", 1_200), meeting("c", 1_300)],
    );
    assert_eq!(
        told(&first),
        [
            "Added b Weekly sync",
            "Added a Weekly sync",
            "Added c Weekly sync"
        ]
    );
    let without_subject = Meeting {
        subject: Subject::None,
        ..meeting("b", 1_500)
    };
    let second = read(
        &mut room,
        Change::Complete,
        vec![meeting("d", 1_700), without_subject, meeting("c", 1_400)],
    );
    assert_eq!(
        told(&second),
        [
            "Added d Weekly sync",
            "Updated b - withdraws",
            "Updated c Weekly sync",
            "Removed a - withdraws"
        ]
    );
    assert_eq!((first.is_first, second.is_first), (true, false));
}

#[test]
fn a_meeting_that_moved_into_the_window_is_updated() {
    let mut room = StoredRoom::default();
    let later = reading(&room, Change::Complete, window(3_000), vec![meeting("a", 3_500)]);
    room.commit(later, NOW, true);
    let steps = read(&mut room, Change::Complete, vec![meeting("a", 1_500)]);
    assert_eq!(told(&steps), ["Updated a Weekly sync"]);
    assert_eq!(steps.touched, Some((1_500, 3_601)));
}

#[test]
fn a_meeting_that_is_there_again_was_not_removed() {
    let mut room = StoredRoom::default();
    let cancelled = Meeting {
        status: Status::Cancelled,
        ..meeting("a", 1_500)
    };
    let tentative = Meeting {
        status: Status::Tentative,
        ..meeting("t", 1_500)
    };
    read(&mut room, Change::Complete, vec![meeting("a", 1_500), tentative]);
    let steps = read(&mut room, Change::Complete, Vec::new());
    // Nobody had to free the room for one that was never certain.
    let kept: Vec<(&str, bool)> = steps
        .gone
        .iter()
        .map(|gone| (gone.row.as_str(), gone.history.is_some()))
        .collect();
    assert_eq!(kept, [("a", true), ("t", false)]);
    let steps = read(&mut room, Change::Complete, vec![meeting("a", 1_500)]);
    assert_eq!(steps.puts[0].place, Place::Back);
    assert_eq!(steps.puts[0].history.removed_at, None);
    let steps = read(&mut room, Change::Complete, vec![cancelled]);
    assert_eq!(steps.puts[0].place, Place::At("a".into()));
    assert_eq!(steps.puts[0].history.removed_at, Some(NOW));
}

#[test]
fn a_cursor_that_was_dropped_while_it_was_read_is_not_kept() {
    let mut room = StoredRoom::default();
    let reading = reading(&room, Change::Changes, window(1_000), Vec::new());
    room.known.drops += 1;
    let steps = room.commit(reading, NOW, true);
    assert_eq!(steps.room.cursor, None);
}

#[test]
fn changes_alone_tell_nothing_about_what_is_known() {
    let mut room = StoredRoom::default();
    let steps = read(&mut room, Change::Changes, vec![meeting("a", 1_500)]);
    assert_eq!(
        (
            steps.is_first,
            steps.read.clone(),
            steps.room.known_from,
            steps.room.reading
        ),
        (false, None, None, None)
    );
}

#[test]
fn sinks_are_told_changes_one_by_one_if_one_waits_for_them_and_the_room_was_read_as_a_whole_before() {
    let is_told = |is_awaited: bool, changes: &[Change]| {
        let mut room = StoredRoom::default();
        room.known.is_awaited = is_awaited;
        let told = changes.iter().map(|change| {
            let reading = reading(&room, *change, window(1_000), Vec::new());
            room.commit(reading, NOW, true).is_told
        });
        told.collect::<Vec<_>>()
    };
    let readings = [Change::Changes, Change::Complete, Change::Complete];
    assert_eq!(is_told(true, &readings), [true, false, true]);
    assert_eq!(is_told(false, &readings), [false, false, false]);
}

#[test]
fn an_earlier_window_must_adjoin_the_known_time() {
    let known_from = |windows: &[(i64, i64)]| {
        let mut room = StoredRoom::default();
        for (start, end) in windows {
            let window = Window::new(*start, *end).unwrap();
            let reading = Reading {
                window,
                ..reading(&room, Change::Complete, window, Vec::new())
            };
            room.commit(reading, NOW, true);
        }
        room.known.known_from
    };
    assert_eq!(known_from(&[(1_000, 2_000)]), Some(1_000));
    assert_eq!(known_from(&[(1_000, 2_000), (500, 1_000)]), Some(500));
    assert_eq!(known_from(&[(1_000, 2_000), (500, 999)]), Some(1_000));
    assert_eq!(known_from(&[(1_000, 2_000), (1_500, 3_000)]), Some(1_000));
}
