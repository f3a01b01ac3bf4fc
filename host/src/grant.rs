//! Which origins a source may reach.
//!
//! | written | means |
//! | --- | --- |
//! | `https://graph.microsoft.com` | this host, port 443 |
//! | `https://proxy.contoso.com:8443` | this host and port |
//! | `http://127.0.0.1:4100`, `http://[::1]:4100`, `http://localhost:4100` | plain HTTP, to this machine only |
//!
//! No wildcards, no paths. Empty means that nothing is allowed.
//!
//! ```
//! use collector::grant::{Grants, Origin};
//!
//! let grants = Grants::new(["https://graph.microsoft.com".parse::<Origin>()?]);
//! assert!(grants.check(&"https://graph.microsoft.com/v1.0/users?$top=5".parse()?).is_ok());
//! assert_eq!(
//!     grants.check(&"https://graph.microsoft.us/v1.0".parse()?).unwrap_err().to_string(),
//!     "https://graph.microsoft.us is not granted; add \"https://graph.microsoft.us\" to http in [source.grants]"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::{Host, Url};

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    https: bool,
    host: Host<String>,
    port: u16,
}

/// Why a text is not an origin that can be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// It is not an `https://` or `http://` address.
    #[error("{0:?} is not an origin; an origin is scheme, host and port, such as https://graph.microsoft.com")]
    NotAnOrigin(String),
    /// It has more than scheme, host and port.
    #[error("{0:?} is more than an origin; leave out what comes after host and port")]
    More(String),
    /// It has a wildcard.
    #[error("{0:?} has a wildcard; name each host")]
    Wildcard(String),
    /// It is plain HTTP to another machine.
    #[error("{0:?} is plain HTTP to another machine; use https://, plain HTTP is for loopback addresses only")]
    Plain(String),
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let shown = || crate::text::plain(text).into_owned();
        if text.contains('*') {
            return Err(OriginError::Wildcard(shown()));
        }
        let url: Url = text.trim().parse().map_err(|_| OriginError::NotAnOrigin(shown()))?;
        let origin = Self::of(&url).ok_or_else(|| OriginError::NotAnOrigin(shown()))?;
        let more = !matches!(url.path(), "" | "/")
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        if more {
            return Err(OriginError::More(shown()));
        }
        if !origin.https && !origin.is_this_machine() {
            return Err(OriginError::Plain(shown()));
        }
        Ok(origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default) = if self.https { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port != default {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

impl Origin {
    /// The origin of an `https://` or `http://` URL.
    pub fn of(url: &Url) -> Option<Self> {
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        Some(Self { https, host: url.host()?.to_owned(), port: url.port_or_known_default()? })
    }

    /// Whether the host is called `localhost`.
    fn is_localhost(&self) -> bool {
        matches!(&self.host, Host::Domain(name) if name.eq_ignore_ascii_case("localhost"))
    }

    fn is_this_machine(&self) -> bool {
        match &self.host {
            Host::Domain(_) => self.is_localhost(),
            Host::Ipv4(address) => address.is_loopback() && *address != Ipv4Addr::UNSPECIFIED,
            Host::Ipv6(address) => *address == Ipv6Addr::LOCALHOST,
        }
    }
}

/// The origins that a source may reach.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    origins: Vec<Origin>,
}

/// An origin was not granted; the text holds the line that would grant it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not granted; add \"{0}\" to http in [source.grants]")]
pub struct Denied(String);

impl Grants {
    /// Grants for these origins and no others.
    pub fn new(origins: impl IntoIterator<Item = Origin>) -> Self {
        Self { origins: origins.into_iter().collect() }
    }

    /// The granted origin of a URL.
    ///
    /// # Errors
    /// It was not granted.
    pub fn check(&self, url: &Url) -> Result<&Origin, Denied> {
        let shown = |url: &Url| Origin::of(url).map_or_else(|| format!("{}:", url.scheme()), |origin| origin.to_string());
        let wanted = Origin::of(url).ok_or_else(|| Denied(shown(url)))?;
        self.origins.iter().find(|origin| **origin == wanted).ok_or_else(|| Denied(shown(url)))
    }

    /// The granted origins.
    pub fn iter(&self) -> impl Iterator<Item = &Origin> {
        self.origins.iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_accepted_is_written_back_the_same() {
        for text in [
            "https://graph.microsoft.com",
            "https://proxy.contoso.com:8443",
            "http://127.0.0.1:4100",
            "http://localhost",
            "http://[::1]:8080",
            "https://10.0.0.1",
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), text);
        }
        assert_eq!("HTTPS://Graph.Microsoft.com:443/".parse::<Origin>().unwrap().to_string(), "https://graph.microsoft.com");
    }

    #[test]
    fn what_is_no_origin_says_why() {
        let said = |text: &str| text.parse::<Origin>().unwrap_err().to_string();
        assert!(said("graph.microsoft.com").contains("is not an origin"));
        assert!(said("ftp://contoso.com").contains("is not an origin"));
        assert!(said("https://graph.microsoft.com/v1.0").contains("is more than an origin"));
        assert!(said("https://user:secret@contoso.com").contains("is more than an origin"));
        assert!(said("https://*.microsoft.com").contains("has a wildcard"));
        for elsewhere in ["http://contoso.com", "http://10.0.0.1", "http://0.0.0.0", "http://169.254.169.254", "http://localhost.contoso.com"] {
            assert!(said(elsewhere).contains("plain HTTP is for loopback addresses only"), "{elsewhere}");
        }
    }

    #[test]
    fn another_port_scheme_or_host_is_another_origin() {
        let grants = Grants::new(["https://contoso.com".parse().unwrap(), "http://127.0.0.1:4100".parse().unwrap()]);
        for granted in ["https://contoso.com/a?b", "https://CONTOSO.com:443/", "http://127.0.0.1:4100/v1.0"] {
            assert!(grants.check(&granted.parse().unwrap()).is_ok(), "{granted}");
        }
        for denied in [
            "http://contoso.com/",
            "https://contoso.com:444/",
            "https://a.contoso.com/",
            "https://contoso.com.evil.example/",
            "https://contoso.com@evil.example/",
            "http://127.0.0.1:4101/",
            "http://[::ffff:127.0.0.1]:4100/",
            "file:///etc/passwd",
        ] {
            assert!(grants.check(&denied.parse().unwrap()).is_err(), "{denied}");
        }
        assert!(Grants::default().check(&"https://contoso.com".parse().unwrap()).is_err());
    }

    proptest! {
        #[test]
        fn an_origin_reads_what_it_writes(host in "[a-z]{1,8}(\\.[a-z]{2,5}){0,2}", port in 1u16..) {
            let origin: Origin = format!("https://{host}:{port}").parse().unwrap();
            prop_assert_eq!(origin.to_string().parse::<Origin>().unwrap(), origin);
        }

        #[test]
        fn arbitrary_text_never_panics(text: String) {
            let _ = text.parse::<Origin>();
        }
    }
}
