//! Login and Graph as one function from a request to an answer; knows nothing of sockets.

use std::sync::{Arc, PoisonError, RwLock};

use crate::answer::Answer;
use crate::batch::batch;
use crate::body::spoiled;
use crate::calendar::{Ready, view};
use crate::clock::Clock;
use crate::consent::consent;
use crate::delta::{Rounds, delta};
use crate::directory::{groups, organization, users};
use crate::fault::Fault;
use crate::login::login;
use crate::places::places;
use crate::primary::primary;
use crate::record::Record;
use crate::redirect::Tampering;
use crate::request::Request;
use crate::rule::Faults;
use crate::tenant::Tenant;
use crate::token::{Caller, Tokens};

/// All that the simulator knows.
pub(crate) struct Service {
    /// `http://127.0.0.1:4100`, without a slash at the end.
    pub(crate) origin: String,
    /// The root of the version: `{origin}/v1.0`.
    base: String,
    pub(crate) tenant: RwLock<Tenant>,
    ready: Ready,
    pub(crate) rounds: Rounds,
    pub(crate) clock: Arc<Clock>,
    pub(crate) tokens: Tokens,
    pub(crate) tampering: Tampering,
    pub(crate) faults: Faults,
    pub(crate) record: Record,
}

impl Service {
    pub(crate) fn new(origin: String, tenant: Tenant) -> Self {
        let clock = Arc::new(Clock::default());
        Self {
            base: format!("{origin}/v1.0"),
            origin,
            tenant: RwLock::new(tenant),
            ready: Ready::default(),
            rounds: Rounds::default(),
            tokens: Tokens::new(Arc::clone(&clock)),
            clock,
            tampering: Tampering::default(),
            faults: Faults::new(),
            record: Record::default(),
        }
    }

    /// Forgets the pages that were written for the tenant as it was.
    pub(crate) fn tenant_changed(&self) {
        self.ready.clear();
    }

    /// Answers a whole request; the fault is one that the connection has yet to suffer. The body is as it will be sent.
    pub(crate) fn answer(
        &self,
        method: &str,
        target: &str,
        headers: Vec<(String, String)>,
        body: &[u8],
    ) -> (Answer, Option<Fault>) {
        let fault = self.faults.pick(false, target, self.record.in_flight());
        let version = ["/v1.0/", "/V1.0/"]
            .iter()
            .find_map(|prefix| target.strip_prefix(prefix));
        let request = Request::new(
            method,
            version
                .map_or(target.to_owned(), |rest| format!("/{rest}"))
                .as_str(),
            headers,
        );
        let mut answer = self.with_fault(fault.as_ref(), &request, |fault| {
            if version.is_none() && is_consent(&request) {
                return self.consent(&request, body);
            }
            let tenant = self.tenant.read().unwrap_or_else(PoisonError::into_inner);
            if version.is_none() {
                return login(&tenant, &self.tokens, &self.origin, &request, body);
            }
            match self.tokens.caller(&tenant, &request) {
                Err(refusal) => refusal,
                Ok(caller)
                    if request
                        .path
                        .first()
                        .is_some_and(|part| part.eq_ignore_ascii_case("$batch")) =>
                {
                    if request.method == "POST" {
                        self.batch(&tenant, &caller, body)
                    } else {
                        Answer::error(
                            405,
                            "Request_BadRequest",
                            "Specified HTTP method is not allowed for the request target.",
                        )
                    }
                }
                Ok(caller) => self.graph(&tenant, &caller, &request, fault),
            }
        });
        let id = crate::ids::fresh();
        if version.is_some() {
            answer = answer
                .header("request-id", id.clone())
                .header("client-request-id", id);
        }
        let status = if fault == Some(Fault::CutBefore) {
            0
        } else {
            answer.status
        };
        let (body, bytes) = spoiled(answer.body, fault.as_ref());
        answer.body = body;
        self.record
            .add(false, method, target, &request.headers, status, bytes);
        (answer, fault)
    }

    fn consent(&self, request: &Request, body: &[u8]) -> Answer {
        let mut tenant = self.tenant.write().unwrap_or_else(PoisonError::into_inner);
        consent(
            &mut tenant,
            self.clock.now(),
            &self.origin,
            &self.tampering,
            request,
            body,
        )
    }

    /// The fault's own answer, or the real one.
    fn with_fault(
        &self,
        fault: Option<&Fault>,
        request: &Request,
        real: impl FnOnce(Option<&Fault>) -> Answer,
    ) -> Answer {
        match fault {
            Some(Fault::ExpiredToken | Fault::InvalidToken) => self.tokens.revoke_that_of(request),
            Some(Fault::SlowStart(delay)) => {
                let answer = real(None);
                let whole = answer.delay + *delay;
                return answer.after(whole);
            }
            Some(Fault::Impatience(patience)) => {
                let answer = real(None);
                return if answer.delay > *patience {
                    Answer::empty(504).after(*patience)
                } else {
                    answer
                };
            }
            _ => {}
        }
        fault.and_then(Fault::answer).unwrap_or_else(|| real(fault))
    }

    fn batch(&self, tenant: &Tenant, caller: &Caller, body: &[u8]) -> Answer {
        let inner = |request: &Request| {
            let fault = self.faults.pick(true, &request.target, self.record.in_flight());
            let answer = self.with_fault(fault.as_ref(), request, |fault| {
                self.graph(tenant, caller, request, fault)
            });
            self.record.add(
                true,
                &request.method,
                &request.target,
                &request.headers,
                answer.status,
                answer.body.len() as u64,
            );
            answer
        };
        batch(body, inner, |parts| self.faults.shuffle(parts))
    }

    fn graph(&self, tenant: &Tenant, caller: &Caller, request: &Request, fault: Option<&Fault>) -> Answer {
        if request.method != "GET" {
            return Answer::error(
                405,
                "Request_BadRequest",
                "Specified HTTP method is not allowed for the request target.",
            );
        }
        let path: Vec<String> = request
            .path
            .iter()
            .map(|part| part.to_ascii_lowercase())
            .collect();
        let lower: Vec<&str> = path.iter().map(String::as_str).collect();
        let given: Vec<&str> = request.path.iter().map(String::as_str).collect();
        let base = self.base.as_str();
        match (lower.as_slice(), given.as_slice()) {
            (["places", ..], [_, rest @ ..]) if !rest.is_empty() => {
                places(tenant, base, caller, request, rest, fault)
            }
            (
                ["users", _, "calendarview"]
                | ["users", _, "calendar", "calendarview"]
                | ["users", _, "calendars", _, "calendarview"],
                [_, key, ..],
            ) => view(tenant, &self.ready, base, caller, request, key, fault),
            (
                [
                    "users",
                    _,
                    ..,
                    "calendarview",
                    "delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()",
                ],
                [_, key, ..],
            ) => delta(tenant, &self.rounds, base, caller, request, key, fault),
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
}

/// The page for people, and what its forms send back to it.
fn is_consent(request: &Request) -> bool {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    ["GET", "POST"].contains(&request.method.as_str())
        && matches!(path.as_slice(), [_, "v2.0", "adminconsent"])
}
