//! Passes of the store in PostgreSQL.

use collector_model::pass::{PassRecord, Past, Places, RoomRecord, Trouble};
use collector_model::space::{Space, SpaceRecord};

use super::{PostgreSql, refused};
use crate::tests::acceptance::{Passing, Refused, Writer};

impl Passing for PostgreSql {
    async fn put_attempts(
        &mut self,
        who: Writer,
        places: Places,
        at: i64,
        attempts: &[(&str, Option<Trouble>)],
    ) -> Result<(), Refused> {
        let source = self.source.clone();
        let transaction = self.of_source(who).await?;
        refused(transaction.commit_attempts(places, &source, at, attempts).await)
    }

    async fn pasts(&mut self, places: Places, names: &[&str]) -> Vec<Past> {
        let connection = &mut self.members[0].connection;
        connection.pasts(places, &self.source, names).await.unwrap()
    }

    async fn put_outcomes(
        &mut self,
        who: Writer,
        places: Places,
        at: i64,
        outcomes: &[(&str, &str, Option<&str>)],
    ) -> Result<(), Refused> {
        let outcomes: Vec<_> = outcomes
            .iter()
            .map(|(room, outcome, cause)| (*room, *outcome, cause.map(str::to_owned)))
            .collect();
        let source = self.source.clone();
        let transaction = self.of_source(who).await?;
        refused(transaction.commit_outcomes(places, &source, at, &outcomes).await)
    }

    async fn room_records(&mut self) -> Vec<RoomRecord> {
        let connection = &mut self.members[0].connection;
        connection.room_records(&self.source).await.unwrap()
    }

    async fn counts(&mut self, places: Places) -> (u64, u64) {
        let connection = &mut self.members[0].connection;
        let counts = connection.counts(places, &self.source).await.unwrap();
        (counts.listed, counts.known)
    }

    async fn put_pass(&mut self, who: Writer, pass: PassRecord) -> Result<(), Refused> {
        let transaction = self.of_source(who).await?;
        refused(transaction.commit_pass(&pass).await)
    }

    async fn passes(&mut self) -> Vec<PassRecord> {
        self.members[1].connection.passes().await.unwrap()
    }

    async fn list_spaces(&mut self, who: Writer, spaces: &[Space], is_partial: bool) -> Result<(), Refused> {
        let source = self.source.clone();
        let transaction = self.of_source(who).await?;
        refused(transaction.commit_spaces(&source, spaces, is_partial).await)
    }

    async fn spaces(&mut self) -> Vec<SpaceRecord> {
        let connection = &mut self.members[1].connection;
        let spaces = connection.spaces(Some(&self.source)).await.unwrap();
        assert_eq!(connection.spaces(None).await.unwrap(), spaces);
        spaces
    }

    async fn cursors(&mut self, places: Places, names: &[&str]) -> Vec<Option<String>> {
        let connection = &mut self.members[0].connection;
        let cursors = connection.cursors(places, &self.source, names).await.unwrap();
        cursors.each
    }
}
