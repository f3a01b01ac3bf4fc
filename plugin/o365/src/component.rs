//! Binds the connector to the world: every type of the bindings to its plain twin, and back. No logic lives here.
#![allow(unsafe_code, missing_docs)]

use crate::world as plain;
use std::cell::OnceCell;

wit_bindgen::generate!({ world: "administered-connector", path: "../../wit", generate_all });

use exports::vyopta::collector::{administration, connector as wit};
use vyopta::collector::{http, log, secrets, types};

/// The same interface, bound so that a meeting borrows its texts: there are many, and each is handed over at once.
/// (The bindings of asynchronous functions take owned values only, so this cannot be said of the whole world.)
mod borrowed {
    wit_bindgen::generate!({
        inline: "
            package o365:connector;
            world emitter { import vyopta:collector/meetings@1.0.0; }
        ",
        path: "../../wit",
        world: "o365:connector/emitter",
        generate_all,
        ownership: Borrowing { duplicate_if_necessary: false },
    });
}
use borrowed::vyopta::collector::meetings;

struct Component;

export!(Component);

impl wit::Guest for Component {
    fn describe() -> wit::Manifest {
        let plain::Manifest {
            name,
            version,
            title,
            description,
            settings_schema,
            hosts,
            secrets,
            slice_size,
        } = crate::describe();
        let need = |need: plain::SecretNeed| wit::SecretNeed {
            name: need.name,
            purpose: need.purpose,
            reveal: need.reveal,
        };
        let secrets = secrets.into_iter().map(need).collect();
        wit::Manifest {
            name,
            version,
            title,
            description,
            settings_schema,
            hosts,
            secrets,
            slice_size,
        }
    }

    fn authorization(settings: String) -> Result<Option<wit::Oauth>, Vec<wit::SettingsProblem>> {
        let permission = |p: plain::Permission| wit::Permission {
            name: p.name,
            purpose: p.purpose,
        };
        let oauth = |oauth: plain::Oauth| wit::Oauth {
            secret: oauth.secret,
            token_endpoint: oauth.token_endpoint,
            scope: oauth.scope,
            audience: oauth.audience,
            consent_page: oauth.consent_page,
            permissions: oauth.permissions.into_iter().map(permission).collect(),
        };
        match crate::authorization(&settings) {
            Ok(authorization) => Ok(authorization.map(oauth)),
            Err(problems) => Err(problems.into_iter().map(problem).collect()),
        }
    }

    async fn validate(settings: String) -> Vec<wit::Check> {
        let check = |check: plain::Check| wit::Check {
            name: check.name,
            status: match check.status {
                plain::CheckStatus::Passed => wit::CheckStatus::Passed,
                plain::CheckStatus::Warning => wit::CheckStatus::Warning,
                plain::CheckStatus::Limited => wit::CheckStatus::Limited,
                plain::CheckStatus::Pending => wit::CheckStatus::Pending,
                plain::CheckStatus::Failed => wit::CheckStatus::Failed,
            },
            reason: reason(check.reason),
        };
        crate::validate(&Sandbox::default(), &settings)
            .await
            .into_iter()
            .map(check)
            .collect()
    }

    async fn list_rooms(settings: String) -> Result<wit::Expansion, wit::CollectError> {
        let room = |room: plain::Room| wit::Room {
            address: room.address,
            key: room.key,
            name: room.name,
            building: room.building,
            capacity: room.capacity,
            lists: room.lists,
        };
        let problem = |problem: plain::ListProblem| wit::ListProblem {
            room_list: problem.room_list,
            reason: reason(problem.reason),
        };
        let plain::Expansion { rooms, problems } = crate::list_rooms(&Sandbox::default(), &settings)
            .await
            .map_err(collect_error)?;
        Ok(wit::Expansion {
            rooms: rooms.into_iter().map(room).collect(),
            problems: problems.into_iter().map(problem).collect(),
        })
    }

