//! Why there is no answer: the closed list of the contract, told from what the HTTP client says.

use std::error::Error;
use std::io;

use super::resolve::{Prohibited, Unresolved};
use crate::grant::Origin;
use crate::secret::SecretError;

/// Why there is no answer. Each text names the address, and what to do where something can be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The URL or a header is malformed, or not for a connector to set.
    #[error("{0}")]
    RequestInvalid(String),
    /// The origin was not granted, or the credential is not for it.
    #[error("{0}")]
    RequestDenied(String),
    /// The name resolves only to addresses that were not granted.
    #[error("{0}")]
    DestinationProhibited(String),
    /// The name does not resolve.
    #[error("{0}")]
    Dns(String),
    /// Nobody listens there, or the network does not reach it.
    #[error("{0}")]
    ConnectionRefused(String),
    /// No connection came about in time.
    #[error("{0}")]
    ConnectionTimeout(String),
    /// The connection ended before the answer did.
    #[error("{0}")]
    ConnectionTerminated(String),
    /// TLS failed: a certificate that is not trusted, most likely.
    #[error("{0}")]
    Tls(String),
    /// The whole answer took too long.
    #[error("{0}")]
    ResponseTimeout(String),
    /// Too many bytes of headers.
    #[error("{0}")]
    ResponseHeaderSize(String),
    /// Too many bytes of body.
    #[error("{0}")]
    ResponseBodySize(String),
    /// The answer is not HTTP.
    #[error("{0}")]
    Protocol(String),
    /// The time of the pass is used up.
    #[error("{0}")]
    BudgetExhausted(String),
    /// The bearer could not be had.
    #[error(transparent)]
    Bearer(SecretError),
}

impl FetchError {
    /// Whether sending the request again may help.
    pub(super) fn is_transient(&self) -> bool {
        self.is_unreachable() || matches!(self, Self::ConnectionTerminated(_) | Self::ResponseTimeout(_))
    }

    /// Whether no connection came about.
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Dns(_) | Self::ConnectionRefused(_) | Self::ConnectionTimeout(_))
    }
}

/// What the HTTP client's error means.
pub(super) fn classify(error: &reqwest::Error, origin: &Origin) -> FetchError {
    if let Some(prohibited) = find::<Prohibited>(error) {
        return FetchError::DestinationProhibited(prohibited.to_string());
    }
    if let Some(unresolved) = find::<Unresolved>(error) {
        return FetchError::Dns(unresolved.to_string());
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return FetchError::Tls(format!(
            "{origin}: TLS failed: {tls}; a proxy that inspects TLS needs its certificate among this machine's (SSL_CERT_FILE)"
        ));
    }
    let cause = innermost(error);
    if error.is_connect() {
        return if error.is_timeout() {
            FetchError::ConnectionTimeout(format!("{origin}: no connection in time; check the address and the firewall"))
        } else {
            FetchError::ConnectionRefused(format!("{origin}: no connection: {cause}; check the address and the firewall"))
        };
    }
    if let Some(http) = find::<hyper::Error>(error) {
        // hyper tells this case of its parse errors by name to servers only.
        if http.is_parse() && http.to_string().contains("too large") {
            return FetchError::ResponseHeaderSize(format!("{origin}: the answer's headers are too large"));
        }
        if http.is_parse() {
            return FetchError::Protocol(format!("{origin}: the answer is not HTTP: {http}"));
        }
    }
    if error.is_timeout() {
        return FetchError::ResponseTimeout(format!("{origin}: the answer took too long"));
    }
    FetchError::ConnectionTerminated(format!("{origin}: the connection ended before the answer did: {cause}"))
}

/// The first error of a type in the chain of causes; an I/O error's own cause is not in its `source`.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
