//! What pages and answers read of the store in SQLite.

use collector_model::joining::Agreement;
use collector_model::meeting::Meeting;
use collector_model::room::{RoomAddress, RoomRow, RoomSearch};
use collector_model::space::{SpaceId, SpaceRecord};
use collector_model::window::Window;

use super::{SOURCE, Sqlite};
use crate::tests::acceptance::Showing;

fn sources() -> Vec<String> {
    vec![SOURCE.to_owned(), "another".to_owned()]
}

impl Showing for Sqlite {
    async fn known_spaces(&mut self) -> Vec<SpaceRecord> {
        self.a.known_spaces(&sources()).unwrap()
    }

    async fn agreement(&mut self, space: &str, rooms: &[RoomAddress], now: i64) -> Option<Agreement> {
        let space = SpaceId {
            source: SOURCE.to_owned(),
            key: space.to_owned(),
        };
        self.a.agreement(&space, &sources(), rooms, now).unwrap()
    }

    async fn revision(&mut self) -> String {
        self.a.revision().unwrap()
    }

    async fn search_rooms(&mut self, search: RoomSearch) -> (u64, Vec<RoomRow>) {
        let search = RoomSearch {
            sources: sources(),
            ..search
        };
        self.a.search_rooms(&search).unwrap()
    }

    async fn buildings(&mut self) -> Vec<String> {
        self.a.buildings(&sources()).unwrap()
    }

    async fn meetings_of_room(&mut self, room: &RoomRow, window: Window) -> Vec<Meeting> {
        self.a.meetings_of_room(room, window).unwrap()
    }
}
