//! The connection to a NATS server: its address, its TLS trust, and its stream.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{
    Context, ContextBuilder, CreateStreamErrorKind, GetStreamError, GetStreamErrorKind, RequestError,
    RequestErrorKind,
};
use async_nats::jetstream::stream::{Config, StorageType};
use async_nats::{ConnectErrorKind, ConnectOptions, Event, ServerAddr};
use collector_model::error::deepest;
use collector_model::local::is_this_machine;
use collector_model::text::brief;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use url::Url;

use super::{NatsCredentials, TIME};
use crate::SinkError;

const CONNECT_TIME: Duration = Duration::from_secs(10);
/// The duplicate window of a stream that the sink creates.
const DUPLICATES: Duration = Duration::from_secs(60 * 60);

/// A server and its stream.
pub(super) struct Server {
    address: ServerAddr,
    /// Host and port, for error messages.
    place: String,
    pub(super) stream: String,
    credentials: NatsCredentials,
    /// `None` without TLS, which is only for this machine.
    tls: Option<rustls::ClientConfig>,
}

/// A connected client, with the stream's settings at that time.
pub(super) struct Connection {
    pub(super) context: Context,
    /// The subject patterns that the stream takes.
    pub(super) subjects: Vec<String>,
    /// Why nothing more can be sent, once that is so.
    lost: watch::Receiver<Option<String>>,
}

impl Server {
    pub(super) fn new(
        url: Url,
        stream: String,
        credentials: NatsCredentials,
        ca: Option<Vec<u8>>,
    ) -> Result<Self, SinkError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SinkError::new(
                "a NATS sink's `url` must not contain a user, password or token; set `user` and `password`, `token` or `credentials`",
            ));
        }
        let host = url.host_str().unwrap_or_default();
        let tls = match url.scheme() {
            "tls" if !host.is_empty() => Some(tls(ca.as_deref())?),
            "nats" if is_this_machine(host) && ca.is_some() => {
                return Err(SinkError::new(
                    "a NATS sink's `ca` has no effect without TLS; begin `url` with tls://, or remove `ca`",
                ));
            }
            "nats" if is_this_machine(host) => None,
            _ => {
                return Err(SinkError::new(
                    "a NATS sink's `url` must be like tls://nats.example.com:4222 (nats:// only for this machine, such as nats://127.0.0.1:4222)",
                ));
            }
        };
        let host = host.to_owned();
        let address = ServerAddr::from_url(url)
            .map_err(|error| SinkError::new(format!("a NATS sink's `url` cannot be used: {error}")))?;
        options(&credentials)?;
        Ok(Self {
            place: format!("{host}:{}", address.port()),
            address,
            stream,
            credentials,
            tls,
        })
    }

    /// Connects, and creates the stream for these subjects if it is missing.
    pub(super) async fn connect(&self, subjects: String) -> Result<Connection, SinkError> {
        let (connection, found) = self
            .look(async |context| self.find_or_make(context, subjects).await)
            .await?;
        Ok(Connection {
            subjects: found,
            ..connection
        })
    }

    /// Connects, and looks for the stream, which is not created: none if it is missing.
    pub(super) async fn find_only(&self) -> Result<Option<Connection>, SinkError> {
        let (connection, found) = self.look(async |context| self.find(context).await).await?;
        Ok(found.map(|subjects| Connection {
            subjects,
            ..connection
        }))
    }

    /// Connects, and does something with the connection as long as it holds.
    async fn look<T>(
        &self,
        work: impl AsyncFnOnce(&Context) -> Result<T, SinkError>,
    ) -> Result<(Connection, T), SinkError> {
        let (losing, lost) = watch::channel(None);
        let mut options = options(&self.credentials)?
            .name("collector")
            .connection_timeout(CONNECT_TIME)
            // Only the first connection. A client that lost its server is not used again, so it must not wait for it for ever.
            .max_reconnects(1)
            // Do not follow servers named by a server that is not yet trusted.
            .ignore_discovered_servers()
            .event_callback(move |event| {
                let cause = match event {
                    Event::Disconnected | Event::Closed => Some("the connection was lost".to_owned()),
                    Event::ServerError(error) => {
                        Some(format!("the server said: {}", brief(&error.to_string())))
                    }
                    _ => None,
                };
                // The first cause is the telling one.
                losing.send_if_modified(|lost| {
                    lost.is_none() && cause.is_some() && {
                        *lost = cause;
                        true
                    }
                });
                std::future::ready(())
            });
        if let Some(tls) = &self.tls {
            options = options.require_tls(true).tls_client_config(tls.clone());
        }
        let client = options.connect(&self.address).await.map_err(|error| {
            let (cause, remedy) = match error.kind() {
                ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => (
                    "it refused the collector's credentials".to_owned(),
                    "correct `user` and `password`, `token` or `credentials`",
                ),
                ConnectErrorKind::TimedOut => (
                    "it did not answer in time".to_owned(),
                    "correct `url`, or look at the server",
                ),
                _ => (
                    format!("it cannot be reached: {}", brief(&deepest(&error))),
                    "correct `url` or `ca`, or look at the server",
                ),
            };
            self.error(&cause, remedy)
        })?;
        let connection = Connection {
            context: ContextBuilder::new().timeout(TIME).build(client),
            subjects: Vec::new(),
            lost,
        };
        let found = tokio::select! {
            biased;
            cause = connection.lost() => return Err(self.error(
                &cause,
                "check the server's log, and the user's permissions to publish and subscribe",
            )),
            found = work(&connection.context) => found?,
        };
        Ok((connection, found))
    }

    /// Finds the stream, and returns its subjects; none if there is no such stream.
    async fn find(&self, context: &Context) -> Result<Option<Vec<String>>, SinkError> {
        match context.get_stream(&self.stream).await {
            Ok(stream) => {
                let config = &stream.cached_info().config;
                if config.no_ack {
                    return Err(self.error(
                        "the stream exists, but does not acknowledge messages",
                        "turn on its acknowledgements (`no_ack`), or set another `stream`",
                    ));
                }
                Ok(Some(config.subjects.clone()))
            }
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.no_stream(&error)),
        }
    }

    /// Finds or creates the stream, and returns its subjects.
    async fn find_or_make(&self, context: &Context, subjects: String) -> Result<Vec<String>, SinkError> {
        if let Some(found) = self.find(context).await? {
            return Ok(found);
        }
        let made = context
            .create_stream(Config {
                name: self.stream.clone(),
                description: Some("Changes of meetings, by the collector".to_owned()),
                subjects: vec![subjects.clone()],
                storage: StorageType::File,
                duplicate_window: DUPLICATES,
                ..Config::default()
            })
            .await;
        match made {
            Ok(stream) => Ok(stream.cached_info().config.subjects.clone()),
            Err(error) => Err(match error.kind() {
                CreateStreamErrorKind::JetStream(error)
                    if error.error_code() == ErrorCode::STREAM_SUBJECT_OVERLAP =>
                {
                    self.error(
                        &format!("the stream cannot be created: another stream takes subjects of {subjects}"),
                        "set that one as `stream`, or set another `subject`",
                    )
                }
                _ => self.error(
                    &format!("the stream cannot be created: {}", brief(&deepest(&error))),
                    "check the server's JetStream settings, or create the stream yourself",
                ),
            }),
        }
    }

    fn no_stream(&self, error: &GetStreamError) -> SinkError {
        let no_jetstream = match error.kind() {
            GetStreamErrorKind::JetStream(error) => matches!(
                error.error_code(),
                ErrorCode::JETSTREAM_NOT_ENABLED | ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT
            ),
            GetStreamErrorKind::Request => std::error::Error::source(error)
                .and_then(|below| below.downcast_ref::<RequestError>())
                .is_some_and(|below| below.kind() == RequestErrorKind::NoResponders),
            _ => false,
        };
        if no_jetstream {
            return self.error(
                "it does not run JetStream",
                "start it with -js, or enable JetStream for the user's account",
            );
        }
        self.error(
            &format!("the stream cannot be read: {}", brief(&deepest(error))),
            "look at the server's log",
        )
    }

    /// The server, for messages.
    pub(super) fn place(&self) -> String {
        format!("the NATS server {}", self.place)
    }

    /// An error that names the server and the stream first.
    pub(super) fn error(&self, cause: &str, remedy: &str) -> SinkError {
        SinkError::new(format!(
            "the NATS server {}, stream {}: {cause}; {remedy}",
            self.place, self.stream
        ))
    }
}

