//! The routes of the simulator: login, managed identities and consent, and all of Graph below its version.

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::HeaderValue;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{any, get, post};
use sim::whole;

use crate::answer::Answer;
use crate::consent::consent;
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

/// Handles whole requests, such as a batch: a function that knows nothing of HTTP makes the answers.
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
        whole(&service.core, request, |came, fault| {
            let mut request = Request::new(&came.method, &came.target, came.headers);
            request.body = came.body;
            request.fault = fault;
            service.answer(&request, || (self.0)(&service, &request))
        })
        .await
    }
}
