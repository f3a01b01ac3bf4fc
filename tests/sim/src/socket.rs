//! The sockets: connections, TLS, HTTP/1.1 and HTTP/2. Each request goes to the routes.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::serve::{Listener, ListenerExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Serves until the runtime ends, which also ends its connections.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, routes: Router) -> io::Result<()> {
    match tls {
        None => {
            // Small answers must not wait for more.
            let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
            axum::serve(listener, routes).await
        }
        Some(acceptor) => {
            let listener = Encrypted {
                listener,
                acceptor,
                handshakes: JoinSet::new(),
            };
            axum::serve(listener, routes).await
        }
    }
}

/// Connections with TLS. A slow or failed handshake does not hold up other connections.
struct Encrypted {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    handshakes: JoinSet<io::Result<TlsStream<TcpStream>>>,
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            tokio::select! {
                (stream, _) = Listener::accept(&mut self.listener) => {
                    let _ = stream.set_nodelay(true);
                    self.handshakes.spawn(self.acceptor.accept(stream));
                }
                Some(done) = self.handshakes.join_next() => {
                    if let Ok(Ok(stream)) = done && let Ok(peer) = stream.get_ref().0.peer_addr() {
                        return (stream, peer);
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
