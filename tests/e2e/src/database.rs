//! A database of the shared PostgreSQL, for synchronous tests.

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::Client;

use crate::PostgresServer;

/// A database for one test, with a connection to read it.
pub struct Database {
    url: String,
    client: Client,
    /// Drives the connection during queries.
    runtime: Runtime,
}

impl Database {
    /// Creates an empty one.
    ///
    /// # Errors
    /// An error of the server.
    pub fn new() -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let server = PostgresServer::shared()?;
        let (name, client) = runtime.block_on(server.database())?;
        Ok(Self {
            url: server.url(&name),
            client,
            runtime,
        })
    }

    /// Its address, with the default encryption.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The only column of an answer.
    ///
    /// # Errors
    /// An error of the server.
    pub fn strings(&self, query: &str) -> anyhow::Result<Vec<String>> {
        let rows = self.runtime.block_on(self.client.query(query, &[]))?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Runs statements.
    ///
    /// # Errors
    /// An error of the server.
    pub fn execute(&self, statements: &str) -> anyhow::Result<()> {
        Ok(self.runtime.block_on(self.client.batch_execute(statements))?)
    }
}
