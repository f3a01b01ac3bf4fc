//! Out of a company's network: through its proxy, with its own authority, to names that only the company resolves.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use e2e::CompanyProxy;
use graph_sim::{Simulator, Tenant};

use super::egress::Names;
use super::server::{Server, reply};
use super::*;
use crate::grant::Grant;
use crate::http::{Authorities, Gate, Network, Proxy};

const GRAPH: &str = "https://graph.contoso.test";
const LOGIN: Option<(&str, &str)> = Some(("svc-rooms", "pr0xy-passw0rd"));

/// A service of the company with a certificate of the company's own authority, and its address.
fn service() -> (Simulator, SocketAddr, Authorities) {
    let simulator = Simulator::start_tls(Tenant::new("contoso.com")).unwrap();
    let address = simulator
        .url()
        .replace("https://localhost", "127.0.0.1")
        .parse()
        .unwrap();
    let authorities = Authorities::read(simulator.ca_pem().unwrap().as_bytes()).unwrap();
    (simulator, address, authorities)
}

fn through(url: &str, login: Option<(&str, &str)>, bypass: &[&str]) -> Option<Proxy> {
    Some(Proxy {
        address: url.parse().unwrap(),
        login: login.map(|(user, password)| (user.to_owned(), password.into())),
        bypass: bypass.iter().map(|text| text.parse().unwrap()).collect(),
    })
}

