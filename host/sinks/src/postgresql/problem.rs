//! Errors of a database, with their remedies.

use std::io;
use std::time::Duration;

use collector_model::error::{causes, deepest};
use tokio_postgres::error::SqlState;

use crate::error::plain;
use crate::{Cause, SinkError};

/// Why an operation on a database failed.
pub(super) enum Failure {
    /// The server, or the connection to it.
    Server(tokio_postgres::Error),
    /// Creating or migrating the tables.
    Tables(refinery::Error),
    /// It took longer than this.
    Time(Duration),
    /// The database no longer has the change number of a store that it had before.
    Elsewhere {
        /// The last known number.
        was: i64,
        /// The number now.
        is: i64,
    },
    /// A snapshot of a room ended without having begun.
    NoBegin,
    /// The database has this encoding, which cannot store every character.
    Encoding(String),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Server(error)
    }
}

impl From<refinery::Error> for Failure {
    fn from(error: refinery::Error) -> Self {
        Self::Tables(error)
    }
}

impl Failure {
    /// The error with the name of the database.
    pub(super) fn at(self, place: &str) -> SinkError {
        let (what, remedy) = match &self {
            Self::Server(error) => server(error),
            Self::Tables(error) => tables(error),
            Self::Time(time) => (
                format!("did not answer within {} seconds", time.as_secs()),
                "check the server's log, and which other sessions lock its tables",
            ),
            Self::Elsewhere { was, is } => (
                format!("had applied the changes up to {was}, and now up to {is}"),
                "if it was restored from a backup, do nothing: the collector delivers the missing changes again",
            ),
            Self::Encoding(encoding) => (
                format!(
                    "has the encoding {}, which cannot store every character",
                    plain(encoding)
                ),
                "create one with the encoding UTF8 (CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0), and name it in `url`",
            ),
            Self::NoBegin => (
                "has no record of the start of a snapshot that has ended".into(),
                "if its tables were changed by hand, restore them, or name another `schema`",
            ),
        };
        let mut error = SinkError::new(format!("{place} {what}; {remedy}"));
        if matches!(self, Self::Elsewhere { .. } | Self::NoBegin) {
            error.cause = Cause::OutOfStep;
        }
        error
    }

    /// The same for a batch: if the server refuses its data, it always will.
    pub(super) fn of_a_batch_at(self, place: &str) -> SinkError {
        let refused = matches!(&self, Self::Server(error) if is_about_data(error));
        let mut error = self.at(place);
        if refused {
            error.cause = Cause::Refused(None);
        }
        error
    }
}

/// Whether an error is of the class "data exception", "integrity constraint violation" or "program limit exceeded".
fn is_about_data(error: &tokio_postgres::Error) -> bool {
    error
        .code()
        .and_then(|code| code.code().get(..2))
        .is_some_and(|class| matches!(class, "22" | "23" | "54"))
}

fn tables(error: &refinery::Error) -> (String, &'static str) {
    if let Some(error) = causes(error).find_map(|cause| cause.downcast_ref::<tokio_postgres::Error>()) {
        return server(error);
    }
    (
        format!(
            "has tables that this collector does not know: {}",
            plain(&error.to_string())
        ),
        "a newer collector created them: install it, or name another `schema`",
    )
}

fn server(error: &tokio_postgres::Error) -> (String, &'static str) {
    if let Some(said) = error.as_db_error() {
        return (
            format!("refused: {} ({})", plain(said.message()), said.code().code()),
            remedy(said.code()),
        );
    }
    let text = plain(&deepest(error));
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
