//! The rooms that a pass has yet to read, in slices, and those that wait for their time.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::plan::Lane;

/// The rooms of one call, by their number in the expansion. All are of one lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) rooms: Vec<usize>,
    pub(super) lane: Lane,
}

/// Rooms to read now, and rooms to read again later.
pub(super) struct Queue {
    ready: [VecDeque<usize>; Lane::ALL.len()],
    /// With the time from which each may be read again.
    later: Vec<(Instant, usize, Lane)>,
    slice_size: usize,
}

impl Queue {
    pub(super) fn new(plan: Vec<(usize, Lane)>, slice_size: usize) -> Self {
        let mut queue = Self {
            ready: Default::default(),
            later: Vec::new(),
            slice_size: slice_size.max(1),
        };
        for (room, lane) in plan {
            queue.push(room, lane);
        }
        queue
    }

    /// The next slice, of rooms that are due. `alone`: whether it may be a room that is read alone.
    pub(super) fn take_slice(&mut self, now: Instant, alone: bool) -> Option<Slice> {
        for (_, room, lane) in self.later.extract_if(.., |(due, ..)| *due <= now) {
            // Not `push`: `later` is borrowed.
            lane_of(&mut self.ready, lane).push_back(room);
        }
        for lane in Lane::ALL {
            if lane.is_alone() && !alone {
                return None;
            }
            let ready = lane_of(&mut self.ready, lane);
            let size = if lane.is_alone() { 1 } else { self.slice_size };
            let count = size.min(ready.len());
            if count > 0 {
                let rooms = ready.drain(..count).collect();
                return Some(Slice { rooms, lane });
            }
        }
        None
    }

    /// Adds a room behind the others of its lane.
    pub(super) fn push(&mut self, room: usize, lane: Lane) {
        lane_of(&mut self.ready, lane).push_back(room);
    }

    /// Puts a room back until `due`.
    pub(super) fn postpone(&mut self, room: usize, lane: Lane, due: Instant) {
        self.later.push((due, room, lane));
    }

    /// Forgets the waiting rooms of a lane.
    pub(super) fn forget(&mut self, lane: Lane) {
        lane_of(&mut self.ready, lane).clear();
        self.later.retain(|(_, _, other)| *other != lane);
    }

    /// Forgets all waiting rooms.
    pub(super) fn clear(&mut self) {
        Lane::ALL.into_iter().for_each(|lane| self.forget(lane));
    }

    /// Whether a room that shares slices waits for its time.
    pub(super) fn holds_usual(&self) -> bool {
        self.later.iter().any(|(_, _, lane)| !lane.is_alone())
    }

    /// When the next of the postponed rooms may be read; none if none was postponed.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.later.iter().map(|(due, ..)| *due).min()
    }
}

fn lane_of(ready: &mut [VecDeque<usize>; Lane::ALL.len()], lane: Lane) -> &mut VecDeque<usize> {
    let [usual, troubled, again, alone] = ready;
    match lane {
        Lane::Usual => usual,
        Lane::Troubled => troubled,
        Lane::Again => again,
        Lane::Alone => alone,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn queue(plan: &[(usize, Lane)], slice_size: usize) -> Queue {
        Queue::new(plan.to_vec(), slice_size)
    }

    fn usual(rooms: std::ops::Range<usize>) -> Vec<(usize, Lane)> {
        rooms.map(|room| (room, Lane::Usual)).collect()
    }

    /// The rooms of all slices that can be taken.
    fn slices(queue: &mut Queue, now: Instant) -> Vec<Vec<usize>> {
        std::iter::from_fn(|| queue.take_slice(now, true).map(|slice| slice.rooms)).collect()
    }

    #[test]
    fn rooms_come_in_slices_and_the_last_may_be_short() {
        let mut queue = queue(&usual(0..3), 2);
        assert_eq!(slices(&mut queue, Instant::now()), [vec![0, 1], vec![2]]);
    }

    #[test]
    fn lanes_share_no_slice_and_who_is_read_alone_is_alone() {
        let plan = [
            (0, Lane::Usual),
            (1, Lane::Troubled),
            (2, Lane::Troubled),
            (3, Lane::Alone),
            (4, Lane::Alone),
        ];
        let mut queue = queue(&plan, 20);
        queue.push(5, Lane::Again);
        assert_eq!(
            slices(&mut queue, Instant::now()),
            [vec![0], vec![1, 2], vec![5], vec![3], vec![4]]
        );
    }

    #[test]
    fn a_room_that_was_put_back_comes_when_its_time_has_come_and_behind_the_others() {
        let now = Instant::now();
        let due = now + Duration::from_secs(30);
        let mut queue = queue(&usual(0..2), 1);
        assert_eq!(queue.take_slice(now, true).unwrap().rooms, [0]);
        queue.postpone(0, Lane::Usual, due);
        assert_eq!(slices(&mut queue, now), [vec![1]]);
        assert_eq!(queue.next_due(), Some(due));
        assert_eq!(slices(&mut queue, due), [vec![0]]);
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn a_room_that_is_read_alone_can_be_kept_waiting_for_others() {
        let now = Instant::now();
        let mut queue = queue(&[(0, Lane::Alone)], 20);
        queue.postpone(1, Lane::Usual, now + Duration::from_secs(30));
        assert!(queue.holds_usual());
        assert_eq!(queue.take_slice(now, false), None);
        assert_eq!(slices(&mut queue, now), [vec![0]]);
    }

    #[test]
    fn a_lane_can_be_forgotten() {
        let now = Instant::now();
        let mut queue = queue(&usual(0..1), 20);
        queue.push(1, Lane::Again);
        queue.postpone(2, Lane::Again, now);
        queue.forget(Lane::Again);
        assert_eq!(slices(&mut queue, now), [vec![0]]);
    }
}
