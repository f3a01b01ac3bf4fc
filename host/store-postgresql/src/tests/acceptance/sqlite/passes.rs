//! Passes of the store in SQLite.

use collector_model::pass::{PassRecord, Past, RoomRecord, Trouble};
use collector_store::Places;

use super::{SOURCE, Sqlite};
use crate::tests::acceptance::{Passing, Refused, Writer};

impl Passing for Sqlite {
    async fn put_attempts(
        &mut self,
        who: Writer,
        at: i64,
        attempts: &[(&str, Option<Trouble>)],
    ) -> Result<(), Refused> {
        let store = self.of(who);
        store.put_attempts(Places::Rooms, SOURCE, at, attempts).unwrap();
        Ok(())
    }

    async fn pasts(&mut self, rooms: &[&str]) -> Vec<Past> {
        self.a
            .pasts(Places::Rooms, SOURCE, rooms.iter().copied())
            .unwrap()
    }

    async fn put_outcomes(
        &mut self,
        who: Writer,
        at: i64,
        outcomes: &[(&str, &str, Option<&str>)],
    ) -> Result<(), Refused> {
        let outcomes = outcomes
            .iter()
            .map(|(room, outcome, cause)| (*room, *outcome, cause.map(str::to_owned)));
        let store = self.of(who);
        store.put_outcomes(Places::Rooms, SOURCE, at, outcomes).unwrap();
        Ok(())
    }

    async fn room_records(&mut self) -> Vec<RoomRecord> {
        self.a.rooms(SOURCE).unwrap()
    }

    async fn counts(&mut self) -> (u64, u64) {
        (
            self.a.listed(Places::Rooms, SOURCE).unwrap(),
            self.a.known(Places::Rooms, SOURCE).unwrap(),
        )
    }

    async fn put_pass(&mut self, who: Writer, pass: PassRecord) -> Result<(), Refused> {
        self.of(who).put_pass(&pass).unwrap();
        Ok(())
    }

    async fn passes(&mut self) -> Vec<PassRecord> {
        self.a.passes().unwrap()
    }
}
