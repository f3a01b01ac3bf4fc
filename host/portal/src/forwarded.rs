//! Finds the client behind a proxy. A proxy appends the address of its client to `X-Forwarded-For`, after whatever the client wrote
//! there. So the header is read from its end, as far as proxies that the configuration trusts wrote it.
//!
//! RFC 7239's `Forwarded` is not read: a proxy that appends to one of the two headers passes on the other as the client wrote it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

use crate::ClientAddress;
use crate::portal::{Portal, client};

/// The header in which proxies name their clients.
const HEADER: &str = "x-forwarded-for";
/// Longest chain of proxies that is followed.
const HOPS: usize = 16;

/// The proxies that are trusted to name their clients.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Trusts all addresses of these networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether an address is that of a trusted proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client of a request with these headers from `peer`: the last address that is not a trusted proxy's. If a trusted proxy names no
    /// readable address, the proxy itself counts as the client.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let said = headers.get_all(HEADER);
        let hops = said
            .iter()
            .rev()
            // Split the bytes first: a client may have written invalid text, which must not hide what a proxy appended.
            .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
            .map(|hop| address(std::str::from_utf8(hop).ok()?))
            .take(HOPS);
        for hop in hops {
            match hop {
                Some(hop) if self.trusts(client) => client = hop,
                _ => break,
            }
        }
        client.to_canonical()
    }
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

/// Replaces the address of the connected peer by that of the client.
pub(crate) async fn find_client(
    State(portal): State<Arc<Portal>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = client(&request);
    let trusted = portal.proxies.trusts(peer);
    let speaks = request.headers().contains_key(HEADER);
    if speaks && !trusted && portal.untrusted.is_due() {
        tracing::warn!(
            "the Admin Portal ignores X-Forwarded-For from {peer}, which is not a trusted proxy: all its requests count as its own. If it is \
             your proxy, add it to `trusted-proxies` in [portal]"
        );
    }
    if !speaks && trusted && portal.silent.is_due() {
        tracing::warn!(
            "the trusted proxy {peer} sends no X-Forwarded-For header: one client that guesses passwords slows down all others behind it. \
             Make the proxy set the header: for nginx `proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`"
        );
    }
    let asks = portal.proxies.client(peer, request.headers());
    request.extensions_mut().insert(ClientAddress(asks));
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn headers(lines: &[&str]) -> HeaderMap {
        lines
            .iter()
            .map(|line| (HEADER.parse().unwrap(), HeaderValue::from_str(line).unwrap()))
            .collect()
    }

    fn proxies() -> TrustedProxies {
        let networks = ["127.0.0.1/32", "10.0.0.0/8", "2001:db8:aa::/48"];
        TrustedProxies::new(networks.map(|network| network.parse().unwrap()).to_vec())
    }

    fn found(peer: &str, lines: &[&str]) -> String {
        proxies().client(ip(peer), &headers(lines)).to_string()
    }

    #[test]
    fn what_is_no_text_hides_nothing_that_a_proxy_wrote_behind_it() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(b"\xe9, 203.0.113.9").unwrap();
        headers.insert(HEADER, value);
        assert_eq!(proxies().client(ip("127.0.0.1"), &headers), ip("203.0.113.9"));
    }

    #[test]
    fn the_last_address_that_is_no_trusted_proxy_asks() {
        for (peer, lines, client) in [
            ("127.0.0.1", &["192.0.2.1"][..], "192.0.2.1"),
            ("127.0.0.1", &["192.0.2.1, 10.1.1.1"], "192.0.2.1"),
            ("127.0.0.1", &["192.0.2.1", "10.1.1.1"], "192.0.2.1"),
            // What the client wrote itself comes before what the proxy saw.
            ("127.0.0.1", &["198.51.100.9, 192.0.2.1"], "192.0.2.1"),
            ("127.0.0.1", &["198.51.100.9", "192.0.2.1,10.1.1.1"], "192.0.2.1"),
            ("127.0.0.1", &["10.9.9.9, 192.0.2.1"], "192.0.2.1"),
            // Trusted proxies only.
            ("127.0.0.1", &["10.1.1.2, 10.1.1.1"], "10.1.1.2"),
            ("2001:db8:aa::1", &["2001:db8:bb::5"], "2001:db8:bb::5"),
            ("::ffff:127.0.0.1", &["::ffff:192.0.2.1"], "192.0.2.1"),
            ("127.0.0.1", &["192.0.2.1:4711"], "192.0.2.1"),
            ("127.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("127.0.0.1", &[" [2001:db8::1] "], "2001:db8::1"),
        ] {
            assert_eq!(found(peer, lines), client, "{peer} {lines:?}");
        }
    }

    #[test]
    fn a_stranger_is_not_believed_and_what_cannot_be_read_is_nobody() {
        for (peer, lines, client) in [
            ("192.0.2.1", &["198.51.100.9"][..], "192.0.2.1"),
            ("192.0.2.1", &["127.0.0.1"], "192.0.2.1"),
            ("127.0.0.1", &[][..], "127.0.0.1"),
            ("127.0.0.1", &[""], "127.0.0.1"),
            ("127.0.0.1", &["unknown"], "127.0.0.1"),
            ("127.0.0.1", &["192.0.2.1, _hidden"], "127.0.0.1"),
            ("127.0.0.1", &["192.0.2.1, rubbish, 10.1.1.1"], "10.1.1.1"),
        ] {
            assert_eq!(found(peer, lines), client, "{peer} {lines:?}");
        }
    }

    #[test]
    fn no_more_proxies_are_followed_than_anybody_has() {
        let line = vec!["10.1.1.1"; 1_000].join(",");
        assert_eq!(found("127.0.0.1", &["192.0.2.1", &line]), "10.1.1.1");
    }

    proptest! {
        #[test]
        fn whatever_a_client_writes_changes_nothing_of_what_its_proxy_saw(forged in "[ -~]{0,80}") {
            prop_assert_eq!(found("127.0.0.1", &[&format!("{forged},192.0.2.1")]), "192.0.2.1");
            prop_assert_eq!(found("127.0.0.1", &[&forged, "192.0.2.1, 10.1.1.1"]), "192.0.2.1");
            prop_assert_eq!(found("192.0.2.7", &[&forged]), "192.0.2.7");
        }
    }
}
