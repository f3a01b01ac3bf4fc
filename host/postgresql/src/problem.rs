//! Errors of a database, with their remedies.

use std::future::Future;
use std::io;
use std::time::Duration;

use collector_model::error::{causes, deepest};
use collector_model::text::brief;
use tokio_postgres::error::SqlState;

/// Why settings of a database cannot be used. The message names the setting, the cause and the remedy, and contains no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unusable {
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Unusable {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

/// Why an operation on a database failed. Its own words may quote the server; those for people are [`Problem::at`].
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The server, or the connection to it.
    #[error(transparent)]
    Server(#[from] tokio_postgres::Error),
    /// Creating or migrating the tables.
    #[error(transparent)]
    Tables(#[from] refinery::Error),
    /// It took longer than this.
    #[error("no answer within {} seconds", .0.as_secs())]
    Time(Duration),
    /// The server has this version, which is too old.
    #[error("PostgreSQL {0} is too old")]
    Version(String),
    /// The database has this encoding, which cannot store every character.
    #[error("the encoding {0} cannot store every character")]
    Encoding(String),
}

impl Problem {
    /// The problem in words, with the name of the database ([`crate::Server::place`]): what happened, then what to do.
    pub fn at(&self, place: &str) -> String {
        let (what, remedy) = match self {
            Self::Server(error) => server(error),
            Self::Tables(error) => tables(error),
            Self::Time(time) => (
                format!("did not answer within {} seconds", time.as_secs()),
                "check the server's log, and which other sessions lock its tables",
            ),
            Self::Version(version) => (
                format!(
                    "is of PostgreSQL {}, which lacks what the collector needs",
                    brief(version)
                ),
                "upgrade the server to 13 or newer, or set `url` to another one",
            ),
            Self::Encoding(encoding) => (
                format!(
                    "has the encoding {}, which cannot store every character",
                    brief(encoding)
                ),
                "create one with the encoding UTF8 (CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0), and name it in `url`",
            ),
        };
        format!("{place} {what}; {remedy}")
    }

    /// Whether the server refuses the data itself, so that it always will: an error of the class "data exception", "integrity constraint
    /// violation" or "program limit exceeded".
    pub fn is_about_data(&self) -> bool {
        let Self::Server(error) = self else {
            return false;
        };
        error
            .code()
            .and_then(|code| code.code().get(..2))
            .is_some_and(|class| matches!(class, "22" | "23" | "54"))
    }
}

/// Does something for at most this time.
///
/// # Errors
/// It failed, or took longer ([`Problem::Time`]).
pub async fn within<T, E: From<Problem>>(
    time: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match tokio::time::timeout(time, work).await {
        Ok(done) => done,
        Err(_) => Err(Problem::Time(time).into()),
    }
}

fn tables(error: &refinery::Error) -> (String, &'static str) {
    if let Some(error) = causes(error).find_map(|cause| cause.downcast_ref::<tokio_postgres::Error>()) {
        return server(error);
    }
    (
        format!(
            "has tables that this collector does not know: {}",
            brief(&error.to_string())
        ),
        "a newer collector created them: install it, or name another `schema`",
    )
}

fn server(error: &tokio_postgres::Error) -> (String, &'static str) {
    if let Some(said) = error.as_db_error() {
        return (
            format!("refused: {} ({})", brief(said.message()), said.code().code()),
            remedy(said.code()),
        );
    }
    let text = brief(&deepest(error));
    let outer = error.to_string();
    if outer.contains("TLS") {
        let remedy = if text.contains("does not support TLS") {
            "set ssl = on at the server; sslmode=disable is only for this machine"
        } else {
            "set `ca` to the authority of the server's certificate, and the host in `url` to the name in the certificate"
        };
        return (format!("cannot be trusted: {text}"), remedy);
    }
    if text.contains("password missing") {
        return ("asks for a password".into(), "give it as `password`");
    }
    if causes(error).any(|cause| cause.is::<io::Error>()) {
        return (
            format!("cannot be reached: {text}"),
            "start the server, or correct `url`",
        );
    }
    if error.is_closed() {
        return ("ended the connection".into(), "look at the server's log");
    }
    (format!("failed: {text}"), "look at the server's log")
}

/// What to do about an error code: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn remedy(code: &SqlState) -> &'static str {
    match *code {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "compare the user in `url` and `password` with the server's, and check its pg_hba.conf"
        }
        SqlState::INVALID_CATALOG_NAME => "create the database with createdb, or correct `url`",
        SqlState::INSUFFICIENT_PRIVILEGE => {
            "create the schema for the user: CREATE SCHEMA name AUTHORIZATION user"
        }
        SqlState::CANNOT_CONNECT_NOW | SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN => {
            "wait until the server has started"
        }
        SqlState::TOO_MANY_CONNECTIONS => "raise max_connections at the server",
        SqlState::DISK_FULL => "free up space on the server's disk",
        SqlState::READ_ONLY_SQL_TRANSACTION => "set `url` to the address of the server that accepts writes",
        SqlState::UNTRANSLATABLE_CHARACTER => "create a database with the encoding UTF8",
        SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_COLUMN | SqlState::DUPLICATE_TABLE => {
            "the tables were changed by hand: restore them, or name another `schema`"
        }
        SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE => {
            "check which other sessions lock the tables"
        }
        _ => "look at the server's log",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_is_told_from_its_version() {
        assert_eq!(
            Problem::Version("12.22 (Debian 12.22-1)".into())
                .at("the database \"rooms\" at db.example.com:5432"),
            "the database \"rooms\" at db.example.com:5432 is of PostgreSQL 12.22 (Debian 12.22-1), which lacks what the collector needs; \
             upgrade the server to 13 or newer, or set `url` to another one"
        );
    }
}
