//! The store in SQLite, as the cases see it.

mod forgetting;
mod passes;
mod showing;
mod sinks;
mod touched;
mod usage;

use std::collections::HashMap;

use collector_commit::{Reading, RoomChanges};
use collector_model::change::{Change, What};
use collector_model::room::{Room, RoomAddress};
use collector_model::window::Window;
use collector_store::{Places, RoomSearch, Store};

use super::state::{Listed, ROOMS, RoomState, State};
use super::{Collected, Refused, SINK, Writer};

const SOURCE: &str = "contoso";
/// One that is told all rooms again whenever somebody looks: a snapshot says from when a room is known.
const LOOKER: &str = "looker";

pub(super) struct Sqlite {
    a: Store,
    /// The other writer's, if there is a file that both can open.
    b: Option<Store>,
    _data: Option<tempfile::TempDir>,
}

impl Sqlite {
    pub(super) fn in_memory() -> Self {
        Self::with(Store::empty().unwrap(), None, None)
    }

    pub(super) fn on_disk() -> Self {
        let data = tempfile::tempdir().unwrap();
        let open = || Store::open(data.path()).unwrap();
        let (a, b) = (open(), open());
        Self::with(a, Some(b), Some(data))
    }

    fn with(mut a: Store, b: Option<Store>, data: Option<tempfile::TempDir>) -> Self {
        a.set_sinks(&[SINK, LOOKER]).unwrap();
        Self { a, b, _data: data }
    }

    fn of(&mut self, who: Writer) -> &mut Store {
        match (who, &mut self.b) {
            (Writer::B, Some(b)) => b,
            _ => &mut self.a,
        }
    }

    fn hand_over(&mut self, sink: &str) -> Vec<Change> {
        let mut told = Vec::new();
        loop {
            let handover = self.a.hand_over(sink, 1_000).unwrap();
            if handover.is_empty() {
                return told;
            }
            self.a.delivered(sink, &handover).unwrap();
            told.extend(handover.entries);
        }
    }

    fn listed(&self) -> HashMap<String, Listed> {
        let search = RoomSearch {
            sources: vec![SOURCE.to_owned()],
            limit: 100,
            ..RoomSearch::default()
        };
        let (_, rooms) = self.a.search_rooms(&search).unwrap();
        let listed = rooms.into_iter().map(|room| {
            let meetings = self.a.meetings_of_room(&room, Window::ALWAYS).unwrap();
            let listed = Listed {
                name: room.name,
                building: room.building,
                capacity: room.capacity,
                lists: room.lists,
                meetings,
            };
            (room.address, listed)
        });
        listed.collect()
    }
}

impl Collected for Sqlite {
    const FENCES: bool = false;

    async fn take_over(&mut self, _who: Writer) {}

    async fn list(&mut self, who: Writer, rooms: &[Room], unread: &[String]) -> Result<(), Refused> {
        self.of(who).put_rooms(SOURCE, rooms, unread).unwrap();
        Ok(())
    }

    async fn commit(
        &mut self,
        who: Writer,
        readings: Vec<(RoomAddress, Reading)>,
        now: i64,
    ) -> Result<Vec<RoomChanges>, Refused> {
        let store = self.of(who);
        let changes = readings
            .into_iter()
            .map(|(room, reading)| store.commit_at(SOURCE, &room, reading, now).unwrap());
        Ok(changes.collect())
    }

    async fn set_viewing(&mut self, viewing: bool) {
        self.a.set_viewing([(SOURCE, viewing)]).unwrap();
    }

    async fn drops(&mut self) -> i64 {
        self.a.drops().unwrap()
    }

    async fn told(&mut self) -> Vec<Change> {
        self.hand_over(SINK)
    }

    async fn state(&mut self) -> State {
        self.a.refill(LOOKER).unwrap();
        let known_from: HashMap<String, i64> = self
            .hand_over(LOOKER)
            .into_iter()
            .filter_map(|change| match change.what {
                What::SnapshotEnd { from, .. } => Some((change.room, from)),
                _ => None,
            })
            .collect();
        let mut listed = self.listed();
        let cursors = self.a.cursors(Places::Rooms, SOURCE, &ROOMS).unwrap();
        let always = Window::ALWAYS;
        let rooms = ROOMS.into_iter().zip(cursors).map(|(room, cursor)| RoomState {
            listed: listed.remove(room),
            cursor,
            known_from: known_from.get(room).copied(),
            read: self.a.readings(SOURCE, room).unwrap(),
            bookings: self
                .a
                .bookings(SOURCE, room, always.start(), always.end())
                .unwrap(),
        });
        State {
            rooms: rooms.collect(),
            known: self.a.known(Places::Rooms, SOURCE).unwrap(),
            meetings: self.a.stored_meetings(SOURCE).unwrap(),
        }
    }
}
