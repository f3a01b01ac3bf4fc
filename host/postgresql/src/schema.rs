//! A schema of the collector's own in a database: transactions in it, and its tables made or migrated while no other collector does.
//!
//! A connection holds no state of ours between transactions: PgBouncer may give each transaction another connection to the server, and ours to
//! other programs.

use std::time::Duration;

use refinery::Runner;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, IsolationLevel, Transaction};

use crate::migration;
use crate::problem::{Problem, Unusable};

/// The longest name that PostgreSQL does not truncate.
const LONGEST: usize = 63;

/// The oldest server that has all that is used, by its own counting: PostgreSQL 13.
const OLDEST: i32 = 130_000;

/// How long the server waits in a transaction, in whole seconds: an abandoned one must not hold its locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a statement.
    pub statement: Duration,
    /// For the next statement.
    pub idle: Duration,
    /// For a lock; none: as long as for a statement.
    pub lock: Option<Duration>,
}

/// A schema by its name, which needs no quotes: letters, digits and `_`.
#[derive(Debug, Clone)]
pub struct Schema {
    name: String,
    patience: Patience,
}

impl Schema {
    /// The schema of this name.
    ///
    /// # Errors
    /// The name is empty, too long, needs quotes, or belongs to PostgreSQL.
    pub fn new(name: String, patience: Patience) -> Result<Self, Unusable> {
        let allowed = |character: char| character.is_ascii_alphanumeric() || character == '_';
        if name.is_empty()
            || name.len() > LONGEST
            || !name.chars().all(allowed)
            || name.to_ascii_lowercase().starts_with("pg_")
        {
            return Err(Unusable::new(format!(
                "the `schema` of a database must be 1 to {LONGEST} letters, digits and _, and not begin with pg_; \
                 write it like \"collector\""
            )));
        }
        Ok(Self { name, patience })
    }

    /// The same schema, for transactions in which the server waits as long as this.
    pub fn with_patience(&self, patience: Patience) -> Self {
        Self {
            name: self.name.clone(),
            patience,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Begins a transaction in the schema, with time-outs of its own. Its commit counts only when it is on the server's disk.
    ///
    /// # Errors
    /// The server failed, or the connection to it.
    pub async fn begin<'a>(&self, client: &'a mut Client) -> Result<Transaction<'a>, Problem> {
        let Patience {
            statement,
            idle,
            lock,
        } = self.patience;
        // Whatever the server's default: a statement that waited for a row sees what it was changed to.
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::ReadCommitted)
            .start()
            .await?;
        transaction
            .batch_execute(&format!(
                "SET LOCAL search_path TO \"{schema}\";
                 SET LOCAL statement_timeout TO '{statement}s';
                 SET LOCAL idle_in_transaction_session_timeout TO '{idle}s';
                 {lock}
                 SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'",
                schema = self.name,
                statement = statement.as_secs(),
                idle = idle.as_secs(),
                lock = lock.map_or_else(String::new, |lock| format!("SET LOCAL lock_timeout TO '{}s';", lock.as_secs())),
            ))
            .await?;
        Ok(transaction)
    }

    /// Begins a transaction in which the schema is there and has taken all of these steps. It holds a lock against others that do the same until it
    /// ends, however it ends.
    ///
    /// # Errors
    /// The server failed, is too old or does not allow it, the database cannot store every character, or its tables are of a newer collector.
    pub async fn made<'a>(&self, client: &'a mut Client, steps: Runner) -> Result<Transaction<'a>, Problem> {
        let transaction = self.begin(client).await?;
        let server = transaction
            .query_typed_one(
                "SELECT current_setting('server_version_num')::integer, current_setting('server_version'), current_setting('server_encoding')",
                &[],
            )
            .await?;
        if server.try_get::<_, i32>(0)? < OLDEST {
            return Err(Problem::Version(server.try_get(1)?));
        }
        let encoding: String = server.try_get(2)?;
        if encoding != "UTF8" {
            return Err(Problem::Encoding(encoding));
        }
        let lock = format!("collector {}", self.name);
        transaction
            .execute_typed(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                &[(&lock, Type::TEXT)],
            )
            .await?;
        if !self.is_there(&transaction).await? {
            // IF NOT EXISTS would require the right to create it even if it exists.
            transaction
                .batch_execute(&format!("CREATE SCHEMA \"{}\"", self.name))
                .await?;
        }
        Ok(migration::run(transaction, steps).await?)
    }

    /// Whether the schema is there.
    ///
    /// # Errors
    /// The server failed, or the connection to it.
    pub async fn is_there(&self, transaction: &Transaction<'_>) -> Result<bool, Problem> {
        let there = transaction
            .query_typed_one(
                "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)",
                &[(&self.name, Type::TEXT)],
            )
            .await?;
        Ok(there.try_get(0)?)
    }
}
