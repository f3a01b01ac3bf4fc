//! What sinks on a server need to know. Their settings are there in every build, so that a configuration is read the same everywhere; the
//! sinks themselves are features of this crate.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// What a table of PostgreSQL needs to know.
pub struct PostgresqlSettings {
    /// `postgresql://USER@HOST:PORT/DATABASE`, without a password. The connection is encrypted and the server's certificate verified,
    /// except over a Unix socket (`?host=/DIRECTORY`) and, with `?sslmode=disable`, to this machine.
    pub url: Url,
    /// The user's password, if the server asks for one.
    pub password: Option<SecretString>,
    /// Certificates (PEM) of an authority of one's own, besides those that the system trusts.
    pub ca: Option<Vec<u8>>,
    /// The schema that holds the tables: letters, digits and `_`. It is made when it is not there.
    pub schema: String,
}

/// What a webhook needs to know.
pub struct WebhookSettings {
    /// Where batches are sent. `https`; `http` only to this machine.
    pub url: Url,
    /// The shared secret: `whsec_` and 24 to 64 bytes in base64, or the base64 alone.
    pub secret: SecretString,
    /// Certificates (PEM) of an authority of one's own, besides those that the system trusts.
    pub ca: Option<Vec<u8>>,
    /// The most changes in one request.
    pub batch: usize,
    /// A wish to be left alone longer than this is not followed to the end.
    pub longest_pause: Duration,
}

/// What a stream of NATS JetStream needs to know.
pub struct NatsSettings {
    /// The server: `tls://host:4222`; `nats://` only to this machine.
    pub url: Url,
    /// The stream. When it is missing it is made: for `<subject>.>`, in files, without limits, with a duplicate window of an hour. One
    /// that is there is used as it is.
    pub stream: String,
    /// What the subjects of all changes begin with: words of letters, digits, `-` and `_` with dots between them.
    pub subject: String,
    /// Who the collector is to the server.
    pub credentials: NatsCredentials,
    /// Certificates (PEM) of an authority of one's own, besides those that the system trusts.
    pub ca: Option<Vec<u8>>,
}

/// Who the collector is to a NATS server.
pub enum NatsCredentials {
    /// The server lets everybody in.
    None,
    /// A user and a password.
    UserPassword(String, SecretString),
    /// A token.
    Token(SecretString),
    /// The text of a `.creds` file: a JWT and the seed of an NKey.
    File(SecretString),
}