impl Connection {
    pub(super) fn is_lost(&self) -> bool {
        self.lost.borrow().is_some()
    }

    /// Waits until nothing more can be sent, and says why.
    pub(super) async fn lost(&self) -> String {
        let mut lost = self.lost.clone();
        let cause = match lost.wait_for(Option::is_some).await {
            Ok(cause) => cause.clone(),
            Err(_) => None,
        };
        cause.unwrap_or_else(|| "the connection was closed".to_owned())
    }
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn options(credentials: &NatsCredentials) -> Result<ConnectOptions, SinkError> {
    let options = ConnectOptions::new();
    Ok(match credentials {
        NatsCredentials::None => options,
        NatsCredentials::UserPassword(user, password) => {
            options.user_and_password(user.clone(), password.expose_secret().to_owned())
        }
        NatsCredentials::Token(token) => options.token(token.expose_secret().trim().to_owned()),
        NatsCredentials::File(text) => {
            // The client requires a final line end, which the reading of secrets strips.
            let text = SecretString::from(format!("{}\n", text.expose_secret()));
            // The cause is left out, because it could quote the file.
            options.credentials(text.expose_secret()).map_err(|_| {
                SinkError::new(
                    "a NATS sink's `credentials` must be a .creds file, with a user's JWT and the seed of an NKey; create one with: \
                     nsc generate creds",
                )
            })?
        }
    })
}

fn tls(ca: Option<&[u8]>) -> Result<rustls::ClientConfig, SinkError> {
    let mut roots = rustls::RootCertStore::empty();
    // Unreadable certificates are skipped.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = ca {
        let problem = |problem: &str| {
            SinkError::new(format!(
                "a NATS sink's `ca` is not usable: {problem}; give a PEM file"
            ))
        };
        let certificates = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| problem(&error.to_string()))?;
        if certificates.is_empty() {
            return Err(problem("it contains no certificate"));
        }
        for certificate in certificates {
            roots
                .add(certificate)
                .map_err(|error| problem(&error.to_string()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SinkError::new(format!("cannot set up TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
