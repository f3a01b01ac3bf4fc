//! The pages: whether the program lives, whether it works, and its metrics.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::time::timeout;

use crate::metrics::Metrics;

/// How long a page waits for the store, which may be at work. Prometheus gives up after ten seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the pages are made of.
#[derive(Clone)]
pub struct Site {
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// Brings up to date what is only looked up when asked for: how far the sinks are. Called before each `/metrics`; may wait.
    pub refresh: Arc<dyn Fn(&Metrics) + Send + Sync>,
    /// Why the program is not ready, one reason each; none when it is: the store is open, and every source was made ready or had a
    /// pass. May wait.
    pub unready: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
}

/// All routes. GET and HEAD only.
pub fn router(site: Site) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .fallback(async || (StatusCode::NOT_FOUND, "there is no such page\n"))
        .layer(map_response(harmless))
        .with_state(site)
}

/// An answer is of now and is what it says it is.
async fn harmless(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// That it answers is the answer.
async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(State(site): State<Site>) -> (StatusCode, String) {
    let reasons = waiting(move || (site.unready)())
        .await
        .unwrap_or_else(|| vec!["the store does not answer".to_owned()]);
    if reasons.is_empty() {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    let lines = reasons
        .iter()
        .map(|reason| format!("{}\n", crate::text::plain(reason)))
        .collect();
    (StatusCode::SERVICE_UNAVAILABLE, lines)
}

async fn metrics(State(site): State<Site>) -> Response {
    let Site { metrics, refresh, .. } = site;
    let fresh = metrics.clone();
    if waiting(move || refresh(&fresh)).await.is_none() {
        tracing::warn!("the metrics of the sinks are not up to date: the store does not answer");
    }
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, kind)], metrics.render()).into_response()
}

/// What a function that may wait gives, beside the event loop; none when it takes too long or broke.
async fn waiting<R: Send + 'static>(function: impl FnOnce() -> R + Send + 'static) -> Option<R> {
    timeout(PATIENCE, tokio::task::spawn_blocking(function))
        .await
        .ok()?
        .ok()
}
