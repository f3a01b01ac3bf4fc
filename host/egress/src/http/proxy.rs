//! The proxy of a company's network: its address, and the origins that it serves. Pure; the client connects.
//!
//! | written | bypasses the proxy |
//! | --- | --- |
//! | `calendar.corp` | that name alone |
//! | `.corp.example` | every name with this ending |
//! | `10.1.2.3`, `10.0.0.0/8`, `fd00::/8` | origins written as such a number; names are not resolved for this |
//!
//! This machine is never reached through a proxy, and only `https` is tunnelled: plain `http` is for this machine alone.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use secrecy::SecretString;
use url::{Host, Url};

use crate::grant::Origin;

/// The address of a proxy: `http://proxy.corp:3128`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyAddress(Url);

/// Why a text is not the address of a proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyAddressError {
    /// It contains a user name or a password. The text is not repeated.
    #[error("it contains a user name or a password")]
    Login,
    /// It begins with something other than `http://`.
    #[error("a proxy is supported only with http://, not with {0}:")]
    Scheme(String),
    /// It has more than scheme, host and port, or is no address at all. The text is not repeated: it may contain a password.
    #[error("it is not the address of a proxy")]
    Malformed,
}

impl ProxyAddress {
    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    /// The name of its host; none for a number.
    pub(super) fn name(&self) -> Option<&str> {
        self.0.domain()
    }
}

impl FromStr for ProxyAddress {
    type Err = ProxyAddressError;

    fn from_str(text: &str) -> Result<Self, ProxyAddressError> {
        let url = Url::parse(text.trim()).map_err(|_| ProxyAddressError::Malformed)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ProxyAddressError::Login);
        }
        match url.scheme() {
            "http" => {}
            // `proxy.corp:3128` looks like a scheme.
            "https" | "socks4" | "socks4a" | "socks5" | "socks5h" => {
                return Err(ProxyAddressError::Scheme(url.scheme().to_owned()));
            }
            _ => return Err(ProxyAddressError::Malformed),
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(ProxyAddressError::Malformed);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// What bypasses the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bypass {
    /// A name.
    Name(String),
    /// The end of names, from a dot on.
    Suffix(String),
    /// Numbers.
    Net(IpNet),
}

/// Why a text does not tell what bypasses the proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host name, a domain that begins with a dot, an IP address or a network")]
pub struct BypassError(String);

impl Bypass {
    fn covers(&self, host: &Host<String>) -> bool {
        let is_in = |address: IpAddr| matches!(self, Self::Net(net) if net.contains(&address));
        match host {
            Host::Ipv4(address) => is_in((*address).into()),
            Host::Ipv6(address) => is_in((*address).into()),
            Host::Domain(name) => {
                // A name may end with the root's dot.
                let name = name.trim_end_matches('.');
                match self {
                    Self::Name(known) => name == known,
                    Self::Suffix(suffix) => name.ends_with(suffix.as_str()),
                    Self::Net(_) => false,
                }
            }
        }
    }
}

impl FromStr for Bypass {
    type Err = BypassError;

    fn from_str(text: &str) -> Result<Self, BypassError> {
        let trimmed = text.trim();
        if let Ok(net) = trimmed.parse::<IpNet>() {
            return Ok(Self::Net(net));
        }
        if let Ok(address) = trimmed.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(Self::Net(address.into()));
        }
        let (suffix, name) = match trimmed.strip_prefix('.') {
            Some(name) => (true, name),
            None => (false, trimmed),
        };
        let is_name = !name.is_empty() && !name.starts_with('.') && !name.contains('*');
        match Host::parse(name) {
            Ok(Host::Domain(name)) if is_name => {
                let name = name.trim_end_matches('.');
                Ok(if suffix {
                    Self::Suffix(format!(".{name}"))
                } else {
                    Self::Name(name.to_owned())
                })
            }
            _ => Err(BypassError(text.to_owned())),
        }
    }
}

/// A proxy, and how it is used.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// The proxy's address.
    pub address: ProxyAddress,
    /// The user name and its password; only the proxy gets them.
    pub login: Option<(String, SecretString)>,
    /// What bypasses the proxy.
    pub bypass: Vec<Bypass>,
}