/// Asks for `origin`, which is granted. Only these names resolve.
async fn ask(
    origin: &str,
    private: bool,
    network: Network,
    names: &[(&'static str, &str)],
) -> Result<u16, FetchError> {
    let grants = Grants::of([Grant {
        origin: origin.parse().unwrap(),
        private,
    }]);
    let names = names
        .iter()
        .map(|(name, address)| (*name, vec![address.parse().unwrap()]));
    let lookup = Arc::new(Names(BTreeMap::from_iter(names)));
    let limits = Limits {
        attempts: 2,
        ..quick()
    };
    let client = Client::build(Arc::new(Gate::new(1)), grants, network, limits, lookup).unwrap();
    let answer = client
        .fetch(get(format!("{origin}/v1.0/places")), None, soon())
        .await;
    let passing = matches!(&answer, Err(error) if error.is_unreachable());
    // A wrong password is not sent again: the proxy would lock the account after too many.
    assert!(client.traffic().requests <= if passing { 2 } else { 1 });
    answer.map(|answer| answer.status)
}

#[tokio::test]
async fn an_origin_is_reached_through_the_proxy_and_only_the_proxy_resolves_its_name() {
    let (_simulator, address, authorities) = service();
    let proxy = CompanyProxy::start(&[("graph.contoso.test", address)], LOGIN).unwrap();
    let network = Network {
        proxy: through(&proxy.url(), LOGIN, &["other.contoso.test", ".corp"]),
        authorities,
        ..Network::default()
    };
    // The simulator asks for a token.
    assert_eq!(ask(GRAPH, false, network.clone(), &[]).await, Ok(401));
    assert_eq!(proxy.asked(), ["graph.contoso.test:443"]);

    let unknown = ask("https://evil.contoso.test", false, network, &[])
        .await
        .unwrap_err();
    let url = proxy.url();
    assert_eq!(
        unknown,
        FetchError::ConnectionRefused(format!(
            "the proxy {url} did not connect to https://evil.contoso.test: it refuses that host, or cannot reach it; allow the host in \
             the proxy's rules, or add it to no-proxy in [egress] if it can be reached directly"
        ))
    );
    assert_eq!(proxy.asked().len(), 1);
}

#[tokio::test]
async fn a_proxy_that_wants_to_know_who_asks_is_told_which_keys_are_wrong() {
    let (_simulator, address, authorities) = service();
    let proxy = CompanyProxy::start(&[("graph.contoso.test", address)], LOGIN).unwrap();
    for (login, said) in [
        (
            None,
            "requires a user name and a password (407); set proxy-user and proxy-password in [egress]",
        ),
        (
            Some(("svc-rooms", "wr0ng-passw0rd")),
            "refused the user name and password (407); correct proxy-user and proxy-password in [egress]",
        ),
    ] {
        let network = Network {
            proxy: through(&proxy.url(), login, &[]),
            authorities: authorities.clone(),
            ..Network::default()
        };
        let error = ask(GRAPH, false, network, &[]).await.unwrap_err();
        let FetchError::Proxy(text) = &error else {
            panic!("{error}")
        };
        assert!(
            text.starts_with(&format!("the proxy {} {said}", proxy.url())),
            "{text}"
        );
        assert!(!format!("{error:?}").contains("wr0ng"), "{error:?}");
    }
    assert_eq!(proxy.asked(), [""; 0]);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named_and_not_the_service() {
    // A port that was free a moment ago, and an unknown name.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for url in [format!("http://{closed}"), "http://proxy.corp:3128".to_owned()] {
        let network = Network {
            proxy: through(&url, None, &[]),
            ..Network::default()
        };
        let error = ask(GRAPH, false, network, &[]).await.unwrap_err();
        assert!(error.is_unreachable(), "{error}");
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("cannot connect to the proxy {url}: ")),
            "{text}"
        );
        assert!(
            text.ends_with("check that it is running, and `proxy` in [egress]"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_proxy_that_says_nothing_is_named_and_not_the_service() {
    // The system accepts connections, but nothing answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let network = Network {
        proxy: through(&url, None, &[]),
        ..Network::default()
    };
    let limits = Limits {
        attempts: 1,
        connect: Duration::from_millis(200),
        ..quick()
    };
    let grants = Grants::new([GRAPH.parse().unwrap()]);
    let client = Client::behind(Arc::new(Gate::new(1)), grants, network, limits).unwrap();
    let error = client.fetch(get(GRAPH.into()), None, soon()).await.err();
    let said = format!(
        "the connection to {GRAPH} through the proxy {url} timed out; check that the proxy is running, and `proxy` in [egress]"
    );
    assert_eq!(error, Some(FetchError::ConnectionTimeout(said)));
}

#[tokio::test]
async fn a_proxy_may_have_a_name_that_resolves_to_a_private_address() {
    let (_simulator, address, authorities) = service();
    let proxy = CompanyProxy::start(&[("graph.contoso.test", address)], None).unwrap();
    let network = Network {
        proxy: through(
            &format!("http://proxy.corp:{}", proxy.address().port()),
            None,
            &[],
        ),
        authorities,
        ..Network::default()
    };
    let names = [("proxy.corp", "127.0.0.1")];
    assert_eq!(ask(GRAPH, false, network, &names).await, Ok(401));
}

#[tokio::test]
async fn what_goes_past_the_proxy_is_reached_directly() {
    let (_simulator, address, authorities) = service();
    let proxy = CompanyProxy::start(&[], None).unwrap();
    let network = Network {
        proxy: through(&proxy.url(), None, &[".contoso.test"]),
        authorities,
        ..Network::default()
    };
    let origin = format!("{GRAPH}:{}", address.port());
    let names = [("graph.contoso.test", "127.0.0.1")];
    assert_eq!(ask(&origin, true, network.clone(), &names).await, Ok(401));
    let server = Server::always(reply(200, "", "")).await;
    let here = server.origin().to_string();
    assert_eq!(ask(&here, false, network, &[]).await, Ok(200));
    assert_eq!(proxy.asked(), [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_reached_through_a_proxy_is_told_with_the_key_that_leads_past_it() {
    // The client asks for no certificate of an IPv6 number beyond a proxy.
    let (_simulator, address, authorities) = service();
    let proxy = CompanyProxy::start(&[("[2606:4700::1]", address)], None).unwrap();
    let network = Network {
        proxy: through(&proxy.url(), None, &[]),
        authorities,
        ..Network::default()
    };
    let error = ask("https://[2606:4700::1]", false, network, &[])
        .await
        .unwrap_err();
    let FetchError::ConnectionRefused(text) = &error else {
        panic!("{error}")
    };
    let said = format!(
        "cannot connect to https://[2606:4700::1] through the proxy {}: ",
        proxy.url()
    );
    assert!(
        text.starts_with(&said)
            && text.ends_with("if it can be reached directly, add it to no-proxy in [egress]"),
        "{text}"
    );
}

#[tokio::test]
async fn a_name_leads_to_a_private_address_only_where_that_was_granted() {
    let (_simulator, address, authorities) = service();
    let network = Network {
        authorities,
        ..Network::default()
    };
    let origin = format!("{GRAPH}:{}", address.port());
    let names = [("graph.contoso.test", "127.0.0.1")];
    assert_eq!(ask(&origin, true, network.clone(), &names).await, Ok(401));
    let error = ask(&origin, false, network.clone(), &names).await.unwrap_err();
    assert_eq!(
        error,
        FetchError::DestinationProhibited(
            "graph.contoso.test resolves only to addresses that are not public: 127.0.0.1 (loopback); if that is intended, write \
             { origin = \"https://graph.contoso.test\", private = true } (with its port) in http of [source.grants]"
                .into()
        )
    );
    for never in [
        "169.254.169.254",
        "fd00:ec2::254",
        "64:ff9b::a9fe:a9fe",
        "::ffff:127.0.0.1",
    ] {
        let error = ask(&origin, true, network.clone(), &[("graph.contoso.test", never)])
            .await
            .unwrap_err();
        assert!(
            matches!(error, FetchError::DestinationProhibited(_)),
            "{never}: {error}"
        );
    }
}

#[tokio::test]
async fn an_authority_that_nobody_named_is_not_trusted_and_the_key_to_set_is_said() {
    let (_simulator, address, _) = service();
    let (_other, _, foreign) = service();
    let proxy = CompanyProxy::start(&[("graph.contoso.test", address)], None).unwrap();
    for authorities in [Authorities::default(), foreign] {
        let network = Network {
            proxy: through(&proxy.url(), None, &[]),
            authorities,
            ..Network::default()
        };
        let error = ask(GRAPH, false, network, &[]).await.unwrap_err();
        let FetchError::Tls(text) = &error else {
            panic!("{error}")
        };
        assert!(text.contains("name its PEM file as `ca` in [egress]"), "{text}");
    }
}

#[tokio::test]
async fn the_network_tells_of_its_translators_and_what_is_behind_them_is_judged() {
    let private = ("files.example", "2a01:4f8:64::10.0.0.1");
    for (network, told) in [
        (Network::default(), "2a01:4f8:64::192.0.0.170"),
        (
            Network {
                nat64: vec!["2a01:4f8:64::/96".parse().unwrap()],
                ..Network::default()
            },
            "192.0.0.170",
        ),
    ] {
        let names = [private, ("ipv4only.arpa", told)];
        let error = ask("https://files.example", false, network, &names)
            .await
            .unwrap_err();
        assert_eq!(
            error,
            FetchError::DestinationProhibited(
                "files.example resolves only to addresses that are not public: 2a01:4f8:64::a00:1 (an address behind NAT64 that is not \
                 public); such an address cannot be reached by a name"
                    .into()
            )
        );
    }
    let network = Network {
        nat64: vec!["2a01:4f8:64::/96".parse().unwrap()],
        ..Network::default()
    };
    let literal = ask("https://[2a01:4f8:64::7f00:1]", false, network, &[])
        .await
        .unwrap_err();
    assert!(
        matches!(literal, FetchError::DestinationProhibited(_)),
        "{literal}"
    );
}
