//! What holds for every reading of every room.

use std::collections::{BTreeMap, HashSet};

use collector_model::change::ChangeKind;
use collector_model::meeting::{Meeting, Status, Subject};
use proptest::prelude::*;

use super::room::{Event, StoredRoom, events, happens, reading, window};
use crate::{Change, RoomChanges, Steps};

/// When the first of the events happens: in the middle of the windows.
const NOW: i64 = 1_600;

/// The last of each id, by id, as a room may keep them.
fn last_of_each(meetings: &[Meeting], is_hidden: bool) -> BTreeMap<String, Meeting> {
    let kept = meetings.iter().cloned().map(|mut meeting| {
        if is_hidden {
            meeting.withhold_subject();
        }
        (meeting.id.clone(), meeting)
    });
    kept.collect()
}

/// Calls `check` with the room before, the event, the second and the room after it, for each reading.
fn each_reading(
    events: &[Event],
    mut check: impl FnMut(&StoredRoom, (Change, i64, &[Meeting]), i64) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let mut room = StoredRoom::default();
    for (now, event) in (NOW..).zip(events) {
        if let Event::Read(change, from, meetings) = event {
            check(&room, (*change, *from, meetings), now)?;
        }
        happens(&mut room, event, now, true);
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_same_reading_again_changes_nothing(events in events()) {
        each_reading(&events, |before, (change, from, meetings), now| {
            let read = |room: &StoredRoom| reading(room, change, window(from), meetings.to_vec());
            for recognises in [true, false] {
                let mut room = before.clone();
                room.commit(read(&room), now, recognises);
                let after = room.clone();
                let again = room.commit(read(&room), now + 1, recognises);
                prop_assert_eq!(&room, &after);
                prop_assert_eq!(again.told().count(), 0);
                prop_assert_eq!((again.touched, again.read), (None, None));
                let distinct: HashSet<&str> = meetings.iter().map(|meeting| meeting.id.as_str()).collect();
                let same = RoomChanges { same: distinct.len() as u64, ..RoomChanges::default() };
                prop_assert_eq!(again.changes, same);
            }
            Ok(())
        })?;
    }

    #[test]
    fn after_a_complete_reading_the_window_has_exactly_its_meetings(events in events()) {
        each_reading(&events, |before, (_, from, meetings), now| {
            let mut room = before.clone();
            room.commit(reading(before, Change::Complete, window(from), meetings.to_vec()), now, true);
            let stored: Vec<&Meeting> = room.meetings_in(window(from)).collect();
            let read = last_of_each(meetings, room.known.is_hidden);
            prop_assert_eq!(stored, read.values().collect::<Vec<_>>());
            Ok(())
        })?;
    }

    #[test]
    fn what_is_not_read_stays(events in events()) {
        each_reading(&events, |before, (change, from, meetings), now| {
            let mut room = before.clone();
            room.commit(reading(before, change, window(from), meetings.to_vec()), now, true);
            let read = last_of_each(meetings, false);
            for (id, (meeting, history)) in &before.meetings {
                let may_be_gone = change == Change::Complete && window(from).overlaps(meeting.start, meeting.end);
                if !read.contains_key(id) && !may_be_gone {
                    prop_assert_eq!(room.meetings.get(id), Some(&(meeting.clone(), history.clone())));
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn counters_are_those_of_what_is_stored(events in events()) {
        each_reading(&events, |before, (change, from, meetings), now| {
            let mut room = before.clone();
            let steps = room.commit(reading(before, change, window(from), meetings.to_vec()), now, true);
            prop_assert_eq!(room.count, room.meetings.len() as i64);
            let RoomChanges { new, changed, gone, same } = steps.changes;
            prop_assert_eq!(new + changed, steps.puts.len() as u64);
            prop_assert_eq!(gone, steps.gone.len() as u64);
            prop_assert_eq!(new + changed + same, last_of_each(meetings, false).len() as u64);
            let known = before.meetings.keys().filter(|id| last_of_each(meetings, false).contains_key(*id)).count();
            prop_assert_eq!(changed + same, known as u64);
            Ok(())
        })?;
    }

    #[test]
    fn sinks_are_told_the_difference_and_what_it_was(events in events()) {
        each_reading(&events, |before, (change, from, meetings), now| {
            let mut room = before.clone();
            let steps = room.commit(reading(before, change, window(from), meetings.to_vec()), now, true);
            // A reader who knew what was stored before knows what is stored now.
            let mut reader: BTreeMap<&str, &Meeting> =
                before.meetings.iter().map(|(id, (meeting, _))| (id.as_str(), meeting)).collect();
            let mut seen = HashSet::new();
            for told in steps.told() {
                let id = told.meeting.id.as_str();
                prop_assert!(seen.insert(id), "{} is told twice", id);
                match told.kind {
                    ChangeKind::Added => prop_assert_eq!(reader.insert(id, told.meeting), None),
                    ChangeKind::Updated => {
                        let was = reader.insert(id, told.meeting);
                        prop_assert!(was.is_some_and(|was| was != told.meeting));
                    }
                    ChangeKind::Removed => prop_assert_eq!(reader.remove(id), Some(told.meeting)),
                }
                prop_assert_eq!(told.withdraws, told.kind != ChangeKind::Added && told.subject.is_none());
            }
            let now_stored: BTreeMap<&str, &Meeting> =
                room.meetings.iter().map(|(id, (meeting, _))| (id.as_str(), meeting)).collect();
            prop_assert_eq!(reader, now_stored);
            Ok(())
        })?;
    }

    #[test]
    fn a_hidden_subject_is_neither_stored_nor_told(events in events()) {
        each_reading(&events, |before, (change, from, meetings), now| {
            let mut room = before.clone();
            room.known.is_hidden = true;
            let steps = room.commit(reading(&room, change, window(from), meetings.to_vec()), now, true);
            for put in &steps.puts {
                prop_assert_eq!(put.meeting.subject.text(), None);
                let had_one = meetings.iter().rev().find(|meeting| meeting.id == put.meeting.id);
                let is_withheld = had_one.is_some_and(|meeting| meeting.subject.text().is_some());
                prop_assert_eq!(put.meeting.subject == Subject::Withheld, is_withheld);
            }
            prop_assert!(steps.told().all(|told| told.subject.is_none()));
            Ok(())
        })?;
    }

    #[test]
    fn a_history_goes_on_while_it_is_known(events in events()) {
        each_reading(&events, |before, (change, from, meetings), now| {
            let mut room = before.clone();
            room.commit(reading(before, change, window(from), meetings.to_vec()), now, true);
            for (id, (meeting, history)) in &room.meetings {
                let known = before.meetings.get(id).or_else(|| before.gone.get(id));
                let begun = known.map_or(Some(now), |(_, history)| history.first_seen);
                prop_assert_eq!(history.first_seen, begun);
                let read_before = known.map_or_else(|| before.known.read.from(now), |(_, history)| history.read_before.clone());
                prop_assert_eq!(&history.read_before, &read_before);
                prop_assert!(meeting.status == Status::Cancelled || history.removed_at.is_none());
            }
            for (id, (meeting, history)) in &room.gone {
                prop_assert!(!room.meetings.contains_key(id));
                prop_assert!(history.removed_at.is_some());
                // Nothing else makes one gone than a complete reading.
                prop_assert!(before.gone.contains_key(id) || change == Change::Complete);
                let was_confirmed = meeting.status == Status::Confirmed;
                let before = before.meetings.get(id).and_then(|(_, history)| history.removed_at);
                prop_assert!(was_confirmed || before.is_some() || history.removed_at != Some(now));
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_is_touched_holds_all_that_figures_must_be_computed_anew_for(events in events()) {
        each_reading(&events, |before, (change, from, meetings), now| {
            let mut room = before.clone();
            let steps = room.commit(reading(before, change, window(from), meetings.to_vec()), now, true);
            let before_and_after = steps.puts.iter().flat_map(|put| {
                let before = before.meetings.get(&put.meeting.id).map(|(before, _)| before);
                [Some(&put.meeting), before]
            });
            let times: Vec<(i64, i64)> = before_and_after.flatten().map(|meeting| (meeting.start, meeting.end + 1)).collect();
            let from_to = times.iter().map(|(from, _)| *from).min().zip(times.iter().map(|(_, to)| *to).max());
            prop_assert_eq!(steps.touched, from_to);
            let read = |second: i64, room: &StoredRoom| {
                room.known.read.as_slice().iter().any(|(from, to)| (*from..*to).contains(&second))
            };
            // The same reading days before: all that is read is ahead.
            let mut ahead = before.clone();
            let before_that = ahead.commit(reading(before, change, window(from), meetings.to_vec()), now - 300_000, true);
            // Who deletes a meeting notes its time.
            let booked = |second: i64| {
                let mut bookings = ahead.meetings.values().chain(before.gone.values());
                bookings.any(|(booking, _)| booking.start == second || (booking.start..booking.end).contains(&second))
            };
            let is_touched = |second: i64, steps: &Steps<String>| {
                let touched = steps.read.as_ref().and_then(|read| read.touched);
                touched.is_some_and(|(from, to)| (from..to).contains(&second))
            };
            for second in (1_000..2_400).filter(|second| read(*second, &room) != read(*second, before)) {
                prop_assert!(is_touched(second, &steps));
                prop_assert!(read(second, &ahead));
                prop_assert!(is_touched(second, &before_that) || !booked(second));
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_reading_that_is_recognised_does_what_a_comparison_does(events in events()) {
        let (mut room, mut compared) = (StoredRoom::default(), StoredRoom::default());
        for (now, event) in (NOW..).zip(&events) {
            prop_assert_eq!(happens(&mut room, event, now, true), happens(&mut compared, event, now, false));
            prop_assert_eq!(&room, &compared);
        }
    }
}
