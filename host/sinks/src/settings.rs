//! The settings of sinks on a server, or of Parquet files. Every build has them, so that a configuration is read the same everywhere; the sinks themselves are
//! features of this crate.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// The settings of a sink on PostgreSQL.
pub struct PostgresqlSettings {
    /// `postgresql://USER@HOST:PORT/DATABASE`, without a password. The sink encrypts the connection and verifies the server's certificate,
    /// except over a Unix socket (`?host=/DIRECTORY`) and, with `?sslmode=disable`, to this machine.
    pub url: Url,
    /// The user's password, if the server asks for one.
    pub password: Option<SecretString>,
    /// Certificates (PEM) of an authority to trust besides those of the system.
    pub ca: Option<Vec<u8>>,
    /// The schema of the tables: letters, digits and `_`. The sink creates it if it is missing.
    pub schema: String,
}

/// The settings of a webhook.
pub struct WebhookSettings {
    /// The address of the webhook. `https`; `http` only to this machine.
    pub url: Url,
    /// The shared secret: `whsec_` and 24 to 64 bytes in base64, or the base64 alone.
    pub secret: SecretString,
    /// Certificates (PEM) of an authority to trust besides those of the system.
    pub ca: Option<Vec<u8>>,
    /// Most changes in one request.
    pub batch: usize,
    /// Upper limit for a `Retry-After` of the server.
    pub longest_pause: Duration,
}

/// The settings of a sink on NATS JetStream.
pub struct NatsSettings {
    /// The server: `tls://host:4222`; `nats://` only to this machine.
    pub url: Url,
    /// The stream. If it is missing, the sink creates it for `<subject>.>`, in files, without limits, with a duplicate window of an hour. An
    /// existing stream is used as it is.
    pub stream: String,
    /// The prefix of all subjects: words of letters, digits, `-` and `_`, separated by dots.
    pub subject: String,
    /// How the collector signs in to the server.
    pub credentials: NatsCredentials,
    /// Certificates (PEM) of an authority to trust besides those of the system.
    pub ca: Option<Vec<u8>>,
}

/// How the collector signs in to a NATS server.
pub enum NatsCredentials {
    /// Without credentials.
    None,
    /// A user and a password.
    UserPassword(String, SecretString),
    /// A token.
    Token(SecretString),
    /// The text of a `.creds` file: a JWT and the seed of an NKey.
    File(SecretString),
}

/// The settings of a sink of Parquet files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParquetSettings {
    /// The directory of the files, which the sink creates if it is missing. No other sink and no export may write to it.
    pub directory: PathBuf,
}
