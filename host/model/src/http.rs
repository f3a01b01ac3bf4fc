//! A request as a connector makes it, and its result: the common types of the sandbox and of a source's client.

use std::time::Duration;

pub use http::Method;

use crate::secret::SecretError;

/// One request, as a connector makes it.
pub struct Request {
    /// The method.
    pub method: Method,
    /// An absolute URL without user name or fragment.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Whether the request only reads, whatever its method, and so may be sent again. GET and HEAD always may.
    pub repeatable: bool,
}

/// An answer, whatever its status.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case; a name may occur several times.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl Response {
    /// The answer of a service that asks for another try after this time.
    pub fn too_many_requests(wait: Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1_000);
        Self {
            status: 429,
            headers: vec![("retry-after".to_owned(), seconds.to_string())],
            body: Vec::new(),
        }
    }

    /// The first header with this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Why a request has no answer, in the words of `wasi:http`. Each text names the address, the cause and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The URL or a header is malformed, or the connector may not set it.
    #[error("{0}")]
    RequestInvalid(String),
    /// The origin was not granted, or the bearer is not for it.
    #[error("{0}")]
    RequestDenied(String),
    /// The name has only addresses that a request may not go to.
    #[error("{0}")]
    DestinationProhibited(String),
    /// The name does not resolve.
    #[error("{0}")]
    Dns(String),
    /// Nothing accepts connections there, or nothing leads there.
    #[error("{0}")]
    ConnectionRefused(String),
    /// No connection was made within its time limit.
    #[error("{0}")]
    ConnectionTimeout(String),
    /// The connection ended before the answer did.
    #[error("{0}")]
    ConnectionTerminated(String),
    /// The proxy requires a user name and a password, or rejects the given ones.
    #[error("{0}")]
    Proxy(String),
    /// The TLS handshake failed, for example because the certificate is not trusted.
    #[error("{0}")]
    Tls(String),
    /// The answer was not complete within its time limit.
    #[error("{0}")]
    ResponseTimeout(String),
    /// The answer has more headers than the limit.
    #[error("{0}")]
    ResponseHeaderSize(String),
    /// The answer's body exceeds the limit.
    #[error("{0}")]
    ResponseBodySize(String),
    /// The answer is not HTTP, or not gzip although it says so.
    #[error("{0}")]
    Protocol(String),
    /// The deadline passed.
    #[error("{0}")]
    BudgetExhausted(String),
    /// There is no token to send.
    #[error(transparent)]
    Bearer(#[from] SecretError),
}

impl FetchError {
    /// Whether there was no connection at all.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Dns(_) | Self::ConnectionRefused(_) | Self::ConnectionTimeout(_)
        )
    }

    /// The kind of error in one word, for counting.
    pub fn class(&self) -> &'static str {
        match self {
            Self::RequestInvalid(_) | Self::RequestDenied(_) | Self::DestinationProhibited(_) => "denied",
            Self::Dns(_) => "dns",
            Self::ConnectionRefused(_) => "connection-refused",
            Self::ConnectionTimeout(_) => "connection-timeout",
            Self::ConnectionTerminated(_) => "connection-terminated",
            Self::Proxy(_) => "proxy",
            Self::Tls(_) => "tls",
            Self::ResponseTimeout(_) => "timeout",
            Self::ResponseHeaderSize(_) | Self::ResponseBodySize(_) => "too-large",
            Self::Protocol(_) => "protocol",
            Self::BudgetExhausted(_) => "time-up",
            Self::Bearer(_) => "no-token",
        }
    }
}
