//! The way from a request to its answer.

use std::sync::Arc;

use axum::Router;
use sim::{Answer, Request, whole};

use crate::answer::refused;
use crate::call::Call;
use crate::fault::Fault;
use crate::grant::access_token;
use crate::places::{capabilities, devices, floors, locations, workspace, workspaces};
use crate::service::Service;
use crate::{duration, metrics, xapi};

pub(crate) fn routes(service: Arc<Service>) -> Router {
    Router::new().fallback(move |request: axum::extract::Request| {
        let service = Arc::clone(&service);
        async move {
            whole(&service.core, request, |request, fault: Option<Fault>| {
                answer(&service, &request, fault.as_ref())
            })
            .await
        }
    })
}

/// The answer of the fault, or the real one if the fault lets it through.
fn answer(service: &Service, request: &Request, fault: Option<&Fault>) -> Answer {
    if let (Some(Fault::DeadToken), Some(token)) = (fault, bearer(request)) {
        service.tokens.expire(token);
    }
    let answer = fault
        .and_then(Fault::instead)
        .unwrap_or_else(|| real(service, request, fault));
    match fault {
        Some(fault) => fault.spoil(answer),
        None => answer,
    }
}

fn real(service: &Service, request: &Request, fault: Option<&Fault>) -> Answer {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let path: Vec<String> = sim::path(path).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let ["v1", path @ ..] = path.as_slice() else {
        return refused(404, "The requested resource could not be found.");
    };
    match (request.method.as_str(), path) {
        ("POST", ["access_token"]) => return access_token(service, request),
        ("GET", _) => {}
        _ => return refused(405, "The method is not allowed for this resource."),
    }
    let rights = match service.tokens.rights(bearer(request)) {
        Ok(rights) => rights,
        Err(refusal) => return refusal,
    };
    let organization = service.organization();
    let (origin, now) = (service.origin.as_str(), service.core.clock.now());
    let answer = Call::new(&organization, &rights, now, origin, &request.target, query, fault)
        .and_then(|call| route(&call, path));
    answer.unwrap_or_else(|refusal| refusal)
}

fn route(call: &Call<'_>, path: &[&str]) -> Result<Answer, Answer> {
    match path {
        ["workspaces"] => workspaces(call),
        ["workspaces", id] => workspace(call, id),
        ["workspaces", id, "capabilities"] => capabilities(call, id),
        ["devices"] => devices(call),
        ["locations"] => locations(call),
        ["locations", id, "floors"] => floors(call, id),
        ["workspaceMetrics"] => metrics::metrics(call),
        ["workspaceDurationMetrics"] => duration::durations(call),
        ["deviceConfigurations"] => xapi::configurations(call),
        ["xapi", "status"] => xapi::status(call),
        _ => Err(refused(404, "The requested resource could not be found.")),
    }
}

fn bearer(request: &Request) -> Option<&str> {
    sim::bearer(request.header("authorization")?)
}
