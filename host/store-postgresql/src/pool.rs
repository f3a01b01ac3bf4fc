//! Connections that tasks of a member share.

use std::sync::{Mutex, PoisonError};

use collector_postgresql::Problem;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::connection::{Connection, Database};

/// Connections to a database: at most so many at once, each made when it is needed, and kept for the next task.
pub(crate) struct Pool {
    database: Database,
    places: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

/// A connection that a task has, until it [puts it back](Taken::put_back). Dropped, it is closed: its transaction may not have ended.
pub(crate) struct Taken<'a> {
    pub(crate) connection: Connection,
    pool: &'a Pool,
    _place: Option<SemaphorePermit<'a>>,
}

impl Pool {
    pub(crate) fn new(database: Database, most: usize) -> Self {
        Self {
            database,
            places: Semaphore::new(most),
            idle: Mutex::default(),
        }
    }

    /// The database and its server, for messages.
    pub(crate) fn place(&self) -> &str {
        self.database.place()
    }

    /// Takes a connection, or waits for a place.
    pub(crate) async fn take(&self) -> Result<Taken<'_>, Problem> {
        // They are never closed.
        let place = self.places.acquire().await.ok();
        let kept = self.idle().pop().filter(|connection| !connection.is_closed());
        let connection = match kept {
            Some(connection) => connection,
            None => self.database.connect().await?,
        };
        Ok(Taken {
            connection,
            pool: self,
            _place: place,
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken<'_> {
    /// Keeps the connection for the next task. It did what it was asked to.
    pub(crate) fn put_back(self) {
        self.pool.idle().push(self.connection);
    }
}
