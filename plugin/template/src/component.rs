//! The connector: the five functions that the world asks for, in its order, and what they need.

wit_bindgen::generate!({ world: "room-connector", path: "../../wit", generate_all });

use exports::vyopta::collector::connector::*;
use vyopta::collector::http::{FetchError, Method, Request, http_fetch};
use vyopta::collector::meetings::{Meeting, Status, Subject, emit_meeting};
use vyopta::collector::secrets::{Secret, secret_get};
use vyopta::collector::types::{Reason, Window};

/// What stands in `[source.settings]`. The collector has checked it against the schema in `describe`.
#[derive(serde::Deserialize)]
struct Settings {
    url: String,
    rooms: Vec<String>,
}

/// One booking as the API gives it.
#[derive(serde::Deserialize)]
struct Booking {
    id: String,
    title: Option<String>,
    /// None is not known, and is treated as private.
    private: Option<bool>,
    start: String,
    end: String,
}

struct Template;
export!(Template);

impl Guest for Template {
    fn describe() -> Manifest {
        Manifest {
            name: "template".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "Template".into(),
            description: "Collects bookings from an HTTP API with JSON.".into(),
            settings_schema: include_str!("settings.json").into(),
            // The address is a setting, so the administrator grants its origin. A service with one address names it here.
            hosts: vec![],
            secrets: vec![SecretNeed {
                name: "bookings".into(),
                purpose: "The API's token, sent as a bearer.".into(),
                reveal: false,
            }],
            slice_size: 20,
        }
    }

    fn authorization(_: String) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
        Ok(None) // A fixed token. What OAuth client credentials take is said here; see `o365`.
    }

    async fn validate(settings: String) -> Vec<Check> {
        let (status, reason) = match token().await {
            Ok(_) => (CheckStatus::Passed, because("there is a token".into())),
            Err(reason) => (CheckStatus::Failed, reason),
        };
        vec![Check {
            name: format!("token for {}", read(&settings).url),
            status,
            reason,
        }]
    }

    async fn list_rooms(settings: String) -> Result<Expansion, CollectError> {
        let room = |address: String| Room {
            address: address.to_lowercase(),
            key: address.clone(), // Comes back in `collect`, as it is.
            name: address,
            building: None,
            capacity: None,
            lists: vec![],
        };
        Ok(Expansion {
            rooms: read(&settings).rooms.into_iter().map(room).collect(),
            problems: vec![],
        })
    }

    async fn collect(
        settings: String,
        rooms: Vec<RoomRequest>,
        window: Window,
    ) -> Result<Vec<RoomOutcome>, CollectError> {
        let url = read(&settings).url;
        let token = token().await.map_err(CollectError::Denied)?;
        let mut outcomes = Vec::new();
        for room in rooms {
            let url = format!("{url}/{}?from={}&to={}", room.key, window.start, window.end);
            let outcome = match bookings(&token, url).await {
                // Complete means: this is all that there is. Say it only when it is so.
                Ok(bookings) => match emit(&room.address, bookings, &window) {
                    Ok(()) => Outcome::Complete(None),
                    Err(why) => Outcome::Failed(because(why)),
                },
                Err(outcome) => outcome,
            };
            outcomes.push(RoomOutcome {
                address: room.address,
                outcome,
            });
        }
        Ok(outcomes)
    }
}

/// The bookings at this address, or the outcome of their room.
async fn bookings(token: &Secret, url: String) -> Result<Vec<Booking>, Outcome> {
    let request = Request {
        method: Method::Get,
        url,
        headers: vec![],
        body: None,
        repeatable: true,
    };
    let answer = http_fetch(request, Some(token))
        .await
        .map_err(|error| match error {
            // It says which line of the configuration would grant the host.
            FetchError::HttpRequestDenied(text) => Outcome::Failed(because(text)),
            other => Outcome::Failed(because(format!("the API cannot be reached: {other:?}"))),
        })?;
    let wait = answer
        .headers
        .iter()
        .find(|(name, _)| name == "retry-after")
        .and_then(|(_, text)| text.parse().ok());
    match answer.status {
        200 => serde_json::from_slice(&answer.body)
            .map_err(|_| Outcome::Failed(because("the answer is no bookings".into()))),
        401 | 403 => Err(Outcome::Denied(because("the API refuses the token".into()))),
        404 => Err(Outcome::Missing(because("the API does not know the room".into()))),
        429 | 503 => Err(Outcome::RetryAfter(wait.unwrap_or(30))),
        status => Err(Outcome::Failed(because(format!(
            "the API answers with status {status}"
        )))),
    }
}

fn emit(room: &str, bookings: Vec<Booking>, window: &Window) -> Result<(), String> {
    for Booking {
        id,
        title,
        private,
        start,
        end,
    } in bookings
    {
        let instant = |text: &str| chrono::DateTime::parse_from_rfc3339(text).map(|at| at.timestamp());
        let (Ok(start), Ok(end)) = (instant(&start), instant(&end)) else {
            return Err(format!("booking {id} has a time that is not understood"));
        };
        if start >= window.end || end <= window.start {
            continue; // The collector refuses what does not overlap the window, and the room with it.
        }
        let subject = match title {
            _ if private != Some(false) => Subject::Withheld,
            Some(title) => Subject::Text(title),
            None => Subject::None,
        };
        let (room, status) = (room.to_owned(), Status::Confirmed);
        let meeting = Meeting {
            id,
            room,
            series: None,
            subject,
            start,
            end,
            all_day: false,
            status,
        };
        emit_meeting(&meeting).map_err(|error| format!("booking {} was not taken: {error:?}", meeting.id))?;
    }
    Ok(())
}

async fn token() -> Result<Secret, Reason> {
    secret_get("bookings".into())
        .await
        .map_err(|error| because(format!("{error:?}")))
}

fn read(settings: &str) -> Settings {
    serde_json::from_str(settings).expect("settings that fit the schema")
}

fn because(message: String) -> Reason {
    Reason {
        message,
        advice: None,
        code: None,
    }
}
