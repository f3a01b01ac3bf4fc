//! Stores what comes of many tasks in few transactions: each of them writes every page that it changed, and rooms share pages. What comes is kept
//! until it is written, so that others who write wait only while something is written, not while more is computed.

use rusqlite::{Transaction, TransactionBehavior};

use crate::file::{Failure, Rollups, RollupsError, is_for};

/// Dates of rooms that are written together. What a kill loses is computed again.
const DATES: usize = 512;

/// What is to be stored for the rooms and the configuration that were taken over.
pub(crate) struct Batch<'a, T, W> {
    rollups: &'a Rollups,
    write: W,
    waiting: Vec<T>,
    dates: usize,
}

impl<'a, T, W: FnMut(&Transaction<'_>, T) -> Result<(), Failure>> Batch<'a, T, W> {
    /// `write` stores one of what is added.
    pub(crate) fn new(rollups: &'a Rollups, write: W) -> Self {
        Self {
            rollups,
            write,
            waiting: Vec::new(),
            dates: 0,
        }
    }

    /// Adds what has so many dates of rooms, or takes as much room. Nothing is changed if another process has taken over another configuration
    /// since.
    pub(crate) fn add(&mut self, dates: usize, what: T) -> Result<(), RollupsError> {
        self.waiting.push(what);
        self.dates += dates;
        match self.dates < DATES {
            true => Ok(()),
            false => self.end(),
        }
    }

    /// Stores what is not stored yet. What is dropped without it is not.
    pub(crate) fn end(&mut self) -> Result<(), RollupsError> {
        self.dates = 0;
        let waiting = std::mem::take(&mut self.waiting);
        self.store(waiting)
            .map_err(|failure| self.rollups.failed(failure))
    }

    fn store(&mut self, waiting: Vec<T>) -> Result<(), Failure> {
        if waiting.is_empty() {
            return Ok(());
        }
        let connection = &self.rollups.connection;
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        is_for(&transaction, self.rollups.scope)?;
        for what in waiting {
            (self.write)(&transaction, what)?;
        }
        Ok(transaction.commit()?)
    }
}
