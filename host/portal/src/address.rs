//! The address of the portal, and which requests are meant for it. One that names somebody else is refused: see `authority.rs`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use url::Url;

use crate::authority::{Authority, MeantFor};
use crate::fault::Fault;
use crate::portal::{Portal, see};

/// Where the portal is reached.
pub(crate) struct Address {
    scheme: String,
    own: Option<Authority>,
    /// Scheme, host and port, to lead there.
    origin: String,
    /// What nginx is to pass on as the name that browsers ask for.
    nginx_host: &'static str,
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
            // Its `$host` has no port.
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

    fn named(&self, request: &Request) -> Named {
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

    /// Whether the `Origin` of a request is the one that the request was sent to. Its `Host` was found to be ours.
    pub(crate) fn is_same_origin(&self, headers: &HeaderMap, origin: &str) -> bool {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let Some((host, origin)) = host.zip(Url::parse(origin).ok()) else {
            return false;
        };
        origin.scheme() == self.scheme
            && Authority::of(&origin)
                .is_some_and(|origin| Some(origin) == Authority::parse(&self.scheme, host))
    }

    /// What a proxy before the portal has to do, and what the configuration.
    fn remedy(&self) -> String {
        let Self {
            origin, nginx_host, ..
        } = self;
        format!(
            "If {origin} leads here again, a proxy replaces the name that browsers ask for, the header Host. Let it pass that on: with \
             nginx `proxy_set_header Host {nginx_host};`, with Apache `ProxyPreserveHost On`. If browsers reach the portal under another \
             address, write that as `address` in [portal] of the configuration."
        )
    }
}

/// Answers requests that name the portal, and no others. Who reads pages under another name of this machine is led to the name of the
/// settings: the consent page comes back there, and a session is of one name.
pub(crate) async fn only_ours(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let address = &portal.address;
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    match address.named(&request) {
        Named::Ours => next.run(request).await,
        Named::Alias if reads && !request.headers().contains_key(ORIGIN) => {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            see(&format!("{}{path}", address.origin))
        }
        Named::Alias => next.run(request).await,
        Named::Foreign => {
            let remedy = address.remedy();
            if portal.misdirected.is_due() {
                tracing::warn!(
                    "a request to the Admin Portal was refused, since it does not name {}: {remedy}",
                    address.origin
                );
            }
            Fault::new(
                StatusCode::MISDIRECTED_REQUEST,
                "This is not the address of the portal",
                format!("Open {} instead. {remedy}", address.origin),
            )
            .into_response()
        }
    }
}
