//! Resolves granted names, and drops the addresses that they may not be connected to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::may_connect;

/// Asks for the addresses of a name.
pub(super) trait Lookup: Send + Sync {
    fn lookup<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver.
pub(super) struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect()) })
    }
}

/// A name resolves only to addresses that it may not be connected to.
#[derive(Debug, thiserror::Error)]
#[error(
    "{name} resolves to {addresses}, which is not on the public internet; if that is meant, grant the address itself and use it in the settings"
)]
pub(super) struct Prohibited {
    name: String,
    addresses: String,
}

/// A name does not resolve.
#[derive(Debug, thiserror::Error)]
#[error("{name} does not resolve ({cause}); check the name and this machine's DNS")]
pub(super) struct Unresolved {
    name: String,
    cause: io::Error,
}

/// What the HTTP client resolves names with.
pub(super) struct Resolver {
    lookup: Arc<dyn Lookup>,
}

impl Resolver {
    pub(super) fn new(lookup: Arc<dyn Lookup>) -> Self {
        Self { lookup }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.lookup);
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found = match lookup.lookup(&name).await {
                Ok(found) if found.is_empty() => Err(io::Error::other("it has no addresses")),
                found => found,
            };
            let found = found.map_err(|cause| Unresolved { name: name.clone(), cause })?;
            let allowed: Vec<SocketAddr> = found
                .iter()
                .filter(|address| may_connect(&name, **address))
                .map(|address| SocketAddr::new(*address, 0))
                .collect();
            if allowed.is_empty() {
                let addresses = found.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
                return Err(Prohibited { name, addresses }.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
