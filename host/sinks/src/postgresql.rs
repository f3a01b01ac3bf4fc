//! PostgreSQL, version 13 or newer: a table of the current meetings, and if asked for, of verdicts and days, in a schema of the collector's own.
//!
//! A batch is one transaction, which also stores the number of its last change. So a change is applied once, however often it is repeated
//! after an error or a crash. Before a batch is applied, the sink compares the number it knows with the server's: a server that was
//! restored from a backup takes nothing until the collector has asked what it has.

mod insights;
mod problem;
mod step;
mod tables;

use std::time::Duration;

use collector_model::change::Change;
use collector_model::insight::{After, Insight};
use collector_postgresql::{Patience, Schema, Server, within};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use problem::Failure;
use tables::{Known, Tables};

use crate::settings::PostgresqlSettings;
use crate::{Sink, SinkError};

/// Longest time to create the tables, and to apply a batch.
const TIME: Duration = Duration::from_secs(60);
/// The same at the server.
const PATIENCE: Patience = Patience {
    statement: TIME,
    idle: TIME,
    lock: None,
};
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// The sink that maintains the table.
pub(crate) struct Postgresql {
    server: Server,
    schema: Schema,
    /// The connection, from the first batch until an error.
    open: Option<Tables>,
    /// The last known change numbers of the stores; nothing after an error.
    known: Known,
}

impl Postgresql {
    pub(crate) fn new(settings: PostgresqlSettings) -> Result<Self, SinkError> {
        Ok(Self {
            schema: Schema::new(settings.schema, PATIENCE)?,
            server: Server::new(
                &settings.url,
                settings.password.as_ref(),
                settings.ca.as_deref(),
                TIME,
            )?,
            open: None,
            known: Known::new(),
        })
    }

    async fn take(&mut self, changes: &[Change]) -> Result<(), SinkError> {
        if changes.is_empty() {
            return Ok(());
        }
        // Taken out, so that neither is used again after an error or a cancelled delivery.
        let mut known = std::mem::take(&mut self.known);
        let mut tables = self.tables().await?;
        within(TIME, tables.apply(changes, &mut known))
            .await
            .map_err(|failure| failure.of_a_batch_at(self.server.place()))?;
        self.open = Some(tables);
        self.known = known;
        Ok(())
    }

    async fn put(&mut self, insights: &[Insight]) -> Result<(), SinkError> {
        let mut tables = self.tables().await?;
        within(TIME, tables.tell(insights))
            .await
            .map_err(|failure| failure.of_a_batch_at(self.server.place()))?;
        self.open = Some(tables);
        Ok(())
    }

    async fn ask(&mut self, store: &str) -> Result<Option<i64>, SinkError> {
        self.known.remove(store);
        let mut tables = self.tables().await?;
        let applied = within(TIME, tables.applied(store))
            .await
            .map_err(|failure| failure.at(self.server.place()))?;
        self.open = Some(tables);
        self.known.insert(store.to_owned(), applied);
        Ok(Some(applied))
    }

    /// The tables over the existing connection, which is taken out, or over a new one.
    async fn tables(&mut self) -> Result<Tables, SinkError> {
        match self.open.take() {
            Some(tables) if !tables.is_closed() => Ok(tables),
            _ => self
                .connect()
                .await
                .map_err(|failure| failure.at(self.server.place())),
        }
    }

    async fn connect(&self) -> Result<Tables, Failure> {
        let client = within(CONNECT_TIME, self.server.connect()).await?;
        within(TIME, Tables::open(client, self.schema.clone())).await
    }

    /// Signs in, and makes the tables in a transaction that is taken back.
    async fn look(&self) -> Result<String, SinkError> {
        let looked = async {
            let client = within(CONNECT_TIME, self.server.connect()).await?;
            within(TIME, Tables::try_out(client, self.schema.clone())).await
        };
        let place = self.server.place();
        let was_there = looked.await.map_err(|failure| failure.at(place))?;
        let schema = if was_there {
            "can be used"
        } else {
            "does not exist yet, and can be created"
        };
        Ok(format!(
            "Signed in to {place}. The schema {:?} {schema}.",
            self.schema.name()
        ))
    }
}

impl Sink for Postgresql {
    fn applied<'a>(&'a mut self, store: &'a str) -> BoxFuture<'a, Result<Option<i64>, SinkError>> {
        self.ask(store).boxed()
    }

    fn deliver<'a>(&'a mut self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), SinkError>> {
        self.take(changes).boxed()
    }

    fn try_out(&mut self) -> BoxFuture<'_, Result<String, SinkError>> {
        self.look().boxed()
    }

    fn tell<'a>(&'a mut self, _: &'a After, insights: &'a [Insight]) -> BoxFuture<'a, Result<(), SinkError>> {
        self.put(insights).boxed()
    }
}