    async fn collect(
        settings: String,
        rooms: Vec<wit::RoomRequest>,
        window: wit::Window,
    ) -> Result<Vec<wit::RoomOutcome>, wit::CollectError> {
        let request = |room: wit::RoomRequest| plain::RoomRequest {
            address: room.address,
            key: room.key,
            cursor: room.cursor,
        };
        let rooms: Vec<plain::RoomRequest> = rooms.into_iter().map(request).collect();
        let window = plain::Window {
            start: window.start,
            end: window.end,
        };
        let outcomes = crate::collect(&Sandbox::default(), &settings, &rooms, window)
            .await
            .map_err(collect_error)?;
        let outcome = |room: plain::RoomOutcome| wit::RoomOutcome {
            address: room.address,
            outcome: match room.outcome {
                plain::Outcome::Complete(cursor) => wit::Outcome::Complete(cursor),
                plain::Outcome::Changes(cursor) => wit::Outcome::Changes(cursor),
                plain::Outcome::RetryAfter(seconds) => wit::Outcome::RetryAfter(seconds),
                plain::Outcome::Denied(why) => wit::Outcome::Denied(reason(why)),
                plain::Outcome::Missing(why) => wit::Outcome::Missing(reason(why)),
                plain::Outcome::Failed(why) => wit::Outcome::Failed(reason(why)),
            },
        };
        Ok(outcomes.into_iter().map(outcome).collect())
    }
}

impl administration::Guest for Component {
    fn limits(
        settings: String,
        client_id: Option<String>,
    ) -> Result<Vec<administration::Guide>, Vec<wit::SettingsProblem>> {
        let step = |step: plain::Step| administration::Step {
            text: step.text,
            commands: step.commands,
        };
        let guide = |guide: plain::Guide| administration::Guide {
            title: guide.title,
            description: guide.description,
            steps: guide.steps.into_iter().map(step).collect(),
        };
        match crate::limits(&settings, client_id.as_deref()) {
            Ok(guides) => Ok(guides.into_iter().map(guide).collect()),
            Err(problems) => Err(problems.into_iter().map(problem).collect()),
        }
    }

    fn explain_refusal(error: String, description: String) -> Option<types::Reason> {
        crate::explain_refusal(&error, &description).map(reason)
    }
}

/// The host on the other side of the sandbox's wall.
#[derive(Default)]
struct Sandbox {
    /// Asked for once a call; the host renews the token behind it.
    token: OnceCell<secrets::Secret>,
}

impl Sandbox {
    async fn token(&self) -> Result<&secrets::Secret, plain::SecretError> {
        if self.token.get().is_none() {
            let token = secrets::secret_get(crate::manifest::TOKEN.to_owned())
                .await
                .map_err(secret_error)?;
            // Somebody else may have been faster while this waited: then there are two handles to one token.
            let _ = self.token.set(token);
        }
        let gone = || plain::SecretError::Unavailable("the token's handle is gone".to_owned());
        self.token.get().ok_or_else(gone)
    }
}

impl plain::Host for Sandbox {
    async fn fetch(&self, request: plain::Request) -> Result<plain::Response, plain::FetchError> {
        let token = self.token().await.map_err(plain::FetchError::Bearer)?;
        let request = http::Request {
            method: match request.method {
                plain::Method::Get => http::Method::Get,
                plain::Method::Post => http::Method::Post,
            },
            url: request.url,
            headers: request.headers,
            body: request.body,
            repeatable: request.repeatable,
        };
        let http::Response {
            status,
            headers,
            body,
        } = http::http_fetch(request, Some(token))
            .await
            .map_err(fetch_error)?;
        Ok(plain::Response {
            status,
            headers,
            body,
        })
    }

