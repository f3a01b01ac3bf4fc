//! `[portal]`: where the Admin Portal is served, and how browsers reach it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use collector_model::local::is_this_machine;
use ipnet::IpNet;
use url::Url;

use super::reader::Reader;
use super::secret::Folders;
use super::sign_in::SignIn;

/// `[portal]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    /// The address that it listens on: on loopback, unless there is a certificate. None if it is off.
    pub listen: Option<SocketAddr>,
    /// Its origin as browsers reach it, if configured; see [`Portal::address_at`].
    pub address: Option<Url>,
    /// The certificate chain and its private key, in one PEM file.
    pub certificate: Option<PathBuf>,
    /// Proxies in front of it that are trusted to name the client's address.
    pub trusted_proxies: Vec<IpNet>,
    /// The provider that signs people in, beside the portal's own accounts.
    pub sign_in: Option<SignIn>,
}

impl Default for Portal {
    fn default() -> Self {
        Self {
            listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9463))),
            address: None,
            certificate: None,
            trusted_proxies: Vec::new(),
            sign_in: None,
        }
    }
}

impl Portal {
    pub(super) fn read(mut reader: Reader<'_>, folders: Folders<'_>) -> Self {
        let mut portal = Self::default();
        match reader.string("listen").as_deref() {
            None => {}
            Some("off") => portal.listen = None,
            Some(text) => match text.parse() {
                Ok(address) => portal.listen = Some(address),
                Err(_) => reader.problem(
                    "listen",
                    &format!("{text:?} is not an address with a port"),
                    "write it like \"127.0.0.1:9463\", \"[::1]:9463\", or \"off\"",
                ),
            },
        }
        portal.certificate = reader.string("certificate").map(|path| folders.base.join(path));
        if let Some(listen) = portal.listen
            && !listen.ip().is_loopback()
            && portal.certificate.is_none()
        {
            reader.problem(
                "listen",
                &format!("other machines can reach {listen}, and without a certificate passwords would travel in the clear"),
                "add certificate = \"portal.pem\" (chain and private key in one PEM file), or listen on \"127.0.0.1:9463\"",
            );
        }
        let reached_from_elsewhere = portal.listen.is_some_and(|listen| !listen.ip().is_loopback());
        if reached_from_elsewhere && portal.certificate.is_some() && !reader.has("address") {
            reader.problem(
                "address",
                "it is missing, although other machines can reach the portal",
                "write the origin that browsers use, such as \"https://rooms.example.com\"",
            );
        }
        if let Some(text) = reader.string("address") {
            match origin(&text) {
                Ok(address) => portal.address = Some(address),
                Err(problem) => reader.problem(
                    "address",
                    &format!("{text:?} cannot be used: {problem}"),
                    "write the origin that browsers use, such as \"https://rooms.example.com\"",
                ),
            }
        }
        for text in reader.strings("trusted-proxies").unwrap_or_default() {
            match network(&text) {
                Some(network) if network.prefix_len() > 0 => portal.trusted_proxies.push(network),
                Some(_) => reader.problem(
                    "trusted-proxies",
                    &format!("{text:?} covers every address, so anyone could pose as anyone"),
                    "name the addresses of your proxies, such as [\"127.0.0.1\", \"10.1.0.0/16\"]",
                ),
                None => reader.problem(
                    "trusted-proxies",
                    &format!("{text:?} is neither an address nor a network"),
                    "write addresses and networks, such as [\"127.0.0.1\", \"10.1.0.0/16\"]",
                ),
            }
        }
        portal.sign_in = reader
            .table("sign-in")
            .and_then(|table| SignIn::read(table, folders));
        reader.finish();
        portal
    }

    /// Its origin as browsers reach it, given the address that it listens on: the configured one, or `localhost` with that port.
    pub fn address_at(&self, listens: SocketAddr) -> Option<Url> {
        self.address.clone().or_else(|| {
            let scheme = if self.certificate.is_some() {
                "https"
            } else {
                "http"
            };
            format!("{scheme}://localhost:{}", listens.port()).parse().ok()
        })
    }
}

/// Parses a network, or an address as a network of one.
fn network(text: &str) -> Option<IpNet> {
    let address = |text: &str| text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(|| address(text))
}

/// Parses an origin, which must use TLS or be on this machine.
fn origin(text: &str) -> Result<Url, String> {
    let address: Url = text
        .parse()
        .map_err(|error| format!("it is not a URL ({error})"))?;
    let is_this_machine = address.host_str().is_some_and(is_this_machine);
    match address.scheme() {
        "https" => {}
        "http" if is_this_machine => {}
        "http" => return Err("plain http is allowed only for this machine".into()),
        _ => return Err("it is not https".into()),
    }
    if !address.username().is_empty() || address.password().is_some() {
        return Err("it contains a user name or password".into());
    }
    if address.path() != "/" || address.query().is_some() || address.fragment().is_some() {
        return Err("it has more than scheme, host and port".into());
    }
    Ok(address)
}
