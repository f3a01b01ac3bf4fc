//! Who may sign in to the portal, and as what: the accounts that are kept here, and what a provider of identities said last of those that it
//! signs in.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension as _, ToSql, params};

use super::{Reader, Store, StoreError};

pub(super) const MIGRATION: &str = "
    -- What accounts may do. Those that there are could do everything.
    ALTER TABLE account ADD COLUMN role TEXT NOT NULL DEFAULT 'administrator';   -- administrator, analyst, viewer
    -- Somebody whom a provider of identities signed in, with the role that it named last.
    CREATE TABLE visitor (
        identity TEXT PRIMARY KEY,           -- begins with oidc: and so is the name of no account
        role     TEXT NOT NULL,
        at       INTEGER NOT NULL            -- UTC seconds
    ) STRICT;
    -- Tokens belong to whoever made them.
    ALTER TABLE api_token ADD COLUMN owner TEXT;     -- the account, or the identity of a visitor; null: nobody
    ALTER TABLE api_token ADD COLUMN role TEXT NOT NULL DEFAULT 'administrator';
    UPDATE api_token SET owner = made_by WHERE made_by IN (SELECT name FROM account);
    CREATE INDEX api_token_owner ON api_token (owner);
    ";

/// What somebody may do in the portal, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees rooms and figures, and no subject of a meeting.
    Viewer,
    /// Also sees subjects, where a source shows them, and makes tokens for programs.
    Analyst,
    /// May do everything.
    Administrator,
}

impl Role {
    /// All of them, the most first.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::Analyst, Self::Viewer];

    /// Its word, as forms, commands and the store name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Analyst => "analyst",
            Self::Viewer => "viewer",
        }
    }

    /// The role of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether it may look at subjects of meetings.
    pub fn sees_subjects(self) -> bool {
        self >= Self::Analyst
    }

    /// Whether it may have tokens for programs.
    pub fn has_tokens(self) -> bool {
        self >= Self::Analyst
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromSql for Role {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::of(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

impl ToSql for Role {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

/// An account that may sign in to the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Lower case; letters, digits, `.`, `-`, `_`, `@`.
    pub name: String,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
    /// UTC seconds.
    pub created_at: i64,
    /// What it may do.
    pub role: Role,
}

/// Why an account is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// There is no such account.
    Missing,
    /// It is the last one that may do everything.
    Last,
}

impl Reader {
    /// The accounts, by name.
    ///
    /// # Errors
    /// The store failed.
    pub fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let accounts = self
            .connection
            .prepare_cached("SELECT name, password_hash, created_at, role FROM account ORDER BY name")?
            .query_map([], |row| {
                Ok(Account {
                    name: row.get(0)?,
                    password_hash: row.get(1)?,
                    created_at: row.get(2)?,
                    role: row.get(3)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(accounts)
    }

    /// The role that a provider named last for somebody; none if there was none.
    ///
    /// # Errors
    /// The store failed.
    pub fn visitor(&self, identity: &str) -> Result<Option<Role>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT role FROM visitor WHERE identity = ?1")?
            .query_row([identity], |row| row.get(0))
            .optional()?)
    }
}

impl Store {
    /// Creates an account. False if the name is taken.
    ///
    /// # Errors
    /// The store failed.
    pub fn add_account(&self, account: &Account) -> Result<bool, StoreError> {
        let added = self
            .connection
            .prepare_cached(
                "INSERT INTO account (name, password_hash, created_at, role) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                account.name,
                account.password_hash,
                account.created_at,
                account.role
            ])?;
        Ok(added == 1)
    }

    /// Removes an account with its tokens. The inner error: it stays, and why.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn remove_account(&mut self, name: &str) -> Result<Result<(), Kept>, StoreError> {
        let transaction = self.connection.transaction()?;
        let removed = transaction
            .prepare_cached(
                "DELETE FROM account WHERE name = ?1
                 AND EXISTS (SELECT 1 FROM account WHERE role = 'administrator' AND name <> ?1)",
            )?
            .execute([name])?;
        if removed == 0 {
            drop(transaction);
            return self.why_kept(name).map(Err);
        }
        transaction
            .prepare_cached("DELETE FROM api_token WHERE owner = ?1")?
            .execute([name])?;
        transaction.commit()?;
        Ok(Ok(()))
    }

    /// Gives an account another role, and returns the one that it had. The inner error: it keeps its role, and why.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn set_role(&mut self, name: &str, role: Role) -> Result<Result<Role, Kept>, StoreError> {
        let transaction = self.connection.transaction()?;
        let before: Option<Role> = transaction
            .prepare_cached("SELECT role FROM account WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        let Some(before) = before else {
            return Ok(Err(Kept::Missing));
        };
        let changed = transaction
            .prepare_cached(
                "UPDATE account SET role = ?2 WHERE name = ?1 AND (?2 = 'administrator'
                 OR EXISTS (SELECT 1 FROM account WHERE role = 'administrator' AND name <> ?1))",
            )?
            .execute(params![name, role])?;
        transaction.commit()?;
        Ok(if changed == 1 { Ok(before) } else { Err(Kept::Last) })
    }

    /// Replaces the hash of a password. False if there is no such account.
    ///
    /// # Errors
    /// The store failed.
    pub fn set_password(&self, name: &str, password_hash: &str) -> Result<bool, StoreError> {
        let changed = self
            .connection
            .prepare_cached("UPDATE account SET password_hash = ?2 WHERE name = ?1")?
            .execute(params![name, password_hash])?;
        Ok(changed == 1)
    }

    /// Notes what a provider said of somebody at this moment, in UTC seconds: the role, or that there is none any more.
    ///
    /// # Errors
    /// The store failed.
    pub fn put_visitor(&self, identity: &str, role: Option<Role>, at: i64) -> Result<(), StoreError> {
        match role {
            Some(role) => self
                .connection
                .prepare_cached("INSERT OR REPLACE INTO visitor (identity, role, at) VALUES (?1, ?2, ?3)")?
                .execute(params![identity, role, at])?,
            // Whoever never had a role here is not kept: anybody of the provider may try.
            None => self
                .connection
                .prepare_cached("DELETE FROM visitor WHERE identity = ?1")?
                .execute([identity])?,
        };
        Ok(())
    }

    fn why_kept(&self, name: &str) -> Result<Kept, StoreError> {
        let is_there = self
            .connection
            .prepare_cached("SELECT 1 FROM account WHERE name = ?1")?
            .exists([name])?;
        Ok(if is_there { Kept::Last } else { Kept::Missing })
    }
}
