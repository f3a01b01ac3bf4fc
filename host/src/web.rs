//! SHIM
#![allow(missing_docs, private_interfaces)]
pub(crate) async fn serve(
    _l: tokio::net::TcpListener,
    _s: std::sync::Arc<crate::service::Shared>,
    stop: impl Future<Output = ()>,
) {
    stop.await
}
