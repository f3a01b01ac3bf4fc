//! Resolves names for the client: it checks the addresses of a name, and the client connects only to those that pass, so no second look-up
//! can return an unchecked address.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use collector_model::local::is_localhost;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::address::{is_credible, special};
use super::nat64::{Prefix, WELL_KNOWN_NAME};
use super::network::Network;
use crate::grant::Grants;

/// How long a finding about translators is believed: networks rarely change their prefixes, but machines change networks.
const TRANSLATORS_STAND: Duration = Duration::from_secs(10 * 60);
/// How long the search for translators may take. A DNS server that ignores the question must not delay everything else.
const TRANSLATORS_TIME: Duration = Duration::from_secs(2);

/// Looks a name up.
pub(crate) trait Lookup: Send + Sync {
    /// All addresses of the name.
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver.
pub(crate) struct System;

impl Lookup for System {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Passes on only addresses that a request may go to.
pub(crate) struct Guarded(Arc<Guard>);

struct Guard {
    lookup: Arc<dyn Lookup>,
    grants: Grants,
    /// The proxy's name. Whoever configured it knows its address.
    proxy: Option<String>,
    /// The configured translators.
    nat64: Vec<Prefix>,
    /// The translators that the network told of, and when.
    found: Mutex<Option<(Instant, Vec<Prefix>)>>,
}

impl Guarded {
    /// A resolver for these origins and this network.
    pub(super) fn new(lookup: Arc<dyn Lookup>, grants: Grants, network: &Network) -> Self {
        Self(Arc::new(Guard {
            lookup,
            grants,
            proxy: network.proxy_name().map(str::to_owned),
            nat64: network.nat64.clone(),
            found: Mutex::default(),
        }))
    }
}

/// A name that does not resolve.
#[derive(Debug, thiserror::Error)]
#[error("the name {name} does not resolve: {cause}")]
pub(crate) struct Unresolved {
    name: String,
    cause: String,
}

/// The error that a name resolves only to addresses that a request may not go to.
#[derive(Debug, thiserror::Error)]
#[error("{name} resolves only to addresses that are not public: {addresses}; {remedy}")]
pub(crate) struct Prohibited {
    name: String,
    addresses: String,
    remedy: String,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, name) = (Arc::clone(&self.0), name.as_str().to_owned());
        Box::pin(async move {
            match guard.lookup.lookup(name.clone()).await {
                Err(error) => Err(Unresolved {
                    name,
                    cause: error.to_string(),
                }
                .into()),
                Ok(found) if found.is_empty() => Err(Unresolved {
                    name,
                    cause: "it has no addresses".to_owned(),
                }
                .into()),
                Ok(found) => {
                    let reach = guard.reach(&name);
                    let translators = guard.translators(reach, &found).await;
                    allowed(name, &found, reach, &translators).map_err(Into::into)
                }
            }
        })
    }
}

impl Guard {
    fn reach(&self, name: &str) -> Reach {
        match self.grants.of_name(name) {
            // It is reached only if it was granted as such: the client checks the origin first.
            _ if is_localhost(name) => Reach::Loopback,
            Some(true) => Reach::Private,
            Some(false) => Reach::Public,
            None if self.proxy.as_deref() == Some(name) => Reach::Private,
            None => Reach::Public,
        }
    }

    /// The network's translators, as far as these addresses may be theirs (RFC 7050). Asked only where there is IPv6.
    async fn translators(&self, reach: Reach, addresses: &[IpAddr]) -> Vec<Prefix> {
        let mut all = self.nat64.clone();
        if reach == Reach::Loopback || !addresses.iter().any(IpAddr::is_ipv6) {
            return all;
        }
        let mut found = self.found.lock().await;
        let now = Instant::now();
        let stands = |at: &Instant| now.saturating_duration_since(*at) < TRANSLATORS_STAND;
        let prefixes = match found.take().filter(|(at, _)| stands(at)) {
            Some(known) => found.insert(known),
            None => {
                let asked = self.lookup.lookup(WELL_KNOWN_NAME.to_owned());
                // A network without translators answers nothing, or IPv4 addresses alone.
                let answer = timeout(TRANSLATORS_TIME, asked).await;
                let addresses = answer.ok().and_then(Result::ok).unwrap_or_default();
                let mut prefixes = Prefix::of_answer(&addresses);
                prefixes.retain(is_credible);
                found.insert((now, prefixes))
            }
        };
        all.extend_from_slice(&prefixes.1);
        all
    }
}

/// The kinds of addresses that a name may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// This machine alone.
    Loopback,
    /// Public addresses.
    Public,
    /// Public addresses, and those that can be granted.
    Private,
}

impl Reach {
    fn allows(self, address: IpAddr, nat64: &[Prefix]) -> bool {
        match self {
            // Stricter than for an address by number: no name is reached at an address of IPv4 that is written as IPv6.
            Self::Loopback => address.is_loopback(),
            Self::Public => special(address, nat64).is_none(),
            Self::Private => special(address, nat64).is_none_or(|range| range.grantable),
        }
    }
}

fn allowed(name: String, found: &[IpAddr], reach: Reach, nat64: &[Prefix]) -> Result<Addrs, Prohibited> {
    let allowed: Vec<SocketAddr> = found
        .iter()
        .filter(|address| reach.allows(**address, nat64))
        .map(|address| SocketAddr::new(*address, 0))
        .collect();
    if !allowed.is_empty() {
        return Ok(Box::new(allowed.into_iter()));
    }
    let described: Vec<String> = found
        .iter()
        .map(|address| {
            let what = special(*address, nat64).map_or("public", |range| range.what);
            format!("{address} ({what})")
        })
        .collect();
    let remedy = if reach == Reach::Public
        && found.iter().any(|address| Reach::Private.allows(*address, nat64))
    {
        format!(
            "if that is intended, write {{ origin = \"https://{name}\", private = true }} (with its port) in http of [source.grants]"
        )
    } else {
        "such an address cannot be reached by a name".to_owned()
    };
    Err(Prohibited {
        name,
        addresses: described.join(", "),
        remedy,
    })
}
