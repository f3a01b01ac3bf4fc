//! Binds a connector to the world: converts every type of the bindings to its plain twin, and back. No logic lives here.

use crate as plain;
use crate::bindings::exports::vyopta::collector::{administration, connector as wit};
use crate::bindings::vyopta::collector::{http, log, secrets, types};
use crate::bindings::{meetings, usage};
use std::marker::PhantomData;

mod spaces;

/// The exports of a component for this connector.
#[derive(Debug)]
pub struct Exported<C>(PhantomData<C>);

impl<C: plain::Connector> wit::Guest for Exported<C> {
    fn describe() -> wit::Manifest {
        let need = |need: plain::SecretNeed| wit::SecretNeed {
            name: need.name,
            purpose: need.purpose,
            reveal: need.reveal,
        };
        let manifest = C::describe();
        wit::Manifest {
            name: manifest.name,
            version: manifest.version,
            title: manifest.title,
            description: manifest.description,
            settings_schema: manifest.settings_schema,
            hosts: manifest.hosts,
            secrets: manifest.secrets.into_iter().map(need).collect(),
            slice_size: manifest.slice_size,
        }
    }

    fn authorization(settings: String) -> Result<Option<wit::Oauth>, Vec<wit::SettingsProblem>> {
        let permission = |permission: plain::Permission| wit::Permission {
            name: permission.name,
            purpose: permission.purpose,
        };
        let oauth = |oauth: plain::Oauth| wit::Oauth {
            secret: oauth.secret,
            token_endpoint: oauth.token_endpoint,
            scope: oauth.scope,
            audience: oauth.audience,
            consent_page: oauth.consent_page,
            permissions: oauth.permissions.into_iter().map(permission).collect(),
        };
        match C::authorization(&settings) {
            Ok(authorization) => Ok(authorization.map(oauth)),
            Err(found) => Err(problems(found)),
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
        let checks = C::validate(&Sandbox, &settings).await;
        checks.into_iter().map(check).collect()
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
        let expansion = C::list_rooms(&Sandbox, &settings).await.map_err(collect_error)?;
        Ok(wit::Expansion {
            rooms: expansion.rooms.into_iter().map(room).collect(),
            problems: expansion.problems.into_iter().map(problem).collect(),
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
        let outcomes = C::collect(&Sandbox, &settings, &rooms, window).await;
        Ok(outcomes
            .map_err(collect_error)?
            .into_iter()
            .map(outcome)
            .collect())
    }
}

impl<C: plain::Administration> administration::Guest for Exported<C> {
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
        match C::limits(&settings, client_id.as_deref()) {
            Ok(guides) => Ok(guides.into_iter().map(guide).collect()),
            Err(found) => Err(problems(found)),
        }
    }

    fn explain_refusal(error: String, description: String) -> Option<types::Reason> {
        C::explain_refusal(&error, &description).map(reason)
    }
}

/// The host on the other side of the sandbox's wall.
struct Sandbox;

impl plain::Host for Sandbox {
    type Secret = secrets::Secret;

    async fn secret(&self, name: &str) -> Result<secrets::Secret, plain::SecretError> {
        secrets::secret_get(name.to_owned()).await.map_err(secret_error)
    }

    fn claims(&self, secret: &secrets::Secret) -> Option<String> {
        secret.claims()
    }

    fn reveal(&self, secret: &secrets::Secret) -> Result<String, plain::SecretError> {
        secret.reveal().map_err(secret_error)
    }

    async fn fetch(
        &self,
        request: plain::Request,
        bearer: Option<&secrets::Secret>,
    ) -> Result<plain::Response, plain::FetchError> {
        let request = http::Request {
            method: match request.method {
                plain::Method::Get => http::Method::Get,
                plain::Method::Head => http::Method::Head,
                plain::Method::Post => http::Method::Post,
                plain::Method::Put => http::Method::Put,
                plain::Method::Patch => http::Method::Patch,
                plain::Method::Delete => http::Method::Delete,
            },
            url: request.url,
            headers: request.headers,
            body: request.body,
            repeatable: request.repeatable,
        };
        let answer = http::http_fetch(request, bearer).await.map_err(fetch_error)?;
        Ok(plain::Response {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        })
    }

    fn emit(&self, meeting: &plain::Meeting<'_>) -> Result<(), plain::EmitError> {
        let meeting = meetings::Meeting {
            id: &meeting.id,
            room: &meeting.room,
            series: meeting.series.as_deref(),
            subject: match &meeting.subject {
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

    fn emit_usage(&self, record: &plain::UsageRecord<'_>) -> Result<(), plain::UsageError> {
        let record = usage::UsageRecord {
            space: &record.space,
            device: record.device.as_deref(),
            key: &record.key,
            revision: record.revision,
            withdrawn: record.withdrawn,
            kind: spaces::kind(record.kind),
            form: match record.form {
                plain::Form::Interval => usage::Form::Interval,
                plain::Form::Change => usage::Form::Change,
                plain::Form::Sample => usage::Form::Sample,
                plain::Form::Bucket => usage::Form::Bucket,
            },
            start: record.start,
            end: record.end,
            value: match record.value {
                plain::Value::Flag(flag) => usage::Value::Flag(flag),
                plain::Value::Number(number) => usage::Value::Number(number),
            },
            resolution: record.resolution,
        };
        usage::emit_usage(record).map_err(spaces::usage_error)
    }

    fn emit_coverage(&self, record: &plain::CoverageRecord<'_>) -> Result<(), plain::UsageError> {
        let kinds: Vec<usage::Kind> = record.kinds.iter().copied().map(spaces::kind).collect();
        let record = usage::CoverageRecord {
            space: &record.space,
            device: record.device.as_deref(),
            key: &record.key,
            revision: record.revision,
            withdrawn: record.withdrawn,
            kinds: &kinds,
            start: record.start,
            end: record.end,
            state: match record.state {
                plain::State::Observed => usage::State::Observed,
                plain::State::Blind => usage::State::Blind,
            },
            reason: record.reason.as_deref(),
        };
        usage::emit_coverage(record).map_err(spaces::usage_error)
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
}

fn reason(reason: plain::Reason) -> types::Reason {
    types::Reason {
        message: reason.message,
        advice: reason.advice,
        code: reason.code,
    }
}

fn problems(problems: Vec<plain::SettingsProblem>) -> Vec<wit::SettingsProblem> {
    let problem = |problem: plain::SettingsProblem| wit::SettingsProblem {
        key: problem.key,
        problem: problem.problem,
        remedy: problem.remedy,
    };
    problems.into_iter().map(problem).collect()
}

fn collect_error(error: plain::CollectError) -> wit::CollectError {
    match error {
        plain::CollectError::Settings(found) => wit::CollectError::Settings(problems(found)),
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
