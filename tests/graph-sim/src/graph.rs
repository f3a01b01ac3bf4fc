//! Graph's own routes, for whole requests and for those inside a batch. Their names are read in any case and in several
//! forms (`users('a')`, `microsoft.graph.delta()`), so this module matches them, one part of the path after the other.

use crate::answer::{Answer, GraphAnswer as _};
use crate::batch::batch;
use crate::calendar::view;
use crate::call::Call;
use crate::call_record_route::call_records;
use crate::delta::delta;
use crate::directory::{groups, organization, users};
use crate::places::places;
use crate::primary::primary;
use crate::request::Request;
use crate::service::Service;

/// Answers a whole request below the version, if its token is valid.
pub(crate) fn graph(service: &Service, request: &Request) -> Answer {
    let tenant = service.tenant();
    let caller = match service.tokens.caller(&tenant, request) {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    let call = Call {
        tenant: &tenant,
        base: &service.base,
        caller: &caller,
        request,
    };
    let first = request.path.first().map_or("", String::as_str);
    if !first.eq_ignore_ascii_case("$batch") {
        return single(service, &call);
    }
    if request.method != "POST" {
        return Answer::wrong_method();
    }
    let core = &service.core;
    let inner = |mut request: Request| {
        request.fault = core.faults.pick(true, &request.target, core.record.in_flight());
        let answer = service.answer(&request, || {
            let request = &request;
            single(service, &Call { request, ..call })
        });
        core.record.add(
            true,
            &request.method,
            &request.target,
            &request.headers,
            answer.status,
            answer.body.len() as u64,
        );
        answer
    };
    batch(&request.body, inner, |parts| core.faults.shuffle(parts))
}

fn single(service: &Service, call: &Call<'_>) -> Answer {
    let request = call.request;
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
    match (lower.as_slice(), given.as_slice()) {
        (["places", ..], [_, rest @ ..]) if !rest.is_empty() => places(call, rest),
        (
            ["users", _, "calendarview"]
            | ["users", _, "calendar", "calendarview"]
            | ["users", _, "calendars", _, "calendarview"],
            [_, key, ..],
        ) => view(call, &service.ready, key),
        (
            [
                "users",
                _,
                ..,
                "calendarview",
                "delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()",
            ],
            [_, key, ..],
        ) => delta(call, &service.rounds, key),
        (["users"], _) => users(call, None),
        (["users", _], [_, key]) => users(call, Some(key)),
        (["users", _, "calendar"], [_, key, _]) => primary(call, key),
        (["groups"], _) => groups(call, None),
        (["groups", _], [_, key]) => groups(call, Some(key)),
        (["organization"], _) => organization(call),
        (["communications", "callrecords", ..], [_, _, rest @ ..]) => {
            call_records(call, rest, &service.call_limits, service.clock.now())
        }
        (_, [.., last]) => Answer::no_segment(last),
        _ => Answer::no_segment(""),
    }
}
