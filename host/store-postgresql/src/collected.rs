//! What a pass needs, of the store in PostgreSQL. Whatever it stores is under the lease of the source.

use anyhow::Error;
use async_trait::async_trait;
use collector_commit::usage::{Committed, SpaceReading};
use collector_commit::{RoomChanges, RoomReading};
use collector_model::pass::{Counts, Cursors, PassRecord, Past, Places, Trouble};
use collector_model::room::Room;
use collector_model::space::Space;
use collector_postgresql::Problem;
use collector_stores::{Collected, all_failed};

use crate::connection::Database;
use crate::fenced::CommitError;
use crate::lease::Lease;
use crate::pool::Pool;

/// Connections of a pass at once. Slices are stored one after the other, while others ask for their cursors.
const CONNECTIONS: usize = 4;

/// The store as the holder of a source's lease collects into it.
pub struct HeldSource {
    pool: Pool,
    lease: Lease,
}

impl HeldSource {
    /// Of a database, under the lease of a source.
    pub fn new(database: Database, lease: Lease) -> Self {
        Self {
            pool: Pool::new(database, CONNECTIONS),
            lease,
        }
    }

    fn in_words(&self, error: CommitError) -> Error {
        match error {
            CommitError::Database(problem) => Error::msg(problem.at(self.pool.place())),
            other => other.into(),
        }
    }
}

/// Looks something up with a connection of the pool. One that failed is closed.
macro_rules! find {
    ($held:expr, |$connection:ident| $found:expr) => {
        async {
            let mut taken = $held.pool.take().await?;
            let $connection = &mut taken.connection;
            let found = $found.await?;
            taken.put_back();
            Ok(found)
        }
        .await
        .map_err(|error| $held.in_words(error))
    };
}

/// Stores something under the lease, with a connection of the pool.
macro_rules! store {
    ($held:expr, |$fenced:ident| $stored:expr) => {
        async {
            let mut taken = $held.pool.take().await?;
            let $fenced = taken.connection.fenced(&$held.lease).await?;
            let stored = $stored.await?;
            taken.put_back();
            Ok::<_, CommitError>(stored)
        }
        .await
    };
}

#[async_trait]
impl Collected for HeldSource {
    async fn counts(&self, places: Places, source: &str) -> Result<Counts, Error> {
        find!(self, |connection| connection.counts(places, source))
    }

    async fn put_rooms(&self, source: &str, rooms: Vec<Room>, unread: Vec<String>) -> Result<(), Error> {
        let stored = store!(self, |fenced| fenced.commit_rooms(source, &rooms, &unread));
        stored.map_err(|error| self.in_words(error))
    }

    async fn put_spaces(&self, source: &str, spaces: Vec<Space>, is_partial: bool) -> Result<(), Error> {
        let stored = store!(self, |fenced| fenced.commit_spaces(source, &spaces, is_partial));
        stored.map_err(|error| self.in_words(error))
    }

    async fn pasts(&self, places: Places, source: &str, names: Vec<String>) -> Result<Vec<Past>, Error> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        find!(self, |connection| connection.pasts(places, source, &names))
    }

    async fn cursors(&self, places: Places, source: &str, names: Vec<String>) -> Result<Cursors, Error> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        find!(self, |connection| connection.cursors(places, source, &names))
    }

    async fn commit_rooms(
        &self,
        source: &str,
        readings: Vec<RoomReading>,
        now: i64,
    ) -> Vec<Result<RoomChanges, Error>> {
        let count = readings.len();
        let again = if count > 1 { readings.clone() } else { Vec::new() };
        let together = store!(self, |fenced| fenced.commit_slice(source, readings, now));
        if again.is_empty() || !concerns_one(&together) {
            return self.each(together, count);
        }
        let mut each = Vec::with_capacity(count);
        for reading in again {
            let alone = store!(self, |fenced| fenced.commit_slice(source, vec![reading], now));
            each.extend(self.each(alone, 1));
        }
        each
    }

    async fn commit_spaces(
        &self,
        source: &str,
        readings: Vec<SpaceReading>,
        now: i64,
    ) -> Vec<Result<Committed, Error>> {
        let count = readings.len();
        let together = store!(self, |fenced| fenced.commit_usage(source, &readings, now));
        if count < 2 || !concerns_one(&together) {
            return self.each(together, count);
        }
        let mut each = Vec::with_capacity(count);
        for reading in readings {
            let alone = store!(self, |fenced| fenced.commit_usage(source, &[reading], now));
            each.extend(self.each(alone, 1));
        }
        each
    }

    async fn put_attempts(
        &self,
        places: Places,
        source: &str,
        at: i64,
        attempts: Vec<(String, Option<Trouble>)>,
    ) -> Result<(), Error> {
        let attempts: Vec<(&str, Option<Trouble>)> = attempts
            .iter()
            .map(|(name, trouble)| (name.as_str(), *trouble))
            .collect();
        let stored = store!(self, |fenced| fenced
            .commit_attempts(places, source, at, &attempts));
        stored.map_err(|error| self.in_words(error))
    }

    async fn put_outcomes(
        &self,
        places: Places,
        source: &str,
        at: i64,
        outcomes: Vec<(String, &'static str, Option<String>)>,
    ) -> Result<(), Error> {
        let outcomes: Vec<(&str, &str, Option<String>)> = outcomes
            .iter()
            .map(|(name, outcome, cause)| (name.as_str(), *outcome, cause.clone()))
            .collect();
        let stored = store!(self, |fenced| fenced
            .commit_outcomes(places, source, at, &outcomes));
        stored.map_err(|error| self.in_words(error))
    }

    async fn put_pass(&self, pass: PassRecord) -> Result<(), Error> {
        let stored = store!(self, |fenced| fenced.commit_pass(&pass));
        stored.map_err(|error| self.in_words(error))
    }
}

impl HeldSource {
    /// What became of each of so many that were stored together.
    fn each<T>(&self, together: Result<Vec<T>, CommitError>, count: usize) -> Vec<Result<T, Error>> {
        match together {
            Ok(each) => each.into_iter().map(Ok).collect(),
            Err(error) => all_failed(&self.in_words(error), count),
        }
    }
}

/// Whether several were not stored because of what one of them holds: then the others can be, each alone.
fn concerns_one<T>(together: &Result<T, CommitError>) -> bool {
    match together {
        Err(CommitError::Database(Problem::Server(error))) => {
            // Values, constraints, and what is too long: the first two characters are the class.
            let class = error.code().and_then(|code| code.code().get(..2));
            class.is_some_and(|class| ["22", "23", "54"].contains(&class))
        }
        Err(CommitError::Twice(_) | CommitError::NoRoom(_) | CommitError::OtherSource(_)) => true,
        Ok(_) | Err(_) => false,
    }
}
