//! Stores what comes of many tasks in few transactions: each of them writes every page that it changed, and rooms share pages.

use rusqlite::{Transaction, TransactionBehavior};

use crate::file::{Failure, Rollups, RollupsError, is_for};

/// Dates of rooms after which a transaction ends. Others who write wait until then, and what a kill undoes is computed again.
const DATES: usize = 512;

/// Changes for the rooms and the configuration that were taken over, which are stored together.
pub(crate) struct Batch<'a> {
    rollups: &'a Rollups,
    open: Option<Transaction<'a>>,
    dates: usize,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(rollups: &'a Rollups) -> Self {
        Self {
            rollups,
            open: None,
            dates: 0,
        }
    }

    /// Does work that stores so many dates of rooms, or as much. Nothing is changed if another process has taken over another configuration since.
    pub(crate) fn add(
        &mut self,
        dates: usize,
        work: impl FnOnce(&Transaction<'_>) -> Result<(), Failure>,
    ) -> Result<(), RollupsError> {
        let failed = |failure| self.rollups.failed(failure);
        let transaction = match self.open.take() {
            Some(open) => open,
            None => self.begin().map_err(failed)?,
        };
        work(&transaction).map_err(failed)?;
        self.open = Some(transaction);
        self.dates += dates;
        match self.dates < DATES {
            true => Ok(()),
            false => self.end(),
        }
    }

    fn begin(&self) -> Result<Transaction<'a>, Failure> {
        let connection = &self.rollups.connection;
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        is_for(&transaction, self.rollups.scope)?;
        Ok(transaction)
    }

    /// Stores what is not stored yet. What is dropped without it is not.
    pub(crate) fn end(&mut self) -> Result<(), RollupsError> {
        self.dates = 0;
        match self.open.take() {
            Some(open) => open.commit().map_err(|error| self.rollups.failed(error.into())),
            None => Ok(()),
        }
    }
}
