//! Origins, and which of them a source may reach. Only named origins are granted.
//!
//! | accepted | refused |
//! | --- | --- |
//! | `https://graph.microsoft.com` | `graph.microsoft.com` (no scheme) |
//! | `https://graph.example:8443` | `https://*.microsoft.com` (wildcards) |
//! | `http://127.0.0.1:4100`, `http://[::1]:4100`, `http://localhost:4100` | `http://graph.microsoft.com` (plain, not loopback) |
//! | `https://10.1.2.3` (reaches that private address) | `https://graph.microsoft.com/v1.0`, `https://user@host`, `https://host?q` |
//!
//! A grant is the exact scheme, host and port. A name is reached at public addresses only; if it was granted as *private* ([`Grant`]), also
//! at the addresses that can be granted by number. The endpoint that issues tokens of a managed identity has a grant of its own, for the
//! collector alone: a [`LocalOrigin`] on this machine or its link (`http://169.254.169.254`). [`crate::http`] checks what a name resolves
//! to.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use collector_model::local::{is_localhost, is_loopback};
use url::{Host, Url};

/// Scheme, host and port of a URL (RFC 6454).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    secure: bool,
    host: Host<String>,
    port: u16,
}

/// Why a text is not an origin that can be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not a URL at all.
    #[error("{text:?} is not an origin ({cause}); write it like \"https://graph.microsoft.com\"")]
    Malformed {
        /// The text as written.
        text: String,
        /// The parser's words.
        cause: String,
    },
    /// It contains a `*`.
    #[error("{0:?} contains a wildcard; name each origin, like \"https://graph.microsoft.com\"")]
    Wildcard(String),
    /// It contains more than scheme, host and port.
    #[error("{text:?} contains more than scheme, host and port; write {origin:?}")]
    Surplus {
        /// The text as written, without user name and password.
        text: String,
        /// What it should have been.
        origin: String,
    },
    /// `http` to another machine.
    #[error(
        "{0:?} is not encrypted; use https://, since plain http:// is allowed only for loopback addresses (127.0.0.1, [::1], localhost)"
    )]
    Plain(String),
    /// It is neither on this machine nor on its link.
    #[error(
        "{0:?} cannot be the endpoint of a managed identity, which has a loopback (127.0.0.1, localhost) or link-local address (169.254.0.0/16)"
    )]
    NotLocal(String),
}

impl Origin {
    /// The origin of a URL; none for other schemes than `http` and `https`.
    pub fn of(url: &Url) -> Option<Self> {
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        Some(Self {
            secure,
            host: url.host()?.to_owned(),
            port: url.port_or_known_default()?,
        })
    }

    /// Whether requests to it are encrypted.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The address, if the host is written as a number.
    pub fn address(&self) -> Option<IpAddr> {
        match &self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some((*address).into()),
            Host::Ipv6(address) => Some((*address).into()),
        }
    }

    /// The host: a name or an address.
    pub fn host(&self) -> &Host<String> {
        &self.host
    }

    /// The port; if none is written, the scheme's.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is this machine by name: `localhost`.
    pub fn is_localhost(&self) -> bool {
        matches!(&self.host, Host::Domain(name) if is_localhost(name))
    }

    /// Whether it is this machine, by name or by number.
    pub fn is_loopback(&self) -> bool {
        self.is_localhost() || self.address().is_some_and(is_loopback)
    }

    fn is_link_local(&self) -> bool {
        match self.address() {
            Some(IpAddr::V4(address)) => address.is_link_local(),
            Some(IpAddr::V6(address)) => address.is_unicast_link_local(),
            None => false,
        }
    }

    /// Reads a text that consists of scheme, host and port alone.
    fn read(text: &str) -> Result<Self, OriginError> {
        if text.contains('*') {
            return Err(OriginError::Wildcard(text.to_owned()));
        }
        let malformed = |cause: String| OriginError::Malformed {
            text: text.to_owned(),
            cause,
        };
        let mut url = Url::parse(text).map_err(|cause| malformed(cause.to_string()))?;
        let origin = Self::of(&url).ok_or_else(|| malformed("neither https:// nor http://".to_owned()))?;
        let user = !url.username().is_empty() || url.password().is_some();
        if user || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            // The text may contain a password: it must not be repeated.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            return Err(OriginError::Surplus {
                text: url.to_string(),
                origin: origin.to_string(),
            });
        }
        Ok(origin)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let origin = Self::read(text)?;
        if !origin.secure && !origin.is_loopback() {
            return Err(OriginError::Plain(text.to_owned()));
        }
        Ok(origin)
    }
}

