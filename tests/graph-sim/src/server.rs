//! The sockets: connections, TLS, HTTP/1.1 and HTTP/2; each request goes to the [`Service`].

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::body::{Cut, InFlight, Sent};
use crate::fault::Fault;
use crate::service::Service;

/// Serves until it is dropped; its connections end with it.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, service: Arc<Service>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        // A connection that was lost before it was accepted is no reason to stop.
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        // Small answers must not wait for more.
        let _ = stream.set_nodelay(true);
        let (tls, service) = (tls.clone(), Arc::clone(&service));
        connections.spawn(async move {
            match tls {
                None => connection(stream, service).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(stream, service).await;
                    }
                }
            }
        });
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, service: Arc<Service>) {
    let answer = service_fn(move |request| handle(request, Arc::clone(&service)));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http2()
        .max_concurrent_streams(250)
        .max_send_buf_size(4 << 20);
    // How a connection ends is the client's business, or was wanted.
    let _ = builder.serve_connection(TokioIo::new(stream), answer).await;
}

async fn handle(request: Request<Incoming>, service: Arc<Service>) -> Result<Response<Sent>, Cut> {
    let in_flight = InFlight::new(&service);
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let (answer, fault) = service.answer(parts.method.as_str(), target, headers, &body);
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    if fault == Some(Fault::CutBefore) {
        return Err(Cut);
    }
    let mut response = Response::new(Sent::new(answer.body, fault.as_ref(), in_flight));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(|_| Cut)?;
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
    if matches!(fault, Some(Fault::Gzip | Fault::GzipBomb(_))) {
        response
            .headers_mut()
            .insert("content-encoding", HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
