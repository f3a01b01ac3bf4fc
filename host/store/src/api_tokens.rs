//! The tokens with which programs ask the API. Only their digests are stored. A token belongs to whoever made it, and may never do more than
//! its owner may at the time.

use rusqlite::{OptionalExtension as _, Row, params};

use super::accounts::Role;
use super::{Reader, Store, StoreError};

pub(super) const MIGRATION: &str = "
    -- A name is taken among the tokens of its owner only. SQLite drops no constraint, so the table is made anew.
    CREATE TABLE owned_token (
        number     INTEGER PRIMARY KEY AUTOINCREMENT,
        name       TEXT NOT NULL,
        digest     TEXT NOT NULL UNIQUE,     -- the SHA-256 of the token, in hexadecimal digits; the token is not kept
        scopes     TEXT NOT NULL,            -- words with blanks between them: figures, records
        made_by    TEXT NOT NULL,            -- the owner, as people know it
        made_at    INTEGER NOT NULL,         -- UTC seconds
        ends_at    INTEGER NOT NULL,         -- UTC seconds
        used_at    INTEGER,                  -- UTC seconds, to about a minute; null: never
        owner      TEXT,                     -- the account, or the identity of a visitor; null: nobody
        role       TEXT NOT NULL,            -- with which it was made
        UNIQUE (owner, name)
    ) STRICT;
    INSERT INTO owned_token SELECT number, name, digest, scopes, made_by, made_at, ends_at, used_at, owner, role FROM api_token;
    -- No number is used again, not even that of a token that was revoked.
    DELETE FROM sqlite_sequence WHERE name = 'owned_token';
    INSERT INTO sqlite_sequence (name, seq) SELECT 'owned_token', seq FROM sqlite_sequence WHERE name = 'api_token';
    DROP TABLE api_token;
    ALTER TABLE owned_token RENAME TO api_token;
    ";

/// How precisely the last use of a token is kept, in seconds: one that is used all the time must not write all the time.
const PRECISION: i64 = 60;
/// For how many seconds after the last sign-in through a provider the tokens of whoever signed in work: what the provider took away since is
/// only seen at the next sign-in. A quarter of a year, for which a token is proposed.
const REMEMBERED: i64 = 92 * 24 * 60 * 60;

/// A token of the API, without the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its number, never used twice.
    pub number: i64,
    /// What it is for, in the words of whoever made it. No two tokens of one owner have the same.
    pub name: String,
    /// What it may ask for: words with blanks between them.
    pub scopes: String,
    /// Who made it, for people.
    pub made_by: String,
    /// Whose it is: the name of an account, or the identity of somebody whom a provider signs in. None if it is nobody's, because its account
    /// was removed before tokens belonged to accounts.
    pub owner: Option<String>,
    /// The role that it was made with.
    pub role: Role,
    /// What its owner may do now; none if there is no such owner any more, or the provider was not asked for long. Not stored with it.
    pub owner_role: Option<Role>,
    /// UTC seconds.
    pub made_at: i64,
    /// When it ends, UTC seconds.
    pub ends_at: i64,
    /// When it was last used, UTC seconds, to about a minute; none if it never was.
    pub used_at: Option<i64>,
}

impl ApiToken {
    /// Whether it may ask for what this word of its scopes stands for.
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.split_whitespace().any(|word| word == scope)
    }

    /// What it may do now: what it was made for, as far as its owner may do so. None if it may do nothing any more.
    pub fn standing(&self) -> Option<Role> {
        let role = match &self.owner {
            Some(_) => self.role.min(self.owner_role?),
            None => self.role,
        };
        role.has_tokens().then_some(role)
    }

    /// Whether a use at this moment, in UTC seconds, is worth writing down.
    pub fn is_use_new(&self, now: i64) -> bool {
        self.used_at
            .is_none_or(|used_at| now.saturating_sub(used_at) >= PRECISION)
    }
}

/// The first parameter: what a provider said before this moment counts no more.
const SELECT: &str =
    "SELECT number, api_token.name, scopes, made_by, made_at, ends_at, used_at, owner, api_token.role,
        coalesce(account.role, visitor.role)
    FROM api_token LEFT JOIN account ON account.name = owner
        LEFT JOIN visitor ON visitor.identity = owner AND visitor.at >= ?1";

impl Reader {
    /// The tokens, by name, at this moment, in UTC seconds; ended ones too.
    ///
    /// # Errors
    /// The store failed.
    pub fn api_tokens(&self, now: i64) -> Result<Vec<ApiToken>, StoreError> {
        let tokens = self
            .connection
            .prepare_cached(&format!("{SELECT} ORDER BY api_token.name, number"))?
            .query_map([now.saturating_sub(REMEMBERED)], token)?
            .collect::<Result<_, _>>()?;
        Ok(tokens)
    }

    /// The token with this digest, its SHA-256 in hexadecimal digits, at this moment, in UTC seconds. Looking up the digest of a secret of 256 bits tells nothing about it, however
    /// long the look takes.
    ///
    /// # Errors
    /// The store failed.
    pub fn api_token(&self, digest: &str, now: i64) -> Result<Option<ApiToken>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(&format!("{SELECT} WHERE digest = ?2"))?
            .query_row(params![now.saturating_sub(REMEMBERED), digest], token)
            .optional()?)
    }
}

impl Store {
    /// Stores a token with its digest; its number is chosen here. False if its owner has one of that name.
    ///
    /// # Errors
    /// The store failed.
    pub fn add_api_token(&self, token: &ApiToken, digest: &str) -> Result<bool, StoreError> {
        let added = self
            .connection
            .prepare_cached(
                "INSERT INTO api_token (name, digest, scopes, made_by, made_at, ends_at, owner, role)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (owner, name) DO NOTHING",
            )?
            .execute(params![
                token.name,
                digest,
                token.scopes,
                token.made_by,
                token.made_at,
                token.ends_at,
                token.owner,
                token.role
            ])?;
        Ok(added == 1)
    }

    /// Removes a token, and returns its name and who made it; none if there is no such token. With an owner, only a token of that owner.
    ///
    /// # Errors
    /// The store failed.
    pub fn remove_api_token(
        &self,
        number: i64,
        owner: Option<&str>,
    ) -> Result<Option<(String, String)>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "DELETE FROM api_token WHERE number = ?1 AND (?2 IS NULL OR owner = ?2) RETURNING name, made_by",
            )?
            .query_row(params![number, owner], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?)
    }

    /// Notes that a token was used at this moment, in UTC seconds.
    ///
    /// # Errors
    /// The store failed.
    pub fn api_token_used(&self, number: i64, now: i64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE api_token SET used_at = ?2 WHERE number = ?1")?
            .execute([number, now])?;
        Ok(())
    }
}

fn token(row: &Row<'_>) -> Result<ApiToken, rusqlite::Error> {
    Ok(ApiToken {
        number: row.get(0)?,
        name: row.get(1)?,
        scopes: row.get(2)?,
        made_by: row.get(3)?,
        made_at: row.get(4)?,
        ends_at: row.get(5)?,
        used_at: row.get(6)?,
        owner: row.get(7)?,
        role: row.get(8)?,
        owner_role: row.get(9)?,
    })
}
