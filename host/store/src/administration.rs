//! The records of administrators' work: the audit log, drafts of sources, consents and validations.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Reader, Store, StoreError};

/// Lines of the audit log kept for each action; one has some hundred bytes. Reading pages or guessing passwords adds lines without end, but
/// pushes out no lines of other actions.
const AUDIT_LINES: u32 = 100_000;

/// Something that someone did or looked at, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The account, or `command line (root)`.
    pub who: String,
    /// One word: `signed-in`, `sign-in-refused`, `source-changed`, `subjects-viewed`, …
    pub action: String,
    /// The source, account or connector concerned.
    pub subject: String,
    /// Further detail; never a secret, never a meeting's subject.
    pub detail: String,
}

impl Deed {
    /// Makes a deed from its parts.
    pub fn new(
        who: impl Into<String>,
        action: impl Into<String>,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            who: who.into(),
            action: action.into(),
            subject: subject.into(),
            detail: detail.into(),
        }
    }
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Later ones are larger.
    pub number: i64,
    /// UTC seconds.
    pub at: i64,
    /// What was done.
    pub deed: Deed,
}

/// A search of the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditSearch {
    /// Only lines with a number below this.
    pub before: Option<i64>,
    /// Only what accounts did whose name contains this text, ignoring case.
    pub who: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only lines whose account, subject or detail contains this text, ignoring case.
    pub text: Option<String>,
    /// Only lines from this instant on, UTC seconds.
    pub from: Option<i64>,
    /// Only lines before this instant, UTC seconds.
    pub to: Option<i64>,
    /// The most lines.
    pub limit: u64,
}

/// A pending request: an administrator was sent to a consent page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRequest {
    /// `source:NAME` or `draft:ID`.
    pub target: String,
    /// The only session that may return with it.
    pub session: String,
    /// The account that was sent.
    pub who: String,
    /// When, UTC seconds.
    pub at: i64,
}

impl Reader {
    /// The lines of the audit log that match, newest first.
    ///
    /// # Errors
    /// The store failed.
    pub fn audit_log(&self, search: &AuditSearch) -> Result<Vec<AuditEntry>, StoreError> {
        let lines = self
            .connection
            .prepare_cached(
                "SELECT number, at, who, action, subject, detail FROM audit
                 WHERE number < ?1 AND (?2 IS NULL OR instr(lower(who), lower(?2)) > 0) AND (?3 IS NULL OR action = ?3)
                     AND (?4 IS NULL OR instr(lower(who || char(10) || subject || char(10) || detail), lower(?4)) > 0)
                     AND at >= ?5 AND at < ?6
                 ORDER BY number DESC LIMIT ?7",
            )?
            .query_map(
                params![
                    search.before.unwrap_or(i64::MAX),
                    search.who,
                    search.action,
                    search.text,
                    search.from.unwrap_or(i64::MIN),
                    search.to.unwrap_or(i64::MAX),
                    i64::try_from(search.limit).unwrap_or(i64::MAX)
                ],
                |row| {
                    Ok(AuditEntry {
                        number: row.get(0)?,
                        at: row.get(1)?,
                        deed: Deed {
                            who: row.get(2)?,
                            action: row.get(3)?,
                            subject: row.get(4)?,
                            detail: row.get(5)?,
                        },
                    })
                },
            )?
            .collect::<Result<_, _>>()?;
        Ok(lines)
    }

    /// A draft.
    ///
    /// # Errors
    /// The store failed.
    pub fn draft(&self, id: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT content FROM draft WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?)
    }

    /// All drafts: id, when it was last changed (UTC seconds) and content, the last changed first.
    ///
    /// # Errors
    /// The store failed.
    pub fn drafts(&self) -> Result<Vec<(String, i64, String)>, StoreError> {
        let drafts = self
            .connection
            .prepare_cached("SELECT id, at, content FROM draft ORDER BY at DESC, id")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        Ok(drafts)
    }

    /// The drafts that were not changed since an instant, in UTC seconds: their ids.
    ///
    /// # Errors
    /// The store failed.
    pub fn drafts_left_since(&self, at: i64) -> Result<Vec<String>, StoreError> {
        let drafts = self
            .connection
            .prepare_cached("SELECT id FROM draft WHERE at < ?1 ORDER BY id")?
            .query_map([at], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(drafts)
    }

    /// The result of a target's last consent.
    ///
    /// # Errors
    /// The store failed.
    pub fn consent(&self, target: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT content FROM consent WHERE target = ?1")?
            .query_row([target], |row| row.get(0))
            .optional()?)
    }

    /// The checks of a target.
    ///
    /// # Errors
    /// The store failed.
    pub fn validation(&self, target: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT content FROM validation WHERE target = ?1")?
            .query_row([target], |row| row.get(0))
            .optional()?)
    }

    /// The checks of all targets: target and checks.
    ///
    /// # Errors
    /// The store failed.
    pub fn validations(&self) -> Result<Vec<(String, String)>, StoreError> {
        let validations = self
            .connection
            .prepare_cached("SELECT target, content FROM validation ORDER BY target")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(validations)
    }
}

