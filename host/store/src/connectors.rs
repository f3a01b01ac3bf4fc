//! The records of connectors in the plugin directory: the version that passes use, the kept version, the approved permissions, and what
//! became of each file that was tried.

use rusqlite::{OptionalExtension, Row, Transaction, TransactionBehavior, params};

use super::{Event, Reader, Store, StoreError};

/// The most versions of one connector that are remembered.
const VERSIONS: i64 = 200;

/// The record of a connector.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectorRecord {
    /// Its name.
    pub name: String,
    /// The digest of its file in the plugin directory.
    pub file: Option<String>,
    /// The digest of the version that passes use.
    pub current: Option<String>,
    /// The digest of the kept version, which a restart uses.
    pub good: Option<String>,
    /// The digest of the version kept before it.
    pub before: Option<String>,
    /// JSON: what its versions may ask for. None until a version was installed.
    pub approved: Option<String>,
}

/// The state of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionState {
    /// Passes use it, but it has yet to prove itself.
    Trial,
    /// It proved itself.
    Good,
    /// It wants more than was approved.
    Held,
    /// Its additional permissions were approved, and it is about to be used.
    Approved,
    /// It failed its check.
    Refused,
    /// A first pass with it failed.
    RolledBack,
    /// Another version replaced it.
    Replaced,
    /// Its file was removed.
    Removed,
}

impl VersionState {
    const ALL: [Self; 8] = [
        Self::Trial,
        Self::Good,
        Self::Held,
        Self::Approved,
        Self::Refused,
        Self::RolledBack,
        Self::Replaced,
        Self::Removed,
    ];

    /// The state's word, in the store and for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Good => "good",
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::RolledBack => "rolled-back",
            Self::Replaced => "replaced",
            Self::Removed => "removed",
        }
    }

    /// The state of a word; an unknown word, from a newer collector, becomes the state without consequences.
    fn of(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .unwrap_or(Self::Replaced)
    }
}

/// A version of a connector: a file that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRecord {
    /// The connector.
    pub connector: String,
    /// The SHA-256 of the file.
    pub digest: String,
    /// The version string that it gives for itself: foreign text. Empty if it could not be asked.
    pub version: String,
    /// The version's state.
    pub state: VersionState,
    /// Why.
    pub cause: Option<String>,
    /// JSON: what it wants beyond the approved permissions, while it is held.
    pub wants: Option<String>,
    /// What refused it: another collector, or other settings, may accept it.
    pub checked: Option<String>,
    /// When it entered this state, UTC seconds.
    pub at: i64,
}

/// The changes of one step of a connector.
#[derive(Debug, Clone)]
pub struct ConnectorChange {
    /// The connector's new record.
    pub connector: ConnectorRecord,
    /// The versions with a new state.
    pub versions: Vec<VersionRecord>,
    /// The event, if it is worth recording.
    pub event: Option<Event>,
}

