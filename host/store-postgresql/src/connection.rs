//! The database and connections to it.
//!
//! Each transaction sets its time-outs itself, and statements have no names at the server. So PgBouncer may give each transaction another connection.

use std::time::Duration;

use collector_postgresql::{Patience, Problem, Schema, Server, Unusable, within};
use secrecy::SecretString;
use tokio_postgres::types::{FromSqlOwned, ToSql, Type};
use tokio_postgres::{Client, Transaction};
use url::Url;

mod migrations {
    //! The files in `migrations`, in the order of their numbers. A released file is never changed.
    #![allow(missing_docs, unreachable_pub)]
    refinery::embed_migrations!("migrations");
    pub(super) use migrations::runner;
}

/// The longest time to connect.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest time to create or migrate the tables, and to wait until another member has done it.
const MIGRATE: Duration = Duration::from_secs(600);
/// How long the server waits in a transaction. Who stops inside one holds its locks, so others wait as long before they take over.
const PATIENCE: Patience = Patience {
    statement: Duration::from_secs(30),
    idle: Duration::from_secs(5),
    lock: Some(Duration::from_secs(5)),
};

/// The same while tables are made, or others make them.
const PATIENCE_TO_MIGRATE: Patience = Patience {
    statement: MIGRATE,
    idle: Duration::from_secs(60),
    lock: None,
};

/// A database with the schema of the store. Holds the password, so it has no `Debug`.
#[derive(Clone)]
pub struct Database {
    server: Server,
    schema: Schema,
}

impl Database {
    /// The database of a URL, without contacting it: see [`Server::new`]. `schema`: letters, digits and `_`.
    ///
    /// # Errors
    /// One of these is not usable; the message says why and what would be right.
    pub fn new(
        url: &Url,
        password: Option<&SecretString>,
        ca: Option<&[u8]>,
        schema: String,
    ) -> Result<Self, Unusable> {
        Self::with_patience(url, password, ca, schema, PATIENCE)
    }

    pub(crate) fn with_patience(
        url: &Url,
        password: Option<&SecretString>,
        ca: Option<&[u8]>,
        schema: String,
        patience: Patience,
    ) -> Result<Self, Unusable> {
        Ok(Self {
            server: Server::new(url, password, ca, patience.statement)?,
            schema: Schema::new(schema, patience)?,
        })
    }

    /// The database and its server, for messages.
    pub fn place(&self) -> &str {
        self.server.place()
    }

    /// Creates the tables, or migrates them to the newest form, while no other collector does.
    ///
    /// # Errors
    /// The server is down or does not allow it, the database cannot store every character, or a newer collector made its tables.
    pub async fn prepare(&self) -> Result<(), Problem> {
        let mut client = within(CONNECT, self.server.connect()).await?;
        let schema = self.schema.with_patience(PATIENCE_TO_MIGRATE);
        within(MIGRATE, async {
            let made = schema.made(&mut client, migrations::runner()).await?;
            Ok(made.commit().await?)
        })
        .await
    }

    /// Signs in.
    ///
    /// # Errors
    /// The server is down, is not to be trusted, or refuses.
    pub async fn connect(&self) -> Result<Connection, Problem> {
        Ok(Connection {
            client: within(CONNECT, self.server.connect()).await?,
            schema: self.schema.clone(),
        })
    }
}

/// A connection, for one transaction at a time.
pub struct Connection {
    client: Client,
    schema: Schema,
}

impl Connection {
    /// Whether it has ended. A connection that failed may be at an end only a moment later.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Begins a transaction. Dropped without a commit, it changes nothing.
    pub(crate) async fn begin(&mut self) -> Result<Transaction<'_>, Problem> {
        self.schema.begin(&mut self.client).await
    }

    /// The first column of all rows that a query finds.
    pub(crate) async fn column<T: FromSqlOwned>(
        &mut self,
        query: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<T>, Problem> {
        let transaction = self.begin().await?;
        let rows = transaction.query_typed(query, parameters).await?;
        let values = rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, tokio_postgres::Error>>()?;
        transaction.commit().await?;
        Ok(values)
    }

    /// The value that a query finds, which always finds one.
    pub(crate) async fn value<T: FromSqlOwned>(
        &mut self,
        query: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<T, Problem> {
        let transaction = self.begin().await?;
        let row = transaction.query_typed_one(query, parameters).await?;
        let value = row.try_get(0)?;
        transaction.commit().await?;
        Ok(value)
    }

    /// Makes these units known, by their names; each may then be claimed. Known ones stay as they are.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add_units(&mut self, names: &[&str]) -> Result<(), Problem> {
        let transaction = self.begin().await?;
        transaction
            .execute_typed(
                "WITH added AS (
                    INSERT INTO unit (name) SELECT DISTINCT name FROM unnest($1::text[]) AS new (name) ORDER BY name
                    ON CONFLICT DO NOTHING RETURNING name
                 )
                 INSERT INTO fence (unit) SELECT name FROM added",
                &[(&names, Type::TEXT_ARRAY)],
            )
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Forgets units. Whoever still holds one can commit nothing more under its lease, also after it was made known again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remove_units(&mut self, names: &[&str]) -> Result<(), Problem> {
        let transaction = self.begin().await?;
        // Fences first, which commits lock. While it waits for these, renewals go on.
        for statement in [
            "DELETE FROM fence WHERE unit = ANY ($1)",
            "DELETE FROM unit WHERE name = ANY ($1)",
        ] {
            transaction
                .execute_typed(statement, &[(&names, Type::TEXT_ARRAY)])
                .await?;
        }
        Ok(transaction.commit().await?)
    }
}
