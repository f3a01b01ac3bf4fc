//! The pages for machines: whether the program is alive, whether it is ready, and its metrics. A request must name this machine. One that
//! names another host is refused: a foreign page may have made a browser send it (DNS rebinding). A request for an IP address was not led
//! here by a name; Prometheus and Kubernetes ask that way.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use collector_portal::MeantFor;
use futures::future::BoxFuture;
use tokio::time::timeout;
use url::Host;

use crate::metrics::Metrics;

/// How long a page waits for a busy store. Prometheus gives up after ten seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// The data behind the pages.
#[derive(Clone)]
pub struct Site {
    /// The metrics that `/metrics` shows.
    pub metrics: Metrics,
    /// Updates the metrics that are looked up on demand: the state of the sinks. Called before each `/metrics`; may wait.
    pub refresh: Arc<dyn Fn(Metrics) -> BoxFuture<'static, ()> + Send + Sync>,
    /// The parts of the program that make no progress, one line each: the program answers, but does nothing else.
    pub still: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
    /// Why the program is not ready, one reason each. Empty if it is ready: the store is open, and every source was made ready or had a
    /// pass.
    pub unready: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
    /// Names that requests may ask for beside `localhost` and addresses, in lower case.
    pub names: Vec<String>,
}

/// All routes. GET and HEAD only.
pub fn router(site: Site) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .fallback(async || (StatusCode::NOT_FOUND, "there is no such page\n"))
        .layer(from_fn_with_state(site.clone(), only_ours))
        .layer(map_response(harmless))
        .with_state(site)
}

/// Answers only requests that ask for this machine. The port does not matter: it may be mapped to another.
async fn only_ours(State(site): State<Site>, request: Request, next: Next) -> Response {
    let ours = match MeantFor::of("http", &request) {
        MeantFor::Nobody => true,
        MeantFor::One(named) if named.is_address_or_localhost() => true,
        MeantFor::One(named) => matches!(&named.host, Host::Domain(name) if site.names.contains(name)),
        MeantFor::Unclear => false,
    };
    if ours {
        return next.run(request).await;
    }
    let refused = "the request asks for a name that is not this collector's: use its address, or add the name to `names` in [service]\n";
    (StatusCode::MISDIRECTED_REQUEST, refused).into_response()
}

/// Forbids caching and content sniffing of an answer.
async fn harmless(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Answers `ok`: that it answers is the proof of life, unless a part of the program makes no progress.
async fn healthz(State(site): State<Site>) -> (StatusCode, String) {
    match (site.still)().as_slice() {
        [] => (StatusCode::OK, "ok\n".to_owned()),
        still => unavailable(still),
    }
}

fn unavailable(reasons: &[String]) -> (StatusCode, String) {
    let lines = reasons
        .iter()
        .map(|reason| format!("{}\n", collector_model::text::plain(reason)))
        .collect();
    (StatusCode::SERVICE_UNAVAILABLE, lines)
}

async fn readyz(State(site): State<Site>) -> (StatusCode, String) {
    let reasons = (site.unready)();
    if reasons.is_empty() {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    unavailable(&reasons)
}

async fn metrics(State(site): State<Site>) -> Response {
    let Site { metrics, refresh, .. } = site;
    if timeout(PATIENCE, refresh(metrics.clone())).await.is_err() {
        tracing::warn!("the metrics of the sinks are out of date: the store does not answer");
    }
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, kind)], metrics.render()).into_response()
}
