//! What happens to every whole request: the rules pick its fault, a service makes the answer without knowing HTTP, the
//! fault spoils it on the wire, and both are recorded.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::OriginalUri;
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};

use crate::answer::Answer;
use crate::body::{sent, spoiled};
use crate::fault::{Fault, Wire};
use crate::request::Request;
use crate::running::Core;

/// Answers a whole request, such as a batch, with what `answer` makes of it and its fault.
pub async fn whole<F: Fault>(
    core: &Core<F>,
    request: axum::extract::Request,
    answer: impl FnOnce(Request, Option<F>) -> Answer,
) -> Response {
    let in_flight = Arc::clone(&core.record).enter();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), value.into_owned())
    };
    let request = Request {
        method: parts.method.as_str().to_owned(),
        target: target(&parts.uri).to_owned(),
        headers: parts.headers.iter().map(header).collect(),
        body,
    };
    let headers = request.headers.clone();
    // The address as sent: that of the request begins where its service does.
    let uri = parts.extensions.get::<OriginalUri>();
    let target = target(uri.map_or(&parts.uri, |uri| &uri.0));
    let fault = core.faults.pick(false, target, core.record.in_flight());
    let wire = fault.as_ref().and_then(F::on_wire);

    let answer = answer(request, fault);
    let (body, bytes) = spoiled(answer.body, wire);
    let status = if wire == Some(Wire::CutBefore) {
        0
    } else {
        answer.status
    };
    core.record
        .add(false, parts.method.as_str(), target, &headers, status, bytes);

    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    let headers = answer.headers.into_iter().filter_map(|(name, value)| {
        let value = HeaderValue::try_from(value).ok()?;
        Some((HeaderName::from_static(name), value))
    });
    let mut headers = HeaderMap::from_iter(headers);
    if matches!(wire, Some(Wire::Gzip | Wire::GzipBomb(_))) {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, headers, sent(body, wire, in_flight)).into_response()
}

/// Path and query.
fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |target| target.as_str())
}