/// An origin on this machine or its link, where a managed identity has its endpoint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalOrigin(Origin);

impl LocalOrigin {
    /// The origin.
    pub fn origin(&self) -> &Origin {
        &self.0
    }
}

impl FromStr for LocalOrigin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let origin = Origin::read(text)?;
        if origin.is_loopback() || origin.is_link_local() {
            Ok(Self(origin))
        } else {
            Err(OriginError::NotLocal(text.to_owned()))
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.secure { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port != usual {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

/// An origin that may be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The origin.
    pub origin: Origin,
    /// Whether its name may resolve to private addresses.
    pub private: bool,
}

impl From<Origin> for Grant {
    fn from(origin: Origin) -> Self {
        let private = false;
        Self { origin, private }
    }
}

/// The origins that a source may reach.
#[derive(Debug, Clone)]
pub struct Grants {
    /// Each with whether its name may resolve to private addresses.
    origins: Arc<BTreeMap<Origin, bool>>,
    /// Whether these are endpoints of managed identities.
    identity: bool,
}

impl Grants {
    /// Grants exactly these origins, none of them private.
    pub fn new(origins: impl IntoIterator<Item = Origin>) -> Self {
        Self::of(origins.into_iter().map(Grant::from))
    }

    /// Grants exactly these origins.
    pub fn of(grants: impl IntoIterator<Item = Grant>) -> Self {
        let mut origins = BTreeMap::new();
        for Grant { origin, private } in grants {
            *origins.entry(origin).or_insert(private) &= private;
        }
        Self {
            origins: Arc::new(origins),
            identity: false,
        }
    }

    /// The endpoints where the collector itself may ask for a managed identity. No connector gets a client with these.
    pub fn of_identity(origins: impl IntoIterator<Item = LocalOrigin>) -> Self {
        Self {
            origins: Arc::new(origins.into_iter().map(|origin| (origin.0, false)).collect()),
            identity: true,
        }
    }

    /// Whether these are endpoints of managed identities.
    pub(crate) fn is_identity(&self) -> bool {
        self.identity
    }

    /// The grant that covers the URL.
    ///
    /// # Errors
    /// No grant covers it; the text contains the line that would add one.
    pub fn check(&self, url: &Url) -> Result<&Origin, Denied> {
        let Some(origin) = Origin::of(url) else {
            return Err(Denied::Scheme(url.scheme().to_owned()));
        };
        match self.origins.get_key_value(&origin) {
            Some((granted, _)) => Ok(granted),
            None if !origin.secure && !origin.is_loopback() => Err(Denied::Plain(origin)),
            None => Err(Denied::NotGranted(origin)),
        }
    }

    /// All of them, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &Origin> {
        self.origins.keys()
    }

    /// Whether some origin has this name, and if so, whether all such origins may resolve to private addresses: the resolver does not know
    /// the port.
    pub(crate) fn of_name(&self, name: &str) -> Option<bool> {
        let has_name = |origin: &Origin| matches!(origin.host(), Host::Domain(known) if known == name);
        let named = self.origins.iter().filter(|(origin, _)| has_name(origin));
        named
            .map(|(_, private)| *private)
            .reduce(|one, other| one && other)
    }
}

/// Why a URL may not be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Its origin is not among the grants.
    #[error("{0} is not granted to this source; add \"{0}\" to http in [source.grants]")]
    NotGranted(Origin),
    /// `http` to another machine cannot be granted.
    #[error(
        "{0} is not encrypted, and plain http:// can be granted only for loopback addresses; use https://"
    )]
    Plain(Origin),
    /// Neither `http` nor `https`.
    #[error("the scheme {0}: cannot be granted; only https:// can, and http:// to a loopback address")]
    Scheme(String),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn an_origin_is_printed_without_its_usual_port() {
        for (text, printed) in [
            ("https://graph.microsoft.com", "https://graph.microsoft.com"),
            ("HTTPS://Graph.Microsoft.com:443/", "https://graph.microsoft.com"),
            ("https://graph.example:8443", "https://graph.example:8443"),
            ("http://127.0.0.1:4100", "http://127.0.0.1:4100"),
            ("http://127.1:80", "http://127.0.0.1"),
            ("http://[::1]:4100", "http://[::1]:4100"),
            ("http://localhost:4100", "http://localhost:4100"),
            ("https://10.1.2.3", "https://10.1.2.3"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_with_what_to_write_instead() {
        for (text, error) in [
            (
                "graph.microsoft.com",
                "\"graph.microsoft.com\" is not an origin (relative URL without a base); write it like \"https://graph.microsoft.com\"",
            ),
            (
                "ftp://example.com",
                "\"ftp://example.com\" is not an origin (neither https:// nor http://); write it like \"https://graph.microsoft.com\"",
            ),
            (
                "https://*.microsoft.com",
                "\"https://*.microsoft.com\" contains a wildcard; name each origin, like \"https://graph.microsoft.com\"",
            ),
            (
                "https://graph.microsoft.com/v1.0",
                "\"https://graph.microsoft.com/v1.0\" contains more than scheme, host and port; write \"https://graph.microsoft.com\"",
            ),
            (
                "https://h?q=1",
                "\"https://h/?q=1\" contains more than scheme, host and port; write \"https://h\"",
            ),
            (
                "https://joe:pass@h",
                "\"https://h/\" contains more than scheme, host and port; write \"https://h\"",
            ),
            (
                "http://graph.microsoft.com",
                "\"http://graph.microsoft.com\" is not encrypted; use https://, since plain http:// is allowed only for loopback addresses (127.0.0.1, [::1], localhost)",
            ),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap_err().to_string(), error);
        }
        for text in [
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://[::2]",
        ] {
            assert!(
                matches!(text.parse::<Origin>(), Err(OriginError::Plain(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_denial_holds_the_line_that_would_grant_it() {
        let grants = Grants::new(["https://graph.microsoft.com".parse().unwrap()]);
        assert!(
            grants
                .check(&url("https://graph.microsoft.com/v1.0/places?$top=1"))
                .is_ok()
        );
        assert!(grants.check(&url("https://GRAPH.microsoft.com:443/")).is_ok());
        for (text, error) in [
            (
                "https://graph.microsoft.com:8443/",
                "https://graph.microsoft.com:8443 is not granted to this source; add \"https://graph.microsoft.com:8443\" to http in [source.grants]",
            ),
            (
                "https://evil.graph.microsoft.com/",
                "https://evil.graph.microsoft.com is not granted to this source; add \"https://evil.graph.microsoft.com\" to http in [source.grants]",
            ),
            (
                "http://graph.microsoft.com/",
                "http://graph.microsoft.com is not encrypted, and plain http:// can be granted only for loopback addresses; use https://",
            ),
            (
                "file:///etc/passwd",
                "the scheme file: cannot be granted; only https:// can, and http:// to a loopback address",
            ),
        ] {
            assert_eq!(grants.check(&url(text)).unwrap_err().to_string(), error);
        }
    }

    #[test]
    fn an_identity_is_granted_on_this_machine_and_its_link_only() {
        for text in [
            "http://169.254.169.254",
            "http://169.254.129.2:8081",
            "http://localhost:42356",
            "http://127.0.0.1:41741",
            "http://[fe80::1]",
        ] {
            assert_eq!(text.parse::<LocalOrigin>().unwrap().origin().to_string(), text);
        }
        for text in [
            "http://10.0.0.1",
            "https://login.microsoftonline.com",
            "http://169.253.0.1",
            "https://168.63.129.16",
            "http://localhost.example.com",
        ] {
            assert!(
                matches!(text.parse::<LocalOrigin>(), Err(OriginError::NotLocal(_))),
                "{text}"
            );
        }
        assert!(matches!(
            "http://169.254.169.254".parse::<Origin>(),
            Err(OriginError::Plain(_))
        ));
    }

    #[test]
    fn a_name_is_private_when_all_its_origins_are() {
        let grants = |all: &[(&str, bool)]| {
            Grants::of(all.iter().map(|(origin, private)| Grant {
                origin: origin.parse().unwrap(),
                private: *private,
            }))
        };
        let (one, other) = ("https://calendar.corp", "https://calendar.corp:8443");
        for (all, private) in [
            (&[(one, true)][..], Some(true)),
            (&[(one, true), (other, true)], Some(true)),
            (&[(one, true), (other, false)], Some(false)),
            (&[(one, true), (one, false)], Some(false)),
            (&[("https://other.corp", true)], None),
        ] {
            assert_eq!(grants(all).of_name("calendar.corp"), private, "{all:?}");
        }
    }

    #[test]
    fn without_grants_nothing_is_reached() {
        assert!(
            Grants::new([])
                .check(&url("https://graph.microsoft.com/"))
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn any_text_is_an_origin_that_reads_back_the_same_or_an_error(text in "(https?://)?[a-z0-9.\\[\\]:@/?#*-]{0,24}") {
            if let Ok(origin) = text.parse::<Origin>() {
                prop_assert_eq!(origin.to_string().parse::<Origin>().unwrap(), origin);
            }
        }
    }
}
