//! The spans of a pass: pass → expand and slice → HTTP request, and commit. They tell how long each step took and how it ended. They never
//! name a room, nor the path or query of an address, which may contain rooms and, for a published calendar, its secret.
//!
//! They are active only if they are exported or the log asks for them (`COLLECTOR_LOG=debug`); otherwise a span costs the reading of one
//! flag.

use tracing::Span;
use tracing::field::Empty;

use crate::grant::Origin;

/// The target that distinguishes our spans from all others.
pub const TARGET: &str = "collector::trace";

macro_rules! span {
    ($($fields:tt)*) => { tracing::debug_span!(target: TARGET, $($fields)*) };
}

/// A pass of a source.
pub fn pass(source: &str) -> Span {
    span!(
        "pass",
        source,
        verdict = Empty,
        rooms = Empty,
        otel.status_code = Empty
    )
}

/// Notes how the pass ended. `rooms`: how many it had.
pub fn pass_ended(span: &Span, verdict: &str, rooms: usize) {
    span.record("verdict", verdict);
    span.record("rooms", rooms);
}

/// Notes that the pass failed as a whole.
pub fn pass_failed(span: &Span) {
    span.record("verdict", "failed");
    span.record("otel.status_code", "ERROR");
}

/// The reading of the room lists.
pub fn expand() -> Span {
    span!("expand")
}

/// The call for one slice.
pub fn slice(rooms: usize) -> Span {
    span!("slice", rooms)
}

/// The storing of rooms.
pub fn commit() -> Span {
    span!("commit")
}

/// One attempt at a request, with the attributes of the OpenTelemetry semantic conventions for HTTP clients; `number` is 1 for the first
/// attempt.
pub fn request(method: &reqwest::Method, origin: &Origin, number: u32) -> Span {
    let span = span!(
        "http",
        otel.name = method.as_str(),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = method.as_str(),
        server.address = %origin.host(),
        server.port = origin.port(),
        http.request.resend_count = Empty,
        http.response.status_code = Empty,
        error.type = Empty,
    );
    if number > 1 {
        span.record("http.request.resend_count", number - 1);
    }
    span
}

/// Notes that the attempt was answered.
pub fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 400 {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", status);
    }
}

/// Notes that the attempt was not answered, and the cause in one word.
pub fn failed(span: &Span, class: &'static str) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", class);
}
