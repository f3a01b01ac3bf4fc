//! Passes of the store in SQLite.

use collector_model::pass::{PassRecord, Past, Places, RoomRecord, Trouble};
use collector_model::space::{Space, SpaceRecord};

use super::{SOURCE, Sqlite};
use crate::tests::acceptance::{Passing, Refused, Writer};

impl Passing for Sqlite {
    async fn put_attempts(
        &mut self,
        who: Writer,
        places: Places,
        at: i64,
        attempts: &[(&str, Option<Trouble>)],
    ) -> Result<(), Refused> {
        let store = self.of(who);
        store.put_attempts(places, SOURCE, at, attempts).unwrap();
        Ok(())
    }

    async fn pasts(&mut self, places: Places, names: &[&str]) -> Vec<Past> {
        self.a.pasts(places, SOURCE, names.iter().copied()).unwrap()
    }

    async fn put_outcomes(
        &mut self,
        who: Writer,
        places: Places,
        at: i64,
        outcomes: &[(&str, &str, Option<&str>)],
    ) -> Result<(), Refused> {
        let outcomes = outcomes
            .iter()
            .map(|(room, outcome, cause)| (*room, *outcome, cause.map(str::to_owned)));
        let store = self.of(who);
        store.put_outcomes(places, SOURCE, at, outcomes).unwrap();
        Ok(())
    }

    async fn room_records(&mut self) -> Vec<RoomRecord> {
        self.a.rooms(SOURCE).unwrap()
    }

    async fn counts(&mut self, places: Places) -> (u64, u64) {
        (
            self.a.listed(places, SOURCE).unwrap(),
            self.a.known(places, SOURCE).unwrap(),
        )
    }

    async fn put_pass(&mut self, who: Writer, pass: PassRecord) -> Result<(), Refused> {
        self.of(who).put_pass(&pass).unwrap();
        Ok(())
    }

    async fn passes(&mut self) -> Vec<PassRecord> {
        self.a.passes().unwrap()
    }

    async fn list_spaces(&mut self, who: Writer, spaces: &[Space], is_partial: bool) -> Result<(), Refused> {
        self.of(who).put_spaces(SOURCE, spaces, is_partial).unwrap();
        Ok(())
    }

    async fn spaces(&mut self) -> Vec<SpaceRecord> {
        let spaces = self.a.spaces(Some(SOURCE)).unwrap();
        assert_eq!(self.a.spaces(None).unwrap(), spaces);
        spaces
    }

    async fn cursors(&mut self, places: Places, names: &[&str]) -> Vec<Option<String>> {
        self.a.cursors(places, SOURCE, names).unwrap()
    }
}
