//! A database of the shared PostgreSQL, for tests that are not asynchronous themselves.

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::Client;

use crate::PostgresServer;

/// A database of a test's own, with a connection to look at it.
pub struct Database {
    url: String,
    client: Client,
    /// Its connection lives while something is asked.
    runtime: Runtime,
}

impl Database {
    /// Makes one with nothing in it.
    ///
    /// # Errors
    /// The server's.
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

    /// Its address, with the encryption that nothing is said about.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The only column of an answer.
    ///
    /// # Errors
    /// The server's.
    pub fn strings(&self, query: &str) -> anyhow::Result<Vec<String>> {
        let rows = self.runtime.block_on(self.client.query(query, &[]))?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Runs statements.
    ///
    /// # Errors
    /// The server's.
    pub fn execute(&self, statements: &str) -> anyhow::Result<()> {
        Ok(self.runtime.block_on(self.client.batch_execute(statements))?)
    }
}
