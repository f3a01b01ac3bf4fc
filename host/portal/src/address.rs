//! The address of the portal, and which requests are meant for it. A page of somebody else that makes a name of its own point here
//! (DNS rebinding) is refused by the name.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use url::{Host, Url};

use crate::fault::Fault;
use crate::portal::{Portal, see};

/// Where the portal is reached.
pub(crate) struct Address {
    scheme: String,
    own: Option<Authority>,
    /// Scheme, host and port, to lead there.
    origin: String,
}

/// Host and port.
#[derive(PartialEq, Eq)]
struct Authority {
    host: Host<String>,
    port: u16,
}

impl Authority {
    fn of(url: &Url) -> Option<Self> {
        Some(Self {
            host: url.host()?.to_owned(),
            port: url.port_or_known_default()?,
        })
    }

    fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        }
    }
}

/// How a request names the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// As the settings do.
    Ours,
    /// By another name of this machine.
    Alias,
    /// By a name that is not ours.
    Foreign,
}

impl Address {
    pub(crate) fn new(address: &Url) -> Self {
        Self {
            scheme: address.scheme().to_owned(),
            own: Authority::of(address),
            origin: address.origin().ascii_serialization(),
        }
    }

    /// The authority of a `Host` header; none when it is more or less than one.
    fn authority(&self, host: &str) -> Option<Authority> {
        let odd = |c: char| c.is_whitespace() || matches!(c, '/' | '\\' | '@' | '?' | '#');
        if host.is_empty() || host.contains(odd) {
            return None;
        }
        Authority::of(&Url::parse(&format!("{}://{host}/", self.scheme)).ok()?)
    }

    fn named(&self, host: &str) -> Named {
        match (self.authority(host), &self.own) {
            (Some(named), Some(own)) if named == *own => Named::Ours,
            (Some(named), Some(own))
                if named.port == own.port && named.is_loopback() && own.is_loopback() =>
            {
                Named::Alias
            }
            _ => Named::Foreign,
        }
    }

    /// Whether the `Origin` of a request is the one that the request was sent to. Its `Host` was found to be ours.
    pub(crate) fn is_same_origin(&self, headers: &HeaderMap, origin: &str) -> bool {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let Some((host, origin)) = host.zip(Url::parse(origin).ok()) else {
            return false;
        };
        origin.scheme() == self.scheme
            && Authority::of(&origin).is_some_and(|origin| Some(origin) == self.authority(host))
    }
}

/// Answers requests that name the portal, and no others. Who reads pages under another name of this machine is led to the name of the
/// settings: the consent page comes back there, and a session is of one name.
pub(crate) async fn only_ours(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => "",
    };
    // A request line with a whole URL names the host once more.
    let line = request.uri().authority().map(|authority| authority.as_str());
    let named = match line {
        Some(line) if portal.address.named(line) != portal.address.named(host) => Named::Foreign,
        _ => portal.address.named(host),
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    match named {
        Named::Ours => next.run(request).await,
        Named::Alias if reads && !request.headers().contains_key(ORIGIN) => {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            see(&format!("{}{path}", portal.address.origin))
        }
        Named::Alias => next.run(request).await,
        Named::Foreign => Fault::new(
            StatusCode::MISDIRECTED_REQUEST,
            "This is not the address of the portal",
            format!("Open {} instead.", portal.address.origin),
        )
        .into_response(),
    }
}
