//! The stylesheet, the script and the icon, embedded in the program. Their addresses contain a digest, so browsers may keep them forever.

use std::sync::LazyLock;

use axum::extract::RawQuery;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The path of the stylesheet.
pub(crate) const STYLESHEET: &str = "/static/portal.css";
/// The path of the script.
pub(crate) const SCRIPT: &str = "/static/portal.js";
/// The path of the icon.
pub(crate) const ICON: &str = "/static/icon.svg";

static CSS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("text/css; charset=utf-8", include_str!("../static/portal.css")));
static JS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "text/javascript; charset=utf-8",
        include_str!("../static/portal.js"),
    )
});

static SVG: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("image/svg+xml", include_str!("../static/icon.svg")));

struct Asset {
    kind: &'static str,
    text: &'static str,
    digest: String,
}

impl Asset {
    fn new(kind: &'static str, text: &'static str) -> Self {
        let mut digest = URL_SAFE_NO_PAD.encode(Sha256::digest(text));
        digest.truncate(16);
        Self { kind, text, digest }
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

/// The stylesheet's address on pages.
pub(crate) fn stylesheet_address() -> String {
    format!("{STYLESHEET}?v={}", CSS.digest)
}

/// The script's address on pages.
pub(crate) fn script_address() -> String {
    format!("{SCRIPT}?v={}", JS.digest)
}

/// The icon's address on pages.
pub(crate) fn icon_address() -> String {
    format!("{ICON}?v={}", SVG.digest)
}

/// Answers with the stylesheet.
pub(crate) async fn stylesheet(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    CSS.answer(query.as_deref(), &headers)
}

/// Answers with the script.
pub(crate) async fn script(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    JS.answer(query.as_deref(), &headers)
}

/// Answers with the icon.
pub(crate) async fn icon(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    SVG.answer(query.as_deref(), &headers)
}
