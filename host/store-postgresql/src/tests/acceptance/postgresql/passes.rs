//! Passes of the store in PostgreSQL.

use collector_model::pass::{PassRecord, Past, RoomRecord, Trouble};

use super::{PostgreSql, refused};
use crate::tests::acceptance::{Passing, Refused, Writer};

impl Passing for PostgreSql {
    async fn put_attempts(
        &mut self,
        who: Writer,
        at: i64,
        attempts: &[(&str, Option<Trouble>)],
    ) -> Result<(), Refused> {
        let source = self.source.clone();
        let transaction = self.of_source(who).await?;
        refused(transaction.commit_attempts(&source, at, attempts).await)
    }

    async fn pasts(&mut self, rooms: &[&str]) -> Vec<Past> {
        let connection = &mut self.members[0].connection;
        connection.pasts(&self.source, rooms).await.unwrap()
    }

    async fn put_outcomes(
        &mut self,
        who: Writer,
        at: i64,
        outcomes: &[(&str, &str, Option<&str>)],
    ) -> Result<(), Refused> {
        let outcomes: Vec<_> = outcomes
            .iter()
            .map(|(room, outcome, cause)| (*room, *outcome, cause.map(str::to_owned)))
            .collect();
        let source = self.source.clone();
        let transaction = self.of_source(who).await?;
        refused(transaction.commit_outcomes(&source, at, &outcomes).await)
    }

    async fn room_records(&mut self) -> Vec<RoomRecord> {
        let connection = &mut self.members[0].connection;
        connection.room_records(&self.source).await.unwrap()
    }

    async fn counts(&mut self) -> (u64, u64) {
        let connection = &mut self.members[0].connection;
        let rooms = connection.rooms(&self.source).await.unwrap();
        (rooms.listed, rooms.known)
    }

    async fn put_pass(&mut self, who: Writer, pass: PassRecord) -> Result<(), Refused> {
        let transaction = self.of_source(who).await?;
        refused(transaction.commit_pass(&pass).await)
    }

    async fn passes(&mut self) -> Vec<PassRecord> {
        self.members[1].connection.passes().await.unwrap()
    }
}