impl Reader {
    /// All connectors, by name.
    ///
    /// # Errors
    /// The store failed.
    pub fn connectors(&self) -> Result<Vec<ConnectorRecord>, StoreError> {
        let connectors = self
            .connection
            .prepare_cached(
                "SELECT name, file, current, good, before, approved FROM connector ORDER BY name",
            )?
            .query_map([], |row| {
                Ok(ConnectorRecord {
                    name: row.get(0)?,
                    file: row.get(1)?,
                    current: row.get(2)?,
                    good: row.get(3)?,
                    before: row.get(4)?,
                    approved: row.get(5)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(connectors)
    }

    /// The remembered versions, by connector, newest first.
    ///
    /// # Errors
    /// The store failed.
    pub fn connector_versions(&self) -> Result<Vec<VersionRecord>, StoreError> {
        let versions = self
            .connection
            .prepare_cached(
                "SELECT connector, digest, version, state, cause, wants, checked, at FROM connector_version
                 ORDER BY connector, at DESC, rowid DESC",
            )?
            .query_map([], version)?
            .collect::<Result<_, _>>()?;
        Ok(versions)
    }

    /// The approved permissions of a connector, as JSON.
    ///
    /// # Errors
    /// The store failed.
    pub fn approved(&self, connector: &str) -> Result<Option<String>, StoreError> {
        let approved: Option<Option<String>> = self
            .connection
            .prepare_cached("SELECT approved FROM connector WHERE name = ?1")?
            .query_row([connector], |row| row.get(0))
            .optional()?;
        Ok(approved.flatten())
    }
}

impl Store {
    /// Stores changes of connectors, in this order. The first version sets the approved permissions; later ones leave them alone: only
    /// [`Store::approve`] changes them.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn put_connectors(&self, changes: &[ConnectorChange]) -> Result<(), StoreError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        for change in changes {
            put_connector(&transaction, &change.connector)?;
            for version in &change.versions {
                put_version(&transaction, version)?;
            }
            if let Some(event) = &change.event {
                self.put_event(event)?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Approves a held version: its connector's versions may from now on ask for `approved`. False if that version is no longer held, or
    /// something else was approved in the meantime.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn approve(
        &self,
        held: &VersionRecord,
        before: Option<&str>,
        approved: &str,
        at: i64,
    ) -> Result<bool, StoreError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let still = transaction.execute(
            "UPDATE connector_version SET state = ?3, at = ?4, cause = NULL, wants = NULL
             WHERE connector = ?1 AND digest = ?2 AND state = ?5 AND wants IS ?6",
            params![
                held.connector,
                held.digest,
                VersionState::Approved.as_str(),
                at,
                VersionState::Held.as_str(),
                held.wants
            ],
        )?;
        let same = transaction.execute(
            "UPDATE connector SET approved = ?3 WHERE name = ?1 AND approved IS ?2",
            params![held.connector, before, approved],
        )?;
        if still != 1 || same != 1 {
            return Ok(false);
        }
        self.put_event(&Event {
            at,
            kind: "approved".into(),
            subject: held.connector.clone(),
            version: Some(held.version.clone()),
            digest: Some(held.digest.clone()),
            cause: None,
        })?;
        transaction.commit()?;
        Ok(true)
    }
}

fn put_connector(transaction: &Transaction<'_>, connector: &ConnectorRecord) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached(
            "INSERT INTO connector (name, file, current, good, before, approved) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (name) DO UPDATE SET file = excluded.file, current = excluded.current, good = excluded.good,
                before = excluded.before, approved = coalesce(approved, excluded.approved)",
        )?
        .execute(params![
            connector.name,
            connector.file,
            connector.current,
            connector.good,
            connector.before,
            connector.approved
        ])?;
    Ok(())
}

fn put_version(transaction: &Transaction<'_>, version: &VersionRecord) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO connector_version (connector, digest, version, state, cause, wants, checked, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            version.connector,
            version.digest,
            version.version,
            version.state.as_str(),
            version.cause,
            version.wants,
            version.checked,
            version.at
        ])?;
    // Rolled-back versions are remembered longest: they must not be tried again.
    transaction
        .prepare_cached(
            "DELETE FROM connector_version WHERE rowid IN (
                SELECT rowid FROM connector_version WHERE connector = ?1 AND state IN ('replaced', 'refused', 'removed')
                ORDER BY rowid DESC LIMIT -1 OFFSET ?2)",
        )?
        .execute(params![version.connector, VERSIONS])?;
    Ok(())
}

fn version(row: &Row<'_>) -> Result<VersionRecord, rusqlite::Error> {
    let state: String = row.get(3)?;
    Ok(VersionRecord {
        connector: row.get(0)?,
        digest: row.get(1)?,
        version: row.get(2)?,
        state: VersionState::of(&state),
        cause: row.get(4)?,
        wants: row.get(5)?,
        checked: row.get(6)?,
        at: row.get(7)?,
    })
}
