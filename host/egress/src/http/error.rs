//! Why there is no answer, and how that is told from what the client's parts report.

use std::error::Error;
use std::io::{self, ErrorKind};

use collector_model::http::FetchError;

use super::network::Way;
use super::proxy::ProxyAddress;
use super::resolver::{Prohibited, Unresolved};
use crate::grant::Origin;

/// How the client begins what it says of a tunnel through a proxy; it has a type for it that cannot be named. Tests fail should the texts
/// change.
const TUNNEL: &str = "tunnel error: ";

/// What the client's error means. The URL is in neither: it may hold what is nobody's business.
pub(super) fn of(error: &reqwest::Error, way: Way<'_>) -> FetchError {
    let origin = way.origin;
    // A gzip stream that ends early is a broken body; only below the protocol is it a broken connection.
    let mut connection = !error.is_decode();
    for cause in causes(error) {
        if let Some((proxy, told)) = way.proxy
            && let Some(what) = cause.to_string().strip_prefix(TUNNEL)
        {
            return of_tunnel(what, error, way, proxy, told);
        }
        if let Some(prohibited) = cause.downcast_ref::<Prohibited>() {
            return FetchError::DestinationProhibited(prohibited.to_string());
        }
        if let Some(unresolved) = cause.downcast_ref::<Unresolved>() {
            return FetchError::Dns(format!(
                "{unresolved}; check its spelling, and this machine's DNS"
            ));
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return FetchError::Tls(format!(
                "{origin} and this machine do not agree on TLS: {tls}; if the certificate is signed by an authority of your own, or by \
                 a proxy that opens TLS, name its PEM file as `ca` in [egress], or add it to those that this machine trusts \
                 (SSL_CERT_FILE)"
            ));
        }
        if let Some(hyper) = cause.downcast_ref::<hyper::Error>() {
            connection = true;
            // The client has no other word for it; a test fails should the text change.
            if hyper.is_parse() && hyper.to_string().contains("too large") {
                return FetchError::ResponseHeaderSize(format!(
                    "{origin} answers with more headers than are read"
                ));
            }
            if hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_canceled() {
                return terminated(origin, hyper);
            }
        }
        if let Some(h2) = cause.downcast_ref::<h2::Error>()
            && (h2.is_io() || h2.is_go_away() || h2.reason().is_some_and(is_passing))
        {
            return terminated(origin, h2);
        }
        if let Some(io) = cause.downcast_ref::<io::Error>()
            && connection
            && let Some(found) = of_io(io, error, way)
        {
            return found;
        }
    }
    let deepest = causes(error).last().map(ToString::to_string).unwrap_or_default();
    if error.is_timeout() && error.is_connect() {
        no_connection_in_time(way)
    } else if error.is_timeout() {
        // The keep-alive of HTTP/2: the other side is silent.
        terminated(origin, &deepest)
    } else if let (true, Some((proxy, _))) = (error.is_connect(), way.proxy) {
        FetchError::ConnectionRefused(format!(
            "{origin} cannot be connected to through the proxy {proxy}: {deepest}; if it is reached directly, name it in no-proxy in [egress]"
        ))
    } else if error.is_connect() {
        FetchError::ConnectionRefused(format!("{origin} cannot be connected to: {deepest}"))
    } else if error.is_builder() {
        FetchError::RequestInvalid(format!("the request to {origin} cannot be sent: {deepest}"))
    } else {
        FetchError::Protocol(format!("{origin} sent an invalid HTTP response: {deepest}"))
    }
}

/// What the client says of a tunnel that the proxy does not make. `told` is whether the proxy was told a user name and a password.
fn of_tunnel(
    what: &str,
    whole: &reqwest::Error,
    way: Way<'_>,
    proxy: &ProxyAddress,
    told: bool,
) -> FetchError {
    let origin = way.origin;
    let deepest = causes(whole).last().map(ToString::to_string).unwrap_or_default();
    match what {
        "proxy authorization required" if told => FetchError::Proxy(format!(
            "the proxy {proxy} refuses the user name and the password that it is told (407); correct proxy-user and proxy-password in \
             [egress]; of the ways to sign in, it must take Basic"
        )),
        "proxy authorization required" => FetchError::Proxy(format!(
            "the proxy {proxy} wants a user name and a password (407); set proxy-user and proxy-password in [egress]"
        )),
        // It may be passing, which the client does not say: tried again as without a proxy.
        "unsuccessful" => FetchError::ConnectionRefused(format!(
            "the proxy {proxy} makes no connection to {origin}: it refuses that host, or cannot reach it; allow the host in the proxy's \
             rules, or name it in no-proxy in [egress] if it is reached directly"
        )),
        "failed to create underlying connection" if whole.is_timeout() => no_connection_in_time(way),
        "failed to create underlying connection" => {
            let text = format!(
                "the proxy {proxy} cannot be connected to: {deepest}; check that it runs, and `proxy` in [egress]"
            );
            let unresolved = causes(whole).any(|cause| cause.is::<Unresolved>());
            if unresolved {
                FetchError::Dns(text)
            } else {
                FetchError::ConnectionRefused(text)
            }
        }
        _ => FetchError::ConnectionTerminated(format!(
            "the proxy {proxy} ended the connection before it led to {origin}: {deepest}"
        )),
    }
}

fn of_io(io: &io::Error, whole: &reqwest::Error, way: Way<'_>) -> Option<FetchError> {
    let origin = way.origin;
    match io.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::AddrNotAvailable => Some(FetchError::ConnectionRefused(format!(
            "{origin} cannot be connected to: {io}; check that it runs, its port, and the firewall (it is reached directly; a proxy \
             is used when [egress] names one)"
        ))),
        ErrorKind::TimedOut if whole.is_connect() => Some(no_connection_in_time(way)),
        ErrorKind::TimedOut
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::NotConnected
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Some(terminated(origin, io)),
        _ => None,
    }
}

fn no_connection_in_time(way: Way<'_>) -> FetchError {
    let origin = way.origin;
    FetchError::ConnectionTimeout(match way.proxy {
        Some((proxy, _)) => format!(
            "there is no connection to {origin} through the proxy {proxy} in time; check that the proxy runs, and `proxy` in [egress]"
        ),
        None => format!(
            "{origin} does not accept a connection in time; check the address and the firewall (it is reached directly; a proxy is used \
             when [egress] names one)"
        ),
    })
}

fn terminated(origin: &Origin, cause: &dyn std::fmt::Display) -> FetchError {
    FetchError::ConnectionTerminated(format!(
        "{origin} ended the connection before its answer was whole: {cause}"
    ))
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
