//! The HTTP server: connections and their limits, with TLS or without; HTTP/1.1.
//!
//! `routes.rs` has the pages for machines, `/healthz`, `/readyz` and `/metrics`: read-only and without accounts, for a loopback or internal
//! address that the configuration chooses. The portal's pages are served the same way.

mod routes;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::{Extension, Router};
use collector_portal::{ClientAddress, TrustedProxies};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;

pub use self::routes::{Site, router};
use crate::portal::Tls;

/// How long a request's head may take to arrive, and how long a connection may be silent before the next one. Prometheus, which usually
/// asks once a minute, simply connects again.
const HEAD: Duration = Duration::from_secs(10);
/// The most bytes of a request's head. Browsers send a kilobyte or two.
const HEAD_BYTES: usize = 16 << 10;
/// The most connections at once; more wait to be accepted.
const CONNECTIONS: usize = 128;
/// The most connections at once from one remote address that is no trusted proxy, so that one machine cannot take all places.
const CONNECTIONS_EACH: usize = 32;
/// The age at which a connection is closed once its request is answered: a slow reader cannot keep its place.
const LIFE: Duration = Duration::from_secs(600);
/// How long a request under way may still take when its connection is about to be closed.
const GRACE: Duration = Duration::from_secs(3);
/// The wait after a connection could not be accepted (no file descriptor is left).
const PAUSE: Duration = Duration::from_millis(200);

/// The time limits, which tests shorten.
#[derive(Clone, Copy)]
struct Patience {
    head: Duration,
    life: Duration,
}

/// Serves pages until `shutdown`, then still answers the requests under way, for a few seconds at most. Each request carries the address
/// that it comes from as [`ClientAddress`].
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    proxies: TrustedProxies,
    shutdown: impl Future<Output = ()>,
) {
    let patience = Patience {
        head: HEAD,
        life: LIFE,
    };
    serve_patiently(listener, router, tls, proxies, shutdown, patience).await;
}

async fn serve_patiently(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    proxies: TrustedProxies,
    shutdown: impl Future<Output = ()>,
    patience: Patience,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (close, closing) = watch::channel(false);
    let callers = Callers::default();
    // A proxy forwards requests of many clients, and so may programs on this machine.
    let for_many = |address: IpAddr| address.is_loopback() || proxies.trusts(address);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            // The semaphore is never closed; if it were, the connection would only not be counted.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            (place, accepted) = accepted => match accepted {
                Ok((stream, from)) => {
                    let Some(caller) = callers.enter(from.ip(), for_many(from.ip())) else { continue };
                    let router = router.clone().layer(Extension(ClientAddress(from.ip())));
                    let (closing, tls) = (closing.clone(), tls.clone());
                    connections.spawn(async move {
                        match tls {
                            None => connection(stream, router, closing, patience).await,
                            Some(tls) => match timeout(patience.head, accept(&tls, stream)).await {
                                Ok(Ok(stream)) => connection(stream, router, closing, patience).await,
                                Ok(Err(error)) => tracing::debug!("a TLS handshake failed: {error}"),
                                Err(_) => {}
                            },
                        }
                        drop((place, caller));
                    });
                }
                Err(error) => {
                    tracing::warn!("could not accept a connection to the collector's own pages: {error}");
                    sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    // Without connections nobody receives this.
    let _ = close.send(true);
    let _ = timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

/// Performs the TLS handshake with a caller.
async fn accept(tls: &Tls, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
    tls.acceptor().await.accept(stream).await
}

/// Callers by address, with the number of their connections.
#[derive(Clone, Default)]
struct Callers(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection of a caller.
struct Caller {
    all: Callers,
    address: IpAddr,
}

impl Callers {
    /// Counts a connection of this address. None if the address does not speak for many and has all connections that it may have.
    fn enter(&self, address: IpAddr, for_many: bool) -> Option<Caller> {
        let mut callers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = callers.entry(address).or_default();
        if *count >= CONNECTIONS_EACH && !for_many {
            return None;
        }
        *count += 1;
        Some(Caller {
            all: self.clone(),
            address,
        })
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        let mut callers = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = callers.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                callers.remove(&self.address);
            }
        }
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    mut closing: watch::Receiver<bool>,
    patience: Patience,
) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut served = pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => Some(ended),
        () = sleep(patience.life) => None,
        _ = closing.wait_for(|closing| *closing) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            served.as_mut().graceful_shutdown();
            timeout(GRACE, served).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        // A caller may go away at any time.
        tracing::debug!("a connection to the collector's own pages ended: {error}");
    }
}
