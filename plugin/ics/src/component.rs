//! Binds the connector to the world: every type of the bindings to its plain twin, and back. No logic lives here.
#![allow(unsafe_code, missing_docs)]

use crate::world as plain;
use std::cell::OnceCell;

wit_bindgen::generate!({ world: "room-connector", path: "../../wit", generate_all });

use exports::vyopta::collector::connector as wit;
use vyopta::collector::{http, log, meetings, secrets, types};

struct Component;

export!(Component);

impl wit::Guest for Component {
    fn describe() -> wit::Manifest {
        let plain = crate::describe();
        let need = |need: plain::SecretNeed| wit::SecretNeed {
            name: need.name,
            purpose: need.purpose,
            reveal: need.reveal,
        };
        wit::Manifest {
            name: plain.name,
            version: plain.version,
            title: plain.title,
            description: plain.description,
            settings_schema: plain.settings_schema,
            hosts: plain.hosts,
            secrets: plain.secrets.into_iter().map(need).collect(),
            slice_size: plain.slice_size,
        }
    }

    fn authorization(settings: String) -> Result<Option<wit::Oauth>, Vec<wit::SettingsProblem>> {
        match crate::authorization(&settings) {
            Ok(()) => Ok(None),
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
                plain::CheckStatus::Failed => wit::CheckStatus::Failed,
            },
            reason: reason(check.reason),
        };
        let checks = crate::validate(&Sandbox::default(), &settings).await;
        checks.into_iter().map(check).collect()
    }

    async fn list_rooms(settings: String) -> Result<wit::Expansion, wit::CollectError> {
        let room = |room: plain::Room| wit::Room {
            address: room.address,
            key: room.key,
            name: room.name,
            building: room.building,
            capacity: room.capacity,
            lists: vec![],
        };
        let rooms = crate::list_rooms(&settings).map_err(collect_error)?;
        Ok(wit::Expansion {
            rooms: rooms.into_iter().map(room).collect(),
            problems: vec![],
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
            cursor: room.cursor.as_deref().and_then(plain::Cursor::read),
        };
        let rooms: Vec<plain::RoomRequest> = rooms.into_iter().map(request).collect();
        let window = plain::Window {
            start: window.start,
            end: window.end,
        };
        let outcome = |room: plain::RoomOutcome| wit::RoomOutcome {
            address: room.address,
            outcome: match room.outcome {
                plain::Outcome::Complete(cursor) => wit::Outcome::Complete(Some(cursor.text().to_owned())),
                plain::Outcome::Changes(cursor) => wit::Outcome::Changes(Some(cursor.text().to_owned())),
                plain::Outcome::RetryAfter(seconds) => wit::Outcome::RetryAfter(seconds),
                plain::Outcome::Denied(why) => wit::Outcome::Denied(reason(why)),
                plain::Outcome::Missing(why) => wit::Outcome::Missing(reason(why)),
                plain::Outcome::Failed(why) => wit::Outcome::Failed(reason(why)),
            },
        };
        let outcomes = crate::collect(&Sandbox::default(), &settings, &rooms, window).await;
        Ok(outcomes
            .map_err(collect_error)?
            .into_iter()
            .map(outcome)
            .collect())
    }
}

/// The host on the other side of the sandbox's wall.
#[derive(Default)]
struct Sandbox {
    /// Asked for once a call; none when the source has none.
    bearer: OnceCell<Option<secrets::Secret>>,
}

impl Sandbox {
    async fn bearer(&self) -> Result<Option<&secrets::Secret>, plain::FetchError> {
        if self.bearer.get().is_none() {
            let bearer = match secrets::secret_get(crate::manifest::BEARER.to_owned()).await {
                Ok(bearer) => Some(bearer),
                Err(secrets::SecretError::NotFound(_)) => None,
                Err(error) => return Err(plain::FetchError::Bearer(secret_error(error))),
            };
            // Somebody else may have been faster while this waited: then there are two handles to one credential.
            let _ = self.bearer.set(bearer);
        }
        Ok(self.bearer.get().and_then(Option::as_ref))
    }
}

impl plain::Host for Sandbox {
    async fn get(
        &self,
        url: &str,
        headers: Vec<(String, String)>,
    ) -> Result<plain::Response, plain::FetchError> {
        let bearer = self.bearer().await?;
        let request = http::Request {
            method: http::Method::Get,
            url: url.to_owned(),
            headers,
            body: None,
            repeatable: true,
        };
        let http::Response {
            status,
            headers,
            body,
        } = http::http_fetch(request, bearer).await.map_err(fetch_error)?;
        Ok(plain::Response {
            status,
            headers,
            body,
        })
    }

    fn emit(&self, meeting: plain::Meeting) -> Result<(), plain::EmitError> {
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
        meetings::emit_meeting(&meeting).map_err(|error| match error {
            meetings::EmitError::UnknownRoom => plain::EmitError::UnknownRoom,
            meetings::EmitError::OutsideWindow => plain::EmitError::OutsideWindow,
            meetings::EmitError::Invalid(text) => plain::EmitError::Invalid(text),
        })
    }

    fn log(&self, level: plain::Level, message: &str) {
        let level = match level {
            plain::Level::Warn => log::Level::Warn,
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

fn problem(problem: plain::SettingsProblem) -> wit::SettingsProblem {
    wit::SettingsProblem {
        key: problem.key,
        problem: problem.problem,
        remedy: problem.remedy,
    }
}

fn collect_error(error: plain::CollectError) -> wit::CollectError {
    let plain::CollectError::Settings(problems) = error;
    wit::CollectError::Settings(problems.into_iter().map(problem).collect())
}

fn fetch_error(error: http::FetchError) -> plain::FetchError {
    use http::FetchError as W;
    use plain::FetchError as P;
    match error {
        W::HttpRequestInvalid(text) | W::HttpRequestDenied(text) | W::DestinationIpProhibited(text) => {
            P::Refused(text)
        }
        W::HttpResponseHeaderSectionSize(text) | W::HttpResponseBodySize(text) | W::BudgetExhausted(text) => {
            P::TooMuch(text)
        }
        W::DnsError(text)
        | W::ConnectionRefused(text)
        | W::ConnectionTimeout(text)
        | W::ConnectionTerminated(text)
        | W::TlsError(text)
        | W::HttpResponseTimeout(text)
        | W::HttpProtocolError(text) => P::Broken(text),
        W::Bearer(error) => P::Bearer(secret_error(error)),
    }
}

fn secret_error(error: secrets::SecretError) -> String {
    match error {
        secrets::SecretError::NotFound(text)
        | secrets::SecretError::Denied(text)
        | secrets::SecretError::Unavailable(text) => text,
        secrets::SecretError::Authorization(failure) => format!("refused with {}", failure.error),
    }
}
