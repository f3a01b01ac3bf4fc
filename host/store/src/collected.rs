//! What a pass needs, of the store in SQLite. Its caller holds the data directory, so there is no other collector.

use anyhow::Error;
use async_trait::async_trait;
use collector_commit::usage::{Committed, SpaceReading};
use collector_commit::{RoomChanges, RoomReading};
use collector_model::pass::{Counts, Cursors, PassRecord, Past, Places, Trouble};
use collector_model::room::Room;
use collector_model::space::Space;
use collector_stores::{Collected, all_failed};

use super::{SharedStore, Store, StoreError};

#[async_trait]
impl Collected for SharedStore {
    async fn counts(&self, places: Places, source: &str) -> Result<Counts, Error> {
        let source = source.to_owned();
        self.read(move |store| {
            Ok(Counts {
                listed: store.listed(places, &source)?,
                known: store.known(places, &source)?,
            })
        })
        .await
    }

    async fn put_rooms(&self, source: &str, rooms: Vec<Room>, unread: Vec<String>) -> Result<(), Error> {
        let source = source.to_owned();
        self.write(move |store| store.put_rooms(&source, &rooms, &unread))
            .await
    }

    async fn put_spaces(&self, source: &str, spaces: Vec<Space>, is_partial: bool) -> Result<(), Error> {
        let source = source.to_owned();
        self.write(move |store| store.put_spaces(&source, &spaces, is_partial))
            .await
    }

    async fn pasts(&self, places: Places, source: &str, names: Vec<String>) -> Result<Vec<Past>, Error> {
        let source = source.to_owned();
        self.read(move |store| store.pasts(places, &source, names.iter().map(String::as_str)))
            .await
    }

    async fn cursors(&self, places: Places, source: &str, names: Vec<String>) -> Result<Cursors, Error> {
        let source = source.to_owned();
        self.read(move |store| {
            Ok(Cursors {
                each: store.cursors(places, &source, &names)?,
                drops: store.drops()?,
            })
        })
        .await
    }

    async fn commit_rooms(
        &self,
        source: &str,
        readings: Vec<RoomReading>,
        now: i64,
    ) -> Vec<Result<RoomChanges, Error>> {
        let source = source.to_owned();
        let count = readings.len();
        let committed = self.write(move |store| Ok(commit_rooms(store, &source, readings, now)));
        each(committed.await, count)
    }

    async fn commit_spaces(
        &self,
        source: &str,
        readings: Vec<SpaceReading>,
        now: i64,
    ) -> Vec<Result<Committed, Error>> {
        let source = source.to_owned();
        let count = readings.len();
        let committed = self.write(move |store| {
            let commit = |reading: &SpaceReading| {
                let cursor = reading.cursor.as_deref();
                store.commit_usage(
                    &source,
                    &reading.key,
                    &reading.records,
                    cursor,
                    reading.drops,
                    now,
                )
            };
            Ok(readings.iter().map(commit).collect())
        });
        each(committed.await, count)
    }

    async fn put_attempts(
        &self,
        places: Places,
        source: &str,
        at: i64,
        attempts: Vec<(String, Option<Trouble>)>,
    ) -> Result<(), Error> {
        let source = source.to_owned();
        self.write(move |store| store.put_attempts(places, &source, at, &attempts))
            .await
    }

    async fn put_outcomes(
        &self,
        places: Places,
        source: &str,
        at: i64,
        outcomes: Vec<(String, &'static str, Option<String>)>,
    ) -> Result<(), Error> {
        let source = source.to_owned();
        self.write(move |store| {
            let outcomes = outcomes
                .iter()
                .map(|(name, outcome, cause)| (name.as_str(), *outcome, cause.clone()));
            store.put_outcomes(places, &source, at, outcomes)
        })
        .await
    }

    async fn put_pass(&self, pass: PassRecord) -> Result<(), Error> {
        self.write(move |store| store.put_pass(&pass)).await
    }
}

/// Stores rooms together, since each transaction costs as much as many unchanged rooms; or each alone, if one of them cannot be stored.
fn commit_rooms(
    store: &mut Store,
    source: &str,
    readings: Vec<RoomReading>,
    now: i64,
) -> Vec<Result<RoomChanges, StoreError>> {
    if readings.len() > 1 {
        match store.commit_together(source, &readings, now) {
            Ok(changes) => return changes.into_iter().map(Ok).collect(),
            Err(error) => tracing::debug!(source, "rooms are stored one by one: {error}"),
        }
    }
    readings
        .into_iter()
        .map(|RoomReading { room, reading }| store.commit_at(source, &room, reading, now))
        .collect()
}

/// What became of each of so many, which all failed if the work did.
fn each<T>(done: Result<Vec<Result<T, StoreError>>, Error>, count: usize) -> Vec<Result<T, Error>> {
    match done {
        Ok(each) => each.into_iter().map(|done| done.map_err(Error::from)).collect(),
        Err(error) => all_failed(&error, count),
    }
}
