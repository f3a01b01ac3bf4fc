//! How a request names the server that it is meant for. A page of somebody else can make a name of its own point at this machine (DNS
//! rebinding), and then a browser sends that name: who serves only to this machine looks whether the name is its own.

use axum::http::header::HOST;
use axum::http::{HeaderMap, Request};
use url::{Host, Url};

/// Host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// A name in lower case, or an address.
    pub host: Host<String>,
    /// That of the scheme where none is written.
    pub port: u16,
}

/// What a request says of whom it is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeantFor {
    /// Nobody: HTTP/1.0 knows no names. No browser leaves them out.
    Nobody,
    /// This one.
    One(Authority),
    /// Several, or what is no host and port.
    Unclear,
}

impl Authority {
    /// Host and port of a URL; none when it has no host, or no port is known for its scheme.
    pub fn of(url: &Url) -> Option<Self> {
        Some(Self {
            host: url.host()?.to_owned(),
            port: url.port_or_known_default()?,
        })
    }

    /// Host and port as a `Host` header has them; none when the text is more or less than that. `scheme` is `http` or `https`.
    pub fn parse(scheme: &str, text: &str) -> Option<Self> {
        // `localhost.` is the same name, written whole.
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

    /// Whether it is an address or `localhost`. No name that somebody else made is one of these.
    pub fn is_address_or_localhost(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(_) | Host::Ipv6(_) => true,
        }
    }

    /// Whether it is this machine's name for itself.
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        }
    }
}

impl MeantFor {
    /// What a request says, in its `Host` and, where the request line has a whole URL, there once more. `scheme` is what it is served with.
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