impl Store {
    /// Adds a line to the audit log, at `at` in UTC seconds, with a number from the store. If its action has too many lines, the oldest go.
    ///
    /// # Errors
    /// The store failed.
    pub fn audit(&self, at: i64, deed: &Deed) -> Result<(), StoreError> {
        self.audit_keeping(at, deed, AUDIT_LINES)
    }

    pub(super) fn audit_keeping(&self, at: i64, deed: &Deed, lines: u32) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO audit (at, who, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![at, deed.who, deed.action, deed.subject, deed.detail])?;
        self.connection
            .prepare_cached(
                "DELETE FROM audit WHERE action = ?1 AND number <= (
                     SELECT number FROM audit WHERE action = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![deed.action, lines])?;
        Ok(())
    }

    /// Stores a draft (JSON), replacing its earlier content.
    ///
    /// # Errors
    /// The store failed.
    pub fn put_draft(&self, id: &str, at: i64, content: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO draft (id, at, content) VALUES (?1, ?2, ?3)")?
            .execute(params![id, at, content])?;
        Ok(())
    }

    /// Removes a draft.
    ///
    /// # Errors
    /// The store failed.
    pub fn forget_draft(&self, id: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM draft WHERE id = ?1")?
            .execute([id])?;
        Ok(())
    }

    /// Stores that an administrator is sent to a consent page with this state (its SHA-256), and removes requests older than `expired`.
    ///
    /// # Errors
    /// The store failed.
    pub fn put_consent_request(
        &mut self,
        state: &str,
        request: &ConsentRequest,
        expired: i64,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction
            .prepare_cached("DELETE FROM consent_request WHERE at < ?1")?
            .execute([expired])?;
        transaction
            .prepare_cached(
                "INSERT INTO consent_request (state, target, session, who, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                state,
                request.target,
                request.session,
                request.who,
                request.at
            ])?;
        transaction.commit()?;
        Ok(())
    }

    /// Takes the request with this state (its SHA-256), if `session` is the one that was sent. A request can be taken once.
    ///
    /// # Errors
    /// The store failed.
    pub fn take_consent_request(
        &self,
        state: &str,
        session: &str,
    ) -> Result<Option<ConsentRequest>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "DELETE FROM consent_request WHERE state = ?1 AND session = ?2 RETURNING target, session, who, at",
            )?
            .query_row([state, session], |row| {
                Ok(ConsentRequest {
                    target: row.get(0)?,
                    session: row.get(1)?,
                    who: row.get(2)?,
                    at: row.get(3)?,
                })
            })
            .optional()?)
    }

    /// Stores the result of a target's consent (JSON), replacing an earlier one.
    ///
    /// # Errors
    /// The store failed.
    pub fn put_consent(&self, target: &str, at: i64, content: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO consent (target, at, content) VALUES (?1, ?2, ?3)")?
            .execute(params![target, at, content])?;
        Ok(())
    }

    /// Stores the checks of a target (JSON).
    ///
    /// # Errors
    /// The store failed.
    pub fn put_validation(&self, target: &str, content: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO validation (target, content) VALUES (?1, ?2)")?
            .execute([target, content])?;
        Ok(())
    }

    /// Removes the checks of a target.
    ///
    /// # Errors
    /// The store failed.
    pub fn forget_validation(&self, target: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM validation WHERE target = ?1")?
            .execute([target])?;
        Ok(())
    }

    /// Moves consent and checks from one target to another: a draft was saved as a source.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn move_target(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for table in ["consent", "validation"] {
            transaction.execute(
                &format!("UPDATE OR REPLACE {table} SET target = ?2 WHERE target = ?1"),
                [from, to],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Removes the consent and checks of a target.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn forget_target(&mut self, target: &str) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        forget_target(&transaction, target)?;
        transaction.commit()?;
        Ok(())
    }
}

/// Removes the consent and checks of a target.
pub(super) fn forget_target(connection: &Connection, target: &str) -> Result<(), rusqlite::Error> {
    for table in ["consent", "validation", "consent_request"] {
        connection.execute(&format!("DELETE FROM {table} WHERE target = ?1"), [target])?;
    }
    Ok(())
}
