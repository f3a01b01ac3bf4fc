//! How a request names the server that it is meant for. A hostile page can make its own name point at this machine (DNS rebinding). The
//! browser then sends that name, so a server for this machine alone checks that the name is its own.

use axum::http::header::HOST;
use axum::http::{HeaderMap, Request};
use collector_model::local::{is_localhost, is_loopback};
use url::{Host, Url};

/// Host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// A name in lower case, or an address.
    pub host: Host<String>,
    /// The port; that of the scheme if none is given.
    pub port: u16,
}

/// The server that a request is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeantFor {
    /// Unnamed, as in HTTP/1.0. Browsers always send a name.
    Nobody,
    /// This server.
    One(Authority),
    /// Several names, or one that is not a host and port.
    Unclear,
}

impl Authority {
    /// Host and port of a URL; `None` if it has no host, or its scheme no known port.
    pub fn of(url: &Url) -> Option<Self> {
        Some(Self {
            host: url.host()?.to_owned(),
            port: url.port_or_known_default()?,
        })
    }

    /// Parses host and port as in a `Host` header; `None` if the text is anything else. `scheme` is `http` or `https`.
    pub fn parse(scheme: &str, text: &str) -> Option<Self> {
        // `localhost.` is the same name, fully qualified.
        let text = match text.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("{}:{port}", host.strip_suffix('.').unwrap_or(host))
            }
            _ => text.strip_suffix('.').unwrap_or(text).to_owned(),
        };
        let text = text.as_str();
        let odd = |c: char| c.is_whitespace() || matches!(c, '/' | '\\' | '@' | '?' | '#');
        if text.is_empty() || text.contains(odd) {
            return None;
        }
        Self::of(&Url::parse(&format!("{scheme}://{text}/")).ok()?)
    }

    /// Whether it is an IP address or `localhost`, which a hostile DNS name cannot be.
    pub fn is_address_or_localhost(&self) -> bool {
        match &self.host {
            Host::Domain(name) => is_localhost(name),
            Host::Ipv4(_) | Host::Ipv6(_) => true,
        }
    }

    /// Whether it is a loopback address or `localhost`.
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => is_localhost(name),
            Host::Ipv4(address) => is_loopback((*address).into()),
            Host::Ipv6(address) => is_loopback((*address).into()),
        }
    }
}

impl MeantFor {
    /// Reads the `Host` header and, if the request line has a whole URL, that too. `scheme` is the one the server uses.
    pub fn of<B>(scheme: &str, request: &Request<B>) -> Self {
        let line = request.uri().authority().map(|authority| authority.as_str());
        match (Self::of_headers(scheme, request.headers()), line) {
            (named, None) => named,
            (Self::One(named), Some(line)) if Authority::parse(scheme, line).as_ref() == Some(&named) => {
                Self::One(named)
            }
            (_, Some(_)) => Self::Unclear,
        }
    }

    fn of_headers(scheme: &str, headers: &HeaderMap) -> Self {
        let mut hosts = headers.get_all(HOST).iter();
        match (hosts.next(), hosts.next()) {
            (None, _) => Self::Nobody,
            (Some(host), None) => host
                .to_str()
                .ok()
                .and_then(|host| Authority::parse(scheme, host))
                .map_or(Self::Unclear, Self::One),
            (Some(_), Some(_)) => Self::Unclear,
        }
    }
}
