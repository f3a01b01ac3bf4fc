//! The headers of every answer: what a page may load and do, and that it must not be cached.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use url::Url;

use crate::fault;
use crate::layout::Shell;
use crate::portal::Portal;

/// Allows only our own stylesheet, script and images, forms that stay here, and no frames.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Turns off the browser features that no page needs. Browsers complain on each page about names that they do not know, so `web-share`, which
/// Chromium knows on few systems, is not among them: it needs a click anyway.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), \
    geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), \
    publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

const FIXED: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
];

/// The policy for a page whose form leads to a consent page: browsers apply `form-action` also to the redirect after a form.
#[derive(Clone)]
pub(crate) struct ConsentOrigin(HeaderValue);

impl ConsentOrigin {
    /// Adds the origin of a text from a connector to the policy; `None` if the text is not a web address.
    pub(crate) fn new(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        if !matches!(url.scheme(), "https" | "http") {
            return None;
        }
        let policy = format!("{POLICY} {}", url.origin().ascii_serialization());
        HeaderValue::try_from(policy).ok().map(Self)
    }
}

/// Puts the headers on an answer.
pub(crate) async fn dress(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    // Faults of layers outside the session become pages here.
    let mut response = fault::finished(next.run(request).await, &Shell::STRANGER);
    let policy = response
        .extensions_mut()
        .remove::<ConsentOrigin>()
        .map_or_else(|| HeaderValue::from_static(POLICY), |consent| consent.0);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if portal.secure {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
        secure_cookies(headers);
    }
    response
}

/// Adds `Secure` to cookies that lack it. Browsers ignore a `__Host-` cookie without it, even the one that removes the session.
fn secure_cookies(headers: &mut HeaderMap) {
    let cookies: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    for cookie in cookies {
        let text = cookie.to_str().unwrap_or_default();
        let secure = text.split("; ").any(|part| part == "Secure");
        let cookie = match HeaderValue::try_from(format!("{text}; Secure")) {
            Ok(secured) if !secure => secured,
            _ => cookie,
        };
        headers.append(SET_COOKIE, cookie);
    }
}
