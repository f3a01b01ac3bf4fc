//! Graph's own routes, for whole requests and for those inside a batch. Their names are read in any case and in several
//! forms (`users('a')`, `microsoft.graph.delta()`), so they are matched here, one part of the path after the other.

use crate::answer::Answer;
use crate::batch::batch;
use crate::calendar::view;
use crate::delta::delta;
use crate::directory::{groups, organization, users};
use crate::places::places;
use crate::primary::primary;
use crate::request::Request;
use crate::service::Service;
use crate::tenant::Tenant;
use crate::token::Caller;

/// Answers a whole request below the version, when its token is good.
pub(crate) fn graph(service: &Service, request: &Request) -> Answer {
    let tenant = service.tenant();
    let caller = match service.tokens.caller(&tenant, request) {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    let first = request.path.first().map_or("", String::as_str);
    if !first.eq_ignore_ascii_case("$batch") {
        return single(service, &tenant, &caller, request);
    }
    if request.method != "POST" {
        return Answer::wrong_method();
    }
    let inner = |mut request: Request| {
        request.fault = service
            .faults
            .pick(true, &request.target, service.record.in_flight());
        let answer = service.answer(&request, || single(service, &tenant, &caller, &request));
        service.record.add(
            true,
            &request.method,
            &request.target,
            &request.headers,
            answer.status,
            answer.body.len() as u64,
        );
        answer
    };
    batch(&request.body, inner, |parts| service.faults.shuffle(parts))
}

fn single(service: &Service, tenant: &Tenant, caller: &Caller, request: &Request) -> Answer {
    if request.method != "GET" {
        return Answer::wrong_method();
    }
    let path: Vec<String> = request
        .path
        .iter()
        .map(|part| part.to_ascii_lowercase())
        .collect();
    let lower: Vec<&str> = path.iter().map(String::as_str).collect();
    let given: Vec<&str> = request.path.iter().map(String::as_str).collect();
    let (base, fault) = (service.base.as_str(), request.fault.as_ref());
    match (lower.as_slice(), given.as_slice()) {
        (["places", ..], [_, rest @ ..]) if !rest.is_empty() => {
            places(tenant, base, caller, request, rest, fault)
        }
        (
            ["users", _, "calendarview"]
            | ["users", _, "calendar", "calendarview"]
            | ["users", _, "calendars", _, "calendarview"],
            [_, key, ..],
        ) => view(tenant, &service.ready, base, caller, request, key, fault),
        (
            [
                "users",
                _,
                ..,
                "calendarview",
                "delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()",
            ],
            [_, key, ..],
        ) => delta(tenant, &service.rounds, base, caller, request, key, fault),
        (["users"], _) => users(tenant, base, caller, request, None),
        (["users", _], [_, key]) => users(tenant, base, caller, request, Some(key)),
        (["users", _, "calendar"], [_, key, _]) => primary(tenant, base, caller, request, key),
        (["groups"], _) => groups(tenant, base, caller, request, None),
        (["groups", _], [_, key]) => groups(tenant, base, caller, request, Some(key)),
        (["organization"], _) => organization(tenant, base, caller, request),
        (_, [.., last]) => Answer::no_segment(last),
        _ => Answer::no_segment(""),
    }
}
