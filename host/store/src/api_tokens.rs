//! The tokens with which programs ask the API. Only their digests are stored.

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Reader, Store, StoreError};

/// How precisely the last use of a token is kept, in seconds: one that is used all the time must not write all the time.
const PRECISION: i64 = 60;

/// A token of the API, without the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its number, never used twice.
    pub number: i64,
    /// What it is for, in the words of whoever made it; unique.
    pub name: String,
    /// What it may ask for: words with blanks between them.
    pub scopes: String,
    /// The account that made it.
    pub made_by: String,
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

    /// Whether a use at this moment, in UTC seconds, is worth writing down.
    pub fn is_use_new(&self, now: i64) -> bool {
        self.used_at
            .is_none_or(|used_at| now.saturating_sub(used_at) >= PRECISION)
    }
}

const SELECT: &str = "SELECT number, name, scopes, made_by, made_at, ends_at, used_at FROM api_token";

impl Reader {
    /// The tokens, by name; ended ones too.
    ///
    /// # Errors
    /// The store failed.
    pub fn api_tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        let tokens = self
            .connection
            .prepare_cached(&format!("{SELECT} ORDER BY name, number"))?
            .query_map([], token)?
            .collect::<Result<_, _>>()?;
        Ok(tokens)
    }

    /// The token with this digest: its SHA-256 in hexadecimal digits. Looking up the digest of a secret of 256 bits tells nothing about it, however
    /// long the look takes.
    ///
    /// # Errors
    /// The store failed.
    pub fn api_token(&self, digest: &str) -> Result<Option<ApiToken>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(&format!("{SELECT} WHERE digest = ?1"))?
            .query_row([digest], token)
            .optional()?)
    }
}

impl Store {
    /// Stores a token with its digest; its number is chosen here. False if the name is taken.
    ///
    /// # Errors
    /// The store failed.
    pub fn add_api_token(&self, token: &ApiToken, digest: &str) -> Result<bool, StoreError> {
        let added = self
            .connection
            .prepare_cached(
                "INSERT INTO api_token (name, digest, scopes, made_by, made_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (name) DO NOTHING",
            )?
            .execute(params![
                token.name,
                digest,
                token.scopes,
                token.made_by,
                token.made_at,
                token.ends_at
            ])?;
        Ok(added == 1)
    }

    /// Removes a token, and returns its name; none if there is no such token.
    ///
    /// # Errors
    /// The store failed.
    pub fn remove_api_token(&self, number: i64) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("DELETE FROM api_token WHERE number = ?1 RETURNING name")?
            .query_row([number], |row| row.get(0))
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
    })
}
