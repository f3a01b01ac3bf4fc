//! Names to addresses, for the client: what a name resolves to is checked, and only what passes is connected to, so that no
//! second look-up can give another address than the one that was checked.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::special;

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
pub(crate) struct Guarded(pub(crate) Arc<dyn Lookup>);

/// A name that does not resolve.
#[derive(Debug, thiserror::Error)]
#[error("the name {name} does not resolve: {cause}")]
pub(crate) struct Unresolved {
    name: String,
    cause: String,
}

/// A name that resolves only to addresses a request may not go to.
#[derive(Debug, thiserror::Error)]
#[error(
    "{name} resolves only to addresses that are not public: {addresses}; to reach such an address, grant it by its number"
)]
pub(crate) struct Prohibited {
    name: String,
    addresses: String,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let found = self.0.lookup(name.clone());
        Box::pin(async move {
            match found.await {
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
                Ok(found) => allowed(name, &found).map_err(Into::into),
            }
        })
    }
}

fn allowed(name: String, found: &[IpAddr]) -> Result<Addrs, Prohibited> {
    // `localhost` is reached only when it was granted as such: the client checks the origin first.
    let localhost = name == "localhost";
    let passes = |address: &IpAddr| {
        if localhost {
            address.is_loopback()
        } else {
            special(*address).is_none()
        }
    };
    let allowed: Vec<SocketAddr> = found
        .iter()
        .copied()
        .filter(passes)
        .map(|address| SocketAddr::new(address, 0))
        .collect();
    if allowed.is_empty() {
        let described: Vec<String> = found
            .iter()
            .map(|address| {
                format!(
                    "{address} ({})",
                    special(*address).map_or("public", |range| range.what)
                )
            })
            .collect();
        return Err(Prohibited {
            name,
            addresses: described.join(", "),
        });
    }
    Ok(Box::new(allowed.into_iter()))
}
