//! Why there is no answer, derived from the errors of the client's parts.

use std::io::{self, ErrorKind};

use collector_model::error::{causes, deepest};
use collector_model::http::FetchError;

use super::network::Way;
use super::proxy::ProxyAddress;
use super::resolver::{Prohibited, Unresolved};
use crate::grant::Origin;

/// The client's words for an error in a proxy tunnel; its type cannot be named. A test fails if the texts change.
const TUNNEL: &str = "tunnel error: ";

/// Explains the client's error. Neither text contains the URL, which may hold confidential parts.
pub(super) fn of(error: &reqwest::Error, way: Way<'_>) -> FetchError {
    let origin = way.origin;
    // A gzip stream that ends early is a broken body; a broken connection is only what happens below HTTP.
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
                "the TLS handshake with {origin} failed: {tls}; if an authority of your own, or a proxy that intercepts TLS, signed the \
                 certificate, name its PEM file as `ca` in [egress], or add it to those that this machine trusts \
                 (SSL_CERT_FILE)"
            ));
        }
        if let Some(hyper) = cause.downcast_ref::<hyper::Error>() {
            connection = true;
            // The client offers only this text; a test fails if it changes.
            if hyper.is_parse() && hyper.to_string().contains("too large") {
                return FetchError::ResponseHeaderSize(format!("{origin} sent more headers than the limit"));
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
    let deepest = deepest(error);
    if error.is_timeout() && error.is_connect() {
        no_connection_in_time(way)
    } else if error.is_timeout() {
        // The keep-alive of HTTP/2 failed: the other side is silent.
        terminated(origin, &deepest)
    } else if let (true, Some((proxy, _))) = (error.is_connect(), way.proxy) {
        FetchError::ConnectionRefused(format!(
            "cannot connect to {origin} through the proxy {proxy}: {deepest}; if it can be reached directly, add it to no-proxy in [egress]"
        ))
    } else if error.is_connect() {
        FetchError::ConnectionRefused(format!("cannot connect to {origin}: {deepest}"))
    } else if error.is_builder() {
        FetchError::RequestInvalid(format!("cannot send the request to {origin}: {deepest}"))
    } else {
        FetchError::Protocol(format!("{origin} sent an invalid HTTP response: {deepest}"))
    }
}

/// Explains why the proxy did not open a tunnel. `told`: whether the proxy was given a user name and a password.
fn of_tunnel(
    what: &str,
    whole: &reqwest::Error,
    way: Way<'_>,
    proxy: &ProxyAddress,
    told: bool,
) -> FetchError {
    let origin = way.origin;
    let deepest = deepest(whole);
    match what {
        "proxy authorization required" if told => FetchError::Proxy(format!(
            "the proxy {proxy} refused the user name and password (407); correct proxy-user and proxy-password in \
             [egress]; the proxy must accept Basic authentication"
        )),
        "proxy authorization required" => FetchError::Proxy(format!(
            "the proxy {proxy} requires a user name and a password (407); set proxy-user and proxy-password in [egress]"
        )),
        // The trouble may pass, which the client does not tell: it is retried as without a proxy.
        "unsuccessful" => FetchError::ConnectionRefused(format!(
            "the proxy {proxy} did not connect to {origin}: it refuses that host, or cannot reach it; allow the host in the proxy's \
             rules, or add it to no-proxy in [egress] if it can be reached directly"
        )),
        "failed to create underlying connection" if whole.is_timeout() => no_connection_in_time(way),
        "failed to create underlying connection" => {
            let text = format!(
                "cannot connect to the proxy {proxy}: {deepest}; check that it is running, and `proxy` in [egress]"
            );
            let unresolved = causes(whole).any(|cause| cause.is::<Unresolved>());
            if unresolved {
                FetchError::Dns(text)
            } else {
                FetchError::ConnectionRefused(text)
            }
        }
        _ => FetchError::ConnectionTerminated(format!(
            "the proxy {proxy} closed the connection before it reached {origin}: {deepest}"
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
            "cannot connect to {origin}: {io}; check that it is running, its port, and the firewall (the collector connects directly \
             unless [egress] names a proxy)"
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
            "the connection to {origin} through the proxy {proxy} timed out; check that the proxy is running, and `proxy` in [egress]"
        ),
        None => format!(
            "the connection to {origin} timed out; check the address and the firewall (the collector connects directly unless [egress] \
             names a proxy)"
        ),
    })
}

fn terminated(origin: &Origin, cause: &dyn std::fmt::Display) -> FetchError {
    FetchError::ConnectionTerminated(format!(
        "{origin} closed the connection before its answer was complete: {cause}"
    ))
}

/// Whether the server gave up a stream for its own reasons, rather than because one side misunderstood the other (RFC 9113, section 7).
fn is_passing(reason: h2::Reason) -> bool {
    matches!(
        reason,
        h2::Reason::NO_ERROR | h2::Reason::INTERNAL_ERROR | h2::Reason::REFUSED_STREAM | h2::Reason::CANCEL
    )
}
