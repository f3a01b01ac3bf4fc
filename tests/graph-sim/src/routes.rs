//! The routes of the simulator: login, managed identities and consent, and all of Graph below its version.

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::OriginalUri;
use axum::handler::Handler;
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};

use crate::answer::Answer;
use crate::body::{InFlight, sent, spoiled};
use crate::consent::consent;
use crate::fault::Fault;
use crate::graph::graph;
use crate::request::Request;
use crate::service::Service;
use crate::{identity, ids, login};

pub(crate) fn routes(service: Arc<Service>) -> Router {
    let graph = any(Whole(graph))
        .layer(map_response(with_id))
        .with_state(Arc::clone(&service));
    Router::new()
        .nest_service("/v1.0", graph.clone())
        .nest_service("/V1.0", graph)
        .route("/{tenant}/oauth2/v2.0/token", post(Whole(login::token)))
        .route(
            "/{tenant}/v2.0/.well-known/openid-configuration",
            get(Whole(login::configuration)),
        )
        .route("/common/discovery/instance", get(Whole(login::discovery)))
        .route(
            "/{tenant}/v2.0/adminconsent",
            get(Whole(consent)).post(Whole(consent)),
        )
        .route("/metadata/identity/oauth2/token", get(Whole(identity::imds)))
        .route("/msi/token", get(Whole(identity::app_service)))
        .fallback(Whole(no_page))
        .method_not_allowed_fallback(Whole(no_page))
        .with_state(service)
}

fn no_page(_: &Service, _: &Request) -> Answer {
    Answer::new(
        404,
        "text/html; charset=utf-8",
        "<html><body>Page not found</body></html>",
    )
}

/// Adds the request ids that every answer of Graph has.
async fn with_id(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::try_from(ids::fresh()) {
        let headers = response.headers_mut();
        headers.insert("client-request-id", id.clone());
        headers.insert("request-id", id);
    }
    response
}

/// Handles whole requests, such as a batch: a function that knows nothing of HTTP makes the answers, the rules spoil
/// them, and all are recorded.
#[derive(Clone, Copy)]
struct Whole(fn(&Service, &Request) -> Answer);

impl Handler<(), Arc<Service>> for Whole {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: axum::extract::Request, service: Arc<Service>) -> Self::Future {
        Box::pin(self.handle(request, service))
    }
}

impl Whole {
    async fn handle(self, request: axum::extract::Request, service: Arc<Service>) -> Response {
        let in_flight = InFlight::new(&service);
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        };
        let headers = parts.headers.iter().map(header).collect();
        let mut request = Request::new(parts.method.as_str(), target(&parts.uri), headers);
        request.body = body;
        // The address as sent: that of Graph's requests now begins after the version.
        let uri = parts.extensions.get::<OriginalUri>();
        let target = target(uri.map_or(&parts.uri, |uri| &uri.0));
        request.fault = service.faults.pick(false, target, service.record.in_flight());

        let answer = service.answer(&request, || (self.0)(&service, &request));
        let fault = request.fault.as_ref();
        let (body, bytes) = spoiled(answer.body, fault);
        let status = if fault == Some(&Fault::CutBefore) {
            0
        } else {
            answer.status
        };
        let (method, headers) = (parts.method.as_str(), &request.headers);
        service.record.add(false, method, target, headers, status, bytes);

        if !answer.delay.is_zero() {
            tokio::time::sleep(answer.delay).await;
        }
        let headers = answer.headers.into_iter().filter_map(|(name, value)| {
            let value = HeaderValue::try_from(value).ok()?;
            Some((HeaderName::from_static(name), value))
        });
        let mut headers = HeaderMap::from_iter(headers);
        if matches!(fault, Some(Fault::Gzip | Fault::GzipBomb(_))) {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, headers, sent(body, fault, in_flight)).into_response()
    }
}

/// Path and query.
fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |target| target.as_str())
}
