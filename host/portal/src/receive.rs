//! `POST /api/v1/usage`: takes the records of sources that receive. It needs no session: each source has a token of its own, and the token
//! is checked before anything is read.
//!
//! A flood waits rather than fills the memory: bodies share so many bytes, and those that find no room wait unread at their senders. Answers
//! are JSON, name line and fault, and repeat nothing of a body.

mod refusal;

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use url::form_urlencoded;

use self::refusal::{Refusal, answer};
use crate::api::{Admission, Parcel, Received};
use crate::bearer::bearer;
use crate::bodies;
use crate::fault::Fault;
use crate::portal::{Portal, client};

/// Longest space and device in the address of a post, in bytes. The keys of records hold them, with other things.
const LONGEST_PLACE: usize = 360;
/// Media types of records. `curl --data-binary` names the last one.
const TYPES: [&str; 11] = [
    "application/json",
    "application/jsonl",
    "application/jsonlines",
    "application/ndjson",
    "application/x-jsonlines",
    "application/x-ndjson",
    "application/csv",
    "text/csv",
    "text/plain",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
];

/// Takes a post.
pub(crate) async fn post(State(portal): State<Arc<Portal>>, request: Request) -> Response {
    let address = client(&request);
    let (parts, mut body) = request.into_parts();
    match take(&portal, address, &parts, &mut body).await {
        Ok(received) => answer(
            StatusCode::OK,
            &json!({
                "new": received.new,
                "replaced": received.replaced,
                "unchanged": received.unchanged,
                "contradicted": received.contradicted,
                "in_future": received.ahead,
            }),
        ),
        Err(refusal) => {
            bodies::leave(&mut body).await;
            refusal.into_response()
        }
    }
}

/// What the address of a post says.
struct Query {
    source: Option<String>,
    format: Option<String>,
    space: Option<String>,
    device: Option<String>,
}

impl Query {
    /// Each key once: of two values, the sender may mean either.
    fn read(text: &str) -> Result<Self, Refusal> {
        let only = |wanted: &str| {
            let mut values = form_urlencoded::parse(text.as_bytes()).filter(|(key, _)| key == wanted);
            match (values.next(), values.next()) {
                (value, None) => Ok(value.map(|(_, value)| value.into_owned())),
                _ => Err(Refusal::new(
                    StatusCode::BAD_REQUEST,
                    format!("{wanted}= is there twice"),
                )),
            }
        };
        Ok(Self {
            source: only("source")?,
            format: only("format")?,
            space: only("space")?,
            device: only("device")?,
        })
    }

    /// How the body is to be read.
    fn form(&self) -> Result<Form, Refusal> {
        let bad = |fault: String| Refusal::new(StatusCode::BAD_REQUEST, fault);
        let name = |key: &str, value: &str| match value.len() {
            0 => Err(bad(format!("{key}= is empty"))),
            length if length > LONGEST_PLACE => {
                Err(bad(format!("{key}= has more than {LONGEST_PLACE} bytes")))
            }
            _ => Ok(value.to_owned()),
        };
        match self.format.as_deref() {
            None => Ok(Form::Records),
            Some("roomos") => {
                let Some(space) = &self.space else {
                    return Err(bad(
                        "space= is missing: the key or the calendar address of the room that the device is in"
                            .to_owned(),
                    ));
                };
                Ok(Form::RoomOs {
                    space: name("space", space)?,
                    device: self
                        .device
                        .as_deref()
                        .map(|device| name("device", device))
                        .transpose()?,
                })
            }
            Some(_) => Err(bad(
                "there is no such format=; leave it out for JSON Lines and CSV, or write format=roomos"
                    .to_owned(),
            )),
        }
    }
}

enum Form {
    Records,
    RoomOs { space: String, device: Option<String> },
}

/// Checks the token, and returns the source that it opens.
async fn admit<'a>(
    portal: &Portal,
    address: IpAddr,
    headers: &HeaderMap,
    query: &'a Query,
) -> Result<&'a str, Refusal> {
    let refused = "the token is none of this source, or no source of this name receives";
    let Some(token) = bearer(headers) else {
        portal
            .refusals
            .refused(address, "", "no token to post with")
            .await?;
        return Err(unauthorized(
            "the header `Authorization: Bearer TOKEN` is missing",
        ));
    };
    let source = query.source.as_deref();
    let slow = |seconds: u64| {
        Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("too many wrong tokens came from this network; try again in {seconds} seconds"),
        )
        .retry_after(seconds)
    };
    match (portal.backend.admit(source, token).await, source) {
        (Admission::Granted, Some(source)) => Ok(source),
        (Admission::Collected, _) => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "this source is collected by a connector and receives nothing",
        )),
        (Admission::Unnamed, _) => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "source= is missing: the name of a source that receives",
        )),
        (Admission::Refused | Admission::Granted, _) => {
            portal.slowdown.wrong_token(address).map_err(slow)?;
            portal
                .refusals
                .refused(address, "", "wrong token to post with")
                .await?;
            Err(unauthorized(refused))
        }
    }
}

/// Checks the token, reads the body and stores its records.
async fn take(portal: &Portal, address: IpAddr, parts: &Parts, body: &mut Body) -> Result<Received, Refusal> {
    let query = Query::read(parts.uri.query().unwrap_or_default())?;
    let source = admit(portal, address, &parts.headers, &query).await?;
    let form = query.form()?;
    readable(&parts.headers, &form)?;
    let kept = portal.posts.read(body).await?;
    let body = kept.bytes.clone();
    let parcel = match form {
        Form::Records => Parcel::Records(body),
        Form::RoomOs { space, device } => Parcel::RoomOs { body, space, device },
    };
    // In a task of its own: a sender that hangs up does not leave it half done.
    let (backend, source) = (Arc::clone(&portal.backend), source.to_owned());
    let stored = tokio::spawn(async move {
        let received = backend.receive(&source, parcel).await;
        drop(kept);
        received
    });
    Ok(stored.await.map_err(|error| Fault::broken(&error))??)
}

/// Refuses a body that is not as it must be written.
fn readable(headers: &HeaderMap, form: &Form) -> Result<(), Refusal> {
    let unsupported = |fault| Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, fault));
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if text(CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return unsupported("the body is compressed; send it as it is");
    }
    // A device that is refused too often stops for good, and the document says itself what it is.
    let Form::Records = form else { return Ok(()) };
    let kind = text(CONTENT_TYPE).map(|kind| kind.split(';').next().unwrap_or_default().trim());
    match kind {
        Some(kind) if !TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind)) => unsupported(
            "send JSON Lines as application/x-ndjson, or CSV as text/csv; XML is read with format=roomos only",
        ),
        _ => Ok(()),
    }
}

fn unauthorized(fault: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, fault)
}