    fn emit(&self, meeting: plain::Meeting<'_>) -> Result<(), plain::EmitError> {
        let meeting = meetings::Meeting {
            id: meeting.id,
            room: meeting.room,
            series: meeting.series,
            subject: match meeting.subject {
                plain::Subject::Text(text) => meetings::Subject::Text(text),
                plain::Subject::Withheld => meetings::Subject::Withheld,
                plain::Subject::None => meetings::Subject::None,
            },
            start: meeting.start,
            end: meeting.end,
            all_day: meeting.all_day,
            status: match meeting.status {
                plain::Status::Confirmed => meetings::Status::Confirmed,
                plain::Status::Tentative => meetings::Status::Tentative,
                plain::Status::Cancelled => meetings::Status::Cancelled,
            },
        };
        meetings::emit_meeting(meeting).map_err(|error| match error {
            meetings::EmitError::UnknownRoom => plain::EmitError::UnknownRoom,
            meetings::EmitError::OutsideWindow => plain::EmitError::OutsideWindow,
            meetings::EmitError::Invalid(text) => plain::EmitError::Invalid(text),
        })
    }

    fn log(&self, level: plain::Level, message: &str) {
        let level = match level {
            plain::Level::Error => log::Level::Error,
            plain::Level::Warn => log::Level::Warn,
            plain::Level::Info => log::Level::Info,
            plain::Level::Debug => log::Level::Debug,
        };
        log::log(level, message);
    }

    async fn token_claims(&self) -> Result<Option<String>, plain::SecretError> {
        Ok(self.token().await?.claims())
    }
}

fn reason(reason: plain::Reason) -> types::Reason {
    types::Reason {
        message: reason.message,
        advice: reason.advice,
        code: reason.code,
    }
}

fn problem(problem: plain::SettingsProblem) -> wit::SettingsProblem {
    wit::SettingsProblem {
        key: problem.key,
        problem: problem.problem,
        remedy: problem.remedy,
    }
}

fn collect_error(error: plain::CollectError) -> wit::CollectError {
    match error {
        plain::CollectError::Settings(problems) => {
            wit::CollectError::Settings(problems.into_iter().map(problem).collect())
        }
        plain::CollectError::Denied(why) => wit::CollectError::Denied(reason(why)),
        plain::CollectError::Unreachable(why) => wit::CollectError::Unreachable(reason(why)),
        plain::CollectError::RetryAfter(seconds) => wit::CollectError::RetryAfter(seconds),
        plain::CollectError::Failed(why) => wit::CollectError::Failed(reason(why)),
    }
}

fn fetch_error(error: http::FetchError) -> plain::FetchError {
    use http::FetchError as W;
    use plain::FetchError as P;
    match error {
        W::HttpRequestInvalid(text) => P::RequestInvalid(text),
        W::HttpRequestDenied(text) => P::RequestDenied(text),
        W::DestinationIpProhibited(text) => P::DestinationProhibited(text),
        W::DnsError(text) => P::Dns(text),
        W::ConnectionRefused(text) => P::ConnectionRefused(text),
        W::ConnectionTimeout(text) => P::ConnectionTimeout(text),
        W::ConnectionTerminated(text) => P::ConnectionTerminated(text),
        W::TlsError(text) => P::Tls(text),
        W::HttpResponseTimeout(text) => P::ResponseTimeout(text),
        W::HttpResponseHeaderSectionSize(text) => P::HeaderSize(text),
        W::HttpResponseBodySize(text) => P::BodySize(text),
        W::HttpProtocolError(text) => P::Protocol(text),
        W::BudgetExhausted(text) => P::BudgetExhausted(text),
        W::Bearer(error) => P::Bearer(secret_error(error)),
    }
}

fn secret_error(error: secrets::SecretError) -> plain::SecretError {
    match error {
        secrets::SecretError::NotFound(text) => plain::SecretError::NotFound(text),
        secrets::SecretError::Denied(text) => plain::SecretError::Denied(text),
        secrets::SecretError::Unavailable(text) => plain::SecretError::Unavailable(text),
        secrets::SecretError::Authorization(failure) => {
            plain::SecretError::Authorization(plain::AuthorizationFailure {
                status: failure.status,
                error: failure.error,
                description: failure.description,
                codes: failure.codes,
            })
        }
    }
}
