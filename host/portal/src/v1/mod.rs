//! `GET /api/v1/…`: what programs read, with tokens that were made on the page about API access. A session opens nothing here, and a token no
//! page. Each answer has a tag that changes with it, so that asking again costs little.
//!
//! A request passes its token (`admission.rs`), a place among those of its token (`turns.rs`, beside), and the check of its parameters
//! (`question.rs`). Refusals are problems as RFC 9457 writes them (`problem.rs`). `openapi.json` describes all of it.

mod admission;
mod problem;
mod question;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};

use self::problem::Problem;
use crate::api::{Answered, Asked, Resource};
use crate::fault::Fault;
use crate::portal::{Portal, client};
use crate::receive;

/// Where it is described.
const DESCRIPTION: &str = "/api/v1/openapi.json";
pub(crate) const OPENAPI: &str = include_str!("openapi.json");
/// A program may keep an answer, and asks whether it is still right.
const KEEP: &str = "private, no-cache";

/// The routes.
pub(crate) fn routes() -> Router<Arc<Portal>> {
    let mut router = Router::new()
        .route(
            DESCRIPTION,
            get(description).fallback(async || Problem::wrong_method("GET, HEAD")),
        )
        .route("/api/", any(nothing))
        .route("/api/{*rest}", any(nothing));
    for resource in Resource::ALL {
        let answer =
            move |State(portal): State<Arc<Portal>>, request: Request| answer(portal, resource, request);
        let methods = match resource {
            Resource::Usage => post(receive::post)
                .get(answer)
                .fallback(async || Problem::wrong_method("GET, HEAD, POST")),
            _ => get(answer).fallback(async || Problem::wrong_method("GET, HEAD")),
        };
        router = router.route(resource.path(), methods);
    }
    router
}

async fn nothing() -> Problem {
    Problem::nothing()
}

/// Describes the API. It says nothing about this collector, so everybody may read it.
async fn description() -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, kind)], OPENAPI).into_response()
}

async fn answer(portal: Arc<Portal>, resource: Resource, request: Request) -> Response {
    match answered(&portal, resource, request).await {
        Ok(answered) => shown(answered),
        Err(problem) => problem.into_response(),
    }
}

async fn answered(portal: &Portal, resource: Resource, request: Request) -> Result<Answered, Problem> {
    let address = client(&request);
    let (parts, _) = request.into_parts();
    let token = admission::admit(portal, address, &parts.headers, resource).await?;
    let turn = portal.turns.enter(token.number).ok_or_else(Problem::too_many)?;
    let asked = Asked {
        resource,
        parameters: question::parameters(resource, parts.uri.query().unwrap_or_default())?,
        has: tags(&parts.headers),
    };
    // In a task of its own: the place is taken until the answer is computed, also if nobody waits for it any more.
    let backend = Arc::clone(&portal.backend);
    let answering = tokio::spawn(async move {
        let answered = backend.answer(asked).await;
        drop(turn);
        answered
    });
    Ok(answering.await.map_err(|error| Fault::broken(&error))??)
}

fn shown(answered: Answered) -> Response {
    let mut response = match answered.body {
        Some(body) => {
            let kind = HeaderValue::from_static("application/json");
            ([(CONTENT_TYPE, kind)], body).into_response()
        }
        None => StatusCode::NOT_MODIFIED.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(KEEP));
    if let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", answered.tag)) {
        headers.insert(ETAG, tag);
    }
    response
}

/// The tags of `If-None-Match`. A proxy that compresses answers makes them weak, which is enough here.
fn tags(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .map(|tag| tag.trim())
        .map(|tag| tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').to_owned())
        .collect()
}
