//! The rooms that a pass has still to read, in slices, and those that wait for their time.

use std::collections::VecDeque;

use tokio::time::Instant;

use crate::sandbox::RoomRequest;

/// Rooms to read now, and rooms to read again later.
pub(super) struct Queue {
    ready: VecDeque<RoomRequest>,
    /// With the time from which each may be read again.
    later: Vec<(Instant, RoomRequest)>,
    slice_size: usize,
}

impl Queue {
    pub(super) fn new(rooms: impl IntoIterator<Item = RoomRequest>, slice_size: usize) -> Self {
        Self {
            ready: rooms.into_iter().collect(),
            later: Vec::new(),
            slice_size: slice_size.max(1),
        }
    }

    /// The next slice, of rooms whose time has come.
    pub(super) fn take_slice(&mut self, now: Instant) -> Option<Vec<RoomRequest>> {
        let (due, later) = std::mem::take(&mut self.later)
            .into_iter()
            .partition(|(when, _)| *when <= now);
        self.later = later;
        let due: Vec<_> = due;
        self.ready.extend(due.into_iter().map(|(_, room)| room));
        let count = self.slice_size.min(self.ready.len());
        (count > 0).then(|| self.ready.drain(..count).collect())
    }

    /// Puts a room back until `due`.
    pub(super) fn postpone(&mut self, room: RoomRequest, due: Instant) {
        self.later.push((due, room));
    }

    /// Forgets the rooms that wait.
    pub(super) fn clear(&mut self) {
        self.ready.clear();
        self.later.clear();
    }

    /// When the next room may be read; none when no room is left. At once when a slice can be taken now.
    pub(super) fn next_due(&self) -> Option<Instant> {
        if self.ready.is_empty() {
            self.later.iter().map(|(due, _)| *due).min()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::room::RoomAddress;

    fn room(address: &str) -> RoomRequest {
        RoomRequest {
            address: RoomAddress::new(address),
            key: address.to_owned(),
            cursor: None,
        }
    }

    fn addresses(slice: Option<Vec<RoomRequest>>) -> Vec<String> {
        slice
            .into_iter()
            .flatten()
            .map(|room| room.address.to_string())
            .collect()
    }

    #[test]
    fn rooms_come_in_slices_and_the_last_may_be_short() {
        let now = Instant::now();
        let mut queue = Queue::new(["a", "b", "c"].map(room), 2);
        assert_eq!(addresses(queue.take_slice(now)), ["a", "b"]);
        assert_eq!(addresses(queue.take_slice(now)), ["c"]);
        assert!(queue.take_slice(now).is_none());
    }

    #[test]
    fn a_room_that_was_put_back_comes_when_its_time_has_come_and_behind_the_others() {
        let now = Instant::now();
        let due = now + Duration::from_secs(30);
        let mut queue = Queue::new([room("a"), room("b")], 1);
        let first = queue.take_slice(now).unwrap().remove(0);
        queue.postpone(first, due);
        assert_eq!(queue.next_due(), None, "a room can be read now");
        assert_eq!(addresses(queue.take_slice(now)), ["b"]);
        assert!(queue.take_slice(now).is_none());
        assert_eq!(queue.next_due(), Some(due));
        assert_eq!(addresses(queue.take_slice(due)), ["a"]);
        assert_eq!(queue.next_due(), None);
    }
}
