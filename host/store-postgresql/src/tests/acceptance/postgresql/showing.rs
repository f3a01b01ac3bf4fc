//! What pages and answers read of the store in PostgreSQL: any member does.

use collector_model::joining::Agreement;
use collector_model::meeting::Meeting;
use collector_model::room::{RoomAddress, RoomRow, RoomSearch};
use collector_model::space::{SpaceId, SpaceRecord};
use collector_model::window::Window;

use super::PostgreSql;
use crate::tests::acceptance::Showing;

const ANOTHER: &str = "another";

impl Showing for PostgreSql {
    async fn known_spaces(&mut self) -> Vec<SpaceRecord> {
        let connection = &mut self.members[1].connection;
        connection.known_spaces(&[&self.source, ANOTHER]).await.unwrap()
    }

    async fn agreement(&mut self, space: &str, rooms: &[RoomAddress], now: i64) -> Option<Agreement> {
        let space = SpaceId {
            source: self.source.clone(),
            key: space.to_owned(),
        };
        let connection = &mut self.members[1].connection;
        let sources = [self.source.as_str(), ANOTHER];
        connection.agreement(&space, &sources, rooms, now).await.unwrap()
    }

    async fn revision(&mut self) -> String {
        self.members[1].connection.revision().await.unwrap()
    }

    async fn search_rooms(&mut self, search: RoomSearch) -> (u64, Vec<RoomRow>) {
        let search = RoomSearch {
            sources: vec![self.source.clone(), ANOTHER.to_owned()],
            ..search
        };
        self.members[1].connection.search_rooms(&search).await.unwrap()
    }

    async fn buildings(&mut self) -> Vec<String> {
        let connection = &mut self.members[1].connection;
        connection.buildings(&[&self.source, ANOTHER]).await.unwrap()
    }

    async fn meetings_of_room(&mut self, room: &RoomRow, window: Window) -> Vec<Meeting> {
        let connection = &mut self.members[1].connection;
        connection.meetings_of_room(room, window).await.unwrap()
    }
}
