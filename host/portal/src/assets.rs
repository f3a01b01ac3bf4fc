//! The stylesheets, the scripts and the icon, embedded in the program. Their addresses contain a digest, so browsers may keep them forever.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::RawQuery;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The looks of all pages.
pub(crate) static STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("/static/portal.css", CSS, include_str!("../static/portal.css")));
/// The script of all pages.
pub(crate) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "/static/portal.js",
        JAVASCRIPT,
        include_str!("../static/portal.js"),
    )
});
/// The script of those who are signed in.
pub(crate) static SESSION_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "/static/session.js",
        JAVASCRIPT,
        include_str!("../static/session.js"),
    )
});
/// The looks of pages with figures.
pub(crate) static INSIGHTS_STYLESHEET: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "/static/insights.css",
        CSS,
        include_str!("../static/insights.css"),
    )
});
/// The script of pages with figures.
pub(crate) static INSIGHTS_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "/static/insights.js",
        JAVASCRIPT,
        include_str!("../static/insights.js"),
    )
});
/// Chart.js as its makers publish it, which draws the charts of pages with figures. Its licence lies beside it.
pub(crate) static CHARTS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "/static/chart.umd.min.js",
        JAVASCRIPT,
        include_str!("../static/chart.js/chart.umd.min.js"),
    )
});
/// The licence of Chart.js.
pub(crate) static CHARTS_LICENCE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "/static/chart.LICENSE.txt",
        "text/plain; charset=utf-8",
        include_str!("../static/chart.js/LICENSE.md"),
    )
});
/// The icon.
pub(crate) static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "/static/icon.svg",
        "image/svg+xml",
        include_str!("../static/icon.svg"),
    )
});

/// Where they are.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let all = [
        &STYLESHEET,
        &SCRIPT,
        &SESSION_SCRIPT,
        &INSIGHTS_STYLESHEET,
        &INSIGHTS_SCRIPT,
        &CHARTS,
        &CHARTS_LICENCE,
        &ICON,
    ];
    all.into_iter().fold(Router::new(), |router, asset| {
        let answer = async move |RawQuery(query): RawQuery, headers: HeaderMap| {
            asset.answer(query.as_deref(), &headers)
        };
        router.route(asset.path, get(answer))
    })
}

/// A file of the pages.
pub(crate) struct Asset {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
    digest: String,
}

impl Asset {
    fn new(path: &'static str, kind: &'static str, text: &'static str) -> Self {
        let mut digest = URL_SAFE_NO_PAD.encode(Sha256::digest(text));
        digest.truncate(16);
        Self {
            path,
            kind,
            text,
            digest,
        }
    }

    /// Its address on pages.
    pub(crate) fn address(&self) -> String {
        format!("{}?v={}", self.path, self.digest)
    }

    fn answer(&self, query: Option<&str>, headers: &HeaderMap) -> Response {
        // The address of another version must not cache this one.
        let caching = if query == Some(&format!("v={}", self.digest)) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let tag = format!("\"{}\"", self.digest);
        let known = headers
            .get(IF_NONE_MATCH)
            .is_some_and(|known| known.as_bytes() == tag.as_bytes());
        let about = [(CACHE_CONTROL, caching.to_owned()), (ETAG, tag)];
        if known {
            return (StatusCode::NOT_MODIFIED, about).into_response();
        }
        (about, [(CONTENT_TYPE, self.kind)], self.text).into_response()
    }
}
