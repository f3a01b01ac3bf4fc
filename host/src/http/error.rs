//! Why there is no answer, and how that is told from what the client's parts report.

use std::error::Error;
use std::io::{self, ErrorKind};

use super::network::Way;
use super::proxy::ProxyAddress;
use super::resolver::{Prohibited, Unresolved};
use crate::grant::Origin;
use crate::secret::SecretError;

/// How the client begins what it says of a tunnel through a proxy; it has a type for it that cannot be named. Tests fail should the texts
/// change.
const TUNNEL: &str = "tunnel error: ";

/// Why a request has no answer, in the words of `wasi:http`. Each text names the address, the cause and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The URL or a header is malformed, or not the connector's to set.
    #[error("{0}")]
    RequestInvalid(String),
    /// The origin was not granted, or the bearer is not for it.
    #[error("{0}")]
    RequestDenied(String),
    /// There are only addresses that a request may not go to.
    #[error("{0}")]
    DestinationProhibited(String),
    /// The name does not resolve.
    #[error("{0}")]
    Dns(String),
    /// Nothing accepts connections there, or no way leads there.
    #[error("{0}")]
    ConnectionRefused(String),
    /// No connection in [`super::Limits::connect`].
    #[error("{0}")]
    ConnectionTimeout(String),
    /// The connection ended before the answer did.
    #[error("{0}")]
    ConnectionTerminated(String),
    /// The proxy wants to be told a user name and a password, or others.
    #[error("{0}")]
    Proxy(String),
    /// No agreement on TLS; the certificate is not trusted, for one.
    #[error("{0}")]
    Tls(String),
    /// No whole answer in [`super::Limits::response`].
    #[error("{0}")]
    ResponseTimeout(String),
    /// More headers than [`super::Limits::headers`].
    #[error("{0}")]
    ResponseHeaderSize(String),
    /// More body than [`super::Limits::body`].
    #[error("{0}")]
    ResponseBodySize(String),
    /// Not HTTP, or not gzip where it says so.
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
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Dns(_) | Self::ConnectionRefused(_) | Self::ConnectionTimeout(_)
        )
    }

    /// One word for it, to count by.
    pub(crate) fn class(&self) -> &'static str {
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

    /// What the client's error means. The URL is in neither: it may hold what is nobody's business.
    pub(super) fn of(error: &reqwest::Error, way: Way<'_>) -> Self {
        let origin = way.origin;
        // A gzip stream that ends early is a broken body; only below the protocol is it a broken connection.
        let mut connection = !error.is_decode();
        for cause in causes(error) {
            if let Some((proxy, told)) = way.proxy
                && let Some(what) = cause.to_string().strip_prefix(TUNNEL)
            {
                return Self::of_tunnel(what, error, way, proxy, told);
            }
            if let Some(prohibited) = cause.downcast_ref::<Prohibited>() {
                return Self::DestinationProhibited(prohibited.to_string());
            }
            if let Some(unresolved) = cause.downcast_ref::<Unresolved>() {
                return Self::Dns(format!(
                    "{unresolved}; check its spelling, and this machine's DNS"
                ));
            }
            if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
                return Self::Tls(format!(
                    "{origin} and this machine do not agree on TLS: {tls}; if the certificate is signed by an authority of your own, or by \
                     a proxy that opens TLS, name its PEM file as `ca` in [egress], or add it to those that this machine trusts \
                     (SSL_CERT_FILE)"
                ));
            }
            if let Some(hyper) = cause.downcast_ref::<hyper::Error>() {
                connection = true;
                // The client has no other word for it; a test fails should the text change.
                if hyper.is_parse() && hyper.to_string().contains("too large") {
                    return Self::ResponseHeaderSize(format!(
                        "{origin} answers with more headers than are read"
                    ));
                }
                if hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_canceled() {
                    return Self::terminated(origin, hyper);
                }
            }
            if let Some(h2) = cause.downcast_ref::<h2::Error>()
                && (h2.is_io() || h2.is_go_away() || h2.reason().is_some_and(is_passing))
            {
                return Self::terminated(origin, h2);
            }
            if let Some(io) = cause.downcast_ref::<io::Error>()
                && connection
                && let Some(found) = Self::of_io(io, error, way)
            {
                return found;
            }
        }
        let deepest = causes(error).last().map(ToString::to_string).unwrap_or_default();
        if error.is_timeout() && error.is_connect() {
            Self::no_connection_in_time(way)
        } else if error.is_timeout() {
            // The keep-alive of HTTP/2: the other side is silent.
            Self::terminated(origin, &deepest)
        } else if let (true, Some((proxy, _))) = (error.is_connect(), way.proxy) {
            Self::ConnectionRefused(format!(
                "{origin} cannot be connected to through the proxy {proxy}: {deepest}; if it is reached directly, name it in no-proxy in [egress]"
            ))
        } else if error.is_connect() {
            Self::ConnectionRefused(format!("{origin} cannot be connected to: {deepest}"))
        } else if error.is_builder() {
            Self::RequestInvalid(format!("the request to {origin} cannot be sent: {deepest}"))
        } else {
            Self::Protocol(format!("{origin} does not answer as HTTP asks: {deepest}"))
        }
    }

    /// What the client says of a tunnel that the proxy does not make. `told` is whether the proxy was told a user name and a password.
    fn of_tunnel(what: &str, whole: &reqwest::Error, way: Way<'_>, proxy: &ProxyAddress, told: bool) -> Self {
        let origin = way.origin;
        let deepest = causes(whole).last().map(ToString::to_string).unwrap_or_default();
        match what {
            "proxy authorization required" if told => Self::Proxy(format!(
                "the proxy {proxy} refuses the user name and the password that it is told (407); correct proxy-user and proxy-password in \
                 [egress]; of the ways to sign in, it must take Basic"
            )),
            "proxy authorization required" => Self::Proxy(format!(
                "the proxy {proxy} wants a user name and a password (407); set proxy-user and proxy-password in [egress]"
            )),
            // It may be passing, which the client does not say: tried again as without a proxy.
            "unsuccessful" => Self::ConnectionRefused(format!(
                "the proxy {proxy} makes no connection to {origin}: it refuses that host, or cannot reach it; allow the host in the proxy's \
                 rules, or name it in no-proxy in [egress] if it is reached directly"
            )),
            "failed to create underlying connection" if whole.is_timeout() => {
                Self::no_connection_in_time(way)
            }
            "failed to create underlying connection" => {
                let text = format!(
                    "the proxy {proxy} cannot be connected to: {deepest}; check that it runs, and `proxy` in [egress]"
                );
                let unresolved = causes(whole).any(|cause| cause.is::<Unresolved>());
                if unresolved {
                    Self::Dns(text)
                } else {
                    Self::ConnectionRefused(text)
                }
            }
            _ => Self::ConnectionTerminated(format!(
                "the proxy {proxy} ended the connection before it led to {origin}: {deepest}"
            )),
        }
    }

    fn of_io(io: &io::Error, whole: &reqwest::Error, way: Way<'_>) -> Option<Self> {
        let origin = way.origin;
        match io.kind() {
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::AddrNotAvailable => Some(Self::ConnectionRefused(format!(
                "{origin} cannot be connected to: {io}; check that it runs, its port, and the firewall (it is reached directly; a proxy \
                 is used when [egress] names one)"
            ))),
            ErrorKind::TimedOut if whole.is_connect() => Some(Self::no_connection_in_time(way)),
            ErrorKind::TimedOut
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof => Some(Self::terminated(origin, io)),
            _ => None,
        }
    }

    fn no_connection_in_time(way: Way<'_>) -> Self {
        let origin = way.origin;
        Self::ConnectionTimeout(match way.proxy {
            Some((proxy, _)) => format!(
                "there is no connection to {origin} through the proxy {proxy} in time; check that the proxy runs, and `proxy` in [egress]"
            ),
            None => format!(
                "{origin} does not accept a connection in time; check the address and the firewall (it is reached directly; a proxy is used \
                 when [egress] names one)"
            ),
        })
    }

    fn terminated(origin: &Origin, cause: &dyn std::fmt::Display) -> Self {
        Self::ConnectionTerminated(format!(
            "{origin} ended the connection before its answer was whole: {cause}"
        ))
    }
}

/// Whether a stream was given up for the server's own reasons, not because one side misunderstood the other (RFC 9113,
/// section 7).
fn is_passing(reason: h2::Reason) -> bool {
    matches!(
        reason,
        h2::Reason::NO_ERROR | h2::Reason::INTERNAL_ERROR | h2::Reason::REFUSED_STREAM | h2::Reason::CANCEL
    )
}

/// The error and what caused it, outermost first. Looks into `io::Error` too, whose `source` leaves out the error it wraps.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}