impl Proxy {
    /// Whether an origin is reached through the proxy.
    pub(super) fn is_for(&self, origin: &Origin) -> bool {
        origin.is_secure()
            && !origin.is_loopback()
            && !self.bypass.iter().any(|bypass| bypass.covers(origin.host()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_address_of_a_proxy_holds_nothing_else() {
        for (text, shown) in [
            ("http://proxy.corp:3128", "http://proxy.corp:3128"),
            ("http://Proxy.corp", "http://proxy.corp"),
            (" http://10.1.2.3:8080/ ", "http://10.1.2.3:8080"),
            ("http://[fd00::1]:3128", "http://[fd00::1]:3128"),
        ] {
            assert_eq!(text.parse::<ProxyAddress>().unwrap().to_string(), shown);
        }
        for (text, error) in [
            ("http://joe:s3cret@proxy.corp:3128", ProxyAddressError::Login),
            ("http://joe@proxy.corp:3128", ProxyAddressError::Login),
            ("https://joe:s3cret@proxy.corp", ProxyAddressError::Login),
            ("https://proxy.corp", ProxyAddressError::Scheme("https".into())),
            (
                "socks5://proxy.corp:1080",
                ProxyAddressError::Scheme("socks5".into()),
            ),
            ("proxy.corp:3128", ProxyAddressError::Malformed),
            ("proxy.corp", ProxyAddressError::Malformed),
            ("http://proxy.corp:3128/proxy.pac", ProxyAddressError::Malformed),
            ("", ProxyAddressError::Malformed),
        ] {
            assert_eq!(text.parse::<ProxyAddress>(), Err(error), "{text}");
        }
    }

    fn is_direct(bypass: &str, origin: &str) -> bool {
        let proxy = Proxy {
            address: "http://proxy.corp:3128".parse().unwrap(),
            login: None,
            bypass: bypass
                .split_whitespace()
                .map(|text| text.parse().unwrap())
                .collect(),
        };
        !proxy.is_for(&origin.parse().unwrap())
    }

    #[test]
    fn names_ends_of_names_and_networks_go_past_the_proxy() {
        for (bypass, origin, direct) in [
            ("", "https://graph.microsoft.com", false),
            ("calendar.corp", "https://calendar.corp", true),
            ("Calendar.CORP.", "https://calendar.corp:8443", true),
            ("calendar.corp", "https://calendar.corp.", true),
            ("calendar.corp", "https://a.calendar.corp", false),
            ("calendar.corp", "https://mycalendar.corp", false),
            (".corp", "https://calendar.corp", true),
            (".corp", "https://a.b.corp", true),
            (".corp", "https://corp", false),
            (".corp", "https://evilcorp", false),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://11.1.2.3", false),
            ("10.1.2.3", "https://10.1.2.3", true),
            ("fd00::/8", "https://[fd12::1]", true),
            ("[fd12::1]", "https://[fd12::1]", true),
            ("b\u{fc}ro.example", "https://xn--bro-hoa.example", true),
            ("other .corp", "https://calendar.corp", true),
            ("", "https://127.0.0.1:8443", true),
            ("", "https://localhost:8443", true),
            ("", "http://127.0.0.1:4100", true),
        ] {
            assert_eq!(is_direct(bypass, origin), direct, "{bypass} {origin}");
        }
    }

    #[test]
    fn what_says_nothing_about_hosts_is_refused() {
        for text in [
            "",
            ".",
            "..corp",
            "*",
            "*.corp",
            "https://calendar.corp",
            "calendar.corp:443",
            "a b",
            "10.0.0.0/33",
        ] {
            assert_eq!(text.parse::<Bypass>(), Err(BypassError(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(https?://)?[a-z0-9.:@/*\\[\\]-]{0,24}") {
            let _ = text.parse::<Bypass>();
            if let Ok(address) = text.parse::<ProxyAddress>() {
                prop_assert_eq!(address.to_string().parse::<ProxyAddress>().unwrap(), address);
            }
        }
    }
}
