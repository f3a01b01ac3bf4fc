//! The address of the portal, and which requests are meant for it. A request that names another server is refused: see `authority.rs`.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use url::Url;

use crate::authority::{Authority, MeantFor};

/// The address at which browsers reach the portal.
pub(crate) struct Address {
    scheme: String,
    own: Option<Authority>,
    /// Scheme, host and port, for links and redirects.
    pub(crate) origin: String,
    /// The variable with which nginx passes on the name that browsers request.
    nginx_host: &'static str,
}

/// How a request names the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// By the configured name.
    Ours,
    /// By another name of this machine.
    Alias,
    /// By a foreign name.
    Foreign,
}

impl Address {
    pub(crate) fn new(address: &Url) -> Self {
        Self {
            scheme: address.scheme().to_owned(),
            own: Authority::of(address),
            origin: address.origin().ascii_serialization(),
            // nginx's `$host` has no port.
            nginx_host: if address.port().is_some() {
                "$host:$server_port"
            } else {
                "$host"
            },
        }
    }

    /// The port that browsers connect to.
    pub(crate) fn port(&self) -> Option<u16> {
        self.own.as_ref().map(|own| own.port)
    }

    pub(crate) fn named(&self, request: &Request) -> Named {
        match (MeantFor::of(&self.scheme, request), &self.own) {
            (MeantFor::One(named), Some(own)) if named == *own => Named::Ours,
            (MeantFor::One(named), Some(own))
                if named.port == own.port && named.is_loopback() && own.is_loopback() =>
            {
                Named::Alias
            }
            _ => Named::Foreign,
        }
    }

    /// Whether the `Origin` of a request is the origin it was sent to. Its `Host` has been checked to be ours.
    pub(crate) fn is_same_origin(&self, headers: &HeaderMap, origin: &str) -> bool {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let Some((host, origin)) = host.zip(Url::parse(origin).ok()) else {
            return false;
        };
        origin.scheme() == self.scheme
            && Authority::of(&origin)
                .is_some_and(|origin| Some(origin) == Authority::parse(&self.scheme, host))
    }

    /// What to change in the proxy before the portal, and in the configuration.
    pub(crate) fn remedy(&self) -> String {
        let Self {
            origin, nginx_host, ..
        } = self;
        format!(
            "If {origin} leads here again, a proxy replaces the Host header. Make the proxy pass it on: for nginx \
             `proxy_set_header Host {nginx_host};`, for Apache `ProxyPreserveHost On`. If browsers reach the portal at another address, \
             set it as `address` in [portal] of the configuration."
        )
    }
}
