//! A server on a loopback port, on a thread of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread::JoinHandle;

use anyhow::{Context as _, Result};
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::socket::serve;
use crate::tls::Authority;

/// Options of a simulator; by default a free port without TLS.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port; 0 picks a free one.
    pub port: u16,
    /// Whether to serve TLS, under a certificate authority made for this run.
    pub tls: bool,
}

/// A running server. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    origin: String,
    authority: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server with this name. `make` makes what it serves, with its routes, once the origin is known. Works in
    /// tests with and without a runtime.
    ///
    /// # Errors
    /// The port is not free.
    pub fn start<S>(
        name: &str,
        options: &Options,
        make: impl FnOnce(&str) -> (S, Router),
    ) -> Result<(S, Self)> {
        let authority = if options.tls {
            Some(Authority::make(name)?)
        } else {
            None
        };
        let acceptor = authority.as_ref().map(|authority| authority.acceptor.clone());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        // Bind here, so that the address is known and in use on return.
        let socket =
            std::net::TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
        socket.set_nonblocking(true)?;
        let port = socket.local_addr()?.port();
        let origin = if options.tls {
            format!("https://localhost:{port}")
        } else {
            format!("http://127.0.0.1:{port}")
        };
        let (stop, stopped) = oneshot::channel();
        let (started, wait) = mpsc::channel();
        let (served, routes) = make(&origin);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = match runtime {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = started.send(Err(error));
                    return;
                }
            };
            runtime.block_on(async move {
                let listener = match TcpListener::from_std(socket) {
                    Ok(listener) => listener,
                    Err(error) => {
                        let _ = started.send(Err(error));
                        return;
                    }
                };
                let _ = started.send(Ok(()));
                tokio::select! {
                    _ = serve(listener, acceptor, routes) => {}
                    _ = stopped => {}
                }
            });
        })?;
        wait.recv().context("the simulator's thread ended at once")??;
        let authority = authority.map(|authority| authority.pem);
        let server = Self {
            origin,
            authority,
            stop: Some(stop),
            thread: Some(thread),
        };
        Ok((served, server))
    }

    /// `http://127.0.0.1:PORT` (`https://localhost:PORT` with TLS), without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The certificate of the authority that a client must trust, PEM; only with TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.authority.as_deref()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
